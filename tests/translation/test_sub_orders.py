"""Marketplaces: one sale in several orders, by the answers of Dokan and MultiVendorX; renewals; payments."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from jarz_woocommerce_integration.store.related import Related
from jarz_woocommerce_integration.translation.drafts import Failure, Hold, OrderDraft, OrderState, Skip
from jarz_woocommerce_integration.translation.lookups import KnownOrder, Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator
from tests.translation.building import make_line, make_order, make_refund, total_of
from tests.translation.plugins import plugin_order

DOKAN, MVX = "dokan-lite", "dc-woocommerce-multi-vendor"


def outcomes(orders, refunds=None, known=(), **tables):
	"""What a page becomes, whose sub-orders the store gives."""
	translator = Translator(Policy(**tables), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
	refunds = refunds or {}
	subs = {
		parent.id: [order for order in orders if order.parent_id == parent.id]
		for parent in orders
		if translator.wants_sub_orders(parent)
	}
	lookups = Lookups(orders={id: KnownOrder(id, OrderState.SYNCED, "other") for id in known})
	related = Related(sub_orders=subs, refunds=refunds)
	made = translator.translate(translator.prepare(orders, related), refunds, lookups)
	return {outcome.order.order_id: outcome for outcome in made}


def dokan():
	parent, _none = plugin_order(DOKAN, "two-vendors")
	first, _none = plugin_order(DOKAN, "two-vendors-sub-1")
	second, refunds = plugin_order(DOKAN, "two-vendors-sub-2-refunded")
	return [parent, first, second], {second.id: refunds}


def mvx():
	parent, refunds = plugin_order(MVX, "two-vendors-refunded")
	subs = [plugin_order(MVX, f"two-vendors-sub-{number}")[0] for number in (1, 2)]
	return [parent, *subs], {parent.id: refunds}


def test_a_divided_order_is_booked_once_and_its_parts_name_it():
	orders, refunds = dokan()
	made = outcomes(orders, refunds)
	parent, *parts = (made[order.id].translation for order in orders)
	assert parent.invoice.total == Decimal("547.77") == total_of(parent.invoice)
	for part in parts:
		assert isinstance(part, Skip)
		assert (part.reason, part.parent_id) == ("sub_order", orders[0].id)
		assert str(orders[0].id) in part.message


def test_a_refund_on_a_part_is_a_credit_note_of_the_whole_and_of_its_line():
	orders, refunds = dokan()
	outcome = outcomes(orders, refunds)[orders[0].id]
	(note,) = outcome.translation.credit_notes
	assert (note.refund_id, note.total) == (2559, Decimal("-79.99"))
	sold = {row.order_line_id: row.item_code for row in outcome.translation.invoice.rows}
	assert {row.order_line_id for row in note.rows} <= set(sold)
	assert outcome.order.refunded_elsewhere == Decimal("79.99")


def test_a_refund_on_the_whole_is_credited_there():
	orders, refunds = mvx()
	made = outcomes(orders, refunds)
	assert [note.total for note in made[orders[0].id].translation.credit_notes] == [Decimal("-114.00")]
	assert made[orders[0].id].order.refunded_elsewhere == 0
	assert all(isinstance(made[order.id].translation, Skip) for order in orders[1:])


def test_a_refund_on_a_part_makes_the_whole_another_order_than_before():
	orders, refunds = dokan()
	before = outcomes([orders[0], orders[1], orders[2].model_copy(update={"refunds": []})])[orders[0].id]
	after = outcomes(orders, refunds)[orders[0].id]
	assert before.order.payload_hash != after.order.payload_hash


def test_an_order_of_one_vendor_without_parts_is_booked_as_any_other():
	order, _none = plugin_order(DOKAN, "one-vendor")
	assert isinstance(outcomes([order])[order.id].translation, OrderDraft)


def test_an_order_that_only_says_that_it_was_divided_is_booked():
	order, _none = plugin_order(MVX, "one-vendor")
	assert outcomes([order])[order.id].translation.invoice.total == Decimal("324.90")


def test_a_part_whose_whole_nobody_knows_yet_is_tried_again():
	orders, _refunds = dokan()
	failed = outcomes([orders[1]])[orders[1].id].translation
	assert isinstance(failed, Failure)
	assert str(orders[0].id) in failed.message
	assert isinstance(outcomes([orders[1]], known=[orders[0].id])[orders[1].id].translation, Skip)


# --- the other way round ---


def test_the_vendors_orders_are_booked_where_the_policy_says_so():
	orders, refunds = dokan()
	made = outcomes(orders, refunds, sub_orders="sub_orders")
	assert isinstance(made[orders[0].id].translation, Skip)
	assert "2553, 2554" in made[orders[0].id].translation.message
	drafts = [made[order.id].translation for order in orders[1:]]
	assert [draft.invoice.total for draft in drafts] == [Decimal("267.90"), Decimal("279.87")]
	assert [note.total for note in drafts[1].credit_notes] == [Decimal("-79.99")]


def test_vendors_orders_that_are_not_the_whole_of_it_hold_the_order():
	orders, refunds = mvx()
	held = outcomes(orders, refunds, sub_orders="sub_orders")[orders[0].id].translation
	assert (held.reason, dict(held.breakdown)["Order total"]) == ("sub_orders_differ", Decimal("507.87"))


def test_a_refund_on_the_whole_is_held_where_the_vendors_orders_are_booked():
	orders, _refunds = dokan()
	refund = make_refund(3000, "10.00", orders[0].id)
	body = {"id": 3000, "total": "-10.00"}
	parent = orders[0].model_copy(update={"refunds": [type(orders[2].refunds[0])(**body)]})
	held = outcomes([parent, *orders[1:]], {parent.id: [refund]}, sub_orders="sub_orders")[
		parent.id
	].translation
	assert isinstance(held, Hold)
	assert held.reason == "refund_on_parent"


# --- other orders with a parent ---


@pytest.mark.parametrize("name", ["first-order", "renewal-paid"])
def test_orders_of_a_subscription_are_booked(name):
	order, _none = plugin_order("subscriptions-for-woocommerce", name)
	assert isinstance(outcomes([order])[order.id].translation, OrderDraft)


def test_a_renewal_that_names_its_parent_is_booked():
	order = sale(parent_id=7, meta=[("_subscription_renewal", "9")])
	assert isinstance(outcomes([order])[order.id].translation, OrderDraft)


def test_an_order_with_a_parent_and_no_word_of_why_is_held():
	held = outcomes([sale(parent_id=7, created_via="wc_deposits")])[1].translation
	assert (held.reason, "order 7" in held.message) == ("part_of_order", True)


def test_an_order_with_a_part_of_the_price_is_held():
	line = make_line(1, "30.00", meta={"_is_deposit": "yes", "_deposit_full_amount": "100"}).model_dump()
	held = outcomes([sale(line_items=[line], total="30.00")])[1].translation
	assert held.reason == "deposit"


def sale(**fields):
	return make_order(**{"line_items": [make_line(1, "10.00").model_dump()], "total": "10.00", **fields})
