"""The lines of a product import in the database. A person corrects them through their forms; here is what the app writes. Commits nothing."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import frappe
from frappe.model.naming import make_autoname
from frappe.utils import cint, now_datetime

from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, sanitised
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.products.drafts import (
	Act,
	Kind,
	PlanLine,
	ProductDraft,
	ProductKey,
)

LINE = "WooCommerce Product Import Line"
OPEN, APPROVED, DONE, REFUSED, UNDONE, KEPT = "Open", "Approved", "Done", "Refused", "Undone", "Kept"
# Of a line's image.
WAITING, STORED, IMAGE_REFUSED = "Waiting", "Stored", "Refused"
AT_ONCE = 500

_FIELDS = (
	*(
		"name",
		"creation",
		"modified",
		"owner",
		"modified_by",
		"product_import",
		"store",
		"product_id",
		"variation_id",
	),
	*(
		"product_name",
		"sku",
		"kind",
		"found",
		"matched_by",
		"action",
		"item",
		"new_code",
		"state",
		"reason",
		"reason_parts",
		"notes",
		"draft",
	),
)
# Templates before their variants, and bundles after what is in them.
_APPROVED = """
SELECT name, product_id, variation_id, product_name, sku, kind, action, item, new_code, draft FROM `tabWooCommerce Product Import Line`
WHERE product_import = %(product_import)s AND state = 'Approved'
ORDER BY CASE kind WHEN 'Template' THEN 0 WHEN 'Bundle' THEN 2 ELSE 1 END, product_id, variation_id LIMIT %(limit)s
"""
_DRAFTS = """
SELECT draft FROM `tabWooCommerce Product Import Line`
WHERE product_import = %s AND state = 'Approved' AND action = 'Create' AND coalesce(draft, '') <> ''
"""
_DONE = """
SELECT name, product_id, variation_id, kind, item, made FROM `tabWooCommerce Product Import Line`
WHERE product_import = %(product_import)s AND state = 'Done' AND coalesce(made, '[]') <> '[]'
ORDER BY CASE kind WHEN 'Template' THEN 2 WHEN 'Bundle' THEN 0 ELSE 1 END, product_id, variation_id LIMIT %(limit)s
"""
_SETTLED = """
SELECT product_id, variation_id FROM `tabWooCommerce Product Import Line`
WHERE product_import = %s AND product_id IN %s AND NOT (state = 'Open' AND modified = creation)
"""
_REMOVE_UNTOUCHED = """
DELETE FROM `tabWooCommerce Product Import Line`
WHERE product_import = %(product_import)s AND state = 'Open' AND modified = creation
	AND (product_id IN %(ids)s OR variation_id IN %(ids)s)
"""
_COUNTS = """
SELECT found, state, count(*) FROM `tabWooCommerce Product Import Line` WHERE product_import = %s GROUP BY found, state
"""


class Made(NamedTuple):
	"""A document that an import made. :ivar modified: as it was left"""

	doctype: str
	name: str
	modified: str


class ApprovedLine(NamedTuple):
	"""A line that is to be applied. :ivar draft: None where no item can be made of it"""

	name: str
	key: ProductKey
	product_name: str
	sku: str
	kind: Kind
	act: Act
	item: str
	draft: ProductDraft | None


class DoneLine(NamedTuple):
	name: str
	key: ProductKey
	item: str
	made: list[Made]


def add_lines(product_import: int, store: str, lines: Sequence[PlanLine]) -> None:
	"""Write the lines of a plan. What is linked already is done."""
	now, user = now_datetime(), frappe.session.user
	rows = [
		(
			*(make_autoname("hash"), now, now, user, user, product_import, store, *line.key),
			sanitised(line.name, DATA_LENGTH),
			sanitised(line.sku, DATA_LENGTH),
			line.kind.value,
			line.found.value,
			line.matched_by.value,
			line.act.value,
			line.item or None,
			line.draft.code if line.draft else "",
			DONE if line.is_linked else OPEN,
			stored(line.reason),
			parts_of(line.reason),
			"\n".join(stored(note) for note in line.notes),
			json.dumps(line.draft.as_dict(), ensure_ascii=False) if line.draft else None,
		)
		for line in lines
	]
	frappe.db.bulk_insert(LINE, list(_FIELDS), rows, chunk_size=AT_ONCE)


def stored(sentence: str) -> str:
	"""In English: whoever reads it does so in their own language."""
	return sanitised(sentence)


def parts_of(sentence: Sentence) -> str:
	"""The sentence and what stands in it, as JSON, from which a list says it in the reader's language."""
	return json.dumps(
		[sentence.template, *(sanitised(str(value)) for value in sentence.values)], ensure_ascii=False
	)


