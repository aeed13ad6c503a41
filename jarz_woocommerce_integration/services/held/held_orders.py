"""What would free held orders, one or many at once: an item for a line, a meaning for a status, a decision about a difference, or the
document by which a person has booked the order already.
"""

from collections.abc import Iterable, Sequence

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from jarz_woocommerce_integration.exceptions import ResolutionError
from jarz_woocommerce_integration.ledger.erpnext.texts import plain
from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, storable
from jarz_woocommerce_integration.services.desk.stored_texts import shown
from jarz_woocommerce_integration.services.held import resolutions
from jarz_woocommerce_integration.services.live import sync_again
from jarz_woocommerce_integration.services.products import single
from jarz_woocommerce_integration.services.session.policy import ACTIONS
from jarz_woocommerce_integration.services.session.session import book_settings_of, get_store
from jarz_woocommerce_integration.translation.amounts.lines import UnknownLine, unknown_line
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.lookups import ResolutionKind
from jarz_woocommerce_integration.translation.products.drafts import ProductKey

ITEM, ITEM_LINK = "Item", "WooCommerce Item Link"
BY_HAND = ResolutionKind.BOOKED_BY_HAND.value
DOCUMENTS = ("Sales Invoice", "Journal Entry", "Payment Entry")


def overview(rows: Sequence[Document]) -> dict:
	"""What would free these orders; those that aren't held are left out.

	:returns: `count`; `items` (lines without an item: {"product_id", "variation_id", "sku", "name", "item", "orders"} each, `item` the one that
		has the SKU); `statuses` ({"status", "orders"}); `differences` ({"kind", "orders", "amounts"}, `amounts` currency -> sum);
		`others` ({"reason", "what_to_do", "orders"})
	"""
	held = [row for row in rows if row.state == OrderState.HELD.value]
	items: dict[UnknownLine, dict] = {}
	statuses: dict[str, dict] = {}
	differences: dict[str, dict] = {}
	others: dict[str, dict] = {}
	for row in held:
		line = _linkable(row)
		if line:
			one_name = line._replace(name="")
			entry = items.setdefault(one_name, {**line._asdict(), "item": _item_of(line.sku), "orders": 0})
		elif row.reason == "unknown_status":
			entry = statuses.setdefault(row.woo_status, {"status": row.woo_status, "orders": 0})
		elif choices := resolutions.choices(row):
			entry = _add_differences(differences, choices)
		else:
			about = {"reason": row.reason, "what_to_do": shown(row.what_to_do), "orders": 0}
			entry = others.setdefault(row.reason, about)
		entry["orders"] += 1
	return {
		"count": len(held),
		"items": list(items.values()),
		"statuses": list(statuses.values()),
		"differences": list(differences.values()),
		"others": list(others.values()),
	}


def _linkable(row: Document) -> UnknownLine | None:
	"""The line without an item for which an order is held, where a link can say which item it is."""
	line = unknown_line(row.message or "") if row.reason == "unknown_item" else None
	return line if line and (line.product_id or line.sku) else None


def _item_of(sku: str) -> str | None:
	return frappe.db.get_value(ITEM, sku) if sku else None


def _add_differences(differences: dict[str, dict], choices: Sequence[dict]) -> dict:
	"""Several ways are open for one difference: each counts it, and the last is counted by the caller."""
	for choice in choices:
		entry = differences.setdefault(choice["kind"], {"kind": choice["kind"], "orders": 0, "amounts": {}})
		before = entry["amounts"].get(choice["currency"], "0")
		entry["amounts"][choice["currency"]] = str(resolutions.exact_sum(before, choice["amount"]))
		entry["orders"] += choice is not choices[-1]
	return entry


# --- items ---


def link_items(rows: Sequence[Document], links: Iterable[dict]) -> list[dict]:
	"""Say which items the lines of held orders are, and book the orders again.

	:param links: {"product_id", "variation_id", "sku", "name", "item"} each; "" for `item` makes one as an import of products would; of a
		product that the shop doesn't have any more, one with the SKU as its code, as the store's rule "Create" would
	:returns: what became of the orders, as `sync_again.sync`
	"""
	wanted = list(links)
	by_store = _by_store(rows)
	for store in by_store:
		# Those that are made from the shop come first: each of them commits.
		made = [link for link in wanted if not link.get("item") and _import_item(store, link)]
		for link in wanted:
			if link not in made:
				_link(store, link)
	frappe.db.commit()
	return _sync(by_store)


def _link(store: str, link: dict) -> None:
	key = {
		"store": store,
		"product_id": cint(link.get("product_id")),
		"variation_id": cint(link.get("variation_id")),
		"sku": link.get("sku") or "",
	}
	item = link.get("item") or _create_item(store, link)
	if name := frappe.db.get_value(ITEM_LINK, key):
		document = frappe.get_doc(ITEM_LINK, name)
		document.item = item
		document.save()
		return
	title = plain(link.get("name") or "")
	frappe.get_doc(doctype=ITEM_LINK, **key, item=item, product_name=title).insert()


