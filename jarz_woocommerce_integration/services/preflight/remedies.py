"""What the preflight finds and the Desk can mend on the spot. Each finding names its remedy; the button is the Desk's."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_years, getdate
from frappe.utils.backups import new_backup

from jarz_woocommerce_integration.services.preflight.books import fiscal_years_of, years_without
from jarz_woocommerce_integration.services.preflight.situation import Situation
from jarz_woocommerce_integration.services.rights.consent import may_create
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.jobs import enqueue_once

FISCAL_YEAR = "Fiscal Year"
BACKUP_JOB = "woo_backup"
LONGEST_BACKUP = 6 * 3600
ONE_DAY = timedelta(days=1)


# --- a backup ---


def back_up() -> None:
	"""Have the database backed up as `bench backup` does it, in the queue `long`. :raises redis.exceptions.RedisError: not now"""
	enqueue_once(f"{__name__}.{run_backup.__name__}", BACKUP_JOB, "long", LONGEST_BACKUP)


@without_traces
def run_backup() -> None:
	"""The job itself."""
	new_backup(ignore_files=True, force=True)


# --- fiscal years ---


class Year(NamedTuple):
	"""First and last day."""

	begins: date
	ends: date

	@property
	def title(self) -> str:
		first, last = self.begins.year, self.ends.year
		return str(first) if first == last else f"{first}-{last}"

	@property
	def is_short(self) -> bool:
		return _after_years(self.begins, 1) - ONE_DAY != self.ends


def create_fiscal_years(store: Document) -> list[str]:
	"""Make the fiscal years that the days of the shop's orders lack.

	They begin on the day on which the company's other years begin. A year of these days that is other companies' gets this one, too.

	:returns: their names; :raises frappe.PermissionError: the user may not make fiscal years
	:raises StoreError: the shop can't be read
	"""
	if not may_create(FISCAL_YEAR):
		frappe.throw(
			_(
				"You may not make fiscal years. Ask somebody with the role {0} to make them, or to press this button."
			).format(_("Accounts Manager")),
			frappe.PermissionError,
		)
	with Situation(store) as situation:
		days = situation.days
	if days is None:
		return []
	years = fiscal_years_of(store.company)
	gaps = years_without(store.company, *days)
	return [_create(year, store.company) for year in _missing(gaps, years)]


def _missing(gaps: Sequence[tuple[date, date]], years: Sequence[tuple[date, date]]) -> Iterator[Year]:
	"""Whole years that cover the gaps, shorter where they would overlap one that is there."""
	known = sorted(Year(*year) for year in years)
	begins = known[-1].begins if known else date(gaps[0][0].year, 1, 1) if gaps else date.min
	for first, last in gaps:
		day = first
		while day <= last:
			year = _around(day, begins)
			before = max((other.ends for other in known if other.ends < day), default=date.min)
			after = min((other.begins for other in known if other.begins > day), default=date.max)
			made = Year(
				max(year.begins, before + ONE_DAY if before != date.min else year.begins),
				min(year.ends, after - ONE_DAY if after != date.max else year.ends),
			)
			yield made
			known.append(made)
			day = made.ends + ONE_DAY


def _around(day: date, begins: date) -> Year:
	"""The year with this day in it, of those that begin on a day of the calendar."""
	first = _after_years(begins, day.year - begins.year)
	if first > day:
		first = _after_years(first, -1)
	return Year(first, _after_years(first, 1) - ONE_DAY)


def _after_years(day: date, years: int) -> date:
	return getdate(add_years(day, years))


def _create(year: Year, company: str) -> str:
	there = {"year_start_date": year.begins, "year_end_date": year.ends, "disabled": 0}
	if name := frappe.db.get_value(FISCAL_YEAR, there):
		document = frappe.get_doc(FISCAL_YEAR, name)
		document.append("companies", {"company": company})
		return document.save(ignore_permissions=True).name
	document = frappe.get_doc(
		doctype=FISCAL_YEAR,
		year=_free_name(year, company),
		year_start_date=year.begins,
		year_end_date=year.ends,
		is_short_year=int(year.is_short),
	)
	if _is_shared_out(year):
		document.append("companies", {"company": company})
	# Who asks may have us make the years that the orders lack, and no others.
	return document.insert(ignore_permissions=True).name


def _free_name(year: Year, company: str) -> str:
	if not frappe.db.exists(FISCAL_YEAR, year.title):
		return year.title
	return f"{year.title} {frappe.get_cached_value('Company', company, 'abbr')}"


def _is_shared_out(year: Year) -> bool:
	"""Whether other companies have a year of their own in these days: then each must name its companies."""
	return any(
		getdate(begins) <= year.ends and getdate(ends) >= year.begins
		for begins, ends in frappe.get_all(
			FISCAL_YEAR, fields=["year_start_date", "year_end_date"], as_list=True
		)
	)
