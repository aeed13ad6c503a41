"""What the workspace shows: how the live sync is, and the first steps."""

import frappe
from frappe import _

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.desk.reason_words import words_of
from jarz_woocommerce_integration.services.monitoring import hours as live_hours, live_health, running
from jarz_woocommerce_integration.services.onboarding import steps
from jarz_woocommerce_integration.services.session.session import STORE


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def health() -> dict:
	"""How the live sync of each store is; see `services.monitoring.live_health`."""
	stores = _stores()
	return {**live_health.health(stores), "runs": running.runs(stores)}


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER, USER)
def look() -> dict:
	"""Mark the first steps that are done; see `services.onboarding.steps`. It writes what is true, whoever asks."""
	return steps.look()


@frappe.whitelist()
@for_roles(MANAGER, USER)
def by_hour(filters: str | dict | None = None, **chart) -> dict:
	"""One of the charts by hour. :param filters: {"what": "Received" or "Written"}; :param chart: how Frappe asks besides"""
	what = frappe.parse_json(filters or "{}").get("what")
	if what not in (live_hours.RECEIVED, live_hours.WRITTEN):
		what = live_hours.RECEIVED
	hours = live_hours.by_hour(what, _stores())
	return {
		"labels": [hour.strftime("%H:00") for hour, _count in hours],
		"datasets": [{"name": _(what), "values": [count for _hour, count in hours]}],
	}


@frappe.whitelist()
@for_roles(MANAGER, USER)
def held_by_reason(**chart) -> dict:
	"""The chart of what waits for a person. :param chart: how Frappe asks"""
	reasons = running.held_by_reason(_stores())
	return {
		"labels": [words_of(code) for code, _count in reasons],
		"datasets": [{"name": _("Held"), "values": [count for _code, count in reasons]}],
	}


def _stores() -> list[str]:
	"""Those that the user may see."""
	return frappe.get_list(STORE, pluck="name")
