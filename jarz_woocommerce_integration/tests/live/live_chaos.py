"""A live sync while everything goes wrong that does: webhooks lost and repeated, the receiver down, the shop failing.

The shop lives at random (`shop_life`), its webhooks come over HTTP to the bench's web server, workers and a scheduler with
time compressed do the rest. At the end the trouble ends, and the books must be proven.
"""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count, takewhile
from random import Random
from statistics import median, quantiles

import frappe
from frappe.utils import get_datetime, get_system_timezone
from pytz import timezone

from jarz_woocommerce_integration.sample_store import SampleStore
from jarz_woocommerce_integration.sample_store.webhooks import Delivery, DeliveryFaults
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.live import sync as live_sync
from jarz_woocommerce_integration.services.page_jobs import control as run_control
from jarz_woocommerce_integration.services.proof.proof import LARGEST_SAMPLE, Proof, prove_store
from jarz_woocommerce_integration.services.reconciliation import jobs as reconciliation
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.webhooks import registration as webhooks
from jarz_woocommerce_integration.tests.processes.workers import (
	OwnRedis,
	Ticker,
	WebServer,
	Workers,
	queue_at,
	scheduled,
	wait_until,
)
from jarz_woocommerce_integration.tests.proof.proof_case import invoiced_twice
from jarz_woocommerce_integration.tests.support.shop_life import ShopLife

APP = "jarz_woocommerce_integration"
STORE_FAULTS = ("error_html", "truncated", "throttled", "cut_before", "maintenance")

_FIRST_INVOICES = """
SELECT woo_order_id, min(creation) FROM `tabSales Invoice`
WHERE woo_order_id IN %s AND docstatus > 0 AND is_return = 0 GROUP BY woo_order_id
"""
_STATES = "SELECT source, state, count(*) FROM `tabWooCommerce Inbox` GROUP BY source, state"
_ORDERS = "SELECT state, count(*) FROM `tabWooCommerce Order Map` WHERE store = %s GROUP BY state"
_HURRY = "UPDATE `tabWooCommerce Inbox` SET next_attempt = NULL WHERE state = 'Waiting'"


def keep_in_step(store: str, sync_every: int = 1, requests_per_minute: int = 0) -> None:
	"""Switch the live sync of a store on, as its form does. Commits.

	:param sync_every: minutes; :param requests_per_minute: the rate budget, 0 is none
	"""
	frappe.db.set_single_value("WooCommerce Settings", "requests_per_minute", requests_per_minute)
	document = frappe.get_doc("WooCommerce Store", store)
	document.update({"live_sync": 1, "sync_every": sync_every})
	document.save()
	frappe.db.commit()


@dataclass
class Plan:
	"""What happens.

	:ivar changes: how many, spread over `seconds`; :ivar deliver_every: seconds between two runs of the shop's cron
	:ivar lost, repeated: shares of the deliveries; :ivar down: seconds that the bench's web server is away
	:ivar store_errors: share of the requests that the shop fails to answer
	:ivar workers: of the queue `short`, beside one of the others; :ivar kills: how often one is killed with its work
	:ivar migrated_by: so many workers migrate the shop meanwhile, and changes go on until they have
	:ivar times_faster: how much the scheduler's time is compressed; :ivar patience: seconds for the inbox to become empty
	"""

	changes: int = 1000
	seconds: float = 600
	deliver_every: float = 2.0
	lost: float = 0.2
	repeated: float = 0.1
	down: float = 60
	store_errors: float = 0.02
	kills: int = 0
	workers: int = 1
	migrated_by: int = 0
	times_faster: float = 12
	patience: float = 600
	seed: int = 5


