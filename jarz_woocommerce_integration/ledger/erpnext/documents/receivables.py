"""Which receivable accounts an order in a currency may be booked to.

ERPNext has two ways, by *Accounts Settings > Allow multi-currency invoices against single party account*. Where it is on,
one receivable account in the company's currency takes the orders of all currencies. Where it is off, each currency needs
a receivable account of its own. In both cases all entries of one customer are in the currency of one account.
"""

from typing import NamedTuple

import frappe
from frappe.utils import cint

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.sentences import Sentence

ACCOUNTS_SETTINGS = "Accounts Settings"
SETTING = "allow_multi_currency_invoices_against_single_party_account"
SETTING_LABEL = "Allow multi-currency invoices against single party account"
_INDEXES = """
SELECT DISTINCT index_name FROM information_schema.statistics
WHERE table_schema = database() AND table_name = 'tabGL Entry' AND column_name = 'party' AND seq_in_index = 1
ORDER BY index_name LIMIT 1
"""
_CURRENCY = """(
	SELECT entry.account_currency FROM `tabGL Entry` entry {hint}
	WHERE entry.party_type = 'Customer' AND entry.party = customer.name AND entry.company = %(company)s
		AND entry.docstatus = 1 AND entry.is_cancelled = 0 LIMIT 1
)"""
_hints: dict[str, str] = {}


class Receivable(NamedTuple):
	"""A receivable account. :ivar currency: of the account"""

	account: str
	currency: str


class Receivables:
	"""The receivable accounts of one store's orders, read once each."""

	def __init__(self, settings: BookSettings):
		self.settings = settings
		self._accepted: dict[tuple[str, str, bool], tuple[Receivable, ...]] = {}

	def accepted(self, currency: str, default: str) -> tuple[Receivable, ...]:
		"""The accounts that an order in `currency` may be booked to; a new customer's goes to the first one.

		:param default: the policy's account, in the company's currency
		:raises BookingRefusedError: there is none
		"""
		key = currency, default, allows_one_receivable()
		if key not in self._accepted:
			self._accepted[key] = self._find(*key)
		return self._accepted[key]

	def in_currency(self, currency: str, default: str, account_currency: str) -> str:
		"""The accepted account in `account_currency`, else the first one. :raises BookingRefusedError: there is none"""
		accepted = self.accepted(currency, default)
		fitting = (each.account for each in accepted if each.currency == account_currency)
		return next(fitting, accepted[0].account)

	def _find(self, currency: str, default: str, allows_one: bool) -> tuple[Receivable, ...]:
		company_currency = self.settings.company_currency
		if currency == company_currency:
			return (self._account(default),)
		if named := self.settings.receivables.get(currency):
			account = self._account(named)
			if account.currency != currency and not allows_one:
				raise _refused(
					Sentence(
						"The store's table of currencies names {0} for {1}, and that account is in {2}.",
						named,
						currency,
						account.currency,
					),
					currency,
					company_currency,
				)
			return (account,)
		found = find_receivable(self.settings.company, currency)
		own = (Receivable(found, currency),) if found else ()
		if allows_one:
			return (self._account(default), *own)
		if not own:
			raise _refused(
				Sentence("{0} has no receivable account in {1}.", self.settings.company, currency),
				currency,
				company_currency,
			)
		return own

	def _account(self, name: str) -> Receivable:
		currency = frappe.get_cached_value("Account", name, "account_currency")
		return Receivable(name, currency or self.settings.company_currency)


def allows_one_receivable() -> bool:
	"""Whether ERPNext books invoices of other currencies to a receivable account in the company's currency."""
	return bool(cint(frappe.db.get_single_value(ACCOUNTS_SETTINGS, SETTING)))


def find_receivable(company: str, currency: str) -> str | None:
	"""A receivable account of the company in a currency."""
	filters = {
		"company": company,
		"account_type": "Receivable",
		"account_currency": currency,
		"is_group": 0,
		"disabled": 0,
	}
	return frappe.db.get_value("Account", filters, order_by="name")


def currency_of_entries() -> str:
	"""A column of `tabCustomer` customer: the account currency of its entries in %(company)s, NULL where it has none.

	As long as the table is new or grows fast, the database believes that another index is shorter, and reads the entries
	of all customers for each of them; so the one of the party is named, if the site has it.
	"""
	database = frappe.conf.db_name
	if database not in _hints:
		names = frappe.db.sql(_INDEXES, pluck=True)
		_hints[database] = f"FORCE INDEX (`{names[0]}`)" if names else ""
	return _CURRENCY.format(hint=_hints[database])


def _refused(message: str, currency: str, company_currency: str) -> BookingRefusedError:
	return BookingRefusedError(
		message,
		Sentence(
			"Make a receivable account in {0} and name it in the store's table of currencies. Or book all currencies to"
			" one receivable account in {1}: the store's form has the button Allow One Receivable Account.",
			currency,
			company_currency,
		),
		"no_receivable_account",
	)
