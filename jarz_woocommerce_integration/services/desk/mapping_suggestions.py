"""What the tables of a store's form lack of what the shop has, each with the ERPNext counterpart that fits best.

A row whose counterpart is a guess is marked (`look`); where the shop says it cheaply, a row also says how many orders it concerns.
"""

from collections.abc import Callable, Iterable

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import PayloadError, StoreError
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import (
	allows_one_receivable,
	find_receivable,
)
from jarz_woocommerce_integration.ledger.erpnext.lookups import read_territories
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk.defaults import (
	CompanyAccounts,
	bank_or_cash_account,
	clearing_account,
)
from jarz_woocommerce_integration.services.session.policy import HOLD, label_of
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
from jarz_woocommerce_integration.store.order_sample import OrderSample
from jarz_woocommerce_integration.store.orders import OrderWindow, count_orders
from jarz_woocommerce_integration.store.statuses import discover_statuses
from jarz_woocommerce_integration.translation.policy import Paid, Policy, Repaid
from jarz_woocommerce_integration.translation.territories import TerritoryIndex

DATA_LENGTH = 140
SWITCHED_OFF = "switched off"
NOT_INSTALLED = "no longer installed"
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
# Gateway -> where its plugin writes down what it took.
# What customers pay by these arrives at the bank itself.
AT_THE_BANK = ("bacs",)


