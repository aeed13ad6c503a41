"""Calls of other apps' listeners that are to be made: each is made until it has come to its end, whatever dies on the way.

A row is written in the transaction of the orders, and deleted in that of what its listener writes: so a listener hears of
what was committed, and of nothing else, and what it writes on this site stands once. What it does elsewhere, or commits by
itself, may happen again.
"""

import json
from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.transactions import LOCK_ERRORS, fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.values import sanitised
from jarz_woocommerce_integration.services.session.background import (
	in_words,
	log,
	timeout_behind,
	without_traces,
)

CALL = "WooCommerce Hook Call"
SECONDS_UNTIL_LOGGED_AGAIN = 24 * 3600
# Whoever has written it calls at once; who finds it later than this takes its place.
OWN_TIME = timedelta(minutes=2)
# After each attempt that failed; the last one is repeated.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 15, 60, 240, 720))
AT_ONCE = 200
LONGEST_ERROR = 500

_ADD = """
INSERT INTO `tabWooCommerce Hook Call`
	(name, creation, modified, owner, modified_by, store, hook, method, events, attempts, next_attempt)
VALUES (%(name)s, %(now)s, %(now)s, %(user)s, %(user)s, %(store)s, %(hook)s, %(method)s, %(events)s, 0, %(next_attempt)s)
"""
_NEW = "SELECT name FROM `tabWooCommerce Hook Call` WHERE store = %s AND attempts = 0 ORDER BY name LIMIT %s"
_DUE = "SELECT name FROM `tabWooCommerce Hook Call` WHERE next_attempt <= %s ORDER BY name LIMIT %s"
# Whoever calls holds the row; the others pass it by.
_TAKE = """
SELECT hook, method, events, attempts FROM `tabWooCommerce Hook Call` WHERE name = %s FOR UPDATE SKIP LOCKED
"""


def add(store: str, hook: str, method: str, events: list[dict]) -> None:
	"""Have a listener called once this is committed. Commits nothing."""
	now = now_datetime()
	values = {
		"name": frappe.db.get_next_sequence_val(CALL),
		"now": now,
		"user": frappe.session.user,
		"store": store,
		"hook": hook,
		"method": method,
		"events": json.dumps(events),
		"next_attempt": now + OWN_TIME,
	}
	frappe.db.sql(_ADD, values)


def call_new(store: str) -> None:
	"""Make the calls of a store that nobody has tried yet. Nothing may be pending. Commits."""
	_call_all(frappe.db.sql(_NEW, (store, AT_ONCE), pluck=True))


@without_traces
def tick() -> None:
	"""Make the calls that are due. Called by the scheduler each minute."""
	_call_all(frappe.db.sql(_DUE, (now_datetime(), AT_ONCE), pluck=True))


def _call_all(names: list[int]) -> None:
	for name in names:
		fresh_snapshot()
		try:
			taken = frappe.db.sql(_TAKE, name, as_dict=True)
		except LOCK_ERRORS:
			continue
		if taken:
			_call(name, taken[0])


def _call(name: int, row: frappe._dict) -> None:
	"""What a listener writes is committed with the end of its row, or rolled back with its error."""
	broken: Exception | None = None
	try:
		if row.method in frappe.get_hooks(row.hook):  # else its app is gone
			frappe.get_attr(row.method)(json.loads(row.events))
		frappe.db.delete(CALL, {"name": name})
		frappe.db.commit()
	except Exception as error:
		broken = error
	if broken is None:
		return
	frappe.db.rollback()
	if timeout := timeout_behind(broken):
		raise timeout
	_try_again(name, row, broken)


def _try_again(name: int, row: frappe._dict, broken: Exception) -> None:
	attempts = row.attempts + 1
	after = PAUSES[min(attempts, len(PAUSES)) - 1]
	values = {
		"attempts": attempts,
		"next_attempt": now_datetime() + after,
		"last_error": sanitised(in_words(broken), LONGEST_ERROR),
	}
	frappe.db.set_value(CALL, name, values)
	key = f"woo_listener_broke|{row.method}|{type(broken).__name__}"
	if not frappe.cache.get_value(key, expires=True):
		frappe.cache.set_value(key, 1, expires_in_sec=SECONDS_UNTIL_LOGGED_AGAIN)
		log(f"{row.hook}: {row.method}", in_words(broken))
	frappe.db.commit()
