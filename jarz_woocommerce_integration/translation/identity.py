"""Whose order it is: decided by evidence, never by name, and recorded so that a person can judge it later.

Evidence in order of weight: the store's customer id, the e-mail, the phone. A guest never takes over the record of a
registered customer unless e-mail and phone both agree (failure-modes 43). A phone that stands with many names (the
shop's own, a number that was made up) says nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.anonymised import is_erased_email
from jarz_woocommerce_integration.translation.companies import (
	are_customers,
	is_other_company,
	name_of_new_customer,
	tax_id_for,
	with_doubts,
)
from jarz_woocommerce_integration.translation.drafts import AccountEvidence, CustomerDraft, Decision
from jarz_woocommerce_integration.translation.lookups import KnownCustomer, Lookups
from jarz_woocommerce_integration.translation.phones import normalise_phone
from jarz_woocommerce_integration.translation.policy import CustomerMode
from jarz_woocommerce_integration.translation.text import clean, fold_label

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.catalogue import Customer
	from jarz_woocommerce_integration.store.payloads import Address, Order
	from jarz_woocommerce_integration.translation.policy import Policy

ONE_CUSTOMER_KEY = "ONE"
# People who have no word of their names alike, and give one phone: so many are no household.
MANY_NAMES = 3

_SHARED = "The phone stands with many names, so it says nothing of the customer."
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\".]+")


@dataclass(slots=True, frozen=True)
class Evidence:
	"""What an order says about its customer.

	:ivar store_customer_id: None for a guest
	:ivar email: trimmed and case-folded, "" where it is none or a placeholder
	:ivar phone: E.164, "" where it can't be read; then `phone_text` keeps what was typed
	:ivar name: of the person, or what stands for one; :ivar company: of the bill, "" for none
	:ivar person: the name of the person, "" where the order tells none
	:ivar anonymised: the shop has erased all of it
	"""

	store_customer_id: int | None = None
	email: str = ""
	phone: str = ""
	phone_text: str = ""
	name: str = ""
	company: str = ""
	person: str = ""
	vat_number: str = ""
	anonymised: bool = False


@dataclass(slots=True, frozen=True)
class _Candidate:
	"""A customer that some evidence of an order points to.

	:ivar other_company: it was made as a company, and the order is another company's
	"""

	customer: KnownCustomer
	by_account: bool
	by_email: bool
	by_phone: bool
	other_company: bool = False

	@property
	def evidence(self) -> str:
		if self.by_account:
			return "store customer id"
		told = (["e-mail"] if self.by_email else []) + (["phone"] if self.by_phone else [])
		return " and ".join(told) or "none"


def evidence_of(order: Order, policy: Policy, vat_number: str = "") -> Evidence:
	"""The evidence of an order, and the name that its customer would get. Only the billing address speaks for the buyer."""
	billing = order.billing
	email = _telling_email(billing.email, policy)
	phone_text = clean(billing.phone)
	phone = normalise_phone(phone_text, phone_region(billing, order.shipping, policy)) if phone_text else ""
	return Evidence(
		store_customer_id=order.customer_id if order.customer_id > 0 else None,
		email=email,
		phone=phone,
		phone_text="" if phone else phone_text,
		name=_name_of(order),
		company=clean(billing.company),
		person=clean(f"{billing.first_name} {billing.last_name}"),
		vat_number=vat_number,
	)


def evidence_of_account(account: Customer, policy: Policy) -> AccountEvidence:
	"""What a store's account says about the person who has it."""
	told = (account.email, account.billing.email)
	emails = [email for text in told if (email := _telling_email(text, policy))]
	phone_text = clean(account.billing.phone)
	phone = normalise_phone(phone_text, phone_region(account.billing, account.shipping, policy))
	return AccountEvidence(account.id, tuple(dict.fromkeys(emails)), (phone,) if phone else ())


def _telling_email(text: str, policy: Policy) -> str:
	email = normalise_email(text)
	nobodys = is_erased_email(email) or _is_placeholder(email, policy.customers.placeholder_emails)
	return "" if email and nobodys else email


