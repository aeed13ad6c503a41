"""What the workspace says above all: which runs are at work, and why orders are held."""

from collections.abc import Sequence

import frappe

RUN = "WooCommerce Sync Run"
# More reasons don't fit below an axis.
MOST_REASONS = 8

_HELD = """
SELECT coalesce(reason, '') AS reason, count(*) AS orders FROM `tabWooCommerce Order Map`
WHERE state = 'Held' AND store IN %(stores)s GROUP BY reason ORDER BY orders DESC, reason LIMIT %(most)s
"""


def runs(stores: Sequence[str]) -> list[dict]:
	"""Migrations and undos that go on or are paused: `name`, `store`, `status`, `orders` and `planned` (0 where it isn't known)."""
	return frappe.get_all(
		RUN,
		filters={
			"store": ("in", list(stores) or [""]),
			"kind": "Migration",
			"status": ("in", ("Running", "Paused", "Undoing")),
		},
		fields=["name", "store", "status", "orders", "undone", "planned_orders as planned"],
		order_by="name",
	)


def held_by_reason(stores: Sequence[str]) -> list[tuple[str, int]]:
	"""(code, orders), the most orders first."""
	return list(frappe.db.sql(_HELD, {"stores": list(stores) or [""], "most": MOST_REASONS}))
