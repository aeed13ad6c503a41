"""What can go wrong between a shop and its reader, on command: by schedule, by chance, or for one order."""

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any

from jarz_woocommerce_integration.sample_store.changes import act
from jarz_woocommerce_integration.sample_store.http.exchange import (
	HTML,
	Answer,
	Request,
	RestError,
	html,
	http_date,
	rest,
)
from jarz_woocommerce_integration.sample_store.shop.generator import SampleShop

KINDS = (
	"throttled",
	"error_json",
	"error_html",
	"maintenance",
	"html",
	"bom",
	"warning",
	"truncated",
	"cut_before",
	"cut_middle",
	"slow",
	"redirect",
)
ACTIONS = ("trash", "delete", "restore", "change_total", "add_order")
_FATAL = RestError(500, "internal_server_error", "<p>There has been a critical error on this website.</p>")
_WARNING = b"<br />\n<b>Warning</b>: something on line 3<br />\n"


@dataclass
class Rule:
	"""When a fault of a kind happens.

	:ivar at: numbers of requests, from 1, counted among those that `match`; :ivar share: or by chance, 0 to 1
	:ivar match: part of the URI; :ivar times: at most so often
	:ivar retry_after: seconds; as an HTTP date with `as_date`; :ivar seconds: of a slow answer
	:ivar location: where a redirect leads
	"""

	kind: str
	at: tuple[int, ...] = ()
	share: float = 0.0
	match: str = ""
	times: int | None = None
	retry_after: float | None = None
	as_date: bool = False
	seconds: float = 0.5
	location: str = ""
	seen: int = field(default=0, init=False)
	done: int = field(default=0, init=False)

	def __post_init__(self):
		if self.kind not in KINDS:
			raise ValueError(f"No fault is called {self.kind!r}; there are {', '.join(KINDS)}.")
		self.at = tuple(self.at)

	def strikes(self, request: Request, random: Random) -> bool:
		"""Whether it is this request's turn; counts it."""
		if self.match not in request.uri:
			return False
		self.seen += 1
		if self.times is not None and self.done >= self.times:
			return False
		struck = self.seen in self.at or (self.share > 0 and random.random() < self.share)
		self.done += struck
		return struck


@dataclass
class Change:
	"""A change of the shop after the nth answered list of orders. Without `order_id`: of any order."""

	after: int
	action: str
	order_id: int | None = None
	by: str = "10.00"

	def __post_init__(self):
		if self.action not in ACTIONS:
			raise ValueError(f"No change is called {self.action!r}; there are {', '.join(ACTIONS)}.")


class FaultPlan:
	"""The faults and changes of one store; may be changed while it serves.

	:ivar struck: how often each kind of fault happened; :ivar changed: ids of the orders that changes touched
	:ivar poisoned: ids of orders that make any answer which holds them fail with 500
	"""

	def __init__(self, seed: int = 0):
		self._random = Random(seed)
		self._lock = Lock()
		self._rules: list[Rule] = []
		self._changes: list[Change] = []
		self._lists = 0
		self.poisoned: set[int] = set()
		self.struck: Counter[str] = Counter()
		self.changed: list[int] = []

	def add(self, kind: str, **when: Any) -> Rule:
		"""A fault of a kind, at `at=[3, 5]` or by `share=0.05`; see `Rule`."""
		rule = Rule(kind, **when)
		with self._lock:
			self._rules.append(rule)
		return rule

	def after_list(self, number: int, action: str, order_id: int | None = None, by: str = "10.00") -> None:
		"""A change after the `number`th list of orders that was answered since the last `clear`."""
		change = Change(number, action, order_id, by)
		with self._lock:
			self._changes.append(change)

	def poison(self, *order_ids: int) -> None:
		"""Any answer that holds one of these orders is 500 from now on."""
		self.poisoned |= set(order_ids)

	def clear(self) -> None:
		with self._lock:
			self._rules.clear()
			self._changes.clear()
			self._lists = 0
			self.poisoned.clear()

	def configure(self, plan: dict[str, Any]) -> None:
		"""What the control route takes: clear, rules, changes, poison.

		:raises ValueError: something in it isn't known; :raises TypeError: likewise
		"""
		rules = [Rule(**rule) for rule in plan.get("rules", ())]
		changes = [Change(**change) for change in plan.get("changes", ())]
		poisoned = {int(order_id) for order_id in plan.get("poison", ())}
		if plan.get("clear"):
			self.clear()
		with self._lock:
			self._rules += rules
			self._changes += changes
			self.poisoned |= poisoned

	def next_for(self, request: Request) -> Rule | None:
		"""The fault that this request meets. Every rule counts every request."""
		with self._lock:
			struck = [rule for rule in self._rules if rule.strikes(request, self._random)]
			if struck:
				self.struck[struck[0].kind] += 1
			return struck[0] if struck else None

	def list_answered(self, shop: SampleShop) -> None:
		"""Counts a list of orders and makes the changes that were waiting for it."""
		with self._lock:
			self._lists += 1
			due = [change for change in self._changes if change.after == self._lists]
		for change in due:
			self._make(shop, change)

	def change(self, shop: SampleShop, fields: dict[str, Any]) -> None:
		"""A change that is made at once: its action, and the others of `Change` but `after`.

		:raises ValueError: something in it isn't known; :raises TypeError: likewise
		"""
		self._make(shop, Change(0, **fields))

	def _make(self, shop: SampleShop, change: Change) -> None:
		self.changed.append(act(shop, change.action, self._random, change.order_id, change.by))


def instead(rule: Rule, request: Request, home: str) -> Answer | None:
	"""What a fault puts in the place of the answer; None where there is an answer to spoil first."""
	if rule.kind == "throttled":
		error = RestError(429, "rest_rate_limited", "Too many requests.")
		return rest(error.body, home, 429, headers=_retry_after(rule, 1))
	if rule.kind == "error_json":
		return rest(_FATAL.body, home, 500)
	if rule.kind == "error_html":
		return html(500, "Database Error", "<h1>Error establishing a database connection</h1>")
	if rule.kind == "maintenance":
		text = "Briefly unavailable for scheduled maintenance. Check back in a minute."
		return html(503, "Maintenance", text, _retry_after(rule, 600))
	if rule.kind == "html":
		return html(200, "Just a moment...", "Checking your browser before you go on.")
	if rule.kind == "redirect":
		target = rule.location or f"{home}{request.uri}"
		return Answer(301, b"", [("Location", target)], HTML)
	if rule.kind == "cut_before":
		return Answer(200, b"", cut=-1)
	return None


def spoil(rule: Rule, answer: Answer) -> None:
	"""What a fault does to an answer that was made."""
	if rule.kind == "bom":
		answer.body = b"\xef\xbb\xbf" + answer.body
	elif rule.kind == "warning":
		answer.body = _WARNING + answer.body
	elif rule.kind == "truncated":
		answer.body = answer.body[: max(1, len(answer.body) // 2)]
	elif rule.kind == "cut_middle":
		answer.cut = len(answer.body) // 2
	elif rule.kind == "slow":
		answer.delay = rule.seconds


def _retry_after(rule: Rule, default: float) -> list[tuple[str, str]]:
	seconds = default if rule.retry_after is None else rule.retry_after
	return [("Retry-After", http_date(time.time() + seconds) if rule.as_date else f"{seconds:g}")]
