"""The buttons of the Order Map."""

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.api.rights import row_of
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.desk import customer_links, differences as service, erasure
from jarz_woocommerce_integration.services.desk.stored_texts import shown_in
from jarz_woocommerce_integration.services.held import held_orders, resolutions as resolutions_service
from jarz_woocommerce_integration.services.live import sync_again as sync_again_service
from jarz_woocommerce_integration.services.monitoring import trail as live_trail
from jarz_woocommerce_integration.services.rights import booked as booked_documents

ORDER_MAP = "WooCommerce Order Map"


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def sync_again(names: list | str) -> list:
	"""Read these orders from their shops again and book them; many are left to the background.

	:param names: of Order Map rows
	"""
	orders: dict[str, list[int]] = {}
	for name in frappe.parse_json(names):
		row = _row(name, to_change=True)
		orders.setdefault(row.store, []).append(row.woo_order_id)
	return shown_in(
		[result for store, ids in orders.items() for result in sync_again_service.sync(store, ids)]
	)


@frappe.whitelist()
@for_roles(MANAGER)
def differences(name: str) -> list:
	"""What differs between the shop now and the books: {"what", "store", "books"} each."""
	return service.differences(_row(name))


@frappe.whitelist()
@for_roles(MANAGER, USER)
def booked(name: str) -> list:
	"""The documents that the order became, and what they say to who may see it; see `services.rights.booked`."""
	return booked_documents.booked(_row(name))


@frappe.whitelist()
@for_roles(MANAGER)
def resolutions(name: str) -> list:
	"""What a person may decide about a held order: {"kind", "amount", "currency"} each."""
	return resolutions_service.choices(_row(name))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def resolve(name: str, kind: str, reason: str) -> list:
	"""Book a held order as a person decides, and keep the decision with its reason."""
	return shown_in(resolutions_service.resolve(_row(name, to_change=True), kind, reason))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def held(names: list | str) -> dict:
	"""What would free these held orders; see `services.held.held_orders`. Nothing is changed."""
	return held_orders.overview(_rows(names))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def link_items(names: list | str, links: list | str) -> list:
	"""Say which items the lines of these held orders are, and book the orders again."""
	return shown_in(held_orders.link_items(_rows(names, to_change=True), frappe.parse_json(links)))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def map_statuses(names: list | str, actions: dict | str) -> list:
	"""Say what orders in these statuses become, and book the held ones again."""
	return shown_in(held_orders.map_statuses(_rows(names, to_change=True), frappe.parse_json(actions)))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def resolve_many(names: list | str, kind: str, reason: str) -> list:
	"""Book held orders as a person decides, each with its own difference, and keep the decision with its reason."""
	return shown_in(held_orders.resolve_many(_rows(names, to_change=True), kind, reason))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def book_by_hand(names: list | str, doctype: str, document: str, reason: str) -> list:
	"""Dismiss held orders that a person has booked with a document of their own."""
	return shown_in(held_orders.book_by_hand(_rows(names, to_change=True), doctype, document, reason))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def withdraw(name: str) -> list:
	"""Take back that an order was booked by hand, and book it again."""
	return shown_in(held_orders.withdraw(_row(name, to_change=True)))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def erase(name: str) -> dict:
	"""Erase the person of an order that the shop has anonymised; see `services.desk.erasure`. Takes the right to write Customers."""
	return erasure.erase(_row(name, to_change=True))


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER)
def customer_choices(name: str) -> dict:
	"""Customers that a person may accept for the order's own one, and accepted ones that may be split; see `customer_links`."""
	return customer_links.choices(_row(name))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def accept_customer(name: str, customer: str) -> None:
	"""Say that a customer who wasn't made from the store is the order's."""
	customer_links.accept(_row(name, to_change=True), customer)


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def split_customer(name: str, customer: str) -> None:
	"""Say that a customer who was made from the store is nobody else."""
	customer_links.split(_row(name, to_change=True), customer)


@frappe.whitelist()
@for_roles(MANAGER, USER)
def store_url(name: str) -> str:
	"""The order's page in the shop's admin."""
	return service.edit_page(_row(name))


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def trail(name: str) -> dict:
	"""What happened to the order, and what is still to happen; see `services.monitoring.trail`."""
	return live_trail.trail(_row(name))


def _rows(names: list | str, to_change: bool = False) -> list[Document]:
	return [_row(name, to_change) for name in frappe.parse_json(names)]


def _row(name: str, to_change: bool = False) -> Document:
	return row_of(ORDER_MAP, name, to_change)