def normalise_email(text: str) -> str:
	"""`text` trimmed and case-folded, "" where it is no e-mail address."""
	email = clean(text).casefold()
	return email if _EMAIL.fullmatch(email) else ""


def phone_region(first: Address, second: Address, policy: Policy) -> str:
	"""The country in which a phone of the address `first` is meant when it names none itself."""
	return (first.country.strip() or second.country.strip() or policy.customers.country).upper()


def resolve(order: Order, evidence: Evidence, lookups: Lookups, policy: Policy) -> CustomerDraft:
	"""The customer of an order: a known one, a guest's record that gets linked to an account, or a new one.

	What is decided is added to `lookups`, so that later orders of the page find it. Call it for orders that are going
	to be booked only: a customer of an order that is held would otherwise be found by its neighbours.
	"""
	if policy.customers.mode is CustomerMode.ONE_CUSTOMER:
		return _the_one_customer(policy.customers.one_customer, lookups)
	by_company = are_customers(policy)
	is_shared = _is_shared(evidence.phone, lookups)
	telling = replace(evidence, phone="") if is_shared else evidence
	candidates = _candidates(telling, lookups, by_company)
	taken = (
		_customer_booked_before(order, evidence, lookups)
		or _choose(order, telling, candidates)
		or _customer_without_evidence(order, telling, lookups)
	)
	is_company = by_company and bool(evidence.company)
	if taken is None:
		key, name = _new_key(order, telling, lookups), name_of_new_customer(evidence, policy)
		customer = KnownCustomer(key, name, company=evidence.company if is_company else "")
		outcome = "new"
	else:
		customer = taken.customer
		linked = evidence.store_customer_id and not customer.store_customer_id
		outcome = "linked" if linked else "known"
	decision = _decision(outcome, customer.key, taken, candidates, telling)
	decision = with_doubts(decision, customer, bool(taken) and taken.other_company, evidence)
	tax_id = tax_id_for(customer, taken is None, bool(taken) and taken.by_account, evidence)
	if is_shared:
		decision = replace(decision, note=f"{decision.note} {_SHARED}".strip())
		# As many as it takes to know the number again have it; of a thousand, all would be read each time.
		if len(lookups.customers_by_phone.get(evidence.phone, ())) >= MANY_NAMES:
			evidence = replace(telling, phone_text=evidence.phone)
	customer = _remember(customer, evidence, lookups, tax_id)
	return CustomerDraft(
		key=customer.key,
		name=customer.name,
		decision=decision,
		store_customer_id=customer.store_customer_id,
		emails=(evidence.email,) if evidence.email else (),
		phones=(evidence.phone,) if evidence.phone else (),
		phone_text=evidence.phone_text,
		company=evidence.company,
		person=evidence.name if by_company and evidence.name != evidence.company else "",
		is_company=is_company,
		tax_id=tax_id,
	)


def _the_one_customer(name: str, lookups: Lookups) -> CustomerDraft:
	outcome = "known" if ONE_CUSTOMER_KEY in lookups.customers else "new"
	lookups.add_customer(KnownCustomer(ONE_CUSTOMER_KEY, name))
	return CustomerDraft(ONE_CUSTOMER_KEY, name, Decision(outcome, "none"))


# --- evidence ----------------------------------------------------------------------------------


def _is_placeholder(email: str, entries: tuple[str, ...]) -> bool:
	entries = _placeholders(entries)
	name, _, domain = email.rpartition("@")
	return email in entries or f"@{domain}" in entries or f"{name}@" in entries


@lru_cache(maxsize=8)
def _placeholders(entries: tuple[str, ...]) -> frozenset[str]:
	return frozenset(entry.strip().casefold() for entry in entries)


def _name_of(order: Order) -> str:
	billing, shipping = order.billing, order.shipping
	return (
		clean(f"{billing.first_name} {billing.last_name}")
		or clean(billing.company)
		or clean(f"{shipping.first_name} {shipping.last_name}")
		or clean(billing.email).partition("@")[0]
		or clean(billing.phone)
		or clean(f"Guest {order.number or order.id}")
	)


# --- phones that say nothing ---