class MappingSuggestions:
	"""Adds rows to the tables of a store's form, which the caller saves.

	:ivar added: table -> what was added, as the shop names it
	:ivar left_to_you: what needs a person, in sentences
	:ivar unread: what the shop didn't say, in sentences

	:param sample: some of the shop's orders, None where none were looked at
	"""

	def __init__(self, store: Document, client: StoreClient, sample: OrderSample | None = None):
		self.store = store
		self.client = client
		self.sample = sample
		self.accounts = CompanyAccounts(store.company)
		self.added: dict[str, list[str]] = {}
		self.left_to_you: list[str] = []
		self.unread: list[str] = []

	def add_all(self) -> None:
		self._reading(Sentence("order statuses"), self._add_statuses)
		self.add_beside_statuses()
		if self.sample:
			self._add_currencies(self.sample.currencies)
			self._count_orders(self.sample)

	def add_beside_statuses(self) -> None:
		"""All but the statuses: what the store's default accounts and Territory take until it is mapped."""
		for what, add in (
			(Sentence("payment gateways"), self._add_gateways),
			(Sentence("tax rates"), self._add_taxes),
			(Sentence("tax classes"), self._add_tax_classes),
			(Sentence("shipping zones"), self._add_shipping),
		):
			self._reading(what, add)

	def _add_currencies(self, currencies: Iterable[str]) -> None:
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
			self._add("currencies", currency, look=not account, currency=currency, receivable_account=account)

	def _count_orders(self, sample: OrderSample) -> None:
		"""How many orders hang on each row, of those that were looked at. Statuses are counted by the shop."""
		for table, field, counts in (
			("gateways", "gateway", sample.gateways),
			("taxes", "tax", sample.rates),
			("shipping_methods", "method", sample.methods),
			("currencies", "currency", sample.currencies),
		):
			for row in self.store.get(table):
				if _is_countable(row.get(field) or "", table):
					row.orders = sample.in_all_orders(counts[row.get(field)])

	def _reading(self, what: str, read: Callable[[], None]) -> None:
		"""A key may not be allowed to see everything: what can be read is filled in."""
		try:
			read()
		except (StoreError, PayloadError) as error:
			self.unread.append(Sentence("Not read: {0}. {1} {2}", what, error.message, error.what_to_do))

	def _add(self, table: str, shown: str, look: bool, **row) -> None:
		""":param shown: as the shop names it; :param look: whether the counterpart is a guess"""
		self.store.append(table, {**row, "look": int(look)})
		self.added.setdefault(table, []).append(shown)

	def _known(self, table: str, field: str) -> set[str]:
		return {_folded(row.get(field)) for row in self.store.get(table)}

	# --- statuses ---

	def _add_statuses(self) -> None:
		"""What one of the shop's own statuses means for the books nobody can know: it holds its orders until a person says."""
		known = self._known("statuses", "status")
		usual = Policy().statuses
		names, counts = self._in_report()
		for row in self.store.statuses:
			row.status_name = names.get(row.status, row.status_name)
		statuses = discover_statuses(self.client)
		# Trash and drafts are in no list of the shop's, but orders are met there.
		for status in dict.fromkeys((*statuses.names, *usual)):
			if status in known:
				continue
			name = names.get(status, "")
			action = label_of(usual[status]) if status in usual else HOLD
			self._add(
				"statuses",
				status,
				look=status not in usual,
				status=status,
				status_name=name,
				action=action,
			)
			if status not in usual:
				self.left_to_you.append(
					Sentence(
						"Say what orders in status {0} become in the books: its row of the table of statuses says Hold, so they are"
						" held until then.",
						f'"{status}" ({name})' if name else f'"{status}"',
					)
				)
		if not statuses.certain:
			self.unread.append(
				Sentence("The shop doesn't say its own order statuses; only WooCommerce's are filled in.")
			)
		for row in self.store.statuses:
			if (count := self._count_of(row.status, counts)) is not None:
				row.orders = f"{count:,}"

	def _in_report(self) -> tuple[dict[str, str], dict[str, int]]:
		"""Status -> its name in the shop, and how many orders it has; from a report that every version has."""
		try:
			totals = self.client.get("reports/orders/totals", shape=list).body
		except StoreError:
			return {}, {}  # names are a comfort: the statuses themselves are read elsewhere
		entries = {str(entry.get("slug", "")): entry for entry in totals if isinstance(entry, dict)}
		names = {slug: str(entry.get("name", ""))[:DATA_LENGTH] for slug, entry in entries.items()}
		return names, {slug: frappe.utils.cint(entry.get("total")) for slug, entry in entries.items()}

	def _count_of(self, status: str, counts: dict[str, int]) -> int | None:
		"""None where the shop doesn't say, or doesn't know the status."""
		if status in counts:
			return counts[status]
		try:
			return count_orders(self.client, OrderWindow(statuses=(status,)))
		except StoreError:
			return None

	# --- payments ---

	def _add_gateways(self) -> None:
		"""All that are installed, and those of old orders: much of the past was paid by gateways that are switched off today."""
		known = self._known("gateways", "gateway")
		installed = list(payment_gateways(self.client))
		there = {_folded(gateway.id) for gateway in installed}
		titles = self.sample.titles if self.sample else {}
		gone = [
			PaymentGateway(id=id, title=title) for id, title in titles.items() if _folded(id) not in there
		]
		for gateway in (*installed, *gone):
			if _folded(gateway.id) in known:
				continue
			title = _plain(gateway.title or gateway.method_title)
			note = "" if gateway.enabled else SWITCHED_OFF
			self._add_gateway(gateway, title, NOT_INSTALLED if gateway in gone else note)

	def _add_gateway(self, gateway: PaymentGateway, title: str, note: str) -> None:
		mode, is_meant = self._mode_of_payment(gateway)
		account, is_right = self._payment_account(gateway, mode)
		self._add(
			"gateways",
			gateway.id,
			look=not (is_meant and is_right),
			gateway=gateway.id,
			title=f"{title} ({note})".strip()[:DATA_LENGTH] if note else title,
			mode_of_payment=mode,
			account=account,
			# Cash on delivery is paid when the order is completed, whatever date of payment the shop shows.
			paid=label_of(Paid.ON_DELIVERY if gateway.id in ON_DELIVERY else Paid.DATE_PAID),
			# Nobody but the merchant pays back what came as cash, as a cheque or by transfer: the shop never says so.
			repaid=label_of(Repaid.AS_PAID if gateway.id in OFFLINE else Repaid.LIST),
		)

	def _mode_of_payment(self, gateway: PaymentGateway) -> tuple[str, bool]:
		"""One of the same name, else one of the same kind; else the store's default, which is a guess."""
		modes = {
			_folded(name): name
			for name in frappe.get_all("Mode of Payment", filters={"enabled": 1}, pluck="name")
		}
		texts = [_folded(text) for text in (gateway.id, gateway.title, gateway.method_title)]
		for text in texts:
			if text in modes:
				return modes[text], True
		for words, mode in MODES:
			if _folded(mode) in modes and any(word in text for word in words for text in texts):
				return modes[_folded(mode)], True
		return self.store.default_mode_of_payment, False

	def _payment_account(self, gateway: PaymentGateway, mode: str) -> tuple[str, bool]:
		"""Where the money of a gateway arrives, and whether that is more than a guess.

		A transfer arrives at the bank, cash on delivery in the cash box. What a provider collects and pays out, and a
		cheque, arrives at the bank later, less fees and in sums: until then it stands in a clearing account. Where there
		is none, the store's default takes it, and `missing_accounts` offers to make one.
		"""
		if own := clearing_account(self.accounts, gateway.id, gateway.title, gateway.method_title):
			return own, True
		named = frappe.db.get_value(
			"Mode of Payment Account", {"parent": mode, "company": self.store.company}, "default_account"
		)
		if named in self.accounts.names and self.accounts.type_of(named) != "Bank":
			return named, True
		if gateway.id in ON_DELIVERY:
			cash = bank_or_cash_account(self.accounts, cash_first=True)
			return cash or self.store.default_payment_account, bool(cash)
		if gateway.id not in AT_THE_BANK:
			return self.store.default_payment_account, False
		bank = self.accounts.chosen("default_bank_account") or self.accounts.of_type("Bank")
		return named or bank or self.store.default_payment_account, bool(named or bank)

	# --- taxes ---

	def _add_taxes(self) -> None:
		known = self._known("taxes", "tax")
		for rate in tax_rates(self.client):
			if known & {str(rate.id), _folded(_rate_code(rate)), _folded(rate.name)}:
				continue
			account, is_right = self._tax_account(rate)
			self._add(
				"taxes",
				f"{rate.name} {rate.rate.normalize():f} %",
				look=not is_right,
				tax=str(rate.id),
				title=_plain(rate.name),
				rate=rate.rate,
				account=account,
			)

	def _tax_account(self, rate: TaxRate) -> tuple[str, bool]:
		"""The tax account with the rate's name, else the only one with its rate; else the store's, which is a guess."""
		taxes = [row for row in self.accounts.rows if row.account_type == "Tax"]
		name = _folded(rate.name)
		same_rate = [row for row in taxes if rate.rate and row.tax_rate == rate.rate]
		named = [row.name for row in same_rate if name and name in _folded(row.account_name)]
		if not named and len(same_rate) == 1:
			named = [same_rate[0].name]
		# An account of another rate isn't this one's, whatever it is called.
		free = [row.name for row in taxes if not row.tax_rate and name and name in _folded(row.account_name)]
		found = named or free
		# What has no rate collects no tax.
		return (found[0], True) if found else (self.store.tax_account, not rate.rate)

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
				self._add("tax_classes", tax_class.slug, look=False, **row)
			else:
				unmatched.append(f"{_plain(tax_class.name)} ({tax_class.slug})")
		if unmatched:
			self.left_to_you.append(
				Sentence(
					"If lines of the shop's tax classes {0} need an Item Tax Template, add the classes to the table of tax classes.",
					", ".join(unmatched),
				)
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
					look=self.store.shipping_account == self.store.income_account,
					method=method_id,
					title=", ".join(dict.fromkeys(name for name in names if name))[:DATA_LENGTH],
					account=self.store.shipping_account,
				)

	def _add_territories(self, zones: Iterable[ShippingZone]) -> None:
		"""A row for each state of the shop's zones, with the Territory of its code or of the zone's name; else with the store's, a guess.

		Countries and postcodes are no zones of an address, so only states are listed.
		"""
		known = self._known("territories", "zone")
		index = TerritoryIndex(read_territories(), {})
		for zone in zones:
			by_name = _by_name(index, zone.name)
			title = _plain(zone.name)
			for location in zone.locations:
				if location.type != STATE or _folded(location.code) in known:
					continue
				known.add(_folded(location.code))
				country, _, state = location.code.partition(":")
				territory = index.resolve(country, state, "") or by_name
				row = {"zone": location.code, "title": title, "territory": territory or self.store.territory}
				self._add("territories", location.code, look=not territory, **row)
				if not territory:
					self.left_to_you.append(
						Sentence(
							'Choose the Territory of the shop\'s zone {0} ("{1}") in the table of zones; until then it is {2}.',
							location.code,
							title,
							self.store.territory,
						)
					)


def _by_name(index: TerritoryIndex, name: str) -> str | None:
	"""The Territory with the zone's name, or with one language of a name in two."""
	for label in (name, *name.split("/")):
		if territory := index.resolve("", label, ""):
			return territory
	return None


def _is_countable(key: str, table: str) -> bool:
	"""Orders name the id of a tax rate, and a shipping method without its instance; a person may have written another key."""
	return key.isdigit() if table == "taxes" else ":" not in key


def _rate_code(rate: TaxRate) -> str:
	"""As WooCommerce makes it: EG-VAT-1."""
	parts = (rate.country, rate.state, rate.name or "TAX", str(rate.priority))
	return "-".join(part for part in parts if part).upper()


def _folded(text: str | None) -> str:
	return (text or "").strip().casefold()


def _plain(text: str) -> str:
	return frappe.utils.strip_html(text or "").strip()[:DATA_LENGTH]
