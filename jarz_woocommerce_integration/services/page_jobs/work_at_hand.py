"""How far a page is that a worker books now: noted beside the database, whose transaction is open meanwhile."""

from contextlib import suppress

import frappe
from redis.exceptions import RedisError

# Longer than a page takes. What a killed worker has noted is forgotten, or written over by the next one.
EXPIRES_AFTER = 3600  # seconds


def note(page: str, orders: int) -> None:
	"""Where Redis is gone, nothing is noted, and the page is booked all the same.

	:param page: name of its WooCommerce Sync Page; :param orders: of it that were worked on, none of them committed
	"""
	with suppress(RedisError):
		frappe.cache.set_value(_key(page), orders, expires_in_sec=EXPIRES_AFTER)


def read(page: str) -> int:
	try:
		return frappe.cache.get_value(_key(page), expires=True) or 0
	except RedisError:
		return 0


def forget(page: str) -> None:
	with suppress(RedisError):
		frappe.cache.delete_value(_key(page))


def _key(page: str) -> str:
	return f"woo_page_at_hand|{page}"