def note_phones(evidences: Iterable[Evidence], lookups: Lookups) -> None:
	"""Write down under which names the orders of a page give their phones."""
	for evidence in evidences:
		if evidence.phone and evidence.person:
			lookups.names_by_phone.setdefault(evidence.phone, set()).add(evidence.person)


def _is_shared(phone: str, lookups: Lookups) -> bool:
	if not phone:
		return False
	names = set(lookups.names_by_phone.get(phone, ()))
	customers = (lookups.customers[key] for key in lookups.customers_by_phone.get(phone, ()))
	names.update(customer.name for customer in customers if _is_named(customer))
	return len(names) >= MANY_NAMES and _unrelated(names) >= MANY_NAMES


def _is_named(customer: KnownCustomer) -> bool:
	"""Whether it has a person's name, and not what stands for one (`_name_of`)."""
	name = customer.name.casefold()
	return not any(letter.isdigit() for letter in name) and name not in {
		email.partition("@")[0] for email in customer.emails
	}


def _unrelated(names: Iterable[str]) -> int:
	"""How many groups the names make, where those that have a word alike (a family, a spelling) are in one."""
	groups: list[set[str]] = []
	for words in map(_words, names):
		alike = [group for group in groups if not group.isdisjoint(words)]
		groups = [group for group in groups if group.isdisjoint(words)]
		groups.append(words.union(*alike))
	return len(groups)


def _words(name: str) -> set[str]:
	return set(fold_label(name).split())


# --- candidates --------------------------------------------------------------------------------


def _candidates(evidence: Evidence, lookups: Lookups, by_company: bool) -> list[_Candidate]:
	"""Every customer that some evidence points to, sorted by key. :param by_company: companies are customers themselves"""
	by_account = lookups.customers_by_store_id.get(evidence.store_customer_id or 0)
	by_email = lookups.customers_by_email.get(evidence.email, ()) if evidence.email else ()
	by_phone = lookups.customers_by_phone.get(evidence.phone, ()) if evidence.phone else ()
	keys = {*by_email, *by_phone}
	if by_account:
		keys.add(by_account)
	found = [(lookups.customers[key], key) for key in sorted(keys)]
	return [
		_Candidate(
			customer,
			key == by_account,
			key in by_email,
			key in by_phone,
			by_company and is_other_company(customer.company, evidence.company),
		)
		for customer, key in found
	]


def _customer_booked_before(order: Order, evidence: Evidence, lookups: Lookups) -> _Candidate | None:
	"""The customer of a guest's order that is in the books already, as long as the order doesn't say otherwise.

	Without this, an order that comes again would leave its customer when that customer has got an account since, or when the
	shop has erased who it was.
	"""
	known = lookups.orders.get(order.id)
	customer = lookups.customers.get(known.customer_key) if known else None
	if customer is None or evidence.store_customer_id or customer.key == ONE_CUSTOMER_KEY:
		return None
	if evidence.anonymised:
		return _Candidate(customer, False, False, False)
	by_email, by_phone = evidence.email in customer.emails, evidence.phone in customer.phones
	if by_email or (by_phone and not (evidence.email and customer.emails)):
		return _Candidate(customer, False, by_email, by_phone)
	return None


def _customer_without_evidence(order: Order, evidence: Evidence, lookups: Lookups) -> _Candidate | None:
	"""The record that was made for this very order, which says nothing of its customer."""
	if evidence.store_customer_id or evidence.email or evidence.phone:
		return None
	customer = lookups.customers.get(f"O{order.id}")
	return _Candidate(customer, False, False, False) if customer else None


def _choose(order: Order, evidence: Evidence, candidates: list[_Candidate]) -> _Candidate | None:
	ranked = [(rank, c) for c in candidates if (rank := _rank(c, evidence)) is not None]
	if len(ranked) < 2:
		return ranked[0][1] if ranked else None
	own_key = next(_keys_for(order, evidence))
	return min(ranked, key=lambda pair: (pair[0], pair[1].customer.key != own_key, pair[1].customer.key))[1]


