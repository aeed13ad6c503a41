"""From the form of a WooCommerce Store to the policy of the translation: every label and field is paired here, once."""

from decimal import Decimal
from enum import Enum

import frappe
from frappe.model.document import Document
from frappe.utils import cint, flt
from pydantic import ValidationError

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import PolicyError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.fields.targets import rows_of
from jarz_woocommerce_integration.translation.drafts import Action
from jarz_woocommerce_integration.translation.policy import (
	BundlePolicy,
	CardsAsCoupons,
	CompanyCustomer,
	CustomerMode,
	Money,
	NegativeTotal,
	Paid,
	Policy,
	ReceivedUnbooked,
	Repaid,
	SubOrders,
	TenderKind,
	UnknownItem,
)

# Label of a Select -> what the translation calls it.
ACTIONS = {
	"Ignore": Action.IGNORE,
	"Sales Order (Draft)": Action.SALES_ORDER_DRAFT,
	"Sales Order": Action.SALES_ORDER,
	"Draft": Action.DRAFT,
	"Submit": Action.SUBMIT,
	"Submit and Pay": Action.SUBMIT_AND_PAY,
	"Cancel": Action.CANCEL,
}
# A row that says what a status without a row means, for a person to see: its orders wait for a decision.
HOLD = "Hold"
PAID = {"When Paid": Paid.DATE_PAID, "At Once": Paid.AT_ONCE, "On Delivery": Paid.ON_DELIVERY}
REPAID = {
	"As Paid": Repaid.AS_PAID,
	"As Paid, Listed": Repaid.LIST,
	"Listed Only": Repaid.ASK,
	"By Hand": Repaid.BY_HAND,
}
TENDERS = {
	"Gift Card": TenderKind.GIFT_CARD,
	"Store Credit": TenderKind.STORE_CREDIT,
	"Wallet": TenderKind.WALLET,
}
SUB_ORDERS = {"Parent": SubOrders.PARENT, "Sub-orders": SubOrders.SUB_ORDERS}
CARDS_AS_COUPONS = {"Discount": CardsAsCoupons.DISCOUNT, "Payment": CardsAsCoupons.PAYMENT}
RECEIVED = {"List": ReceivedUnbooked.LIST, "Advance": ReceivedUnbooked.ADVANCE}
UNKNOWN_ITEMS = {
	"Hold": UnknownItem.HOLD,
	"Placeholder": UnknownItem.PLACEHOLDER,
	"Create": UnknownItem.CREATE,
}
BUNDLES = {"Keep Parent": BundlePolicy.KEEP_PARENT, "Explode": BundlePolicy.EXPLODE}
NEGATIVE_TOTALS = {"Credit Note": NegativeTotal.CREDIT_NOTE, "Hold": NegativeTotal.HOLD}
CUSTOMER_MODES = {"One per Person": CustomerMode.RESOLVE, "One for All Orders": CustomerMode.ONE_CUSTOMER}
COMPANY_CUSTOMERS = {"Company": CompanyCustomer.COMPANY, "Person": CompanyCustomer.PERSON}
_LABELS: dict[Enum, str] = {
	value: label
	for table in (
		ACTIONS,
		PAID,
		REPAID,
		TENDERS,
		SUB_ORDERS,
		RECEIVED,
		CARDS_AS_COUPONS,
		UNKNOWN_ITEMS,
		BUNDLES,
		NEGATIVE_TOTALS,
		CUSTOMER_MODES,
		COMPANY_CUSTOMERS,
	)
	for label, value in table.items()
}

