"""Books anew, as documents, the orders of a run that were written in bulk as a kind that has failed since.

They are taken back as an undo takes them back, and noted in the inbox, which reads them from the shop and books them. What
somebody has changed or used since stays, and is listed. Killed at any instant, the same call goes on where it was.
"""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from math import inf

import frappe
from frappe.utils import now_datetime
from frappe.utils.global_search import sync_global_search

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import LedgerInUseError, RunStateError
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import written_kinds
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import booking_environment
from jarz_woocommerce_integration.ledger.erpnext.locks import order_locks
from jarz_woocommerce_integration.ledger.erpnext.transactions import again_after_deadlock, fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.undo.batches import MOST_KEPT
from jarz_woocommerce_integration.ledger.erpnext.undo.masters import ADDRESS, CONTACT, CUSTOMER, MastersUndo
from jarz_woocommerce_integration.ledger.erpnext.undo.orders import OrdersUndo
from jarz_woocommerce_integration.ledger.erpnext.undo.series import SeriesBefore
from jarz_woocommerce_integration.ledger.erpnext.undo.units import Kept
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.migration.page_booking import LOCK_WAIT
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.jobs import enqueue_once
from jarz_woocommerce_integration.services.session.work_states import state_of
from jarz_woocommerce_integration.services.undo.undo import (
	QUEUE,
	RUN,
	SHARE_FOR_BATCHES,
	check_nobody_works,
	store_of,
	timeout,
)

METHOD = "jarz_woocommerce_integration.services.undo.book_anew.book_anew_job"
ENDED = ("Paused", "Stopped", "Failed", "Completed", "Replaced")
TAKEN_BACK, NOTED = "taken_back", "undone"
MESSAGE = Sentence(
	"It was booked in bulk as a kind that was found to be wrong, and is taken back to be booked as documents."
)
WHAT_TO_DO = Sentence(
	"Nothing: it is read from the shop again. Where that was interrupted, press Book Anew in the form of the run."
)
LISTED = 200
NOTED_AT_ONCE = 100
# Two jobs take turns: a job can't queue its own id again.
OTHER_PART = {1: 2, 2: 1}

_MARK = """
UPDATE `tabWooCommerce Order Map` SET reason = %(reason)s, message = %(message)s, what_to_do = %(what_to_do)s, run = %(run)s,
	modified = %(now)s
WHERE store = %(store)s AND woo_order_id IN %(ids)s AND state = 'Held' AND sales_invoice IS NULL
"""
_TAKEN_BACK = """
SELECT woo_order_id FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND run = %(run)s AND state = 'Held' AND reason = 'taken_back' ORDER BY woo_order_id LIMIT %(limit)s
"""
_OWN_CUSTOMERS = "SELECT name FROM `tabCustomer` WHERE name IN %(customers)s AND woo_run = %(run)s"
_OF_OTHERS = """
SELECT DISTINCT master.name FROM `tabDynamic Link` link JOIN `tab{doctype}` master ON master.name = link.parent
WHERE link.parenttype = '{doctype}' AND link.link_doctype = 'Customer' AND link.link_name IN %(customers)s
	AND master.woo_run = %(run)s
"""


def book_anew(run: int, seconds: float | None = None) -> dict:
	"""Take back what the run has booked as kinds that have failed since, and have it booked as documents.

	:param seconds: no new batch after so long, None for ever
	:returns: `run`, `is_done`, `taken_back` (orders, of this call), `kept` (documents, of all calls)
	:raises RunStateError: the run isn't over, or is undone; :raises LedgerInUseError: the store is being migrated or undone
	"""
	store = store_of(run)
	with site_runs.only_migration_of(store):
		_check_state(run, store)
		work = _Work(run, store)
		try:
			is_done = work.do(inf if seconds is None else time.monotonic() + seconds)
		except Exception as error:
			site_runs.note_undo_error(run, error, alerts.anew_failed)
			raise
	return {"run": run, "is_done": is_done, "taken_back": work.taken_back, "kept": work.kept}


