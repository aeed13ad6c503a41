"""The report of a rehearsal: one HTML file that opens offline, on a phone and on paper."""

import os
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from math import ceil, floor, log10
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from jarz_woocommerce_integration.exceptions import LedgerStorageError
from jarz_woocommerce_integration.ledger import private_files
from jarz_woocommerce_integration.services.report.data import Month, ReportData
from jarz_woocommerce_integration.translation.policy import Money

MINUS = "\N{MINUS SIGN}"
CHART_HEIGHT = 200
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# How many months apart the chart's labels are, by how many months it shows, so that they fit on a phone.
LABEL_STEPS = ((12, 1), (24, 3), (48, 6))
MOST_YEARS_LABELLED = 7

# How the page calls the places of an order (`Sum.place`), in the order in which it lists them.
PLACES = {
	"Synced": "Booked",
	"Draft": "Draft",
	"Changed": "Booked, changed since",
	"Held": "Held",
	"Failed": "Failed",
	"Skipped": "Skipped",
	"Cancelled": "Cancelled",
	"Deleted in Store": "Deleted in store",
}
ADVICE = {
	"missing": "Run again: it is read by its id.",
	"outdated": "Run again: it is read anew.",
	"not_in_store": "What was booked stays. Cancel it by hand if it should not.",
	"amount": "Report this as a mistake of the app.",
	"refunds": "Run again. If it stays, compare the refunds by hand.",
	"changed": "Compare, and cancel and book again where the change matters.",
	"failed": "Run again: it is tried once more.",
}
OUTCOMES = {"known": "A known one", "new": "A new one", "linked": "A guest's, now with the account"}

_money = Money()


def write_report(data: ReportData, directory: str | Path) -> Path:
	"""Write `index.html` into the directory, which is made where it is missing. Returns the file's path.

	:raises LedgerStorageError: the file can't be written; one that was there before is untouched
	"""
	page = Path(directory) / "index.html"
	unfinished = page.with_suffix(".html.part")
	try:
		private_files.make_folder(page.parent)
		try:
			with open(unfinished, "w", encoding="utf-8", opener=private_files.opener) as file:
				file.writelines(_environment(data.zone).get_template("report.html").generate(_names(data)))
			os.replace(unfinished, page)
		finally:
			unfinished.unlink(missing_ok=True)
	except OSError as error:
		raise LedgerStorageError(
			f"The report {page} can't be written: {error.strerror}.",
			"Choose another directory with --report.",
		) from None
	return page


@cache
def _environment(zone: tzinfo) -> Environment:
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
		month=format_month,
		moment=lambda moment: format_moment(moment, zone),
		duration=format_duration,
		percent=format_percent,
	)
	return environment


def _names(data: ReportData) -> dict:
	currencies = [reconciliation.currency for reconciliation in data.reconciliations]
	by_currency = {c: [month for month in data.months if month.currency == c] for c in currencies}
	link = _store_link(data.store_url)
	return {
		"data": data,
		"charts": [month_chart(currency, months) for currency, months in by_currency.items() if months],
		"store_link": link,
		"order_link": f"{link}/wp-admin/post.php?action=edit&post=" if link else "",
		"places": PLACES,
		"advice": ADVICE,
		"outcomes": OUTCOMES,
	}


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


def format_month(name: str) -> str:
	year, _, month = name.partition("-")
	return f"{MONTH_NAMES[int(month) - 1]} {year}"


def format_moment(moment: datetime | None, zone: tzinfo) -> str:
	if moment is None:
		return "without a date"
	local = moment.astimezone(zone)
	return f"{local.day} {MONTH_NAMES[local.month - 1]} {local.year}, {local:%H:%M}"


def format_duration(seconds: float) -> str:
	if seconds < 60:
		return f"{seconds:.1f} s"
	minutes, rest = divmod(round(seconds), 60)
	hours, minutes = divmod(minutes, 60)
	return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


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


def month_chart(currency: str, months: list[Month]) -> Chart:
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
		labels=_month_labels(months, slot),
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


def _month_labels(months: list[Month], slot: float) -> list[Label]:
	"""Labels that fall on January wherever months are left out; the year stands under the first one of it."""
	years = ceil(len(months) / 12 / MOST_YEARS_LABELLED)
	step = next((step for most, step in LABEL_STEPS if len(months) <= most), 12 * years)
	labels, labelled = [], ""
	for place, month in enumerate(months):
		year, number = month.name[:4], int(month.name[5:])
		if (int(year) * 12 + number - 1) % step == 0:
			labels.append(
				Label((place + 0.5) * slot, MONTH_NAMES[number - 1], year if year != labelled else "")
			)
			labelled = year
	return labels
