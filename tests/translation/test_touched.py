"""Which orders were only touched: told from the order alone, by the hash under which it was booked."""

from copy import deepcopy
from datetime import timezone

import pytest

from jarz_woocommerce_integration.sample_store import SampleShop
from jarz_woocommerce_integration.sample_store.http.wire import encode
from jarz_woocommerce_integration.store.http.answers import decode
from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

SHOP = SampleShop(seed=11, orders=300)
TRANSLATOR = Translator(Policy(), TerritoryIndex([], {}), timezone.utc)


def order_of(body):
	return parse(Order, decode(encode(body)))


def hash_of(body):
	return TRANSLATOR.facts_by_itself(order_of(body)).payload_hash


@pytest.fixture(scope="module")
def body():
	"""An order with everything that can be changed."""
	return next(
		body
		for body in map(SHOP.body, SHOP.order_ids({"completed"}))
		if body["line_items"]
		and body["shipping_lines"]
		and body["coupon_lines"]
		and body["tax_lines"]
		and body["refunds"]
	)


def test_the_hash_of_an_order_alone_is_that_under_which_it_is_booked():
	orders = [order_of(SHOP.body(order_id)) for order_id in SHOP.order_ids()]
	outcomes = TRANSLATOR.translate(TRANSLATOR.prepare(orders), {}, Lookups())
	assert len(outcomes) == 300
	for order, outcome in zip(orders, outcomes, strict=True):
		assert TRANSLATOR.facts_by_itself(order).payload_hash == outcome.order.payload_hash


@pytest.mark.parametrize(
	"touched",
	[
		{"date_modified_gmt": "2027-01-01T00:00:00", "date_modified": "2027-01-01T02:00:00"},
		{"meta_data": [{"id": 1, "key": "_synced_by_a_plugin", "value": "yes"}]},
		{"version": "99.0", "cart_hash": "x"},
	],
)
def test_a_stamp_and_a_plugins_own_mark_leave_it_as_it_is(body, touched):
	assert hash_of({**body, **touched}) == hash_of(body)


CHANGES = {
	"status": lambda o: o.update(status="processing"),
	"address": lambda o: o["billing"].update(city="Aswan"),
	"name": lambda o: o["billing"].update(first_name="Else"),
	"e-mail": lambda o: o["billing"].update(email="other@mail.example"),
	"phone": lambda o: o["billing"].update(phone="01000000001"),
	"delivery address": lambda o: o["shipping"].update(address_1="Other Street 1"),
	"note": lambda o: o.update(customer_note="Ring twice"),
	"customer": lambda o: o.update(customer_id=o["customer_id"] + 1),
	"payment method": lambda o: o.update(payment_method="other"),
	"transaction": lambda o: o.update(transaction_id="tr_2"),
	"date of payment": lambda o: o.update(date_paid_gmt="2027-01-01T00:00:00"),
	"total": lambda o: o.update(total="1.00"),
	"tax": lambda o: o.update(total_tax="0.01"),
	"currency": lambda o: o.update(currency="USD"),
	"quantity": lambda o: o["line_items"][0].update(quantity=99),
	"amount of a line": lambda o: o["line_items"][0].update(total="0.01"),
	"another product for the same money": lambda o: o["line_items"][0].update(name="Else"),
	"a line less": lambda o: o["line_items"].pop(),
	"shipping": lambda o: o["shipping_lines"][0].update(total="0.01"),
	"another way of shipping": lambda o: o["shipping_lines"][0].update(method_id="other"),
	"a fee more": lambda o: o["fee_lines"].append({"id": 9, "name": "Fee", "total": "0.00"}),
	"coupon": lambda o: o["coupon_lines"][0].update(code="other"),
	"tax of a rate": lambda o: o["tax_lines"][0].update(tax_total="0.01"),
	"a refund more": lambda o: o["refunds"].append({"id": 10**6, "total": "-0.01"}),
	"a refund less": lambda o: o["refunds"].pop(),
	"a refund made again": lambda o: o["refunds"][0].update(id=10**6),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_matters_to_the_books_makes_it_another(body, change):
	changed = deepcopy(body)
	change(changed)
	assert hash_of(changed) != hash_of(body)


def test_a_part_of_a_marketplaces_order_is_told_only_with_its_parts(body):
	divided = {**body, "meta_data": [{"id": 1, "key": "has_sub_order", "value": "1"}]}
	assert TRANSLATOR.facts_by_itself(order_of(divided)) is None


@pytest.mark.parametrize(
	("state", "unchanged"),
	[
		(OrderState.SYNCED, True),
		(OrderState.CANCELLED, True),
		(OrderState.HELD, False),
		(OrderState.FAILED, False),
		(OrderState.DELETED, False),
	],
)
def test_only_what_was_settled_stays_as_it_is(state, unchanged):
	assert TRANSLATOR.is_unchanged(state, "same", "", "same") is unchanged
	assert not TRANSLATOR.is_unchanged(state, "same", "", "other")


def test_what_was_skipped_under_another_policy_is_looked_at_again():
	own = TRANSLATOR.policy_hash
	assert TRANSLATOR.is_unchanged(OrderState.SKIPPED, "same", own, "same")
	assert not TRANSLATOR.is_unchanged(OrderState.SKIPPED, "same", "another", "same")
