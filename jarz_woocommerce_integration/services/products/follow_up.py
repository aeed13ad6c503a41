"""Products that the shop has made, changed or deleted since: their lines in the open import of the store follow.

Without an open import nobody has asked for items, and nothing is done here.
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.masters.products import lines as import_lines
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.products import applying, imports, jobs, planning
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.products.reading import read_some
from jarz_woocommerce_integration.translation.products.drafts import Found, PlanLine, ProductKey

CREATE = "Create"

_IDS = """
SELECT product_id, variation_id FROM `tabWooCommerce Product Import Line` WHERE product_import = %s
"""


def follow(
	store: Document,
	client: StoreClient,
	changed: Iterable[tuple[int, int]],
	deleted: Collection[int] = (),
	whole: Mapping[int, Collection[int]] = MappingProxyType({}),
) -> int:
	"""Plan products anew that are new, or whose lines nobody has corrected or applied. Commits.

	:param changed: products and variations, as item links have them; :param deleted: products and variations that are gone
	:param whole: of products whose variations were all read, their ids: others of them are gone, too
	:returns: how many lines were written
	:raises StoreError: the shop is out
	"""
	name = imports.open_import(store.name)
	if not name:
		return 0
	keys = {ProductKey(*key) for key in changed}
	deleted = {*deleted, *import_lines.other_variations(int(name), whole)}
	# Each sale reports a product, whose item is there as a rule: the shop isn't asked for it then.
	settled = import_lines.settled_keys(int(name), {key.product_id for key in keys})
	ids = {key.product_id for key in keys - settled} - set(deleted)
	catalogue = read_some(client, ids) if ids else None
	fresh_snapshot()
	import_lines.remove_untouched(int(name), {*ids, *deleted})
	lines: list[PlanLine] = []
	if catalogue:
		planned = planning.lines_of(imports.get(name), store, catalogue)
		settled = import_lines.settled_keys(int(name), ids)
		lines = [line for line in planned if line.key not in settled]
		import_lines.add_lines(int(name), store.name, lines)
	imports.renew_counts(name)
	if store.new_products == CREATE:
		_approve(store.name, name, [line for line in lines if line.found is Found.NEW])
	frappe.db.commit()
	return len(lines)


def _approve(store: str, name: str, lines: Collection[PlanLine]) -> None:
	"""The store says that new products become items without anybody's asking."""
	if not lines or imports.get(name).status not in imports.OPEN:
		return
	applying.approve(int(name), import_lines.names_of(int(name), [line.key for line in lines]))
	jobs.enqueue(int(name))


def compare(store: str, there: Collection[int], linked: Collection[int]) -> int:
	"""Note products and variations in the inbox that no webhook has reported, and remove the lines of those that are gone. Commits.

	:param there: what the shop's lists have; :param linked: what has an item
	:returns: how many were noted
	"""
	name = imports.open_import(store)
	if not name:
		return 0
	planned = {number for row in frappe.db.sql(_IDS, name) for number in row if number}
	import_lines.remove_untouched(int(name), planned.difference(there))
	imports.renew_counts(name)
	new = sorted(set(there).difference(linked, planned))
	if new:
		inbox.note_many(store, inbox.PRODUCT, ((number, None) for number in new), inbox.RECONCILIATION)
		inbox.WORK.enqueue(store)
	frappe.db.commit()
	return len(new)
