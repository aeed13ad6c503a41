"""What a migration or rehearsal comes to, as plain data for `--json` and the closing lines of the terminal.

Counts and sums are read from the ledger, so they hold for all sessions of a run, not only for the last.
"""

import resource
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from jarz_woocommerce_integration.ledger.contract import BookedOrder
from jarz_woocommerce_integration.services.migration.engine import Progress
from jarz_woocommerce_integration.services.migration.verification import Verification
from jarz_woocommerce_integration.translation.drafts import OrderState

# Where the money of an order stands: what the store's total is made of, currency by currency.
PLACES = ("booked", "draft", "held", "skipped", "failed", "cancelled", "deleted")


class Totals:
	"""Counts and sums over all orders of a ledger, gathered in one pass."""

	def __init__(self, orders: Iterable[BookedOrder]):
		self.orders_seen = 0
		self.by_state: Counter[str] = Counter()
		self.held_by_reason: Counter[str] = Counter()
		self.store_total: dict[str, Decimal] = defaultdict(Decimal)
		self.booked_total: dict[str, Decimal] = defaultdict(Decimal)
		self.credited_total: dict[str, Decimal] = defaultdict(Decimal)
		self.received_unbooked: dict[str, Decimal] = defaultdict(Decimal)
		self.received_orders = 0
		self.by_place: dict[str, dict[str, Decimal]] = {place: defaultdict(Decimal) for place in PLACES}
		for order in orders:
			self._add(order)

	def _add(self, order: BookedOrder) -> None:
		self.orders_seen += 1
		self.by_state[order.state.value] += 1
		if order.state is OrderState.HELD:
			self.held_by_reason[order.reason] += 1
		self.store_total[order.currency] += order.order_total
		self.by_place[_place(order)][order.currency] += order.order_total
		if order.received_unbooked:
			self.received_orders += 1
			self.received_unbooked[order.currency] += order.received_unbooked
		if order.state is OrderState.SYNCED and order.invoice_total is not None:
			self.booked_total[order.currency] += order.invoice_total
			self.credited_total[order.currency] += order.credited_total


def _place(order: BookedOrder) -> str:
	if order.state is OrderState.SYNCED:
		return "draft" if order.invoice_status == "Draft" else "booked"
	return "deleted" if order.state is OrderState.DELETED else order.state.value.lower()


def summarise(
	totals: Totals,
	counts: dict[str, int],
	verification: Verification | None,
	progress: Progress,
	requests: int,
	seconds: float,
) -> dict[str, Any]:
	"""The summary of a rehearsal. Amounts are strings with exact decimals.

	:param counts: of invoices, credit notes, customers and addresses in the ledger
	:param progress, requests, seconds: of this session
	"""
	return {
		"orders_seen": totals.orders_seen,
		"by_state": dict(sorted(totals.by_state.items())),
		"held_by_reason": dict(totals.held_by_reason.most_common()),
		**counts,
		"store_total": _texts(totals.store_total),
		"booked_total": _texts(totals.booked_total),
		"credited_total": _texts(totals.credited_total),
		"received_unbooked": _texts(totals.received_unbooked),
		"received_unbooked_orders": totals.received_orders,
		"store_total_by_state": {
			place: _texts(amounts) for place, amounts in totals.by_place.items() if amounts
		},
		"differences": [found.as_dict() for found in verification.differences] if verification else [],
		"proven": verification.proven if verification else None,
		"unlisted_statuses": dict(sorted(verification.unlisted.items())) if verification else {},
		"complete": verification is not None and not progress.stopped,
		"this_session": {
			"orders": progress.orders,
			"pages": progress.pages,
			**dict(sorted(progress.what.items())),
			"failed_pages": progress.failed_pages,
		},
		"orders_per_minute": round(progress.orders / seconds * 60) if seconds else 0,
		"requests": requests,
		"seconds": round(seconds, 2),
		"peak_rss_mb": peak_rss_mb(),
	}


def verification_summary(verification: Verification) -> dict[str, Any]:
	"""The comparison as plain data: a row for each day, status and currency, and every difference."""
	return {
		"proven": verification.proven,
		"store_orders": verification.store_orders,
		"unlisted_statuses": dict(sorted(verification.unlisted.items())),
		"groups": verification.sums_by("day", "status", "currency"),
		"differences": [found.as_dict() for found in verification.differences],
	}


def order_row(order: BookedOrder) -> dict[str, Any]:
	"""One row of `jarz-woo orders`."""
	return {
		"order_id": order.order_id,
		"number": order.number,
		"status": order.status,
		"state": order.state.value,
		"reason": order.reason,
		"message": order.message,
		"currency": order.currency,
		"order_total": str(order.order_total),
		"invoice": order.invoice,
		"invoice_status": order.invoice_status,
		"invoice_total": None if order.invoice_total is None else str(order.invoice_total),
		"refunded_total": str(order.refunded_total),
		"credited_total": str(order.credited_total),
		"paid_total": str(order.paid_total),
		"tendered_total": str(order.tendered_total),
		"received_unbooked": str(order.received_unbooked),
		"customer": order.customer,
		"customer_name": order.customer_name,
		"changed": order.changed,
	}


def peak_rss_mb() -> float:
	"""Peak memory of this process; the kernel counts in KiB, on macOS in bytes."""
	peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
	return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def _texts(amounts: dict[str, Decimal]) -> dict[str, str]:
	return {currency: str(amount) for currency, amount in sorted(amounts.items())}