# Table of the form -> the fields of a row that hold its key and its value.
TABLES = {
	"statuses": ("status", "action"),
	"taxes": ("tax", "account"),
	"tax_classes": ("tax_class", "item_tax_template"),
	"shipping_methods": ("method", "account"),
	"fees": ("fee", "account"),
	"territories": ("zone", "territory"),
	"gateways": ("gateway", "account"),
	"tenders": ("kind", "account"),
	"currencies": ("currency", "receivable_account"),
	"roles": ("role", "price_list"),
}
# Where a mistake in the policy stands in the form. The longest beginning that fits is taken.
_FIELDS = {
	("statuses",): "statuses",
	("actions",): "actions",
	("gateways",): "gateways",
	("default_gateway", "mode_of_payment"): "default_mode_of_payment",
	("default_gateway", "account"): "default_payment_account",
	("default_gateway", "paid"): "default_paid",
	("default_gateway", "repaid"): "default_repaid",
	("tenders",): "tenders",
	("sub_orders",): "sub_orders",
	("received_unbooked",): "received_unbooked",
	("cards_as_coupons",): "cards_as_coupons",
	("taxes",): "taxes",
	("tax_classes",): "tax_classes",
	("tax_numbers", "keys"): "tax_number_keys",
	("shipping",): "shipping_methods",
	("fees",): "fees",
	("territories",): "territories",
	("fields",): "mapped_fields",
	("invoice_prefix",): "invoice_prefix",
	("accounts", "income"): "income_account",
	("accounts", "receivable"): "receivable_account",
	("accounts", "tax"): "tax_account",
	("accounts", "shipping"): "shipping_account",
	("accounts", "fees"): "fees_account",
	("accounts", "discounts"): "discounts_account",
	("accounts", "refunds"): "refunds_account",
	("accounts", "rounding"): "rounding_account",
	("accounts", "store_credit"): "store_credit_account",
	("items", "unknown"): "unknown_items",
	("items", "placeholder"): "placeholder_item",
	("items", "bundles"): "bundles",
	("money", "rounding_tolerance"): "rounding_tolerance",
	("money", "negative_total"): "negative_total",
	("refunds", "item"): "refund_item",
	("customers", "mode"): "customer_mode",
	("customers", "one_customer"): "one_customer",
	("customers", "placeholder_emails"): "placeholder_emails",
	("customers", "country"): "phone_country",
	("customers", "company"): "company_customer",
	("language_keys",): "language_keys",
	("customers", "roles"): "roles",
	("delivery", "date"): "delivery_date_keys",
	("delivery", "slot"): "delivery_slot_keys",
}
MOST_DECIMALS = 9


def label_of(value: Enum) -> str:
	"""What the form calls a value of the policy: "Submit and Pay", "On Delivery"."""
	return _LABELS[value]


def policy_of(store: Document, historical: bool = True) -> Policy:
	"""The policy that a WooCommerce Store's form says.

	:param historical: for orders of the past. Orders as they come in are never booked on a placeholder: whoever is
		there to set up the item is shown instead, so "Placeholder" holds them.
	:raises PolicyError: names the field of the form
	"""
	try:
		return Policy.model_validate(_tables(store, historical))
	except ValidationError as error:
		raise _form_error(store, error) from None


def lines(text: str | None) -> tuple[str, ...]:
	"""The lines of a text field, trimmed, without empty ones and repetitions."""
	return tuple(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))


def site_decimals() -> int:
	"""How many decimals the site keeps of any amount, whatever its currency."""
	precision = cint(frappe.db.get_default("currency_precision"))
	return precision or compat.number_format()[2]


def _tables(store: Document, historical: bool) -> dict:
	unknown = UNKNOWN_ITEMS.get(store.unknown_items, UnknownItem.PLACEHOLDER)
	if not historical and unknown is UnknownItem.PLACEHOLDER:
		unknown = UnknownItem.HOLD
	return {
		"statuses": {
			row.status: ACTIONS.get(row.action, row.action) for row in store.statuses if row.action != HOLD
		},
		"actions": [
			_action_row(row, not historical or row.historical)
			for row in store.actions
			if row.historical or not historical or row.delivery_note
		],
		"gateways": {row.gateway: _gateway(row) for row in store.gateways},
		"default_gateway": {
			"mode_of_payment": store.default_mode_of_payment or "",
			"account": store.default_payment_account or "",
			"paid": PAID.get(store.default_paid, Paid.DATE_PAID),
			"repaid": REPAID.get(store.default_repaid, Repaid.LIST),
		},
		"tenders": {
			TENDERS.get(row.kind, row.kind): {
				"account": row.account or "",
				"mode_of_payment": row.mode_of_payment or "",
			}
			for row in store.tenders
		},
		"sub_orders": SUB_ORDERS.get(store.sub_orders, SubOrders.PARENT),
		"cards_as_coupons": CARDS_AS_COUPONS.get(store.cards_as_coupons, CardsAsCoupons.DISCOUNT),
		"received_unbooked": RECEIVED.get(store.received_unbooked, ReceivedUnbooked.LIST),
		"taxes": {row.tax: row.account or "" for row in store.taxes},
		"tax_classes": {row.tax_class: _tax_class(row.item_tax_template or "") for row in store.tax_classes},
		"tax_numbers": {"keys": lines(store.tax_number_keys)},
		"shipping": {row.method: row.account or "" for row in store.shipping_methods},
		"fees": {row.fee: row.account or "" for row in store.fees},
		"territories": {row.zone: row.territory or "" for row in store.territories},
		"fields": rows_of(store),
		"invoice_prefix": store.invoice_prefix or "",
		"accounts": {
			place[1]: store.get(field) or "" for place, field in _FIELDS.items() if place[0] == "accounts"
		},
		"items": {
			"unknown": unknown,
			"placeholder": store.placeholder_item or "",
			"bundles": BUNDLES.get(store.bundles, BundlePolicy.KEEP_PARENT),
			"quantity_decimals": min(cint(frappe.db.get_default("float_precision")) or 3, MOST_DECIMALS),
		},
		"money": {
			# The same text for the same number, or the policy's hash would show a change that isn't one.
			"rounding_tolerance": Decimal(f"{flt(store.rounding_tolerance):.4f}"),
			"negative_total": NEGATIVE_TOTALS.get(store.negative_total, NegativeTotal.CREDIT_NOTE),
			"decimals": _decimals(),
		},
		"refunds": {"repay": bool(cint(store.repay_refunds)), "item": store.refund_item or ""},
		"customers": {
			"mode": CUSTOMER_MODES.get(store.customer_mode, CustomerMode.RESOLVE),
			"one_customer": store.one_customer or "WooCommerce Customer",
			"placeholder_emails": lines(store.placeholder_emails),
			"country": (store.phone_country or store.country or _company_country(store)).upper(),
			"company": COMPANY_CUSTOMERS.get(store.company_customer, CompanyCustomer.COMPANY),
			"roles": {row.role: _role(row) for row in store.roles},
		},
		"language_keys": lines(store.language_keys),
		"delivery": {"date": lines(store.delivery_date_keys), "slot": lines(store.delivery_slot_keys)},
	}


