"""Import Products: the buttons of a store's form, of an import and of its lines."""

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.api.rights import row_of, store_of
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.products import (
	applying,
	corrections,
	csv_files,
	imports,
	jobs,
	undoing,
)

LINE = "WooCommerce Product Import Line"


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER)
def import_choices(store: str) -> dict:
	"""What an import of a store would have where nobody chooses, and the one that is open or at work."""
	document = store_of(store, "write")
	return {"options": imports.default_options(document), "current": imports.current_import(document.name)}


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def start_import(store: str, options: dict | str | None = None) -> str:
	"""Have the shop's catalogue read into a plan. :returns: name of the import"""
	document = imports.start(store_of(store, "write"), frappe.parse_json(options) or {})
	jobs.enqueue(document.name)
	return str(document.name)


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def import_status(product_import: str) -> dict:
	"""How an import stands, and whether its work waits or is being done."""
	document = _import(product_import)
	values = {name: document.get(name) for name in ("status", "last_error", *imports.COUNTS)}
	return {**values, "work": jobs.state(document.name) if document.status in imports.AT_WORK else None}


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def correct_lines(lines: list | str, action: str) -> int:
	"""Say what is to be done with these lines. :returns: how many were changed"""
	return corrections.correct([_line(name).name for name in frappe.parse_json(lines)], action)


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def approve_lines(product_import: str, lines: list | str | None = None) -> int:
	"""Approve these lines, or all with which something is to be done, and have them applied. :returns: how many"""
	document = _import(product_import, to_change=True)
	names = None if lines is None else [_line(name).name for name in frappe.parse_json(lines)]
	count = applying.approve(document.name, names)
	jobs.enqueue(document.name)
	return count


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def undo_import(product_import: str) -> None:
	"""Have all removed that an import made and nobody has changed or used since."""
	document = _import(product_import, to_change=True)
	undoing.begin(document.name)
	jobs.enqueue(document.name)


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def download_lines(product_import: str) -> None:
	"""Answer with the lines of an import as CSV."""
	document = _import(product_import)
	frappe.response.filename = f"products-{document.name}.csv"
	frappe.response.filecontent = csv_files.export(document.name)
	frappe.response.type = "download"


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def upload_lines(product_import: str, text: str) -> int:
	"""Correct lines as a CSV says. :returns: how many were changed"""
	return csv_files.load(_import(product_import, to_change=True).name, text)


def _import(name: str, to_change: bool = False) -> Document:
	return row_of(imports.IMPORT, name, to_change)


def _line(name: str) -> Document:
	return row_of(LINE, name, to_change=True)
