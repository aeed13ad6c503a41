"""What becomes of the differences that a reconciliation finds: noted in the inbox, or listed; told and remembered.

A difference that nobody works on is noted in the inbox, and heals there. What is there already, or waits for a person,
is only listed. What was worked on and is still different is told to people, once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import convert_utc_to_system_timezone, get_datetime, now_datetime

from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.monitoring import alerts, incidents
from jarz_woocommerce_integration.services.reconciliation.findings import (
	BOOKS,
	GONE,
	HARMLESS,
	HIDDEN,
	REFUNDS,
	Finding,
)

STORE = "WooCommerce Store"
RECENT, WHOLE = "recent", "whole"
LAST = {RECENT: "last_reconciled", WHOLE: "last_reconciled_whole"}
RECONCILED = "woo_reconciled"  # told to the forms that are open
# What is done about a difference.
NOTED = "noted"  # it is read again
WAITING = "waiting"  # somebody has noted it before
GIVEN_UP = "given_up"  # it was tried again and again, and nothing is new
STAYS = "stays"  # it was worked on and still differs
LISTED = "listed"  # a person decides
MOST_SHOWN = 20  # of each kind
MOST_REMEMBERED = 1000
MOST_TOLD = 10
LONGEST_MESSAGE = 300

_IN_THE_INBOX = """
SELECT woo_id, max(state = 'Waiting') AS waiting, max(CASE state WHEN 'Done' THEN finished END) AS done,
	max(CASE state WHEN 'Given Up' THEN coalesce(finished, modified) END) AS given_up
FROM `tabWooCommerce Inbox` WHERE store = %s AND resource = 'order' AND woo_id IN %s GROUP BY woo_id
"""


@dataclass(slots=True)
class Remembered:
	"""A difference that the last reconciliation has found.

	:ivar since: when it was found first; :ivar noted: when it was last noted in the inbox, None for never
	:ivar told: people were told that it doesn't heal
	"""

	sign: str
	since: datetime
	noted: datetime | None = None
	told: bool = False


class InboxState(NamedTuple):
	"""What the inbox has of an order. Times are of the site's clock, the last ones."""

	waiting: bool = False
	done: datetime | None = None
	given_up: datetime | None = None


class Resolution:
	"""Takes the findings of one reconciliation. Commits what it notes at once.

	:param kind: `RECENT` or `WHOLE`
	:ivar heals: whether what differs is noted; where the store isn't kept in step, it is only listed
	"""

	def __init__(self, store: Document, kind: str):
		self.store = store.name
		self.kind = kind
		self.heals = bool(store.live_sync)
		self.began = now_datetime()
		self.kinds: dict[str, dict] = {}
		self.remembered: dict[int, Remembered] = {}
		self.staying: list[Finding] = []
		self.too_many_gone = 0
		kept = json.loads(store.reconciliation or "{}")
		self.before = _remembered(kept)

	def take(self, findings: Sequence[Finding]) -> None:
		"""Decide on each, and note what is to be read again. Commits."""
		if not findings:
			return
		standings = self._standings(findings)
		to_note: list[Finding] = []
		for finding in findings:
			what = self._take(finding, standings.get(finding.order_id, InboxState()))
			if what == NOTED:
				to_note.append(finding)
		changed = [(finding.order_id, finding.stamp) for finding in to_note]
		if changed:
			inbox.note_many(self.store, inbox.ORDER, changed, inbox.RECONCILIATION)
			inbox.wake(self.store)
		frappe.db.commit()

	def take_none_of(self, gone: Sequence[int]) -> None:
		"""So many orders are in no list that it is rather the list that is wrong: nothing is noted, people are told."""
		self.too_many_gone = len(gone)
		message = _("In no list of the shop, as too many others.")
		for order_id in gone:
			self._list(Finding(order_id, GONE, message), LISTED)

	def _standings(self, findings: Sequence[Finding]) -> dict[int, InboxState]:
		ids = [finding.order_id for finding in findings]
		rows = frappe.db.sql(_IN_THE_INBOX, (self.store, ids))
		return {woo_id: InboxState(bool(waiting), *ends) for woo_id, waiting, *ends in rows}

	def _take(self, finding: Finding, standing: InboxState) -> str:
		known = self.before.get(finding.order_id)
		if known and known.sign != finding.sign:
			known = None
		memory = known or Remembered(finding.sign, self.began)
		what = self._decide(finding, known, standing)
		if what == STAYS:
			finding = self._staying(finding, memory)
			# Once a night it is read again: what has kept it as it is may be over.
			what = NOTED if self.kind == WHOLE else STAYS
		if what == NOTED:
			memory.noted = self.began
		self._list(finding, what, memory.since)
		if len(self.remembered) < MOST_REMEMBERED:
			self.remembered[finding.order_id] = memory
		return what

	def _staying(self, finding: Finding, memory: Remembered) -> Finding:
		"""What was worked on in vain: people are to be told. An order that was asked for and is there is merely hidden."""
		if finding.kind == GONE:
			message = _("In no list of the shop, but there when it is asked for by its number.")
			return Finding(finding.order_id, HIDDEN, message)
		if not memory.told:
			self.staying.append(finding)
			memory.told = True
		return finding

	def _decide(self, finding: Finding, known: Remembered | None, standing: InboxState) -> str:
		if finding.kind == BOOKS or not self.heals:
			return LISTED
		if standing.waiting:
			return WAITING
		if self._was_given_up(finding, known, standing):
			return GIVEN_UP
		if known and known.noted and standing.done and standing.done >= known.noted:
			return LISTED if finding.explained else STAYS
		return NOTED

	def _was_given_up(self, finding: Finding, known: Remembered | None, standing: InboxState) -> bool:
		"""Whether it was given up as it is now. A refund that is removed leaves the order's stamp as it was."""
		if not standing.given_up or (standing.done and standing.done > standing.given_up):
			return False
		if known:
			return standing.given_up >= known.since
		if finding.kind == REFUNDS or not finding.stamp:
			return False
		return standing.given_up >= convert_utc_to_system_timezone(
			finding.stamp.replace(tzinfo=None)
		).replace(tzinfo=None)

	def _list(self, finding: Finding, what: str, since: datetime | None = None) -> None:
		since = _text(since or self.began)
		kind = self.kinds.setdefault(finding.kind, {"count": 0, "noted": 0, "since": since, "orders": []})
		kind["count"] += 1
		kind["noted"] += what == NOTED
		kind["since"] = min(kind["since"], since)
		if len(kind["orders"]) < MOST_SHOWN:
			message = finding.message[:LONGEST_MESSAGE]
			order = {"id": finding.order_id, "message": message, "what": what, "since": since}
			kind["orders"].append(order)

	# --- the end ---

	def close(self, compared: int, unread: Sequence[str]) -> dict:
		"""Keep the result with the store, and tell people what doesn't heal. Commits.

		:param compared: so many orders were; :param unread: a sentence for each that the shop couldn't give
		:returns: what is kept, see docs/operate/reconciliation.md
		"""
		result = {
			"when": _text(self.began),
			"seconds": round((now_datetime() - self.began).total_seconds(), 1),
			"heals": self.heals,
			"compared": compared,
			"differ": sum(kind["count"] for name, kind in self.kinds.items() if name not in HARMLESS)
			+ len(unread),
			"kinds": self.kinds,
			"unread": list(unread[:MOST_SHOWN]),
			"too_many_gone": self.too_many_gone,
			"failed": None,
		}
		remembered = [
			[order_id, known.sign, _text(known.since), known.noted and _text(known.noted), int(known.told)]
			for order_id, known in self.remembered.items()
		]
		_keep(self.store, self.kind, {**result, "remembered": remembered}, {LAST[self.kind]: self.began})
		self._tell()
		return {"store": self.store, "kind": self.kind, **result}

	def _tell(self) -> None:
		"""After the result is committed, which a failing alert must not take along."""
		if self.staying:
			alerts.tell(self.store, *_of_staying(self.store, self.staying))
		gone = {GONE: ""} if self.too_many_gone else {}
		if incidents.update(self.store, f"reconciliation {self.kind}", gone, self.began)[0]:
			alerts.tell(self.store, *_of_too_many_gone(self.store, self.too_many_gone))
		frappe.db.commit()


