"""Whose order it is (failure-modes 43, 44)."""

from dataclasses import replace

import phonenumbers
import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.store.related import Account
from jarz_woocommerce_integration.translation.customers.evidence import evidence_of, normalise_email
from jarz_woocommerce_integration.translation.customers.identity import resolve
from jarz_woocommerce_integration.translation.customers.phones import normalise_phone
from jarz_woocommerce_integration.translation.customers.shared_phones import note_phones
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.lookups import KnownCustomer, KnownOrder, Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from tests.translation.building import fixture, make_order

POLICY = Policy(customers={"country": "EG"})
EMAIL, OTHER_EMAIL = "mona@example.test", "omar@example.test"
PHONE, OTHER_PHONE = "+201012345678", "+201112345678"


SHARED = "Orders with many different names have this phone, so it doesn't identify the customer."


def who(lookups, order_id=1, customer_id=0, email="", phone="", policy=POLICY, account_email="", **billing):
	"""Whose order it is. :param account_email: of the order's account, as the shop tells it"""
	order = make_order(order_id, customer_id, {"country": "EG", "email": email, "phone": phone, **billing})
	evidence = evidence_of(order, policy, account=Account(account_email) if customer_id else None)
	return resolve(order, evidence, lookups, policy)


def known(*customers, **values):
	"""Lookups that have these (key, account, e-mails, phones), each with further values."""
	lookups = Lookups()
	for key, store_id, emails, phones in customers:
		values = {"name": key, **values}
		customer = KnownCustomer(
			key=key, store_customer_id=store_id, emails=frozenset(emails), phones=frozenset(phones), **values
		)
		lookups.add_customer(customer)
	return lookups


def test_whom_a_person_has_said_to_be_another_one_is_no_candidate():
	lookups = known(("HOTEL", None, [EMAIL], [PHONE]), is_foreign=True)
	own = KnownCustomer("C7", "Mona", 7, emails=frozenset([EMAIL]), own_emails=frozenset([EMAIL]))
	lookups.add_customer(own)
	lookups.customers_by_store_id[7] = "C7"
	asked = {"customer_id": 7, "email": EMAIL, "phone": PHONE}
	assert who(lookups, **asked).decision.ambiguous
	lookups.add_customer(replace(lookups.customers["C7"], others=frozenset(["HOTEL"])))
	decision = who(lookups, **asked).decision
	assert (decision.ambiguous, decision.candidates, decision.note) == (False, ("C7",), "")


class TestPhones:
	@pytest.mark.parametrize(
		"text",
		[
			"01012345678",
			"+20 101 234 5678",
			"0020 1012345678",
			"0020 10 12345678",
			"201012345678",
			"1012345678",
			"٠١٠١٢٣٤٥٦٧٨",
			"٠١٠12345678",
			"۰۱۰۱۲۳۴۵۶۷۸",
			"０１０１２３４５６７８",
			"\u202a+20 101 234 5678\u202c",
			"(+20) 0101-234-5678",
			"tel: 0101.234.5678",
			"01012345678 / 01112345678",
			"01012345678 - 01112345678",
			"01012345678 (home 2)",
		],
	)
	def test_one_number_has_one_spelling(self, text):
		assert normalise_phone(text, "EG") == PHONE

	@pytest.mark.parametrize("text", ["", "N/A", "000", "0101234567", "1" * 40, "+", "++20"])
	def test_what_is_no_number_is_no_evidence(self, text):
		assert normalise_phone(text, "EG") == ""

	def test_a_local_landline_could_be_in_any_town(self):
		assert normalise_phone("33245104", "EG") == ""
		assert normalise_phone("02 33245104", "EG") == "+20233245104"

	def test_without_a_region_only_international_numbers_can_be_read(self):
		assert normalise_phone("01012345678", "") == ""
		assert normalise_phone("01012345678", "XX") == ""
		assert normalise_phone("+201012345678", "") == PHONE

	def test_captured_phones(self):
		"""Every captured phone is read, but for landlines of eight digits without an area prefix."""
		for country, text in fixture("captured_evidence.json")["phones"]:
			number = normalise_phone(text, country or "EG")
			digits = [character for character in text if character.isdigit()]
			assert bool(number) == (len(digits) > 8), text
			assert not number or number.startswith("+20")

	@given(
		st.sampled_from(["+", "00", "0", ""]),
		st.sampled_from(["20", "2010", "966", "9665", "44", "49", "39", "1", "7", "10", "15", "11"]),
		st.integers(0, 10**10),
		st.sampled_from(["EG", "SA", "DE", "GB", "IT", "US", "RU"]),
	)
	def test_the_fast_way_agrees_with_the_library(self, start, head, tail, region):
		text = f"{start}{head}{tail}"
		international = "+" + text.lstrip("+").removeprefix("00") if start in ("+", "00") else text
		number = normalise_phone(text, region)
		if number:
			parsed = phonenumbers.parse(international, region)
			assert number == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)

	@given(st.text(max_size=40), st.sampled_from(["EG", "SA", "US", "", "XX"]))
	def test_any_text_is_survived_and_what_is_read_stays_as_it_is(self, text, region):
		number = normalise_phone(text, region)
		assert normalise_phone(number, region) == number


