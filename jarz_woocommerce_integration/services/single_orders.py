"""Orders booked outside of a migration: read again by id, or handed over as the store's JSON."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jarz_woocommerce_integration.exceptions import PayloadError, StoreNotFoundError
from jarz_woocommerce_integration.ledger.contract import Booked, PageRecord
from jarz_woocommerce_integration.services import site_runs
from jarz_woocommerce_integration.services.page_booking import held_unreadable
from jarz_woocommerce_integration.services.site_migration import SiteSession
from jarz_woocommerce_integration.store.orders import OrderPage, page_of, read_order, read_orders_by_id
from jarz_woocommerce_integration.store.payloads import ManifestEntry, parse
from jarz_woocommerce_integration.translation.drafts import Outcome
from jarz_woocommerce_integration.translation.lookups import Lookups

ORDERS_AT_ONCE = 100
# What was committed -> what the users of order_sync are told.
STATUS = {
	"booked": "created",
	"updated": "updated",
	"unchanged": "skipped",
	"changed": "skipped",
	"cancelled": "skipped",
	"skipped": "skipped",
	"held": "held",
	"failed": "failed",
}
COUNTED = ("created", "updated", "skipped", "held", "failed")

OnLookups = Callable[[Lookups], None]


def _ignore(lookups: Lookups) -> None:
	pass


def book_bodies(session: SiteSession, bodies: Sequence[Any], on_lookups: OnLookups = _ignore) -> list[dict]:
	"""Book orders that came as the store's JSON, in pages of a hundred. Refunds are read from the store.

	:param on_lookups: is shown what the books had for each page
	:returns: for each order `status`, `reason`, `invoice`, `woo_order_id`
	:raises StoreError: the refunds can't be read; :raises LedgerError: nothing of the page at hand is written
	"""
	results: list[dict] = []
	for start in range(0, len(bodies), ORDERS_AT_ONCE):
		part = bodies[start : start + ORDERS_AT_ONCE]
		page = page_of(session.client, part, session.translator.wants_refunds)
		results += _book(session, page, _held_unreadable(page, part), on_lookups)
	return results


def book_ids(session: SiteSession, order_ids: Iterable[int]) -> list[dict]:
	"""Read these orders from the store as they are now, in whatever status, and book them.

	One that the store doesn't have any more is marked as deleted; what was booked for it stays.

	:returns: as `book_bodies`; the status of a deleted one is "deleted"
	:raises StoreError: the store can't be read; orders of earlier hundreds are booked
	"""
	ids = sorted({int(order_id) for order_id in order_ids})
	results: list[dict] = []
	for start in range(0, len(ids), ORDERS_AT_ONCE):
		results += _book_these(session, ids[start : start + ORDERS_AT_ONCE])
	return results


def _book_these(session: SiteSession, ids: list[int]) -> list[dict]:
	page = read_orders_by_id(session.client, ids, None, session.translator.wants_refunds)
	told = {order.id for order in page.orders}
	results: list[dict] = []
	for order_id in ids:
		if order_id in told:
			continue
		# In no list: hidden by its status, unreadable, or deleted. Only its own route tells.
		try:
			order, refunds = read_order(session.client, order_id)
		except StoreNotFoundError as error:
			results.append(_mark_deleted(session, order_id, error.message))
		except PayloadError as error:
			results.append(_result("failed", error.message, "", order_id))
		else:
			page.orders.append(order)
			page.refunds[order_id] = refunds
	page.orders.sort(key=lambda order: order.id)
	return results + (_book(session, page) if page.orders else [])


def _mark_deleted(session: SiteSession, order_id: int, message: str) -> dict:
	known = session.ledger.find_orders([order_id]).get(order_id)
	if not known:
		return _result("failed", message, "", order_id)
	session.ledger.mark_deleted([order_id])
	return _result("deleted", message, known.invoice, order_id)


def _book(
	session: SiteSession,
	page: OrderPage,
	unreadable: Sequence[Outcome] = (),
	on_lookups: OnLookups = _ignore,
) -> list[dict]:
	record = PageRecord(site_runs.run_of_today(session.store.name), 0, session.translator.policy_hash)
	booked = session.booking().book(page, record, unreadable, on_lookups)
	session.ledger.update_monthly_sales()
	return results_of(session, booked.orders)


def results_of(session: SiteSession, booked: Sequence[Booked]) -> list[dict]:
	"""What was committed, as the users of order_sync are told it."""
	rows = session.ledger.find_orders(order.order_id for order in booked)
	results = []
	for order in booked:
		row = rows.get(order.order_id)
		reason = order.message or order.reason or ("" if order.what in ("booked", "updated") else order.what)
		results.append(_result(STATUS[order.what], reason, row.invoice if row else "", order.order_id))
	return results


def unreadable_results(page: OrderPage) -> list[dict]:
	"""Entries of a page of the store's list that are no orders: the end of a migration asks for them by id."""
	return [_result("failed", error.message, "", error.identifier) for error in page.unreadable]


def _result(status: str, reason: str, invoice: str, order_id: int | None) -> dict:
	return {"status": status, "reason": reason, "invoice": invoice, "woo_order_id": order_id}


def counts_of(results: Sequence[dict]) -> dict:
	"""The results with their counts before them."""
	counts = {name: sum(result["status"] == name for result in results) for name in COUNTED}
	return {"total_processed": len(results), **counts, "results": list(results)}


def _held_unreadable(page: OrderPage, bodies: Sequence[Any]) -> list[Outcome]:
	"""Bodies that can't be read as orders, held with what little they tell, so that their ids are never lost."""
	faulty = {error.identifier: error for error in page.unreadable if error.identifier}
	held = []
	for body in bodies:
		error = faulty.get(body.get("id")) if isinstance(body, dict) else None
		if error:
			held.append(held_unreadable(_entry_of(body), error))
	return held


def _entry_of(body: dict) -> ManifestEntry:
	try:
		return parse(ManifestEntry, body)
	except PayloadError:
		return parse(ManifestEntry, {"id": body["id"]})
