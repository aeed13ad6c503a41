"""The rate of an order's day, for orders in another currency than the company's."""

from datetime import date
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.sentences import Sentence

_LATEST = """
SELECT CAST(exchange_rate AS CHAR), date FROM `tabCurrency Exchange`
WHERE from_currency = %s AND to_currency = %s AND for_selling = 1 AND date <= %s ORDER BY date DESC LIMIT 1
"""
ONE = Decimal(1)
# ERPNext keeps nine decimals of a rate. Of a smaller one than this they are fewer than six digits, so that an amount of ten
# thousand in the company's currency may be wrong by more than a cent.
SMALLEST_EXACT = Decimal("0.0005")
HALF_OF_THE_LAST = Decimal("0.0000000005")


class Rates:
	"""Conversion rates, read once each."""

	def __init__(self, settings: BookSettings):
		self.settings = settings
		self._rates: dict[tuple[str, date], Decimal] = {}

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

	def coarseness(self, currency: str, day: date) -> Decimal:
		"""By which part an amount in the company's currency may be wrong, because the rate has nine decimals; 0 where it is no
		matter."""
		rate = self.conversion_rate(currency, day)
		return HALF_OF_THE_LAST / rate if 0 < rate < SMALLEST_EXACT else Decimal(0)

	def _read(self, currency: str, day: date) -> Decimal:
		company_currency = self.settings.company_currency
		rows = frappe.db.sql(_LATEST, (currency, company_currency, day))
		if rows and not self._is_stale(rows[0][1], day):
			return Decimal(rows[0][0])
		found = (
			Sentence("the latest is from {0}, which is too old for Accounts Settings", rows[0][1])
			if rows
			else Sentence("there is none")
		)
		raise BookingRefusedError(
			Sentence("No exchange rate from {0} to {1} on {2}: {3}.", currency, company_currency, day, found),
			Sentence(
				"Add a Currency Exchange from {0} to {1}, or a rate in the store's table of currencies.",
				currency,
				company_currency,
			),
			"no_exchange_rate",
		)

	def _is_stale(self, found: date, day: date) -> bool:
		settings = frappe.get_cached_doc("Accounts Settings")
		return not settings.allow_stale and (day - found).days > (settings.stale_days or 0)
