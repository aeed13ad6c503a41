"""Which customers an order's evidence points to, which of them may be taken, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.customers.companies import is_other_company
from jarz_woocommerce_integration.translation.customers.shared_phones import mailbox, words_of
from jarz_woocommerce_integration.translation.drafts import Decision

if TYPE_CHECKING:
	from jarz_woocommerce_integration.translation.customers.evidence import Evidence
	from jarz_woocommerce_integration.translation.lookups import KnownCustomer, Lookups

NO_EVIDENCE = Sentence("none")
E_MAIL_AND_PHONE = Sentence("e-mail and phone")


@dataclass(slots=True, frozen=True)
class Candidate:
	"""A customer that some evidence of an order points to.

	:ivar is_vouched: the e-mail of the order's account, as the shop gives it, is the customer's own
	:ivar other_company: it was made as a company, and the order is another company's
	"""

	customer: KnownCustomer
	by_account: bool
	by_email: bool
	by_phone: bool
	is_vouched: bool = False
	other_company: bool = False

	@property
	def evidence(self) -> str:
		if self.by_account:
			return Sentence("store customer id")
		if self.by_email:
			return E_MAIL_AND_PHONE if self.by_phone else Sentence("e-mail")
		return Sentence("phone") if self.by_phone else NO_EVIDENCE


def candidates_of(evidence: Evidence, lookups: Lookups, by_company: bool) -> list[Candidate]:
	"""Every customer that some evidence points to, sorted by key. :param by_company: companies are customers themselves"""
	by_account = lookups.customers_by_store_id.get(evidence.store_customer_id or 0)
	by_phone = lookups.customers_by_phone.get(evidence.phone, ()) if evidence.phone else ()
	by_email = {
		key
		for email in {evidence.email, evidence.account_email} - {""}
		for key in lookups.customers_by_email.get(email, ())
	}
	keys = {*by_email, *by_phone}
	if by_account:
		keys.add(by_account)
	found = [(lookups.customers[key], key) for key in sorted(keys)]
	return [
		Candidate(
			customer,
			key == by_account,
			key in by_email or _is_same_mailbox(evidence, customer),
			key in by_phone,
			bool(evidence.account_email) and evidence.account_email in customer.own_emails,
			by_company and is_other_company(customer.company, evidence.company),
		)
		for customer, key in found
	]


def _is_same_mailbox(evidence: Evidence, customer: KnownCustomer) -> bool:
	"""Whether the order's e-mail is one of the customer's with a tag, or the other way round. Asked where the phone agrees."""
	return bool(evidence.email) and mailbox(evidence.email) in map(mailbox, customer.emails)


def rank_of(candidate: Candidate, evidence: Evidence) -> int | None:
	"""How well the evidence agrees, 0 the best; None for a candidate that must not be taken."""
	customer = candidate.customer
	if candidate.by_account:
		return 0
	if candidate.other_company or customer.is_foreign:
		return None
	if evidence.store_customer_id:
		return 1 if candidate.is_vouched and not customer.store_customer_id else None
	if customer.store_customer_id:
		return _rank_of_registered(candidate, evidence)
	if candidate.by_email:
		return 1 if candidate.by_phone else 3
	return None if evidence.email and customer.emails else 4


def _rank_of_registered(candidate: Candidate, evidence: Evidence) -> int | None:
	"""How well a guest's order agrees with a customer who has an account: by their own e-mail, where one is known."""
	own = candidate.customer.own_emails
	by_own_email = candidate.by_email and (not own or mailbox(evidence.email) in map(mailbox, own))
	if by_own_email and candidate.by_phone:
		return 2
	return 5 if _agrees_by_name(candidate, evidence) else None


def _agrees_by_name(candidate: Candidate, evidence: Evidence) -> bool:
	"""Whether one of e-mail and phone agrees, the other one isn't given, and the name is the same."""
	customer, words, named = candidate.customer, words_of(evidence.person), words_of(candidate.customer.name)
	if candidate.by_email:
		is_contradicted = bool(evidence.phone and customer.phones)
		return evidence.email in customer.own_emails and not is_contradicted and not words.isdisjoint(named)
	return candidate.by_phone and not evidence.email and len(words) > 1 and words == named


def decision_of(
	outcome: str, key: str, taken: Candidate | None, candidates: list[Candidate], evidence: Evidence
) -> Decision:
	others = [c for c in candidates if c.customer.key != key]
	decided_by = taken.evidence if taken else NO_EVIDENCE
	notes = []
	if others:
		what = Sentence("{0} was taken by {1}.", key, decided_by) if taken else Sentence("{0} was made.", key)
		notes = [what, *(_why_not(c, evidence) for c in others)]
	doubt = _doubt_about(key, taken, evidence) if taken else ""
	if doubt:
		notes.append(doubt)
	keys = tuple(c.customer.key for c in candidates)
	return Decision(outcome, decided_by, keys, bool(others or doubt), " ".join(notes))


def _doubt_about(key: str, taken: Candidate, evidence: Evidence) -> str:
	"""What a person should know of the customer that was taken, "" for nothing."""
	if _is_another_name(taken, evidence):
		return Sentence("{0} has another name, and only the phone is the same.", key)
	is_guest = not (evidence.store_customer_id or taken.by_account)
	if is_guest and taken.customer.store_customer_id and not (taken.by_email and taken.by_phone):
		return Sentence(
			"{0} is a registered customer, but a guest made the order, with the same name and {1}.",
			key,
			taken.evidence,
		)
	return ""


def _is_another_name(taken: Candidate, evidence: Evidence) -> bool:
	"""Whether nothing but the phone speaks for a customer who is called otherwise."""
	only_by_phone = taken.by_phone and not (taken.by_account or taken.by_email)
	return (
		only_by_phone
		and bool(evidence.person)
		and words_of(f"{evidence.person} {evidence.company}").isdisjoint(words_of(taken.customer.name))
	)


def _why_not(candidate: Candidate, evidence: Evidence) -> str:
	"""Why a candidate wasn't taken, in plain words."""
	customer = candidate.customer
	start = (
		Sentence("The e-mail and phone also point to {0}", customer.key)
		if candidate.evidence == E_MAIL_AND_PHONE
		else Sentence("The {0} also points to {1}", candidate.evidence, customer.key)
	)
	if customer.is_foreign:
		return Sentence("{0}, which wasn't made from this store: a person has to accept it.", start)
	if customer.store_customer_id and evidence.store_customer_id:
		return Sentence("{0}, which is the store's customer {1}.", start, customer.store_customer_id)
	if customer.store_customer_id and not (candidate.by_email and candidate.by_phone):
		return Sentence("{0}, a registered customer, but e-mail and phone aren't both the same.", start)
	if candidate.other_company:
		return Sentence("{0}, which is the company {1}.", start, customer.company)
	if not candidate.by_email and evidence.email and customer.emails:
		return Sentence("{0}, which has another e-mail.", start)
	if evidence.store_customer_id:
		return Sentence(
			"{0}, but the store doesn't give that customer's own e-mail for the account {1}.",
			start,
			evidence.store_customer_id,
		)
	return Sentence("{0}, which matches less or is newer.", start)
