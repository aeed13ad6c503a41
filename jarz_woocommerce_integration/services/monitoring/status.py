"""How a store stands: its last runs, and how many of its orders are in which state."""

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Count

from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.session.session import get_store

RUNS_SHOWN = 10
OF_A_RUN = (
	"name",
	"kind",
	"status",
	"phase",
	"workers",
	"waiting_for",
	"started",
	"finished",
	"pages",
	"orders",
	"requests",
	"booked",
	"updated",
	"held",
	"failed",
	"skipped",
	"proven",
	"last_error",
)


def site_status(store: str | None = None) -> dict:
	""":returns: {"store", "live": how far it is in step, "orders_seen", "by_state", "held_by_reason", "runs": the last ten,
		newest first}

	:raises StoreSetupError: there is no such store
	"""
	document = get_store(store)
	name = document.name
	states = _counts(name, "state")
	return {
		"store": name,
		"live": live_status(document),
		"orders_seen": sum(states.values()),
		"by_state": dict(sorted(states.items())),
		"held_by_reason": dict(
			sorted(_counts(name, "reason", state="Held").items(), key=lambda pair: -pair[1])
		),
		"runs": frappe.get_all(
			"WooCommerce Sync Run",
			filters={"store": name},
			fields=list(OF_A_RUN),
			order_by="name desc",
			limit=RUNS_SHOWN,
		),
	}


def live_status(store: Document) -> dict:
	""":returns: {"on", "synced_until" (UTC), "last_synced", "lag": seconds, None where it is off, "waiting", "waiting_since",
	"given_up", "error"}
	"""
	waiting, since = inbox.depth(store.name)
	return {
		"on": bool(store.enabled and store.live_sync),
		"synced_until": store.synced_until,
		"last_synced": store.last_synced,
		"lag": live_state.lag(store.name),
		"waiting": waiting,
		"waiting_since": since,
		"given_up": inbox.given_up(store.name),
		"error": store.sync_error or "",
	}


def _counts(store: str, column: str, **where: str) -> dict[str, int]:
	table = frappe.qb.DocType("WooCommerce Order Map")
	query = (
		frappe.qb.from_(table)
		.select(table[column], Count("*"))
		.where(table.store == store)
		.groupby(table[column])
	)
	for name, value in where.items():
		query = query.where(table[name] == value)
	return dict(query.run())
