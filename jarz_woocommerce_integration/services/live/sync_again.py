"""Reading orders again because a person wants it: now and here where they are few, else in the background.

Either way they are noted in the inbox first, so that what ends in between, or fails, is tried again from there.
"""

from collections.abc import Iterable

import frappe

from jarz_woocommerce_integration.ledger.contract import BookedOrder
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.inbox.work import AT_ONCE, Work
from jarz_woocommerce_integration.services.live.session import open_live_session
from jarz_woocommerce_integration.services.migration.page_booking import LOCK_WAIT, BookingResult
from jarz_woocommerce_integration.services.session.migration import enabled_store
from jarz_woocommerce_integration.services.session.single_orders import result_of, result_of_booked

FEW = 20
QUEUED = "queued"


def sync(store: str, order_ids: Iterable[int]) -> list[dict]:
	"""As `sync_now` where they are few; many are left to the background, and reported as "queued".

	:raises StoreSetupError: the store is switched off; :raises StoreError: it can't be read
	"""
	ids = _sorted(order_ids)
	if len(ids) <= FEW:
		return sync_now(store, ids)
	name = enabled_store(store).name
	_note(name, ids)
	_enqueue(name)
	return [result_of(QUEUED, Sentence("It is read in the background."), "", order_id) for order_id in ids]


def sync_now(store: str | None, order_ids: Iterable[int]) -> list[dict]:
	"""Read these orders from the store as they are now, in whatever status, and book them.

	:returns: for each `status`, `reason`, `invoice`, `woo_order_id`; the status of one that the store doesn't have any
		more is "deleted", of one that somebody else works on just now "queued"
	:raises StoreError: the store can't be read; what isn't booked yet is tried again in the background
	"""
	ids = _sorted(order_ids)
	results: list[dict] = []
	with open_live_session(store) as session:
		_note(session.store.name, ids)
		work = Work(session)
		for start in range(0, len(ids), AT_ONCE):
			part = ids[start : start + AT_ONCE]
			result = work.work_on_orders(part, LOCK_WAIT)
			rows = session.ledger.find_orders(part)
			results += [_result_of(order_id, result, rows.get(order_id)) for order_id in part]
		if any(result["status"] == QUEUED for result in results):
			_enqueue(session.store.name)
	return results


def _sorted(order_ids: Iterable[int]) -> list[int]:
	return sorted({int(order_id) for order_id in order_ids})


def _note(store: str, ids: Iterable[int]) -> None:
	fresh_snapshot()
	inbox.note_many(store, inbox.ORDER, ((order_id, None) for order_id in ids), inbox.PERSON)
	frappe.db.commit()


def _enqueue(store: str) -> None:
	inbox.WORK.enqueue(store)
	frappe.db.commit()


def _result_of(order_id: int, result: BookingResult, row: BookedOrder | None) -> dict:
	invoice = row.invoice if row else ""
	if order_id in result.busy:
		reason = Sentence("Another worker is reading it now. It is done in a moment.")
		return result_of(QUEUED, reason, invoice, order_id)
	if order_id in result.deleted:
		return result_of("deleted" if row else "failed", result.deleted[order_id], invoice, order_id)
	if booked := result.committed(order_id):
		return result_of_booked(booked, row)
	if order_id in result.failed:
		return result_of("failed", result.failed[order_id], invoice, order_id)
	return result_of("skipped", row.message if row else "", invoice, order_id)
