"""Orders whose personal data the shop erased are no evidence for anybody."""

from zoneinfo import ZoneInfo

import pytest

from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.lookups import KnownCustomer, KnownOrder, Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator
from tests.translation.building import make_line, make_order

TRANSLATOR = Translator(
	Policy(customers={"country": "EG"}, statuses={"completed": "submit"}),
	TerritoryIndex([], {}),
	ZoneInfo("Africa/Cairo"),
)
ERASED = {
	"first_name": "[deleted]",
	"last_name": "[deleted]",
	"company": "[deleted]",
	"address_1": "[deleted]",
	"city": "[deleted]",
	"postcode": "[deleted]",
	"email": "deleted@site.invalid",
	"phone": "+200000000000",
}
# What the eraser leaves in other languages, of other checkouts, and in another plugin's hands.
SHAPES = {
	"as WooCommerce writes it": (ERASED, ()),
	"German": ({**ERASED, "first_name": "[gelöscht]", "last_name": "[gelöscht]"}, ()),
	"upper case": ({**ERASED, "email": " Deleted@Site.INVALID "}, ()),
	"without an e-mail": ({**ERASED, "email": ""}, ()),
	"German without an e-mail": (
		{**ERASED, "first_name": "[gelöscht]", "last_name": "[gelöscht]", "email": ""},
		(("_anonymized", "yes"),),
	),
	"a phone that could be somebody's": ({**ERASED, "phone": "01012345678"}, ()),
}


def page(*orders, lookups=None):
	prepared = TRANSLATOR.prepare(orders)
	return TRANSLATOR.translate(prepared, {}, lookups or Lookups())


def erased(order_id, billing, meta=(), customer_id=0):
	line = make_line(1, "10.00").model_dump(mode="json")
	return make_order(
		order_id, customer_id, billing, billing, meta, total="10.00", line_items=[line], transaction_id="0"
	)


@pytest.mark.parametrize("shape", SHAPES)
def test_two_of_them_never_share_a_customer(shape):
	billing, meta = SHAPES[shape]
	outcomes = page(*(erased(order_id, billing, meta) for order_id in (1, 2, 3)))
	drafts = [outcome.translation for outcome in outcomes]
	assert all(outcome.order.anonymised for outcome in outcomes)
	assert [draft.customer.key for draft in drafts] == ["O1", "O2", "O3"]
	for draft in drafts:
		customer = draft.customer
		assert (customer.emails, customer.phones, customer.phone_text, customer.company) == ((), (), "", "")
		assert (draft.contact_email, draft.contact_phone, draft.transaction_id) == ("", "", "")
		assert draft.billing is draft.shipping is None
		assert "deleted" not in customer.name


@pytest.mark.parametrize("shape", SHAPES)
def test_no_customer_is_found_by_what_was_erased(shape):
	billing, meta = SHAPES[shape]
	lookups = Lookups()
	for key, email, phone in (
		("A", "deleted@site.invalid", "+200000000000"),
		("B", "b@b.test", "+201012345678"),
	):
		lookups.add_customer(KnownCustomer(key, key, 7, frozenset({email}), frozenset({phone})))
	(outcome,) = page(erased(1, billing, meta, customer_id=7), lookups=lookups)
	assert outcome.translation.customer.key == "O1"
	assert not outcome.translation.customer.decision.candidates


@pytest.mark.parametrize("shape", SHAPES)
def test_a_booked_orders_customer_stays(shape):
	billing, meta = SHAPES[shape]
	lookups = Lookups()
	anna = KnownCustomer("C5", "Anna", 5, frozenset({"anna@a.test"}), frozenset({"+201000000001"}))
	lookups.add_customer(anna)
	lookups.orders[1] = KnownOrder(1, OrderState.SYNCED, "before", customer_key="C5")
	(outcome,) = page(erased(1, billing, meta), lookups=lookups)
	customer = outcome.translation.customer
	assert (customer.key, customer.name, customer.decision.outcome) == ("C5", "Anna", "known")
	assert lookups.customers["C5"] == anna


def test_a_person_whose_name_reads_like_it_is_a_person():
	billing = {"first_name": "[deleted]", "last_name": "Hansen", "email": "h@h.test"}
	(outcome,) = page(erased(1, billing))
	assert not outcome.order.anonymised
	assert outcome.translation.customer.emails == ("h@h.test",)
