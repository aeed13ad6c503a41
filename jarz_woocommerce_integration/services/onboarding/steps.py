"""Which of the first steps are done: seen from what is there, not from what somebody has clicked.

Frappe keeps the state with each Onboarding Step, and marks one as done when its page is opened. Whenever the workspace is
looked at, each is set to what is true.
"""

from collections.abc import Callable

import frappe

from jarz_woocommerce_integration.services.dry_run import jobs as rehearsals
from jarz_woocommerce_integration.services.preflight.machine import OLDEST_BACKUP, age_of_backup

ONBOARDING, STEP = "Module Onboarding", "Onboarding Step"
NAME = "WooCommerce"
STORE, RUN, ORDER_MAP, ITEM_LINK = (
	f"WooCommerce {name}" for name in ("Store", "Sync Run", "Order Map", "Item Link")
)
GUESSED_IN = ("Status", "Gateway", "Tax", "Shipping Method", "Territory", "Currency")


def look() -> dict:
	"""Set each step to what is true.

	:returns: `has_orders` (whether there is anything to show in charts), `changed` (whether a step is another one now), `done` (of each
		step in its order)
	"""
	changed = False
	done = {name: bool(is_done()) for name, is_done in STEPS.items()}
	for name, kept in frappe.get_all(
		STEP, {"name": ("in", list(STEPS))}, ["name", "is_complete"], as_list=True
	):
		if bool(kept) != done[name]:
			frappe.db.set_value(STEP, name, "is_complete", int(done[name]), update_modified=False)
			frappe.clear_document_cache(STEP, name)
			changed = True
	_set_onboarding(all(done.values()))
	return {
		"has_orders": bool(frappe.db.exists(ORDER_MAP, {})),
		"changed": changed,
		"done": list(done.values()),
	}


def _set_onboarding(is_complete: bool) -> None:
	"""Frappe hides what is complete, and never shows it again by itself."""
	kept = frappe.db.get_value(ONBOARDING, NAME, "is_complete")
	if kept is not None and bool(kept) != is_complete:
		frappe.db.set_value(ONBOARDING, NAME, "is_complete", int(is_complete), update_modified=False)
		frappe.clear_document_cache(ONBOARDING, NAME)


# --- the steps ---


def _is_connected() -> bool:
	"""A check of the connection writes what the shop calls itself."""
	return bool(frappe.db.exists(STORE, {"enabled": 1, "home": ("!=", "")}))


def _is_mapped() -> bool:
	mapped = set(frappe.get_all("WooCommerce Store Gateway", {"parenttype": STORE}, pluck="parent"))
	for table in GUESSED_IN:
		guessed = {"parenttype": STORE, "look": 1}
		mapped -= set(frappe.get_all(f"WooCommerce Store {table}", guessed, pluck="parent"))
	return bool(mapped)


def _has_items() -> bool:
	return bool(
		frappe.db.exists(STORE, {"unknown_items": "Create"})
		or frappe.db.exists(ITEM_LINK, {})
		or frappe.db.exists(ORDER_MAP, {"state": "Synced"})
	)


def _is_rehearsed() -> bool:
	return any(rehearsals.has_ended_well(store) for store in frappe.get_all(STORE, pluck="name"))


def _is_backed_up() -> bool:
	age = age_of_backup()
	return (age is not None and age <= OLDEST_BACKUP) or _is_migrated()


def _is_migrated() -> bool:
	return bool(frappe.db.exists(RUN, {"kind": "Migration", "status": "Completed"}))


def _is_proven() -> bool:
	return bool(frappe.db.exists(RUN, {"kind": "Migration", "status": "Completed", "proven": 1}))


def _is_kept_in_step() -> bool:
	return bool(frappe.db.exists(STORE, {"live_sync": 1}))


STEPS: dict[str, Callable[[], bool]] = {
	"WooCommerce Connect": _is_connected,
	"WooCommerce Map": _is_mapped,
	"WooCommerce Items": _has_items,
	"WooCommerce Rehearse": _is_rehearsed,
	"WooCommerce Back Up": _is_backed_up,
	"WooCommerce Migrate": _is_migrated,
	"WooCommerce Prove": _is_proven,
	"WooCommerce Keep in Step": _is_kept_in_step,
}
