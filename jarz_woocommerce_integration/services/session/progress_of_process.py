"""How far a migration is that runs in one process: noted by it after each commit and while a page is booked, for the form of its run."""

from contextlib import suppress
from typing import NamedTuple

import frappe
from redis.exceptions import RedisError

from jarz_woocommerce_integration.services.migration.engine import Progress

DAY = 24 * 3600


class Noted(NamedTuple):
	""":ivar phase: "reading" or "verifying"; :ivar done: orders that were worked on or compared

	:ivar total: None where the shop doesn't say
	:ivar seconds_left: None where it isn't known
	"""

	phase: str
	done: int
	total: int | None
	seconds_left: int | None


def note(run: int, progress: Progress) -> None:
	left = progress.seconds_left(progress.total) if progress.total else None
	noted = Noted(
		progress.phase,
		progress.before + progress.orders + progress.at_hand,
		progress.total,
		None if left is None else round(left),
	)
	with suppress(RedisError):  # how far it is must not end it
		frappe.cache.set_value(_key(run), tuple(noted), expires_in_sec=DAY)


def read(run: int | str) -> Noted | None:
	noted = frappe.cache.get_value(_key(run), expires=True)
	return Noted(*noted) if noted else None


def _key(run: int | str) -> str:
	return f"woo_migration_progress|{run}"
