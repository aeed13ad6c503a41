"""The Delivery Note of an order that is completed in the shop and has a Sales Order."""

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_delivery_note

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, storable
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import DeliveryNotes, OrderDraft, OrderFacts

DELIVERY_NOTE = "Delivery Note"
COMPLETED = "completed"
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


def deliver(
	settings: BookSettings, poster: Poster, order: OrderFacts, draft: OrderDraft, invoice: str
) -> bool:
	"""Make the Delivery Note of a completed order whose invoice was made from a Sales Order. Whether one was made.

	Of what a person has delivered nothing is delivered again.
	"""
	wanted = settings.delivery_notes_of(draft)
	if wanted is DeliveryNotes.NONE or order.status != COMPLETED:
		return False
	if not frappe.db.sql(_UNDELIVERED, (invoice,)):
		return False
	document = make_delivery_note(invoice)
	if not document.items:
		return False
	document.update(
		{
			"ignore_pricing_rule": 1,
			"disable_rounded_total": 1,
			"woo_store": settings.store,
			"woo_order_id": order.order_id,
			"woo_order_number": storable(order.number, DATA_LENGTH),
		}
	)
	if wanted is DeliveryNotes.SUBMITTED:
		poster.submit(document)
	else:
		poster.insert(document)
	return True


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
