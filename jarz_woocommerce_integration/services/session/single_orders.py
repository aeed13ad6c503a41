"""Orders booked outside of a migration that were handed over as the store's JSON, and what is told of them."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from jarz_woocommerce_integration.exceptions import PayloadError
from jarz_woocommerce_integration.ledger.contract import Booked, PageRecord
from jarz_woocommerce_integration.services.migration.page_booking import held_unreadable
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import SiteSession
from jarz_woocommerce_integration.store.orders import OrderPage, page_of
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


def _book(
	session: SiteSession,
	page: OrderPage,
	unreadable: Sequence[Outcome] = (),
	on_lookups: OnLookups = _ignore,
) -> list[dict]:
	record = PageRecord(site_runs.run_of_today(session.store.name), 0, session.translator.policy_hash)
	booking = session.booking()
	booked = booking.book(page, record, unreadable, on_lookups)
	booking.book_stale_parents(record)
	session.update_monthly_sales()
	return results_of(session, booked.orders)


def results_of(session: SiteSession, booked: Collection[Booked]) -> list[dict]:
	"""What was committed, as the users of order_sync are told it."""
	rows = session.ledger.find_orders(order.order_id for order in booked)
	results = []
	for order in booked:
		row = rows.get(order.order_id)
		reason = order.message or order.reason or ("" if order.what in ("booked", "updated") else order.what)
		results.append(result_of(STATUS[order.what], reason, row.invoice if row else "", order.order_id))
	return results


def unreadable_results(page: OrderPage) -> list[dict]:
	"""Entries of a page of the store's list that are no orders: the end of a migration asks for them by id."""
	return [result_of("failed", error.message, "", error.identifier) for error in page.unreadable]


def result_of(status: str, reason: str, invoice: str, order_id: int | None) -> dict:
	"""What is told of one order."""
	return {"status": status, "reason": reason, "invoice": invoice, "woo_order_id": order_id}


def counts_of(results: Sequence[dict]) -> dict:
	"""The results with their counts before them."""
	counts = {name: sum(result["status"] == name for result in results) for name in COUNTED}
	return {"total_processed": len(results), **counts, "results": list(results)}


def _held_unreadable(page: OrderPage, bodies: Sequence[Any]) -> list[Outcome]:
	"""Bodies that can't be read as orders, held with what little they tell, so that their ids are never lost."""
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
