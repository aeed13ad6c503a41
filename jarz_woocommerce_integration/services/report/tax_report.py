"""Base and tax per month, country and rate, summed from invoices and credit notes: plain data, without a site.

An invoice says of each tax what it was charged on, and how much of it has no tax at all. One that was booked before
version 1.4 says neither; it is summed apart, so that nothing is left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
TAX = "Tax"
WITHOUT_TAX = "Without Tax"
REVERSE_CHARGE = "Reverse Charge"
REFUND_BY_AMOUNT = "Refund without Itemised Tax"
BOOKED_BEFORE = "Booked before Version 1.4"
KINDS = (TAX, WITHOUT_TAX, REVERSE_CHARGE, REFUND_BY_AMOUNT, BOOKED_BEFORE)
STANDARD = "standard"


@dataclass(slots=True)
class TaxEntry:
	"""One tax row of a document. :ivar taxable: what it was charged on, 0 where the row doesn't say it"""

	rate_id: int
	label: str
	percent: Decimal
	tax_class: str
	taxable: Decimal
	tax: Decimal


@dataclass(slots=True)
class TaxDocument:
	"""A submitted invoice or credit note. Amounts of a credit note are negative.

	:ivar month: "2026-03"; :ivar country: of the shipping address, else of the billing address, "" for none
	:ivar net: its total without taxes; :ivar untaxed: what of it has no tax at all, 0 where the document doesn't say it
	:ivar by_amount: what of a credit note was given back as an amount, without lines and taxes
	:ivar exempt: the shop charged no tax because of who bought
	:ivar of_taxed: it is a credit note of an invoice that has taxes
	"""

	month: str
	country: str
	net: Decimal
	untaxed: Decimal = ZERO
	by_amount: Decimal = ZERO
	exempt: bool = False
	is_credit_note: bool = False
	of_taxed: bool = False
	entries: list[TaxEntry] = field(default_factory=list)


@dataclass(slots=True, frozen=True, order=True)
class Group:
	"""What one row of the report is about.

	:ivar label: of a rate that has no id in the shop; a rate with an id is the same whatever its name is
	"""

	month: str
	country: str
	kind: str
	label: str = ""
	percent: Decimal = ZERO
	tax_class: str = ""
	rate_id: int = 0


@dataclass(slots=True)
class Sums:
	"""The sums of a group.

	:ivar label: the rate's name, the shortest where it has several
	:ivar base: net amount; None where no document of the group says what its tax was charged on
	"""

	label: str = ""
	base: Decimal | None = None
	tax: Decimal = ZERO
	invoices: int = 0
	credit_notes: int = 0


def sum_up(documents: Iterable[TaxDocument]) -> list[tuple[Group, Sums]]:
	"""The rows of the report, sorted by month, country, kind and rate."""
	groups: dict[Group, Sums] = {}
	for document in documents:
		for group in _add(document, groups):
			sums = groups[group]
			if document.is_credit_note:
				sums.credit_notes += 1
			else:
				sums.invoices += 1
	return sorted(groups.items(), key=lambda row: (row[0].month, row[0].country, _rank(*row)))


def _add(document: TaxDocument, groups: dict[Group, Sums]) -> set[Group]:
	"""Add a document to its groups. :return: those"""
	touched = set()
	for group, label, base, tax in _parts(document):
		sums = groups.setdefault(group, Sums(label))
		sums.label = min(sums.label, label, key=lambda text: (len(text), text))
		if base is not None:
			sums.base = (sums.base or ZERO) + base
		sums.tax += tax
		touched.add(group)
	return touched


def _parts(document: TaxDocument) -> Iterator[tuple[Group, str, Decimal | None, Decimal]]:
	""":return: group, name of the rate, base and tax of each part of the document"""
	is_itemised = bool(document.untaxed or document.by_amount) or any(e.taxable for e in document.entries)
	for entry in document.entries:
		kind = TAX if is_itemised else BOOKED_BEFORE
		tax_class = (entry.tax_class or STANDARD) if is_itemised else ""
		percent = entry.percent.normalize() + ZERO
		label = "" if entry.rate_id else entry.label
		group = Group(document.month, document.country, kind, label, percent, tax_class, entry.rate_id)
		yield group, entry.label, entry.taxable if is_itemised else None, entry.tax
	if is_itemised:
		if document.untaxed:
			yield _group(document, _without_tax(document)), "", document.untaxed, ZERO
		if document.by_amount:
			yield _group(document, _of_refund_by_amount(document)), "", document.by_amount, ZERO
	elif document.entries:
		yield _group(document, BOOKED_BEFORE), "", document.net, ZERO
	elif document.net:
		yield _group(document, _of_refund_by_amount(document)), "", document.net, ZERO


def _without_tax(document: TaxDocument) -> str:
	return REVERSE_CHARGE if document.exempt else WITHOUT_TAX


def _of_refund_by_amount(document: TaxDocument) -> str:
	"""An amount of an order without taxes had none either."""
	return REFUND_BY_AMOUNT if document.is_credit_note and document.of_taxed else _without_tax(document)


def _group(document: TaxDocument, kind: str) -> Group:
	return Group(document.month, document.country, kind)


def _rank(group: Group, sums: Sums) -> tuple:
	return KINDS.index(group.kind), sums.label, -group.percent, group.tax_class, group.rate_id
