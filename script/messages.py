"""The texts of the Desk and their translations: script/messages extract|fill BENCH|tables.

messages.py extract        locale/main.pot from the sources; locale/*.po follow it, new messages are empty
messages.py fill BENCH     gives empty messages what Frappe and ERPNext 16 have for them, from the po files of that bench
messages.py tables         translations/*.csv, which Frappe 15 reads, from locale/*.po
messages.py missing LANG   the messages without a translation, one JSON object a line
messages.py take LANG FILE translations from such lines, {"id": ..., "context": ..., "text": ...}
"""

import ast
import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "jarz_woocommerce_integration"
LOCALE = APP / "locale"
TRANSLATIONS = APP / "translations"
TEMPLATE = LOCALE / "main.pot"
LANGUAGES = ("ar", "de")
NOT_SHOWN = ("tests", "sample_store", "patches", "node_modules")
# Whose sentences are English: terminals, files on a person's own machine, and what bulk booking writes for who looks after it.
ENGLISH = (
	"cli/",
	"commands/",
	"old_names.py",
	"ledger/erpnext/bulk/",
	"ledger/sqlite/",
	"services/migration/progress_lines.py",
	"translation/policy.py",
)

# One English word, two meanings: Frappe's or ERPNext's translation is about something else. Frappe asks for a label with its
# DocType as the context, so these labels are translated for each of our DocTypes.
TWO_MEANINGS = frozenset(
	(
		"Amount",
		"Booked",
		"Breakdown",
		"Check",
		"Contact",
		"Finished",
		"For",
		"Is",
		"Left",
		"Mapping",
		"Masters",
		"Naming",
		"Note",
		"Order",
		"Orders",
		"Page",
		"Parent",
		"Rate",
		"Received",
		"Shop",
		"Started",
		"State",
		"Stores",
		"Total",
	)
)
# What a document of the Desk shows, at any depth of its JSON.
SHOWN_KEYS = (
	"action_label",
	"chart_name",
	"description",
	"label",
	"report_name",
	"subtitle",
	"success_message",
	"title",
)
WITH_NAMES = ("DocType", "Print Format", "Report")
CREATED = datetime(2026, 11, 30, tzinfo=timezone.utc)
HEADERS = re.compile(r"<[^>]+>")

