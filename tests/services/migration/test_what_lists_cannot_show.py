"""Orders in statuses that no list of the store shows, money that isn't booked, and refunds of sub-orders, in a comparison."""

from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from types import SimpleNamespace

from jarz_woocommerce_integration.exceptions import StoreNotFoundError
from jarz_woocommerce_integration.ledger.contract import BookedOrder
from jarz_woocommerce_integration.services.comparison.text import ReceivedUnbooked
from jarz_woocommerce_integration.services.migration.summary import Totals
from jarz_woocommerce_integration.services.migration.verification import Comparison, side_by_side
from jarz_woocommerce_integration.services.migration.walk import ask_for_unlisted
from jarz_woocommerce_integration.store.orders import ORDER_IS_GONE, OrderWindow
from jarz_woocommerce_integration.store.payloads import ManifestEntry
from jarz_woocommerce_integration.translation.drafts import OrderState

WHEN = datetime(2026, 3, 1, 10, tzinfo=timezone.utc)
LISTED = ("pending", "completed", "cancelled", "trash")


def row(order_id, status="completed", **fields):
	booked = BookedOrder(
		order_id=order_id,
		number=str(order_id),
		status=status,
		state=OrderState.SYNCED,
		reason="",
		message="",
		what_to_do="",
		currency="EGP",
		order_total=Decimal("10.00"),
		refunded_total=Decimal(0),
		invoice=f"WOO-{order_id}",
		invoice_status="Submitted",
		invoice_total=Decimal("10.00"),
		credited_total=Decimal(0),
		paid_total=Decimal("10.00"),
		customer="C",
		customer_name="C",
		payment_method="cod",
		created_at=WHEN,
		modified_at=WHEN,
	)
	return replace(booked, **fields)


def entry(of):
	return ManifestEntry(
		id=of.order_id,
		status=of.status,
		currency=of.currency,
		total=of.order_total,
		date_created_gmt=WHEN,
		date_modified_gmt=WHEN,
	)


def compared(rows, absent=(), asked=None):
	listable = asked or (lambda: frozenset(LISTED))
	manifest = [[entry(one) for one in rows if one.order_id not in absent]]
	comparison = Comparison(OrderWindow(statuses=LISTED), listable=listable)
	for pair in side_by_side(manifest, rows):
		comparison.add(*pair)
	return comparison.close()


class Store:
	"""Gives single orders. :param orders: id -> status"""

	def __init__(self, orders):
		self.orders = orders

	def get(self, route, params=None, shape=None):
		order_id = int(route.rpartition("/")[2])
		if order_id not in self.orders:
			raise StoreNotFoundError("Invalid ID.", "", status=404, code=ORDER_IS_GONE)
		return SimpleNamespace(body={"id": order_id, "status": self.orders[order_id]})


# --- statuses that no list shows ---


def test_an_order_whose_plugin_is_off_is_there_by_its_id_and_is_told_apart_from_a_deleted_one():
	rows = [row(1), row(2, "partially-paid"), row(3, "partially-paid")]
	verification = compared(rows, absent=(2, 3))
	assert [found.kind for found in verification.differences] == ["unlisted", "unlisted"]
	ask_for_unlisted(Store({2: "partially-paid"}), verification)
	assert [(f.order_id, f.kind, f.explained) for f in verification.differences] == [
		(2, "unlisted", True),
		(3, "not_in_store", False),
	]
	assert verification.unlisted == {"partially-paid": 1}
	assert verification.vanished == [3]


def test_an_order_that_is_gone_in_a_listed_status_is_looked_for_as_before():
	verification = compared([row(1), row(2)], absent=(2,))
	assert [(found.kind, found.order_id) for found in verification.differences] == [("not_in_store", 2)]


def test_the_store_is_not_asked_for_its_statuses_while_every_order_is_in_its_list():
	def asked():
		raise AssertionError("nobody needs to know")

	assert compared([row(1), row(2)], asked=asked).proven


def test_of_a_store_that_does_not_tell_its_statuses_nothing_is_unlisted():
	verification = compared([row(1), row(2, "partially-paid")], absent=(2,), asked=lambda: None)
	assert verification.differences == []


# --- what was sold, and refunds of sub-orders ---


def test_an_invoice_is_the_orders_total_and_what_was_paid_by_credit():
	exact = row(1, tendered_total=Decimal("5.00"), invoice_total=Decimal("15.00"))
	short = row(2, tendered_total=Decimal("5.00"))
	assert [found.order_id for found in compared([exact, short]).differences] == [2]


def parent_and_part(credited, on_part="4.00", **parent):
	sale = row(1, credited_total=Decimal(credited), refunded_elsewhere=Decimal(credited), **parent)
	part = row(
		2,
		state=OrderState.SKIPPED,
		reason="sub_order",
		parent_id=1,
		refunded_total=Decimal(on_part),
		invoice="",
		invoice_total=None,
	)
	return [sale, part]


def test_a_refund_on_a_sub_order_that_its_parent_credits_is_proven():
	assert compared(parent_and_part("4.00")).proven


def test_a_refund_on_a_sub_order_that_nobody_credits_is_found_and_the_parent_read_again():
	verification = compared(parent_and_part("0"))
	assert [(found.kind, found.order_id) for found in verification.differences] == [("refunds", 1)]
	assert verification.to_read_again == [1]


def test_a_refund_that_was_deleted_on_the_sub_order_is_found():
	assert not compared(parent_and_part("4.00", on_part="0")).proven


def test_a_parent_that_is_listed_anyway_is_not_told_twice():
	held = parent_and_part("0", state=OrderState.HELD, reason="total_differs")
	assert compared(held).differences == []


# --- what was received and isn't booked ---


def test_what_was_received_is_summed_by_status_and_currency():
	skipped = {"state": OrderState.SKIPPED, "invoice": "", "invoice_total": None}
	rows = [
		row(1, "cancelled", received_unbooked=Decimal("10.00"), **skipped),
		row(2, "cancelled", received_unbooked=Decimal("2.50"), **skipped),
		row(3, "failed", received_unbooked=Decimal("7.00"), currency="USD", **skipped),
		row(4, "pending", **skipped),
	]
	received = ReceivedUnbooked()
	for one in rows:
		received.add(one)
	assert received.as_rows() == [
		{"status": "cancelled", "currency": "EGP", "orders": 2, "received": "12.50", "ids": [1, 2]},
		{"status": "failed", "currency": "USD", "orders": 1, "received": "7.00", "ids": [3]},
	]
	totals = Totals(rows)
	assert (totals.received_orders, dict(totals.received_unbooked)) == (
		3,
		{"EGP": Decimal("12.50"), "USD": Decimal("7.00")},
	)
