"""The Delivery Note of an order that is done in the shop and has a Sales Order, and what comes back of a delivery."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_delivery_note
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, storable
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import DeliveryNotes, OrderDraft, OrderFacts

DELIVERY_NOTE = "Delivery Note"
# An order that is refunded before it was completed: the shop counts its goods as gone, but for those that it has put back.
DONE = ("completed", "refunded")
# One that a person has made counts, and one that was cancelled: it isn't made again.
_UNDELIVERED = """
SELECT DISTINCT row.sales_order FROM `tabSales Invoice Item` row
JOIN `tabSales Invoice` invoice ON invoice.name = row.parent AND invoice.docstatus = 1
WHERE row.parent = %s AND row.sales_order <> '' AND NOT EXISTS (
	SELECT 1 FROM `tabDelivery Note Item` delivered WHERE delivered.against_sales_order = row.sales_order)
"""
_DRAFTS = """
SELECT DISTINCT note.name FROM `tabDelivery Note Item` row JOIN `tabDelivery Note` note ON note.name = row.parent
WHERE row.against_sales_order = %s AND note.docstatus = 0 AND note.woo_order_id > 0
"""


# What an invoice has sold, and what Delivery Notes have taken of it. Those that a person has made from the Sales Order count.
_SOLD = """
SELECT row.woo_order_line_id AS line, CAST(sum(row.qty) AS CHAR) AS quantity
FROM `tabSales Invoice Item` row JOIN `tabSales Invoice` invoice ON invoice.name = row.parent
WHERE row.parent = %s AND invoice.docstatus = 1 AND invoice.is_return = 0 AND invoice.update_stock = 0
GROUP BY row.woo_order_line_id
"""
_DELIVERED_BY = """
SELECT delivered.name, delivered.parent AS note, sold.woo_order_line_id AS line, CAST(delivered.qty AS CHAR) AS quantity,
	CAST((SELECT coalesce(-sum(back.qty), 0) FROM `tabDelivery Note Item` back
		WHERE back.dn_detail = delivered.name AND back.docstatus = 1) AS CHAR) AS returned, note.creation, delivered.idx
FROM `tabSales Invoice Item` sold JOIN `tabDelivery Note Item` delivered ON {by}
JOIN `tabDelivery Note` note ON note.name = delivered.parent AND note.docstatus = 1 AND note.is_return = 0
WHERE sold.parent = %(invoice)s
"""
_BY_INVOICE = "delivered.si_detail = sold.name"
_BY_SALES_ORDER = (
	"delivered.so_detail = sold.so_detail AND sold.so_detail <> '' AND coalesce(delivered.si_detail, '') = ''"
)
_DELIVERED = f"""
{_DELIVERED_BY.format(by=_BY_INVOICE)} UNION ALL {_DELIVERED_BY.format(by=_BY_SALES_ORDER)} ORDER BY creation, idx
"""


def deliver(
	settings: BookSettings, poster: Poster, order: OrderFacts, draft: OrderDraft, invoice: str
) -> bool:
	"""Make the Delivery Note of an order that is done and whose invoice was made from a Sales Order, and bring back what came
	back of a delivery. Whether anything was made.

	Of what a person has delivered nothing is delivered again. An order of the history that has no Sales Order is nothing but books.
	"""
	if settings.historical and not _is_from_sales_order(invoice):
		return False
	made = _deliver_all(settings, poster, order, draft, invoice)
	return _bring_back(settings, poster, order, draft, invoice) or made


def _is_from_sales_order(invoice: str) -> bool:
	return bool(frappe.db.exists("Sales Invoice Item", {"parent": invoice, "sales_order": ("is", "set")}))


def _deliver_all(
	settings: BookSettings, poster: Poster, order: OrderFacts, draft: OrderDraft, invoice: str
) -> bool:
	wanted = settings.delivery_notes_of(draft)
	if wanted is DeliveryNotes.NONE or order.status not in DONE:
		return False
	if not frappe.db.sql(_UNDELIVERED, (invoice,)):
		return False
	document = make_delivery_note(invoice)
	is_draft = wanted is DeliveryNotes.DRAFT
	if is_draft:
		# Who checks it isn't asked to pack what the customer doesn't get any more.
		_leave_out(document, _put_back_in_shop(settings, draft))
	if not document.items:
		return False
	_mark(document, settings, order)
	if is_draft:
		poster.insert(document)
	else:
		poster.submit(document)
		if not document.base_net_total:
			# Of what costs nothing ERPNext would wait for an invoice for ever.
			document.db_set("per_billed", 100, update_modified=False)
			document.set_status(update=True)
	return True


def _mark(document: Document, settings: BookSettings, order: OrderFacts) -> None:
	document.update(
		{
			"ignore_pricing_rule": 1,
			"disable_rounded_total": 1,
			"woo_store": settings.store,
			"woo_order_id": order.order_id,
			"woo_order_number": storable(order.number, DATA_LENGTH),
		}
	)


def _put_back_in_shop(settings: BookSettings, draft: OrderDraft) -> Mapping[int, Decimal]:
	"""Line of the order -> how many of it refunds have put back into the shop's stock."""
	if not settings.restock_refunds:
		return {}
	return next((note.restocked.pieces for note in draft.credit_notes if note.restocked), {})


