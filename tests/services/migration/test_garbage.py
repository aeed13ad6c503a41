"""What a page leaves in memory is freed after it, and the collector is left as it was."""

import gc
import weakref

from jarz_woocommerce_integration.services.migration.garbage import collected_by_page


class Draft:
	"""Refers to itself, as drafts and their rows refer to each other."""

	def __init__(self):
		self.itself = self


def test_what_a_page_leaves_is_freed_after_it():
	with collected_by_page() as collect:
		for _page in range(3):
			left = weakref.ref(Draft())
			assert left() is not None
			collect()
			assert left() is None


def test_what_is_there_after_the_first_page_is_looked_at_no_more_until_the_end():
	assert gc.get_freeze_count() == 0
	with collected_by_page() as collect:
		collect()
		frozen = gc.get_freeze_count()
		assert frozen > 0
	assert gc.get_freeze_count() == 0


def test_one_who_had_frozen_before_has_that_still():
	gc.freeze()
	try:
		before = gc.get_freeze_count()
		with collected_by_page() as collect:
			collect()
		assert before * 0.9 < gc.get_freeze_count() <= before
	finally:
		gc.unfreeze()
