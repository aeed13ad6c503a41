"""What differs between an order in the shop now and what stands in the books for it."""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import StoreNotFoundError
from jarz_woocommerce_integration.ledger.contract import BookedOrder
from jarz_woocommerce_integration.ledger.erpnext.order_map.stored import read_these
from jarz_woocommerce_integration.services.desk.preview import translate_anew
from jarz_woocommerce_integration.services.desk.stored_texts import shown
from jarz_woocommerce_integration.services.session.session import get_store, store_client, translator_of
from jarz_woocommerce_integration.store.orders import read_order
from jarz_woocommerce_integration.translation.drafts import OrderDraft, Outcome

NOTHING = "nothing"
# WordPress itself leads on from here where orders have tables of their own (HPOS), and older stores know only this.
EDIT_PAGE = "{url}/wp-admin/post.php?post={order_id}&action=edit"


def edit_page(order_map: Document) -> str:
	"""The order's page in the shop's admin. The same address works with and without HPOS."""
	url = frappe.get_cached_value("WooCommerce Store", order_map.store, "url")
	return EDIT_PAGE.format(url=url, order_id=order_map.woo_order_id)


def differences(order_map: Document) -> list[dict]:
	"""Read the order again and compare it with its invoice, credit notes and payment.

	:returns: {"what", "store", "books"} of each difference; empty where the books say what the shop says
	:raises StoreError: the shop can't be read; :raises PayloadError: what it gives isn't an order
	"""
	store = get_store(order_map.store)
	booked = read_these(store.name, [order_map.woo_order_id])[0]
	try:
		with store_client(store) as client:
			order, refunds = read_order(client, order_map.woo_order_id)
			outcome, _known = translate_anew(client, store, translator_of(store), order, refunds)
	except StoreNotFoundError:
		return [_difference("Order", "deleted", booked.invoice or booked.state.value)]
	pairs = [*_facts(outcome, booked), *_books(outcome, booked)]
	found = [_difference(what, store, books) for what, store, books in pairs if store != books]
	if booked.changed:
		found.append(_difference("Changed since it was booked", booked.changed, booked.invoice))
	return found


def _facts(outcome: Outcome, booked: BookedOrder) -> list[tuple]:
	order = outcome.order
	return [
		("Status", order.status, booked.status),
		("Currency", order.currency, booked.currency),
		("Modified", order.modified_at, booked.modified_at),
	]


def _books(outcome: Outcome, booked: BookedOrder) -> list[tuple]:
	draft = outcome.translation
	if type(draft) is not OrderDraft:
		# What the policy doesn't book isn't missing in the books.
		becomes = shown(getattr(draft, "message", NOTHING))
		return [("Order", becomes, f"{booked.invoice} ({booked.invoice_status})")] if booked.invoice else []
	if not booked.invoice:
		return [("Invoice", str(draft.invoice.total), NOTHING)]
	credited = -sum((note.total for note in draft.credit_notes), Decimal(0))
	return [
		("Total", draft.invoice.total, booked.invoice_total),
		("Credited", credited, booked.credited_total),
		("Paid", draft.paid_total, booked.paid_total),
		("Items", _items_of(draft), _items_in(booked.invoice)),
	]


def _items_of(draft: OrderDraft) -> str:
	return _listed((row.quantity, row.item_code, row.amount) for row in draft.invoice.rows)


def _items_in(invoice: str) -> str:
	table = frappe.qb.DocType("Sales Invoice Item")
	rows = (
		frappe.qb.from_(table)
		.select(table.qty, table.item_code, table.amount)
		.where(table.parent == invoice)
		.run()
	)
	return _listed((Decimal(str(quantity)), code, Decimal(str(amount))) for quantity, code, amount in rows)


def _listed(rows: Iterable[tuple[Decimal, str, Decimal]]) -> str:
	""":param rows: quantity, item and amount. A currency may have three decimals, so none is left out"""
	texts = (f"{quantity.normalize():f} x {item} = {_money(amount)}" for quantity, item, amount in rows)
	return "\n".join(sorted(texts))


def _money(amount: Decimal) -> str:
	exact = amount.normalize()
	return f"{exact:.2f}" if exact.as_tuple().exponent >= -2 else f"{exact:f}"  # type: ignore[operator]  # amounts are finite


def _difference(what: str, store: object, books: object) -> dict:
	return {"what": what, "store": _text(store), "books": _text(books)}


def _text(value: object) -> str:
	if value is None:
		return NOTHING
	return value.isoformat(" ", "seconds") if hasattr(value, "isoformat") else str(value)
