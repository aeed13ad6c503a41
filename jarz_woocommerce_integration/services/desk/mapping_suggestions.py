"""What the tables of a store's form lack of what the shop has, each with the ERPNext counterpart that fits best."""

from collections.abc import Callable, Iterable

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import PayloadError, StoreError
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import (
	allows_one_receivable,
	find_receivable,
)
from jarz_woocommerce_integration.ledger.erpnext.lookups import read_territories
from jarz_woocommerce_integration.services.desk.defaults import CompanyAccounts, bank_or_cash_account
from jarz_woocommerce_integration.services.session.policy import label_of
from jarz_woocommerce_integration.store.catalogue import (
	PaymentGateway,
	ShippingZone,
	TaxRate,
	payment_gateways,
	shipping_zones,
	tax_classes,
	tax_rates,
)
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.statuses import discover_statuses
from jarz_woocommerce_integration.translation.policy import Paid, Policy, Repaid
from jarz_woocommerce_integration.translation.territories import TerritoryIndex

DATA_LENGTH = 140
SWITCHED_OFF = "switched off"
STATE = "state"
# Words of a gateway's id and titles -> what ERPNext's setup calls the mode of payment. The first that fits decides.
MODES = (
	(("cod", "cash on delivery", "cash"), "Cash"),
	(("cheque", "check payment"), "Cheque"),
	(("bacs", "bank transfer", "wire", "transfer"), "Wire Transfer"),
	(("card", "stripe", "visa", "mastercard", "square", "paymob", "woocommerce_payments"), "Credit Card"),
)
ON_DELIVERY = ("cod",)
OFFLINE = ("cod", "bacs", "cheque")


