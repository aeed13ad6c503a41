"""Keeps a run going that is booked side by side: hands out pages, queues again what died, and waits while the shop is ill.

Nobody sleeps for it: `advance` does what is to be done now, and is called whenever a job ends, every minute by the
scheduler, and by whoever watches the run.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import frappe
from frappe.utils import cint, now_datetime
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import get_current_job

from jarz_woocommerce_integration.exceptions import NotItsTurnError, StoreError, StoreThrottledError
from jarz_woocommerce_integration.ledger.erpnext.locks import holder_of, named_lock
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.page_jobs import pages as site_pages
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.jobs import Job
from jarz_woocommerce_integration.services.session.runs import BOOKING, PLANNING, PROVING, SETTLING
from jarz_woocommerce_integration.services.session.session import settings

QUEUE = "long"
DEFAULT_TIMEOUT = 600
PAGE_LOCK = "woo_page"
RUN_LOCK = "woo_run"
_JOBS = "jarz_woocommerce_integration.services.page_jobs.jobs"
# Planning and proving read the whole shop at its hundred requests a minute.
LONGEST = 24 * 3600
FEED_LOCK = "woo_feed"
LOCK_WAIT = 10
ANY_PAGE = 2**31 - 1
POLL = 0.1
# One of those before may have died with its worker: then it has to be queued again.
LOOK_AFTER_OTHERS = 5.0
LONGEST_WAIT = 120.0
FAILURES_THAT_OPEN = 3
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)
MOST_DOUBLINGS = 10  # a day without the shop has more failures than a timedelta has room for


def page_job(name: str) -> Job:
	"""The job that books a page. :param name: of the WooCommerce Sync Page, "RUN-NUMBER": two shops may migrate at once"""
	timeout = cint(settings().job_timeout) or DEFAULT_TIMEOUT
	return Job(f"{_JOBS}.book_page", f"woo_migration_page_{name}", QUEUE, timeout, (PAGE_LOCK, name))


def run_job(run: int) -> Job:
	"""The job that plans and proves a run."""
	return Job(f"{_JOBS}.work_on_run", f"woo_migration_run_{run}", QUEUE, LONGEST, (RUN_LOCK, run))


def advance(name: int) -> None:
	"""Do for a run what is to be done now. Whoever comes while somebody else does it waits a moment.

	:raises redis.exceptions.ConnectionError: nothing can be queued now; the next call goes on
	"""
	with named_lock(FEED_LOCK, name, LOCK_WAIT) as held:
		if not held:
			return
		run = site_runs.read(name)
		if run.status != "Running" or not run.workers:
			return
		_look_after(run)
		if run.phase in (PLANNING, PROVING):
			_queue_run(run)
		if run.phase != PROVING:
			_hand_out(run)
		if run.phase in (BOOKING, SETTLING):
			_end_phase(run)


def advance_where_possible(name: int) -> None:
	"""As `advance`. What is committed stays, and what can't be queued now the next sweep queues."""
	try:
		advance(name)
	except RedisConnectionError:
		frappe.logger().warning(f"WooCommerce Sync Run {name}: the queue can't be reached")


def _look_after(run: site_runs.RunRow) -> None:
	"""Pages that were handed out and that nobody works on any more."""
	for page in site_pages.in_flight(run.name):
		if page.state == "Running":
			# A page is done before its lock is free: one that still says that it runs is dead.
			if not holder_of(PAGE_LOCK, page.name) and site_pages.is_in(page.name, "Running"):
				_give_back_dead(page.name)
		elif not page_job(page.name).is_alive() and site_pages.is_in(page.name, "Queued"):
			_give_back_lost(page.name)


def _give_back_dead(name: str) -> None:
	page_job(name).forget()
	text = "The worker ended in the middle of the page (killed, out of memory, or over its time)."
	site_pages.give_back(name, "Worker died", text, is_its_own=True, only_if="Running")


def _give_back_lost(name: str) -> None:
	"""A page whose job is nowhere: Redis forgot it, its worker died before it began, or it failed before."""
	has_failed = page_job(name).has_failed()
	page_job(name).forget()
	kind = "Job failed" if has_failed else ""
	text = "The job failed before the page was begun: see the Error Log." if has_failed else ""
	site_pages.give_back(name, kind, text, is_its_own=has_failed, has_begun=False, only_if="Queued")


def _queue_run(run: site_runs.RunRow) -> None:
	"""Planning or proving, unless it waits or works already."""
	if run.waits_for_store() or run_job(run.name).is_alive():
		return
	run_job(run.name).forget()
	run_job(run.name).enqueue(run=run.name)


