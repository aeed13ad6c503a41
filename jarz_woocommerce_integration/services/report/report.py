"""The report of a rehearsal: one HTML file that opens offline, on a phone and on paper."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from math import ceil, floor, log10
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from jarz_woocommerce_integration.exceptions import LedgerStorageError
from jarz_woocommerce_integration.ledger import private_files
from jarz_woocommerce_integration.sentences import Sentence, translated
from jarz_woocommerce_integration.services.report.data import Month, ReportData
from jarz_woocommerce_integration.translation.policy import Money

MINUS = "\N{MINUS SIGN}"
CHART_HEIGHT = 200
MONTH_NAMES = (
	Sentence("Jan"),
	Sentence("Feb"),
	Sentence("Mar"),
	Sentence("Apr"),
	Sentence("May"),
	Sentence("Jun"),
	Sentence("Jul"),
	Sentence("Aug"),
	Sentence("Sep"),
	Sentence("Oct"),
	Sentence("Nov"),
	Sentence("Dec"),
)
# How many months apart the chart's labels are, by how many months it shows, so that they fit on a phone.
LABEL_STEPS = ((12, 1), (24, 3), (48, 6))
MOST_YEARS_LABELLED = 7

# How the page calls the places of an order (`Sum.place`), in the order in which it lists them. "Booked" is marked elsewhere, with its
# context.
PLACES = {
	"Synced": "Booked",
	"Draft": Sentence("Draft"),
	"Changed": Sentence("Booked, changed since"),
	"Held": Sentence("Held"),
	"Failed": Sentence("Failed"),
	"Skipped": Sentence("Skipped"),
	"Cancelled": Sentence("Cancelled"),
	"Deleted in Store": Sentence("Deleted in store"),
}
ADVICE = {
	"missing": Sentence("Run again: it is read by its id."),
	"outdated": Sentence("Run again: it is read anew."),
	"not_in_store": Sentence("What was booked stays. Cancel it by hand if it should not."),
	"amount": Sentence("Report this as a mistake of the app."),
	"refunds": Sentence("Run again. If it stays, compare the refunds by hand."),
	"changed": Sentence("Compare, and cancel and book again where the change matters."),
	"failed": Sentence("Run again: it is tried once more."),
}
OUTCOMES = {
	"known": Sentence("A known one"),
	"new": Sentence("A new one"),
	"linked": Sentence("A guest's, now with the account"),
}
# What the ledger counts, and the states of its invoices, as they stand within a line.
COUNTED = {
	"invoices": Sentence("invoices"),
	"credit notes": Sentence("credit notes"),
	"payments": Sentence("payments"),
	"customers": Sentence("customers"),
	"addresses": Sentence("addresses"),
}
INVOICE_STATUSES = {
	"Draft": Sentence("draft"),
	"Submitted": Sentence("submitted"),
	"Cancelled": Sentence("cancelled"),
}
CONTEXT = "WooCommerce"
RIGHT_TO_LEFT = ("ar", "fa", "he", "ps", "ur")

_money = Money()


class Translate(Protocol):
	"""Frappe's `_`."""

	def __call__(self, text: str, /, *, context: str | None = None) -> str: ...


def _as_it_is(text: str, /, *, context: str | None = None) -> str:
	return text


class Wording(NamedTuple):
	"""The language of a report. As it is, English; a site gives it those of its readers.

	:ivar translate: a sentence of the report; :ivar said: a text that the ledger keeps in English; :ivar words: the code of a reason
	"""

	language: str = "en"
	translate: Translate = _as_it_is
	said: Callable[[str], str] = str
	words: Callable[[str], str] = lambda code: code.replace("_", " ")

	@property
	def page(self) -> str:
		return "index.html" if self.language == "en" else f"index.{self.language}.html"


ENGLISH = Wording()


def write_report(data: ReportData, directory: str | Path, wording: Wording = ENGLISH) -> Path:
	"""Write `index.html` into the directory, which is made where it is missing. Returns the file's path.

	:param wording: of another language than English: it writes `index.de.html`, say

	:raises LedgerStorageError: the file can't be written; one that was there before is untouched
	"""
	page = Path(directory) / wording.page
	unfinished = page.with_suffix(".html.part")
	try:
		private_files.make_folder(page.parent)
		try:
			with open(unfinished, "w", encoding="utf-8", opener=private_files.opener) as file:
				template = _environment(data.zone, wording).get_template("report.html")
				file.writelines(template.generate(_names(data, wording)))
			os.replace(unfinished, page)
		finally:
			unfinished.unlink(missing_ok=True)
	except OSError as error:
		raise LedgerStorageError(
			Sentence("The report {0} can't be written: {1}.", page, error.strerror),
			"Choose another directory with --report.",
		) from None
	return page


