"""What plugins and other settings make of the sample shop's orders: every shape that real shops sent, at a low share."""

from collections import Counter
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.sample_store import Kind, SampleShop, SampleStore
from jarz_woocommerce_integration.sample_store.http.wire import encode
from jarz_woocommerce_integration.sample_store.shop.kinds import TENDERS
from jarz_woocommerce_integration.store.payloads import Order, Refund, parse

CENT = Decimal("0.01")
WALLET = "_via_wallet_partial_payment"


@pytest.fixture(scope="module")
def shop():
	return SampleShop(seed=1, orders=3000, plugins=True)


def lines_of(body: dict, *kinds: str) -> list[dict]:
	found = []
	for kind in kinds or ("line_items", "shipping_lines", "fee_lines"):
		lines = body[kind]
		found += lines.values() if isinstance(lines, dict) else lines
	return found


def sum_of(lines: list[dict], field: str = "total") -> Decimal:
	return sum((Decimal(line[field]) for line in lines), Decimal(0))


def is_wallet(line: dict) -> bool:
	return any(meta["value"] == WALLET for meta in line["meta_data"]) if line["meta_data"] else False


def sold(body: dict) -> Decimal:
	"""What the goods, shipping, fees and taxes of an order come to."""
	lines = lines_of(body, "line_items", "shipping_lines")
	fees = [line for line in body["fee_lines"] if not is_wallet(line)]
	return sum_of(lines) + sum_of(fees) + Decimal(body["total_tax"])


def of_kind(shop: SampleShop, kind: int) -> list[dict]:
	found = [shop.body(order_id) for order_id in shop.ids_of(kind)]
	assert found
	return found


def only_refund(shop: SampleShop, kind: int) -> list[tuple[dict, dict]]:
	"""(order, refund) of each order of a kind that has one in that shape."""
	return [
		(shop.body(order_id), shop.refunds(order_id)[0])
		for order_id in shop.ids_of(kind)
		if shop.refunds(order_id) and lines_of(shop.refunds(order_id)[0])
	]


def meta_of(body: dict, key: str):
	return next(meta["value"] for meta in body["meta_data"] if meta and meta["key"] == key)


# --- the shop ---


def test_every_shape_is_there_and_together_they_are_few(shop):
	counts = Counter(name for order_id in shop.order_ids() for name in shop.kinds(order_id))
	every = {name.lower() for name, bit in vars(Kind).items() if name.isupper()}
	assert set(counts) == every
	shapes = [name for name, bit in vars(Kind).items() if name.isupper() and bit >= Kind.GIFT_CARD_FIELD]
	assert len(shapes) == 20
	assert 100 < sum(counts[name.lower()] for name in shapes) < 400


def test_without_plugins_there_is_none_of_them():
	shop = SampleShop(seed=1, orders=500)
	assert not [order_id for order_id in shop.order_ids() if shop.ids_of(Kind.SUB_ORDER | TENDERS)]


def test_the_same_seed_gives_the_same_shop():
	one, two = (SampleShop(5, 120, plugins=True) for _time in range(2))
	for order_id in reversed(one.order_ids()):
		assert encode(one.body(order_id)) == encode(two.body(order_id))


def test_payload_models_take_every_order_and_refund(shop):
	for order_id in shop.order_ids():
		parse(Order, shop.body(order_id))
		for refund in shop.refunds(order_id):
			parse(Refund, {**refund, "parent_id": order_id})


# --- what was paid otherwise ---


def test_an_order_paid_by_credit_keeps_its_lines_and_taxes_and_has_a_lower_total(shop):
	for order_id in shop.ids_of(TENDERS):
		body = shop.body(order_id)
		assert Decimal(0) < Decimal(body["total"]) < sold(body), order_id


@pytest.mark.parametrize(
	("kind", "credit"),
	[
		(Kind.GIFT_CARD_FIELD, lambda body: sum(card["amount"] for card in body["gift_cards"])),
		(Kind.GIFT_CARD_META, lambda body: sum(meta_of(body, "_ywgc_applied_gift_cards").values())),
		(Kind.STORE_CREDIT, lambda body: meta_of(body, "acfw_store_credits_order_paid")["amount"]),
		(Kind.WALLET_FEE, lambda body: -sum_of([line for line in body["fee_lines"] if is_wallet(line)])),
	],
	ids=["field", "meta", "store credit", "wallet"],
)
def test_what_the_total_lacks_is_named_as_its_plugin_names_it(shop, kind, credit):
	for body in of_kind(shop, kind):
		assert sold(body) - Decimal(body["total"]) == Decimal(str(credit(body))).quantize(CENT)


def test_a_sold_card_has_the_meta_of_its_plugin(shop):
	for body in of_kind(shop, Kind.GIFT_CARD_SOLD):
		keys = {meta["key"] for line in lines_of(body, "line_items")[:1] for meta in _metas(line)}
		assert {"pw_gift_card_number", "pw_gift_card_amount"} <= keys


def _metas(line: dict) -> list[dict]:
	return list(line["meta_data"].values()) if isinstance(line["meta_data"], dict) else line["meta_data"]


def test_tax_that_was_rounded_at_the_subtotal_leaves_the_total_a_cent_beside_its_parts(shop):
	differences = {sold(body) - Decimal(body["total"]) for body in of_kind(shop, Kind.ROUNDED_AT_SUBTOTAL)}
	assert CENT in differences and differences <= {CENT, Decimal(0)}


