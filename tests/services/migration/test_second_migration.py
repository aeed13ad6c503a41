"""A migration of what is in the ledger already: the shop's list says which orders are read again, and nothing is missed by it."""

from decimal import Decimal

from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.policy import Policy
from tests.services.migration.shop import Shop, digest, rows
from tests.services.migration.test_migration import some_order

PENDING_TOO = Policy(statuses={**Policy().statuses, "pending": "draft"})


def requests_of(shop, work):
	"""The paths with queries that the shop was asked for meanwhile."""
	before = len(shop.store.requests)
	work()
	return list(shop.store.requests)[before:]


def ids_of(uris):
	"""The orders that were asked for by id."""
	found = set()
	for uri in uris:
		if "include=" in uri and "orders?" in uri and "_fields=" not in uri:
			asked = uri.split("include=")[1].split("&")[0].replace("%2C", ",")
			found |= {int(order_id) for order_id in asked.split(",")}
	return found


def full_pages_of(uris):
	return [uri for uri in uris if "orders?" in uri and "include=" not in uri and "_fields=" not in uri]


def test_only_the_list_and_what_is_held_is_read(shop, ledger_file):
	shop.migrate(ledger_file)
	before, there = digest(ledger_file), rows(ledger_file)
	held = {order_id for order_id, row in there.items() if row.state is OrderState.HELD}
	ended = []
	asked = requests_of(shop, lambda: ended.append(shop.migrate(ledger_file)))
	[(migration, verification)] = ended
	assert held and ids_of(asked) == held
	assert not full_pages_of(asked)
	assert (
		sum("_fields=" in uri and "per_page=100" in uri for uri in asked) == 3
	), "each page of the list once"
	assert verification.proven and verification.store_orders == len(there)
	assert migration.progress.orders == len(there)
	assert migration.progress.what == {"unchanged": len(there) - len(held), "held": len(held)}
	assert digest(ledger_file) == before


def test_what_the_list_shows_as_changed_is_read_and_booked(shop, ledger_file):
	shop.migrate(ledger_file)
	draft, refunded, paid = (
		some_order(shop.shop, "on-hold"),
		some_order(shop.shop, "completed", refunds=True),
		some_order(shop.shop, "completed"),
	)
	# Of all changes this one alone leaves the order's stamp as it was.
	stamp = shop.shop.body(refunded)["date_modified_gmt"]
	shop.shop.delete_refund(refunded, shop.shop.body(refunded)["refunds"][0]["id"])
	assert shop.shop.body(refunded)["date_modified_gmt"] == stamp
	shop.shop.change_total(draft, "10.00")
	shop.shop.refund(paid, "5.00", "Late")
	new = shop.shop.add_order()
	_migration, verification = shop.migrate(ledger_file)
	found = rows(ledger_file)
	assert verification.proven
	assert found[draft].order_total == Decimal(shop.shop.body(draft)["total"])
	assert found[refunded].changed, "this ledger lists a credit note whose refund is gone"
	assert found[paid].credited_total == 5
	assert new in found


def test_skipped_orders_are_read_again_under_other_rules_only(shop, ledger_file):
	shop.migrate(ledger_file)
	pending = shop.shop.order_ids({"pending"})
	assert not ids_of(requests_of(shop, lambda: shop.migrate(ledger_file))) & set(pending)
	asked = requests_of(shop, lambda: shop.migrate(ledger_file, policy=PENDING_TOO))
	assert set(pending) <= ids_of(asked)
	found = rows(ledger_file)
	assert all(found[i].invoice_status == "Draft" for i in pending if shop.shop.is_consistent(i))


def test_stopped_after_each_page_it_comes_to_its_end(ledger_file, monkeypatch):
	monkeypatch.setattr("jarz_woocommerce_integration.services.migration.engine.IDS_OF_A_PAGE", 5)
	with Shop(orders=120).open() as shop:
		shop.migrate(ledger_file)
		before, held = digest(ledger_file), 0
		for row in rows(ledger_file).values():
			held += row.state is OrderState.HELD
		runs = set()
		for _session in range(held // 5 + 2):
			migration, verification = shop.migrate(ledger_file, stop_after=1)
			runs.add(migration.record.run_id)
			if verification:
				break
		assert verification and verification.proven
		assert len(runs) == 1
		assert digest(ledger_file) == before


def test_all_is_read_again_where_somebody_asks_for_it(shop, ledger_file):
	shop.migrate(ledger_file)
	asked = requests_of(shop, lambda: shop.migrate(ledger_file, read_all=True))
	assert len(full_pages_of(asked)) == len(rows(ledger_file)) // 50 + 1


def test_a_ledger_that_lacks_many_orders_reads_pages(shop, ledger_file):
	shop.migrate(ledger_file, statuses=("completed",))
	asked = requests_of(shop, lambda: shop.migrate(ledger_file))
	assert full_pages_of(asked)
	assert sorted(rows(ledger_file)) == shop.shop.order_ids()
