"""Phones as evidence: one spelling (E.164) for a number, however it was typed, or none at all."""

import re
from functools import lru_cache

import phonenumbers

from jarz_woocommerce_integration.translation.text import ascii_digits

_RUN = re.compile(r"\+?[\s(]*\d[\d\s().\-‐-―]*")
_PIECES = re.compile(r"[\s\-‐-―]+")
_NOT_DIGITS = re.compile(r"\D+")
_SHORTEST_PIECE = 9
_REGIONS = phonenumbers.COUNTRY_CODE_TO_REGION_CODE


@lru_cache(maxsize=8192)
def normalise_phone(text: str, region: str) -> str:
	"""The first phone number in `text` in E.164, "" where none can be read with certainty.

	:param region: ISO country in which a number without a country code is meant, "" for none

	Reads Arabic and Persian digits, `00` for `+`, brackets, words around the number, and the first of two numbers.
	A landline without its area prefix could be anybody's in another town, so it isn't read. The caller keeps the text.
	"""
	runs = _RUN.findall(ascii_digits(text))
	for run in runs:
		if number := _read(run, region):
			return number
	for run in runs:
		for piece in _PIECES.split(run):
			if len(piece) >= _SHORTEST_PIECE and (number := _read(piece, region)):
				return number
	return ""


def _read(run: str, region: str) -> str:
	digits = _NOT_DIGITS.sub("", run)
	international = run.startswith("+")
	if digits.startswith("00"):
		international, digits = True, digits[2:]
	if plain := _plain_number(digits, region.upper(), international):
		return plain
	try:
		number = phonenumbers.parse(
			f"+{digits}" if international else digits, None if international else region.upper() or None
		)
	except phonenumbers.NumberParseException:
		return ""
	if not phonenumbers.is_valid_number(number):
		return ""
	if not international and _lacks_area_prefix(number, digits, region.upper()):
		return ""
	return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _plain_number(digits: str, region: str, international: bool) -> str:
	"""What `phonenumbers.parse` would make of a number in its usual form, three times as fast; "" for any other.

	The usual form is the country code or a single 0, in a country where 0 is all that can stand before a number.
	"""
	if international:
		code = next((digits[:length] for length in (1, 2, 3) if int(digits[:length] or 0) in _REGIONS), "")
		region = _REGIONS[int(code)][0] if code else ""
		national = digits[len(code) :]
	else:
		code, national = "", digits[1:]
	metadata = phonenumbers.PhoneMetadata.metadata_for_region(region) if region else None
	if metadata is None or metadata.national_prefix_for_parsing != "0" or national[:1] in ("", "0"):
		return ""
	if not international and digits[0] != "0":
		return ""
	number = phonenumbers.PhoneNumber(country_code=metadata.country_code, national_number=int(national))
	return f"+{metadata.country_code}{national}" if phonenumbers.is_valid_number(number) else ""


def _lacks_area_prefix(number: phonenumbers.PhoneNumber, digits: str, region: str) -> bool:
	"""Whether `digits` may be a local landline: "33245104" is Cairo's in Cairo, but parses as Alexandria's 03-3245104."""
	if digits != str(number.national_number):
		return False
	if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.FIXED_LINE:
		return False
	metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
	return bool(metadata and metadata.national_prefix)