def start(run: int) -> str:
	"""Queue it; one that is queued or at work already is left alone. Returns the job's id.

	:raises RunStateError: the run isn't over, or is undone
	"""
	_check_state(run, store_of(run))
	site_runs.note_starter(run)
	return _enqueue(run, 1)


@without_traces
def book_anew_job(run: int, part: int = 1) -> dict:
	"""One job: work until most of its time is over, then queue the next one."""
	try:
		done = book_anew(run, timeout() * SHARE_FOR_BATCHES)
	except (LedgerInUseError, RunStateError) as error:
		return {"status": "refused", "reason": str(error)}
	if done["is_done"]:
		alerts.booked_anew(run)  # committed with the job's end
	else:
		_enqueue(run, OTHER_PART[part])
	return done


def state(run: int) -> str | None:
	"""Whether a job waits or is at work; see `work_states.state_of`."""
	return state_of([_job(run, part) for part in OTHER_PART])


def is_needed(run: int) -> bool:
	"""Whether there is something to take back, or taken back and not yet noted for the inbox."""
	return written_kinds.has_suspects(run) or bool(_taken_back(run, store_of(run), 1))


def suspects(run: int) -> dict:
	"""The orders that stand as a kind that has failed: `count` of all, and the first `orders` (order_id, invoice, kind, why)."""
	first: list[dict] = []
	count = 0
	for suspect in written_kinds.suspects(run):
		count += 1
		if len(first) < LISTED:
			first.append(suspect._asdict())
	return {"count": count, "orders": first}


def _enqueue(run: int, part: int) -> str:
	job_id = _job(run, part)
	enqueue_once(METHOD, job_id, QUEUE, timeout(), run=run, part=part)
	return job_id


def _job(run: int, part: int) -> str:
	return f"woo_book_anew_{run}_{part}"


def _check_state(run: int, store: str) -> None:
	fresh_snapshot()
	kind, status = frappe.db.get_value(RUN, run, ("kind", "status"))
	if kind != "Migration" or status not in ENDED:
		raise RunStateError(
			Sentence("Run {0} is {1}.", run, status.lower()),
			"Orders are booked anew when a migration is over.",
		)
	check_nobody_works(run, store)


def _taken_back(run: int, store: str, limit: int) -> list[int]:
	values = {"store": store, "run": str(run), "limit": limit}
	return frappe.db.sql(_TAKEN_BACK, values, pluck=True)


