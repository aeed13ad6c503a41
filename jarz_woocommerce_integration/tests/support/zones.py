"""Time zones that shops lie in, and the hours in which their clocks do what trips a reader up. Needs no site."""

import os
import zlib
from datetime import datetime, timedelta, timezone
from typing import NamedTuple


class Moment(NamedTuple):
	"""A moment in a shop. :ivar now: UTC, aware"""

	zone: str
	now: datetime

	def __str__(self) -> str:
		return f"{self.zone} {self.now:%m-%d %H:%M}"


def _at(*parts: int) -> datetime:
	return datetime(*parts, tzinfo=timezone.utc)


ZONES = ("Africa/Cairo", "America/New_York", "Asia/Kathmandu", "UTC")
NOON = tuple(Moment(zone, _at(2027, 1, 1, 12)) for zone in ZONES)
# The moments themselves, and those whose time in UTC, read off the shop's wall, would be in that hour.
SKIPPED = (
	Moment("Africa/Cairo", _at(2027, 4, 29, 22, 30)),
	Moment("Africa/Cairo", _at(2027, 4, 30, 0, 30)),
	Moment("America/New_York", _at(2027, 3, 14, 7, 30)),
	Moment("America/New_York", _at(2027, 3, 14, 2, 30)),
)
REPEATED = (
	Moment("Africa/Cairo", _at(2027, 10, 28, 20, 30)),
	Moment("Africa/Cairo", _at(2027, 10, 28, 21, 30)),
	Moment("Africa/Cairo", _at(2027, 10, 28, 23, 30)),
	Moment("America/New_York", _at(2027, 11, 7, 5, 30)),
	Moment("America/New_York", _at(2027, 11, 7, 6, 30)),
	Moment("America/New_York", _at(2027, 11, 7, 1, 30)),
)
MOMENTS = (*NOON, *SKIPPED, *REPEATED)
# Where a reader is tried that takes long: one of each kind.
FEW = (*NOON, SKIPPED[1], SKIPPED[3], REPEATED[1], REPEATED[4])
HOUR = timedelta(hours=1)


def zone_for(name: str) -> str:
	"""The zone of the shop of a class of tests: another one for each class, or the one of $JARZ_TEST_ZONE for all."""
	return os.environ.get("JARZ_TEST_ZONE") or ZONES[zlib.crc32(name.encode()) % len(ZONES)]
