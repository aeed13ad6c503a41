"""The merchant's items, customers and territories from CSV: our own short header, or what ERPNext exports.

`docs/develop/sqlite-ledger.md` shows the columns. Of ERPNext's exports, Data Export and reports are read, in UTF-8 with or without
a byte order mark.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jarz_woocommerce_integration.exceptions import MasterDataError
from jarz_woocommerce_integration.translation.customers.phones import normalise_phone
from jarz_woocommerce_integration.translation.lookups import KnownCustomer, KnownItem, Territory

# For each of our columns, the headers that it may have, the first of them our own. Compared case-folded.
ITEM_HEADERS = {
	"item_code": ("item_code", "item code", "id", "name"),
	"item_name": ("item_name", "item name"),
	"sku": ("sku", "custom_woo_sku", "woo sku"),
	"product_id": ("product_id", "custom_woo_product_id", "woo product id"),
	"variation_id": ("variation_id", "custom_woo_variation_id", "woo variation id"),
	"has_variants": ("has_variants", "has variants"),
}
CUSTOMER_HEADERS = {
	"customer": ("customer", "id", "name"),
	"customer_name": ("customer_name", "customer name", "full name"),
	"email": ("email", "email_id", "email id"),
	"phone": ("phone", "mobile_no", "mobile no", "mobile number"),
	"store_customer_id": ("store_customer_id", "custom_woo_customer_id", "woo customer id"),
	"woo_customer_key": ("woo_customer_key",),
}
TERRITORY_HEADERS = {
	"territory": ("territory", "territory name", "territory_name", "id", "name"),
	"code": ("code", "custom_woo_code", "woo code"),
	"labels": ("labels",),
}
LABEL_SEPARATOR = "|"

DATA_EXPORT_BEGINS = ("data import template", "doctype:")
DATA_EXPORT_HEADER = "column name:"

_YES = frozenset({"1", "yes", "true", "y"})
_NO = frozenset({"", "0", "no", "false", "n"})


@dataclass(slots=True, frozen=True)
class _Line:
	"""One record of a file, by our names of the columns."""

	path: Path
	number: int
	values: dict[str, str]
	headers: dict[str, str]

	def text(self, column: str) -> str:
		return self.values.get(column, "").strip()

	def required(self, column: str) -> str:
		text = self.text(column)
		if not text:
			raise self.mistake(column, "is empty", "Fill it in.")
		return text

	def identifier(self, column: str) -> int:
		"""The number of something in the store, 0 for none. A spreadsheet may have made "41.0" of 41."""
		text = self.text(column) or "0"
		whole, _, fraction = text.partition(".")
		if not (whole.isascii() and whole.isdigit()) or fraction.strip("0"):
			raise self.mistake(
				column, f'is no number of the store: "{text}"', "Write digits only, or nothing."
			)
		return int(whole)

	def flag(self, column: str) -> bool:
		text = self.text(column).casefold()
		if text not in _YES | _NO:
			raise self.mistake(column, f'is neither yes nor no: "{text}"', "Write 1 or 0.")
		return text in _YES

	def mistake(self, column: str, what: str, what_to_do: str) -> MasterDataError:
		header = self.headers.get(column, column)
		return MasterDataError(f'{self.path}, line {self.number}: column "{header}" {what}.', what_to_do)


def read_items(path: Path) -> Iterator[KnownItem]:
	""":raises MasterDataError: names file, line and column"""
	for line in _lines(path, ITEM_HEADERS, ("item_code",)):
		code = line.required("item_code")
		product_id, variation_id = line.identifier("product_id"), line.identifier("variation_id")
		if variation_id and not product_id:
			raise line.mistake(
				"product_id", "is empty beside a variation", "Give the product that the variation belongs to."
			)
		yield KnownItem(
			code=code,
			name=line.text("item_name") or code,
			product_id=product_id,
			variation_id=variation_id,
			# Without a column of its own, the code is the SKU: that is how most shops and ERPs are tied together.
			sku=line.text("sku") if "sku" in line.headers else code,
			has_variants=line.flag("has_variants"),
		)


def read_customers(path: Path, region: str = "") -> Iterator[KnownCustomer]:
	"""Customers with their evidence; several lines of one customer add up in the ledger.

	:param region: ISO country of phones without a country code
	:raises MasterDataError: names file, line and column
	"""
	for line in _lines(path, CUSTOMER_HEADERS, ("customer",)):
		key = line.required("customer")
		email, phone = line.text("email").casefold(), normalise_phone(line.text("phone"), region)
		if email and ("@" not in email or " " in email):
			raise line.mistake("email", f'is no e-mail address: "{email}"', "Correct or empty it.")
		account = line.identifier("store_customer_id") or None
		yield KnownCustomer(
			key=key,
			name=line.text("customer_name") or key,
			store_customer_id=account,
			emails=frozenset([email] if email else []),
			phones=frozenset([phone] if phone else []),
			own_emails=frozenset([email] if email else []),
			is_foreign=not (account or line.text("woo_customer_key")),
		)


def read_territories(path: Path) -> Iterator[Territory]:
	"""Territories; `labels` holds several, separated by "|". :raises MasterDataError: names file, line and column"""
	for line in _lines(path, TERRITORY_HEADERS, ("territory",)):
		labels = (label.strip() for label in line.text("labels").split(LABEL_SEPARATOR))
		yield Territory(
			name=line.required("territory"),
			code=line.text("code"),
			labels=tuple(label for label in labels if label),
		)


def _lines(path: Path, known: dict[str, tuple[str, ...]], required: tuple[str, ...]) -> Iterator[_Line]:
	try:
		with path.open(encoding="utf-8-sig", newline="") as file:
			yield from _records(path, csv.reader(file), known, required)
	except OSError as error:
		raise MasterDataError(
			f"{path} can't be read ({error.strerror}).", "Name a CSV file that exists."
		) from error
	except UnicodeDecodeError as error:
		raise MasterDataError(f"{path} isn't in UTF-8 ({error.reason}).", "Save it as CSV UTF-8.") from error


def _records(
	path: Path, reader: Any, known: dict[str, tuple[str, ...]], required: tuple[str, ...]
) -> Iterator[_Line]:
	places: dict[str, int] | None = None
	try:
		for record in _table(reader):
			if places is None:
				places = _places(path, reader.line_num, record, known, required)
				headers = {column: record[place].strip() for column, place in places.items()}
				continue
			values = {column: record[place] for column, place in places.items() if place < len(record)}
			yield _Line(path, reader.line_num, values, headers)
	except csv.Error as error:
		raise MasterDataError(
			f"{path}, line {reader.line_num}: not a CSV line ({error}).", "Save the file as CSV again."
		) from error
	if places is None:
		raise MasterDataError(f"{path} has no header.", f"Give it one with {', '.join(known)}.")


def _table(reader: Iterator[list[str]]) -> Iterator[list[str]]:
	"""The header and the records. ERPNext's Data Export has pages of notes before them, and names in quotes."""
	records = (record for record in reader if any(field.strip() for field in record))
	first = next(records, None)
	if first is None:
		return
	if first[0].strip().casefold() not in DATA_EXPORT_BEGINS:
		yield first
		yield from records
		return
	for record in records:
		if record[0].strip().casefold() == DATA_EXPORT_HEADER:
			yield record
			break
	for record in records:
		# Notes have a label in the first column; rows of child tables have no name of their own.
		if not record[0].strip() and record[1].strip():
			yield [field.strip().removeprefix('"').removesuffix('"') for field in record]


def _places(
	path: Path, line: int, header: list[str], known: dict[str, tuple[str, ...]], required: tuple[str, ...]
) -> dict[str, int]:
	"""Where each of our columns stands in the file. Of several headers for one column, the more telling one counts."""
	titles = [title.strip().casefold() for title in header]
	places = {}
	for column, names in known.items():
		place = next((titles.index(name) for name in names if name in titles), None)
		if place is not None:
			places[column] = place
	for column in required:
		if column not in places:
			raise MasterDataError(
				f'{path}, line {line}: no column "{column}" among {", ".join(header)}.',
				f"Name it {' or '.join(known[column])}.",
			)
	return places
