"""The fields of an invoice that an order fills in: the one list. A field of ours is defined in `setup_site/custom_fields.py`.

Documents and rows are filled from it; drafts and submitted invoices are compared by it; one that follows another is carried over by it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from frappe.model.document import Document
from frappe.utils import flt

from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, storable
from jarz_woocommerce_integration.translation.drafts import (
	LINE,
	FieldValue,
	MappedValues,
	OrderDraft,
	OrderFacts,
)

INVOICE = "Sales Invoice"
# As the mapping calls the Sales Invoice of a refund.
CREDIT_NOTE = "Credit Note"


def _slot(_order: OrderFacts, draft: OrderDraft) -> str:
	return " - ".join(filter(None, (draft.delivery.slot_from, draft.delivery.slot_to)))


# What an order says beside its money and its party: it may change in a submitted invoice, too. Field -> its value.
DETAILS: dict[str, Callable[[OrderFacts, OrderDraft], Any]] = {
	"woo_order_number": lambda order, _draft: storable(order.number, DATA_LENGTH),
	"woo_payment_method": lambda _order, draft: storable(draft.payment_method_title, DATA_LENGTH),
	"woo_transaction_id": lambda _order, draft: storable(draft.transaction_id, DATA_LENGTH),
	"woo_coupons": lambda _order, draft: storable(", ".join(draft.coupons)),
	"woo_customer_note": lambda _order, draft: storable(draft.remarks),
	"woo_language": lambda _order, draft: storable(draft.language, DATA_LENGTH),
	"woo_delivery_date": lambda _order, draft: draft.delivery.day,
	"woo_delivery_slot": _slot,
	"woo_delivery_text": lambda _order, draft: storable(draft.delivery.text),
	"woo_vat_number": lambda _order, draft: storable(draft.vat_number, DATA_LENGTH),
	"woo_vat_exempt": lambda _order, draft: int(draft.vat_exempt),
}
# By what the buyer's VAT was decided. The invoice's Tax ID is the customer's: ERPNext fetches it.
VAT = ("woo_vat_number", "woo_vat_exempt")
# What an order writes into its invoice; the rest is ERPNext's. A draft is renewed in these fields only.
OF_THE_ORDER = (
	"customer",
	"is_return",
	"posting_date",
	"posting_time",
	"due_date",
	"currency",
	"conversion_rate",
	"debit_to",
	"update_stock",
	"customer_address",
	"shipping_address_name",
	"contact_email",
	"contact_mobile",
	"territory",
	"remarks",
	"cost_center",
	"is_pos",
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
		"income_account",
		"item_tax_template",
		"cost_center",
		"warehouse",
		"woo_order_line_id",
		"woo_product",
	),
	"taxes": ("charge_type", "account_head", "description", "woo_tax_percent", "tax_amount", "cost_center"),
	"payments": ("mode_of_payment", "account", "amount"),
}
# ERPNext derives these from another field, and doesn't change them afterwards.
FILLED_IN_BY = {
	"due_date": ("payment_terms_template", "payment_schedule"),
	"payment_terms_template": ("payment_schedule",),
	"customer": (
		"customer_name",
		"title",
		"tax_id",
		"customer_group",
		"contact_person",
		"contact_display",
	),
	"customer_address": ("address_display",),
	"shipping_address_name": ("shipping_address",),
}


def details_of(order: OrderFacts, draft: OrderDraft, fields: Iterable[str] = DETAILS) -> dict[str, Any]:
	"""What an order says in some of the fields of `DETAILS`."""
	return {field: DETAILS[field](order, draft) for field in fields}


# --- comparing ---


def says(
	document: Document, fresh: Document, of_document: Iterable[str], of_rows: Mapping[str, Iterable[str]]
) -> bool:
	"""Whether a stored document says what one just made says. What the order left empty, ERPNext may have filled."""
	if differing(document, fresh, of_document):
		return False
	for table, fields in of_rows.items():
		stored, wanted = document.get(table), fresh.get(table)
		if len(stored) != len(wanted):
			return False
		for row, other in zip(stored, wanted, strict=True):
			if any(other.get(f) and _plain(row.get(f)) != _plain(other.get(f)) for f in fields):
				return False
	return True


def differing(stored: Any, fresh: Document, fields: Iterable[str]) -> dict[str, Any]:
	"""What was just made, in the fields in which what is stored says something else."""
	return {
		field: fresh.get(field) for field in fields if _plain(stored.get(field)) != _plain(fresh.get(field))
	}


def _plain(value) -> str:
	if isinstance(value, float | int) and not isinstance(value, bool):
		return f"{flt(value, 6):.6f}"
	if isinstance(value, timedelta):
		value = datetime.min + value
		return value.strftime("%H:%M:%S")
	return "" if value is None else str(value)


# --- the merchant's own fields ---


def mapped_values(values: Mapping[str, FieldValue], zone: tzinfo) -> dict[str, Any]:
	"""What a mapping gives for one document, as its columns hold it. :param zone: the site's"""
	return {field: _of_column(value, zone) for field, value in values.items()}


def _of_column(value: FieldValue, zone: tzinfo) -> Any:
	if isinstance(value, datetime):
		return value.astimezone(zone).replace(tzinfo=None)
	if isinstance(value, bool):
		return int(value)
	if isinstance(value, Decimal):
		return float(value)
	return storable(value) if isinstance(value, str) else value


def of_the_order(draft: OrderDraft) -> tuple[str, ...]:
	"""`OF_THE_ORDER`, and the merchant's own fields."""
	# Without terms of the order's own, ERPNext fills in the customer's.
	terms = ("payment_terms_template",) if draft.payment_terms else ()
	return (*OF_THE_ORDER, *terms, *draft.mapped.of(INVOICE))


def rows_of_the_order(draft: OrderDraft) -> dict[str, tuple[str, ...]]:
	"""`ROWS_OF_THE_ORDER`, and the merchant's own fields of a line."""
	return {**ROWS_OF_THE_ORDER, "items": (*ROWS_OF_THE_ORDER["items"], *draft.mapped.of(LINE))}


def following(mapped: MappedValues, doctype: str) -> list[str]:
	"""The merchant's own fields that change with the order."""
	return [field for field in mapped.of(doctype) if (doctype, field) not in mapped.kept]


def keep_as_made(document: Document, before: Document, mapped: MappedValues) -> None:
	"""Give an invoice or Sales Order that takes the place of another one what stays as it was made."""
	for doctype, field in mapped.kept:
		if doctype == document.doctype:
			document.set(field, before.get(field))
		elif doctype == LINE and document.doctype == INVOICE:
			made = {row.woo_order_line_id: row.get(field) for row in before.items if row.woo_order_line_id}
			for row in document.items:
				row.set(field, made.get(row.woo_order_line_id, row.get(field)))
