"""What workers do for a run that is booked side by side: one page each, and what concerns the run as a whole.

Every job may run twice, at once or after a crash: what it works on is locked while it does, and what it finds done stays.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid, getppid
from random import uniform

import frappe
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import get_current_job
from rq.timeouts import BaseTimeoutException

from jarz_woocommerce_integration.exceptions import (
	LedgerError,
	NotItsTurnError,
	RunStateError,
	StoreError,
	WooCommerceIntegrationError,
)
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.services.migration.page_booking import PageBooking
from jarz_woocommerce_integration.services.migration.summary import peak_rss_mb
from jarz_woocommerce_integration.services.page_jobs import (
	feed as page_feed,
)
from jarz_woocommerce_integration.services.page_jobs import (
	pages as site_pages,
)
from jarz_woocommerce_integration.services.page_jobs import (
	phases as run_phases,
)
from jarz_woocommerce_integration.services.page_jobs.queue import PAGE_LOCK, RUN_LOCK
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.background import (
	LOCK_ERRORS,
	in_words,
	without_traces,
)
from jarz_woocommerce_integration.services.session.migration import open_known_session
from jarz_woocommerce_integration.store.http.client import Counters

POLL = 0.1
# One of those before may have died with its worker: then it has to be queued again.
LOOK_AFTER_OTHERS = 5.0
LONGEST_WAIT = 120.0
GIVES_WAY = 2.0


@without_traces
def book_page(page: str) -> dict:
	"""Book one page of a run. :param page: name of its WooCommerce Sync Page; :returns: {"status", "orders"}"""
	claimed = None
	try:
		with named_lock(PAGE_LOCK, page) as held:
			if not held:
				return {"status": "another worker has it", "orders": 0}
			claimed = site_pages.claim(page, _worker())
			return _Attempt(claimed).make() if claimed else {"status": "nothing to do", "orders": 0}
	finally:
		if claimed:
			_tend(claimed.run)  # without the page's lock, by which it would look as if somebody worked on it


class _Attempt:
	"""One attempt at a page, whose lock is held."""

	def __init__(self, page: site_pages.Page):
		self.page = page
		self.orders = 0

	def make(self) -> dict:
		try:
			self._book()
		except NotItsTurnError:
			# Not at once: as long as this job runs, its page can't be queued under the same name.
			site_pages.give_back(self.page.name, seconds=GIVES_WAY)
			return self._result("waits for the page before it")
		except StoreError as error:
			page_feed.note_store_failure(self.page.run, error)
			return self._failed(type(error).__name__, error, is_its_own=False)
		except LOCK_ERRORS as error:
			# Whoever was faster is no fault of the page, however often.
			return self._failed("Locked by others", error, is_its_own=False)
		except BaseTimeoutException as error:
			# The alarm may have interrupted a query: what the connection says next would answer that one.
			frappe.db.close()
			frappe.db.connect()
			return self._failed("Timeout", error)
		except RunStateError as error:
			site_runs.note_failed(self.page.run, error, 0)
			return self._failed(type(error).__name__, error, is_its_own=False)
		except LedgerError as error:
			return self._failed(type(error).__name__, error)
		except WooCommerceIntegrationError as error:
			# What the store's form says: it is the same for all pages.
			site_runs.note_failed(self.page.run, error, 0)
			return self._failed(type(error).__name__, error, is_its_own=False)
		except Exception as error:
			self._failed(type(error).__name__, error)
			raise
		page_feed.note_store_is_well(self.page.run)
		site_runs.note_page(self.page.run)
		return self._result("done")

	def _book(self) -> None:
		run = site_runs.read(self.page.run)
		with open_known_session(run.store, run.name) as session:
			policy = session.translator.policy_hash
			if policy != run.asked.get("policy"):
				raise RunStateError(
					f"The rules of {run.store} were changed while run {run.name} was booking.",
					"Start the migration again: it goes through the history under the new rules, and what is booked stays.",
				)
			booking = PageBooking(
				session.client,
				session.ledger,
				session.translator,
				run.scope.statuses,
				self._committed,
				self._turn,
			)
			started = time.monotonic()
			record = PageRecord(run.name, self.page.number, policy, planned=True)
			try:
				booking.book_ids(self.page.order_ids, record)
			except StoreError:
				self._note_work(booking, session.client.counters, started)
				raise
			self._note_work(booking, session.client.counters, started)

	def _note_work(self, booking: PageBooking, counters: Counters, started: float) -> None:
		spent = booking.seconds
		site_pages.note_work(
			self.page,
			seconds=time.monotonic() - started,
			store=counters.store_seconds + counters.budget_seconds,
			lookups=spent["lookups"],
			booking=spent["masters"] + spent["booking"],
			requests=counters.requests,
			memory=round(peak_rss_mb()),
		)

	def _committed(self, booked) -> None:
		self.orders += len(booked.orders)

	@contextmanager
	def _turn(self) -> Iterator[None]:
		"""Customers are made in the order of the pages: then it doesn't matter for the books who was faster.

		:raises NotItsTurnError: a page before this one waits for a worker
		"""
		started = looked = time.monotonic()
		longest = _longest_wait()
		idle_since = None
		while not (turn := site_pages.may_make_masters(self.page)):
			now = time.monotonic()
			idle_since = (idle_since or now) if turn is None else None
			if (idle_since and now - idle_since > LOOK_AFTER_OTHERS) or now - started > longest:
				raise NotItsTurnError(f"Page {self.page.number} has to wait for one before it.")
			if now - looked > LOOK_AFTER_OTHERS:
				looked = now
				_tend(self.page.run)
			time.sleep(POLL)
		yield
		site_pages.note_masters_made(self.page)

	def _failed(self, kind: str, error: Exception, is_its_own: bool = True) -> dict:
		text = in_words(error)
		parked = site_pages.give_back(self.page.name, kind, text, uniform(1, 5), is_its_own)
		return self._result(f"{'parked' if parked else 'tried again later'}: {text}")

	def _result(self, status: str) -> dict:
		return {"status": status, "orders": self.orders}


@without_traces
def work_on_run(run: int) -> dict:
	"""Plan a run or prove it, whatever is next. :returns: {"status"}"""
	with named_lock(RUN_LOCK, run) as held:
		if not held:
			return {"status": "another worker does"}
		try:
			run_phases.work_on(run)
		except StoreError as error:
			page_feed.note_store_failure(run, error)
			return {"status": f"tried again later: {error}"}
		except LOCK_ERRORS as error:
			return {"status": f"tried again later: {error}"}
		except Exception as error:
			site_runs.note_failed(run, error, 0)
			raise
		page_feed.note_store_is_well(run)
	_tend(run)
	return {"status": site_runs.read(run).status}


@without_traces
def sweep() -> None:
	"""Look after every run that is booked side by side. Called by the scheduler each minute."""
	for run in site_runs.running_side_by_side():
		_tend(run)


def _tend(run: int) -> None:
	try:
		page_feed.tend(run)
	except RedisConnectionError:
		# What is committed stays, and what couldn't be queued the next sweep queues.
		frappe.logger().warning(f"WooCommerce Sync Run {run}: the queue can't be reached")


def _longest_wait() -> float:
	"""For a turn. A job that ended its time by waiting would count against its page."""
	job = get_current_job()
	return min(LONGEST_WAIT, job.timeout / 2) if job and job.timeout else LONGEST_WAIT


def _worker() -> str:
	"""Machine and process, as `ps` there shows it. A job is a child of its worker."""
	return f"{socket.gethostname()} {getppid() if get_current_job() else getpid()}"
