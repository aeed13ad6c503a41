"""The lines of a product import as CSV, for who would rather correct thousands of them in a spreadsheet."""

import csv
import io
from collections.abc import Iterator

import frappe

from jarz_woocommerce_integration.exceptions import ProductImportError
from jarz_woocommerce_integration.ledger.erpnext.masters.products.lines import LINE
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk.stored_texts import shown_lines
from jarz_woocommerce_integration.services.products import imports
from jarz_woocommerce_integration.services.products.corrections import EDITABLE
from jarz_woocommerce_integration.translation.text import csv_cell, text_of_cell

KEY = ("product_id", "variation_id")
COLUMNS = (
	*(*KEY, "product_name", "sku", "kind", "found", "matched_by", "reason", "notes"),
	*(*EDITABLE, "state", "error"),
)
SAID_IN_ENGLISH = ("reason", "notes", "error")
MOST_ERRORS = 20
# Excel takes a file for UTF-8 only with it.
BYTE_ORDER_MARK = "\ufeff"


def export(name: int) -> str:
	""":returns: a CSV of all lines of an import, by product and variation; :raises ProductImportError: there is no such import"""
	imports.get(name)
	rows = frappe.get_all(
		LINE, {"product_import": name}, list(COLUMNS), order_by="product_id asc, variation_id asc"
	)
	file = io.StringIO(newline="")
	writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
	writer.writeheader()
	for row in rows:
		for column in SAID_IN_ENGLISH:
			row[column] = shown_lines(row[column])
		writer.writerow(
			{column: csv_cell(row[column] or "") for column in COLUMNS} | {key: row[key] for key in KEY}
		)
	return BYTE_ORDER_MARK + file.getvalue()


def load(name: int, text: str) -> int:
	"""Correct lines as a CSV says: of each row that is there `action`, `item` and `new_code`; the other columns are for people.

	All of it is taken, or none. Commits nothing.

	:returns: how many lines were changed
	:raises ProductImportError: names the rows that can't be taken
	"""
	imports.check_open(imports.get(name))
	there = {
		(row.product_id, row.variation_id): row
		for row in frappe.get_all(LINE, {"product_import": name}, ["name", *KEY, *EDITABLE])
	}
	changed, errors = 0, []
	for number, row in _rows(text):
		try:
			changed += _correct(there, row)
		except (ProductImportError, frappe.ValidationError) as error:
			errors.append(f"{number}: {getattr(error, 'message', None) or error}")
			frappe.clear_messages()
	if errors:
		frappe.db.rollback()
		shown = "; ".join(errors[:MOST_ERRORS])
		raise ProductImportError(
			Sentence("{0} rows can't be taken, so that none was: {1}", len(errors), shown),
			"Correct them in the file, and upload it again.",
		)
	imports.renew_counts(name)
	return changed


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
	lines = text.removeprefix(BYTE_ORDER_MARK)
	header = lines.partition("\n")[0]
	delimiter = max(",;\t", key=header.count)  # a spreadsheet of many countries writes semicolons
	reader = csv.DictReader(io.StringIO(lines, newline=""), delimiter=delimiter)
	missing = {*KEY, "action"} - set(reader.fieldnames or ())
	if missing:
		raise ProductImportError(
			Sentence("The file lacks the column {0}.", ", ".join(sorted(missing))),
			"Download the lines, correct them, and upload that file.",
		)
	for row in reader:
		yield reader.line_num, {column: text_of_cell(row.get(column) or "") for column in (*KEY, *EDITABLE)}


def _correct(there: dict[tuple[int, int], frappe._dict], row: dict[str, str]) -> int:
	try:
		key = int(float(row["product_id"])), int(float(row["variation_id"] or 0))
	except ValueError:
		raise ProductImportError(
			Sentence("{0} is no id of a product.", f"{row['product_id']}/{row['variation_id']}")
		) from None
	if key not in there:
		raise ProductImportError(Sentence("The import has no line of product {0}, variation {1}.", *key))
	if all((there[key][column] or "") == row[column] for column in EDITABLE):
		return 0
	line = frappe.get_doc(LINE, there[key].name)
	line.update({column: row[column] or None for column in EDITABLE})
	line.save()
	return 1
