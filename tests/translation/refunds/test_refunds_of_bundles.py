"""Parts of bundles that come back: the goods as what they are, the money off the row that it was booked on."""

from collections import defaultdict
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.translation.policy import BundlePolicy
from tests.translation.building import make_order, make_refund, total_of, translate

POLICIES = list(BundlePolicy)


def bundle_line(line_id, name, total, quantity, product, meta):
	return {
		"id": line_id,
		"name": name,
		"product_id": product,
		"quantity": quantity,
		"subtotal": total,
		"total": total,
		"meta_data": [{"key": key, "value": value} for key, value in meta.items()],
	}


def set_of(parent="0.00", lamp="0.00", shade="0.00"):
	"""Two sets of a lamp and two shades each, as WooCommerce Product Bundles writes them."""
	return [
		bundle_line(11, "Set", parent, 2, 1, {"_bundle_cart_key": "p", "_bundled_items": ["a", "b"]}),
		bundle_line(12, "Lamp", lamp, 2, 2, {"_bundled_by": "p", "_bundle_cart_key": "a"}),
		bundle_line(13, "Shade", shade, 4, 3, {"_bundled_by": "p", "_bundle_cart_key": "b"}),
	]


def back(order_line, total, quantity, name=""):
	return {
		"id": 800 + order_line,
		"name": name,
		"quantity": quantity,
		"subtotal": total,
		"total": total,
		"meta_data": [{"key": "_refunded_item_id", "value": str(order_line)}],
	}


def booked(lines, total, refunds, policy, status="completed"):
	order = make_order(
		status=status,
		total=total,
		line_items=lines,
		date_paid_gmt="2026-03-01T11:00:00",
		refunds=[{"id": refund.id, "total": str(-refund.amount)} for refund in refunds],
	)
	draft = translate(order, refunds, items={"bundles": policy})
	for note in draft.credit_notes:
		assert total_of(note) == note.total
		assert all(row.rate >= 0 and row.quantity < 0 for row in note.rows)
		assert not [charge for charge in note.charges if charge.amount > 0], "a discount that was never given"
	return draft


def by_product(document):
	found = defaultdict(lambda: [Decimal(0), Decimal(0)])
	for row in document.rows:
		found[row.store_product][0] += row.quantity
		found[row.store_product][1] += row.amount
	return {product: tuple(sums) for product, sums in found.items()}


@pytest.mark.parametrize("policy", POLICIES)
def test_components_at_zero_come_back_as_goods(policy):
	"""The price is the set's; its parts come back with quantities and 0.00."""
	refund = make_refund(
		21, "100.00", line_items=[back(11, "-100.00", -1), back(12, "0.00", -1), back(13, "0.00", -2)]
	)
	[note] = booked(set_of(parent="200.00"), "200.00", [refund], policy).credit_notes
	quantities = {product: quantity for product, (quantity, _amount) in by_product(note).items()}
	assert (quantities["product:2"], quantities["product:3"]) == (-1, -2)
	if policy is BundlePolicy.EXPLODE:
		assert "product:1" not in quantities
	else:
		assert by_product(note)["product:1"] == (-1, -100)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_component_gives_back_what_was_booked_for_it(policy):
	refund = make_refund(21, "30.00", line_items=[back(12, "-30.00", -1)])
	[note] = booked(set_of(lamp="60.00", shade="40.00"), "100.00", [refund], policy).credit_notes
	rows = by_product(note)
	if policy is BundlePolicy.EXPLODE:
		assert rows == {"product:2": (-1, -30)}
	else:
		# The money was booked on the set's row: it comes off that account, the lamp comes back as goods.
		assert rows["product:2"] == (-1, 0)
		assert sum(amount for _quantity, amount in rows.values()) == -30
	assert {row.account for row in note.rows} == {"Sales"}


@pytest.mark.parametrize("policy", POLICIES)
def test_the_parent_gives_back_its_own_price_and_no_more(policy):
	refund = make_refund(21, "20.00", line_items=[back(11, "-20.00", -1)])
	[note] = booked(set_of("40.00", "60.00", "40.00"), "140.00", [refund], policy).credit_notes
	assert note.charges == []
	assert sum(row.amount for row in note.rows) == -20
	assert {row.account for row in note.rows} == {"Sales"}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("parent", ["0.00", "40.00"])
def test_part_by_part_and_then_the_rest_leaves_nothing(policy, parent):
	total = 100 + Decimal(parent)
	first = make_refund(21, "30.00", line_items=[back(12, "-30.00", -1)])
	second = make_refund(22, "10.00", line_items=[back(13, "-10.00", 0)])
	rest = make_refund(23, str(total - 40))
	draft = booked(set_of(parent, "60.00", "40.00"), str(total), [first, second, rest], policy, "refunded")
	left = defaultdict(Decimal)
	goods = defaultdict(Decimal)
	for document in (draft.invoice, *draft.credit_notes):
		for row in document.rows:
			left[row.account] += row.amount
			if row.item_code != "WOO-REFUND":
				goods[row.store_product] += row.quantity
	assert set(left.values()) == {0}
	assert (goods["product:2"], goods["product:3"]) == (0, 0)
