"""Sales Orders as ERPNext's documents, made from drafts."""

from datetime import date

import frappe
from erpnext.accounts.party import get_payment_terms_template
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.documents.facts import Buyer
from jarz_woocommerce_integration.ledger.erpnext.documents.fields import (
	DETAILS,
	ROWS_OF_THE_ORDER as ROWS_OF_THE_INVOICE,
	details_of,
	mapped_values,
)
from jarz_woocommerce_integration.ledger.erpnext.documents.invoices import Invoices, address_of, contact_of
from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, posting, storable
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts

SALES_ORDER = "Sales Order"
# What an order writes into its Sales Order; the rest is ERPNext's. A draft is renewed in these fields only.
OF_THE_ORDER = (
	"customer",
	"transaction_date",
	"delivery_date",
	"currency",
	"conversion_rate",
	"customer_address",
	"shipping_address_name",
	"contact_email",
	"contact_mobile",
	"territory",
	"cost_center",
	"set_warehouse",
	"payment_terms_template",
	*DETAILS,
	"woo_fingerprint",
)
ROWS_OF_THE_ORDER = {
	"items": (
		"item_code",
		"item_name",
		"description",
		"qty",
		"uom",
		"rate",
		"price_list_rate",
		"item_tax_template",
		"warehouse",
		"delivery_date",
		"woo_order_line_id",
	),
	"taxes": ROWS_OF_THE_INVOICE["taxes"],
}


def make(invoices: Invoices, order: OrderFacts, draft: OrderDraft, buyer: Buyer) -> Document:
	"""The Sales Order of an order, not stored yet: the rows and charges that its invoice will have."""
	invoice, settings = draft.invoice, invoices.settings
	place = invoices.place_of(draft)
	day, _time = posting(invoice.posted_at, settings.zone)
	document = invoices.writer.new(
		{
			"doctype": SALES_ORDER,
			"company": settings.company,
			"customer": buyer.customer,
			"customer_group": invoices.facts.customer_group(buyer.customer),
			"order_type": "Sales",
			"transaction_date": day,
			"delivery_date": _delivery_date(draft, day),
			# ERPNext fills in the customer's where there are none.
			"payment_terms_template": draft.payment_terms
			or get_payment_terms_template(buyer.customer, "Customer", settings.company),
			"ignore_default_payment_terms_template": 1,
			"currency": draft.currency,
			"conversion_rate": float(invoices.facts.rates.conversion_rate(draft.currency, day)),
			"selling_price_list": settings.price_list or _any_price_list(),
			"plc_conversion_rate": 1.0,
			"ignore_pricing_rule": 1,
			"disable_rounded_total": 1,
			"cost_center": place.cost_center or settings.cost_center,
			# ERPNext reserves the goods there.
			"set_warehouse": invoices.warehouse_of(place),
			"customer_address": address_of(draft.billing, buyer.addresses),
			"shipping_address_name": address_of(draft.shipping, buyer.addresses),
			"territory": invoices.territory_of(draft),
			"woo_store": settings.store,
			"woo_order_id": order.order_id,
			"woo_order_number": storable(order.number, DATA_LENGTH),
			"woo_fingerprint": invoice.fingerprint,
		}
	)
	document.update(details_of(order, draft) | contact_of(draft))
	document.update(mapped_values(draft.mapped.of(SALES_ORDER), settings.zone))
	invoices.add_rows(document, invoice.rows, place)
	for row in document.items:
		row.delivery_date = document.delivery_date
	invoices.add_charges(document, invoice.charges, place)
	return document


def bill(sales_order: Document, invoice: Document) -> None:
	"""Make each row of an invoice, that isn't stored yet, one of its row in the Sales Order: ERPNext counts what is billed by that."""
	invoice.project = sales_order.project
	open_rows = list(sales_order.items)
	for row in invoice.items:
		line = (row.item_code, int(row.woo_order_line_id or 0))
		found = next(
			(each for each in open_rows if (each.item_code, int(each.woo_order_line_id or 0)) == line), None
		)
		if found:
			open_rows.remove(found)
			row.sales_order, row.so_detail = sales_order.name, found.name


def _delivery_date(draft: OrderDraft, day: date) -> date:
	"""ERPNext wants a date of delivery, and none before the order's own."""
	return max(draft.delivery.day or day, day)


def _any_price_list() -> str | None:
	"""A Sales Order names a price list, though none of its prices is taken from one."""
	chosen = frappe.db.get_single_value("Selling Settings", "selling_price_list")
	return chosen or frappe.db.get_value("Price List", {"selling": 1, "enabled": 1}, order_by="name")
