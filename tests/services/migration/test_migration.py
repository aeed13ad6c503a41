"""A whole shop into a ledger: exact or listed, once, through faults and changes, and as if nothing had happened."""

from datetime import timedelta
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.exceptions import StoreError
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.services.migration.store_facts import store_identity
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.policy import Policy
from tests.services.migration.shop import BOOKED, STATUSES, Shop, digest, rows

SHIPPED_TOO = Policy(statuses={**Policy().statuses, "shipped": "submit_and_pay"})


def assert_every_order_is_exact_or_listed(shop, found):
	assert sorted(found) == shop.order_ids()
	for order_id, row in found.items():
		body = shop.body(order_id)
		total = Decimal(body["total"])
		refunded = -sum((Decimal(refund["total"]) for refund in body["refunds"]), Decimal(0))
		assert row.order_total == total
		if shop.is_consistent(order_id) and body["status"] in BOOKED:
			assert row.state is OrderState.SYNCED, (order_id, row)
			assert row.invoice_total == total
			submitted = body["status"] != "on-hold"
			assert row.invoice_status == ("Submitted" if submitted else "Draft")
			assert row.credited_total == (refunded if submitted else 0)
		else:
			assert row.state in (OrderState.HELD, OrderState.SKIPPED), (order_id, row)
			assert row.reason


def some_order(shop, status="completed", consistent=True, refunds=False):
	"""An ordinary order of the shop in that status."""
	return next(
		order_id
		for order_id in shop.order_ids({status})
		if shop.is_consistent(order_id) == consistent
		and bool(shop.body(order_id)["refunds"]) == refunds
		and Decimal(shop.body(order_id)["total"]) > 20
	)


# --- the whole shop ----------------------------------------------------------------------------


def test_every_order_is_booked_to_the_cent_or_listed_with_its_reason(shop, ledger_file):
	migration, verification = shop.migrate(ledger_file)
	assert verification.proven
	assert verification.differences == []
	assert migration.progress.orders == len(shop.shop.order_ids())
	assert_every_order_is_exact_or_listed(shop.shop, rows(ledger_file))


def test_a_store_of_8_9_with_posts_gives_the_same_proof(ledger_file):
	with Shop(orders=120, version="8.9.3").open() as shop:
		_migration, verification = shop.migrate(ledger_file)
		assert verification.proven
		assert_every_order_is_exact_or_listed(shop.shop, rows(ledger_file))


def test_counts_and_sums_stand_by_day_status_and_currency(shop, ledger_file):
	_migration, verification = shop.migrate(ledger_file)
	total = {"store": Decimal(0), "booked": Decimal(0)}
	for (day, status, currency), group in verification.groups.items():
		assert len(day) == 10
		assert status in STATUSES
		assert len(currency) == 3
		assert group.orders == group.booked + group.listed
		assert group.store_total == group.booked_total + group.listed_total
		total["store"] += group.store_total
		total["booked"] += group.booked_total
	found = rows(ledger_file).values()
	assert total["store"] == sum(row.order_total for row in found)
	assert total["booked"] == sum(row.invoice_total for row in found if row.state is OrderState.SYNCED)


def test_a_second_run_books_nothing_new(shop, ledger_file):
	shop.migrate(ledger_file)
	before = digest(ledger_file)
	migration, verification = shop.migrate(ledger_file)
	assert migration.progress.what["booked"] == migration.progress.what["updated"] == 0
	assert verification.proven
	assert digest(ledger_file) == before


def test_only_the_orders_that_are_asked_for_are_read_and_proven(shop, ledger_file):
	_migration, verification = shop.migrate(ledger_file, statuses=("completed",))
	assert verification.proven
	assert {row.status for row in rows(ledger_file).values()} == {"completed"}
	middle = sorted(row.created_at for row in rows(ledger_file).values())[10]
	_migration, verification = shop.migrate(
		ledger_file, statuses=("refunded",), after=middle, before=middle + timedelta(days=90)
	)
	assert verification.proven
	late = [row for row in rows(ledger_file).values() if row.status == "refunded"]
	assert late
	assert all(middle < row.created_at < middle + timedelta(days=90) for row in late)


