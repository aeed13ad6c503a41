"""VAT numbers, companies as customers, and templates of tax classes: what the tax office asks of an order."""

import string
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.store.payloads import LineItem, parse
from jarz_woocommerce_integration.translation.amounts.lines import template_of
from jarz_woocommerce_integration.translation.customers.evidence import evidence_of
from jarz_woocommerce_integration.translation.customers.identity import resolve
from jarz_woocommerce_integration.translation.customers.tax_numbers import (
	VatFacts,
	is_same_number,
	tax_number,
	vat_facts_of,
)
from jarz_woocommerce_integration.translation.lookups import KnownCustomer, Lookups
from jarz_woocommerce_integration.translation.orders.facts import facts_of
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator
from tests.translation.building import make_line, make_order, translate

POLICY = Policy()
PERSON = {"first_name": "Mira", "last_name": "Kost", "email": "mira.kost@mail.example"}
COMPANY = {**PERSON, "company": "Kost & Sohn GmbH"}
OTHER_COMPANY = {**PERSON, "company": "Birke AG"}


def facts(*meta, policy=POLICY):
	return vat_facts_of(make_order(meta=meta), policy)


def who(lookups, billing, order_id=1, customer_id=0, number="", policy=POLICY):
	order = make_order(order_id, customer_id, billing, meta=[("_vat_number", number)])
	evidence = evidence_of(order, policy, vat_facts_of(order, policy).number)
	return resolve(order, evidence, lookups, policy)


class TestVatNumbersOfAnOrder:
	@pytest.mark.parametrize("key", POLICY.tax_numbers.keys)
	def test_each_usual_key_is_read(self, key):
		assert facts((key, "DE123456789")) == VatFacts("DE123456789")

	def test_the_first_key_of_the_policy_that_has_a_value_wins(self):
		told = (("vat_number", "FR111"), ("_billing_vat_number", ""), ("_vat_number", "DE999"))
		assert facts(*told).number == "DE999"
		assert facts(*told, policy=Policy(tax_numbers={"keys": ["vat_number"]})).number == "FR111"
		assert facts(*told, policy=Policy(tax_numbers={"keys": []})).number == ""

	@pytest.mark.parametrize(
		"value",
		["", "-", "n/a", "none", "000000000", None, True, ["DE123"], {"a": "DE123"}, "x" * 41 + "123"],
	)
	def test_what_can_be_no_number_is_none(self, value):
		assert facts(("_vat_number", value)).number == ""

	def test_a_number_is_kept_as_it_is_written_on_one_line_with_ascii_digits(self):
		assert facts(("_vat_number", " DE 123.456.789\n")).number == "DE 123.456.789"
		assert facts(("_vat_number", "٣٠٠١٢٣")).number == "300123"
		assert facts(("billing_tax_number", 12345678)).number == "12345678"

	@pytest.mark.parametrize(
		("value", "exempt"),
		[("yes", True), ("1", True), (True, True), ("no", False), ("", False), ([], False)],
	)
	def test_an_exempt_order_is_told_from_one_without_tax(self, value, exempt):
		assert facts(("is_vat_exempt", value)).exempt is exempt

	def test_the_draft_has_both(self):
		meta = [("_billing_eu_vat_number", "DE123456789"), ("is_vat_exempt", "yes")]
		draft = translate(make_order(billing=PERSON, meta=meta))
		assert (draft.vat_number, draft.vat_exempt) == ("DE123456789", True)
		assert draft.customer.tax_id == "DE123456789"

	def test_a_number_that_comes_later_is_a_change_and_no_number_has_the_hash_of_before(self):
		order = make_order(billing=PERSON)
		plain = facts_of(order).payload_hash
		translator = Translator(POLICY, TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))

		def hash_with(*meta):
			(prepared,) = translator.prepare([make_order(billing=PERSON, meta=meta)])
			return translator.translate([prepared], {}, Lookups())[0].order.payload_hash

		assert hash_with() == hash_with(("is_vat_exempt", "no"), ("_vat_number", "")) == plain
		assert len({plain, hash_with(("_vat_number", "DE1234")), hash_with(("is_vat_exempt", "yes"))}) == 3

	@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=20))
	def test_a_number_is_the_same_however_it_is_spaced(self, number):
		spaced = " ".join(number.casefold())
		assert is_same_number(number, spaced)
		assert is_same_number(f"DE{number}", f"DE-{spaced}")

	@given(st.text(max_size=60))
	def test_any_text_is_a_number_on_one_line_or_none(self, text):
		number = tax_number(text)
		assert number == "" or (number == " ".join(number.split()) and any(map(str.isdigit, number)))

	def test_two_numbers_are_two(self):
		assert not is_same_number("DE123456789", "DE123456788")
		assert not is_same_number("12345678", "345678")
		assert is_same_number("DE123456789", "123456789")


