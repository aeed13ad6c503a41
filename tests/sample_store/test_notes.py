"""What is written into the shop by others: notes, refunds with lines, meta data."""

import json
from decimal import Decimal


def plain_order(shop) -> int:
	"""An order without refunds, with a line whose goods can be given back."""
	for order_id in shop.order_ids():
		body = shop.body(order_id)
		if not body["refunds"] and any(
			line["quantity"] > 1 and Decimal(line["total"]) > 0 for line in body["line_items"]
		):
			return order_id
	raise AssertionError("the shop has no such order")


def test_notes_are_listed_newest_first_and_leave_the_order_as_it_is(shop, store, ask, fetch):
	order_id = plain_order(shop)
	before = fetch(store, f"orders/{order_id}")
	first = ask(store, f"orders/{order_id}/notes", "POST", {"note": "Invoice WOO-1"})
	ask(store, f"orders/{order_id}/notes", "POST", {"note": "On its way", "customer_note": True})
	note = json.loads(first.body)
	assert (first.status, note["note"], note["customer_note"], note["author"]) == (
		201,
		"Invoice WOO-1",
		False,
		"WooCommerce",
	)
	assert [note["note"] for note in fetch(store, f"orders/{order_id}/notes")] == [
		"On its way",
		"Invoice WOO-1",
	]
	assert [n["note"] for n in fetch(store, f"orders/{order_id}/notes?type=customer")] == ["On its way"]
	assert fetch(store, f"orders/{order_id}/notes/{note['id']}") == note
	assert fetch(store, f"orders/{order_id}") == before


def test_a_note_needs_a_text_and_an_order(shop, store, ask):
	refused = ask(store, f"orders/{plain_order(shop)}/notes", "POST", {})
	assert (refused.status, json.loads(refused.body)["code"]) == (400, "rest_missing_callback_param")
	unknown = ask(store, "orders/999999/notes", "POST", {"note": "?"})
	assert (unknown.status, json.loads(unknown.body)["code"]) == (404, "woocommerce_rest_order_invalid_id")


def test_a_refund_goes_back_through_the_gateway_only_where_that_can(shop, store, ask, fetch):
	order_id = plain_order(shop)
	gateway = "paymob"
	shop.update(order_id, {"payment_method": gateway})
	path = f"orders/{order_id}/refunds"
	assert ask(store, path, "POST", {"amount": "1.00"}).status == 500
	assert shop.refunds(order_id) == []
	store.pays_back.add(gateway)
	assert json.loads(ask(store, path, "POST", {"amount": "1.00"}).body)["refunded_payment"] is True
	by_hand = ask(store, path, "POST", {"amount": "1.00", "api_refund": False})
	assert json.loads(by_hand.body)["refunded_payment"] is False
	supports = {gateway["id"]: gateway["method_supports"] for gateway in fetch(store, "payment_gateways")}
	assert supports["paymob"] == ["products", "refunds"]
	assert supports["cod"] == ["products"]


def test_a_refund_with_lines_names_the_lines_it_gives_back(shop, store, ask, fetch):
	order_id = plain_order(shop)
	line = next(
		line
		for line in shop.body(order_id)["line_items"]
		if line["quantity"] > 1 and Decimal(line["total"]) > 0
	)
	told = {"id": line["id"], "quantity": 1, "refund_total": "2.00", "refund_tax": []}
	body = {"amount": "2.00", "reason": "Broken", "api_refund": False, "line_items": [told]}
	refund = json.loads(ask(store, f"orders/{order_id}/refunds", "POST", body).body)
	(given_back,) = refund["line_items"]
	assert (refund["amount"], given_back["quantity"], given_back["total"]) == ("2.00", -1, "-2.00")
	assert given_back["meta_data"][0]["value"] == str(line["id"])
	assert list(given_back) == list(line)
	assert fetch(store, f"orders/{order_id}/refunds") == [refund]


def test_meta_data_is_written_by_key(shop, store, ask, fetch):
	order_id = next(i for i in shop.order_ids() if "delivery" in shop.kinds(i))
	for number in ("1", "2"):
		ask(store, f"orders/{order_id}", "PUT", {"meta_data": [{"key": "_tracking_number", "value": number}]})
	meta = [(m["key"], m["value"]) for m in fetch(store, f"orders/{order_id}")["meta_data"]]
	assert [entry for entry in meta if entry[0] == "_tracking_number"] == [("_tracking_number", "2")]
	assert "_delivery_date" in dict(meta)
