"""Hooks of other apps and the draft of an order."""

from datetime import timezone

from jarz_woocommerce_integration.translation.drafts import Failure, OrderDraft
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator
from tests.translation.building import make_order


def translated_with(*filters):
	named = [(function.__name__, function) for function in filters]
	translator = Translator(Policy(), TerritoryIndex([], {}), timezone.utc, named)
	prepared = translator.prepare([make_order(customer_note="note")])
	(outcome,) = translator.translate(prepared, {}, Lookups())
	return outcome.translation


def adds_a_remark(order, draft):
	draft.remarks += f" {order.order_id}"
	return draft


def forgets_to_return(order, draft):
	draft.remarks = order.number = "forgotten"


def returns_it_as_it_was(order, draft):
	return draft


def returns_nonsense(order, draft):
	return "a draft"


def test_each_hook_gets_what_the_one_before_it_returned():
	draft = translated_with(adds_a_remark, adds_a_remark)
	assert isinstance(draft, OrderDraft)
	assert (draft.remarks, draft.changed_by) == ("note 1 1", "adds_a_remark")


def test_what_is_not_returned_or_not_changed_has_no_effect():
	draft = translated_with(forgets_to_return, returns_it_as_it_was)
	assert draft == translated_with()
	assert (draft.remarks, draft.changed_by) == ("note", "")


def test_something_else_than_a_draft_fails_the_order():
	failure = translated_with(returns_nonsense)
	assert isinstance(failure, Failure) and failure.reason == "hook_failed"
	assert "returns_nonsense" in failure.message
