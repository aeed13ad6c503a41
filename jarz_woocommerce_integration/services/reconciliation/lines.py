"""The result of a reconciliation as lines for a terminal."""

from collections.abc import Iterator

from jarz_woocommerce_integration.services.reconciliation.differences import (
	BACK,
	BOOKS,
	CURRENCY,
	FAILED,
	GONE,
	HIDDEN,
	KINDS,
	MISSING,
	REFUNDS,
	STAMP,
	STATUS,
	TOTAL,
)
from jarz_woocommerce_integration.services.reconciliation.resolution import (
	GIVEN_UP,
	LISTED,
	NOTED,
	RECENT,
	STAYS,
	WAITING,
)

TITLES = {
	MISSING: "In the shop, not in the Order Map",
	GONE: "In the Order Map, not in the shop's list",
	BACK: "Marked as deleted, but in the shop again",
	CURRENCY: "Another currency",
	TOTAL: "Another total",
	STATUS: "Another status",
	REFUNDS: "Other refunds",
	STAMP: "Changed since it was read",
	FAILED: "Couldn't be booked",
	BOOKS: "Changed in the books",
	HIDDEN: "In no list of the shop, but found by its number (no difference)",
}
WHAT = {
	NOTED: "is read again",
	WAITING: "waits in the inbox already",
	GIVEN_UP: "was given up: a person decides",
	STAYS: "was read again and still differs",
	LISTED: "only listed",
}


def reconciliation_lines(result: dict) -> Iterator[str]:
	""":param result: of `reconciliation.reconcile`"""
	which = "orders of the last day" if result["kind"] == RECENT else "orders"
	yield f"{result['store']}: {result['compared']:,} {which} compared in {result['seconds']:g} s."
	for kind in KINDS:
		if found := result["kinds"].get(kind):
			yield f"{TITLES[kind]}: {found['count']:,}"
			for order in found["orders"]:
				yield f"  Order {order['id']}: {order['message']} ({WHAT[order['what']]}, since {order['since'][:16]})"
			if found["count"] > len(found["orders"]):
				yield f"  and {found['count'] - len(found['orders']):,} more"
	for sentence in result["unread"]:
		yield f"Not compared: {sentence}"
	if result["too_many_gone"]:
		yield "Hardly so many orders are deleted at once: check whether the shop's list is complete. The books stay as they are."
	if not result["differ"]:
		yield "Nothing differs."
	elif not result["heals"]:
		yield "Keep in Step with the Shop is off for this store, so this is only listed."
