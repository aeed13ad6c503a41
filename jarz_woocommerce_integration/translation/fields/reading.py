"""Reads the mapped values of one order. What can't be read is left empty, and listed.

A path leads through names of fields and keys of meta data only: nothing of it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.delivery import read_day
from jarz_woocommerce_integration.translation.drafts import FieldValue, Finding, MappedValues
from jarz_woocommerce_integration.translation.fields.mapping import (
	ACCOUNT,
	LINES,
	PRODUCT,
	FieldKind,
	MappedField,
	Target,
)
from jarz_woocommerce_integration.translation.text import FIELD_LENGTH, ascii_digits, fold_code

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order

META = "meta_data"
YES, NO = ("1", "yes", "true", "on"), ("0", "no", "false", "off")
# What ERPNext's columns hold.
LARGEST, LARGEST_WHOLE = Decimal(10) ** 11, 2**31
EMPTY: dict[FieldKind, FieldValue] = {
	FieldKind.TEXT: "",
	FieldKind.NUMBER: Decimal(0),
	FieldKind.DATE: None,
	FieldKind.CHECK: False,
	FieldKind.LINK: None,
}
# What a kind is called where a value isn't one.
_KINDS = {
	FieldKind.TEXT: Sentence("a text that the field takes"),
	FieldKind.NUMBER: Sentence("a number that the field takes"),
	FieldKind.DATE: Sentence("a date"),
	FieldKind.CHECK: Sentence("a yes or no"),
	FieldKind.LINK: Sentence("the name of a document"),
}


class UnreadableError(ValueError):
	"""A value isn't what its field holds."""


@dataclass(slots=True)
class ReadFields:
	"""What an order says in the mapped fields, before it is known which of the documents are there that its links name.

	:ivar links: (row, the name that is linked, where the value stands)
	"""

	values: MappedValues = field(default_factory=MappedValues)
	findings: list[Finding] = field(default_factory=list)
	links: list[tuple[MappedField, str, dict[str, FieldValue]]] = field(default_factory=list)

	def keys(self) -> Iterator[tuple[str, str]]:
		"""(DocType, name) of what the links name."""
		yield from ((row.link_to, name) for row, name, _values in self.links)

	def with_links(self, known: Mapping[tuple[str, str], str]) -> tuple[MappedValues, list[Finding]]:
		"""The values, without links to what isn't there, and what is to be listed.

		:param known: (DocType, name without case) -> the document's name
		"""
		missing = []
		for row, name, values in self.links:
			values[row.field] = known.get((row.link_to, fold_code(name)))
			if values[row.field] is None:
				missing.append(_missing(row))
		return self.values, [*self.findings, *missing]


def _missing(row: MappedField) -> Finding:
	"""The name itself may be about a person, and a finding is read by more people than the order."""
	message = Sentence(
		"{0} of {1} stays empty: there is no {2} of the name that stands at {3}.",
		row.field,
		row.target.value,
		row.link_to,
		row.path,
	)
	return Finding("field_unreadable", message)


def _not_given(row: MappedField) -> Finding:
	message = Sentence(
		"{0} of {1} stays empty: the shop doesn't give what {2} is read from.",
		row.field,
		row.target.value,
		row.path,
	)
	return Finding("field_unreadable", message)


def _unreadable(row: MappedField) -> Finding:
	message = Sentence(
		"{0} of {1} stays empty: what stands at {2} isn't {3}.",
		row.field,
		row.target.value,
		row.path,
		_KINDS[row.kind],
	)
	return Finding("field_unreadable", message)


@dataclass(slots=True, frozen=True)
class Beside:
	"""What the shop has given of the order's account (None for nothing), and of its products by their ids."""

	account: Any = None
	products: Mapping[int, Any] = field(default_factory=dict)


def read_fields(
	order: Order,
	mapping: Sequence[MappedField],
	zone: tzinfo,
	beside: Beside = Beside(),  # noqa: B008  # frozen
) -> ReadFields:
	""":param zone: the shop's, in which times without a zone are meant"""
	found = ReadFields()
	values = found.values
	for row in mapping:
		of_document = values.documents.setdefault(row.target.value, {})
		if not row.follows:
			values.kept.add((row.target.value, row.field))
		if _is_not_given(row, order, beside):
			found.findings.append(_not_given(row))
		if row.target is not Target.LINE:
			_read(row, *_source_of(row, order, beside), zone, found, of_document)
			continue
		of_document[row.field] = EMPTY[row.kind]
		for line in order.line_items:
			of_line = values.lines.setdefault(line.id, {})
			path = row.path.removeprefix(f"{LINES}.")
			source: Any = line
			if row.is_of_products:
				source, path = beside.products.get(line.product_id), path.removeprefix(f"{PRODUCT}.")
			_read(row, source, path, zone, found, of_line)
	return found


def _source_of(row: MappedField, order: Order, beside: Beside) -> tuple[Any, str]:
	"""Where a value of the order as a whole stands, and at which path there."""
	if row.is_of_account:
		return beside.account, row.path.removeprefix(f"{ACCOUNT}.")
	if row.is_of_products:
		products = [beside.products.get(line.product_id) for line in order.line_items]
		return products, row.path.removeprefix(f"{LINES}.{PRODUCT}.")
	return order, row.path


