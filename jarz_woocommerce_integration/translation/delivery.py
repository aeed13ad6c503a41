"""When the customer wants the goods, from the meta data of delivery plugins.

Each plugin, language and setting writes it in another way (failure-modes 48, 49). What can't be read with certainty is
kept as text and flagged: a wrong hour is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.translation.drafts import Delivery
from jarz_woocommerce_integration.translation.text import clean, fold_label, fold_letters

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order
	from jarz_woocommerce_integration.translation.policy import Policy

_FIRST_YEAR, _LAST_YEAR = 2000, 2100

# Names as `fold` leaves them; Arabic months in Egypt's, the Levant's and the Maghreb's names.
_MONTH_NAMES = (
	("january", "jan", "يناير", "كانون الثاني", "جانفي"),
	("february", "feb", "فبراير", "شباط", "فيفري"),
	("march", "mar", "مارس", "اذار"),
	("april", "apr", "ابريل", "نيسان", "افريل"),
	("may", "مايو", "ايار", "ماي"),
	("june", "jun", "يونيو", "يونيه", "حزيران", "جوان"),
	("july", "jul", "يوليو", "يوليه", "تموز", "جويليه"),
	("august", "aug", "اغسطس", "اب", "اوت"),
	("september", "sept", "sep", "سبتمبر", "ايلول"),
	("october", "oct", "اكتوبر", "تشرين الاول"),
	("november", "nov", "نوفمبر", "تشرين الثاني"),
	("december", "dec", "ديسمبر", "كانون الاول"),
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))

_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4}) (\d{1,2}) (\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2}) (\d{1,2}) (\d{4})(?!\d)")
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ?({_MONTH}) (\d{{4}})(?!\d)")
_MONTH_DAY = re.compile(rf"(?<!\w)({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)? (\d{{4}})(?!\d)")
_ALL_DIGITS = re.compile(r"\d{8}|\d{9,10}|\d{13}")

_MORNING = "am|a.m.|a.m|ص|صباحا|الصباح|صباح|فجرا|morning"
_NOON = "ظهرا|الظهر|noon"
_EVENING = "pm|p.m.|p.m|م|مساءا|مساء|المساء|عصرا|العصر|afternoon|evening"
_NIGHT = "ليلا|night"
_HALVES = {
	word: half
	for half, words in (("am", _MORNING), ("noon", _NOON), ("pm", _EVENING), ("night", _NIGHT))
	for word in words.split("|")
}
_HALF = "|".join(re.escape(word) for word in sorted(_HALVES, key=len, reverse=True))
_TIME = rf"(\d{{1,2}})(?:[:.](\d{{2}}))?(?::\d{{2}})?\s*({_HALF})?(?!\w)"
_UNTIL = r"\s*(?:[-–—]|\bto\b|\buntil\b|\bالي\b|\bحتي\b)\s*"
_SLOT = re.compile(rf"(\D*){_TIME}(?:{_UNTIL}{_TIME})?[\s.)\]]*")
_LABEL_HALF = re.compile(rf"(?<!\w)({_HALF})(?!\w)")
_EARLIEST_BARE_HOUR = 8
# Hour, minute and half of the day, as `re` types them: only the hour is always there.
_Time = Sequence[str | Any]


def delivery_of(order: Order, policy: Policy, time_zone: tzinfo) -> Delivery:
	"""Day and time slot ("HH:MM") of an order, from the meta keys that the policy names; empty where there are none.

	Of several keys, and of a key that is there twice, the first that can be read wins.

	:param time_zone: the store's zone, in which time stamps are meant
	"""
	keys = policy.delivery
	wanted = _both(keys.date, keys.slot)
	values: dict[str, list[Any]] = {}
	for meta in order.meta_data:
		if meta.key in wanted:
			values.setdefault(meta.key, []).append(meta.value)
	if not values:
		return Delivery()
	day, day_text = _first_readable(values, keys.date, lambda text: read_day(text, time_zone))
	slot, slot_text = _first_readable(values, keys.slot, _read_slot)
	slot_from, slot_to = slot or ("", "")
	unread = clean(f"{day_text} {slot_text}")
	return Delivery(day, slot_from, slot_to, unread, bool(unread))


@lru_cache(maxsize=8)
def _both(date_keys: tuple[str, ...], slot_keys: tuple[str, ...]) -> frozenset[str]:
	return frozenset((*date_keys, *slot_keys))


def _first_readable(
	values: dict[str, list[Any]], keys: Sequence[str], read: Callable[[str], Any]
) -> tuple[Any, str]:
	"""(what was read, ""), or (None, the first text that couldn't be read)."""
	unread = ""
	for key in keys:
		for value in values.get(key, ()):
			for text in _texts(value):
				found = read(text)
				if found is not None:
					return found, ""
				unread = unread or text
	return None, unread


def _texts(value: Any) -> Iterator[str]:
	"""The texts in a meta value: of an object or array first all of them as a range, then each."""
	if isinstance(value, dict):
		value = list(value.values())
	if isinstance(value, list):
		parts = [text for part in value for text in _texts(part)]
		if len(parts) > 1:
			yield " - ".join(parts)
		yield from parts
	elif isinstance(value, str | int | Decimal) and not isinstance(value, bool):
		text = clean(str(value))
		if text:
			yield text


# --- days --------------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def read_day(text: str, time_zone: tzinfo) -> date | None:
	"""The one day that `text` names, whatever stands around it (a weekday, a time)."""
	folded = fold_label(text)
	if _ALL_DIGITS.fullmatch(folded):
		return _day_of_number(folded, time_zone)
	if match := _YEAR_FIRST.search(folded):
		return _day(*match.groups())
	if match := _YEAR_LAST.search(folded):
		day, month, year = match.groups()
		return _day(year, month, day) or _day(year, day, month)
	if match := _DAY_MONTH.search(folded):
		day, month, year = match.groups()
		return _day(year, _MONTHS[month], day)
	if match := _MONTH_DAY.search(folded):
		month, day, year = match.groups()
		return _day(year, _MONTHS[month], day)
	return None


def _day(year: str, month: str | int, day: str) -> date | None:
	if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
		return None
	try:
		return date(int(year), int(month), int(day))
	except ValueError:
		return None


def _day_of_number(digits: str, time_zone: tzinfo) -> date | None:
	"""The day of "20260315" or of a unix stamp in seconds or milliseconds.

	Plugins stamp a day with its midnight, some in UTC and some in the store's zone. A midnight in UTC is taken as
	the first: west of Greenwich the store's own zone would make it the day before.
	"""
	if len(digits) == 8:
		return _day(digits[:4], digits[4:6], digits[6:])
	seconds = int(digits[:-3]) if len(digits) == 13 else int(digits)
	moment = datetime.fromtimestamp(seconds, timezone.utc)
	if moment.hour or moment.minute or moment.second:
		moment = moment.astimezone(time_zone)
	return moment.date() if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


# --- slots -------------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def _read_slot(text: str) -> tuple[str, str] | None:
	"""("10:00", "12:00") of a slot, ("10:00", "") of a single time, None where hour or half of the day is in doubt."""
	match = _SLOT.fullmatch(fold_letters(text).strip())
	if not match:
		return None
	label, *first = match.groups()[:4]
	last = match.groups()[4:]
	halves = _halves(label, first[2], last[2])
	if halves is None and not _is_24_hour(first, last):
		return None
	start = _minutes(first, halves and halves[0])
	if last[0] is None:
		return None if start is None else (_clock(start), "")
	end = _minutes(last, halves and halves[1])
	if start is None or end is None:
		return None
	if halves and start > end:
		# "10 - 2 pm" starts in the morning: one word stands for both times only as long as that makes a slot.
		if first[2] is None:
			start = (start + 720) % 1440
		elif last[2] is None:
			end = (end + 720) % 1440
	return _clock(start), _clock(end)


def _halves(label: str, first: str | None, last: str | None) -> tuple[str, str] | None:
	"""Half of the day of each time: its own, else the other one's ("4 - 6 pm"), else the label's ("Evening: 6 - 8")."""
	if first or last:
		return _HALVES[first or last or ""], _HALVES[last or first or ""]
	words = {_HALVES[word] for word in _LABEL_HALF.findall(label)}
	if len(words) != 1:
		return None
	half = words.pop()
	return ("as written", "as written") if half == "am" else (half, half)


def _is_24_hour(first: _Time, last: _Time) -> bool:
	"""Whether times without a half of the day can be meant as they stand: "16:00", "10 - 12", but not "4 - 6"."""
	if first[1] is not None and (last[0] is None or last[1] is not None):
		return True
	return last[0] is not None and _EARLIEST_BARE_HOUR <= int(first[0]) < int(last[0])


def _minutes(time: _Time, half: str | None) -> int | None:
	"""Minutes since midnight; None for what no clock shows."""
	hour, minute = int(time[0]), int(time[1] or 0)
	if minute > 59 or hour > 24 or (hour == 24 and minute):
		return None
	if hour <= 12 and half:
		hour = _HOUR_OF_DAY[half](hour)
	return hour % 24 * 60 + minute


_HOUR_OF_DAY: dict[str, Callable[[int], int]] = {
	"am": lambda hour: hour % 12,
	"as written": lambda hour: hour,
	"noon": lambda hour: hour if hour > 10 else hour + 12,
	"pm": lambda hour: hour % 12 + 12,
	"night": lambda hour: hour + 12 if 6 <= hour < 12 else hour % 12,
}


def _clock(minutes: int) -> str:
	return f"{minutes // 60:02}:{minutes % 60:02}"
