"""Two stores of a site are never one shop, and never share the names of their invoices."""

from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import AnotherShopError
from jarz_woocommerce_integration.sentences import Sentence

STORE = "WooCommerce Store"
BY_ORDER_NUMBER = "Order Number"


def check_shop(store: Document) -> None:
	"""Each order of a shop with two stores would be booked twice.

	:raises frappe.ValidationError: another store has this address
	"""
	if not _is_set(store, "url"):
		return
	place = _place(store.url)
	for other in _others(store.name, ("url", "home")):
		if place in (_place(other.url), other.home):
			frappe.throw(
				_("{0}: the shop at {1} is set up already, as {2}. Go on with that store.").format(
					_(store.meta.get_label("url")), store.url, frappe.bold(other.name)
				)
			)


def check_home(store: Document, home: str) -> None:
	"""As `check_shop`, by what the shop calls itself: it may be reached by several addresses.

	:raises AnotherShopError: another store is this shop
	"""
	for other in _others(store.name, ("home",)):
		if other.home == home:
			raise AnotherShopError(
				Sentence(
					"{0} is the shop {1}, which is set up already, as {2}.", store.url, home, other.name
				),
				Sentence(
					"Go on with {0}, and delete {1}: with both, each order would be booked twice.",
					other.name,
					store.name,
				),
			)


def check_prefix(store: Document) -> None:
	"""Two shops have orders of the same numbers.

	:raises frappe.ValidationError: another store names its invoices with this prefix
	"""
	if not _is_set(store, "invoice_naming", "invoice_prefix"):
		return
	prefix = _folded(store.invoice_prefix)
	for other in _others(store.name, ("invoice_naming", "invoice_prefix")):
		if other.invoice_naming == BY_ORDER_NUMBER and _folded(other.invoice_prefix) == prefix:
			frappe.throw(
				_(
					"{0}: {1} already uses {2} for its invoices, and both shops may have an order of the same number."
					" Enter another prefix."
				).format(
					_(store.meta.get_label("invoice_prefix")),
					frappe.bold(other.name),
					f'"{other.invoice_prefix or ""}"',
				)
			)


def _is_set(store: Document, *fields: str) -> bool:
	"""Whether one of these is new. A store that was like this before can still be saved."""
	return store.is_new() or any(store.has_value_changed(field) for field in fields)


def _others(name: str, fields: tuple[str, ...]) -> list[frappe._dict]:
	"""The site's other stores, also those that are switched off: their orders are booked all the same."""
	return frappe.get_all(STORE, {"name": ("!=", name or "")}, ["name", *fields], order_by="name")


def _folded(prefix: str | None) -> str:
	"""The database takes names for equal that differ in case alone."""
	return (prefix or "").strip().casefold()


def _place(url: str | None) -> str:
	"""An address as a store's home is written: without scheme, so that http and https are one."""
	parts = urlsplit((url or "").strip())
	host = parts.netloc.rpartition("@")[2].removesuffix(":80").removesuffix(":443")
	return (host + parts.path).rstrip("/").lower()
