"""A shop that changes: what rises, what vanishes, and what leaves no trace."""

import json
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.sample_store import SampleShop


def chosen(shop, *statuses):
	"""An order without refunds and with a total of more than 20."""
	return next(
		order_id
		for order_id in shop.order_ids(statuses)
		if not shop.body(order_id)["refunds"] and Decimal(shop.body(order_id)["total"]) > 20
	)


def test_put_changes_the_status_and_the_stamp(shop, store, ask, fetch):
	order_id = chosen(shop, "pending")
	before = shop.body(order_id)
	assert ask(store, f"orders/{order_id}", "PUT", {"status": "completed"}).status == 200
	after = fetch(store, f"orders/{order_id}")
	assert after["status"] == "completed"
	assert after["date_modified_gmt"] > before["date_modified_gmt"]
	assert after["date_paid"] and after["date_completed"]
	assert after["line_items"] == before["line_items"]
	assert order_id in [order["id"] for order in fetch(store, "orders?status=completed&orderby=modified")]


def test_an_empty_put_touches_too(shop, store, ask):
	order_id = chosen(shop, "completed")
	before = shop.body(order_id)["date_modified_gmt"]
	ask(store, f"orders/{order_id}", "PUT", {})
	assert shop.body(order_id)["date_modified_gmt"] > before


def test_trash_shows_the_order_before_and_keeps_it(shop, store, ask, fetch):
	order_id = chosen(shop, "completed")
	before = fetch(store, f"orders/{order_id}")
	assert json.loads(ask(store, f"orders/{order_id}", "DELETE").body) == before
	assert fetch(store, f"orders/{order_id}")["status"] == "trash"
	assert set(fetch(store, f"orders/{order_id}")) == set(before)
	assert order_id in [o["id"] for o in fetch(store, "orders?status=trash&orderby=modified&per_page=1")]
	assert order_id not in [order["id"] for order in fetch(store, f"orders?include={order_id}")]
	assert ask(store, f"orders/{order_id}", "DELETE").status == 410
	shop.restore(order_id)
	assert shop.status(order_id) == "completed"


def test_force_delete_leaves_no_trace(shop, store, ask):
	order_id = chosen(shop, "completed")
	assert ask(store, f"orders/{order_id}?force=true", "DELETE").status == 200
	assert ask(store, f"orders/{order_id}").status == 404
	assert order_id not in shop.order_ids()
	with pytest.raises(KeyError):
		shop.body(order_id)


def test_refunds_raise_the_stamp_and_their_deletion_does_not(shop, store, ask, fetch):
	order_id = chosen(shop, "completed")
	total = Decimal(shop.body(order_id)["total"])
	by_hand = {"api_refund": False}
	answer = ask(
		store, f"orders/{order_id}/refunds", "POST", {"amount": "5.00", "reason": "تعويض", **by_hand}
	)
	refund = json.loads(answer.body)
	assert (answer.status, refund["amount"], refund["line_items"]) == (201, "5.00", [])
	body = fetch(store, f"orders/{order_id}")
	assert body["status"] == "completed"
	assert body["refunds"] == [{"id": refund["id"], "reason": "تعويض", "total": "-5.00", "total_tax": "0.00"}]
	assert fetch(store, f"orders/{order_id}/refunds") == [refund]
	assert fetch(store, "refunds?per_page=1")[0]["id"] == refund["id"]
	assert ask(store, f"orders/{order_id}/refunds", "POST", {"amount": str(total), **by_hand}).status == 500
	ask(store, f"orders/{order_id}/refunds", "POST", {"amount": str(total - 5), **by_hand})
	body = fetch(store, f"orders/{order_id}")
	assert (body["status"], len(body["refunds"])) == ("refunded", 2)
	path = f"orders/{order_id}/refunds/{refund['id']}"
	assert ask(store, path, "DELETE").status == 501
	assert ask(store, path + "?force=true", "DELETE").status == 200
	after = fetch(store, f"orders/{order_id}")
	assert len(after["refunds"]) == 1
	assert after["date_modified_gmt"] == body["date_modified_gmt"]


def test_the_status_refunded_gives_everything_back(shop):
	order_id = chosen(shop, "completed")
	shop.set_status(order_id, "refunded")
	(refund,) = shop.refunds(order_id)
	assert refund["amount"] == shop.body(order_id)["total"]
	assert refund["line_items"] == []


def test_a_changed_total_stays_consistent(shop, store, fetch):
	order_id = chosen(shop, "completed")
	before = Decimal(shop.body(order_id)["total"])
	shop.change_total(order_id, "-2.50")
	shop.change_total(order_id)
	body = fetch(store, f"orders/{order_id}")
	assert Decimal(body["total"]) == before + Decimal("7.50")
	assert [fee["total"] for fee in body["fee_lines"][-2:]] == ["-2.50", "10.00"]
	assert len({fee["id"] for fee in body["fee_lines"]}) == len(body["fee_lines"])
	light = fetch(store, f"orders?include={order_id}&_fields=id,total")
	assert light == [{"id": order_id, "total": body["total"]}]


def test_a_new_order_is_the_last():
	shop = SampleShop(1, 20, clock=lambda: 1_800_000_000)
	order_id = shop.add_order()
	assert shop.order_ids()[-1] == order_id
	assert shop.body(order_id)["date_created_gmt"] == "2027-01-15T08:00:00"
