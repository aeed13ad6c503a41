"""What becomes of the differences that a reconciliation finds: noted in the inbox, or listed; remembered.

A difference that nobody works on is noted in the inbox, and heals there. What is there already, or waits for a person,
is only listed. What was worked on and is still different is reported to people, once.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import convert_utc_to_system_timezone, get_datetime, now_datetime

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.migration.verification import Difference
from jarz_woocommerce_integration.services.monitoring import alerts, incidents
from jarz_woocommerce_integration.services.reconciliation.differences import (
	BOOKS,
	FAILED,
	GONE,
	HARMLESS,
	HIDDEN,
	REFUNDS,
)

STORE = "WooCommerce Store"
RECENT, WHOLE = "recent", "whole"
LAST = {RECENT: "last_reconciled", WHOLE: "last_reconciled_whole"}
RECONCILED = "woo_reconciled"  # sent to the forms that are open
# What is done about a difference.
NOTED = "noted"  # it is read again
WAITING = "waiting"  # somebody has noted it before
GIVEN_UP = "given_up"  # it was tried again and again, and nothing is new
STAYS = "stays"  # it was worked on and still differs
LISTED = "listed"  # a person decides
MOST_SHOWN = 20  # of each kind
MOST_REMEMBERED = 1000
MOST_IN_ALERT = 10
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
	:ivar reported: people know that it doesn't heal
	"""

	sign: str
	since: datetime
	noted: datetime | None = None
	reported: bool = False


class InboxState(NamedTuple):
	"""What the inbox has of an order. Times are of the site's clock, the last ones."""

	waiting: bool = False
	done: datetime | None = None
	given_up: datetime | None = None


