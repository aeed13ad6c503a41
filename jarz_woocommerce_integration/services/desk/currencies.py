"""How a store's orders in other currencies are booked, and what is said of it before the first one is.

The rules are the ledger's (`ledger.erpnext.documents.receivables`, `ledger.erpnext.masters.customer_records`); here they are asked.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.findings import ERROR, OK, WARNING, Finding
from jarz_woocommerce_integration.ledger.erpnext.documents.rates import Rates
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import (
	ACCOUNTS_SETTINGS,
	SETTING,
	SETTING_LABEL,
	Receivable,
	Receivables,
	allows_one_receivable,
)
from jarz_woocommerce_integration.sentences import translated
from jarz_woocommerce_integration.services.migration.store_facts import store_statuses
from jarz_woocommerce_integration.services.session.session import book_settings_of
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.order_sample import OrderSample, sample_orders
from jarz_woocommerce_integration.store.orders import OrderWindow

PAGES_OF_A_CHECK = 3
PAGES_OF_A_PREFLIGHT = 10
TOO_COARSE = "ERPNext accepts no more decimals. Amounts in the order's own currency are exact; ask the accountant whether the other amounts are exact enough."
CHOICE = "Say how in the store's form (Books > Currencies); docs/use/currencies.md compares the two ways."


@dataclass(frozen=True)
class Way:
	"""How orders in one currency are booked.

	:ivar receivable: None where they would be held, and `refusal` says why
	:ivar chosen: a row of the store's table of currencies says so
	"""

	currency: str
	receivable: Receivable | None
	refusal: BookingRefusedError | None
	chosen: bool


class StoreCurrencies:
	"""The currencies of one store. :param day: the first one on which an order is posted, today where it isn't known"""

	def __init__(self, store: Document, day: date | None = None):
		self.store = store
		self.day = day or getdate()
		self.settings = book_settings_of(store)
		self.receivables = Receivables(self.settings)
		self.rates = Rates(self.settings)

	@property
	def own(self) -> str:
		return self.settings.company_currency

	def way_of(self, currency: str) -> Way:
		chosen = any(row.currency == currency for row in self.store.currencies)
		try:
			account = self.receivables.accepted(currency, self.store.receivable_account)[0]
			self.rates.conversion_rate(currency, self.day)
		except BookingRefusedError as refusal:
			return Way(currency, None, refusal, chosen)
		return Way(currency, account, None, chosen)

	def in_words(self, way: Way) -> str:
		"""How orders of that currency are booked, as a sentence."""
		if way.receivable is None:
			return _("They would be held: {0}").format(translated(way.refusal.message, _))  # type: ignore[union-attr]  # without an account there is one
		if way.receivable.currency == self.own:
			return _(
				"They are booked to {0} in {1}, at the rate of their day; each customer stays one customer."
			).format(way.receivable.account, self.own)
		booked = (
			_(
				"They are booked to {0} in {1}. A person who also buys in another currency gets a second customer, linked to the first."
			)
			if self.settings.further_records
			else _(
				"They are booked to {0} in {1}. Orders of a person who also buys in another currency are held."
			)
		)
		return booked.format(way.receivable.account, way.receivable.currency)

	def coarseness(self, currency: str) -> str:
		"""What nine decimals cut off the currency's rate, as a sentence; "" where it is no matter."""
		part = self.rates.coarseness(currency, self.day)
		if not part:
			return ""
		return _(
			"ERPNext keeps nine decimals of its exchange rate, {0}: amounts in {1} may be wrong by {2} %."
		).format(f"{self.rates.conversion_rate(currency, self.day):.9f}", self.own, f"{part * 100:.4f}")

	def findings(self, sample: OrderSample) -> Iterator[Finding]:
		"""Each currency that isn't the company's: how many orders, and what becomes of them."""
		others = [
			(currency, count) for currency, count in sample.currencies.most_common() if currency != self.own
		]
		looked_at = _looked_at(sample)
		if not others:
			yield Finding(OK, _("{0}: all are in {1}.").format(looked_at, self.own))
		for currency, count in others:
			way = self.way_of(currency)
			text = _("{0}: {1} are in {2}. {3}").format(looked_at, f"{count:,}", currency, self.in_words(way))
			if way.refusal:
				yield Finding(ERROR, text, way.refusal.what_to_do)
			elif coarse := self.coarseness(currency):
				yield Finding(WARNING, f"{text} {coarse}", TOO_COARSE)
			elif way.chosen:
				yield Finding(OK, text)
			else:
				yield Finding(WARNING, text, CHOICE)


def _looked_at(sample: OrderSample) -> str:
	if sample.is_whole or sample.total is None:
		return _("Of {0} orders").format(f"{sample.looked_at:,}")
	return _("Of {0} orders that were looked at, of {1}").format(f"{sample.looked_at:,}", f"{sample.total:,}")


# --- asking the shop ---


def look_at_orders(client: StoreClient, pages: int) -> OrderSample:
	"""Count the currencies of some of the shop's orders. :raises StoreError: the store can't be read"""
	return sample_orders(client, OrderWindow(statuses=store_statuses(client)), pages)


def keep(store: Document, sample: OrderSample) -> None:
	"""What was found is shown in the form until the shop is looked at again."""
	found = {"counts": dict(sample.currencies.most_common()), "total": sample.total}
	store.db_set("currencies_found", json.dumps(found), update_modified=False)


def kept(store: Document) -> OrderSample | None:
	"""What was found when the shop was last looked at."""
	if not store.currencies_found:
		return None
	found = json.loads(store.currencies_found)
	return OrderSample(Counter(found["counts"]), found["total"])


# --- the form ---


def overview(store: Document) -> dict:
	"""What the form shows.

	:returns: `allows_one` (ERPNext's setting), `setting` (its label), `may_allow` (whether the user may switch it on),
		`findings` (level, text, what_to_do; [] as long as the shop wasn't looked at), `company_currency`
	"""
	currencies, sample = StoreCurrencies(store), kept(store)
	named = Counter({row.currency: 0 for row in store.currencies})
	if sample is None and named:
		ways = [currencies.way_of(currency) for currency in named]
		findings = [
			Finding(
				ERROR if way.refusal else OK,
				f"{way.currency}: {currencies.in_words(way)}",
				way.refusal.what_to_do if way.refusal else "",
			)
			for way in ways
		]
	else:
		findings = list(currencies.findings(sample)) if sample else []
	return {
		"allows_one": allows_one_receivable(),
		"setting": SETTING_LABEL,
		"may_allow": bool(frappe.has_permission(ACCOUNTS_SETTINGS, "write")),
		"company_currency": currencies.own,
		"findings": [finding.as_dict() for finding in findings],
	}


def allow_one_receivable(store: Document) -> None:
	"""Switch ERPNext's setting on, as the user who asks for it, and note it with the store.

	:raises frappe.PermissionError: the user may not change Accounts Settings
	"""
	if not frappe.has_permission(ACCOUNTS_SETTINGS, "write"):
		frappe.throw(
			_("You may not change Accounts Settings. Ask an Accounts Manager to tick {0} there.").format(
				frappe.bold(_(SETTING_LABEL))
			),
			frappe.PermissionError,
		)
	if allows_one_receivable():
		return
	settings = frappe.get_doc(ACCOUNTS_SETTINGS)
	settings.set(SETTING, 1)
	settings.save()
	store.add_comment("Info", _("{0} was switched on in Accounts Settings.").format(_(SETTING_LABEL)))
