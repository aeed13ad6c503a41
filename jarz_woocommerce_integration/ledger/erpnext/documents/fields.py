"""The fields of an invoice that an order fills in: the one list. A field of ours is defined in `setup_site/custom_fields.py`.

Documents and rows are filled from it; drafts and submitted invoices are compared by it; one that follows another is carried over by it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, storable
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts


def _slot(_order: OrderFacts, draft: OrderDraft) -> str:
	return " - ".join(filter(None, (draft.delivery.slot_from, draft.delivery.slot_to)))


# What an order says beside its money and its party: it may change in a submitted invoice, too. Field -> its value.
DETAILS: dict[str, Callable[[OrderFacts, OrderDraft], Any]] = {
	"woo_order_number": lambda order, _draft: storable(order.number, DATA_LENGTH),
	"woo_payment_method": lambda _order, draft: storable(draft.payment_method_title, DATA_LENGTH),
	"woo_transaction_id": lambda _order, draft: storable(draft.transaction_id, DATA_LENGTH),
	"woo_coupons": lambda _order, draft: storable(", ".join(draft.coupons)),
	"woo_customer_note": lambda _order, draft: storable(draft.remarks),
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
