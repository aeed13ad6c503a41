"""Text as people type it: cleaned for a field of the books, or folded so that two spellings of one thing compare equal.

Shops have Arabic and Persian digits, letters with and without hamza, invisible direction marks from pasted text, and
fields longer than the books allow (failure-modes 43, 44).
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any

FIELD_LENGTH = 140
# Leaves room in a document's name for a refund's id, and for what distinguishes two orders of one number.
LONGEST_NAME = 90

_DIGITS = {
	ord(digit): str(value) for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for value, digit in enumerate(digits)
}
_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك"})
# A spreadsheet takes what begins so for a formula.
_FORMULA_BEGINS = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# Latin accents, Arabic vowel signs and the tatweel; marks of other scripts carry meaning and stay.
_MARKS = (range(0x300, 0x370), range(0x64B, 0x660), (0x640, 0x670), range(0x6D6, 0x6EE))
_ACCENTED = (range(0xC0, 0x250), range(0x1E00, 0x1F00))


def _unaccented(letters: range) -> dict[int, str]:
	bases = {letter: unicodedata.normalize("NFD", chr(letter))[0] for letter in letters}
	return {letter: base for letter, base in bases.items() if base.isascii()}


_FOLDED = {
	**{mark: None for marks in _MARKS for mark in marks},
	**{letter: base for letters in _ACCENTED for letter, base in _unaccented(letters).items()},
	**_LETTERS,
	**_DIGITS,
}
_BRACKETS = str.maketrans("<>", "()")
_SEPARATORS = re.compile(r"[^\w\n]+|_+")
# Joiners (U+200C, U+200D) belong to some scripts' spelling; everything else that can't be printed goes.
_UNPRINTABLE = re.compile(
	"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+"
)


def clean(text: str, length: int = FIELD_LENGTH) -> str:
	"""`text` on one line without invisible characters, at most `length` long, cut between words where that is possible."""
	text = " ".join(text.split())
	if not text.isprintable():
		text = " ".join(_UNPRINTABLE.sub("", text).split())
	return text if len(text) <= length else split_at_word(text, length)[0]


def csv_cell(value: Any) -> Any:
	"""A spreadsheet would run a text that begins like a formula: what somebody typed in the shop is text. Numbers stay."""
	if not isinstance(value, str):
		return value
	is_formula = value.startswith(_FORMULA_BEGINS) and not _NUMBER.fullmatch(value)
	text = value.replace("\r", "\n")  # which the writer would leave without quotes, as the end of a row
	return f"'{text}" if is_formula else text


def text_of_cell(cell: str) -> str:
	"""What `csv_cell` was given, without spaces around it."""
	text = cell.strip()
	return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_BEGINS) else text


def document_name(text: str, length: int = LONGEST_NAME) -> str:
	"""`text` as the name of a document, which may have no pointed brackets."""
	return clean(text.translate(_BRACKETS), length)


def fold_code(text: str) -> str:
	"""A code (an SKU) without case, and without spaces around it."""
	return " ".join(text.split()).casefold()


def split_at_word(text: str, length: int) -> tuple[str, str]:
	"""`text` cut in two: the first part at most `length` long, ending with a word unless that would halve it."""
	if len(text) <= length:
		return text, ""
	space = text.rfind(" ", length // 2, length + 1)
	cut = length if space < 0 else space
	return text[:cut].rstrip(), text[cut:].lstrip()


def ascii_digits(text: str) -> str:
	"""`text` with Arabic-Indic, Persian and full-width digits and signs as ASCII ones."""
	return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_DIGITS)


def fold_letters(text: str) -> str:
	"""`text` without case, accents and letter variants, with ASCII digits; punctuation and spaces stay."""
	if not text.isascii():
		text = unicodedata.normalize("NFKC", text).translate(_FOLDED)
	return text.casefold()


def fold(text: str) -> str:
	"""`fold_letters`, and punctuation and spaces collapsed. Line breaks stay, so that several fields go in one go."""
	text = _SEPARATORS.sub(" ", fold_letters(text))
	return text.replace(" \n", "\n").replace("\n ", "\n").strip()


@lru_cache(maxsize=4096)
def fold_label(text: str) -> str:
	"""`fold` for labels, codes and names of places, which come again and again."""
	return fold(text.replace("\n", " "))
