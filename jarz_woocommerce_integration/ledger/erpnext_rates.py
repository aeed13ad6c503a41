"""What an order in another currency needs: the rate of its day and a receivable account in its currency."""

from datetime import date
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext_settings import BookSettings

_LATEST = """
SELECT CAST(exchange_rate AS CHAR), date FROM `tabCurrency Exchange`
WHERE from_currency = %s AND to_currency = %s AND for_selling = 1 AND date <= %s ORDER BY date DESC LIMIT 1
"""
ONE = Decimal(1)


class Rates:
	"""Conversion rates and receivable accounts, read once each."""

	def __init__(self, settings: BookSettings):
		self.settings = settings
		self._rates: dict[tuple[str, date], Decimal] = {}
		self._receivables: dict[str, str] = {}

	def conversion_rate(self, currency: str, day: date) -> Decimal:
		"""One unit of `currency` in the company's: by the store's own table, else the latest Currency Exchange up to `day`.

		ERPNext would ask a service on the internet where there is none.

		:raises BookingRefusedError: there is none, or it is older than Accounts Settings allow
		"""
		if currency == self.settings.company_currency:
			return ONE
		if fixed := self.settings.exchange_rates.get(currency):
			return fixed
		key = currency, day
		if key not in self._rates:
			self._rates[key] = self._read(currency, day)
		return self._rates[key]

	def _read(self, currency: str, day: date) -> Decimal:
		company_currency = self.settings.company_currency
		rows = frappe.db.sql(_LATEST, (currency, company_currency, day))
		if rows and not self._is_stale(rows[0][1], day):
			return Decimal(rows[0][0])
		found = (
			f"the latest is of {rows[0][1]}, which is too old by Accounts Settings"
			if rows
			else "there is none"
		)
		raise BookingRefusedError(
			f"No exchange rate from {currency} to {company_currency} on {day}: {found}.",
			f"Add a Currency Exchange from {currency} to {company_currency}, or a rate in the store's table of currencies.",
			"no_exchange_rate",
		)

	def _is_stale(self, found: date, day: date) -> bool:
		settings = frappe.get_cached_doc("Accounts Settings")
		return not settings.allow_stale and (day - found).days > (settings.stale_days or 0)

	def receivable(self, currency: str, default: str) -> str:
		"""The receivable account of an order: the store's for the currency, else one of the company in it.

		:param default: the policy's, in the company's currency

		:raises BookingRefusedError: the company has none, and ERPNext is set to keep one currency for each account
		"""
		if currency == self.settings.company_currency:
			return default
		if named := self.settings.receivables.get(currency):
			return named
		if currency not in self._receivables:
			self._receivables[currency] = self._find_receivable(currency) or self._default_for(
				currency, default
			)
		return self._receivables[currency]

	def _find_receivable(self, currency: str) -> str | None:
		filters = {
			"company": self.settings.company,
			"account_type": "Receivable",
			"account_currency": currency,
			"is_group": 0,
			"disabled": 0,
		}
		return frappe.db.get_value("Account", filters, order_by="name")

	def _default_for(self, currency: str, default: str) -> str:
		field = "allow_multi_currency_invoices_against_single_party_account"
		if frappe.db.get_single_value("Accounts Settings", field):
			return default
		raise BookingRefusedError(
			f"The company has no receivable account in {currency}.",
			"Make one and name it in the store's table of currencies, or allow invoices in several currencies against one"
			" party account in Accounts Settings.",
			"no_receivable_account",
		)
