"""Whose order it is: decided by evidence, never by name, and recorded so that a person can judge it later.

Evidence in order of weight: the store's customer id, the e-mail, the phone. What an order says of e-mail and phone was
typed by anybody. An account is bound to a customer only where the account's own e-mail, which the shop gives, is the
customer's own. A guest's order goes to a registered customer only where e-mail and phone both agree, or one of them
and the name, with nothing against it (failure-modes 43). A customer of other making is left to a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.customers.candidates import (
	Candidate,
	candidates_of,
	decision_of,
	rank_of,
)
from jarz_woocommerce_integration.translation.customers.companies import (
	are_customers,
	name_of_new_customer,
	tax_id_for,
	with_doubts,
)
from jarz_woocommerce_integration.translation.customers.evidence import Evidence
from jarz_woocommerce_integration.translation.customers.roles import NOTHING, customer_of_role, policy_of_role
from jarz_woocommerce_integration.translation.customers.shared_phones import MANY_NAMES, is_shared
from jarz_woocommerce_integration.translation.drafts import CustomerDraft, Decision
from jarz_woocommerce_integration.translation.lookups import KnownCustomer, Lookups
from jarz_woocommerce_integration.translation.policy import CustomerMode

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order
	from jarz_woocommerce_integration.translation.policy import Policy

ONE_CUSTOMER_KEY = "ONE"

_SHARED = Sentence("Orders with many different names have this phone, so it doesn't identify the customer.")


def resolve(order: Order, evidence: Evidence, lookups: Lookups, policy: Policy) -> CustomerDraft:
	"""The customer of an order: a known one, a guest's record that gets linked to an account, or a new one.

	What is decided is added to `lookups`, so that later orders of the page find it. Call it for orders that are going
	to be booked only: a customer of an order that is held would otherwise be found by its neighbours.
	"""
	if policy.customers.mode is CustomerMode.ONE_CUSTOMER:
		return _the_one_customer(policy.customers.one_customer, lookups)
	if shared_by_role := customer_of_role(order, evidence, lookups, policy):
		return shared_by_role
	by_company = are_customers(policy)
	shared = is_shared(evidence.phone, lookups)
	telling = replace(evidence, phone="") if shared else evidence
	candidates = candidates_of(telling, lookups, by_company)
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
	candidates = [each for each in candidates if each.customer.key not in customer.others]
	decision = decision_of(outcome, customer.key, taken, candidates, telling)
	decision = with_doubts(decision, customer, taken is not None and taken.other_company, evidence)
	tax_id = tax_id_for(customer, taken is None, taken is not None and taken.by_account, evidence)
	if shared:
		decision = replace(decision, note=f"{decision.note} {_SHARED}".strip())
		# As many as it takes to know the number again have it; of a thousand, all would be read each time.
		if len(lookups.customers_by_phone.get(evidence.phone, ())) >= MANY_NAMES:
			evidence = replace(telling, phone_text=evidence.phone)
	customer = _remember(customer, evidence, lookups, tax_id)
	role = policy_of_role(evidence, policy) if taken is None else NOTHING
	return CustomerDraft(
		key=customer.key,
		name=customer.name,
		decision=decision,
		store_customer_id=customer.store_customer_id,
		emails=(evidence.email,) if evidence.email else (),
		own_email=evidence.account_email if taken is None else "",
		phones=(evidence.phone,) if evidence.phone else (),
		phone_text=evidence.phone_text,
		company=evidence.company,
		person=evidence.name if by_company and evidence.name != evidence.company else "",
		is_company=is_company,
		tax_id=tax_id,
		group=role.customer_group,
		price_list=role.price_list,
	)


def _the_one_customer(name: str, lookups: Lookups) -> CustomerDraft:
	outcome = "known" if ONE_CUSTOMER_KEY in lookups.customers else "new"
	lookups.add_customer(KnownCustomer(ONE_CUSTOMER_KEY, name))
	return CustomerDraft(ONE_CUSTOMER_KEY, name, Decision(outcome, "none"))


# --- evidence ----------------------------------------------------------------------------------


def _customer_booked_before(order: Order, evidence: Evidence, lookups: Lookups) -> Candidate | None:
	"""The customer of a guest's order that is in the books already, as long as the order doesn't say otherwise.

	Without this, an order that comes again would leave its customer when that customer has got an account since, or when the
	shop has erased who it was.
	"""
	known = lookups.orders.get(order.id)
	customer = lookups.customers.get(known.customer_key) if known else None
	if customer is None or evidence.store_customer_id or customer.key == ONE_CUSTOMER_KEY:
		return None
	if evidence.anonymised:
		return Candidate(customer, False, False, False)
	by_email, by_phone = evidence.email in customer.emails, evidence.phone in customer.phones
	if by_email or (by_phone and not (evidence.email and customer.emails)):
		return Candidate(customer, False, by_email, by_phone)
	return None


def _customer_without_evidence(order: Order, evidence: Evidence, lookups: Lookups) -> Candidate | None:
	"""The record that was made for this very order, which says nothing of its customer."""
	if evidence.store_customer_id or evidence.email or evidence.phone:
		return None
	customer = lookups.customers.get(f"O{order.id}")
	return Candidate(customer, False, False, False) if customer else None


def _choose(order: Order, evidence: Evidence, candidates: list[Candidate]) -> Candidate | None:
	ranked = [(rank, c) for c in candidates if (rank := rank_of(c, evidence)) is not None]
	if len(ranked) < 2:
		return ranked[0][1] if ranked else None
	own_key = next(_keys_for(order, evidence))
	return min(ranked, key=lambda pair: (pair[0], pair[1].customer.key != own_key, pair[1].customer.key))[1]


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
	is_new = customer.key not in lookups.customers
	own_email = (evidence.account_email or evidence.email) if is_new else ""
	emails = _with(emails, own_email)
	updated = replace(
		customer,
		own_emails=_with(customer.own_emails, own_email),
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
