"""One sale with several payments, by the answers of Deposits & Partial Payments."""

from datetime import datetime, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from jarz_woocommerce_integration.store.related import Related
from jarz_woocommerce_integration.translation.drafts import Hold, Skip
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator
from tests.translation.plugins import plugin_order

DEPOSITS = "deposits-partial-payments-for-woocommerce"


def child(name, number):
	return plugin_order(DEPOSITS, f"{name}-child-{number}")[0]


def translated(name, payments, **tables):
	order, refunds = plugin_order(DEPOSITS, name)
	return outcome_of(order, payments, refunds, **tables).translation


def outcome_of(order, payments, refunds=(), **tables):
	translator = Translator(Policy(**tables), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
	related = Related(payments={order.id: payments})
	return translator.translate(translator.prepare([order], related), {order.id: list(refunds)}, Lookups())[0]


def paid(draft):
	return [(p.key, p.amount, p.paid_at.strftime("%H:%M:%S"), p.gateway) for p in draft.payments]


def test_the_translator_asks_for_the_payments_of_an_order_that_is_paid_in_parts():
	translator = Translator(Policy(), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
	order, _none = plugin_order(DEPOSITS, "partially-paid")
	assert translator.payment_ids(order) == [2537, 2538]
	assert translator.payment_ids(order.model_copy(update={"status": "cancelled"})) == []


def test_of_a_sale_that_is_paid_in_part_the_rest_stays_outstanding():
	draft = translated(
		"partially-paid", [child("partially-paid", "deposit"), child("partially-paid", "second")]
	)
	assert draft.invoice.total == Decimal("302.10")
	assert paid(draft) == [("deposit:2537", Decimal("142.50"), "14:43:27", "fakecard")]


def test_a_sale_that_is_paid_in_two_parts_has_both_with_date_and_transaction():
	payments = [child("fully-paid", "deposit"), child("fully-paid", "second")]
	draft = translated("fully-paid-refunded", payments)
	assert paid(draft) == [
		("deposit:2534", Decimal("108.30"), "14:43:26", "fakecard"),
		("deposit:2535", Decimal("159.60"), "14:43:41", "fakecard"),
	]
	assert draft.payments[1].reference == "ch_second"
	assert draft.paid_total == draft.invoice.total == Decimal("267.90")


def test_a_refund_is_paid_back_out_of_a_payment_that_covers_it():
	payments = [child("fully-paid", "deposit"), child("fully-paid", "second")]
	(note,) = translated("fully-paid-refunded", payments).credit_notes
	assert (note.total, note.repayment.amount, note.repayment.key) == (
		Decimal("-114.00"),
		Decimal("114.00"),
		"",
	)


def test_a_payment_that_the_shop_does_not_give_holds_the_order():
	held = translated("partially-paid", [child("partially-paid", "second")])
	assert (held.reason, "2537" in held.message) == ("deposit_unread", True)


@pytest.mark.parametrize("status", ["pending", "cancelled", "failed", "refunded"])
def test_a_payment_that_was_not_made_is_none(status):
	deposit = child("partially-paid", "deposit").model_copy(update={"status": status})
	draft = translated("partially-paid", [deposit, child("partially-paid", "second")])
	assert draft.payments == []


def test_payments_of_more_than_the_order_hold_it():
	deposit = child("partially-paid", "deposit").model_copy(update={"total": Decimal("400.00")})
	held = translated("partially-paid", [deposit, child("partially-paid", "second")])
	assert isinstance(held, Hold)
	assert held.reason == "deposit_differs"


def test_a_payment_that_comes_later_makes_it_another_order_than_before():
	order, _none = plugin_order(DEPOSITS, "partially-paid")
	deposit, second = child("partially-paid", "deposit"), child("partially-paid", "second")
	made = second.model_copy(update={"status": "completed"})
	hashes = {outcome_of(order, [deposit, later]).order.payload_hash for later in (second, made)}
	assert len(hashes) == 2


def test_a_payment_that_is_read_by_its_id_is_no_sale():
	order = child("fully-paid", "second")
	translator = Translator(Policy(), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
	parent, _refunds = plugin_order(DEPOSITS, "fully-paid-refunded")
	page = translator.prepare([parent, order], Related(payments={parent.id: [order]}))
	made = translator.translate(page, {}, Lookups())
	assert isinstance(made[1].translation, Skip)


def undated(payment, **local):
	none = dict.fromkeys(("date_created_gmt", "date_created", "date_paid_gmt", "date_completed_gmt"))
	return payment.model_copy(update={**none, **local})


def test_a_payment_without_a_date_in_utc_has_the_shops_own():
	first = child("partially-paid", "deposit")
	made = undated(first, date_created=datetime(2026, 1, 2, 12, 0, 5))
	at_once = {"gateways": {"fakecard": {"mode_of_payment": "Card", "account": "Bank", "paid": "at_once"}}}
	draft = translated("partially-paid", [made, child("partially-paid", "second")], **at_once)
	assert draft.payments[0].paid_at == datetime(2026, 1, 2, 10, 0, 5, tzinfo=timezone.utc)


def test_a_payment_that_was_not_made_needs_no_date():
	payments = [child("partially-paid", "deposit"), undated(child("partially-paid", "second"))]
	assert paid(translated("partially-paid", payments)) == [
		("deposit:2537", Decimal("142.50"), "14:43:27", "fakecard")
	]


def test_a_payment_without_any_date_holds_the_order():
	payments = [undated(child("partially-paid", "deposit")), child("partially-paid", "second")]
	hold = translated("partially-paid", payments)
	assert (type(hold), hold.reason) == (Hold, "no_date")