class TestTheTaxIdOfACustomer:
	def test_a_new_customer_gets_the_number(self):
		assert who(Lookups(), PERSON, number="DE123456789").tax_id == "DE123456789"

	def test_a_known_guest_gets_none_because_anybody_may_type_an_address(self):
		lookups = Lookups()
		who(lookups, PERSON, order_id=1)
		assert who(lookups, PERSON, order_id=2, number="DE123456789").tax_id == ""

	def test_a_known_customer_whose_account_the_shop_vouches_for_gets_it_once(self):
		lookups = Lookups()
		who(lookups, PERSON, order_id=1, customer_id=7)
		assert who(lookups, PERSON, order_id=2, customer_id=7, number="DE123456789").tax_id == "DE123456789"
		again = who(lookups, PERSON, order_id=3, customer_id=7, number="DE 123456789")
		assert (again.tax_id, again.decision.ambiguous) == ("", False)

	def test_another_number_is_listed_and_never_written(self):
		lookups = Lookups()
		lookups.add_customer(KnownCustomer("C7", "Mira Kost", 7, tax_id="DE111111111"))
		other = who(lookups, PERSON, customer_id=7, number="DE222222222")
		assert other.tax_id == ""
		assert other.decision.ambiguous
		assert "DE222222222" in other.decision.note
		assert "DE111111111" in other.decision.note