class Resolution:
	"""Takes the differences of one reconciliation. Commits what it notes at once.

	:param kind: `RECENT` or `WHOLE`
	:ivar last_night: where the last comparison of the whole shop came to; :ivar night: where this one does
	:ivar heals: whether what differs is noted; where the store isn't kept in step, it is only listed
	"""

	def __init__(self, store: Document, kind: str):
		self.store = store.name
		self.kind = kind
		self.heals = bool(store.live_sync)
		self.began = now_datetime()
		self.kinds: dict[str, dict] = {}
		self.remembered: dict[int, Remembered] = {}
		self.staying: list[Difference] = []
		self.too_many_gone = 0
		kept = json.loads(store.reconciliation or "{}")
		self.before = _remembered(kept)
		self.last_night: dict = kept.get(WHOLE, {}).get("night") or {}
		self.night: dict = {}

	def take(self, differences: Sequence[Difference]) -> None:
		"""Decide on each, and note what is to be read again. Commits."""
		if not differences:
			return
		states = self._inbox_states(differences)
		to_note: list[Difference] = []
		for difference in differences:
			what = self._take(difference, states.get(difference.order_id, InboxState()))
			if what == NOTED:
				to_note.append(difference)
		changed = [(difference.order_id, difference.stamp) for difference in to_note]
		if changed:
			inbox.note_many(self.store, inbox.ORDER, changed, inbox.RECONCILIATION)
			inbox.WORK.enqueue(self.store)
		frappe.db.commit()

	def take_none_of(self, gone: Sequence[int]) -> None:
		"""So many orders are in no list that it is rather the list that is wrong: nothing is noted, people get an alert."""
		self.too_many_gone = len(gone)
		message = _("In no list of the shop, like too many other orders.")
		for order_id in gone:
			self._list(Difference(order_id, GONE, message), LISTED)

	def _inbox_states(self, differences: Sequence[Difference]) -> dict[int, InboxState]:
		ids = [difference.order_id for difference in differences]
		rows = frappe.db.sql(_IN_THE_INBOX, (self.store, ids))
		return {woo_id: InboxState(bool(waiting), *ends) for woo_id, waiting, *ends in rows}

	def _take(self, difference: Difference, state: InboxState) -> str:
		known = self.before.get(difference.order_id)
		if known and known.sign != _sign(difference):
			known = None
		memory = known or Remembered(_sign(difference), self.began)
		what = self._decide(difference, known, state)
		if what == STAYS:
			difference = self._staying(difference, memory)
			# Once a night it is read again: what has kept it as it is may be over.
			what = NOTED if self.kind == WHOLE else STAYS
		if what == NOTED:
			memory.noted = self.began
		self._list(difference, what, memory.since)
		if len(self.remembered) < MOST_REMEMBERED:
			self.remembered[difference.order_id] = memory
		return what

	def _staying(self, difference: Difference, memory: Remembered) -> Difference:
		"""What was worked on in vain: people are to know it. An order that was asked for and is there is merely hidden."""
		if difference.kind == GONE:
			message = _("In no list of the shop, but found by its number.")
			return Difference(difference.order_id, HIDDEN, message)
		if not memory.reported:
			self.staying.append(difference)
			memory.reported = True
		return difference

	def _decide(self, difference: Difference, known: Remembered | None, state: InboxState) -> str:
		if difference.kind == BOOKS or not self.heals:
			return LISTED
		if state.waiting:
			return WAITING
		if self._was_given_up(difference, known, state):
			return GIVEN_UP
		if known and known.noted and state.done and state.done >= known.noted:
			return LISTED if difference.explained else STAYS
		return NOTED

	def _was_given_up(self, difference: Difference, known: Remembered | None, state: InboxState) -> bool:
		"""Whether it was given up as it is now. A refund that is removed leaves the order's stamp as it was."""
		if not state.given_up or (state.done and state.done > state.given_up):
			return False
		if known:
			return state.given_up >= known.since
		if difference.kind == REFUNDS or not difference.stamp:
			return False
		return state.given_up >= convert_utc_to_system_timezone(
			difference.stamp.replace(tzinfo=None)
		).replace(tzinfo=None)

	def _list(self, difference: Difference, what: str, since: datetime | None = None) -> None:
		begins = _text(since or self.began)
		kind = self.kinds.setdefault(difference.kind, {"count": 0, "noted": 0, "since": begins, "orders": []})
		kind["count"] += 1
		kind["noted"] += what == NOTED
		kind["since"] = min(kind["since"], begins)
		if len(kind["orders"]) < MOST_SHOWN:
			message = difference.message[:LONGEST_MESSAGE]
			order = {"id": difference.order_id, "message": message, "what": what, "since": begins}
			kind["orders"].append(order)

	# --- the end ---

	def close(self, compared: int, unread: Sequence[str]) -> dict:
		"""Keep the result with the store, and send alerts of what doesn't heal. Commits.

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
			**({"night": self.night} if self.night else {}),
		}
		remembered = [
			[
				order_id,
				known.sign,
				_text(known.since),
				known.noted and _text(known.noted),
				int(known.reported),
			]
			for order_id, known in self.remembered.items()
		]
		_keep(self.store, self.kind, {**result, "remembered": remembered}, {LAST[self.kind]: self.began})
		self._send_alerts()
		return {"store": self.store, "kind": self.kind, **result}

	def _send_alerts(self) -> None:
		"""After the result is committed, which a failing alert must not take along."""
		if self.staying:
			alerts.send(self.store, *_of_staying(self.store, self.staying))
		gone = {GONE: ""} if self.too_many_gone else {}
		if incidents.update(self.store, f"reconciliation {self.kind}", gone, self.began)[0]:
			alerts.send(self.store, *_of_too_many_gone(self.store, self.too_many_gone))
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
	text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
	frappe.db.set_value(STORE, store, {"reconciliation": text, **columns}, update_modified=False)
	frappe.publish_realtime(RECONCILED, {"store": store}, doctype=STORE, docname=store, after_commit=True)
	frappe.db.commit()


def _sign(difference: Difference) -> str:
	"""The same for the same difference, another one where anything of it is other."""
	# The message of a failed order may be another one each time.
	what = difference.stamp if difference.kind == FAILED else difference.message
	return hashlib.blake2b(f"{difference.kind}|{what}".encode(), digest_size=6).hexdigest()


def _remembered(kept: dict) -> dict[int, Remembered]:
	"""What both kinds have found last, by order id."""
	remembered: dict[int, Remembered] = {}
	for kind in (WHOLE, RECENT):
		for order_id, sign, since, noted, reported in kept.get(kind, {}).get("remembered", ()):
			known = Remembered(sign, get_datetime(since), noted and get_datetime(noted), bool(reported))
			other = remembered.get(order_id)
			if other and other.sign == sign:
				known.since = min(known.since, other.since)
				known.noted = max(filter(None, (known.noted, other.noted)), default=None)
				known.reported = known.reported or other.reported
			remembered[order_id] = known
	return remembered


def _of_staying(store: str, differences: Sequence[Difference]) -> tuple[Sentence, list[Sentence]]:
	subject = Sentence("{0}: orders that stay different from the shop: {1}", store, f"{len(differences):,}")
	lines = [Sentence("They were read again from the shop after they were found, and still differ:")]
	lines += [
		Sentence("Order {0}: {1}", difference.order_id, stored_texts.sentence(difference.message))
		for difference in differences[:MOST_IN_ALERT]
	]
	if len(differences) > MOST_IN_ALERT:
		lines.append(Sentence("And {0} others.", f"{len(differences) - MOST_IN_ALERT:,}"))
	lines.append(
		Sentence(
			"The store's form lists them. Look at their rows in the WooCommerce Order Map, which say what to do."
		)
	)
	return subject, lines


def _of_too_many_gone(store: str, gone: int) -> tuple[Sentence, list[Sentence]]:
	return (
		Sentence("{0}: the shop doesn't list {1} orders any more", store, f"{gone:,}"),
		[
			Sentence(
				"A fault in the shop's list is more likely than so many deleted orders, so the books stay as they are."
			),
			Sentence(
				"Check whether the orders are in the shop: a plugin may hide them, or an old backup may have been restored."
				" If they are really deleted, choose them in the WooCommerce Order Map and Sync Again."
			),
		],
	)


def _text(moment: datetime) -> str:
	return moment.isoformat(" ")
