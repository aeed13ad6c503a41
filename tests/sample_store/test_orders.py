"""The sample shop's orders: the same for the same seed, exact where they say so, and of every kind."""

from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.sample_store import Kind, SampleShop
from jarz_woocommerce_integration.sample_store.http.wire import encode
from jarz_woocommerce_integration.sample_store.shop.kinds import names_of
from jarz_woocommerce_integration.store.payloads import Order, Refund, parse

LINES = ("line_items", "shipping_lines", "fee_lines")


def total_of(lines, field="total"):
	return sum((Decimal(line[field]) for line in lines), Decimal(0))


def lines_of(body):
	return [line for kind in LINES for line in body[kind]]


@pytest.fixture(scope="module")
def bodies(large_shop):
	return {order_id: large_shop.body(order_id) for order_id in large_shop.order_ids()}


def test_parts_sum_to_the_total_unless_the_shop_says_otherwise(large_shop, bodies):
	for order_id, body in bodies.items():
		parts = total_of(lines_of(body)) + Decimal(body["total_tax"])
		assert (parts == Decimal(body["total"])) == large_shop.is_consistent(order_id), order_id


def test_taxes_sum_line_by_line_and_rate_by_rate(bodies):
	for order_id, body in bodies.items():
		total_tax = Decimal(body["total_tax"])
		assert total_of(lines_of(body), "total_tax") == total_tax, order_id
		by_rate = total_of(body["tax_lines"], "tax_total") + total_of(body["tax_lines"], "shipping_tax_total")
		assert by_rate == total_tax, order_id
		assert Decimal(body["cart_tax"]) + Decimal(body["shipping_tax"]) == total_tax
		for line in lines_of(body):
			assert total_of(line["taxes"]) == Decimal(line["total_tax"])


def test_discount_is_what_lines_lost(large_shop, bodies):
	for body in bodies.values():
		lines = body["line_items"]
		assert Decimal(body["discount_total"]) == total_of(lines, "subtotal") - total_of(lines)
		assert total_of(body["coupon_lines"], "discount") == Decimal(body["discount_total"])


def test_price_is_the_unrounded_total_of_one(large_shop, bodies):
	for order_id, body in bodies.items():
		for line in body["line_items"] if large_shop.is_consistent(order_id) else ():
			of_all = Decimal(str(line["price"])) * line["quantity"]
			assert abs(of_all - Decimal(line["total"])) <= Decimal("0.00501"), (order_id, line)


def test_payload_models_take_every_order_and_refund(large_shop, bodies):
	for body in bodies.values():
		parse(Order, body)
	for order_id in large_shop.refund_owners():
		for refund in large_shop.refunds(order_id):
			parse(Refund, refund)


def test_refunds_never_exceed_the_order_and_mirror_their_lines(large_shop, bodies):
	for order_id in large_shop.refund_owners():
		refunds, body = large_shop.refunds(order_id), bodies[order_id]
		given_back = total_of(refunds, "amount")
		assert given_back <= max(Decimal(body["total"]), Decimal(0)), order_id
		if body["status"] == "refunded":
			assert given_back == max(Decimal(body["total"]), Decimal(0)), order_id
		assert [entry["id"] for entry in body["refunds"]] == sorted(refund["id"] for refund in refunds)
		for refund in refunds:
			lines = lines_of(refund)
			amount = -total_of(lines) - total_of(lines, "total_tax")
			assert not lines or amount == Decimal(refund["amount"]), order_id
			own = {str(line["id"]) for line in lines_of(body)}
			assert all(line["meta_data"][-1]["value"] in own for line in lines)


def test_every_kind_of_order_is_there(large_shop):
	counts = Counter(name for order_id in large_shop.order_ids() for name in large_shop.kinds(order_id))
	every = {
		name.lower() for name, bit in vars(Kind).items() if name.isupper() and bit < Kind.GIFT_CARD_FIELD
	}
	assert set(counts) == every
	assert 15 <= counts["inconsistent"] <= 45


