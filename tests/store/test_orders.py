import gc
import threading
import time
import weakref
from datetime import datetime, timedelta, timezone

import pytest

from jarz_woocommerce_integration.exceptions import (
	NotAWooCommerceStoreError,
	PayloadError,
	StoreError,
	StoreNotFoundError,
	StoreRequestRefusedError,
	StoreUnwellError,
)
from jarz_woocommerce_integration.store.orders import (
	OrderWindow,
	oldest_and_newest,
	read_manifest,
	read_order,
	read_order_pages,
	read_orders_by_id,
	read_page,
)
from tests.store.fake_store import Reply, captured, error_reply, fixture, json_reply, make_order, make_refund


def all_ids(pages):
	return [order.id for page in pages for order in page.orders]


def ids_of(pages):
	return [[order.id for order in page.orders] for page in pages]


# --- the window ---


def test_the_oldest_and_the_newest_order_take_one_request_each(store, client):
	store.orders = [make_order(7, date_created_gmt="2019-05-01T10:00:00")]
	made = datetime(2019, 5, 1, 10, tzinfo=timezone.utc)
	assert oldest_and_newest(client, OrderWindow(statuses=("completed",))) == (made, made)
	asked = [request.params for request in store.requests if request.params.get("orderby") == "date"]
	assert [params["order"] for params in asked] == ["asc", "desc"]
	assert {params["status"] for params in asked} == {"completed"}


def test_a_shop_without_orders_has_no_oldest(store, client):
	store.orders = []
	assert oldest_and_newest(client, OrderWindow()) is None


def test_a_window_is_asked_for_in_utc_and_in_the_order_of_the_ids():
	cairo = timezone(timedelta(hours=2))
	window = OrderWindow(
		before=datetime(2026, 6, 1, 2, 0, 0, 999999, cairo),
		after=datetime(2026, 1, 1, tzinfo=timezone.utc),
		statuses=("completed", "shipped", "trash"),
	)
	assert window.parameters() == {
		"status": "completed,shipped,trash",
		"orderby": "id",
		"order": "asc",
		"before": "2026-06-01T00:00:00",
		"after": "2026-01-01T00:00:00",
		"dates_are_gmt": "true",
	}


def test_a_window_without_ends_is_the_whole_shop():
	assert OrderWindow().parameters() == {"status": "any", "orderby": "id", "order": "asc"}


def test_a_window_needs_a_zone_and_a_status():
	with pytest.raises(ValueError, match="time zone"):
		OrderWindow(before=datetime(2026, 1, 1))
	with pytest.raises(ValueError, match="without any status"):
		OrderWindow(statuses=())


# --- pages ---


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 30])
def test_every_order_comes_once(store, client, count):
	store.orders = [make_order(number) for number in range(1, count + 1)]
	pages = list(read_order_pages(client, OrderWindow(), page_size=10))
	assert all_ids(pages) == list(range(1, count + 1))
	assert [page.number for page in pages] == list(range(1, len(pages) + 1))
	assert all(page.orders for page in pages)


@pytest.mark.parametrize("totals_beyond_end", ["0", "2"])
def test_the_totals_of_the_page_beyond_the_end_are_not_believed(store, client, totals_beyond_end):
	store.orders = [make_order(number) for number in range(1, 21)]
	store.totals_beyond_end = totals_beyond_end
	store.lower_case_headers = True
	assert len(list(read_order_pages(client, OrderWindow(), page_size=10))) == 2
	assert store.requests[-1].params["page"] == "3"


def test_a_short_page_in_the_middle_is_not_the_end(store, client):
	"""A plugin that hides single orders from the list shortens a page."""
	bodies = {"1": [make_order(1)], "2": [], "3": [make_order(5), make_order(6)], "4": []}

	def answer(request):
		return json_reply(bodies[request.params.get("page", "1")], X_WP_TotalPages="3")

	store.routes["orders"] = answer
	assert ids_of(read_order_pages(client, OrderWindow(), page_size=2)) == [[1], [], [5, 6]]


def test_reading_goes_on_from_a_page(store, client):
	store.orders = [make_order(number) for number in range(1, 8)]
	pages = list(read_order_pages(client, OrderWindow(), page_size=3, first_page=2))
	assert ids_of(pages) == [[4, 5, 6], [7]]
	assert [page.number for page in pages] == [2, 3]


