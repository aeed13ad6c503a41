"""Shop texts as ERPNext's name and text columns take them."""

from frappe import _
from frappe.model.naming import append_number_if_name_exists
from frappe.utils import validate_email_address, validate_phone_number

from jarz_woocommerce_integration.translation.text import FIELD_LENGTH, ascii_digits, clean

# Leaves room in a name's column for the number that distinguishes two documents of one name.
LONGEST_NAME = 120
_BRACKETS = str.maketrans("<>", "()")


def plain(text: str, length: int = FIELD_LENGTH) -> str:
	"""`text` on one line, at most `length` long, with round brackets for the pointed ones.

	Frappe refuses pointed brackets in names, and its HTML filter makes texts longer than the field or drops them.
	"""
	return clean(text.translate(_BRACKETS), length)


def valid_email(text: str) -> str:
	"""`text` where Frappe takes it for an e-mail address, else ""."""
	return text if text and len(text) <= FIELD_LENGTH and validate_email_address(text) == text else ""


def valid_phone(text: str) -> str:
	"""`text` with ASCII digits where Frappe takes it for a phone number, else ""."""
	phone = ascii_digits(text).strip()
	return phone if validate_phone_number(phone) else ""


def name_instead_of(doctype: str, wanted: str, separator: str = "-", taken: bool = False) -> str | None:
	"""A free name near `wanted` where Frappe would refuse that one; None where the site's own naming will do.

	:param taken: `wanted` is refused for a reason that the caller knows
	"""
	name = wanted[:LONGEST_NAME].strip()
	if taken or name == doctype or name.startswith(f"New {doctype}"):
		name = f"{_(doctype)} {name}"
	elif name == wanted:
		return None
	return append_number_if_name_exists(doctype, name, separator=separator)