# --- stopped and resumed -----------------------------------------------------------------------


def test_a_run_that_is_stopped_at_every_page_ends_as_one_that_was_not(shop, ledger_file, tmp_path):
	shop.migrate(ledger_file)
	other = tmp_path / "stopped.sqlite"
	sessions = 0
	while shop.migrate(other, stop_after=1)[1] is None:
		sessions += 1
	assert sessions >= 5
	assert digest(other) == digest(ledger_file)


def test_a_resumed_run_keeps_its_window_and_its_place(shop, ledger_file):
	migration, _verification = shop.migrate(ledger_file, stop_after=2)
	with shop.client() as client, SQLiteLedger(ledger_file, store_identity(client)) as ledger:
		first = ledger.open_run(migration.scope.parameters(Policy().hash), None)
	assert first.next_page == 3
	before = len(shop.store.requests)
	shop.migrate(ledger_file)
	asked = [uri for uri in list(shop.store.requests)[before:] if "orders?" in uri and "per_page=50" in uri]
	assert not [uri for uri in asked if "&page=1&" in uri or "&page=2&" in uri]
	assert any(f"before={first.before:%Y-%m-%dT%H}" in uri for uri in asked)


def test_a_run_that_is_resumed_under_another_policy_looks_at_every_order_again(shop, ledger_file, tmp_path):
	shop.migrate(ledger_file, stop_after=3)
	shop.migrate(ledger_file, policy=SHIPPED_TOO)
	shop.migrate(tmp_path / "at once.sqlite", policy=SHIPPED_TOO)
	found, expected = rows(ledger_file), rows(tmp_path / "at once.sqlite")
	assert {i: row.invoice_total for i, row in found.items()} == {
		i: row.invoice_total for i, row in expected.items()
	}


# --- a store that is unwell --------------------------------------------------------------------


def test_passing_faults_leave_no_trace_in_the_books(shop, ledger_file, tmp_path):
	shop.migrate(ledger_file)
	faults = shop.store.faults
	for kind in (
		"throttled",
		"error_json",
		"error_html",
		"maintenance",
		"html",
		"bom",
		"warning",
		"truncated",
	):
		faults.add(kind, share=0.05, retry_after=1)
	faults.add("cut_before", share=0.05)
	faults.add("cut_middle", share=0.05)
	other = tmp_path / "faulty.sqlite"
	_migration, verification = shop.migrate(other)
	assert verification.proven
	assert sum(faults.struck.values()) > 5
	assert digest(other) == digest(ledger_file)


def test_an_outage_stops_the_run_and_the_next_one_completes_it(shop, ledger_file, tmp_path):
	shop.migrate(tmp_path / "undisturbed.sqlite")
	shop.store.faults.add("error_html", match="page=3", share=1.0)

	shop.store.faults.add("error_html", match="per_page=1&", at=range(2, 50))  # the first finds the way in
	with pytest.raises(StoreError):
		shop.migrate(ledger_file)
	found = rows(ledger_file)
	assert len(found) == 100
	assert not [row for row in found.values() if row.state is OrderState.DELETED]
	shop.store.faults.clear()
	_migration, verification = shop.migrate(ledger_file)
	assert verification.proven
	assert digest(ledger_file) == digest(tmp_path / "undisturbed.sqlite")


def test_an_order_that_breaks_every_list_costs_no_other_and_fails_the_proof(shop, ledger_file):
	poisoned = some_order(shop.shop)
	shop.store.faults.poison(poisoned)
	with shop.client() as client, SQLiteLedger(ledger_file, store_identity(client)) as ledger:
		migration, verification = Shop.migrate_into(client.variant(attempts=2), ledger)
	assert migration.progress.failed_pages
	found = rows(ledger_file)
	assert set(found) == set(shop.shop.order_ids()) - {poisoned}
	assert all(row.reason != "unreadable" for row in found.values())
	assert not verification.proven
	assert [(d.kind, d.explained) for d in verification.differences] == [("unread", False)]
	shop.store.faults.clear()
	_migration, verification = shop.migrate(ledger_file)
	assert verification.proven
	assert_every_order_is_exact_or_listed(shop.shop, rows(ledger_file))


