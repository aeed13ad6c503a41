"""Texts that are stored in English, in the language of whoever reads them. What is stored stays, for search and for scripts."""

import csv
import html
import json
from functools import cache
from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.values import sanitised
from jarz_woocommerce_integration.sentences import Sentence, Templates, translated

# Of rows that are kept as JSON.
KEYS = ("message", "reason", "what_to_do", "last_error")


def shown(text: str | None) -> str:
	"""The text in the reader's language, as far as it consists of sentences of this app; else as it is."""
	if not text or frappe.lang == "en":
		return text or ""
	if isinstance(text, Sentence):
		return translated(text, _)
	# What the columns hold is HTML where it has characters of HTML.
	found = _templates().translated(html.unescape(text), _)
	return sanitised(found) if text != html.unescape(text) else found


def sentence(text: str | None) -> str:
	"""A text that was stored in English as the sentence that it was made of, to stand in another one; else as it is."""
	return _templates().sentence_of(html.unescape(text)) or text if text else ""


def shown_lines(text: str | None) -> str:
	"""The same of a text that has a sentence in each line."""
	return "\n".join(shown(line) for line in (text or "").splitlines())


def shown_in(data):
	"""Data from JSON with its texts in the reader's language."""
	if isinstance(data, list):
		return [shown_in(member) for member in data]
	if isinstance(data, dict):
		return type(data)(
			(key, shown(value) if key in KEYS and isinstance(value, str) else shown_in(value))
			for key, value in data.items()
		)
	return data


def show(document: Document, *fieldnames: str) -> None:
	"""Give a document that its form doesn't save the texts of these fields in the reader's language."""
	for fieldname in fieldnames:
		document.set(fieldname, shown_lines(document.get(fieldname)))


def show_json(document: Document, *fieldnames: str) -> None:
	"""The same of fields that keep rows as JSON."""
	for fieldname in fieldnames:
		if kept := document.get(fieldname):
			document.set(fieldname, json.dumps(shown_in(json.loads(kept))))


@cache
def languages() -> tuple[str, ...]:
	"""The languages beside English that the app has texts in."""
	return tuple(path.stem for path in _tables())


@cache
def _templates() -> Templates:
	"""All sentences of the app: each has a translation in each of its languages."""
	with open(_tables()[0], encoding="utf-8", newline="") as file:
		return Templates({row[0] for row in csv.reader(file)})


def _tables() -> list[Path]:
	return sorted(Path(frappe.get_app_path("jarz_woocommerce_integration", "translations")).glob("*.csv"))