@lru_cache(maxsize=8)
def _environment(zone: tzinfo, wording: Wording) -> Environment:
	"""The templates, compiled once. Autoescape is on whatever the file's name: every text of the shop is somebody else's."""
	environment = Environment(
		loader=PackageLoader("jarz_woocommerce_integration", "services/report/templates"),
		autoescape=True,
		undefined=StrictUndefined,
		trim_blocks=True,
		lstrip_blocks=True,
	)
	environment.filters.update(
		money=format_money,
		count=format_count,
		number=format_number,
		signed=lambda amount, currency: ("+" if amount > 0 else "") + format_money(amount, currency),
		month=lambda name: format_month(name, wording.translate),
		moment=lambda moment: format_moment(moment, zone, wording.translate),
		duration=lambda seconds: format_duration(seconds, wording.translate),
		percent=format_percent,
		said=lambda text: text and wording.said(text),
		words=wording.words,
		begun=lambda text: text[:1].upper() + text[1:],
	)
	# Markup, so that what is put into a sentence may be markup, too; texts of the shop are escaped as anywhere.
	environment.globals["_"] = lambda text, context=None: Markup(
		escape(wording.translate(text, context=context))
	)
	return environment


def _names(data: ReportData, wording: Wording) -> dict:
	currencies = [reconciliation.currency for reconciliation in data.reconciliations]
	by_currency = {c: [month for month in data.months if month.currency == c] for c in currencies}
	link = _store_link(data.store_url)
	return {
		"data": data,
		"charts": [
			month_chart(currency, months, wording.translate)
			for currency, months in by_currency.items()
			if months
		],
		"store_link": link,
		"order_link": f"{link}/wp-admin/post.php?action=edit&post=" if link else "",
		"places": _translated(PLACES, wording),
		"advice": _translated(ADVICE, wording),
		"outcomes": _translated(OUTCOMES, wording),
		"counted": _translated(COUNTED, wording),
		"invoice_statuses": _translated(INVOICE_STATUSES, wording),
		"language": wording.language,
		"direction": "rtl" if wording.language in RIGHT_TO_LEFT else "ltr",
	}


def _translated(labels: Mapping[str, str], wording: Wording) -> dict[str, str]:
	return {key: wording.translate(label, context=CONTEXT) for key, label in labels.items()}


def _store_link(url: str) -> str:
	"""The shop's address where a browser may follow it: a sample store on this machine is gone when this is read."""
	parts = urlsplit(url)
	local = parts.hostname in ("localhost", "127.0.0.1", "::1")
	return "" if local or parts.scheme not in ("http", "https") else url.rstrip("/")


# --- numbers and dates -------------------------------------------------------------------------


def format_money(amount: Decimal, currency: str) -> str:
	"""1,234.50, with as many decimals as the currency has, or more where the amount needs them."""
	decimals = max(_money.decimals_of(currency), -amount.normalize().as_tuple().exponent)  # type: ignore[operator]  # a finite number
	return f"{amount:,.{decimals}f}".replace("-", MINUS)


def format_count(number: int) -> str:
	return f"{number:,}".replace("-", MINUS)


def format_number(number: Decimal) -> str:
	"""A quantity or percentage without trailing zeros."""
	return f"{number.normalize():,f}".replace("-", MINUS)


def format_percent(part: int, whole: int) -> str:
	"""Never 100 while something is missing, never 0 while something is there."""
	if not whole:
		return "–"
	tenths = part * 1000 // whole if part * 1000 >= whole else min(part, 1)
	return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"


def format_month(name: str, translate: Callable[[str], str] = str) -> str:
	year, _, month = name.partition("-")
	return f"{translate(MONTH_NAMES[int(month) - 1])} {year}"


def format_moment(moment: datetime | None, zone: tzinfo, translate: Callable[[str], str] = str) -> str:
	if moment is None:
		return translate(Sentence("without a date"))
	local = moment.astimezone(zone)
	return f"{local.day} {translate(MONTH_NAMES[local.month - 1])} {local.year}, {local:%H:%M}"