class TestEvidence:
	def test_emails_are_trimmed_and_case_folded(self):
		assert normalise_email("  MONA@Example.Test \u200f") == EMAIL

	@pytest.mark.parametrize(
		"text", ["", "mona", "mona@", "@example.test", "a b@c.test", "a@b", "a@b.", "a@@b.c"]
	)
	def test_what_is_no_email_is_no_evidence(self, text):
		assert normalise_email(text) == ""

	@pytest.mark.parametrize("email", ["NoReply@shop.test", "x1@Marketplace.test", "Walk-in@shop.test"])
	def test_placeholder_emails_are_no_evidence(self, email):
		entries = ("noreply@", "@marketplace.test", "walk-in@shop.test")
		policy = Policy(customers={"placeholder_emails": entries})
		assert evidence_of(make_order(billing={"email": email}), policy).email == ""
		assert evidence_of(make_order(billing={"email": EMAIL}), policy).email == EMAIL

	def test_the_region_comes_from_billing_then_shipping_then_the_policy(self):
		for billing, shipping in (("EG", "SA"), ("", "EG"), ("", "")):
			order = make_order(
				billing={"country": billing, "phone": "01012345678"}, shipping={"country": shipping}
			)
			assert evidence_of(order, POLICY).phone == PHONE

	def test_a_phone_that_cannot_be_read_is_kept_as_text(self):
		draft = who(Lookups(), email=EMAIL, phone="ask the neighbour")
		assert (draft.phones, draft.phone_text) == ((), "ask the neighbour")

	@pytest.mark.parametrize(
		"fields, name",
		[
			({"billing": {"first_name": " منى\u200f ", "last_name": "عبد  الله"}}, "منى عبد الله"),
			({"billing": {"company": "شركة الدلتا"}}, "شركة الدلتا"),
			({"shipping": {"first_name": "Omar"}}, "Omar"),
			({"billing": {"email": "Zoe.B@example.test"}}, "Zoe.B"),
			({"billing": {"phone": "ring twice"}}, "ring twice"),
			({}, "Guest 17"),
			({"billing": {"first_name": "\x00\x1b", "last_name": "Sara\n"}}, "Sara"),
			({"billing": {"first_name": "Abd " * 60}}, ("Abd " * 35).strip()),
			({"billing": {"first_name": "x" * 300}}, "x" * 140),
		],
	)
	def test_names(self, fields, name):
		assert evidence_of(make_order(17, **fields), POLICY).name == name


