"""Contact with its e-mails and phones: column -> rule.

Frappe: `Contact.validate` in frappe/contacts/doctype/contact/contact.py.
"""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import Rules, Sheet

DOCTYPE = "Contact"


class ContactSheet(Sheet):
	def _get_full_name(self) -> str:
		return " ".join(filter(None, (self.first_name, self.middle_name, self.last_name)))


def _primary(table: str, flag: str, column: str):
	rows = lambda contact: (row for row in getattr(contact, table) if getattr(row, flag))  # noqa: E731
	return lambda contact: next((getattr(row, column) for row in rows(contact)), "")


def _given(column: str):
	return lambda sheet: getattr(sheet, column)


RULES: Rules = {
	"first_name": _given("first_name"),
	"middle_name": _given("middle_name"),
	"last_name": _given("last_name"),
	"full_name": lambda contact: contact._get_full_name(),
	"company_name": _given("company_name"),
	"is_primary_contact": _given("is_primary_contact"),
	"email_id": _primary("email_ids", "is_primary", "email_id"),
	"mobile_no": _primary("phone_nos", "is_primary_mobile_no", "phone"),
}
EMAIL_RULES: Rules = {
	"email_id": _given("email_id"),
	"is_primary": _given("is_primary"),
	"woo_run": _given("woo_run"),
}
PHONE_RULES: Rules = {
	"phone": _given("phone"),
	"is_primary_mobile_no": _given("is_primary_mobile_no"),
	"woo_run": _given("woo_run"),
}
# Of a link of a Contact or an Address to its customer.
LINK_RULES: Rules = {
	"link_name": _given("link_name"),
	"link_title": _given("link_title"),
}
