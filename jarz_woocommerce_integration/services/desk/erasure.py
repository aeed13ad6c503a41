"""Erasing a person of whom the shop has erased the orders: one action in the form of an Order Map row.

Documents of the books stay, with the texts that they show: the law wants them kept. So does the Customer whom they name.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import StoreSetupError
from jarz_woocommerce_integration.ledger.erpnext.trail import without_messages

ORDER_MAP, DECISION = "WooCommerce Order Map", "WooCommerce Customer Decision"
CUSTOMER, CONTACT, ADDRESS, VERSION = "Customer", "Contact", "Address", "Version"
# What names a person in a row of the Order Map, its trail apart.
TEXTS = ("customer_name", "customer_note", "message", "last_error", "resolution_reason")
OF_THE_CUSTOMER = ("email_id", "mobile_no", "woo_phone_text")

# All records of the person: one for each currency.
_RECORDS = """
SELECT record.name FROM `tabCustomer` customer JOIN `tabCustomer` record
	ON coalesce(nullif(record.woo_main_customer, ''), record.name) = coalesce(nullif(customer.woo_main_customer, ''), customer.name)
WHERE customer.name = %s ORDER BY record.name
"""
# Ours, and nobody else's beside: what a person made, or others are reached by, is theirs.
_OURS = """
SELECT DISTINCT link.parent FROM `tabDynamic Link` link JOIN `tab{doctype}` document ON document.name = link.parent
WHERE link.parenttype = '{doctype}' AND link.link_doctype = 'Customer' AND link.link_name IN %(customers)s
	AND coalesce(document.woo_store, '') <> ''
	AND NOT EXISTS (SELECT 1 FROM `tabDynamic Link` other WHERE other.parent = link.parent
		AND other.parenttype = '{doctype}' AND NOT (other.link_doctype = 'Customer' AND other.link_name IN %(customers)s))
ORDER BY link.parent
"""


def erase(row: Document) -> dict:
	"""Erase what may be erased of an anonymised order and, where no other order of its customer still names the person, of
	the customer. Done again, it finds nothing. Commits nothing.

	:param row: of the Order Map
	:returns: `erased` and `kept`: lists of sentences
	:raises StoreSetupError: the shop hasn't erased the order
	"""
	if not row.anonymised:
		raise StoreSetupError(
			_("The shop has not erased the personal data of order {0}.").format(row.woo_order_id),
			_("Erase it in the shop first (Tools > Erase Personal Data), then sync the order again."),
		)
	_erase_order(row)
	erased, kept = [_("Texts and trail of the order.")], []
	if row.sales_invoice:
		kept.append(
			_("{0} and what belongs to it: documents of the books are kept.").format(row.sales_invoice)
		)
	if row.customer:
		_erase_customer(row.customer, erased, kept)
	return {"erased": erased, "kept": kept}


def _erase_order(row: Document) -> None:
	values = {**dict.fromkeys(TEXTS), "trail": without_messages(row.trail)}
	frappe.db.set_value(ORDER_MAP, row.name, values, update_modified=False)
	frappe.db.delete(DECISION, {"store": row.store, "woo_order_id": row.woo_order_id})


def _erase_customer(customer: str, erased: list[str], kept: list[str]) -> None:
	records = frappe.db.sql_list(_RECORDS, customer)
	if reason := _why_kept(customer, records):
		kept.append(reason)
		return
	for record in records:
		frappe.get_doc(CUSTOMER, record).check_permission("write")
	contacts, addresses = (
		frappe.db.sql_list(_OURS.format(doctype=doctype), {"customers": records})
		for doctype in (CONTACT, ADDRESS)
	)
	_forget_how_to_reach(records, {*contacts, *addresses})
	for doctype, names in ((CONTACT, contacts), (ADDRESS, addresses)):
		for name in names:
			(erased if _remove(doctype, name) else kept).append(f"{_(doctype)} {name}")
	frappe.db.delete(VERSION, {"ref_doctype": CUSTOMER, "docname": ("in", records)})
	erased.append(_("Phone, e-mail and other contact data of {0}.").format(customer))
	kept.append(_("The name of {0}, which the documents of the books show.").format(customer))


def _why_kept(customer: str, records: list[str]) -> str:
	if not frappe.db.get_value(CUSTOMER, customer, "woo_customer_key"):
		return _("{0}: a person made this customer.").format(customer)
	others = frappe.db.count(ORDER_MAP, {"customer": ("in", records), "anonymised": 0})
	if others:
		return _("{0}: the shop still names this customer in {1} orders.").format(customer, others)
	of_hand = {"Sales Invoice": {"woo_order_id": ("in", (0, None))}, "Sales Order": {}}
	for doctype, filters in of_hand.items():
		if frappe.db.exists(doctype, {"customer": ("in", records), "docstatus": ("<", 2), **filters}):
			return _("{0}: there is a {1} of this customer that doesn't come from a shop.").format(
				customer, _(doctype)
			)
	return ""


def _forget_how_to_reach(records: list[str], gone: set[str]) -> None:
	for record in records:
		primary = frappe.db.get_value(
			CUSTOMER, record, ["customer_primary_contact", "customer_primary_address"], as_dict=True
		)
		values = dict.fromkeys(OF_THE_CUSTOMER)
		values |= {field: None for field, name in primary.items() if name in gone}
		if "customer_primary_address" in values:
			values["primary_address"] = None
		frappe.db.set_value(CUSTOMER, record, values)
		frappe.clear_document_cache(CUSTOMER, record)


def _remove(doctype: str, name: str) -> bool:
	"""Delete a contact or an address with its history. One that a document names stays, and a contact is emptied then."""
	frappe.db.delete(VERSION, {"ref_doctype": doctype, "docname": name})
	frappe.db.savepoint("erase")
	try:
		frappe.delete_doc(doctype, name, ignore_permissions=True, delete_permanently=True)
	except frappe.LinkExistsError:
		frappe.db.rollback(save_point="erase")
		frappe.clear_last_message()
		if doctype == CONTACT:
			_empty_contact(name)
		return False
	return True


def _empty_contact(name: str) -> None:
	for child in ("Contact Email", "Contact Phone"):
		frappe.db.delete(child, {"parent": name, "parenttype": CONTACT})
	frappe.db.set_value(CONTACT, name, dict.fromkeys(("email_id", "phone", "mobile_no")))