class TestRegistered:
	def test_a_new_one_is_named_after_the_account(self):
		draft = who(Lookups(), customer_id=7, email=EMAIL, phone=PHONE)
		assert (draft.key, draft.store_customer_id, draft.decision.outcome) == ("C7", 7, "new")
		assert (draft.emails, draft.phones) == ((EMAIL,), (PHONE,))

	def test_is_known_by_the_account_whatever_else_changed(self):
		lookups = known(("Mona", 7, {OTHER_EMAIL}, ()))
		draft = who(lookups, customer_id=7, email=EMAIL, phone=PHONE)
		assert (draft.key, draft.decision.outcome) == ("Mona", "known")
		assert lookups.customers["Mona"].emails == {EMAIL, OTHER_EMAIL}
		assert lookups.customers_by_phone[PHONE] == ["Mona"]

	@pytest.mark.parametrize(
		"typed, evidence",
		[
			({"email": EMAIL}, "e-mail"),
			({"email": OTHER_EMAIL}, "e-mail"),
			({"email": EMAIL, "phone": PHONE}, "e-mail and phone"),
			({}, "e-mail"),
		],
	)
	def test_a_record_is_linked_whose_own_email_is_the_accounts(self, typed, evidence):
		lookups = known(("G-1", None, {EMAIL}, {PHONE}), own_emails=frozenset([EMAIL]))
		draft = who(lookups, customer_id=7, account_email=EMAIL, **typed)
		assert (draft.key, draft.decision.outcome, draft.decision.evidence) == ("G-1", "linked", evidence)
		assert lookups.customers_by_store_id[7] == "G-1"
		assert who(lookups, 2, customer_id=7).key == "G-1"

	@pytest.mark.parametrize("account_email", ["", "attacker@evil.test"])
	@pytest.mark.parametrize("own", [{EMAIL}, set()])
	def test_what_the_order_types_never_binds_an_account(self, account_email, own):
		lookups = known(("G-1", None, {EMAIL, account_email} - {""}, {PHONE}), own_emails=frozenset(own))
		draft = who(lookups, customer_id=7, email=EMAIL, phone=PHONE, account_email=account_email)
		assert (draft.key, draft.decision.outcome, draft.decision.ambiguous) == ("C7", "new", True)
		assert "doesn't give that customer's own e-mail for the account 7" in draft.decision.note
		assert lookups.customers["G-1"].store_customer_id is None

	def test_a_new_ones_own_email_is_the_accounts(self):
		lookups = Lookups()
		draft = who(lookups, customer_id=7, email=EMAIL, phone=PHONE, account_email=OTHER_EMAIL)
		assert (draft.emails, draft.own_email) == ((EMAIL,), OTHER_EMAIL)
		assert lookups.customers["C7"].own_emails == {OTHER_EMAIL}

	def test_who_types_a_strangers_email_and_phone_doesnt_get_the_strangers_next_order(self):
		lookups = Lookups()
		who(lookups, customer_id=7, email=EMAIL, phone=PHONE, account_email="attacker@evil.test")
		assert who(lookups, 2, email=EMAIL, phone=PHONE).key != "C7"

	def test_a_phone_alone_does_not_link_against_the_email(self):
		draft = who(known(("G-1", None, {OTHER_EMAIL}, {PHONE})), customer_id=7, email=EMAIL, phone=PHONE)
		assert (draft.key, draft.decision.ambiguous) == ("C7", True)
		assert "another e-mail" in draft.decision.note

	def test_the_record_of_another_account_is_never_taken(self):
		draft = who(known(("C8", 8, {EMAIL}, {PHONE})), customer_id=7, email=EMAIL, phone=PHONE)
		assert (draft.key, draft.decision.candidates, draft.decision.ambiguous) == ("C7", ("C8",), True)
		assert "store's customer 8" in draft.decision.note


