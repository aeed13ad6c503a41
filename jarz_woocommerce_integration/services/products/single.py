"""The item of one product of the shop, made now because a person wants it: as an import would make it, with a line in one, and its undo."""

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import ProductImportError
from jarz_woocommerce_integration.ledger.erpnext.masters.products import lines as import_lines
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk.stored_texts import shown
from jarz_woocommerce_integration.services.products import applying, imports, jobs, planning
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.store.products.reading import read_currency, read_some
from jarz_woocommerce_integration.translation.products.drafts import Act, PlanLine, ProductKey


def create_item(store: Document, key: ProductKey) -> str:
	"""Link or make the item of a product or variation, with its template. Commits; what is pending is rolled back.

	:returns: code of the item; "" where the shop has no such product any more, or no item can be made of it
	:raises ProductImportError: the site refuses it; :raises StoreError: the shop can't be read
	"""
	with site_store.store_client(store) as client:
		catalogue = read_some(client, [key.product_id])
		currency = read_currency(client)
	fresh_snapshot()
	document = _open_import(store, currency)
	planned = {line.key: line for line in planning.lines_of(document, store, catalogue)}
	wanted = [planned[each] for each in (ProductKey(key.product_id), key) if each in planned]
	if key not in planned or not all(_can_be_made(line) for line in wanted):
		frappe.db.rollback()
		return ""
	_apply(document, store, list(planned.values()), list(dict.fromkeys(line.key for line in wanted)))
	line = frappe.get_doc(import_lines.LINE, import_lines.names_of(document.name, [key])[0])
	if line.state != import_lines.DONE:
		raise ProductImportError(
			Sentence(
				"The item of {0} can't be made: {1}", line.product_name, shown(line.error or line.reason)
			),
			"Correct its line in the product import, and approve it again.",
		)
	return line.item


def _open_import(store: Document, currency: str) -> Document:
	if name := imports.open_import(store.name):
		return imports.get(name)
	document = imports.start(store)
	imports.note_currency(document, store, currency)
	imports.write(document.name, status=imports.PLANNED)
	return imports.get(document.name)


def _can_be_made(line: PlanLine) -> bool:
	return line.act is Act.LINK or line.draft is not None


def _apply(document: Document, store: Document, planned: list[PlanLine], keys: list[ProductKey]) -> None:
	"""Write the lines that aren't there, and apply those of these products. A person said so, also where the plan wouldn't."""
	product_ids = {key.product_id for key in keys}
	import_lines.remove_untouched(document.name, product_ids)
	there = import_lines.settled_keys(document.name, product_ids)
	import_lines.add_lines(document.name, store.name, [line for line in planned if line.key not in there])
	acts = {line.key: Act.LINK if line.act is Act.LINK else Act.CREATE for line in planned}
	for key, name in zip(keys, import_lines.names_of(document.name, keys), strict=True):
		if frappe.db.get_value(import_lines.LINE, name, "state") != import_lines.DONE:
			import_lines.mark(name, import_lines.OPEN, action=acts[key].value)
	names = import_lines.names_of(document.name, keys)
	if frappe.db.exists(import_lines.LINE, {"name": ("in", names), "state": ("!=", import_lines.DONE)}):
		applying.approve(document.name, names)
		frappe.db.commit()
		jobs.run_here(document.name)