def _rank(candidate: _Candidate, evidence: Evidence) -> int | None:
	"""How well the evidence agrees, 0 the best; None for a candidate that must not be taken."""
	customer, agree = candidate.customer, candidate.by_email and candidate.by_phone
	if candidate.by_account:
		return 0
	if candidate.other_company:
		return None
	if customer.store_customer_id:
		return 2 if agree and not evidence.store_customer_id else None
	if candidate.by_email:
		return 1 if agree else 3
	return None if evidence.email and customer.emails else 4


# --- keys --------------------------------------------------------------------------------------


def _new_key(order: Order, evidence: Evidence, lookups: Lookups) -> str:
	return next(key for key in _keys_for(order, evidence) if key not in lookups.customers)


def _keys_for(order: Order, evidence: Evidence) -> Iterator[str]:
	"""The keys that a new customer may get, the next one where another person has got the one before."""
	if evidence.store_customer_id:
		first = f"C{evidence.store_customer_id}"
		yield first
	elif evidence.email:
		first = _guest_key(f"email:{evidence.email}")
		yield first
		if evidence.phone:
			first = _guest_key(f"email:{evidence.email} phone:{evidence.phone}")
			yield first
	elif evidence.phone:
		first = _guest_key(f"phone:{evidence.phone}")
		yield first
	else:
		first = f"O{order.id}"
		yield first
	yield from (f"{first}-{number}" for number in count(2))


def _guest_key(evidence: str) -> str:
	return f"G-{hashlib.blake2b(evidence.encode(), digest_size=8).hexdigest()}"


# --- the record --------------------------------------------------------------------------------


def _remember(customer: KnownCustomer, evidence: Evidence, lookups: Lookups, tax_id: str) -> KnownCustomer:
	"""`customer` with the order's evidence added, findable in `lookups`."""
	emails = _with(customer.emails, evidence.email)
	phones = _with(customer.phones, evidence.phone)
	store_customer_id = customer.store_customer_id or evidence.store_customer_id
	updated = replace(
		customer,
		store_customer_id=store_customer_id,
		emails=emails,
		phones=phones,
		tax_id=customer.tax_id or tax_id,
	)
	if lookups.customers.get(customer.key) != updated:
		lookups.add_customer(updated)
	return updated


def _with(values: frozenset[str], value: str) -> frozenset[str]:
	return values | {value} if value and value not in values else values


def _decision(
	outcome: str, key: str, taken: _Candidate | None, candidates: list[_Candidate], evidence: Evidence
) -> Decision:
	others = [c for c in candidates if c.customer.key != key]
	decided_by = taken.evidence if taken else "none"
	notes = []
	if others:
		what = f"{key} was taken by {decided_by}" if taken else f"{key} was made"
		notes = [what, *(_why_not(c, evidence) for c in others)]
	another_name = bool(taken) and _is_another_name(taken, evidence)
	if another_name:
		notes.append(f"{key} has another name, and the phone alone decided")
	note = f"{'. '.join(notes)}." if notes else ""
	keys = tuple(c.customer.key for c in candidates)
	return Decision(outcome, decided_by, keys, bool(others) or another_name, note)


def _is_another_name(taken: _Candidate, evidence: Evidence) -> bool:
	"""Whether nothing but the phone speaks for a customer who is called otherwise."""
	only_by_phone = taken.by_phone and not (taken.by_account or taken.by_email)
	return (
		only_by_phone
		and bool(evidence.person)
		and _words(f"{evidence.person} {evidence.company}").isdisjoint(_words(taken.customer.name))
	)


def _why_not(candidate: _Candidate, evidence: Evidence) -> str:
	"""Why a candidate wasn't taken, in plain words."""
	customer = candidate.customer
	start = (
		f"The {candidate.evidence} also point{'' if ' and ' in candidate.evidence else 's'} to {customer.key}"
	)
	if customer.store_customer_id and evidence.store_customer_id:
		return f"{start}, which is the store's customer {customer.store_customer_id}"
	if customer.store_customer_id and not (candidate.by_email and candidate.by_phone):
		return f"{start}, a registered customer, and e-mail and phone don't both agree"
	if candidate.other_company:
		return f"{start}, which is the company {customer.company}"
	if not candidate.by_email and evidence.email and customer.emails:
		return f"{start}, which has another e-mail"
	return f"{start}, which agrees less or comes later"