class TestGuests:
	def test_are_found_again_by_email_or_phone(self):
		lookups = Lookups()
		first = who(lookups, 1, email=EMAIL, phone=PHONE)
		assert first.key.startswith("G-")
		for order_id, evidence in enumerate(
			({"email": EMAIL.upper()}, {"phone": "0101 234 5678"}, {"email": EMAIL, "phone": OTHER_PHONE}), 2
		):
			assert who(lookups, order_id, **evidence).key == first.key

	def test_one_phone_and_two_emails_are_two_people(self):
		lookups = Lookups()
		first = who(lookups, 1, email=EMAIL, phone=PHONE)
		second = who(lookups, 2, email=OTHER_EMAIL, phone=PHONE)
		assert second.key != first.key
		assert second.decision.ambiguous

	@pytest.mark.parametrize(
		"evidence, taken",
		[
			({"email": EMAIL, "phone": PHONE}, True),
			({"email": EMAIL}, False),
			({"phone": PHONE}, False),
			({"email": EMAIL, "phone": OTHER_PHONE}, False),
			({"email": OTHER_EMAIL, "phone": PHONE}, False),
		],
	)
	def test_take_a_registered_record_only_if_both_agree(self, evidence, taken):
		draft = who(known(("C7", 7, {EMAIL}, {PHONE})), **evidence)
		assert (draft.key == "C7") == taken
		assert draft.store_customer_id == (7 if taken else None)
		assert draft.decision.ambiguous != taken

	def test_get_another_key_where_their_email_became_an_accounts(self):
		"""The guest's record was linked to an account; the next guest with that e-mail is somebody else again."""
		lookups = Lookups()
		first = who(lookups, 1, email=EMAIL, phone=PHONE)
		assert who(lookups, 2, customer_id=7, email=EMAIL, account_email=EMAIL).key == first.key
		second = who(lookups, 3, email=EMAIL, phone=OTHER_PHONE)
		third = who(lookups, 4, email=EMAIL)
		assert second.key not in (first.key, "C7")
		assert third.key == second.key

	def test_without_evidence_are_their_orders_own_and_never_found_by_name(self):
		lookups = known(("Mona", None, (), ()))
		assert who(lookups, 5, first_name="Mona").key == "O5"
		assert who(lookups, 6, first_name="Mona").key == "O6"

	def test_both_agreeing_beats_email_alone_beats_phone_alone(self):
		both, email = ("G-9", None, {EMAIL}, {PHONE}), ("G-5", None, {EMAIL}, ())
		phone = ("G-1", None, (), {PHONE})
		assert who(known(both, email, phone), email=EMAIL, phone=PHONE).key == "G-9"
		assert who(known(email, phone), email=EMAIL, phone=PHONE).key == "G-5"
		assert who(known(phone), email=EMAIL, phone=PHONE).key == "G-1"

	def test_equal_candidates_are_decided_by_key_and_recorded(self):
		draft = who(known(("B", None, {EMAIL}, ()), ("A", None, {EMAIL}, ())), email=EMAIL)
		assert (draft.key, draft.decision.candidates, draft.decision.ambiguous) == ("A", ("A", "B"), True)
		assert "B" in draft.decision.note

	@pytest.mark.parametrize(
		"evidence, taken",
		[
			({"email": EMAIL, "first_name": "Mona"}, True),
			({"email": EMAIL, "first_name": "Omar"}, False),
			({"email": EMAIL, "first_name": "Mona", "phone": OTHER_PHONE}, False),
			({"phone": PHONE, "first_name": "Mona", "last_name": "Ali"}, True),
			({"phone": PHONE, "first_name": "Mona"}, False),
			({"phone": PHONE, "email": OTHER_EMAIL, "first_name": "Mona", "last_name": "Ali"}, False),
		],
	)
	def test_go_to_a_registered_one_by_one_evidence_and_the_name_if_nothing_is_against_it(
		self, evidence, taken
	):
		lookups = known(("C7", 7, {EMAIL}, {PHONE}), name="Mona Ali", own_emails=frozenset([EMAIL]))
		draft = who(lookups, **evidence)
		assert (draft.key == "C7") == taken
		assert draft.decision.ambiguous

	def test_a_tag_in_the_email_is_the_same_mailbox_where_the_phone_agrees(self):
		tagged = "mona+shop@example.test"
		lookups = Lookups()
		first = who(lookups, 1, email=EMAIL, phone=PHONE)
		assert who(lookups, 2, email=tagged).key != first.key
		assert who(lookups, 3, email="mona+more@example.test", phone=PHONE).key == first.key
		assert who(lookups, 4, email="+shop@example.test", phone=PHONE).key != first.key

	def test_a_phone_with_many_spellings_of_one_persons_name_still_speaks(self):
		lookups = Lookups()
		names = ("Mona", "منى", "Mouna", "Muna")
		keys = {
			who(lookups, n, email=EMAIL, phone=PHONE, first_name=name).key for n, name in enumerate(names, 1)
		}
		orders = [
			make_order(n, 0, {"email": EMAIL, "phone": PHONE, "country": "EG", "first_name": name})
			for n, name in enumerate(names, 1)
		]
		note_phones((evidence_of(order, POLICY) for order in orders), lookups)
		draft = who(lookups, 9, phone=PHONE)
		assert {draft.key} == keys


class TestForeign:
	"""Customers that were made by hand or from another store."""

	@pytest.mark.parametrize(
		"order",
		[
			{"email": EMAIL, "phone": PHONE},
			{"email": EMAIL},
			{"phone": PHONE},
			{"email": EMAIL, "customer_id": 7},
		],
	)
	def test_are_listed_for_a_person_and_never_taken(self, order):
		lookups = known(("Big Hotel", None, {EMAIL}, {PHONE}), own_emails=frozenset([EMAIL]), is_foreign=True)
		draft = who(lookups, **order, account_email=EMAIL)
		assert (draft.key != "Big Hotel", draft.decision.outcome) == (True, "new")
		assert (draft.decision.candidates, draft.decision.ambiguous) == (("Big Hotel",), True)
		assert "a person has to accept it" in draft.decision.note

	def test_are_taken_by_their_account(self):
		assert who(known(("Big Hotel", 7, (), ())), customer_id=7, email=EMAIL).key == "Big Hotel"


