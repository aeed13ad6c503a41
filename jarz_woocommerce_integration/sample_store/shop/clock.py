"""The shop's time, and what WordPress makes of a date that a request names."""

import re
import time
from calendar import timegm
from datetime import datetime, timezone, tzinfo

ZONE_NAME = "Africa/Cairo"
DAY = 86_400
HOUR = 3_600

_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?")


def gmt(moment: int | None) -> str | None:
	"""WooCommerce's `*_gmt` form: UTC without a zone."""
	return None if moment is None else time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))


def local(moment: int | None, zone: tzinfo) -> str | None:
	"""WooCommerce's local form: the shop's wall clock without a zone."""
	return None if moment is None else datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%dT%H:%M:%S")


def offset_hours(moment: int, zone: tzinfo) -> float:
	"""How far the zone is ahead of UTC at a moment."""
	return datetime.fromtimestamp(moment, zone).utcoffset().total_seconds() / HOUR  # type: ignore[union-attr]  # it has a zone


def parse(text: str, zone: tzinfo, is_gmt: bool) -> int | None:
	"""The moment with which a date filter's value is compared, None where WordPress says "Invalid date."

	WordPress reads a value without a zone in the shop's zone, turns every value into that zone, and writes the wall
	clock's time. With `dates_are_gmt` that text is compared with the GMT column as it stands: right where the value has
	no zone, hours off where it has one, and an hour off where the shop's zone skips the time that the value names.

	:param is_gmt: `dates_are_gmt`
	"""
	if not _DATE.fullmatch(text):
		return None
	try:
		value = datetime.fromisoformat(_with_whole_zone(text))
		wall = _on_the_wall(value, zone)
	except (ValueError, OverflowError):
		return None
	if is_gmt:
		return timegm(wall.timetuple())
	# In the hour that the clock repeats, WordPress takes the first one.
	return int((value if value.tzinfo else wall.replace(tzinfo=zone)).timestamp())


def _on_the_wall(value: datetime, zone: tzinfo) -> datetime:
	"""A time that the clock skips is as much later as it skips."""
	aware = value if value.tzinfo else value.replace(tzinfo=zone).astimezone(timezone.utc)
	return aware.astimezone(zone).replace(tzinfo=None)


def _with_whole_zone(text: str) -> str:
	"""As Python 3.10 reads it: without fractions, the zone as +HH:MM."""
	date, rest = text[:19].upper().replace(" ", "T"), re.sub(r"^\.\d+", "", text[19:])
	if rest in ("Z", "z"):
		return f"{date}+00:00"
	return f"{date}{rest[:3]}:{rest[3:].lstrip(':') or '00'}" if rest else date