def _leave_out(document: Document, pieces: Mapping[int, Decimal]) -> None:
	"""Take so many pieces of each line of the order off a Delivery Note that isn't stored yet."""
	names = [row.si_detail for row in document.items]
	lines = dict(
		frappe.get_all(
			"Sales Invoice Item", {"name": ("in", names)}, ["name", "woo_order_line_id"], as_list=True
		)
	)
	left = defaultdict(Decimal, pieces)
	for row in document.items:
		line, quantity = lines[row.si_detail], Decimal(str(row.qty))
		taken = min(left[line], quantity)
		left[line] -= taken
		row.qty = float(quantity - taken)
	document.items = [row for row in document.items if row.qty]
	for index, row in enumerate(document.items, 1):
		row.idx = index


def _bring_back(
	settings: BookSettings, poster: Poster, order: OrderFacts, draft: OrderDraft, invoice: str
) -> bool:
	"""Goods that a Delivery Note has taken and that the shop has put back into its stock: a return for each Delivery Note.

	An invoice that moves stock itself has it back by its credit notes.
	"""
	pieces = _put_back_in_shop(settings, draft)
	if not pieces:
		return False
	delivered = frappe.db.sql(_DELIVERED, {"invoice": invoice}, as_dict=True)
	if not delivered:
		return False
	back = defaultdict(Decimal, pieces)
	for row in frappe.db.sql(_SOLD, (invoice,), as_dict=True):
		# What was put back before it was delivered is still there.
		back[row.line] -= Decimal(row.quantity)
	for row in delivered:
		back[row.line] += Decimal(row.quantity) - Decimal(row.returned)
	returned: dict[str, dict[str, Decimal]] = defaultdict(dict)
	for row in delivered:
		quantity = min(back[row.line], Decimal(row.quantity) - Decimal(row.returned))
		if quantity > 0:
			back[row.line] -= quantity
			returned[row.note][row.name] = quantity
	for note, rows in returned.items():
		_return(settings, poster, order, note, rows)
	return bool(returned)


def _return(
	settings: BookSettings, poster: Poster, order: OrderFacts, note: str, rows: Mapping[str, Decimal]
) -> None:
	""":param rows: row of the Delivery Note -> how much of it comes back"""
	document = make_sales_return(note)
	document.items = [row for row in document.items if row.dn_detail in rows]
	for index, row in enumerate(document.items, 1):
		row.idx, row.qty = index, -float(rows[row.dn_detail])
		# The Sales Order stays delivered: nothing of it is to be sent again.
		row.update(
			{"against_sales_order": None, "so_detail": None, "against_sales_invoice": None, "si_detail": None}
		)
	document.taxes = []
	_mark(document, settings, order)
	poster.touch(DELIVERY_NOTE, note)  # ERPNext writes into it what has come back
	poster.submit(document)


def delete_drafts(poster: Poster, sales_order: str) -> None:
	"""Delete our drafts of Delivery Notes of a Sales Order that is about to be cancelled.

	:raises BookingRefusedError: a person has changed one
	"""
	for name in frappe.db.sql(_DRAFTS, (sales_order,), pluck=True):
		if not poster.is_as_left(DELIVERY_NOTE, name):
			raise BookingRefusedError(
				Sentence("The draft {0} was changed here by a person, so it isn't deleted.", name),
				"Delete the draft, and sync the order again.",
				reason="edited",
			)
		frappe.delete_doc(DELIVERY_NOTE, name, ignore_permissions=True)
