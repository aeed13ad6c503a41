"""What is kept with a store about its webhooks, for its form and for the next look.

The address is settled when they are made: the scheduler, which no browser has asked, might find another one for the
site. So a copy of a site goes on to see the webhooks of the original as they are, and draws none of them to itself.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_url, now_datetime

from jarz_woocommerce_integration.findings import ERROR, Finding
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.webhooks.delivery import METHOD, OLDER_METHOD
from jarz_woocommerce_integration.store.webhooks.api import DISABLED, PAUSED
from jarz_woocommerce_integration.store.webhooks.states import (
	DUPLICATE,
	MISADDRESSED,
	MISSING,
	WRONG_TOPIC,
	Endpoint,
	WebhookState,
	doubts,
)

NOT_REGISTERED, WELL, NEEDS_ATTENTION = "Not Registered", "Active", "Needs Attention"
PATHS = (f"/api/method/{METHOD}", f"/api/method/{OLDER_METHOD}")

_LAST_DELIVERIES = """
SELECT topic, max(received) FROM `tabWooCommerce Inbox` WHERE store = %s AND source = %s GROUP BY topic
"""


def read(store: Document) -> dict[str, Any]:
	"""What is kept, {} where nobody has looked yet.

	`address` and `registered` since when, `webhooks` (a row for each, or for each topic without one), `problems`;
	`site` that made them; `settled`, `looked`, `repaired`, `trusted` and `secret_mark` are the health check's own.
	"""
	return json.loads(store.webhooks_found or "{}")


def write(store: Document, status: str | None = None, **changes: Any) -> None:
	"""Keep changes beside the rest, and the status of what was looked at just now."""
	kept = {**read(store), **changes}
	values = {"webhooks_found": json.dumps(kept, ensure_ascii=False, indent=1, default=str)}
	if status is not None:
		values |= {"webhooks_status": status, "webhooks_checked": now_datetime()}
	store.db_set(values, update_modified=False)


def this_site() -> str:
	"""By which a site is distinguished from its copies on other sites."""
	return hashlib.blake2b(f"{frappe.local.site} {frappe.conf.db_name}".encode(), digest_size=8).hexdigest()


def is_of_another_site(store: Document) -> bool:
	"""Whether the webhooks were made by a site of which this one is a copy. Of those of earlier versions, the host decides."""
	kept = read(store)
	if made_by := kept.get("site"):
		return made_by != this_site()
	return urlsplit(kept.get("address") or get_url()).hostname != urlsplit(get_url()).hostname


def endpoint_of(store: Document) -> Endpoint:
	"""Where the shop is to deliver to: the settled address, else that of the site as it is called now."""
	return Endpoint(read(store).get("address") or get_url().rstrip("/"), PATHS, store.name)


def known_webhooks(store: Document) -> dict[int, str]:
	"""The topics of our webhooks of the last look, by their ids."""
	return {row["id"]: row["topic"] for row in read(store).get("webhooks", ()) if row["id"]}


def stamps(found: Iterable[WebhookState]) -> dict[str, str]:
	"""When each webhook was last changed or sent in the shop, by its id."""
	return {str(standing.webhook.id): standing.webhook.modified for standing in found if standing.webhook}


def keep(store: Document, found: Sequence[WebhookState], others: Iterable[Finding] = (), **more: Any) -> dict:
	"""Keep what a look has found, and beside it what else is wrong.

	:returns: what is kept, with `status` and `doubts`: why the shop might not reach the address
	"""
	problems = [*problems_of(found), *others]
	registered = more.get("registered", read(store).get("registered"))
	if not registered and not any(standing.webhook for standing in found):
		status, problems = NOT_REGISTERED, []
	else:
		status = NEEDS_ATTENTION if problems else WELL
	lines = [problem.as_dict() for problem in problems]
	write(store, status, webhooks=_rows(store, found), problems=lines, error="", **more)
	endpoint = endpoint_of(store)
	return {**read(store), "status": status, "url": endpoint.url, "doubts": list(doubts(endpoint.base))}


def _rows(store: Document, found: Iterable[WebhookState]) -> list[dict]:
	last = dict(frappe.db.sql(_LAST_DELIVERIES, (store.name, inbox.WEBHOOK)))
	endpoint = endpoint_of(store)
	return [
		{
			"topic": standing.topic,
			"id": standing.webhook and standing.webhook.id,
			"state": standing.state,
			"address_ok": bool(standing.webhook) and endpoint.is_meant_by(standing.webhook.delivery_url),  # type: ignore[union-attr]  # asked before
			"last_delivery": last.get(standing.topic),
		}
		for standing in found
	]


def problems_of(found: Iterable[WebhookState]) -> list[Finding]:
	"""What of our webhooks isn't as it should be."""
	said = {
		MISSING: _("The webhook for {0} is missing in the shop."),
		PAUSED: _("The webhook for {0} is paused in the shop."),
		DISABLED: _(
			"The webhook for {0} is disabled: this site didn't accept what the shop sent, seven times in a row."
		),
		MISADDRESSED: _("The webhook for {0} sends to another address."),
		WRONG_TOPIC: _("The webhook for {0} was given another topic."),
		DUPLICATE: _("There is more than one webhook for {0}."),
	}
	return [
		Finding(
			ERROR,
			said[standing.state].format(standing.topic),
			_("Press Repair."),
			key=f"{standing.state} {standing.topic}",
		)
		for standing in found
		if not standing.is_well
	]
