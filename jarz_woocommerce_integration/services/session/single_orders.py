"""Orders booked outside of a migration that were handed over as the store's JSON, and what their caller gets."""

from collections.abc import Sequence
from typing import Any

from jarz_woocommerce_integration.exceptions import PayloadError
from jarz_woocommerce_integration.ledger.contract import Booked, BookedOrder, PageRecord
from jarz_woocommerce_integration.services.migration.page_booking import BookingResult, held_unreadable
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import SiteSession
from jarz_woocommerce_integration.store.orders import OrderPage, page_of
from jarz_woocommerce_integration.store.payloads import ManifestEntry, parse
from jarz_woocommerce_integration.translation.drafts import Outcome

# What was committed -> what the callers of order_sync get.
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


def book_bodies(session: SiteSession, bodies: Sequence[Any]) -> BookingResult:
	"""Book up to a hundred orders that came as the store's JSON. Refunds are read from the store.

	:raises StoreError: the refunds can't be read; :raises LedgerError: nothing is written
	"""
	page = page_of(session.client, bodies, session.translator.wants_refunds)
	return book_page(session, page, _held_unreadable(page, bodies))


def book_page(session: SiteSession, page: OrderPage, unreadable: Sequence[Outcome] = ()) -> BookingResult:
	"""Book a page in the run of the day, and then the orders whose sub-orders have changed.

	:param unreadable: of `PageBooking.book`; :returns: what became of the page
	"""
	record = PageRecord(site_runs.run_of_today(session.store.name), 0, session.translator.policy_hash)
	result = session.booking().book(page, record, unreadable)
	if parents := result.take_stale_parents():
		session.booking().book_ids(parents, record)
	session.update_monthly_sales()
	return result


def results_of(session: SiteSession, result: BookingResult) -> list[dict]:
	"""What was committed, as the callers of order_sync get it: `status`, `reason`, `invoice`, `woo_order_id` of each order."""
	rows = session.ledger.find_orders(order.order_id for order in result.booked)
	return [result_of_booked(order, rows.get(order.order_id)) for order in result.booked]


def result_of_booked(order: Booked, row: BookedOrder | None) -> dict:
	"""What the caller gets of one order. :param row: its row in the books"""
	reason = order.message or order.reason or ("" if order.what in ("booked", "updated") else order.what)
	return result_of(STATUS[order.what], reason, row.invoice if row else "", order.order_id)


def unreadable_results(page: OrderPage) -> list[dict]:
	"""Entries of a page of the store's list that are no orders: the end of a migration asks for them by id."""
	return [result_of("failed", error.message, "", error.identifier) for error in page.unreadable]


def result_of(status: str, reason: str, invoice: str, order_id: int | None) -> dict:
	"""What the caller gets of one order."""
	return {"status": status, "reason": reason, "invoice": invoice, "woo_order_id": order_id}


def counts_of(results: Sequence[dict]) -> dict:
	"""The results with their counts before them."""
	counts = {name: sum(result["status"] == name for result in results) for name in COUNTED}
	return {"total_processed": len(results), **counts, "results": list(results)}


def _held_unreadable(page: OrderPage, bodies: Sequence[Any]) -> list[Outcome]:
	"""Bodies that can't be read as orders, held with what little they contain, so that their ids are never lost."""
	faulty: dict[Any, PayloadError] = {
		error.identifier: error for error in page.unreadable if error.identifier
	}
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