def note_failed(store: str, kind: str, error: BaseException) -> None:
	"""A reconciliation broke off: the result of the last one stays, with what was in the way beside it. Commits."""
	frappe.db.rollback()
	failed = {
		"when": _text(now_datetime()),
		"message": (str(error) or type(error).__name__)[:LONGEST_MESSAGE],
	}
	_keep(store, kind, {"failed": failed}, {})


def _keep(store: str, kind: str, result: dict, columns: dict) -> None:
	"""The other kind's result may be written at the same time, in the same column."""
	kept = json.loads(frappe.db.get_value(STORE, store, "reconciliation", for_update=True) or "{}")
	kept[kind] = {**kept.get(kind, {}), **result}
	told = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
	frappe.db.set_value(STORE, store, {"reconciliation": told, **columns}, update_modified=False)
	frappe.publish_realtime(RECONCILED, {"store": store}, doctype=STORE, docname=store, after_commit=True)
	frappe.db.commit()


def _remembered(kept: dict) -> dict[int, Remembered]:
	"""What both kinds have found last, by order id."""
	remembered: dict[int, Remembered] = {}
	for kind in (WHOLE, RECENT):
		for order_id, sign, since, noted, told in kept.get(kind, {}).get("remembered", ()):
			known = Remembered(sign, get_datetime(since), noted and get_datetime(noted), bool(told))
			other = remembered.get(order_id)
			if other and other.sign == sign:
				known.since = min(known.since, other.since)
				known.noted = max(filter(None, (known.noted, other.noted)), default=None)
				known.told = known.told or other.told
			remembered[order_id] = known
	return remembered


def _of_staying(store: str, findings: Sequence[Finding]) -> tuple[str, list[str]]:
	subject = _("{0}: {1} orders stay different from the shop").format(store, f"{len(findings):,}")
	lines = [_("They were read again from the shop since they were found, and what differed still does:")]
	lines += [
		_("Order {0}: {1}").format(finding.order_id, finding.message) for finding in findings[:MOST_TOLD]
	]
	if len(findings) > MOST_TOLD:
		lines.append(_("And {0} others.").format(f"{len(findings) - MOST_TOLD:,}"))
	lines.append(
		_(
			"The store's form lists them. Look at their rows in the WooCommerce Order Map, which say what to do."
		)
	)
	return subject, lines


def _of_too_many_gone(store: str, gone: int) -> tuple[str, list[str]]:
	return (
		_("{0}: the shop doesn't list {1} orders any more").format(store, f"{gone:,}"),
		[
			_(
				"So many at once are rather a fault of the shop's list than deleted, so the books are left as they are."
			),
			_(
				"Look whether the orders are in the shop: a plugin may hide them, or an old backup may have been restored."
				" If they are really deleted, choose them in the WooCommerce Order Map and Sync Again."
			),
		],
	)


def _text(moment: datetime) -> str:
	return moment.isoformat(" ")