_PYTHON_MARKS = ("_", "_lt", "Sentence")
# What takes sentences, and hands them to whom knows the language: `sentences.translated`.
TAKES_SENTENCES = re.compile(
	r"^(?:Cancel|Difference|Failure|Finding|Hold|Remark|Skip|[A-Z]\w*Error|_hold|_refused|report\.add|self\._find)$"
)
_NO_SENTENCES = ("key", "remedy", "code")
_JS_STRING = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`[^`$\\]*`'
_JS_CALL = re.compile(rf"(?<![\w.])__\(\s*(?P<text>(?:{_JS_STRING})(?:\s*\+\s*(?:{_JS_STRING}))*)")
_JS_CONTEXT = re.compile(rf"\s*,\s*(?:null|\[[^\]]*\])\s*,\s*(?P<context>{_JS_STRING})")
_HTML_CALL = re.compile(
	rf"(?<![\w.])_\(\s*(?P<text>{_JS_STRING})\s*(?:,\s*context\s*=\s*(?P<context>{_JS_STRING})\s*)?\)"
)


class Message(NamedTuple):
	"""One text, and the context in which it has this meaning ("" for everywhere)."""

	text: str
	context: str = ""


def messages() -> dict[Message, set[str]]:
	"""All texts of the sources -> the files that have them."""
	found: dict[Message, set[str]] = {}
	for path in sorted(APP.rglob("*")):
		where = path.relative_to(ROOT)
		if path.suffix in _READERS and not set(where.parts) & set(NOT_SHOWN):
			source = path.read_text(encoding="utf-8")
			found_here = list(_READERS[path.suffix](source))
			if path.suffix == ".py" and not where.relative_to(APP.name).as_posix().startswith(ENGLISH):
				found_here += in_sentences(source)
			for message in found_here:
				if re.search("[A-Za-z]", message.text):
					found.setdefault(message, set()).add(where.as_posix())
	return found


def in_python(source: str) -> Iterator[Message]:
	"""What is marked with `_()`, and the labels of custom fields, which Frappe translates itself."""
	for node in ast.walk(ast.parse(source)):
		if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _PYTHON_MARKS and node.args:
			text = node.args[0]
			for part in (text.body, text.orelse) if isinstance(text, ast.IfExp) else (text,):
				if isinstance(part, ast.Constant) and isinstance(part.value, str):
					yield Message(part.value, _context(node))
		elif isinstance(node, ast.Dict):
			pairs = {
				key.value: value.value
				for key, value in zip(node.keys, node.values, strict=True)
				if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
			}
			if "fieldname" in pairs and "fieldtype" in pairs:
				yield from (Message(pairs[key]) for key in ("label", "description") if pairs.get(key))


def in_sentences(source: str) -> Iterator[Message]:
	"""What errors and findings say, written there or in a constant of the module."""
	tree = ast.parse(source)
	constants = {
		target.id: node.value
		for node in tree.body
		if isinstance(node, ast.Assign)
		for target in node.targets
		if isinstance(target, ast.Name)
	}
	for call in ast.walk(tree):
		if isinstance(call, ast.Call) and TAKES_SENTENCES.match(
			ast.unparse(call.func).removeprefix("exceptions.")
		):
			for text in [
				*call.args,
				*(keyword.value for keyword in call.keywords if keyword.arg not in _NO_SENTENCES),
			]:
				if isinstance(text, ast.Name):
					text = constants.get(text.id, text)
				for part in (text.body, text.orelse) if isinstance(text, ast.IfExp) else (text,):
					if isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value:
						yield Message(part.value)


def _context(call: ast.Call) -> str:
	return next(
		(
			keyword.value.value
			for keyword in call.keywords
			if keyword.arg == "context" and isinstance(keyword.value, ast.Constant)
		),
		"",
	)


def in_javascript(source: str) -> Iterator[Message]:
	for call in _JS_CALL.finditer(source):
		text = "".join(map(_unquoted, re.findall(_JS_STRING, call["text"])))
		context = _JS_CONTEXT.match(source, call.end())
		yield Message(text, _unquoted(context["context"]) if context else "")


def in_html(source: str) -> Iterator[Message]:
	for call in _HTML_CALL.finditer(source):
		yield Message(_unquoted(call["text"]), _unquoted(call["context"]) if call["context"] else "")
	yield from in_javascript(source)


def _unquoted(literal: str) -> str:
	return literal[1:-1] if literal[0] == "`" else ast.literal_eval(literal)


def in_json(source: str) -> Iterator[Message]:
	document = json.loads(source)
	if not isinstance(document, dict):
		return
	doctype = document.get("doctype")
	if doctype in WITH_NAMES:
		yield Message(document["name"])
	if doctype == "DocType":
		yield from _of_doctype(document)
	elif doctype:
		yield from _shown(document)


def _of_doctype(document: dict) -> Iterator[Message]:
	if document.get("description"):
		yield Message(document["description"])
	for field in document.get("fields", ()):
		for key in ("label", "description"):
			if text := field.get(key):
				yield Message(text, document["name"] if text in TWO_MEANINGS else "")
		if field["fieldtype"] == "Select":
			for option in filter(None, (field.get("options") or "").split("\n")):
				yield Message(option)
	yield from (Message(link["group"]) for link in document.get("links", ()) if link.get("group"))
	yield from (Message(action["label"]) for action in document.get("actions", ()) if action.get("label"))


def _shown(value: object) -> Iterator[Message]:
	if isinstance(value, list):
		for member in value:
			yield from _shown(member)
	elif isinstance(value, dict):
		for key, member in value.items():
			if key == "content" and isinstance(member, str):
				for block in json.loads(member):
					text = HEADERS.sub("", block.get("data", {}).get("text", ""))
					if text:
						yield Message(text)
			elif key in SHOWN_KEYS and isinstance(member, str):
				if member:
					yield Message(member)
			else:
				yield from _shown(member)