def test_an_order_that_was_cancelled_after_its_payment_says_when_it_was_paid(shop):
	for body in of_kind(shop, Kind.PAID_UNSOLD):
		assert body["status"] in ("cancelled", "failed")
		assert bool(body["date_paid_gmt"]) == (Decimal(body["total"]) > 0)


# --- who sells and who buys ---


def test_a_vendors_part_has_the_goods_of_its_parent_without_shipping(shop):
	for body in of_kind(shop, Kind.SUB_ORDER):
		parent = shop.body(body["parent_id"])
		assert [line["name"] for line in lines_of(body, "line_items")] == [
			line["name"] for line in lines_of(parent, "line_items")
		]
		assert sum_of(lines_of(body, "line_items")) == sum_of(lines_of(parent, "line_items"))
		assert (body["billing"], body["status"]) == (parent["billing"], parent["status"])
		assert not body["shipping_lines"] and not body["fee_lines"] and not body["refunds"]
		assert Decimal(body["total"]) == sold(body) == sum_of(lines_of(body)) + Decimal(body["total_tax"])
		assert meta_of(parent, "has_sub_order") == "1"


def test_a_list_gives_the_parts_of_an_order(shop, fetch):
	store = SampleStore(shop, basic_over_http=True)
	parts = shop.ids_of(Kind.SUB_ORDER)[:2]
	parents = [shop.body(part)["parent_id"] for part in parts]
	status = ",".join(sorted({shop.body(part)["status"] for part in parts}))
	found = fetch(store, f"orders?parent={parents[0]},{parents[1]}&status={status}&orderby=id&order=asc")
	assert [body["id"] for body in found] == parts


def test_a_business_abroad_pays_no_tax_and_names_its_number(shop):
	for body in of_kind(shop, Kind.REVERSE_CHARGE):
		assert (body["total_tax"], body["tax_lines"], body["billing"]["country"]) == ("0.00", [], "DE")
		assert meta_of(body, "is_vat_exempt") == "yes"
		assert meta_of(body, "_billing_eu_vat_number").startswith("DE") and body["billing"]["company"]


def test_sequential_numbers_are_ids_of_other_orders(shop):
	ids = {str(order_id) for order_id in shop.order_ids()}
	numbers = [body["number"] for body in of_kind(shop, Kind.SEQUENTIAL_NUMBER)]
	assert set(numbers) & ids and all(int(number) > 0 for number in numbers)


# --- texts and types ---


def test_lists_with_gaps_are_objects(shop):
	for body in of_kind(shop, Kind.PHP_OBJECTS):
		assert isinstance(body["line_items"], dict) or not body["line_items"]
		assert body["meta_data"][0] == []
		assert parse(Order, body).line_items or not body["line_items"]


def test_names_hold_tags_and_entities(shop):
	for body in of_kind(shop, Kind.ENTITIES):
		assert all("&amp;" in line["name"] for line in lines_of(body, "line_items"))


# --- refunds ---


def test_taxes_of_a_refund_have_six_decimals_beside_their_rounded_sum(shop):
	found = only_refund(shop, Kind.REFUND_UNROUNDED_TAXES)
	texts = [
		tax["total"] for _order, refund in found for line in refund["line_items"] for tax in line["taxes"]
	]
	assert any(len(text.partition(".")[2]) > 2 for text in texts)
	for _order, refund in found:
		for line in refund["line_items"]:
			assert abs(sum_of(line["taxes"]) - Decimal(line["total_tax"])) <= CENT


def test_a_full_refund_can_have_a_cent_more_in_its_lines(shop):
	found = only_refund(shop, Kind.REFUND_CENT_OVER)
	assert found
	for order, refund in found:
		assert refund["amount"] == order["total"]
		assert (
			-sum_of(lines_of(refund)) - sum_of(lines_of(refund), "total_tax") - Decimal(refund["amount"])
			== CENT
		)


def test_a_refund_of_a_point_of_sale_has_no_signs(shop):
	found = only_refund(shop, Kind.REFUND_POSITIVE)
	assert found
	for _order, refund in found:
		for line in refund["line_items"]:
			assert line["quantity"] > 0 and Decimal(line["total"]) > 0
		assert sum_of(lines_of(refund)) + sum_of(lines_of(refund), "total_tax") == Decimal(refund["amount"])


def test_shipping_alone_and_tax_alone_are_given_back(shop):
	shipping = [r for _o, r in only_refund(shop, Kind.REFUND_SHIPPING_ONLY) if not r["line_items"]]
	assert shipping and all(refund["shipping_lines"] for refund in shipping)
	tax = [r for _o, r in only_refund(shop, Kind.REFUND_TAX_ONLY) if not sum_of(lines_of(r))]
	assert tax
	for refund in tax:
		assert -sum_of(lines_of(refund), "total_tax") == Decimal(refund["amount"]) > 0


def test_amounts_and_then_the_rest_take_back_all_of_an_order(shop):
	for order_id in shop.ids_of(Kind.REFUND_AMOUNTS_THEN_REST):
		refunds, total = shop.refunds(order_id), Decimal(shop.body(order_id)["total"])
		if total > Decimal("0.03"):
			assert len(refunds) == 3 and not any(lines_of(refund) for refund in refunds)
			assert sum_of(refunds, "amount") == total


def test_components_of_a_set_come_back_at_zero(shop):
	found = only_refund(shop, Kind.REFUND_BUNDLE)
	assert found
	for _order, refund in found:
		parent, *components = refund["line_items"]
		assert parent["quantity"] == -1 and components
		for line in components:
			assert line["quantity"] < 0 and not Decimal(line["total"])
