"""A person's word on who is who: that a customer of other making is an order's customer, or that the two are not one.

Orders never go to a customer who was made by hand or from another store: they get one of their own, and the decision is
listed. Accepted, the one of their own becomes a record of the other one, as a second currency's is. What is booked stays
where it is; later orders of the person go to the other one. Split again, each is by itself, and isn't listed again.
"""

import json
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from jarz_woocommerce_integration.exceptions import CustomerLinkError
from jarz_woocommerce_integration.ledger.erpnext.masters import accepted as erpnext_customer_links
from jarz_woocommerce_integration.sentences import Sentence

CUSTOMER = "Customer"
_FIELDS = (
	"name",
	"customer_name",
	"disabled",
	"woo_main_customer",
	"woo_customer_key",
	"woo_account_currency",
)


def choices(order_map: Document) -> dict[str, list[dict]]:
	"""What may be decided about the order's customer now: {"customer", "customer_name"} each.

	:returns: `accept`: customers that may be the same person; `split`: records of the store that were accepted as another's
	"""
	booked_to = _customer(order_map.customer)
	if booked_to is None:
		return {"accept": [], "split": []}
	own = _own(order_map.store, booked_to)
	if own is None:
		return {"accept": [], "split": _as_dicts(_accepted_as(order_map.store, booked_to.name))}
	if own.woo_main_customer:
		return {"accept": [], "split": _as_dicts([own])}
	found = [_customer(name) for name in _candidates(order_map)]
	return {"accept": _as_dicts(each for each in found if _may_be(order_map.store, each)), "split": []}


def accept(order_map: Document, customer: str) -> None:
	"""From now on orders of the order's customer are booked to `customer`, one of those in `choices`.

	:raises CustomerLinkError: it is none of them
	"""
	if customer not in _names(choices(order_map)["accept"]):
		raise CustomerLinkError(
			Sentence("{0} can't be accepted for order {1}.", customer, order_map.order_number),
			"Open the order's form again: somebody may have decided meanwhile.",
		)
	other = frappe.get_doc(CUSTOMER, customer)
	other.check_permission("write")
	own = _own(order_map.store, _customer(order_map.customer))
	erpnext_customer_links.link(own.name, other.name)
	erpnext_customer_links.note_judged(order_map.store, own.name, other.name)
	_comment(
		own.name, other.name, _("{0} was accepted as the customer of {1}. New orders are booked to {0}.")
	)


def split(order_map: Document, customer: str) -> None:
	"""From now on orders of `customer`, one of those in `choices`, are their own again.

	:raises CustomerLinkError: it is none of them
	"""
	if customer not in _names(choices(order_map)["split"]):
		raise CustomerLinkError(
			Sentence(
				"{0} can't be split from another customer for order {1}.", customer, order_map.order_number
			),
			"Open the order's form again: somebody may have decided meanwhile.",
		)
	own = _customer(customer)
	frappe.get_doc(CUSTOMER, own.name).check_permission("write")
	other = own.woo_main_customer
	erpnext_customer_links.split(own.name, other, own.woo_customer_key)
	_comment(own.name, other, _("{1} was split from {0}. New orders are booked to {1}."))


# --- who is there ------------------------------------------------------------------------------


def _customer(name: str | None) -> frappe._dict | Any:  # None for one who isn't there
	return frappe.db.get_value(CUSTOMER, name, _FIELDS, as_dict=True) if name else None


def _is_of_store(store: str, customer: frappe._dict) -> bool:
	return (customer.woo_customer_key or "").startswith(f"{store}:")


def _own(store: str, booked_to: frappe._dict) -> frappe._dict | Any:
	"""The store's own record of a person to whom an order is booked, None where it is booked to one of other making."""
	if booked_to.woo_account_currency and booked_to.woo_main_customer:
		booked_to = _customer(booked_to.woo_main_customer) or booked_to
	return booked_to if _is_of_store(store, booked_to) else None


def _accepted_as(store: str, customer: str) -> list[frappe._dict]:
	"""Records of the store that a person has accepted as this customer's."""
	filters = {"woo_main_customer": customer, "woo_account_currency": ("is", "not set")}
	found = frappe.get_all(CUSTOMER, filters, _FIELDS, order_by="name")
	return [record for record in found if _is_of_store(store, record)]


def _candidates(order_map: Document) -> list[str]:
	where = {"store": order_map.store, "woo_order_id": order_map.woo_order_id}
	found = frappe.db.get_value("WooCommerce Customer Decision", where, "candidates")
	return json.loads(found) if found else []


def _may_be(store: str, customer: frappe._dict | None) -> bool:
	"""Whether it is there, in use, of other making, and a record by itself."""
	if customer is None or customer.disabled or customer.woo_main_customer:
		return False
	return not _is_of_store(store, customer)


def _as_dicts(customers) -> list[dict]:
	return [{"customer": each.name, "customer_name": each.customer_name} for each in customers]


def _names(customers: list[dict]) -> set[str]:
	return {each["customer"] for each in customers}


# --- what is written ---------------------------------------------------------------------------


def _comment(own: str, other: str, text: str) -> None:
	for name in (own, other):
		frappe.clear_document_cache(CUSTOMER, name)
		comment = text.format(escape_html(other), escape_html(own))
		frappe.get_doc(CUSTOMER, name).add_comment("Info", comment)
