"""Companies as customers: whose name a customer gets, whether two companies are one, and what of it a person should see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.customers.tax_numbers import is_same_number
from jarz_woocommerce_integration.translation.policy import CompanyCustomer
from jarz_woocommerce_integration.translation.text import fold

if TYPE_CHECKING:
	from jarz_woocommerce_integration.translation.customers.evidence import Evidence
	from jarz_woocommerce_integration.translation.drafts import Decision
	from jarz_woocommerce_integration.translation.lookups import KnownCustomer
	from jarz_woocommerce_integration.translation.policy import Policy


def are_customers(policy: Policy) -> bool:
	"""Whether companies are customers, with a person as contact."""
	return policy.customers.company is CompanyCustomer.COMPANY


def name_of_new_customer(evidence: Evidence, policy: Policy) -> str:
	"""The company where the bill names one and the policy books it to the company, else the person."""
	return (evidence.company if are_customers(policy) else "") or evidence.name


def is_other_company(one: str, other: str) -> bool:
	"""Whether two names are those of two companies. One that has the other's words is the same, in full."""
	if not one or not other:
		return False
	words, others = set(fold(one).split()), set(fold(other).split())
	return not (words <= others or others <= words)


def tax_id_for(customer: KnownCustomer, is_new: bool, by_account: bool, evidence: Evidence) -> str:
	"""The VAT number for the customer's empty Tax ID: of a new customer, and of one whose account the shop vouches for."""
	if customer.tax_id or not (is_new or by_account):
		return ""
	return evidence.vat_number


def with_doubts(
	decision: Decision, customer: KnownCustomer, other_company: bool, evidence: Evidence
) -> Decision:
	"""The decision, listed for a person where the order has another VAT number than the customer, or another company."""
	number, doubts = evidence.vat_number, []
	if number and customer.tax_id and not is_same_number(number, customer.tax_id):
		doubts.append(
			Sentence(
				"The order has the VAT number {0}. {1} keeps the Tax ID {2}.",
				number,
				customer.key,
				customer.tax_id,
			)
		)
	if other_company:
		doubts.append(
			Sentence(
				"The order's billing company is {0}. {1} is {2}.",
				evidence.company,
				customer.key,
				customer.company,
			)
		)
	if not doubts:
		return decision
	return replace(decision, ambiguous=True, note=" ".join(filter(None, (decision.note, *doubts))))