def format_duration(seconds: float, translate: Callable[[str], str] = str) -> str:
	if seconds < 60:
		return translated(Sentence("{0} s", f"{seconds:.1f}"), translate)
	minutes, rest = divmod(round(seconds), 60)
	hours, minutes = divmod(minutes, 60)
	if hours:
		return translated(Sentence("{0} h {1} min", hours, minutes), translate)
	return translated(Sentence("{0} min {1} s", minutes, rest), translate)


# --- the chart ---------------------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class Bar:
	"""One month's bar. `x` and `width` are per cent of the chart's width, `y` and `height` are pixels."""

	month: Month
	x: float
	width: float
	y: float
	height: float


@dataclass(slots=True, frozen=True)
class Label:
	"""A text on an axis: `place` is per cent of the width for months, pixels for amounts."""

	place: float
	text: str
	year: str = ""


@dataclass(slots=True, frozen=True)
class Chart:
	"""What would be booked per month in one currency: bars, axis labels, and where zero is."""

	currency: str
	months: list[Month]
	bars: list[Bar]
	amounts: list[Label]
	labels: list[Label]
	zero: float
	height: int = CHART_HEIGHT

	@property
	def net(self) -> Decimal:
		return sum((month.net for month in self.months), Decimal(0))

	@property
	def empty(self) -> bool:
		return not any(month.net for month in self.months)

	@property
	def best(self) -> Month:
		return max(self.months, key=lambda month: month.net)


def month_chart(currency: str, months: list[Month], translate: Callable[[str], str] = str) -> Chart:
	"""The chart of one currency's months, in ascending order; months without any order are shown as gaps."""
	months = _with_gaps(currency, months)
	ticks = _ticks(float(min(m.net for m in months)), float(max(m.net for m in months)))
	scale = CHART_HEIGHT / (ticks[-1] - ticks[0])
	slot = 100 / max(len(months), 6)
	bars = []
	for place, month in enumerate(months):
		top, bottom = max(float(month.net), 0.0), min(float(month.net), 0.0)
		height = max((top - bottom) * scale, 1.0 if month.net else 0.0)
		y = (ticks[-1] - top) * scale
		bars.append(Bar(month, place * slot + slot * 0.15, slot * 0.7, y, height))
	return Chart(
		currency=currency,
		months=months,
		bars=bars,
		amounts=[Label((ticks[-1] - tick) * scale, _short(tick)) for tick in ticks],
		labels=_month_labels(months, slot, translate),
		zero=ticks[-1] * scale,
	)


def _with_gaps(currency: str, months: list[Month]) -> list[Month]:
	known = {month.name: month for month in months}
	first, last = date.fromisoformat(f"{months[0].name}-01"), date.fromisoformat(f"{months[-1].name}-01")
	names = (
		f"{number // 12:04}-{number % 12 + 1:02}"
		for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
	)
	return [known.get(name) or Month(name, currency) for name in names]


def _ticks(lowest: float, highest: float) -> list[float]:
	"""Three to six round amounts from below the lowest to above the highest, zero among them."""
	lowest, highest = min(lowest, 0.0), max(highest, 0.0)
	rough = (highest - lowest) / 4 or 1.0
	magnitude = 10.0 ** floor(log10(rough))
	step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough)
	return [step * place for place in range(floor(lowest / step), max(ceil(highest / step), 1) + 1)]


def _short(amount: float) -> str:
	for size, sign in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
		if abs(amount) >= size:
			return f"{amount / size:,.4g} {sign}".replace("-", MINUS)
	return f"{amount:,.4g}".replace("-", MINUS)


def _month_labels(months: list[Month], slot: float, translate: Callable[[str], str]) -> list[Label]:
	"""Labels that fall on January wherever months are left out; the year stands under the first one of it."""
	years = ceil(len(months) / 12 / MOST_YEARS_LABELLED)
	step = next((step for most, step in LABEL_STEPS if len(months) <= most), 12 * years)
	labels, labelled = [], ""
	for place, month in enumerate(months):
		year, number = month.name[:4], int(month.name[5:])
		if (int(year) * 12 + number - 1) % step == 0:
			labels.append(
				Label(
					(place + 0.5) * slot,
					translate(MONTH_NAMES[number - 1]),
					year if year != labelled else "",
				)
			)
			labelled = year
	return labels