@dataclass
class Told:
	"""What came of it.

	:ivar with_webhook: seconds from the order to its invoice, where a webhook arrived; :ivar without: where none did
	:ivar inbox: (source, state) -> rows; :ivar orders: state in the Order Map -> how many
	:ivar twice: orders with two invoices that count; :ivar migrated_in: seconds that the migration took, where one went on
	"""

	made: Counter
	deliveries: Counter
	with_webhook: list[float]
	without: list[float]
	inbox: dict[tuple[str, str], int]
	orders: Counter
	twice: list[int]
	migrated_in: float
	proof: Proof


@dataclass
class LiveChaos:
	"""One run. The store of the site is connected to `sample`, and kept in step; it is migrated before, or meanwhile.

	:ivar log: what the processes have printed
	"""

	store: str
	sample: SampleStore
	plan: Plan
	say: Callable[[str], None] = lambda line: None
	life: ShopLife = field(init=False)
	log: str = field(init=False, default="")
	migration: int = field(init=False, default=0)

	def __post_init__(self):
		self.life = ShopLife(self.sample.shop, Random(self.plan.seed))

	def run(self) -> Told:
		""":raises AssertionError: the inbox doesn't become empty, or a process doesn't start"""
		plan = self.plan
		with ExitStack() as stack:
			redis = stack.enter_context(OwnRedis(keeps=False))
			stack.enter_context(queue_at(redis.url))
			self.web = stack.enter_context(WebServer(redis.url))
			self.workers = stack.enter_context(Workers(plan.workers, redis.url, "short"))
			self.others = stack.enter_context(Workers(1, redis.url, "default,long"))
			self.movers = stack.enter_context(Workers(plan.migrated_by, redis.url))
			self.ticker = stack.enter_context(Ticker(redis.url, scheduled(APP, plan.times_faster)))
			self._register()
			with self.sample.webhooks.cron(plan.deliver_every):
				self._live()
				self._end_trouble()
				wait_until(lambda: not self.sample.webhooks.waiting(), 60, "webhooks wait for ever")
			self._settle()
			self.log = self._logs()
			return self._told()

	def _register(self) -> None:
		self.sample.webhooks.hookshot.dials[self.web.site] = self.web.address
		webhooks.register(frappe.get_doc("WooCommerce Store", self.store), self.web.url)
		frappe.db.commit()
		registered = [webhook.topic for webhook in self.sample.webhooks.all()]
		self.say(f"webhooks of {', '.join(sorted(registered))} to {self.web.url}")

	def _live(self) -> None:
		"""The changes, one after another, and the trouble meanwhile."""
		plan, started = self.plan, time.monotonic()
		self.sample.webhooks.faults = DeliveryFaults(plan.lost, plan.repeated, shuffled=True)
		for kind in STORE_FAULTS if plan.store_errors else ():
			self.sample.faults.add(kind, share=plan.store_errors / len(STORE_FAULTS), retry_after=1)
		down_from = started + (plan.seconds - plan.down) / 2
		down_until = down_from + plan.down
		kills = {int((number + 0.5) * plan.changes / plan.kills) for number in range(plan.kills)}
		if plan.migrated_by:
			self.migration = run_control.start(self.store, plan.migrated_by)
		for number in takewhile(lambda number: number < plan.changes or self._is_migrating(), count()):
			now = time.monotonic()
			if plan.down and down_from <= now < down_until and self.web.processes:
				self.web.end()
				self.say("the receiver is down")
			elif now >= down_until and not self.web.processes:
				self._receiver_up()
			if number in kills:
				self.workers.kill(0)
			self.workers.keep_up()
			self.movers.keep_up()
			self.life.change()
			time.sleep(max(started + (number + 1) * plan.seconds / plan.changes - time.monotonic(), 0))

	def _is_migrating(self) -> bool:
		return bool(self.migration) and site_runs.read(self.migration).status == "Running"

	def _receiver_up(self) -> None:
		self.web.keep_up()
		self.say("the receiver is up again")

	def _end_trouble(self) -> None:
		if not self.web.processes:
			self._receiver_up()
		self.sample.faults.clear()
		self.sample.webhooks.faults = DeliveryFaults()
		self.say(f"{self.life.made.total()} changes made")

	def _settle(self) -> None:
		"""What waits is worked on, then the shop is looked at once more, and compared as a whole."""
		self._empty_inbox()
		self.say(f"a last look: {live_sync.poll(self.store)}")
		wait_until(self._is_compared, self.plan.patience, "the shop can't be compared", every=1)
		self._empty_inbox()

	def _is_compared(self) -> bool:
		"""Whether the whole shop was compared; not where the scheduler's own comparison is under way."""
		found = reconciliation.reconcile_whole(self.store)
		frappe.db.commit()
		self.say(f"the whole compared: {found}")
		return not found.get("error")

	def _empty_inbox(self) -> None:
		wait_until(self._nothing_waits, self.plan.patience, self._what_waits, every=1)

	def _nothing_waits(self) -> bool:
		"""Time is compressed: what is to be tried again later is tried now, and the shop isn't left alone any longer."""
		self.workers.keep_up()
		frappe.db.rollback()
		if not frappe.db.count(inbox.INBOX, {"state": "Waiting"}):
			return True
		frappe.db.sql(_HURRY)
		frappe.cache.delete_value(f"woo_store_pause|{self.store}")
		inbox.WORK.enqueue(self.store)
		frappe.db.commit()
		return False

	def _what_waits(self) -> str:
		rows = frappe.get_all(
			inbox.INBOX, {"state": "Waiting"}, ["woo_id", "source", "attempts", "last_error"], limit=5
		)
		return f"{rows} {self._logs()[-6000:]}"

	def _logs(self) -> str:
		"""What the processes have printed."""
		return "\n".join(
			each.told() for each in (self.web, self.ticker, self.others, self.workers, self.movers)
		)

	def _told(self) -> Told:
		frappe.db.rollback()
		done = self.sample.webhooks.done
		with_webhook, without = self._latencies()
		return Told(
			made=self.life.made,
			deliveries=Counter(_outcome(delivery) for delivery in done),
			with_webhook=with_webhook,
			without=without,
			inbox={(source, state): rows for source, state, rows in frappe.db.sql(_STATES)},
			orders=Counter(dict(frappe.db.sql(_ORDERS, self.store))),
			twice=invoiced_twice(),
			# A sample of all: what was only just missed is what is looked for.
			migrated_in=self._migrated_in(),
			proof=prove_store(self.store, sample_size=LARGEST_SAMPLE),
		)

	def _migrated_in(self) -> float:
		if not self.migration:
			return 0.0
		started, finished = frappe.db.get_value(site_runs.RUN, self.migration, ["started", "finished"])
		return (finished - started).total_seconds()

	def _latencies(self) -> tuple[list[float], list[float]]:
		"""Seconds from an order that was left alone to its invoice: where a webhook came before, and where none did."""
		orders = self.life.undisturbed
		if not orders:
			return [], []
		arrived: dict[int, float] = {}
		for delivery in self.sample.webhooks.done:
			if delivery.status == 200:
				arrived.setdefault(delivery.resource_id, delivery.at)
		zone = timezone(get_system_timezone())
		with_webhook, without = [], []
		for order_id, created in frappe.db.sql(_FIRST_INVOICES, [list(orders)]):
			booked_at = zone.localize(get_datetime(created)).timestamp()
			was_told = arrived.get(order_id, booked_at) < booked_at
			(with_webhook if was_told else without).append(booked_at - orders[order_id])
		return with_webhook, without


def _outcome(delivery: Delivery) -> str:
	if delivery.lost:
		return "lost"
	return "without an answer" if delivery.status is None else f"answered {delivery.status}"


def spread(seconds: list[float]) -> str:
	"""Median and 95th percentile, in words."""
	if len(seconds) < 2:
		return f"{len(seconds)} orders"
	return f"median {median(seconds):.1f} s, 95 % within {quantiles(seconds, n=20)[-1]:.1f} s, {len(seconds)} orders"
