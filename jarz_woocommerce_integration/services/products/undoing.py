"""Undo of a product import: what it made goes, newest first, but for what somebody has changed or used since, which is listed.

Killed at any instant, the same call goes on where it was.
"""

import threading
from collections.abc import Callable, Sequence

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import ProductImportError
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.masters.products import lines as import_lines
from jarz_woocommerce_integration.ledger.erpnext.masters.products.transaction import one_commit
from jarz_woocommerce_integration.ledger.erpnext.masters.products.undo import (
	KeptDocument,
	ProductsUndo,
	made_of,
	undo_surroundings,
)
from jarz_woocommerce_integration.ledger.erpnext.transactions import again_after_deadlock
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.products import imports

AT_ONCE = 200  # who links to them is asked of a hundred tables, for all of a batch at once
LONGEST_LIST = 1000


def begin(name: int) -> None:
	"""Have an import undone next, by `undo`. Commits nothing. :raises ProductImportError: it can't be undone now"""
	document = imports.get(name)
	if document.status not in (imports.APPLIED, imports.UNDONE, imports.FAILED):
		raise ProductImportError(
			Sentence("Product import {0} is {1}.", name, document.status.lower()),
			"Only what was applied can be undone.",
		)
	imports.refuse_beside_another(document.store)
	line = frappe.qb.DocType(import_lines.LINE)
	# What was kept the last time may have been let go since.
	query = frappe.qb.update(line).set(line.state, import_lines.DONE).where(line.product_import == name)
	query.where(line.state == import_lines.KEPT).run()
	imports.write(name, status=imports.UNDOING, kept_by_undo=None, last_error=None)


def undo(
	name: int,
	on_progress: Callable[[dict[str, int]], None] = lambda counts: None,
	stop: threading.Event | None = None,
) -> dict[str, int]:
	"""Undo an import that `begin` was called for. Commits. :returns: counts by the names of the import's fields"""
	work = _Undoing(name)
	while not (stop and stop.is_set()) and work.step():
		on_progress(imports.renew_counts(name))
		frappe.db.commit()
	if not import_lines.done_lines(name, 1):
		work.finish()
	counts = imports.renew_counts(name)
	frappe.db.commit()
	return counts


class _Undoing:
	def __init__(self, name: int):
		self.name = name
		self.poster = Poster(historical=True)
		self.products = ProductsUndo(self.poster)

	@again_after_deadlock
	def step(self) -> bool:
		"""Undo one batch. :returns: whether there was one"""
		with one_commit(self.poster):
			lines = import_lines.done_lines(self.name, AT_ONCE)
			kept = self.products.undo(lines)
			for line in lines:
				self._mark(line, kept.get(line.name, []))
		return bool(lines)

	def _mark(self, line: import_lines.DoneLine, kept: Sequence[KeptDocument]) -> None:
		if kept:
			import_lines.mark(line.name, import_lines.KEPT, error="\n".join(_stored(kept)))
			self._note(kept)
		else:
			import_lines.mark(line.name, import_lines.UNDONE, made=None, error=None)

	@again_after_deadlock
	def finish(self) -> None:
		with one_commit(self.poster):
			made = made_of(frappe.db.get_value(imports.IMPORT, self.name, "made"))
			self._note(undo_surroundings(made, self.poster))
			imports.write(self.name, status=imports.UNDONE, finished=now_datetime())

	def _note(self, kept: Sequence[KeptDocument]) -> None:
		before = frappe.db.get_value(imports.IMPORT, self.name, "kept_by_undo") or ""
		lines = [*before.splitlines(), *_stored(kept)]
		imports.write(self.name, kept_by_undo="\n".join(lines[:LONGEST_LIST]))


def _stored(kept: Sequence[KeptDocument]) -> list[str]:
	sentences = (Sentence("{0} {1} stays: {2}", each.doctype, each.name, each.reason) for each in kept)
	return [import_lines.stored(sentence) for sentence in sentences]
