"""What an order, or an account of the shop, says about a customer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.customers.anonymised import is_erased_email
from jarz_woocommerce_integration.translation.customers.phones import normalise_phone
from jarz_woocommerce_integration.translation.drafts import AccountEvidence
from jarz_woocommerce_integration.translation.text import clean

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.catalogue import Customer
	from jarz_woocommerce_integration.store.payloads import Address, Order
	from jarz_woocommerce_integration.store.related import Account
	from jarz_woocommerce_integration.translation.policy import Policy

GUEST = "guest"
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\".]+")


@dataclass(slots=True, frozen=True)
class Evidence:
	"""What an order says about its customer.

	:ivar store_customer_id: None for a guest
	:ivar email: trimmed and case-folded, "" where it is none or a placeholder
	:ivar phone: E.164, "" where it can't be read; then `phone_text` keeps what was typed
	:ivar name: of the person, or what stands for one; :ivar company: of the bill, "" for none
	:ivar person: the name of the person, "" where the order has none
	:ivar anonymised: the shop has erased all of it
	:ivar account_email: the account's own, as the shop itself gives it; "" for a guest and where the shop gives none
	:ivar role: of the account, as the shop gives it; `GUEST` without an account
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
	account_email: str = ""
	role: str = ""


def evidence_of(
	order: Order, policy: Policy, vat_number: str = "", account: Account | None = None
) -> Evidence:
	"""The evidence of an order, and the name that its customer would get. Only the billing address speaks for the buyer.

	:param account: what the shop says of the order's account, None for nothing
	"""
	billing = order.billing
	has_account = order.customer_id > 0
	email = _telling_email(billing.email, policy)
	phone_text = clean(billing.phone)
	phone = normalise_phone(phone_text, phone_region(billing, order.shipping, policy)) if phone_text else ""
	return Evidence(
		store_customer_id=order.customer_id if has_account else None,
		email=email,
		phone=phone,
		phone_text="" if phone else phone_text,
		name=_name_of(order),
		company=clean(billing.company),
		person=clean(f"{billing.first_name} {billing.last_name}"),
		vat_number=vat_number,
		account_email=_telling_email(account.email, policy) if account and has_account else "",
		role=(account.role if account else "") if has_account else GUEST,
	)


def evidence_of_account(account: Customer, policy: Policy) -> AccountEvidence:
	"""What a store's account says about the person who has it. The e-mail of its billing address was only typed."""
	email = _telling_email(account.email, policy)
	phone_text = clean(account.billing.phone)
	phone = normalise_phone(phone_text, phone_region(account.billing, account.shipping, policy))
	return AccountEvidence(account.id, (email,) if email else (), (phone,) if phone else ())


def _telling_email(text: str, policy: Policy) -> str:
	email = normalise_email(text)
	nobodys = is_erased_email(email) or is_placeholder(email, policy.customers.placeholder_emails)
	return "" if email and nobodys else email


def normalise_email(text: str) -> str:
	"""`text` trimmed and case-folded, "" where it is no e-mail address."""
	email = clean(text).casefold()
	return email if _EMAIL.fullmatch(email) else ""


def phone_region(first: Address, second: Address, policy: Policy) -> str:
	"""The country in which a phone of the address `first` is meant when it names none itself."""
	return (first.country.strip() or second.country.strip() or policy.customers.country).upper()


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


# --- candidates --------------------------------------------------------------------------------


def is_placeholder(email: str, entries: tuple[str, ...]) -> bool:
	placeholders = _placeholders(entries)
	name, _, domain = email.rpartition("@")
	return email in placeholders or f"@{domain}" in placeholders or f"{name}@" in placeholders


@lru_cache(maxsize=8)
def _placeholders(entries: tuple[str, ...]) -> frozenset[str]:
	return frozenset(entry.strip().casefold() for entry in entries)