def _hand_out(run: site_runs.RunRow) -> None:
	there = len(site_pages.in_flight(run.name))
	free = run.workers - there
	if run.circuit_open_until:
		# Closed again by the first that succeeds.
		free = 0 if run.waits_for_store() else 1 - there
	if free > 0:
		for name in site_pages.hand_out(run.name, free, run.page_limit or ANY_PAGE):
			page_job(name).enqueue(page=name)


@contextmanager
def next_page(name: int, worker: str) -> Iterator[site_pages.Page | None]:
	"""The page with which a job of this run goes on, its lock held. None where it should end instead.

	A page that was tried before gets a job of its own, with its whole time.
	"""
	with ExitStack() as held:
		yield _take_next(name, worker, held)


def _take_next(name: int, worker: str, held: ExitStack) -> site_pages.Page | None:
	with named_lock(FEED_LOCK, name, LOCK_WAIT) as is_ours:
		run = site_runs.read(name) if is_ours else None
		if not run or run.status != "Running" or run.circuit_open_until:
			return None
		for row in site_pages.waiting(name, run.workers, run.page_limit or ANY_PAGE):
			if row.attempts or row.state == "Retry":
				return None
			if row.state == "Queued" and not _withdrawn(row.name):
				continue  # another worker begins it just now
			# Locked while nobody looks after the run's pages: one that says that it runs, and whose lock is free, is dead.
			if held.enter_context(named_lock(PAGE_LOCK, row.name)) and (
				page := site_pages.take(row.name, worker)
			):
				return page
			held.close()
	return None


def _withdrawn(name: str) -> bool:
	try:
		return page_job(name).withdraw()
	except RedisConnectionError:
		return False


def _end_phase(run: site_runs.RunRow) -> None:
	"""All pages are done or parked: prove it. All that were asked for: pause."""
	if site_pages.unfinished(run.name, run.page_limit or ANY_PAGE):
		return
	if site_pages.unfinished(run.name, ANY_PAGE):
		site_runs.note_part_booked(run.name)
		return
	site_runs.change(run.name, phase=PROVING)
	run_job(run.name).forget()
	run_job(run.name).enqueue(run=run.name)


# --- whose turn it is ---


@contextmanager
def turn(page: site_pages.Page) -> Iterator[None]:
	"""Customers are made in the order of the pages: then it doesn't matter for the books who was faster.

	:raises NotItsTurnError: a page before this one waits for a worker
	"""
	started = looked = time.monotonic()
	longest = _longest_wait()
	idle_since = None
	while not (is_its_turn := site_pages.may_make_masters(page)):
		now = time.monotonic()
		idle_since = (idle_since or now) if is_its_turn is None else None
		if (idle_since and now - idle_since > LOOK_AFTER_OTHERS) or now - started > longest:
			raise NotItsTurnError(Sentence("Page {0} has to wait for one before it.", page.number))
		if now - looked > LOOK_AFTER_OTHERS:
			looked = now
			advance_where_possible(page.run)
		time.sleep(POLL)
	yield
	site_pages.note_masters_made(page)


def _longest_wait() -> float:
	"""For a turn. A job that ended its time by waiting would count against its page."""
	job = get_current_job()
	return min(LONGEST_WAIT, job.timeout / 2) if job and job.timeout else LONGEST_WAIT


# --- the circuit ---


def note_store_failure(name: int, error: StoreError) -> None:
	"""The store failed a job that is tried again. After three in a row nothing is sent for a while, then one page at a time.

	A failure that doesn't pass by itself ends the run then.
	"""
	run = site_runs.read(name)
	now = now_datetime()
	if isinstance(error, StoreThrottledError):
		until = now + timedelta(seconds=error.retry_after)
		site_runs.change(name, circuit_open_until=until, waiting_for=_waiting(error, until))
		return
	failures = run.store_failures + 1
	if failures < FAILURES_THAT_OPEN:
		site_runs.change(name, store_failures=failures)
	elif not error.retryable:
		site_runs.note_failed(name, error, 0)
	else:
		doublings = min(failures - FAILURES_THAT_OPEN, MOST_DOUBLINGS)
		pause = min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)
		site_runs.change(
			name,
			store_failures=failures,
			circuit_open_until=now + pause,
			waiting_for=_waiting(error, now + pause),
		)
		if failures == FAILURES_THAT_OPEN:
			site_runs.note_circuit_opened(name)


def _waiting(error: StoreError, until) -> str:
	return f"The shop: {error} Nothing is sent to it until {until:%H:%M:%S}; then one page tests whether it answers."


def note_store_is_well(name: int) -> None:
	"""A job got what it asked the store for: the circuit closes."""
	run = site_runs.read(name)
	if run.store_failures or run.circuit_open_until:
		site_runs.change(name, store_failures=0, circuit_open_until=None, waiting_for=None)
