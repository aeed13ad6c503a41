"""What PHP and plugins make of a field, brought back to what the field is: lists, flags, texts, dates.

PHP writes a list as an object with numbers for keys as soon as an entry was taken out of it, and an empty object as `[]`. Nothing here
guesses money: what isn't a shape of these is left as it is, and the model refuses it by the field's name.
"""

import html
import re
from datetime import datetime, timezone
from typing import Any

DEEPEST = 20
EMPTY = (None, False, "")
# Half an emoji, and characters that no text has; tab and line break stay.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL)
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_FLAGS = {"": False, "0": False, "no": False, "off": False, "1": True, "yes": True, "on": True}
# WordPress and PHP write a missing date as one before there were shops; ERPNext's years end, too.
_YEARS = range(1971, 2200)


def listed(value: Any) -> Any:
	"""A list, also where PHP wrote it as an object, without entries that are empty."""
	if value in EMPTY:
		return []
	if isinstance(value, dict):
		value = [value] if "id" in value or "key" in value else list(value.values())
	if isinstance(value, list):
		return [entry for entry in value if entry not in EMPTY and entry not in ([], {})]
	return value


def listed_objects(value: Any) -> Any:
	"""As `listed`, without what is no object: for lists that no money hangs on."""
	entries = listed(value)
	return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def object_or_empty(value: Any) -> Any:
	"""An object, empty where PHP wrote an empty list or nothing."""
	return {} if value in EMPTY or value == [] else value


def flag(value: Any) -> Any:
	"""A yes or no; empty is no."""
	if value is None or value == []:
		return False
	return _FLAGS.get(value.strip().lower(), value) if isinstance(value, str) else value


def text(value: Any) -> Any:
	"""A text without what can't be stored or printed; nothing is an empty one."""
	if value is None or value is False or value in ([], {}):
		return ""
	if not isinstance(value, str):
		return "1" if value is True else value
	if value.isascii() and value.isprintable():
		return value
	return _UNPRINTABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", " "))


def texts_within(value: Any, depth: int = DEEPEST) -> Any:
	"""A value of any shape with all its texts as `text` has them; what lies too deep for any plugin is left out."""
	if isinstance(value, str):
		return text(value)
	if not isinstance(value, list | dict):
		return value
	if not depth:
		return None
	if isinstance(value, list):
		return [texts_within(entry, depth - 1) for entry in value]
	return {text(key): texts_within(entry, depth - 1) for key, entry in value.items()}


def label(value: Any) -> Any:
	"""A text that people read, with characters for its entities and without its tags."""
	value = text(value)
	if not isinstance(value, str) or not ("&" in value or "<" in value):
		return value
	# Twice: what a form has escaped, a plugin may have escaped again.
	for _time in range(2):
		value = _ENTITY.sub(lambda found: html.unescape(found[0]), value)
	return text(_TAG.sub("", _LINE_BREAK.sub(" ", value)).replace("\xa0", " "))


def percent(value: Any) -> Any:
	"""A rate without its sign: `"20%"`."""
	if isinstance(value, str):
		return value.strip().removesuffix("%").strip() or None
	return value


def moment(value: Any) -> Any:
	"""A date, None where there is none: nothing, or one of the zeros that stand for it."""
	if value in EMPTY or value == [] or (isinstance(value, str) and value.lstrip("-").startswith("000")):
		return None
	return value


def sound(value: datetime | None) -> datetime | None:
	"""None for a date that no order can have."""
	return value if value and value.year in _YEARS else None


def as_utc(value: datetime | None) -> datetime | None:
	"""`*_gmt` fields are UTC and carry no zone."""
	value = sound(value)
	if value is None or value.tzinfo is None:
		return value and value.replace(tzinfo=timezone.utc)
	return value.astimezone(timezone.utc)


def without_zone(value: datetime | None) -> datetime | None:
	"""Local dates carry no zone; one that a plugin has put there is believed to be the shop's."""
	value = sound(value)
	return value and value.replace(tzinfo=None)
