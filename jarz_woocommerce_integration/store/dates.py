"""How a moment is written into a date filter so that a shop in any time zone reads it right.

WordPress turns the value of a filter into the shop's time zone, and with `dates_are_gmt` WooCommerce compares that text with
its GMT column (measured, and read in the source). So the value has no zone: with "Z" a shop in Cairo leaves out the last two
or three hours. One hour a year needs the other form: a time that the shop's clock skips in spring is moved an hour on.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def date_filters(moments: Mapping[str, datetime | None], zone: tzinfo | None) -> dict[str, str]:
	"""The query parameters of date filters. The store compares whole seconds.

	:param moments: by the filter's name (after, before, modified_after, modified_before), aware; None is no filter
	:param zone: the shop's; None where it isn't known
	"""
	given = {name: in_utc(moment) for name, moment in moments.items() if moment}
	if not given:
		return {}
	# All filters of a request share `dates_are_gmt`.
	if zone and any(_is_skipped(moment, zone) for moment in given.values()):
		return {name: f"{_text(moment)}Z" for name, moment in given.items()}
	return {**{name: _text(moment) for name, moment in given.items()}, "dates_are_gmt": "true"}


def zone_of(index: Mapping[str, Any]) -> tzinfo | None:
	"""The shop's time zone, as the public index gives it; None where it doesn't."""
	try:
		return ZoneInfo(index.get("timezone_string") or "")
	except (ZoneInfoNotFoundError, ValueError, OSError):
		pass
	try:
		return timezone(timedelta(hours=float(index["gmt_offset"])))
	except (KeyError, TypeError, ValueError, OverflowError):
		return None


def in_utc(moment: datetime) -> datetime:
	"""A moment as a date filter can say it: in UTC, to the second."""
	return moment.astimezone(timezone.utc).replace(microsecond=0)


def _text(moment: datetime) -> str:
	return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _is_skipped(moment: datetime, zone: tzinfo) -> bool:
	"""Whether the shop's clock never shows this moment's time of day in UTC."""
	wall = moment.replace(tzinfo=zone)
	try:
		return wall.astimezone(timezone.utc).astimezone(zone).replace(tzinfo=None) != wall.replace(
			tzinfo=None
		)
	except OverflowError:
		return False