def _import_item(store: str, link: dict) -> bool:
	"""Make the item of a product as the shop has it, and link it. :returns: whether the shop has it"""
	key = ProductKey(cint(link.get("product_id")), cint(link.get("variation_id")))
	return bool(key.product_id and single.create_item(get_store(store), key))


def _create_item(store: str, link: dict) -> str:
	"""Whoever may set the store's rule for unknown items to "Create" may have one made: no right of ERPNext's is asked for."""
	code = storable(link.get("sku") or plain(link.get("name") or ""), DATA_LENGTH)
	if name := frappe.db.exists(ITEM, code):
		return name
	settings = book_settings_of(get_store(store))
	item = frappe.get_doc(
		doctype=ITEM,
		item_code=code,
		item_name=plain(link.get("name") or "") or code,
		item_group=settings.item_group,
		stock_uom=settings.stock_uom,
		is_stock_item=0,
		include_item_in_manufacturing=0,
		woo_store=store,
		woo_product_id=cint(link.get("variation_id")) or cint(link.get("product_id")),
	)
	return item.insert(ignore_permissions=True).name


# --- statuses ---


def map_statuses(rows: Sequence[Document], actions: dict[str, str]) -> list[dict]:
	"""Say what orders in these statuses become, and book the held ones again. :param actions: status -> label of an action"""
	if unknown := set(actions.values()) - ACTIONS.keys():
		raise ResolutionError(_("There is no action {0}.").format(", ".join(sorted(unknown))))
	by_store = _by_store(row for row in rows if row.woo_status in actions)
	for name in by_store:
		store = get_store(name)
		there = {row.status: row for row in store.statuses}
		for status, action in actions.items():
			row = there.get(status) or store.append("statuses", {"status": status})
			row.update({"action": action, "look": 0})
		store.save()
	frappe.db.commit()
	return _sync(by_store)


# --- differences ---


def resolve_many(rows: Sequence[Document], kind: str, reason: str) -> list[dict]:
	"""Decide all of these orders for which that is open in the same way; each holds for its own difference."""
	chosen = [row for row in rows if any(choice["kind"] == kind for choice in resolutions.choices(row))]
	for row in chosen:
		resolutions.decide(row, kind, reason)
	frappe.db.commit()
	return _sync(_by_store(chosen))


# --- booked by hand ---


def book_by_hand(rows: Sequence[Document], doctype: str, document: str, reason: str) -> list[dict]:
	"""Dismiss held orders that a person has booked: they are skipped as long as their total stays what it is.

	:param document: the submitted document by which they are booked, of the store's company
	:raises ResolutionError: there is no such document, or no reason
	"""
	reason = resolutions.checked_reason(reason)
	held = [row for row in rows if row.state == OrderState.HELD.value]
	_check_document(doctype, document, {row.store for row in held})
	for row in held:
		values = {
			"resolution": BY_HAND,
			"resolution_amount": row.total,
			"resolution_doctype": doctype,
			"resolution_document": document,
			"resolution_reason": reason,
			"resolved_by": frappe.session.user,
			"resolved_at": now_datetime(),
		}
		frappe.db.set_value(row.doctype, row.name, values)
		text = _("Booked by hand with {0} {1}. {2}").format(_(doctype), document, reason)
		row.add_comment("Info", frappe.utils.escape_html(text))
	frappe.db.commit()
	return _sync(_by_store(held))


def withdraw(row: Document) -> list[dict]:
	"""Take back that an order was booked by hand, and book it again."""
	if row.resolution != BY_HAND:
		raise ResolutionError(_("Order {0} wasn't dismissed as booked by hand.").format(row.order_number))
	emptied = dict.fromkeys(("resolution", "resolution_doctype", "resolution_document", "resolution_reason"))
	# Without the hash the order isn't taken for one that was skipped already.
	frappe.db.set_value(row.doctype, row.name, {**emptied, "resolution_amount": 0, "payload_hash": ""})
	row.add_comment("Info", _("It isn't booked by hand any more."))
	frappe.db.commit()
	return _sync(_by_store([row]))


def _check_document(doctype: str, document: str, stores: set[str]) -> None:
	if doctype not in DOCUMENTS or not frappe.db.exists(doctype, document):
		raise ResolutionError(_("There is no {0} {1}.").format(_(doctype), document))
	found = frappe.get_doc(doctype, document)
	# The form only names it, so whoever may see the store's orders need not see ERPNext's documents.
	if found.docstatus != 1:
		raise ResolutionError(_("{0} {1} isn't submitted.").format(_(doctype), document))
	for store in stores:
		company = frappe.db.get_value("WooCommerce Store", store, "company")
		if found.company != company:
			raise ResolutionError(
				_("{0} {1} is of {2}, and the store is of {3}.").format(
					_(doctype), document, found.company, company
				)
			)


# --- all of them ---


def _by_store(rows: Iterable[Document]) -> dict[str, list[int]]:
	orders: dict[str, list[int]] = {}
	for row in rows:
		orders.setdefault(row.store, []).append(row.woo_order_id)
	return orders


def _sync(orders: dict[str, list[int]]) -> list[dict]:
	return [result for store, ids in orders.items() for result in sync_again.sync(store, ids)]
