"""Phones that say nothing: those that stand with many names (the shop's own, a number that was made up)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.text import fold_label

if TYPE_CHECKING:
	from jarz_woocommerce_integration.translation.customers.evidence import Evidence
	from jarz_woocommerce_integration.translation.lookups import KnownCustomer, Lookups

# People who have no word of their names and no e-mail alike, and give one phone: so many are no household.
MANY_NAMES = 3


def note_phones(evidences: Iterable[Evidence], lookups: Lookups) -> None:
	"""Write down under which names the orders of a page give their phones."""
	for evidence in evidences:
		if evidence.phone and evidence.person:
			emails = frozenset([evidence.email] if evidence.email else ())
			lookups.names_by_phone.setdefault(evidence.phone, set()).add((evidence.person, emails))


def is_shared(phone: str, lookups: Lookups) -> bool:
	"""Whether so many people give the phone that it points to none of them."""
	if not phone:
		return False
	named = set(lookups.names_by_phone.get(phone, ()))
	customers = (lookups.customers[key] for key in lookups.customers_by_phone.get(phone, ()))
	named.update((customer.name, customer.emails) for customer in customers if _is_named(customer))
	return len({name for name, _emails in named}) >= MANY_NAMES and _unrelated(named) >= MANY_NAMES


def words_of(name: str) -> set[str]:
	return set(fold_label(name).split())


def mailbox(email: str) -> str:
	"""`email` without the tag that its owner puts behind a plus: anna+shop@example.com is anna@example.com."""
	name, _at, domain = email.rpartition("@")
	untagged = name.partition("+")[0]
	return f"{untagged}@{domain}" if untagged else email


def _is_named(customer: KnownCustomer) -> bool:
	"""Whether it has a person's name, and not what stands for one (`evidence._name_of`)."""
	name = customer.name.casefold()
	return not any(letter.isdigit() for letter in name) and name not in {
		email.partition("@")[0] for email in customer.emails
	}


def _unrelated(named: Iterable[tuple[str, frozenset[str]]]) -> int:
	"""How many groups they make, where those that have a word (a family, a spelling) or an e-mail alike are in one."""
	groups: list[set[str]] = []
	for name, emails in named:
		signs = words_of(name) | set(map(mailbox, emails))
		alike = [group for group in groups if not group.isdisjoint(signs)]
		groups = [group for group in groups if group.isdisjoint(signs)]
		groups.append(signs.union(*alike))
	return len(groups)
