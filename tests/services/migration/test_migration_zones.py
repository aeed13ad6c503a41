"""The window of a migration holds what it must in whatever time zone the shop lies, and at whatever hour it begins."""

from datetime import timedelta

import pytest

from jarz_woocommerce_integration.exceptions import StoreDateFilterError, StorePagingError
from jarz_woocommerce_integration.store import date_check, dates, orders as store_orders
from jarz_woocommerce_integration.store.orders import OrderWindow, count_orders, oldest_and_newest
from jarz_woocommerce_integration.tests.support.zones import MOMENTS, ZONES
from tests.services.migration.shop import STATUSES, Shop, rows

SECOND = timedelta(seconds=1)


@pytest.fixture
def orders(moment):
	"""A shop at that hour: its orders of the last quarters of an hour, of this second and of the next."""
	clock = [moment.now - timedelta(hours=3)]
	with Shop(orders=20, zone=moment.zone, clock=lambda: clock[0].timestamp()).open() as shop:
		shop.made = {}
		for ago in [timedelta(minutes=15) * quarters for quarters in range(11, 0, -1)] + [
			SECOND,
			SECOND * 0,
			-SECOND,
		]:
			clock[0] = moment.now - ago
			shop.made[ago] = shop.shop.add_order()
		yield shop


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_all_that_was_ordered_before_it_began_is_booked_and_nothing_later(orders, moment, ledger_file):
	_migration, verification = orders.migrate(ledger_file, now=moment.now)
	found = set(rows(ledger_file))
	assert {ago for ago, order_id in orders.made.items() if order_id in found} == set(
		orders.made
	), "what came while it ran is settled at its end"
	assert verification.proven


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_its_window_ends_where_it_was_said_to_end(orders, moment, ledger_file):
	_migration, verification = orders.migrate(ledger_file, before=moment.now)
	assert verification.proven
	found = set(rows(ledger_file))
	assert {ago for ago, order_id in orders.made.items() if order_id in found} == {
		ago for ago in orders.made if ago > SECOND * 0
	}


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_it_begins_where_it_was_said_to_begin(orders, moment):
	window = OrderWindow(after=moment.now - timedelta(minutes=30), statuses=STATUSES)
	with orders.client() as client:
		assert count_orders(client, window) == 4
		oldest, newest = oldest_and_newest(client, window)
	assert (oldest, newest) == (moment.now - timedelta(minutes=15), moment.now + SECOND)


@pytest.mark.parametrize("zone", ZONES)
def test_a_whole_shop_is_proven(zone, ledger_file):
	with Shop(orders=80, zone=zone).open() as shop:
		_migration, verification = shop.migrate(ledger_file)
		assert verification.proven
		assert sorted(rows(ledger_file)) == shop.shop.order_ids()


def old_form(moments, zone):
	"""With a zone and `dates_are_gmt`, as it once was."""
	asked = dates.date_filters(moments, None)
	return {name: value if name == "dates_are_gmt" else f"{value}Z" for name, value in asked.items()}


@pytest.mark.parametrize("zone", ["America/New_York", "Africa/Cairo"])
def test_a_shop_that_reads_the_windows_end_otherwise_stops_it_before_anything_is_booked(
	monkeypatch, zone, ledger_file
):
	for module in (store_orders, date_check):
		monkeypatch.setattr(module, "date_filters", old_form)
	with (
		Shop(orders=20, zone=zone).open() as shop,
		pytest.raises(StoreDateFilterError, match="leaves out order"),
	):
		shop.migrate(ledger_file)
	assert rows(ledger_file) == {}


def test_a_cache_that_answers_each_page_with_the_first_ends_it_at_the_second(ledger_file):
	with Shop(orders=250).open() as shop:
		shop.store.drops = ("page",)
		with pytest.raises(StorePagingError, match="same entries") as caught:
			shop.migrate(ledger_file)
		assert "cache" in caught.value.what_to_do
	assert len(rows(ledger_file)) == 50