class MappingSuggestions:
	"""Adds rows to the tables of a store's form, which the caller saves.

	:ivar added: table -> what was added, as the shop names it
	:ivar left_to_you: what needs a person, in sentences
	:ivar unread: what the shop didn't say, in sentences
	"""

	def __init__(self, store: Document, client: StoreClient):
		self.store = store
		self.client = client
		self.accounts = CompanyAccounts(store.company)
		self.added: dict[str, list[str]] = {}
		self.left_to_you: list[str] = []
		self.unread: list[str] = []

	def add_all(self) -> None:
		self._reading("order statuses", self._add_statuses)
		self.add_beside_statuses()

	def add_beside_statuses(self) -> None:
		"""All but the statuses: what the store's default accounts and Territory take until it is mapped."""
		for what, add in (
			("payment gateways", self._add_gateways),
			("tax rates", self._add_taxes),
			("tax classes", self._add_tax_classes),
			("shipping zones", self._add_shipping),
		):
			self._reading(what, add)

	def add_currencies(self, currencies: Iterable[str]) -> None:
		"""A row for each currency that isn't the company's, with the receivable account that it is booked to."""
		known = self._known("currencies", "currency")
		own = frappe.get_cached_value("Company", self.store.company, "default_currency")
		for currency in currencies:
			if currency == own or _folded(currency) in known or not frappe.db.exists("Currency", currency):
				continue
			account = (
				self.store.receivable_account
				if allows_one_receivable()
				else find_receivable(self.store.company, currency)
			)
			self._add("currencies", currency, currency=currency, receivable_account=account)

	def _reading(self, what: str, read: Callable[[], None]) -> None:
		"""A key may not be allowed to see everything: what can be read is filled in."""
		try:
			read()
		except (StoreError, PayloadError) as error:
			self.unread.append(f"The {what} can't be read. {error}")

	def _add(self, table: str, shown: str, **row) -> None:
		self.store.append(table, row)
		self.added.setdefault(table, []).append(shown)

	def _known(self, table: str, field: str) -> set[str]:
		return {_folded(row.get(field)) for row in self.store.get(table)}

	# --- statuses ---

	def _add_statuses(self) -> None:
		known = self._known("statuses", "status")
		usual = Policy().statuses
		names = self._status_names()
		for row in self.store.statuses:
			row.status_name = names.get(row.status, row.status_name)
		statuses = discover_statuses(self.client)
		# Trash and drafts are in no list of the shop's, but orders are met there.
		for status in dict.fromkeys((*statuses.names, *usual)):
			if status in known:
				continue
			name = names.get(status, "")
			if status in usual:
				action = label_of(usual[status])
				self._add("statuses", status, status=status, status_name=name, action=action)
			else:
				self.left_to_you.append(
					f'Say what orders in status "{status}"{f" ({name})" if name else ""} become in the books: add the'
					" status to the table of statuses. Until then they are held."
				)
		if not statuses.certain:
			self.unread.append(
				"The shop doesn't say its own order statuses; only WooCommerce's are filled in."
			)

	def _status_names(self) -> dict[str, str]:
		"""Status -> its name in the shop; from a report that every version has."""
		try:
			totals = self.client.get("reports/orders/totals", shape=list).body
		except StoreError:
			return {}  # names are a comfort: the statuses themselves are read elsewhere
		return {
			str(entry.get("slug", "")): str(entry.get("name", ""))[:DATA_LENGTH]
			for entry in totals
			if isinstance(entry, dict)
		}

	# --- payments ---

	def _add_gateways(self) -> None:
		"""All that are installed: the orders of the past were paid by gateways that are switched off today."""
		known = self._known("gateways", "gateway")
		without_bank: list[str] = []
		for gateway in payment_gateways(self.client):
			if _folded(gateway.id) in known:
				continue
			mode = self._mode_of_payment(gateway)
			if self._is_bank_money_in_cash(mode):
				without_bank.append(gateway.id)
			title = _plain(gateway.title or gateway.method_title)
			self._add(
				"gateways",
				gateway.id,
				gateway=gateway.id,
				title=title if gateway.enabled else f"{title} ({SWITCHED_OFF})".strip(),
				mode_of_payment=mode,
				account=self._payment_account(mode),
				# Cash on delivery is paid when the order is completed, whatever date of payment the shop shows.
				paid=label_of(Paid.ON_DELIVERY if gateway.id in ON_DELIVERY else Paid.DATE_PAID),
				# Nobody but the merchant pays back what came as cash, as a cheque or by transfer: the shop never says so.
				repaid=label_of(Repaid.AS_PAID if gateway.id in OFFLINE else Repaid.LIST),
			)

		if without_bank:
			self.left_to_you.append(
				f"Choose the bank account for the money of {', '.join(without_bank)}: the company has no account of"
				f" type Bank, so {self.store.default_payment_account} is filled in."
			)

	def _is_bank_money_in_cash(self, mode: str) -> bool:
		kind = frappe.db.get_value("Mode of Payment", mode, "type")
		account = frappe.get_cached_value("Account", self._payment_account(mode), "account_type")
		return kind == "Bank" and account == "Cash"

	def _mode_of_payment(self, gateway: PaymentGateway) -> str:
		"""One of the same name, else one of the same kind, else the store's default."""
		modes = {
			_folded(name): name
			for name in frappe.get_all("Mode of Payment", filters={"enabled": 1}, pluck="name")
		}
		texts = [_folded(text) for text in (gateway.id, gateway.title, gateway.method_title)]
		for text in texts:
			if text in modes:
				return modes[text]
		for words, mode in MODES:
			if _folded(mode) in modes and any(word in text for word in words for text in texts):
				return modes[_folded(mode)]
		return self.store.default_mode_of_payment

	def _payment_account(self, mode: str) -> str:
		"""The mode's account of the company, else the company's cash box or bank, by the kind of the mode."""
		account = frappe.db.get_value(
			"Mode of Payment Account", {"parent": mode, "company": self.store.company}, "default_account"
		)
		if account in self.accounts.names:
			return account
		kind = frappe.db.get_value("Mode of Payment", mode, "type")
		if kind == "Cash":
			return bank_or_cash_account(self.accounts, cash_first=True) or self.store.default_payment_account
		bank = self.accounts.chosen("default_bank_account") or self.accounts.of_type("Bank")
		return bank or self.store.default_payment_account

	# --- taxes ---

	def _add_taxes(self) -> None:
		known = self._known("taxes", "tax")
		for rate in tax_rates(self.client):
			if known & {str(rate.id), _folded(_rate_code(rate)), _folded(rate.name)}:
				continue
			self._add(
				"taxes",
				f"{rate.name} {rate.rate.normalize():f} %",
				tax=str(rate.id),
				title=_plain(rate.name),
				rate=rate.rate,
				account=self._tax_account(rate),
			)

	def _tax_account(self, rate: TaxRate) -> str:
		"""The tax account with the rate's name, else the only one with its rate, else the store's."""
		taxes = [row for row in self.accounts.rows if row.account_type == "Tax"]
		name = _folded(rate.name)
		named = [row.name for row in taxes if name and name in _folded(row.account_name)]
		same_rate = [row.name for row in taxes if rate.rate and row.tax_rate == rate.rate]
		if named:
			return named[0]
		return same_rate[0] if len(same_rate) == 1 else self.store.tax_account

	def _add_tax_classes(self) -> None:
		"""Only where the merchant has Item Tax Templates, and only one that is called as the class is: none is guessed."""
		templates = frappe.get_all(
			"Item Tax Template", {"company": self.store.company, "disabled": 0}, ["name", "title"]
		)
		if not templates:
			return
		known = self._known("tax_classes", "tax_class")
		unmatched = []
		for tax_class in tax_classes(self.client):
			if _folded(tax_class.slug) in known:
				continue
			names = {_folded(tax_class.slug), _folded(tax_class.name)}
			called_so = [template.name for template in templates if _folded(template.title) in names]
			if len(called_so) == 1:
				row = {"tax_class": tax_class.slug, "item_tax_template": called_so[0]}
				self._add("tax_classes", tax_class.slug, **row)
			else:
				unmatched.append(f"{_plain(tax_class.name)} ({tax_class.slug})")
		if unmatched:
			self.left_to_you.append(
				f"If lines of the shop's tax classes {', '.join(unmatched)} need an Item Tax Template, add the classes to"
				" the table of tax classes."
			)

	# --- shipping ---

	def _add_shipping(self) -> None:
		zones = shipping_zones(self.client)
		self._add_methods(zones)
		self._add_territories(zones)

	def _add_methods(self, zones: Iterable[ShippingZone]) -> None:
		"""One row for each kind of method: its instances in the zones are booked to the same account."""
		known = {name.partition(":")[0] for name in self._known("shipping_methods", "method")}
		titles: dict[str, list[str]] = {}
		for zone in zones:
			for method in zone.methods:
				titles.setdefault(method.method_id, []).append(_plain(method.title))
		for method_id, names in titles.items():
			if method_id and _folded(method_id) not in known:
				self._add(
					"shipping_methods",
					method_id,
					method=method_id,
					title=", ".join(dict.fromkeys(name for name in names if name))[:DATA_LENGTH],
					account=self.store.shipping_account,
				)

	def _add_territories(self, zones: Iterable[ShippingZone]) -> None:
		"""A row for each state of the shop's zones that a Territory is found for, by code or by the zone's name.

		Countries and postcodes are no zones of an address, so only states are listed.
		"""
		known = self._known("territories", "zone")
		index = TerritoryIndex(read_territories(), {})
		for zone in zones:
			by_name = _by_name(index, zone.name)
			for location in zone.locations:
				if location.type != STATE or _folded(location.code) in known:
					continue
				country, _, state = location.code.partition(":")
				if territory := index.resolve(country, state, "") or by_name:
					known.add(_folded(location.code))
					title = _plain(zone.name)
					self._add(
						"territories", location.code, zone=location.code, title=title, territory=territory
					)
				else:
					self.left_to_you.append(
						f'Choose the Territory of the shop\'s zone {location.code} ("{_plain(zone.name)}"): add the zone to the table'
						" of zones, or write the code into the Territory's WooCommerce Code."
					)


def _by_name(index: TerritoryIndex, name: str) -> str | None:
	"""The Territory with the zone's name, or with one language of a name in two."""
	for label in (name, *name.split("/")):
		if territory := index.resolve("", label, ""):
			return territory
	return None


def _rate_code(rate: TaxRate) -> str:
	"""As WooCommerce makes it: EG-VAT-1."""
	parts = (rate.country, rate.state, rate.name or "TAX", str(rate.priority))
	return "-".join(part for part in parts if part).upper()


def _folded(text: str | None) -> str:
	return (text or "").strip().casefold()


def _plain(text: str) -> str:
	return frappe.utils.strip_html(text or "").strip()[:DATA_LENGTH]
