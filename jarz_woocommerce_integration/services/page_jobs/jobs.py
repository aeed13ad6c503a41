"""What workers do for a run that is booked side by side: its pages, and what concerns the run as a whole.

Every job may run twice, at once or after a crash: what it works on is locked while it does, and what it finds done stays.
"""

import socket
import time
from dataclasses import replace
from functools import partial
from os import getpid, getppid
from random import uniform

import frappe
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
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.migration.garbage import collected_by_page
from jarz_woocommerce_integration.services.migration.page_booking import BookingResult, PageBooking
from jarz_woocommerce_integration.services.migration.summary import peak_rss_mb
from jarz_woocommerce_integration.services.page_jobs import (
	feed as page_feed,
	pages as site_pages,
	phases as run_phases,
	work_at_hand,
)
from jarz_woocommerce_integration.services.page_jobs.feed import PAGE_LOCK, RUN_LOCK
from jarz_woocommerce_integration.services.page_jobs.time_slice import TimeSlice
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.background import LOCK_ERRORS, in_words, without_traces
from jarz_woocommerce_integration.services.session.migration import PageSessions, SiteSession
from jarz_woocommerce_integration.store.http.client import Counters

GIVES_WAY = 2.0
DONE = "done"


@without_traces
def book_page(page: str) -> dict:
	"""Book one page of a run, then the pages after it, until the job's slice of time is over.

	:param page: name of its WooCommerce Sync Page; :returns: {"status" of the last page, "orders" of all}
	"""
	claimed = None
	try:
		with PageSessions() as sessions:
			with named_lock(PAGE_LOCK, page) as held:
				if not held:
					return {"status": "another worker has it", "orders": 0}
				claimed = site_pages.claim(page, _worker())
				if not claimed:
					return {"status": "nothing to do", "orders": 0}
				time_slice = TimeSlice(claimed.run)
				result = _Attempt(claimed, sessions).make()
			return _go_on(claimed.run, result, time_slice, sessions)
	finally:
		if claimed:
			# Without the page's lock, by which it would look as if somebody worked on it.
			page_feed.advance_where_possible(claimed.run)


def _go_on(run: int, result: dict, time_slice: TimeSlice, sessions: PageSessions) -> dict:
	"""Book further pages of the run, each with its own lock, as long as all is well and the slice lasts."""
	orders = result["orders"]
	with collected_by_page() as collect:
		while result["status"] == DONE and not time_slice.is_over():
			collect()
			with page_feed.next_page(run, _worker()) as page:
				if page is None:
					break
				result = _Attempt(page, sessions, is_first=False).make()
				orders += result["orders"]
	return {**result, "orders": orders}


class _Attempt:
	"""One attempt at a page, whose lock is held.

	:param is_first: of its job: it has the job's whole time
	"""

	def __init__(self, page: site_pages.Page, sessions: PageSessions, is_first: bool = True):
		self.page = page
		self.sessions = sessions
		self.is_first = is_first
		self.result = BookingResult()

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
			return self._failed("Timeout", error, is_its_own=self.is_first)
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
		return self._result(DONE)

	def _book(self) -> None:
		run = site_runs.read(self.page.run)
		with self.sessions.page(run.store) as session:
			policy = session.translator.policy_hash
			if policy != run.asked.get("policy"):
				raise RunStateError(
					Sentence("The rules of {0} were changed while run {1} was booking.", run.store, run.name),
					"Start the migration again: it goes through the history under the new rules, and what is booked stays.",
				)
			booking = PageBooking(
				session.client,
				session.ledger,
				session.translator,
				run.scope.statuses,
				page_feed.turn(self.page),
				self.sessions.accounts,
				partial(work_at_hand.note, self.page.name),
			)
			self.result = booking.result
			record = PageRecord(run.name, self.page.number, policy, planned=True)
			started, before = time.monotonic(), replace(session.client.counters)
			try:
				work_at_hand.forget(self.page.name)  # of an attempt that was killed
				booking.book_ids(self.page.order_ids, record)
			except StoreError:
				self._note_work(session, started, before)
				raise
			self._note_work(session, started, before)

	def _note_work(self, session: SiteSession, started: float, before: Counters) -> None:
		spent, counters = self.result.seconds, session.client.counters
		waited = counters.store_seconds + counters.budget_seconds
		site_pages.note_work(
			self.page,
			seconds=time.monotonic() - started,
			store=waited - before.store_seconds - before.budget_seconds,
			lookups=spent["lookups"],
			booking=spent["masters"] + spent["booking"],
			proof=spent["proof"],
			requests=counters.requests - before.requests,
			memory=round(peak_rss_mb()),
		)

	def _failed(self, kind: str, error: Exception, is_its_own: bool = True) -> dict:
		text = in_words(error)
		parked = site_pages.give_back(self.page.name, kind, text, uniform(1, 5), is_its_own)
		return self._result(f"{'parked' if parked else 'tried again later'}: {text}")

	def _result(self, status: str) -> dict:
		return {"status": status, "orders": len(self.result.booked)}


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
	page_feed.advance_where_possible(run)
	return {"status": site_runs.read(run).status}


@without_traces
def sweep() -> None:
	"""Look after every run that is booked side by side. Called by the scheduler each minute."""
	for run in site_runs.running_side_by_side():
		page_feed.advance_where_possible(run)


def _worker() -> str:
	"""Machine and process, as `ps` there shows it. A job is a child of its worker."""
	return f"{socket.gethostname()} {getppid() if get_current_job() else getpid()}"
