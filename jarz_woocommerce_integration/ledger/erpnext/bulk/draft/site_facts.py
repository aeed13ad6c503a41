"""What the site says that is the same for all orders of a run: roundings, accounts, dates that are open. Read once each."""

from datetime import date
from typing import Any

import frappe
from erpnext.accounts.utils import FiscalYearError, get_fiscal_year
from erpnext.setup.utils import get_exchange_rate
from frappe.model.meta import get_field_precision
from frappe.utils import cint, flt, fmt_money, getdate, money_in_words

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings

TEXTS_KEPT = 20_000
_CLOSED = """
SELECT closed.document_type, period.start_date, period.end_date FROM `tabAccounting Period` period
JOIN `tabClosed Document` closed ON closed.parent = period.name AND closed.closed = 1 WHERE period.company = %s
"""


class SiteFacts:
	"""Valid as long as nobody changes the site's settings (`site_state`).

	:ivar precision: decimals of money, :ivar quantity_precision: of quantities
	:ivar columns: table -> what its columns may hold (`bulk.checks`)
	:ivar least: the smallest difference of debit and credit that ERPNext rounds off: by System Settings; in Frappe 16 by the company's
		currency, where number formats follow the currency
	"""

	def __init__(self, settings: BookSettings):
		self.settings = settings
		self.company = settings.company
		self.company_currency = settings.company_currency
		decimals = frappe.get_meta("Sales Invoice").get_field("grand_total")
		self.precision = frappe.get_precision("Sales Invoice", "grand_total") if decimals else 2
		debit = frappe.get_meta("GL Entry").get_field("debit")
		self.least = 1.0 / 10 ** get_field_precision(debit, currency=self.company_currency)
		self.quantity_precision = cint(frappe.db.get_default("float_precision")) or 3
		self.rounding_method = frappe.get_system_settings("rounding_method") or "Banker's Rounding (legacy)"
		company = frappe.get_cached_doc("Company", self.company)
		self.round_off_account = company.round_off_account or company.default_expense_account
		self.round_off_cost_center = company.round_off_cost_center
		self.income_account = company.default_income_account
		self.payment_terms = company.payment_terms
		with_terms = {"payment_terms": ("is", "set")}
		fields = ["name", "payment_terms"]
		self.terms_of_groups = dict(frappe.get_all("Customer Group", with_terms, fields, as_list=True))
		self.templates_of_terms = _templates_of_terms()
		self.items_have_tax_rates_of_charges = compat.items_have_tax_rates_of_charges()
		self.payment_references_have_rates = compat.payment_references_have_rates()
		self.today = getdate()
		accounts = frappe.get_all(
			"Account",
			filters={"company": self.company},
			fields=[
				"name",
				"account_currency",
				"account_type",
				"disabled",
				"is_group",
				"freeze_account",
				"balance_must_be",
			],
		)
		self.accounts = {account.name: account for account in accounts}
		usable = {"company": self.company, "is_group": 0, "disabled": 0}
		self.cost_centers = set(frappe.get_all("Cost Center", filters=usable, pluck="name"))
		self.frozen = compat.accounts_frozen(self.company)
		self.closed_periods = frappe.db.sql(_CLOSED, self.company)
		self.closed_upto = frappe.db.get_value(
			"Period Closing Voucher",
			{"docstatus": 1, "company": self.company},
			"period_end_date",
			order_by="period_end_date desc",
		)
		self.modes = dict(frappe.get_all("Mode of Payment", fields=["name", "type"], as_list=True))
		self.reporting_currency = company.get("reporting_currency") or self.company_currency
		self.allows_negative_rates = _is_on("Selling Settings", "allow_negative_rates_for_items")
		self.allows_repeated_items = _is_on("Selling Settings", "allow_multiple_items")
		self.columns: dict[str, Any] = {}
		self._names: dict[str, set[str]] = {}
		self._reporting_rates: dict[date, float] = {}
		self._fiscal_years: dict[date, str] = {}
		self._words: dict[tuple[float, str], str] = {}
		self._shown: dict[tuple[float, str], str] = {}

	def money(self, number) -> float:
		"""As ERPNext rounds money."""
		return flt(number, self.precision, self.rounding_method)

	def quantity(self, number) -> float:
		return flt(number, self.quantity_precision, self.rounding_method)

	def in_words(self, amount: float, currency: str) -> str:
		key = amount, currency
		if key not in self._words:
			keep_small(self._words)
			self._words[key] = money_in_words(amount, currency)
		return self._words[key]

	def shown(self, amount: float, currency: str) -> str:
		"""An amount as ERPNext shows it."""
		key = amount, currency
		if key not in self._shown:
			keep_small(self._shown)
			self._shown[key] = fmt_money(amount, None, currency)
		return self._shown[key]

	def account_currency(self, account: str) -> str:
		"""As `get_account_currency` has it: an account without a currency has the company's."""
		return self.accounts[account].account_currency or self.company_currency

	def account_type(self, account: str) -> str:
		return self.accounts[account].account_type or ""

	def fiscal_year(self, day: date) -> str:
		""":raises NeedsDocumentsError: there is none, or it is closed for entries"""
		if day not in self._fiscal_years:
			try:
				self._fiscal_years[day] = get_fiscal_year(day, company=self.company)[0]
			except FiscalYearError as error:
				frappe.clear_last_message()
				raise NeedsDocumentsError("no fiscal year for its date") from error
		return self._fiscal_years[day]

	def reporting_rate(self, day: date) -> float:
		"""From the company's currency to the one of its consolidated reports (ERPNext 16).

		:raises NeedsDocumentsError: there is none, so that ERPNext would refuse
		"""
		if self.reporting_currency == self.company_currency:
			return 1.0
		if day not in self._reporting_rates:
			rate = get_exchange_rate(self.company_currency, self.reporting_currency, day)
			if not rate:
				raise NeedsDocumentsError("no exchange rate to the reporting currency")
			self._reporting_rates[day] = rate
		return self._reporting_rates[day]

	def check_date(self, doctype: str, day: date) -> None:
		""":raises NeedsDocumentsError: ERPNext would refuse entries of that day"""
		self.fiscal_year(day)
		if self.frozen and day <= self.frozen[1]:
			raise NeedsDocumentsError("its date is frozen")
		if self.closed_upto and day <= getdate(self.closed_upto):
			raise NeedsDocumentsError("its date is in a closed year")
		for closed, first, last in self.closed_periods:
			if closed == doctype and first <= day <= last:
				raise NeedsDocumentsError("its date is in a closed period")

	def has(self, doctype: str, name: str) -> bool:
		"""Whether there is one of exactly this name, of a DocType whose changes `site_state` notices."""
		if doctype not in self._names:
			self._names[doctype] = set(frappe.db.sql(f"SELECT name FROM `tab{doctype}`", pluck=True))
		return name in self._names[doctype]

	def terms_of(self, customer: dict, own: str | None) -> str:
		"""The template by which ERPNext splits an invoice: its own, else the customer's (`get_payment_terms_template`); "" for none.

		:raises NeedsDocumentsError: it isn't there, or payments are to name the term that they pay
		"""
		group = self.terms_of_groups.get(customer["customer_group"])
		template = own or customer["payment_terms"] or group or self.payment_terms or ""
		if template and template not in self.templates_of_terms:
			raise NeedsDocumentsError("terms of payment that are missing, or to which payments are allocated")
		return template

	def check_cost_center(self, name: str | None) -> None:
		""":raises NeedsDocumentsError: ERPNext may refuse it (`GLEntry.validate_cost_center`)"""
		if name and name not in self.cost_centers:
			raise NeedsDocumentsError("a cost center that is missing, disabled, a group or another company's")

	def check_account(self, name: str) -> None:
		account = self.accounts.get(name)
		if not account or account.disabled or account.is_group:
			raise NeedsDocumentsError("an account that is missing, disabled or a group")
		if account.freeze_account == "Yes":
			raise NeedsDocumentsError("an account that is frozen")
		if account.balance_must_be:
			# What ERPNext says depends on all entries before it (`validate_balance_type`).
			raise NeedsDocumentsError("an account whose balance must be debit, or credit")


def _templates_of_terms() -> dict[str, list[dict]]:
	"""The terms of each template, without those to whose terms payments are allocated."""
	no_allocation = {"allocate_payment_based_on_payment_terms": 0}
	templates: dict[str, list[dict]] = {
		name: [] for name in frappe.get_all("Payment Terms Template", no_allocation, pluck="name")
	}
	details = frappe.get_all("Payment Terms Template Detail", fields=["*"], order_by="parent, idx")
	for term in details:
		if term.parent in templates:
			templates[term.parent].append(term)
	return {name: terms for name, terms in templates.items() if terms}


def _is_on(doctype: str, field: str) -> bool:
	return bool(cint(frappe.db.get_single_value(doctype, field)))


def keep_small(texts: dict) -> None:
	"""Memory stays flat, however long the run."""
	if len(texts) >= TEXTS_KEPT:
		texts.clear()
