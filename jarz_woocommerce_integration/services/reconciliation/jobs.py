"""Reconciliation: whatever was reported or missed, the shop's own lists are compared with the Order Map, and what differs heals.

Hourly what was changed in the last day, nightly the whole shop. A difference is noted in the inbox, whose work reads the
order again; what is left after that is listed in the store's form. Nothing here books anything.
"""

import frappe
from redis.exceptions import RedisError

from jarz_woocommerce_integration.exceptions import (
	LedgerInUseError,
	PayloadError,
	RunStateError,
	StoreError,
	WooCommerceIntegrationError,
)
from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.live.masters import mark_vanished_products
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.reconciliation.comparison import Comparison
from jarz_woocommerce_integration.services.reconciliation.resolution import (
	RECENT,
	WHOLE,
	Resolution,
	note_failed,
)
from jarz_woocommerce_integration.services.session import jobs, runs as site_runs, session as site_store
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.migration import SiteSession, open_session
from jarz_woocommerce_integration.services.session.work_states import state_of

STORE = "WooCommerce Store"
LOCK = "woo_reconciliation"
QUEUE = "long"
# A hundred thousand orders at the shop's hundred requests a minute take a quarter of an hour; a slow shop takes longer.
TIMEOUT = 6 * 3600


@without_traces
def reconcile_recent(store: str | None = None, asked_by: str | None = None) -> dict:
	"""Compare what was made or changed in the last day, and note what differs. Commits. Also the hourly job.

	:param store: name of the WooCommerce Store, None for the default one
	:param asked_by: the user who is notified of the result, None for nobody
	:returns: {"error": ""} and what is kept with the store ("compared", "differ", "kinds", …, see docs/operate/reconciliation.md);
		or {"error": why nothing was compared}, which is kept there as well: the next reconciliation does it
	"""
	return _result_or_error(store, asked_by, whole=False)


@without_traces
def reconcile_whole(store: str | None = None, asked_by: str | None = None, read_all: bool = False) -> dict:
	"""Compare every order of the shop with the Order Map. As `reconcile_recent` otherwise; also the nightly job.

	:param read_all: go through the list of a large shop order by order, also where the numbers of orders agree
	"""
	return _result_or_error(store, asked_by, whole=True, read_all=read_all)


def _result_or_error(store: str | None, asked_by: str | None, whole: bool, read_all: bool = False) -> dict:
	"""An error of ours is part of the result: a failed job would show it with a traceback."""
	try:
		result = {**reconcile(store, whole, read_all), "error": ""}
	except WooCommerceIntegrationError as error:
		result = {"store": store, "kind": WHOLE if whole else RECENT, "error": str(error)}
	if asked_by and store:
		alerts.compared(store, asked_by, result)  # committed with the job's end
	return result


def reconcile(store: str | None, whole: bool, read_all: bool = False) -> dict:
	"""As the two above, for whoever wants to know what is in the way.

	:raises RunStateError: the store's history is being booked or undone
	:raises LedgerInUseError: another process compares it; :raises StoreError: the shop can't be read
	"""
	name, kind = site_store.get_store(store).name, WHOLE if whole else RECENT
	with named_lock(LOCK, _key(name, kind)) as held:
		if not held:
			raise LedgerInUseError(
				Sentence("{0} is being compared with the shop already.", name), "Wait until it is done."
			)
		_refuse_where_busy(name)
		try:
			return _compare(name, kind, read_all)
		except WooCommerceIntegrationError as error:
			note_failed(name, kind, error)
			raise


def _compare(store: str, kind: str, read_all: bool) -> dict:
	with open_session(store) as session:
		resolution = Resolution(session.store, kind)
		comparison = Comparison(session, resolution)
		if kind == WHOLE:
			comparison.compare_whole(read_all)
		else:
			comparison.compare_recent()
		closed = resolution.close(comparison.compared, comparison.unread)
		if kind == WHOLE:
			_look_after_products(session)
		return closed


def _look_after_products(session: SiteSession) -> None:
	"""What is said of orders stands, whether the shop can give its products or not."""
	try:
		mark_vanished_products(session)
	except (StoreError, PayloadError) as error:
		frappe.logger().warning(f"WooCommerce products of {session.store.name}: {error}")


def _refuse_where_busy(store: str) -> None:
	if site_runs.is_busy(store):
		raise RunStateError(
			Sentence("The history of {0} is being booked or undone.", store),
			"It is compared when that is over: a migration proves itself at its end.",
		)


# --- in the background ---


@without_traces
def hourly() -> None:
	"""Have the last day of every store compared that is kept in step. Called by the scheduler."""
	_queue_all(RECENT)


@without_traces
def nightly() -> None:
	"""As `hourly`, the whole shops."""
	_queue_all(WHOLE)


def start(store: str, whole: bool, read_all: bool = False) -> bool:
	"""Have a store compared now, for whoever is logged in, who is notified of the result.

	:param read_all: of the whole shop, go through a large one order by order, too
	:returns: whether it was queued; it may be under way already
	:raises RunStateError: its history is being booked or undone
	"""
	_refuse_where_busy(store)
	asked = {"asked_by": frappe.session.user, **({"read_all": True} if whole and read_all else {})}
	return _queue(store, WHOLE if whole else RECENT, **asked)


def states(store: str) -> dict[str, str | None]:
	"""Of each kind of comparison whether one waits or is at work; see `work_states.state_of`."""
	return {kind: _state(_job(store, kind)) for kind in (RECENT, WHOLE)}


def _state(job: jobs.Job) -> str | None:
	return state_of([job.id], job.lock)


def _queue_all(kind: str) -> None:
	filters = {"enabled": 1, "live_sync": 1}
	try:
		for store in frappe.get_all(STORE, filters=filters, pluck="name", order_by="name"):
			if not site_runs.is_busy(store):
				_queue(store, kind)
	except RedisError:
		frappe.logger().warning("WooCommerce reconciliation: the queue can't be reached")


def _queue(store: str, kind: str, **asked) -> bool:
	return _job(store, kind).start(store=store, **asked)


def _job(store: str, kind: str) -> jobs.Job:
	name = reconcile_whole.__name__ if kind == WHOLE else reconcile_recent.__name__
	lock = (LOCK, _key(store, kind))
	return jobs.Job(f"{__name__}.{name}", f"woo_reconcile_{kind}_{store}", QUEUE, TIMEOUT, lock)


def _key(store: str, kind: str) -> str:
	"""Each kind by itself: the whole shop isn't passed over because the last day is being compared."""
	return f"{store}:{kind}"
