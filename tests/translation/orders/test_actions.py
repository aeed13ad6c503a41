"""What an order becomes by its status, its gateway and its shipping method."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from jarz_woocommerce_integration.translation.drafts import (
	Action,
	Cancel,
	DeliveryNotes,
	Hold,
	OrderDraft,
	SalesOrderDraft,
	Skip,
)
from jarz_woocommerce_integration.translation.orders.actions import ActionRow, action_of, delivery_notes_of
from jarz_woocommerce_integration.translation.policy import Gateway, Policy, load_policy
from tests.translation.building import make_line, make_order, translate

PICKUP = {"id": 5, "method_id": "local_pickup", "instance_id": "3", "method_title": "Pickup", "total": "0.00"}


def order(status="processing", gateway="bacs", shipping=(), **fields):
	lines = [make_line(1, "10.00").model_dump()]
	return make_order(
		status=status,
		payment_method=gateway,
		shipping_lines=list(shipping),
		line_items=lines,
		total="10.00",
		**fields,
	)


def policy(*rows, **tables):
	return Policy(actions=rows, **tables)


def test_without_rows_the_status_decides():
	assert action_of(order(), Policy()) is Action.SUBMIT_AND_PAY
	assert delivery_notes_of(order(), Policy()) is None


def test_a_row_for_a_gateway_wins_over_the_status():
	rules = policy({"status": "processing", "gateway": "bacs", "action": "sales_order"})
	assert isinstance(translate(order(), policy=rules), SalesOrderDraft)
	for other in (order(gateway="stripe"), order(status="completed")):
		draft = translate(other, policy=rules)
		assert (type(draft), draft.action) == (OrderDraft, Action.SUBMIT_AND_PAY)


@pytest.mark.parametrize("method", ["local_pickup", "local_pickup:3"])
def test_a_shipping_method_is_named_by_its_id_or_by_one_instance_of_it(method):
	rules = policy({"shipping_method": method, "delivery_notes": "None"})
	assert delivery_notes_of(order(shipping=[PICKUP]), rules) is DeliveryNotes.NONE
	assert delivery_notes_of(order(shipping=[{**PICKUP, "method_id": "flat_rate"}]), rules) is None
	assert translate(order(shipping=[PICKUP]), policy=rules).delivery_notes is DeliveryNotes.NONE


def test_the_row_with_the_most_conditions_wins_and_of_several_the_first():
	rules = policy(
		{"status": "processing", "gateway": "bacs", "action": "sales_order"},
		{"status": "processing", "shipping_method": "local_pickup", "action": "draft"},
		{"status": "processing", "gateway": "bacs", "shipping_method": "local_pickup", "action": "submit"},
	)
	assert action_of(order(), rules) is Action.SALES_ORDER
	assert action_of(order(gateway="cod", shipping=[PICKUP]), rules) is Action.DRAFT
	assert action_of(order(shipping=[PICKUP]), rules) is Action.SUBMIT
	first = policy(*[row.model_dump() for row in rules.actions[:2]])
	assert action_of(order(shipping=[PICKUP]), first) is Action.SALES_ORDER


def test_a_row_that_chooses_a_delivery_note_leaves_the_action_to_the_others():
	rules = policy(
		{
			"status": "processing",
			"gateway": "bacs",
			"shipping_method": "local_pickup",
			"delivery_notes": "None",
		},
		{"status": "processing", "gateway": "bacs", "action": "sales_order"},
	)
	draft = translate(order(shipping=[PICKUP]), policy=rules)
	assert (draft.action, draft.delivery_notes) == (Action.SALES_ORDER, DeliveryNotes.NONE)


def test_a_row_may_leave_orders_out_cancel_them_or_book_a_status_that_is_not_in_the_table():
	rules = policy(
		{"status": "processing", "gateway": "points", "action": "ignore"},
		{"status": "processing", "gateway": "test", "action": "cancel"},
		{"status": "shipped", "gateway": "bacs", "action": "submit"},
	)
	assert isinstance(translate(order(gateway="points"), policy=rules), Skip)
	assert isinstance(translate(order(gateway="test"), policy=rules), Cancel)
	assert translate(order(status="shipped"), policy=rules).action is Action.SUBMIT
	assert isinstance(translate(order(status="shipped", gateway="cod"), policy=rules), Hold)


@pytest.mark.parametrize(
	("row", "told"),
	[
		({"gateway": "stripe", "action": "submit"}, "an action needs a status"),
		({"status": "processing", "action": "submit"}, "a gateway or a shipping method"),
		({"status": "processing", "gateway": "bacs"}, "an action or a delivery note"),
	],
)
def test_a_row_that_says_too_little_is_refused(row, told):
	with pytest.raises(ValidationError, match=told):
		ActionRow(**row)


def test_a_policy_file_has_rows_and_terms(tmp_path):
	path = tmp_path / "policy.toml"
	path.write_text(
		'[[actions]]\nstatus = "processing"\ngateway = "bacs"\naction = "sales_order"\n'
		'[gateways.invoice]\nmode_of_payment = "Bank"\naccount = "Bank"\npayment_terms = "Net 30"\n'
	)
	rules = load_policy(path)
	assert action_of(order(), rules) is Action.SALES_ORDER
	assert translate(order(gateway="invoice"), policy=rules).payment_terms == "Net 30"


def test_an_order_has_the_terms_of_its_gateway_whatever_it_becomes():
	b2b = Gateway(mode_of_payment="Bank", account="Bank", payment_terms="Net 30")
	for rules in (policy(gateways={"bacs": b2b}), policy(default_gateway=b2b, gateways={})):
		for status in ("processing", "on-hold"):
			assert translate(order(status=status), policy=rules).payment_terms == "Net 30"
	draft = translate(order(gateway="cod"), policy=policy(gateways={"bacs": b2b}))
	assert (draft.payment_terms, draft.invoice.total) == ("", Decimal("10.00"))
