"""Product imports: how one begins, its options, where it stands, and what a person may do with it then."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cint, getdate, now_datetime

from jarz_woocommerce_integration.exceptions import ProductImportError
from jarz_woocommerce_integration.ledger.erpnext.masters.products import lines as import_lines
from jarz_woocommerce_integration.ledger.erpnext.masters.products.items import ItemSettings
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.session.session import book_settings_of, get_store
from jarz_woocommerce_integration.translation.products.facts import Descriptions, Options, StockItems

IMPORT = "WooCommerce Product Import"
READING, PLANNED, APPLYING, APPLIED = "Reading", "Planned", "Applying", "Applied"
UNDOING, UNDONE, FAILED, REPLACED = "Undoing", "Undone", "Failed", "Replaced"
AT_WORK = (READING, APPLYING, UNDOING)
# Its lines may be corrected and approved, and new products of the shop get a line in it.
OPEN = (PLANNED, APPLIED)
COUNTS = ("products", "matched", "new", "conflicts", "ignored", "done", "refused", "undone", "kept")
OPTIONS = (
	*("item_groups", "root_item_group", "uom", "stock_items", "descriptions"),
	*("images", "price_list", "sale_price_list", "bundles"),
)
KEEP_PARENT = "Keep Parent"


def start(store: Document, options: Mapping[str, Any] | None = None) -> Document:
	"""Begin an import of a store: its plan is read next, by `planning.read_plan`. A plan that nobody applied is replaced. Commits nothing.

	:param options: by names of the import's fields; what isn't given is as the store has it
	:raises ProductImportError: another import of the store is at work
	"""
	refuse_beside_another(store.name)
	for name in frappe.get_all(IMPORT, {"store": store.name, "status": PLANNED}, pluck="name"):
		write(name, status=REPLACED)
		import_lines.remove_lines(int(name))  # thousands, which say nothing any more
	chosen = {name: value for name, value in (options or {}).items() if name in OPTIONS and value is not None}
	values = {**default_options(store), **chosen}
	document = frappe.get_doc(
		doctype=IMPORT,
		store=store.name,
		status=READING,
		started_by=frappe.session.user,
		started=now_datetime(),
		**values,
	)
	return document.insert(ignore_permissions=True)


def refuse_beside_another(store: str) -> None:
	""":raises ProductImportError: an import of the store is at work"""
	at_work = frappe.get_all(IMPORT, {"store": store, "status": ("in", AT_WORK)}, ["name", "status"], limit=1)
	if at_work:
		raise ProductImportError(
			Sentence("Product import {0} of {1} is {2}.", at_work[0].name, store, at_work[0].status.lower()),
			"Wait until it is done.",
		)


def default_options(store: Document) -> dict[str, Any]:
	"""What an import has where nobody chooses."""
	settings = book_settings_of(store)
	return {
		"item_groups": 1,
		"root_item_group": _root_item_group(),
		"uom": settings.stock_uom,
		"stock_items": StockItems.MANAGED.value,
		"descriptions": Descriptions.SHORT.value,
		"images": 1,
		"price_list": store.price_list or _selling_price_list(),
		"sale_price_list": "",
		"bundles": 1,
	}


def _root_item_group() -> str:
	return frappe.db.get_value("Item Group", {"is_group": 1}, "name", order_by="lft asc") or ""


def _selling_price_list() -> str:
	name = frappe.db.get_single_value("Selling Settings", "selling_price_list")
	return name if name and frappe.db.get_value("Price List", name, "enabled") else ""


def note_currency(document: Document, store: Document, currency: str) -> None:
	"""Keep the shop's currency with an import, and what of its options can't be done.

	:param currency: as the shop says; "" where it doesn't
	"""
	document.currency = currency or store.currency or None
	found: list[Sentence] = []
	if document.price_list and not document.currency:
		found.append(Sentence("No prices are imported: it isn't known in which currency the shop has them."))
	for name in (name for name in (document.price_list, document.sale_price_list) if name):
		of_list = frappe.db.get_value("Price List", name, "currency")
		if document.currency and of_list != document.currency:
			found.append(
				Sentence(
					"No prices are imported: the price list {0} is in {1}, and the shop in {2}.",
					name,
					of_list,
					document.currency,
				)
			)
	if cint(document.bundles) and _lists_parts(store):
		found.append(
			Sentence(
				"No Product Bundles are made: the store's invoices list the parts of a bundle and take them from stock"
				" (Bundles: Keep Parent, Update Stock), which a Product Bundle would do once more."
			)
		)
	document.warnings = "\n".join(import_lines.stored(sentence) for sentence in found)
	write(document.name, currency=document.currency, warnings=document.warnings)


def _lists_parts(store: Document) -> bool:
	return bool(cint(store.update_stock)) and (store.bundles or KEEP_PARENT) == KEEP_PARENT


# --- what the plan and the items hang on ---


def options_of(document: Document, store: Document) -> Options:
	return Options(
		today=_today(),
		stock_items=StockItems(document.stock_items or StockItems.MANAGED.value),
		descriptions=Descriptions(document.descriptions or Descriptions.SHORT.value),
		item_groups=bool(cint(document.item_groups)),
		images=bool(cint(document.images)),
		prices=bool(_price_lists(document)[0]),
		bundles=bool(cint(document.bundles)) and not _lists_parts(store),
		tax_classes={
			row.tax_class: row.item_tax_template for row in store.tax_classes if row.item_tax_template
		},
	)


def item_settings_of(document: Document) -> ItemSettings:
	store = get_store(document.store)
	settings = book_settings_of(store)
	price_list, sale_price_list = _price_lists(document)
	return ItemSettings(
		store=store.name,
		item_group=store.item_group or settings.item_group,
		uom=document.uom or settings.stock_uom,
		price_list=price_list,
		sale_price_list=sale_price_list,
		lists_parts=_lists_parts(store),
	)


def stores_images(document: Document) -> bool:
	"""Whether the images of new items become files of this site; else their addresses are kept."""
	return get_store(document.store).product_images == "Stored"


def _price_lists(document: Document) -> tuple[str, str]:
	"""Those of an import, where all of them are in the shop's currency; ("", "") for no prices."""
	names = [name for name in (document.price_list, document.sale_price_list) if name]
	currencies = {frappe.db.get_value("Price List", name, "currency") for name in names}
	if not document.price_list or currencies != {document.currency}:
		return "", ""
	return document.price_list, document.sale_price_list or ""


