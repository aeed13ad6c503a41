"""The preflight of the books: indexes, open days for all orders, ERPNext's own sums."""

from collections.abc import Iterator
from datetime import date

import frappe
from frappe.utils import getdate

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.findings import ERROR, OK, Finding
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.migration.estimates import common_days, uncovered
from jarz_woocommerce_integration.services.preflight.situation import Findings, Situation
from jarz_woocommerce_integration.setup_site.indexes import missing_indexes

EACH_TRANSACTION = "Each Transaction"
VOUCHERS = ("Sales Invoice", "Payment Entry")
BEFORE_ALL = date.min

# A year without companies is everybody's.
_FISCAL_YEARS = """
SELECT year_start_date, year_end_date FROM `tabFiscal Year` year
WHERE disabled = 0 AND (
	NOT EXISTS (SELECT name FROM `tabFiscal Year Company` company WHERE company.parent = year.name)
	OR EXISTS (SELECT name FROM `tabFiscal Year Company` company WHERE company.parent = year.name
		AND company.company = %s))
"""
_CLOSED_PERIODS = """
SELECT DISTINCT period.name, period.start_date, period.end_date FROM `tabAccounting Period` period
JOIN `tabClosed Document` closed ON closed.parent = period.name
WHERE period.company = %s AND closed.closed = 1 AND closed.document_type IN %s ORDER BY period.start_date
"""
_CLOSED_UNTIL = (
	"SELECT max(period_end_date) FROM `tabPeriod Closing Voucher` WHERE docstatus = 1 AND company = %s"
)


def indexes(situation: Situation) -> Findings:
	missing = missing_indexes()
	if not missing:
		yield Finding(OK, "The indexes of all lookups are in place.")
		return
	yield Finding(
		ERROR,
		Sentence(
			"Indexes are missing, so that every page reads whole tables: {0}.", ", ".join(map(str, missing))
		),
		Sentence(
			"bench --site {0} execute jarz_woocommerce_integration.setup_site.indexes.add_indexes",
			frappe.local.site,
		),
	)


def sales_update(situation: Situation) -> Findings:
	frequency = frappe.db.get_single_value("Selling Settings", "sales_update_frequency")
	text = Sentence("Sales Update Frequency (Selling Settings) is {0}.", frequency)
	if frequency != EACH_TRANSACTION:
		yield Finding(OK, text)
		return
	yield Finding(
		OK,
		Sentence("{0} The migration leaves the company's sums to its end, so this doesn't slow it.", text),
		"It slows the invoices that others submit meanwhile: choose Daily to avoid this.",
	)


def open_days(situation: Situation) -> Findings:
	"""Whether each day on which an order is posted can be booked on."""
	days = situation.days
	if days is None:
		yield Finding(OK, "The shop has no order yet, or doesn't say when they were made.")
		return
	first, last = days
	company = situation.store.company
	findings = [*_without_year(company, first, last), *_closed(company, first, last)]
	yield from findings or (
		Finding(
			OK, Sentence("Each day from {0} to {1} lies in an open fiscal year of {2}.", first, last, company)
		),
	)


def fiscal_years_of(company: str) -> list[tuple[date, date]]:
	"""First and last day of each."""
	return [(getdate(begins), getdate(ends)) for begins, ends in frappe.db.sql(_FISCAL_YEARS, company)]


def years_without(company: str, first: date, last: date) -> list[tuple[date, date]]:
	"""The stretches of these days that lie in no fiscal year of the company."""
	return uncovered(first, last, fiscal_years_of(company))


def _without_year(company: str, first: date, last: date) -> Iterator[Finding]:
	for begins, ends in years_without(company, first, last):
		yield Finding(
			ERROR,
			Sentence(
				"No fiscal year of {0} has the days from {1} to {2}: orders of these days would be held.",
				company,
				begins,
				ends,
			),
			"Make the fiscal years (Accounting > Fiscal Year), without a company or with this one.",
			remedy="fiscal_years",
		)


def _closed(company: str, first: date, last: date) -> Iterator[Finding]:
	for name, begins, ends in frappe.db.sql(_CLOSED_PERIODS, (company, VOUCHERS)):
		yield from _held(
			first,
			last,
			getdate(begins),
			getdate(ends),
			Sentence("Accounting Period {0} is closed", name),
			"Open it for the migration (untick Closed for Sales Invoice and Payment Entry).",
		)
	if until := frappe.db.sql(_CLOSED_UNTIL, company)[0][0]:
		yield from _held(
			first,
			last,
			BEFORE_ALL,
			getdate(until),
			Sentence("A Period Closing Voucher closes the books until {0}", until),
			"Let the accountant decide: cancel it for the migration, or leave these orders out (--after).",
		)
	if frozen := compat.accounts_frozen(company):
		doctype, until = frozen
		yield from _held(
			first,
			last,
			BEFORE_ALL,
			until,
			Sentence("Accounts are frozen until {0} ({1})", until, doctype),
			"Empty Accounts Frozen Till Date for the migration, or leave these orders out (--after).",
		)


def _held(first: date, last: date, begins: date, ends: date, what: str, what_to_do: str) -> Iterator[Finding]:
	if shared := common_days(first, last, begins, ends):
		yield Finding(
			ERROR,
			Sentence("{0}: orders from {1} to {2} would be held.", what, shared[0], shared[1]),
			what_to_do,
		)
