"""What a shop writes as GTIN, UPC, EAN or ISBN, as a barcode of ERPNext: its digits, and its type where the check digit fits."""

from jarz_woocommerce_integration.translation.text import ascii_digits

LONGEST = 40
# The names that ERPNext 15 and 16 share.
_TYPES = {8: "EAN", 12: "UPC-A", 13: "EAN"}


def barcode_of(text: str) -> tuple[str, str]:
	""":returns: the barcode and its type; ("", "") where it is none, a type of "" where the check digit is wrong"""
	code = "".join(ascii_digits(text).split()).replace("-", "")
	if not code.isascii() or not code.isalnum() or len(code) > LONGEST:
		return "", ""
	if code.isdecimal() and len(code) in _TYPES and _check_digit_fits(code):
		return code, _TYPES[len(code)]
	return code, ""


def _check_digit_fits(code: str) -> bool:
	digits = [int(digit) for digit in reversed(code)]
	return sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