class TestBookedBefore:
	def lookups(self, customer_key, *customers):
		lookups = known(*customers)
		lookups.orders[1] = KnownOrder(1, OrderState.SYNCED, "hash", customer_key=customer_key)
		return lookups

	def test_a_guests_order_keeps_its_customer_when_that_gets_an_account(self):
		lookups = self.lookups("G-1", ("G-1", 7, {EMAIL}, ()))
		assert who(lookups, 1, email=EMAIL).key == "G-1"
		assert who(lookups, 2, email=EMAIL).key != "G-1"

	def test_an_order_without_evidence_keeps_its_own(self):
		draft = who(self.lookups("O1", ("O1", None, (), ())), 1)
		assert (draft.key, draft.decision.outcome) == ("O1", "known")

	def test_other_evidence_in_the_order_decides_anew(self):
		lookups = self.lookups("G-1", ("G-1", None, {OTHER_EMAIL}, {PHONE}))
		assert who(lookups, 1, email=EMAIL, phone=PHONE).key != "G-1"


def test_one_customer_mode_keeps_no_evidence():
	policy = Policy(customers={"mode": "one_customer", "one_customer": "Web Shop"})
	draft = who(Lookups(), customer_id=7, email=EMAIL, phone=PHONE, policy=policy)
	assert (draft.key, draft.name, draft.emails, draft.phones) == ("ONE", "Web Shop", (), ())


def test_captured_orders_have_customers():
	lookups = Lookups()
	for body in fixture("captured_orders.json"):
		order = parse(Order, body)
		draft = resolve(order, evidence_of(order, POLICY), lookups, POLICY)
		assert draft.name
		assert draft.key.startswith("C" if order.customer_id else ("G-", "O"))
		assert resolve(order, evidence_of(order, POLICY), lookups, POLICY).key == draft.key


# --- what holds for any orders -----------------------------------------------------------------

emails = st.sampled_from(["", EMAIL, EMAIL.upper(), OTHER_EMAIL, "noreply@x.test"])
phones = st.sampled_from(["", "01012345678", PHONE, "٠١١١٢٣٤٥٦٧٨", "nonsense"])
people = st.fixed_dictionaries({"customer_id": st.integers(0, 3), "email": emails, "phone": phones})
guests = st.fixed_dictionaries({"email": emails, "phone": phones})


@given(st.lists(people, max_size=12))
def test_the_same_order_twice_has_the_same_customer(orders):
	lookups = Lookups()
	for number, person in enumerate(orders, 1):
		first = who(lookups, number, **person)
		again = who(lookups, number, **person)
		assert first.key == again.key
		says_something = person["customer_id"] or again.emails or again.phones
		# A phone that stands with many names says nothing.
		assert again.decision.outcome == "known" or SHARED in again.decision.note or not says_something


@given(st.lists(people, max_size=12))
def test_two_accounts_never_share_a_record_and_an_account_never_has_two(orders):
	lookups = Lookups()
	keys = {}
	for number, person in enumerate(orders, 1):
		draft = who(lookups, number, **person)
		if person["customer_id"]:
			assert keys.setdefault(person["customer_id"], draft.key) == draft.key
	assert len(set(keys.values())) == len(keys)


@given(st.lists(people, max_size=12), guests)
def test_a_guest_never_gets_an_accounts_record_unless_both_agree(orders, guest):
	lookups = Lookups()
	for number, person in enumerate(orders, 1):
		who(lookups, number, **person)
	before = dict(lookups.customers)
	draft = who(lookups, 99, **guest)
	taken = before.get(draft.key)
	if taken and taken.store_customer_id:
		assert draft.emails[0] in taken.emails and draft.phones[0] in taken.phones


@given(guests, guests)
def test_two_guests_are_one_person_or_two_in_either_order(one, other):
	def same(first, second):
		lookups = Lookups()
		return who(lookups, 1, **first).key == who(lookups, 2, **second).key

	assert same(one, other) == same(other, one)


@given(st.lists(people, max_size=12))
def test_every_doubt_is_recorded(orders):
	lookups = Lookups()
	for number, person in enumerate(orders, 1):
		decision = (draft := who(lookups, number, **person)).decision
		doubtful = len(decision.candidates) > 1 or bool(set(decision.candidates) - {draft.key})
		assert decision.ambiguous == doubtful == bool(decision.note.replace(SHARED, "").strip())
