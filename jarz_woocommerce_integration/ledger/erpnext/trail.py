"""The trail of an order: what became of it each time, from first sight to last change, in its row of the Order Map.

One JSON object a line, oldest first, written in the transaction of what it records, in two queries for a whole page. An
order that says the same leaves none. Years of changes stay readable: the first entry is kept, and the last of the rest.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timezone

import frappe

from jarz_woocommerce_integration.ledger.contract import Booked, PageRecord
from jarz_woocommerce_integration.ledger.erpnext.values import storable
from jarz_woocommerce_integration.translation.drafts import OrderFacts, OrderState, Outcome

DELETED, RESTORED, AMENDED, UNDONE = "deleted", "restored", "amended", "undone"
KEPT = 50
TIME = "%Y-%m-%dT%H:%M:%SZ"
LONGEST_MESSAGE = 500
# What didn't succeed is tried again and again: the same as before is counted there.
REPEATED = ("failed", "held", "changed", "skipped")
_SAME = ("source", "what", "status", "total", "currency", "invoice", "message")

# Of orders that say the same only those whose last word was that they are gone.
_READ = """
SELECT woo_order_id, coalesce(sales_invoice, '') AS invoice, coalesce(trail, '') AS trail FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND woo_order_id IN %(ids)s
	AND (woo_order_id IN %(changed)s OR substring_index(trail, '\n', -1) LIKE %(gone)s)
"""
_READ_IN_STATE = """
SELECT woo_order_id, coalesce(sales_invoice, '') AS invoice, coalesce(trail, '') AS trail FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND woo_order_id IN %(ids)s AND state = %(state)s
"""
_WRITE = """
UPDATE `tabWooCommerce Order Map` SET trail = CASE woo_order_id {cases} END
WHERE store = %s AND woo_order_id IN %s
"""


def add(store: str, record: PageRecord, outcomes: Sequence[Outcome], booked: Sequence[Booked]) -> None:
	"""Write what became of the orders of a page. Commits nothing."""
	results = {order.order_id: order for order in booked}
	facts = {outcome.order.order_id: outcome.order for outcome in outcomes}
	changed = [order.order_id for order in booked if order.what != "unchanged"]
	values = {
		"store": store,
		"ids": list(results) or [0],
		"changed": changed or [0],
		"gone": f'%"what": "{DELETED}"%',
	}
	trails = {}
	for row in frappe.db.sql(_READ, values, as_dict=True):
		result = results[row.woo_order_id]
		trail = read(row.trail)
		entry = {
			"source": record.source,
			"what": _what(result, row.invoice, trail),
			**_facts(facts[result.order_id]),
			"invoice": row.invoice,
			"message": result.message,
			"run": record.run_id,
		}
		trails[row.woo_order_id] = _with(trail, entry)
	_write(store, trails)


def add_deleted(store: str, order_ids: Collection[int], source: str, run: int) -> None:
	"""Write that these orders are gone from the store, where that isn't the last entry already. Commits nothing."""
	_add_in_state(
		store, order_ids, OrderState.DELETED, {"source": source, "what": DELETED, "run": run}, unless=DELETED
	)


def add_undone(store: str, order_ids: Collection[int], message: str) -> None:
	"""Write that what was booked for these orders was undone. Commits nothing."""
	_add_in_state(store, order_ids, OrderState.HELD, {"source": "person", "what": UNDONE, "message": message})


def _add_in_state(
	store: str, order_ids: Collection[int], state: OrderState, entry: dict, unless: str = ""
) -> None:
	values = {"store": store, "ids": list(order_ids) or [0], "state": state.value}
	trails = {}
	for row in frappe.db.sql(_READ_IN_STATE, values, as_dict=True):
		trail = read(row.trail)
		if not (trail and trail[-1]["what"] == unless):
			trails[row.woo_order_id] = _with(trail, {**entry, "invoice": row.invoice})
	_write(store, trails)


def read(trail: str | None) -> list[dict]:
	"""The entries of a row's `trail`, oldest first: `at` (UTC, ISO), `source`, `what`, and what else is known."""
	return [json.loads(line) for line in (trail or "").split("\n") if line]


def without_messages(trail: str | None) -> str:
	"""The trail without its texts: when what was done stays."""
	return _lines(
		{name: value for name, value in entry.items() if name != "message"} for entry in read(trail)
	)


def _lines(trail: Iterable[dict]) -> str:
	return "\n".join(json.dumps(entry, ensure_ascii=False) for entry in trail)


def _what(result: Booked, invoice: str, trail: Sequence[dict]) -> str:
	if trail and trail[-1]["what"] == DELETED and result.state is not OrderState.DELETED:
		return RESTORED
	before = next((entry["invoice"] for entry in reversed(trail) if entry.get("invoice")), "")
	if result.what == "updated" and before and invoice and before != invoice:
		return AMENDED
	return result.what


def _facts(order: OrderFacts) -> dict:
	"""An order that couldn't be read has none."""
	if not order.currency:
		return {}
	return {"status": order.status, "total": str(order.total), "currency": order.currency}


def _with(trail: list[dict], entry: Mapping) -> list[dict]:
	now = datetime.now(timezone.utc).strftime(TIME)
	new = {"at": now, **{name: _storable(value) for name, value in entry.items() if value}}
	last = trail[-1] if trail else {}
	if new["what"] in REPEATED and all(last.get(name) == new.get(name) for name in _SAME):
		return [*trail[:-1], {**last, "run": new.get("run"), "again": last.get("again", 0) + 1, "until": now}]
	return [*trail[:1], *trail[1:][-(KEPT - 1) :], new]


def _storable(value: str | int) -> str | int:
	return storable(value, LONGEST_MESSAGE) if isinstance(value, str) else value


def _write(store: str, trails: Mapping[int, Iterable[dict]]) -> None:
	if not trails:
		return
	values: list = []
	for order_id, trail in trails.items():
		values += [order_id, _lines(trail)]
	cases = "WHEN %s THEN %s " * len(trails)
	frappe.db.sql(_WRITE.format(cases=cases), [*values, store, list(trails)])