def remove_lines(product_import: int) -> None:
	frappe.db.delete(LINE, {"product_import": product_import})


def settled_keys(product_import: int, product_ids: Collection[int]) -> set[ProductKey]:
	""":returns: those of these products, and their variations, whose line somebody has corrected, approved or applied"""
	if not product_ids:
		return set()
	return {ProductKey(*row) for row in frappe.db.sql(_SETTLED, (product_import, tuple(product_ids)))}


def names_of(product_import: int, keys: Iterable[ProductKey]) -> list[str]:
	"""The lines of these products."""
	names = {
		ProductKey(row.product_id, row.variation_id): row.name
		for row in frappe.get_all(
			LINE, {"product_import": product_import}, ["name", "product_id", "variation_id"]
		)
	}
	return [names[key] for key in keys if key in names]


def other_variations(product_import: int, whole: Mapping[int, Collection[int]]) -> set[int]:
	""":returns: variations that have a line, of these products, and that aren't among theirs. :param whole: product -> its variations"""
	if not whole:
		return set()
	filters = {"product_import": product_import, "product_id": ("in", list(whole)), "variation_id": (">", 0)}
	rows = frappe.get_all(LINE, filters, ["product_id", "variation_id"])
	return {row.variation_id for row in rows if row.variation_id not in whole[row.product_id]}


def remove_untouched(product_import: int, ids: Collection[int]) -> None:
	"""Remove the open lines of these products, their variations, or variations, that nobody has corrected."""
	if ids:
		frappe.db.sql(_REMOVE_UNTOUCHED, {"product_import": product_import, "ids": tuple(ids)})


def approved_lines(product_import: int, limit: int) -> list[ApprovedLine]:
	rows = frappe.db.sql(_APPROVED, {"product_import": product_import, "limit": limit}, as_dict=True)
	return [
		ApprovedLine(
			row.name,
			ProductKey(row.product_id, row.variation_id),
			row.product_name,
			row.sku or "",
			Kind(row.kind or ""),
			Act(row.action),
			row.item or "",
			_draft(row),
		)
		for row in rows
	]


def _draft(row) -> ProductDraft | None:
	if not row.draft:
		return None
	values = json.loads(row.draft)
	# A person may have chosen another code.
	return ProductDraft.of_dict({**values, "code": (row.new_code or "").strip() or values["code"]})


def drafts_to_create(product_import: int) -> Iterator[ProductDraft]:
	"""Those of all lines that are approved and become items."""
	for draft in frappe.db.sql(_DRAFTS, product_import, pluck=True):
		yield ProductDraft.of_dict(json.loads(draft))


def done_lines(product_import: int, limit: int) -> list[DoneLine]:
	"""Those that are to be undone next: bundles, then items, then templates."""
	rows = frappe.db.sql(_DONE, {"product_import": product_import, "limit": limit}, as_dict=True)
	return [
		DoneLine(
			row.name,
			ProductKey(row.product_id, row.variation_id),
			row.item or "",
			[Made(*each) for each in json.loads(row.made or "[]")],
		)
		for row in rows
		if _turn(row) == _turn(rows[0])
	]


def _turn(row) -> str:
	"""What is undone together: none of these uses another one of them."""
	return row.kind if row.kind in (Kind.BUNDLE.value, Kind.TEMPLATE.value) else Kind.ITEM.value


def mark(name: str, state: str, **values) -> None:
	frappe.db.set_value(LINE, name, {"state": state, **values})


def mark_done(name: str, item: str, made: Iterable[Made], image: str = "") -> None:
	""":param image: address of one that is to be stored with the item"""
	waits = {"image": image, "image_state": WAITING, "image_attempts": 0} if image else {}
	mark(name, DONE, item=item, made=json.dumps(list(made)), error="", **waits)


def count(product_import: int) -> dict[str, int]:
	"""How many lines were found and stand how, by the names of the import's fields."""
	counts = dict.fromkeys(
		("products", "matched", "new", "conflicts", "ignored", "done", "refused", "undone", "kept"), 0
	)
	names = {"Matched": "matched", "New": "new", "Conflict": "conflicts", "Ignored": "ignored"}
	for found, state, number in frappe.db.sql(_COUNTS, product_import):
		counts["products"] += cint(number)
		counts[names[found]] += cint(number)
		if state.lower() in counts:
			counts[state.lower()] += cint(number)
	return counts
