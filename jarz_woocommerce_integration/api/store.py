"""The buttons of the form of a WooCommerce Store."""

import frappe
from frappe.utils import cint

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.api.rights import store_of
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.desk import currencies as store_currencies, setup as store_setup
from jarz_woocommerce_integration.services.dry_run import jobs as rehearsals
from jarz_woocommerce_integration.services.fields import targets as mapped_fields
from jarz_woocommerce_integration.services.live import pauses as live_pauses
from jarz_woocommerce_integration.services.preflight import remedies
from jarz_woocommerce_integration.services.preflight.checklist import preflight as look_at_everything
from jarz_woocommerce_integration.services.rights import choices as form_choices
from jarz_woocommerce_integration.services.session.session import STORE


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def check_connection(store: str) -> dict:
	"""Look at the connection to the shop, and keep the result with the store."""
	return store_setup.check_store(store_of(store, "write"))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def end_pause(store: str) -> None:
	"""Ask the shop again with the next job, though it asked to be left alone."""
	live_pauses.end(store_of(store, "write"))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def preflight(store: str) -> dict:
	"""Walk through the checklist of the migration's day. Nothing is changed."""
	return look_at_everything(store_of(store, "read").name).as_dict()


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def back_up(store: str) -> None:
	"""Have the site's database backed up in the background. Nothing of the backup is shown."""
	store_of(store, "write")
	remedies.back_up()


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def create_fiscal_years(store: str) -> list:
	"""Make the fiscal years that the shop's orders lack. The user must be allowed to prepare the books. :returns: their names"""
	return remedies.create_fiscal_years(store_of(store, "write"))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def fill_mappings(store: str) -> dict:
	"""Add what the shop has and the form's tables lack, and save the store."""
	return store_setup.fill_mappings(store_of(store, "write"))


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER)
def missing_accounts(store: str) -> dict:
	"""The accounts that the company's chart lacks for this store, and whether the user may make them."""
	return store_setup.missing_accounts(store_of(store, "write"))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def create_accounts(store: str, titles: list | str) -> list:
	"""Make these of the missing accounts and book to them. The user must be allowed to prepare the books. :returns: their names"""
	return store_setup.create_accounts(store_of(store, "write"), frappe.parse_json(titles))


@frappe.whitelist()
@for_roles(MANAGER)
def suggest_accounts(company: str) -> dict:
	"""Values for the fields of a new store of this company, for whoever may make one."""
	frappe.get_doc({"doctype": STORE, "company": company}).check_permission("create")
	return store_setup.suggest_accounts(company)


@frappe.whitelist()
@for_roles(MANAGER)
def preview_order(store: str, order_id: int | str) -> dict:
	"""What an order of the shop would become. Nothing is written."""
	return store_setup.preview_order(store_of(store, "read"), store_setup.order_id_of(order_id))


@frappe.whitelist()
@for_roles(MANAGER)
def choices(
	doctype: str,
	txt: str,
	searchfield: str,
	start: int | str,
	page_len: int | str,
	filters: dict | str | None = None,
) -> list:
	"""The search of link fields in our forms, for users who may not list what they link to. Its arguments are Frappe's."""
	return form_choices.choices(doctype, txt, frappe.parse_json(filters), cint(start), cint(page_len))


@frappe.whitelist()
@for_roles(MANAGER)
def mappable_fields(document_type: str = "", txt: str = "") -> list[dict]:
	"""The fields of a document that a row of the table Fields may fill, as the form's field offers them."""
	return mapped_fields.options_of(document_type, txt)


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def rehearse(store: str) -> dict:
	"""Start a dry run of the whole history in the background."""
	return rehearsals.start(store_of(store, "write"))


@frappe.whitelist()
@for_roles(MANAGER, USER)
def rehearsal_status(store: str) -> dict:
	"""How the last dry run stands; see `services.dry_run.jobs.status`."""
	return rehearsals.status(store_of(store, "read"))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def cancel_rehearsal(store: str) -> dict:
	"""End the dry run that waits or is at work."""
	return rehearsals.cancel(store_of(store, "write"))


@frappe.whitelist()
@for_roles(MANAGER)
def currencies(store: str) -> dict:
	"""How orders in other currencies are booked."""
	return store_currencies.overview(store_of(store, "read"))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def allow_one_receivable(store: str) -> None:
	"""Let ERPNext book invoices of all currencies to one receivable account. The user must be allowed to change that."""
	store_currencies.allow_one_receivable(store_of(store, "write"))