def test_statuses_methods_and_dates(bodies):
	assert {body["status"] for body in bodies.values()} == {
		*("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "shipped"),
		*("checkout-draft", "trash"),
	}
	for body in bodies.values():
		paid = body["date_paid_gmt"] is not None
		settled = body["status"] in ("completed", "processing", "shipped", "refunded")
		on_delivery = body["payment_method"] == "cod" and body["status"] not in ("completed", "refunded")
		assert paid == (settled and not on_delivery)
		dates = [body[f"date_{name}_gmt"] for name in ("created", "paid", "completed", "modified")]
		dates = [date for date in dates if date]
		assert dates == sorted(dates)
		assert dates[-1] < "2026-11-01T00:00:01"


def test_ids_rise_with_gaps_and_are_not_shared(large_shop, bodies):
	ids = large_shop.order_ids()
	assert ids == sorted(set(ids))
	assert ids[-1] - ids[0] > len(ids) * 1.1
	refund_ids = [r["id"] for order_id in large_shop.refund_owners() for r in large_shop.refunds(order_id)]
	assert len(set(refund_ids)) == len(refund_ids)
	assert not set(refund_ids) & set(ids)
	line_ids = Counter(
		line["id"] for b in bodies.values() for k in (*LINES, "tax_lines", "coupon_lines") for line in b[k]
	)
	assert max(line_ids.values()) == 1


def test_the_same_seed_gives_the_same_shop():
	one, two, other = SampleShop(5, 80), SampleShop(5, 80), SampleShop(6, 80)
	for order_id in reversed(one.order_ids()):
		assert encode(one.body(order_id)) == encode(two.body(order_id))
	assert [one.body(i) for i in one.order_ids()[:3]] != [other.body(i) for i in other.order_ids()[:3]]


def test_bundles_cost_what_their_policy_says(large_shop, bodies):
	for order_id in large_shop.ids_of(Kind.BUNDLE_WPC_FIXED_PRICE):
		lines = bodies[order_id]["line_items"]
		children = [
			line
			for line in lines
			if line["meta_data"][:1] and line["meta_data"][0]["key"] == "_woosb_parent_id"
		]
		assert children and all(line["subtotal"] == "0.00" for line in children)
		ids = lines[0]["meta_data"][0]["value"]
		named = [tuple(map(int, part.split("/"))) for part in ids.split(",")]
		bundles = lines[0]["quantity"]
		assert named == [(line["product_id"], line["quantity"] // bundles) for line in children]
	for order_id in large_shop.ids_of(Kind.BUNDLE_PRODUCT_BUNDLES):
		metas = [{m["key"]: m["value"] for m in line["meta_data"]} for line in bodies[order_id]["line_items"]]
		parent = metas[0]
		for meta in metas:
			if "_bundled_by" in meta:
				assert meta["_bundled_by"] == parent["_bundle_cart_key"]
				assert meta["_bundle_cart_key"] in parent["_bundled_items"]


def test_what_was_deleted_shows_on_lines_as_in_real_shops(bodies):
	lines = defaultdict(list)
	for body in bodies.values():
		for line in body["line_items"]:
			lines[line["name"].partition(" - ")[0], line["sku"]].append(line)
	gone = [line for (_name, sku), found in lines.items() if sku is None for line in found]
	assert gone and all(line["product_id"] == 0 and line["variation_id"] == 0 for line in gone)
	blue = [x for b in bodies.values() for x in b["line_items"] if x["name"] == "تيشيرت متغير 7 - أزرق, M"]
	assert blue and all(x["sku"] == "VAR-7" and x["variation_id"] == 0 and x["product_id"] for x in blue)
	inherited = [
		x for b in bodies.values() for x in b["line_items"] if x["name"] == "تيشيرت متغير 6 - أزرق, M"
	]
	assert inherited and all(x["sku"] == "VAR-6" and x["variation_id"] for x in inherited)
	assert any(sku == "" for _name, sku in lines)


def test_people_come_back_and_guests_borrow_emails(large_shop, bodies):
	customers = Counter(body["customer_id"] for body in bodies.values())
	assert customers[0] > 900
	assert max(count for customer, count in customers.items() if customer) > 5
	known = {large_shop.customer(customer_id).email for customer_id in large_shop.customer_ids()}
	for order_id in large_shop.ids_of(Kind.EMAIL_OF_CUSTOMER):
		billing = bodies[order_id]["billing"]
		kinds = large_shop.kinds(order_id)
		assert bodies[order_id]["customer_id"] == 0
		if not kinds & {"no_email", "placeholder_email"}:
			assert billing["email"] not in known
			assert billing["email"].lower() in known


def test_names_of_kinds():
	assert names_of(Kind.GUEST | Kind.NO_EMAIL) == {"guest", "no_email"}
	assert names_of(0) == frozenset()