def test_an_order_that_breaks_the_answer_only_where_it_is_whole_is_held(shop, ledger_file):
	poisoned = some_order(shop.shop)
	shop.store.faults.poison(poisoned)
	selected = shop.store.answer

	def answer(request):
		"""The manifest's few fields do no harm."""
		light = "_fields=" in request.uri
		shop.store.faults.poisoned.clear() if light else shop.store.faults.poison(poisoned)
		return selected(request)

	shop.store.answer = answer
	with shop.serving(), shop.client() as client, SQLiteLedger(ledger_file, store_identity(client)) as ledger:
		_migration, verification = Shop.migrate_into(client.variant(attempts=2), ledger)
	found = rows(ledger_file)
	assert (found[poisoned].state, found[poisoned].reason) == (OrderState.HELD, "unreadable")
	assert set(found) == set(shop.shop.order_ids())
	assert verification.proven


def test_an_entry_that_is_not_an_order_is_held_with_the_field_named(shop, ledger_file):
	broken = some_order(shop.shop)
	shop.shop.update(
		broken, {"line_items": [{"id": 1, "name": "x", "quantity": 1, "total": "abc", "subtotal": "1"}]}
	)
	_migration, verification = shop.migrate(ledger_file)
	row = rows(ledger_file)[broken]
	assert (row.state, row.reason) == (OrderState.HELD, "unreadable")
	assert "line_items.0.total" in row.message
	assert verification.proven


# --- a shop that goes on selling ---------------------------------------------------------------


def test_orders_that_change_appear_or_vanish_during_the_scan_are_not_missed(ledger_file):
	with Shop(orders=400).open() as shop:
		faults = shop.store.faults
		for number, action in enumerate(
			("trash", "delete", "change_total", "add_order", "trash", "delete"), 2
		):
			faults.after_list(number, action)
		_migration, verification = shop.migrate(ledger_file)
		assert len(faults.changed) >= 6
		assert verification.proven, verification.differences
		found = rows(ledger_file)
		assert set(shop.shop.order_ids()) <= set(found)
		for order_id in set(found) - set(shop.shop.order_ids()):
			assert found[order_id].state is OrderState.DELETED
		for order_id in shop.shop.order_ids():
			row = found[order_id]
			if row.state is OrderState.SYNCED and not row.changed:
				assert row.invoice_total == Decimal(shop.shop.body(order_id)["total"])


def test_a_deleted_order_keeps_its_invoice_and_is_listed(shop, ledger_file):
	shop.migrate(ledger_file)
	gone = some_order(shop.shop)
	shop.shop.delete(gone)
	_migration, verification = shop.migrate(ledger_file)
	row = rows(ledger_file)[gone]
	assert row.state is OrderState.DELETED
	assert row.invoice_total == row.order_total
	[difference] = verification.differences
	assert (difference.order_id, difference.kind, difference.explained) == (gone, "not_in_store", True)
	assert verification.proven


def test_a_draft_follows_its_order_and_a_submitted_invoice_is_reported_as_changed(shop, ledger_file):
	shop.migrate(ledger_file)
	draft, submitted = some_order(shop.shop, "on-hold"), some_order(shop.shop, "completed")
	before = rows(ledger_file)[submitted].invoice_total
	for order_id in (draft, submitted):
		shop.shop.change_total(order_id, "10.00")
	_migration, verification = shop.migrate(ledger_file)
	found = rows(ledger_file)
	new_total = Decimal(shop.shop.body(draft)["total"])
	if shop.shop.is_consistent(draft):
		assert (found[draft].invoice_total, found[draft].changed) == (new_total, "")
	assert found[submitted].invoice_total == before
	assert found[submitted].changed
	assert [d.order_id for d in verification.differences if d.kind == "changed"] == [submitted]
	assert verification.proven


