"""What was paid for an order that its status leaves out of the books."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from jarz_woocommerce_integration.translation.drafts import AdvanceDraft, Skip
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator
from tests.translation.building import make_line, make_order
from tests.translation.plugins import plugin_order


def received(order):
	translator = Translator(Policy(), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
	(outcome,) = translator.translate(translator.prepare([order]), {}, Lookups())
	return outcome.order.received_unbooked


def order(status, paid="2026-03-01T10:05:00", refunded="0", **fields):
	refunds = [{"id": 21, "total": f"-{refunded}"}] if refunded != "0" else []
	lines = [make_line(1, "10.00").model_dump()]
	body = {"line_items": lines, "total": "10.00", "refunds": refunds, **fields}
	return make_order(status=status, date_paid_gmt=paid, **body)


@pytest.mark.parametrize("status", ["cancelled", "failed", "pending", "trash"])
def test_a_paid_order_that_is_not_booked_is_told_with_what_was_paid(status):
	assert received(order(status)) == Decimal("10.00")


@pytest.mark.parametrize(
	("fields", "left"),
	[({"paid": None}, "0"), ({"refunded": "10.00"}, "0"), ({"refunded": "4.00"}, "6.00")],
)
def test_what_was_given_back_or_never_paid_is_not_told(fields, left):
	assert received(order("cancelled", **fields)) == Decimal(left)


def test_what_is_booked_is_not_told():
	assert received(order("completed")) == 0


@pytest.mark.parametrize(("policy", "listed", "booked"), [("list", "6.00", []), ("advance", "0", ["6.00"])])
def test_what_was_paid_for_a_sales_order_is_told_or_an_advance(policy, listed, booked):
	statuses = {"processing": "sales_order"}
	translator = Translator(
		Policy(received_unbooked=policy, statuses=statuses), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo")
	)
	(outcome,) = translator.translate(
		translator.prepare([order("processing", refunded="4.00")]), {}, Lookups()
	)
	assert outcome.order.received_unbooked == Decimal(listed)
	payments = [(payment.key, str(payment.amount)) for payment in outcome.translation.payments]
	assert payments == [("advance", amount) for amount in booked]


def test_a_vendors_part_of_a_cancelled_order_is_not_told_beside_the_order():
	part, _refunds = plugin_order("dokan-lite", "two-vendors-sub-1")
	assert received(part.model_copy(update={"status": "cancelled"})) == 0


# --- as an advance ---


def test_by_policy_it_becomes_an_advance_of_the_customer():
	translator = Translator(
		Policy(received_unbooked="advance"), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo")
	)
	paid = order("cancelled", refunded="4.00", payment_method="stripe", transaction_id="ch_7")
	(outcome,) = translator.translate(translator.prepare([paid]), {}, Lookups())
	advance = outcome.translation
	assert isinstance(advance, AdvanceDraft)
	(payment,) = advance.payments
	assert (payment.key, payment.amount, payment.reference) == ("advance", Decimal("6.00"), "ch_7")
	assert advance.invoice.rows == []
	assert outcome.order.received_unbooked == 0, "it is booked"
	assert "6.00 EGP" in advance.message


def test_an_advance_names_the_invoice_as_the_order_would_be_named():
	translator = Translator(
		Policy(received_unbooked="advance"), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo")
	)
	paid = order("cancelled").model_copy(update={"number": f"<b>7</b> {'long ' * 40}"})
	(outcome,) = translator.translate(translator.prepare([paid]), {}, Lookups())
	name = outcome.translation.invoice.name
	assert len(name) <= 90
	assert not set("<>") & set(name)


def test_by_policy_an_unpaid_order_is_skipped_as_ever():
	translator = Translator(
		Policy(received_unbooked="advance"), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo")
	)
	(outcome,) = translator.translate(translator.prepare([order("pending", paid=None)]), {}, Lookups())
	assert isinstance(outcome.translation, Skip)