def test_captured_orders_of_all_versions_are_read(store, client):
	bodies = fixture("orders")
	store.orders = bodies["new"] + bodies["old"] + bodies["refunded"]
	store.refunds = [
		{**refund, "parent_id": int(order_id)}
		for order_id, refunds in bodies["refunds"].items()
		for refund in refunds
	]
	store.statuses += ["trash"]
	window = OrderWindow(statuses=tuple(store.statuses))
	page = read_page(client, window, 1)
	assert page.unreadable == [] and page.is_last
	assert [order.id for order in page.orders] == [body["id"] for body in store.orders]
	assert {order_id: len(refunds) for order_id, refunds in page.refunds.items()} == {
		order["id"]: len(order["refunds"]) for order in store.orders if order["refunds"]
	}


def test_an_entry_that_is_no_order_does_not_cost_its_page(store, client):
	store.orders = [make_order(1), make_order(2, total="much"), "not an order", make_order(4)]
	page = read_page(client, OrderWindow(), 1)
	assert [order.id for order in page.orders] == [1, 4]
	assert [error.identifier for error in page.unreadable] == [2, None]
	assert "total" in page.unreadable[0].message


def test_the_next_page_is_fetched_while_this_one_is_worked_on(store, client):
	store.orders = [make_order(number) for number in range(1, 100)]
	pages = read_order_pages(client, OrderWindow(), page_size=10)
	next(pages)
	deadline = time.monotonic() + 5
	while store.requests[-1].params.get("page") != "2" and time.monotonic() < deadline:
		time.sleep(0.005)
	time.sleep(0.05)
	assert store.requests[-1].params["page"] == "2"  # one ahead, and no further
	pages.close()


def test_an_error_is_raised_for_its_page_and_reading_goes_on_behind_it(store, connect):
	client = connect(attempts=1)
	client.connect()
	store.orders = [make_order(number) for number in range(1, 31)]
	store.faults = [None, captured("db_down")]
	pages = read_order_pages(client, OrderWindow(), page_size=10)
	assert ids_of([next(pages)]) == [list(range(1, 11))]
	with pytest.raises(StoreUnwellError):
		next(pages)
	rest = read_order_pages(client, OrderWindow(), page_size=10, first_page=3)
	assert ids_of(rest) == [list(range(21, 31))]


def prefetching():
	return [thread for thread in threading.enumerate() if thread.name.startswith("store-prefetch")]


def test_closing_early_stops_the_thread(store, client):
	store.orders = [make_order(number) for number in range(1, 100)]
	pages = read_order_pages(client, OrderWindow(), page_size=10)
	next(pages)
	assert prefetching()
	pages.close()
	assert not prefetching()


def test_closing_does_not_wait_for_a_long_pause(store, connect):
	client = connect(sleep=lambda seconds: time.sleep(seconds / 100))
	client.connect()
	store.orders = [make_order(number) for number in range(1, 100)]
	store.faults = [None, Reply(429, b"{}", {"Retry-After": "800"})]
	pages = read_order_pages(client, OrderWindow(), page_size=10)
	next(pages)
	started = time.monotonic()
	pages.close()
	assert time.monotonic() - started < 2 and not prefetching()


def test_memory_holds_two_or_three_pages_at_most(store, client):
	store.orders = [make_order(number) for number in range(1, 301)]
	alive, most = weakref.WeakSet(), 0
	for page in read_order_pages(client, OrderWindow(), page_size=10):
		alive.add(_Marker(page))
		gc.collect()
		most = max(most, len(alive))
	assert most <= 3


class _Marker:
	"""Lives as long as the page that it is put on."""

	def __init__(self, page):
		page.marker = self


# --- drift ---


def test_an_order_that_moves_down_does_not_come_twice(store, client):
	store.orders = [make_order(number) for number in range(2, 21)]

	def restore(page):
		if page == 1 and store.orders[0]["id"] != 1:
			store.orders.insert(0, make_order(1))

	client.connect()
	store.after_page = restore
	pages = list(read_order_pages(client, OrderWindow(), page_size=10))
	assert all_ids(pages) == list(range(2, 21))


def test_the_manifest_finds_what_a_drifting_page_skipped(store, client):
	client.connect()
	store.orders = [make_order(number) for number in range(1, 31)]
	store.after_page = lambda page: store.orders.pop(0) if page == 1 and len(store.orders) == 30 else None
	seen = set(all_ids(read_order_pages(client, OrderWindow(), page_size=10)))
	assert 11 not in seen
	store.after_page = lambda page: None
	listed = {entry.id for entries in read_manifest(client, OrderWindow()) for entry in entries}
	assert listed - seen == {11} and seen - listed == {1}


# --- the manifest ---


