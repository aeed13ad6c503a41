"""How people write a phone number: what to ask for when a number is looked up among those that were typed by hand."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

_NOT_DIGITS = re.compile(r"\D+")


@lru_cache(maxsize=8192)
def spellings(number: str, home: str) -> tuple[str, ...]:
	"""The usual spellings of a number, itself first.

	:param number: E.164
	:param home: country (ISO) whose numbers are written without country code, too. "050 123 4567" is one number in Saudi
		Arabia and another one in the Emirates, so a foreign number is never looked up by its national spelling.
	"""
	digits = number.removeprefix("+")
	found = [number, digits, f"00{digits}"]
	try:
		parsed = phonenumbers.parse(number)
	except phonenumbers.NumberParseException:
		return tuple(found)
	code = str(parsed.country_code)
	national = digits.removeprefix(code)
	found += [
		f"+{code} {national}",
		f"+{code}-{national}",  # how Frappe's own phone fields keep it
		phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL),
	]
	if phonenumbers.region_code_for_number(parsed) == home.upper():
		shown = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
		found += [shown, _NOT_DIGITS.sub("", shown)]
	return tuple(dict.fromkeys(found))
