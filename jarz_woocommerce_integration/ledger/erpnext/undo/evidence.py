"""What a run wrote down of customers who were there before it: e-mails, phones, accounts and Tax IDs, as long as nobody
else has written them since."""

import frappe

from jarz_woocommerce_integration.ledger.erpnext.undo.units import Kept
from jarz_woocommerce_integration.sentences import Sentence

_COMPLETED = """
SELECT name, modified_by, modified, modified <=> woo_stamp AS untouched FROM `tabContact` WHERE woo_run <> %(run)s AND name IN (
	SELECT parent FROM `tabContact Email` WHERE woo_run = %(run)s AND parenttype = 'Contact'
	UNION SELECT parent FROM `tabContact Phone` WHERE woo_run = %(run)s AND parenttype = 'Contact')
ORDER BY name
"""
_UNDO_EVIDENCE = (
	"DELETE FROM `tabContact Email` WHERE woo_run = %(run)s AND parent IN %(contacts)s",
	"DELETE FROM `tabContact Phone` WHERE woo_run = %(run)s AND parent IN %(contacts)s",
	"""
UPDATE `tabContact` contact SET
	email_id = (SELECT max(row.email_id) FROM `tabContact Email` row WHERE row.parent = contact.name AND row.is_primary = 1),
	phone = (SELECT max(row.phone) FROM `tabContact Phone` row WHERE row.parent = contact.name AND row.is_primary_phone = 1),
	mobile_no = (SELECT max(row.phone) FROM `tabContact Phone` row
		WHERE row.parent = contact.name AND row.is_primary_mobile_no = 1)
WHERE contact.name IN %(contacts)s
""",
	"""
UPDATE `tabCustomer` customer JOIN `tabContact` contact ON contact.name = customer.customer_primary_contact
SET customer.email_id = contact.email_id, customer.mobile_no = contact.mobile_no
WHERE contact.name IN %(contacts)s AND customer.modified = customer.woo_stamp
""",
)
_UNLINK_ACCOUNTS = """
UPDATE `tabCustomer` SET woo_customer_id = 0, woo_account_run = 0,
	woo_store = CASE WHEN coalesce(woo_customer_key, '') = '' THEN NULL ELSE woo_store END
WHERE woo_account_run = %(run)s
"""

# A Tax ID that a person has changed since is theirs.
_EMPTY_TAX_IDS = """
UPDATE `tabCustomer` SET tax_id = CASE WHEN woo_tax_id_run = concat(%(run)s, ' ', tax_id) THEN NULL ELSE tax_id END,
	woo_tax_id_run = NULL
WHERE name IN %(customers)s
"""
_WITH_TAX_ID = "SELECT name FROM `tabCustomer` WHERE woo_tax_id_run LIKE %s"


def _undo_tax_ids(run: int) -> None:
	customers = frappe.db.sql(_WITH_TAX_ID, f"{run} %", pluck=True)
	if customers:
		frappe.db.sql(_EMPTY_TAX_IDS, {"run": run, "customers": customers})
	for name in customers:
		frappe.clear_document_cache("Customer", name)


def undo_evidence(run: int) -> list[Kept]:
	"""Undo it. :returns: contacts that stay as they are, because somebody has written them since"""
	frappe.db.sql(_UNLINK_ACCOUNTS, {"run": run})
	_undo_tax_ids(run)
	rows = frappe.db.sql(_COMPLETED, {"run": run}, as_dict=True)
	if ours := [row.name for row in rows if row.untouched]:
		for query in _UNDO_EVIDENCE:
			frappe.db.sql(query, {"run": run, "contacts": ours})
		for name in ours:
			frappe.clear_document_cache("Contact", name)
	return [
		Kept("Contact", row.name, 0, "edited", _says_who_changed_it(row)) for row in rows if not row.untouched
	]


def _says_who_changed_it(row) -> Sentence:
	return Sentence(
		"Has an e-mail or a phone of this run, and was changed by {0} on {1:%Y-%m-%d %H:%M:%S}.",
		row.modified_by,
		row.modified,
	)
