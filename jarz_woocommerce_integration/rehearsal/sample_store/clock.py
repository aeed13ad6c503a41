"""The shop's time: Africa/Cairo, worked out here because a bare machine may have no time zone database."""

import re
import time
from bisect import bisect_right
from calendar import FRIDAY, THURSDAY, monthrange, timegm, weekday

ZONE_NAME = "Africa/Cairo"
DAY = 86_400
HOUR = 3_600

_YEARS = range(2023, 2045)  # Egypt has had summer time again since 2023
_DATE = re.compile(
	r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:([Zz])|([+-])(\d\d)(?::(\d\d))?)?"
)


def _last(year: int, month: int, day_of_week: int) -> int:
	"""Midnight UTC of the month's last such day of the week."""
	days = monthrange(year, month)[1]
	day = days - (weekday(year, month, days) - day_of_week) % 7
	return timegm((year, month, day, 0, 0, 0))


# Summer time begins on April's last Friday at 00:00 and ends on October's last Thursday at 24:00, local time.
_TURNS = [
	turn
	for year in _YEARS
	for turn in (_last(year, 4, FRIDAY) - 2 * HOUR, _last(year, 10, THURSDAY) + 21 * HOUR)
]


def offset_at(moment: int) -> int:
	"""Seconds that Cairo is ahead of UTC at a moment."""
	return 3 * HOUR if bisect_right(_TURNS, moment) % 2 else 2 * HOUR


def gmt(moment: int | None) -> str | None:
	"""WooCommerce's `*_gmt` form: UTC without a zone."""
	return None if moment is None else time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))


def local(moment: int | None) -> str | None:
	"""WooCommerce's local form: Cairo's wall clock without a zone."""
	return None if moment is None else gmt(moment + offset_at(moment))


def from_local(wall: int) -> int:
	"""The moment at which Cairo's clock shows `wall` (seconds as if UTC). In the repeated hour: the first one."""
	guess = wall - 3 * HOUR
	return guess if offset_at(guess) == 3 * HOUR else wall - 2 * HOUR


def parse(text: str, is_gmt: bool) -> int | None:
	"""A date parameter as a moment, None where WordPress says "Invalid date."

	:param is_gmt: `dates_are_gmt`: how to read a value without a zone
	"""
	match = _DATE.fullmatch(text)
	if not match:
		return None
	*parts, zulu, sign, hours, minutes = match.groups()
	wall = timegm(tuple(int(part) for part in parts))
	if zulu:
		return wall
	if sign:
		ahead = int(hours) * HOUR + int(minutes or 0) * 60
		return wall - ahead if sign == "+" else wall + ahead
	return wall if is_gmt else from_local(wall)