def _gateway(row: Document) -> dict:
	return {
		"mode_of_payment": row.mode_of_payment or "",
		"account": row.account or "",
		"paid": PAID.get(row.paid, Paid.DATE_PAID),
		"fee_account": row.fee_account or "",
		"fee_meta_key": row.fee_meta_key or "",
		"repaid": REPAID.get(row.repaid, Repaid.LIST),
		"refund_account": row.refund_account or "",
		"payment_terms": row.payment_terms or "",
	}


def _action_row(row: Document, with_action: bool) -> dict:
	""":param with_action: else it says whether there is a Delivery Note, and nothing of what the order becomes"""
	return {
		"status": row.status or "",
		"gateway": row.gateway or "",
		"shipping_method": row.shipping_method or "",
		"action": (ACTIONS.get(row.action, row.action) or None) if with_action else None,
		"delivery_notes": row.delivery_note or None,
	}


def _role(row: Document) -> dict:
	return {
		"customer": row.customer or "",
		# Not named as the default of the site's, with which Frappe would fill each new row.
		"customer_group": row.role_customer_group or "",
		"price_list": row.price_list or "",
	}


def _tax_class(template: str) -> dict:
	"""A template without a rate above zero suits a line that has no tax."""
	rates = frappe.get_all("Item Tax Template Detail", {"parent": template}, pluck="tax_rate")
	return {"item_tax_template": template, "zero_rated": not any(rates)}


def _company_country(store: Document) -> str:
	"""Of a shop that doesn't say its own country."""
	country = frappe.get_cached_value("Company", store.company, "country")
	return (country and frappe.get_cached_value("Country", country, "code")) or ""


def _decimals() -> dict[str, int]:
	"""The decimals of each currency: its own, and no more than the site keeps of any amount. Two go without saying."""
	kept, standard = site_decimals(), Money()
	currencies = {*frappe.get_all("Currency", pluck="name"), *standard.decimals}
	decimals = {currency: min(standard.decimals_of(currency), kept) for currency in sorted(currencies)}
	return {currency: number for currency, number in decimals.items() if number != 2}


def _form_error(store: Document, error: ValidationError) -> PolicyError:
	mistake = error.errors(include_url=False, include_context=False)[0]
	place = tuple(str(part) for part in mistake["loc"])
	field = next((_FIELDS[place[:n]] for n in range(len(place), 0, -1) if place[:n] in _FIELDS), "")
	label = store.meta.get_label(field) if field else ".".join(place)
	row = f' "{place[1]}"' if field in TABLES and len(place) > 1 else ""
	if field == "actions" and len(place) > 1:
		# All rows are checked, those of the history among them.
		row = f" {int(place[1]) + 1}"
	return PolicyError(
		Sentence(
			"{0}{1} of WooCommerce Store {2}: {3} (found {4!r}).",
			label,
			row,
			store.name or store.store_name,
			mistake["msg"],
			str(mistake["input"])[:80],
		),
		Sentence('Correct the field "{0}" in the form of the store.', label),
	)