class TestTheCustomerOfACompanysOrder:
	def test_a_new_customer_is_the_company_with_the_person_as_contact(self):
		customer = who(Lookups(), COMPANY)
		assert (customer.name, customer.person) == ("Kost & Sohn GmbH", "Mira Kost")
		assert customer.is_company

	def test_by_policy_it_is_the_person(self):
		customer = who(Lookups(), COMPANY, policy=Policy(customers={"company": "person"}))
		assert (customer.name, customer.person, customer.is_company) == ("Mira Kost", "", False)
		assert customer.company == "Kost & Sohn GmbH"

	def test_an_order_without_a_company_is_the_persons(self):
		customer = who(Lookups(), PERSON)
		assert (customer.name, customer.is_company) == ("Mira Kost", False)

	def test_the_same_company_and_email_is_the_same_customer_however_the_name_is_written(self):
		lookups = Lookups()
		first = who(lookups, COMPANY, order_id=1)
		for number, name in enumerate(("KOST & SOHN GMBH", "Kost & Sohn", "Kost  & Sohn GmbH, Norwick"), 2):
			assert who(lookups, {**PERSON, "company": name}, order_id=number).key == first.key

	def test_who_is_known_by_their_own_name_keeps_it_when_a_company_orders(self):
		"""Customers of before keep their name, and aren't made a second time."""
		lookups = Lookups()
		lookups.add_customer(KnownCustomer("G-1", "Mira Kost", emails=frozenset({"mira.kost@mail.example"})))
		customer = who(lookups, COMPANY)
		assert (customer.key, customer.name, customer.decision.outcome) == ("G-1", "Mira Kost", "known")

	def test_two_companies_of_one_email_are_two_customers_and_listed(self):
		lookups = Lookups()
		first = who(lookups, COMPANY, order_id=1)
		second = who(lookups, OTHER_COMPANY, order_id=2)
		assert second.key != first.key
		assert second.name == "Birke AG"
		assert second.decision.ambiguous
		assert "Kost & Sohn GmbH" in second.decision.note
		assert who(lookups, OTHER_COMPANY, order_id=3).key == second.key
		assert who(lookups, COMPANY, order_id=4).key == first.key

	def test_by_policy_person_two_companies_of_one_email_are_one_person(self):
		policy = Policy(customers={"company": "person"})
		lookups = Lookups()
		first = who(lookups, COMPANY, order_id=1, policy=policy)
		assert who(lookups, OTHER_COMPANY, order_id=2, policy=policy).key == first.key

	def test_an_account_stays_one_customer_and_another_company_is_listed(self):
		lookups = Lookups()
		first = who(lookups, COMPANY, order_id=1, customer_id=7)
		second = who(lookups, OTHER_COMPANY, order_id=2, customer_id=7)
		assert second.key == first.key
		assert second.decision.ambiguous
		assert "Birke AG" in second.decision.note

	def test_one_email_domain_proves_nothing(self):
		lookups = Lookups()
		first = who(lookups, {**COMPANY, "email": "a@kost.example"}, order_id=1)
		second = who(lookups, {**COMPANY, "email": "b@kost.example"}, order_id=2)
		assert second.key != first.key

	@given(
		st.lists(
			st.tuples(st.sampled_from(["", "Kost GmbH", "Birke AG", "Ahorn Ltd"]), st.sampled_from("abc")),
			min_size=1,
			max_size=12,
		)
	)
	def test_no_guests_invoice_of_one_company_is_on_a_customer_made_as_another(self, orders):
		lookups = Lookups()
		for number, (company, email) in enumerate(orders, 1):
			draft = who(lookups, {"company": company, "email": f"{email}@mail.example"}, order_id=number)
			made_as = lookups.customers[draft.key].company
			assert not company or not made_as or made_as == company


class TestTemplatesOfTaxClasses:
	POLICY = Policy(
		tax_classes={
			"standard": {"item_tax_template": "VAT 14 %"},
			"reduced-rate": {"item_tax_template": "VAT 5 %"},
			"zero-rate": {"item_tax_template": "Zero", "zero_rated": True},
		}
	)

	def line(self, tax_class, taxes=()):
		told = [{"id": number, "total": total} for number, total in enumerate(taxes, 1)]
		body = {
			"id": 1,
			"quantity": 1,
			"subtotal": "10",
			"total": "10",
			"taxes": told,
			"tax_class": tax_class,
		}
		return parse(LineItem, body)

	@pytest.mark.parametrize(
		("tax_class", "taxes", "template"),
		[
			("", ["1.40"], "VAT 14 %"),
			("reduced-rate", ["0.50"], "VAT 5 %"),
			("zero-rate", [], "Zero"),
			("", [], ""),
			("reduced-rate", ["0.00"], ""),
			("some-other", ["1.00"], ""),
		],
	)
	def test_a_line_gets_the_template_of_its_class_unless_it_has_no_tax_that_the_template_has(
		self, tax_class, taxes, template
	):
		assert template_of(self.line(tax_class, taxes), self.POLICY) == template

	def test_rows_say_their_class_and_template(self):
		line = make_line(1, "10.00", tax_class="reduced-rate", total_tax="0.50").model_dump()
		order = make_order(
			line_items=[line],
			total="10.50",
			total_tax="0.50",
			tax_lines=[{"id": 9, "rate_id": 2, "label": "5 %", "tax_total": "0.50"}],
		)
		(row,) = translate(order, policy=self.POLICY).invoice.rows
		assert (row.tax_class, row.item_tax_template) == ("reduced-rate", "VAT 5 %")