def _today() -> date:
	return getdate()


# --- where it stands ---


def get(name: int | str) -> Document:
	""":raises ProductImportError: there is none of that name"""
	if not frappe.db.exists(IMPORT, name):
		raise ProductImportError(
			Sentence("There is no product import {0}.", name), "The list of product imports has the names."
		)
	return frappe.get_doc(IMPORT, name)


def open_import(store: str) -> str | None:
	"""The newest import of a store whose lines may be corrected and approved."""
	found = frappe.get_all(
		IMPORT, {"store": store, "status": ("in", OPEN)}, pluck="name", order_by="name desc", limit=1
	)
	return found[0] if found else None


def current_import(store: str) -> dict | None:
	"""The import of a store that is at work, else the newest open one: {"name", "status"}."""
	for statuses in (AT_WORK, OPEN):
		filters = {"store": store, "status": ("in", statuses)}
		if found := frappe.get_all(IMPORT, filters, ["name", "status"], order_by="name desc", limit=1):
			return dict(found[0])
	return None


def write(name: int | str, **values) -> None:
	"""Write what is kept of an import. `modified` says when."""
	frappe.db.set_value(IMPORT, name, values)


def renew_counts(name: int | str) -> dict[str, int]:
	counts = import_lines.count(int(name))
	write(name, **counts)
	return counts


def check_open(document: Document) -> None:
	""":raises ProductImportError: its lines can't be corrected or approved now"""
	if document.status not in OPEN:
		raise ProductImportError(
			Sentence("Product import {0} is {1}.", document.name, document.status.lower()),
			"Its lines can be corrected and approved while it is planned or applied.",
		)
