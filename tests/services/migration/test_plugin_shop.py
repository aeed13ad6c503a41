"""A shop whose plugins and settings made some of its orders: exact or listed, each sale once, each refund once."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.sample_store.shop.kinds import TENDERS, Kind
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.policy import Policy
from tests.services.migration.shop import BOOKED, Shop, digest, rows

POLICY = Policy(statuses={**Policy().statuses, "shipped": "submit_and_pay"})
SOLD = BOOKED | {"shipped"}
PARTS = ("line_items", "shipping_lines", "fee_lines")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
	"""(the shop, its Order Map, the ledger's file, the verification)"""
	path = tmp_path_factory.mktemp("plugins") / "ledger.sqlite"
	with Shop(orders=1500, plugins=True).open() as shop:
		_migration, verification = shop.migrate(path, policy=POLICY)
		yield shop.shop, rows(path), path, verification


def paid_by_credit(shop, order_id: int) -> Decimal:
	"""What the shop itself says: the parts, less what the gateway was asked for."""
	if not shop.index.kinds[shop.index.position(order_id)] & TENDERS:
		return Decimal(0)
	body = shop.body(order_id)
	lines = [line for kind in PARTS for line in _values(body[kind])]
	parts = sum(Decimal(line["total"]) for line in lines if not _is_wallet(line)) + Decimal(body["total_tax"])
	return parts - Decimal(body["total"])


def _values(lines):
	return lines.values() if isinstance(lines, dict) else lines


def _is_wallet(line: dict) -> bool:
	return any(meta["key"] == "_legacy_fee_key" for meta in _values(line["meta_data"]))


def test_the_shop_is_proven(migrated):
	_shop, _rows, _path, verification = migrated
	assert verification.proven, verification.differences


def test_every_sale_is_booked_with_what_it_cost_and_every_part_of_one_is_skipped(migrated):
	shop, found, _path, _verification = migrated
	assert set(found) == set(shop.order_ids())
	for order_id, row in found.items():
		body = shop.body(order_id)
		if shop.is_sub_order(order_id):
			assert row.state is OrderState.SKIPPED, (order_id, row)
			assert row.reason == ("sub_order" if body["status"] in SOLD else row.reason)
		elif body["status"] in SOLD and shop.is_consistent(order_id):
			credit = paid_by_credit(shop, order_id) + max(-Decimal(body["total"]), 0)
			assert row.state is OrderState.SYNCED, (order_id, row)
			assert (row.invoice_total, row.tendered_total) == (
				Decimal(body["total"]) + credit,
				credit,
			), order_id
		else:
			assert row.state in (OrderState.HELD, OrderState.SKIPPED) and row.reason, (order_id, row)


def test_nothing_is_held_but_what_was_changed_behind_the_orders_back(migrated):
	shop, found, _path, _verification = migrated
	held = {order_id for order_id, row in found.items() if row.state is OrderState.HELD}
	assert held and all(not shop.is_consistent(order_id) for order_id in held)


def test_every_refund_is_credited_once(migrated):
	shop, found, _path, _verification = migrated
	odd = 0
	for order_id, row in found.items():
		if row.state is OrderState.SYNCED and row.invoice_status == "Submitted":
			refunds = shop.refunds(order_id)
			refunded = sum(Decimal(refund["amount"]) for refund in refunds)
			assert row.credited_total == refunded + row.owed_total, order_id
			odd += bool(
				refunds and shop.index.kinds[shop.index.position(order_id)] >= Kind.REFUND_UNROUNDED_TAXES
			)
	assert odd > 10


def test_what_was_given_back_wholly_leaves_income_and_taxes_at_zero(migrated):
	shop, found, path, _verification = migrated
	wholly = [
		order_id
		for order_id, row in found.items()
		if row.state is OrderState.SYNCED and row.status == "refunded" and row.invoice_total > 0
	]
	assert len(wholly) > 20
	assert any(shop.kinds(order_id) & {"refund_cent_over", "refund_amounts_then_rest"} for order_id in wholly)
	left = balances(path)
	for order_id in wholly:
		moved = {account for account, amount in left[order_id].items() if amount}
		assert not moved & {
			"Sales",
			"VAT",
			"Shipping Income",
			"Fee Income",
			"Round Off",
			"Sales Returns",
		}, order_id


def balances(path) -> dict[int, dict[str, int]]:
	left: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
	with closing(sqlite3.connect(path)) as connection:
		for order_id, account, moved in connection.execute(
			"SELECT order_id, account, debit - credit FROM gl_entry"
		):
			left[order_id][account] += moved
	return left


def test_what_was_received_for_orders_that_are_not_booked_is_told(migrated):
	shop, found, _path, _verification = migrated
	paid = [
		order_id for order_id in shop.ids_of(Kind.PAID_UNSOLD) if Decimal(shop.body(order_id)["total"]) > 0
	]
	assert paid
	for order_id in paid:
		assert found[order_id].received_unbooked == Decimal(shop.body(order_id)["total"]), order_id


def test_a_second_run_books_nothing_new(tmp_path):
	path = tmp_path / "ledger.sqlite"
	with Shop(orders=400, plugins=True).open() as shop:
		shop.migrate(path, policy=POLICY)
		before = digest(path)
		migration, verification = shop.migrate(path, policy=POLICY)
		assert migration.progress.what["booked"] == migration.progress.what["updated"] == 0
		assert verification.proven
		assert digest(path) == before