def test_an_order_that_is_paid_later_is_submitted_and_paid(shop, ledger_file):
	shop.migrate(ledger_file)
	draft = some_order(shop.shop, "on-hold")
	shop.shop.set_status(draft, "completed")
	shop.migrate(ledger_file)
	row = rows(ledger_file)[draft]
	assert (row.invoice_status, row.paid_total) == ("Submitted", row.order_total)


def test_a_refund_after_the_booking_becomes_a_credit_note(shop, ledger_file):
	shop.migrate(ledger_file)
	order_id = some_order(shop.shop)
	shop.shop.refund(order_id, "5.00", "Late")
	migration, verification = shop.migrate(ledger_file)
	assert migration.progress.what["updated"] == 1
	assert rows(ledger_file)[order_id].credited_total == 5
	assert verification.proven


def test_a_refund_that_was_deleted_in_the_store_is_listed(shop, ledger_file):
	order_id = some_order(shop.shop)
	refund = shop.shop.refund(order_id, "5.00")
	shop.migrate(ledger_file)
	shop.shop.delete_refund(order_id, refund["id"])
	_migration, verification = shop.migrate(ledger_file)
	assert rows(ledger_file)[order_id].changed
	assert [d.kind for d in verification.differences] == ["changed"]


def test_an_order_that_is_cancelled_later_is_cancelled_in_the_books(shop, ledger_file):
	shop.migrate(ledger_file)
	order_id = some_order(shop.shop, "processing")
	shop.shop.set_status(order_id, "cancelled")
	shop.migrate(ledger_file)
	row = rows(ledger_file)[order_id]
	assert (row.state, row.invoice_status) == (OrderState.CANCELLED, "Cancelled")


def test_a_save_that_changes_nothing_for_the_books_is_no_difference(shop, ledger_file):
	shop.migrate(ledger_file)
	order_id = some_order(shop.shop)
	shop.shop.update(order_id, {})
	_migration, verification = shop.migrate(ledger_file)
	assert verification.differences == []
	assert rows(ledger_file)[order_id].changed == ""


def test_held_orders_are_booked_once_the_policy_knows_their_status(shop, ledger_file, tmp_path):
	shop.migrate(ledger_file)
	held = {i for i, row in rows(ledger_file).items() if row.reason == "unknown_status"}
	assert held
	shop.migrate(ledger_file, policy=SHIPPED_TOO)
	found = rows(ledger_file)
	assert all(found[i].state is OrderState.SYNCED for i in held if shop.shop.is_consistent(i))


def test_skipped_orders_are_looked_at_again_when_the_policy_changes(shop, ledger_file):
	shop.migrate(ledger_file)
	pending = shop.shop.order_ids({"pending"})
	policy = Policy(statuses={**Policy().statuses, "pending": "draft"})
	shop.migrate(ledger_file, policy=policy)
	found = rows(ledger_file)
	assert all(found[i].invoice_status == "Draft" for i in pending if shop.shop.is_consistent(i))


# --- how much it asks --------------------------------------------------------------------------


def test_refund_details_are_asked_for_only_where_there_are_refunds(shop, ledger_file):
	shop.migrate(ledger_file, statuses=("processing",))
	with_refunds = [i for i in shop.shop.order_ids({"processing"}) if shop.shop.body(i)["refunds"]]
	asked = [uri for uri in shop.store.requests if "/refunds" in uri]
	assert len(asked) <= len(with_refunds)


def test_lookups_cost_the_same_for_a_small_page_and_a_large_one(shop, tmp_path):
	counts = {}
	for size in (10, 100):
		with (
			shop.client() as client,
			SQLiteLedger(tmp_path / f"{size}.sqlite", store_identity(client)) as ledger,
		):
			asked, original = [], ledger.lookups

			def counted(keys, ledger=ledger, asked=asked, original=original):
				queries = []
				ledger.connection.set_trace_callback(queries.append)
				found = original(keys)
				ledger.connection.set_trace_callback(None)
				asked.append(len(queries))
				return found

			ledger.lookups = counted
			Shop.migrate_into(client, ledger, page_size=size)
			counts[size] = set(asked)
	assert counts[10] == counts[100]
	assert len(counts[10]) == 1
	assert max(counts[10]) <= 15