_READERS = {".py": in_python, ".js": in_javascript, ".html": in_html, ".json": in_json}


# --- files ----------------------------------------------------------------------------------------


def read(path: Path, language: str | None = None) -> Catalog:
	if not path.exists():
		return Catalog(locale=language)
	with path.open("rb") as file:
		return read_po(file, locale=language)


def written(catalog: Catalog) -> bytes:
	"""Sorted, and with files instead of lines, so that a file changes only where a text does."""
	buffer = io.BytesIO()
	write_po(
		buffer,
		catalog,
		sort_output=True,
		ignore_obsolete=True,
		width=0,
		include_lineno=False,
		omit_header=False,
	)
	return buffer.getvalue()


def template() -> Catalog:
	catalog = Catalog(
		project="Jarz WooCommerce Integration",
		copyright_holder="Jarz",
		msgid_bugs_address="developers@jarz.example",
		language_team="developers@jarz.example",
		last_translator="developers@jarz.example",
		creation_date=CREATED,
		revision_date=CREATED,
		fuzzy=False,
	)
	for message, files in messages().items():
		catalog.add(
			message.text, context=message.context or None, locations=[(file, None) for file in sorted(files)]
		)
	return catalog


def path_of(language: str) -> Path:
	return LOCALE / f"{language}.po"


def translations(catalog: Catalog) -> dict[Message, str]:
	return {Message(message.id, message.context or ""): message.string for message in catalog if message.id}


def catalog_of(language: str, texts: dict[Message, str]) -> Catalog:
	catalog = template()
	catalog.locale = language
	for message in catalog:
		if message.id:
			message.string = texts.get(Message(message.id, message.context or ""), "")
	return catalog


def table(catalog: Catalog) -> str:
	"""What Frappe 15 reads: source, translation and context."""
	buffer = io.StringIO()
	rows = csv.writer(buffer, lineterminator="\n")
	for message, text in sorted(translations(catalog).items()):
		if text:
			rows.writerow([message.text, text, *([message.context] if message.context else [])])
	return buffer.getvalue()


def extract() -> None:
	LOCALE.mkdir(exist_ok=True)
	TEMPLATE.write_bytes(written(template()))
	for language in LANGUAGES:
		_write(language, translations(read(path_of(language), language)))


def _write(language: str, texts: dict[Message, str]) -> None:
	path_of(language).write_bytes(written(catalog_of(language, texts)))


def fill(bench: Path) -> None:
	for language in LANGUAGES:
		texts = translations(read(path_of(language), language))
		for app in ("erpnext", "frappe"):
			theirs = translations(read(bench / "apps" / app / app / "locale" / f"{language}.po", language))
			texts.update({each: theirs.get(each, "") for each, text in texts.items() if not text})
		_write(language, texts)


def tables() -> None:
	TRANSLATIONS.mkdir(exist_ok=True)
	for language in LANGUAGES:
		(TRANSLATIONS / f"{language}.csv").write_text(
			table(read(path_of(language), language)), encoding="utf-8"
		)


def missing(language: str) -> None:
	for message, text in sorted(translations(read(path_of(language), language)).items()):
		if not text:
			print(json.dumps({"id": message.text, "context": message.context}, ensure_ascii=False))


def take(language: str, file: Path) -> None:
	texts = translations(read(path_of(language), language))
	for line in file.read_text(encoding="utf-8").splitlines():
		row = json.loads(line)
		texts[Message(row["id"], row.get("context", ""))] = row["text"]
	_write(language, texts)


def main(arguments: list[str]) -> None:
	match arguments:
		case ["extract"]:
			extract()
		case ["fill", bench]:
			fill(Path(bench))
		case ["tables"]:
			tables()
		case ["missing", language]:
			missing(language)
		case ["take", language, file]:
			take(language, Path(file))
		case _:
			sys.exit(__doc__)


if __name__ == "__main__":
	main(sys.argv[1:])
