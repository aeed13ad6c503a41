"""Contact with its e-mails and phones: column -> rule.

Frappe: `Contact.validate` in frappe/contacts/doctype/contact/contact.py.
"""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import Rules, all_given
from jarz_woocommerce_integration.ledger.erpnext.masters.contacts import full_name_of

DOCTYPE = "Contact"


def _primary(table: str, flag: str, column: str):
	rows = lambda contact: (row for row in getattr(contact, table) if getattr(row, flag))  # noqa: E731
	return lambda contact: next((getattr(row, column) for row in rows(contact)), "")


RULES: Rules = {
	**all_given("first_name", "middle_name", "last_name", "company_name", "is_primary_contact"),
	"full_name": full_name_of,
	"email_id": _primary("email_ids", "is_primary", "email_id"),
	"mobile_no": _primary("phone_nos", "is_primary_mobile_no", "phone"),
}
EMAIL_RULES: Rules = all_given("email_id", "is_primary", "woo_run")
PHONE_RULES: Rules = all_given("phone", "is_primary_mobile_no", "woo_run")
# Of a link of a Contact or an Address to its customer.
LINK_RULES: Rules = all_given("link_name", "link_title")