class _Work:
	"""Orders first, then customers for whom wrong rows were written, then the inbox. Each batch is a transaction.

	:ivar customers: those whose masters are to go, once no order of theirs is left; kept with the run
	"""

	def __init__(self, run: int, store: str):
		row = frappe.db.get_value(
			RUN, run, ("series_before", "anew_position", "kept_documents"), as_dict=True
		)
		self.run = run
		self.store = store
		self.series = SeriesBefore(json.loads(row.series_before) if row.series_before else None)
		company = frappe.db.get_value("WooCommerce Store", store, "company")
		# Rows of the Order Map stay as held, whoever has made them: so the orders are listed until they are booked.
		self.orders = OrdersUndo(run, store, self.series, datetime.max, company)
		self.masters = MastersUndo(run, self.series, company)
		position = json.loads(row.anew_position or "{}")
		self.customers: set[str] = set(position.get("customers", ()))
		self.documents: list[dict] = json.loads(row.kept_documents or "[]") if position else []
		self.taken_back = 0

	@property
	def kept(self) -> int:
		return len(self.documents)

	def do(self, ends: float) -> bool:
		""":return: whether all is done; else the time was over"""
		# What was booked just now still waits to be found by the global search, and would be found when it is gone.
		sync_global_search()
		# Orders' decisions go with them, and with these what is known of the customers.
		self.customers |= written_kinds.suspect_customers(self.run).keys()
		self._commit()
		steps = (self._take_back_orders, self._take_back_masters, self._hand_over)
		for step in steps:
			for _batch in step():
				if time.monotonic() >= ends:
					return False
		self._commit(is_done=True)
		return True

	def _take_back_orders(self) -> Iterator[None]:
		found = (suspect.order_id for suspect in written_kinds.suspects(self.run))
		while ids := list(islice(found, OrdersUndo.one_by_one)):
			with order_locks(self.store, ids, LOCK_WAIT) as held:
				if held:
					self._take_back(sorted(held))
			yield

	@again_after_deadlock
	def _take_back(self, ids: list[int]) -> None:
		with self._transaction():
			undone = self.orders.undo(ids)
			if undone.orders:
				self._mark(undone.orders, TAKEN_BACK)
		self.taken_back += len(undone.orders)
		self._keep(undone.kept)

	def _take_back_masters(self) -> Iterator[None]:
		if not self.customers:
			return
		for kind in (CUSTOMER, CONTACT, ADDRESS):
			names = self._masters_of(kind)
			for start in range(0, len(names), MastersUndo.one_by_one):
				self._remove_masters(kind, names[start : start + MastersUndo.one_by_one])
				yield
		self.customers.clear()
		self._commit()

	def _masters_of(self, kind: str) -> list[str]:
		query = _OWN_CUSTOMERS if kind == CUSTOMER else _OF_OTHERS.format(doctype=kind)
		return frappe.db.sql(query, {"customers": sorted(self.customers), "run": self.run}, pluck=True)

	@again_after_deadlock
	def _remove_masters(self, kind: str, names: list[str]) -> None:
		with self._transaction():
			undone = self.masters.undo(kind, names)
		self._keep(undone.kept)

	def _hand_over(self) -> Iterator[None]:
		"""The inbox has them, and the Order Map says so, in one transaction."""
		while ids := _taken_back(self.run, self.store, NOTED_AT_ONCE):
			inbox.note_many(self.store, inbox.ORDER, ((order_id, None) for order_id in ids), inbox.PERSON)
			self._mark(ids, NOTED)
			inbox.WORK.enqueue(self.store)
			frappe.db.commit()
			yield

	def _mark(self, ids: Iterable[int], reason: str) -> None:
		values = {
			"store": self.store,
			"ids": list(ids),
			"reason": reason,
			"run": str(self.run),
			"now": now_datetime(),
		}
		frappe.db.sql(_MARK, values | {"message": MESSAGE, "what_to_do": WHAT_TO_DO})

	@contextmanager
	def _transaction(self) -> Iterator[None]:
		"""One batch: committed as a whole, or nothing of it."""
		try:
			fresh_snapshot()
			with booking_environment(historical=True):
				yield
			self.series.put_back()
			frappe.db.commit()
		except BaseException:
			frappe.db.rollback()
			self.series.forget()
			self.orders.poster.forget()
			self.masters.poster.forget()
			raise
		compat.forget_documents()

	def _keep(self, kept: list[Kept]) -> None:
		names = {(row["doctype"], row["name"]) for row in self.documents}
		new = [one for one in kept if (one.doctype, one.name) not in names]
		if new:
			rows = [
				{
					"doctype": o.doctype,
					"name": o.name,
					"order_id": o.order_id,
					"kind": o.kind,
					"reason": o.reason,
				}
				for o in new
			]
			self.documents += rows[: max(MOST_KEPT - len(self.documents), 0)]
			self._commit()

	def _commit(self, is_done: bool = False) -> None:
		"""Write how far it is, between two batches."""
		position = json.dumps({"customers": sorted(self.customers)}, ensure_ascii=False)
		values = {
			"anew_position": None if is_done else position,
			"kept_documents": json.dumps(self.documents, ensure_ascii=False, indent=1),
		}
		frappe.db.set_value(RUN, self.run, values)
		frappe.db.commit()