def test_the_manifest_asks_for_little_and_has_every_order(store, client):
	store.orders = [make_order(number, "trash" if number % 2 else "shipped") for number in range(1, 26)]
	window = OrderWindow(statuses=("shipped", "trash"))
	pages = list(read_manifest(client, window, page_size=10))
	entries = [entry for page in pages for entry in page]
	assert [entry.id for entry in entries] == list(range(1, 26))
	assert (
		store.requests[-1].params["_fields"] == "id,status,date_created_gmt,date_modified_gmt,total,currency"
	)
	assert str(entries[0].total) == "10.00" and entries[0].status == "trash"


def test_an_entry_of_the_manifest_with_a_broken_field_keeps_its_id(store, client):
	store.orders = [make_order(1, total="much"), make_order(2, date_created_gmt="0000-00-00 00:00:00")]
	(entries,) = read_manifest(client, OrderWindow())
	assert [entry.id for entry in entries] == [1, 2]
	assert entries[0].total is None and entries[1].date_created_gmt is None


# --- by id ---


def test_orders_by_id_are_asked_for_a_hundred_at_a_time(store, client):
	store.orders = [make_order(number, "trash" if number == 7 else "completed") for number in range(1, 251)]
	page = read_orders_by_id(client, [*range(1, 251), 900, 5], ("completed", "trash"))
	assert [order.id for order in page.orders] == list(range(1, 251))
	asked = [
		request.params["include"].split(",") for request in store.requests if "include" in request.params
	]
	assert [len(ids) for ids in asked] == [100, 100, 51]


def test_deleted_ids_are_left_out(store, client):
	store.orders = [make_order(1)]
	assert ids_of([read_orders_by_id(client, [1, 2, 3])]) == [[1]]


def test_a_store_that_ignores_the_ids_does_not_hand_in_other_orders(store, client):
	store.routes["orders"] = json_reply([make_order(1), make_order(2)])
	assert ids_of([read_orders_by_id(client, [2])]) == [[2]]


def test_one_order_comes_with_its_refunds(store, client):
	store.orders = [make_order(1, refunds=[{"id": 5, "reason": "", "total": "-1.00"}])]
	store.refunds = [make_refund(5, 1)]
	order, refunds = read_order(client, 1)
	assert (order.id, [refund.id for refund in refunds]) == (1, [5])


def test_an_order_is_gone_only_if_woocommerce_says_so(store, connect):
	client = connect(attempts=2)
	client.connect()
	with pytest.raises(StoreNotFoundError) as caught:
		read_order(client, 999999)
	assert caught.value.code == "woocommerce_rest_shop_order_invalid_id"
	for reply in (
		Reply(404, b"<html>nginx</html>"),
		captured("plugin_inactive_namespace"),
		captured("maintenance_mode"),
		captured("db_down"),
		Reply(200, b"<html></html>"),
		error_reply(500, "internal_server_error", "Fatal"),
		json_reply([]),
	):
		store.routes["orders/1"] = reply
		with pytest.raises(StoreError) as caught:
			read_order(client, 1)
		assert not isinstance(caught.value, StoreNotFoundError)
	store.routes["orders/1"] = Reply(404, b"<html>nginx</html>")
	with pytest.raises(NotAWooCommerceStoreError, match="isn't known whether order 1 still exists"):
		read_order(client, 1)


def test_an_unknown_status_is_refused_with_the_names_that_the_store_knows(store, client):
	with pytest.raises(
		StoreRequestRefusedError, match="not one of any, trash, auto-draft, pending, .*shipped"
	):
		read_page(client, OrderWindow(statuses=("nonsense",)), 1)


def test_a_missing_refund_is_seen_and_its_order_is_not_taken_for_whole(store, client):
	named = [{"id": 5, "reason": "", "total": "-1.00"}, {"id": 6, "reason": "", "total": "-1.00"}]
	store.orders = [make_order(1), make_order(2, refunds=named)]
	store.refunds = [make_refund(5, 2)]
	page = read_page(client, OrderWindow(), 1)
	assert [order.id for order in page.orders] == [1] and page.refunds == {}
	assert [error.identifier for error in page.unreadable] == [2]
	assert "refund 6" in page.unreadable[0].message
	with pytest.raises(PayloadError, match="refund 6"):
		read_order(client, 2)


def test_an_entry_without_an_id_costs_the_list_nothing_but_itself(store, client):
	store.orders = [make_order(1), make_order(2), make_order(3)]
	store.orders[1]["id"] = None
	unread = []
	entries = [entry.id for page in read_manifest(client, OrderWindow(), unread=unread) for entry in page]
	assert entries == [1, 3]
	assert ["field id" in sentence for sentence in unread] == [True]
