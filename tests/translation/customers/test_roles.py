"""What the role of an account decides of the customer."""

from dataclasses import replace

import pytest

from jarz_woocommerce_integration.store.related import Account
from jarz_woocommerce_integration.translation.customers.evidence import evidence_of
from jarz_woocommerce_integration.translation.customers.identity import resolve
from jarz_woocommerce_integration.translation.drafts import Decision, OrderState
from jarz_woocommerce_integration.translation.lookups import KnownCustomer, KnownOrder, Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from tests.translation.building import make_order

ROLES = {
	"wholesale": {"customer_group": "Wholesale", "price_list": "Wholesale Prices"},
	"employee": {"customer": "Staff"},
	"guest": {"customer": "Walk-in"},
}
POLICY = Policy(customers={"country": "EG", "roles": ROLES})
EMAIL = "mona@example.test"


def who(role="", customer_id=7, lookups=None, order_id=1, policy=POLICY):
	order = make_order(order_id, customer_id, {"country": "EG", "email": EMAIL, "phone": "01012345678"})
	account = Account(EMAIL, role) if customer_id else None
	evidence = evidence_of(order, policy, account=account)
	return resolve(order, evidence, Lookups() if lookups is None else lookups, policy)


def booked(customer_key):
	lookups = Lookups()
	known = KnownOrder(1, OrderState.SYNCED, "", "", "INV-1", "Submitted", "", customer_key=customer_key)
	lookups.orders[1] = known
	return lookups


def test_a_new_customer_gets_group_and_price_list_of_the_role():
	customer = who("wholesale")
	assert (customer.group, customer.price_list) == ("Wholesale", "Wholesale Prices")
	assert (customer.key, customer.decision.outcome) == ("C7", "new")


@pytest.mark.parametrize("role", ["", "customer", "WHOLESALE"])
def test_other_roles_get_nothing(role):
	customer = who(role)
	assert (customer.group, customer.price_list) == ("", "")


def test_who_is_known_keeps_what_they_have():
	lookups = Lookups()
	lookups.add_customer(KnownCustomer("C7", "Mona", 7))
	assert who("wholesale", lookups=lookups).group == ""


@pytest.mark.parametrize(("role", "account", "name"), [("employee", 7, "Staff"), ("", 0, "Walk-in")])
def test_all_orders_of_a_role_are_booked_to_its_one_customer(role, account, name):
	customer = who(role, account)
	assert (customer.key, customer.decision) == (name, Decision("known", "role"))
	assert (customer.emails, customer.phones, customer.store_customer_id) == ((), (), None)


def test_the_one_customer_of_guests_is_not_that_of_an_account_of_which_the_shop_says_no_role():
	assert who("").key == "C7"


def test_an_order_that_is_booked_stays_with_its_customer():
	assert who("employee", lookups=booked("C7")).key == "C7"
	assert who("", lookups=booked("Staff")).key == "Staff"
	assert who("employee", lookups=booked("Walk-in")).key == "Walk-in"


def test_an_order_that_is_only_listed_goes_to_the_roles_customer():
	lookups = booked("")
	lookups.orders[1] = replace(lookups.orders[1], invoice="", state=OrderState.HELD)
	assert who("employee", lookups=lookups).key == "Staff"


def test_where_all_orders_have_one_customer_roles_say_nothing():
	policy = Policy(customers={"mode": "one_customer", "roles": ROLES})
	assert who("employee", policy=policy).key == "ONE"


def test_without_a_table_a_role_says_nothing():
	assert who("employee", policy=Policy()).key == "C7"