def _is_not_given(row: MappedField, order: Order, beside: Beside) -> bool:
	"""Whether the order has what the row is read from, and the shop gave it not: it is deleted, or the key may not see it."""
	if row.is_of_account:
		return bool(order.customer_id) and beside.account is None
	wanted = {line.product_id for line in order.line_items if line.product_id}
	return row.is_of_products and not wanted <= beside.products.keys()


def _read(
	row: MappedField,
	source: Any,
	path: str,
	zone: tzinfo,
	found: ReadFields,
	values: dict[str, FieldValue],
) -> None:
	given = list(dict.fromkeys(_scalars(_at(source, path))))
	values[row.field] = EMPTY[row.kind]
	if not given:
		return
	try:
		value = values[row.field] = _READ[row.kind](row, given, zone)
	except UnreadableError:
		found.findings.append(_unreadable(row))
		return
	if row.kind is FieldKind.LINK:
		found.links.append((row, str(value), values))


# --- what stands at a path ---


def _at(source: Any, path: str) -> Iterator[Any]:
	"""All values at a path: of a list, those of each of its entries."""
	if not path:
		yield source
	elif isinstance(source, list | tuple):
		for each in source:
			yield from _at(each, path)
	else:
		name, _dot, rest = path.partition(".")
		if name == META:
			yield from _of_meta(_named(source, META), rest)
		elif (value := _named(source, name)) is not None:
			yield from _at(value, rest)


def _named(source: Any, name: str) -> Any:
	"""A field of a payload, or an entry of an object in it. Never an attribute of anything else."""
	if isinstance(source, dict):
		return source.get(name)
	if name in getattr(type(source), "model_fields", ()):
		return getattr(source, name)
	return (getattr(source, "model_extra", None) or {}).get(name)


def _of_meta(entries: Any, path: str) -> Iterator[Any]:
	"""The values of a key; of a key whose value is an object, what stands at the rest of the path in it."""
	for entry in entries if isinstance(entries, list) else ():
		key, value = _named(entry, "key"), _named(entry, "value")
		if key == path:
			yield value
		elif key and path.startswith(f"{key}."):
			yield from _at(value, path.removeprefix(f"{key}."))


def _scalars(values: Iterable[Any]) -> Iterator[Any]:
	"""The values that are no lists, without what is empty. For an object of the shop, which no field holds, `_OBJECT`."""
	for value in values:
		if isinstance(value, list | tuple):
			yield from _scalars(value)
		elif isinstance(value, str | int | Decimal | date):
			if str(value).strip():
				yield value
		elif value:
			yield _OBJECT


_OBJECT = object()


# --- as which it is kept ---


def _text(row: MappedField, found: list[Any], _zone: tzinfo) -> str:
	text = ", ".join(_as_text(value) for value in found)
	if (row.options and text not in row.options) or (row.length and len(text) > row.length):
		raise UnreadableError
	return text


def _as_text(value: Any) -> str:
	if value is _OBJECT:
		raise UnreadableError
	if isinstance(value, bool):
		return str(int(value))
	if isinstance(value, datetime | date):
		return value.isoformat()
	return f"{value:f}" if isinstance(value, Decimal) else str(value).strip()


def _number(row: MappedField, found: list[Any], _zone: tzinfo) -> Decimal:
	try:
		number = Decimal(ascii_digits(_as_text(found[0])))
	except InvalidOperation:
		raise UnreadableError from None
	if not number.is_finite() or abs(number) >= (LARGEST if row.decimals else LARGEST_WHOLE):
		raise UnreadableError
	if not row.decimals and number != number.to_integral_value():
		raise UnreadableError
	return number.quantize(Decimal(1).scaleb(-row.decimals), ROUND_HALF_UP)


def _date(row: MappedField, found: list[Any], zone: tzinfo) -> date:
	"""The day in the shop, or the moment."""
	value = found[0]
	if not isinstance(value, datetime):
		value = _moment_of(_as_text(value)) if row.with_time else None
	if isinstance(value, datetime):
		moment = value if value.tzinfo else value.replace(tzinfo=zone)
		return moment if row.with_time else moment.astimezone(zone).date()
	day = read_day(_as_text(found[0]), zone)
	if day is None:
		raise UnreadableError
	return datetime(day.year, day.month, day.day, tzinfo=zone) if row.with_time else day


def _moment_of(text: str) -> datetime | None:
	try:
		moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
	except ValueError:
		return None
	return moment if 1900 < moment.year < 2200 else None


def _check(_row: MappedField, found: list[Any], _zone: tzinfo) -> bool:
	text = _as_text(found[0]).casefold()
	if text not in YES + NO:
		raise UnreadableError
	return text in YES


def _link(_row: MappedField, found: list[Any], _zone: tzinfo) -> str:
	name = _as_text(found[0])
	if len(name) > FIELD_LENGTH:
		raise UnreadableError
	return name


_READ: dict[FieldKind, Callable[[MappedField, list[Any], tzinfo], FieldValue]] = {
	FieldKind.TEXT: _text,
	FieldKind.NUMBER: _number,
	FieldKind.DATE: _date,
	FieldKind.CHECK: _check,
	FieldKind.LINK: _link,
}
