"""What a person reads is marked for translation: a text without a mark fails here."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "jarz_woocommerce_integration"
spec = importlib.util.spec_from_file_location("messages", APP.parent / "script" / "messages.py")
messages = importlib.util.module_from_spec(spec)
spec.loader.exec_module(messages)

SHOWN_BY_FRAPPE = ("throw", "msgprint", "show_alert")
_TEXT = r"""(["'`])(?:(?!\1).)*[A-Za-z](?:(?!\1).)*\1"""
_PROPERTY = r"\b(?:label|title|description|message|subject|body|placeholder|(?:primary|secondary)_action_label)\s*:\s*"
_CALL = (
	r"\b(?:msgprint|confirm|throw|show_alert|set_title|set_intro|set_headline|warn|show_progress"
	r"|add_(?:custom|inner)_button|add_menu_item)\(\s*"
)
UNMARKED_JS = re.compile(f"(?:{_PROPERTY}|{_CALL}){_TEXT}", re.DOTALL)
MARKUP = re.compile(r"<style.*?</style>|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<!--.*?-->|<[^>]+>", re.DOTALL)


def sources(suffix: str) -> list[Path]:
	return [
		path
		for path in sorted(APP.rglob(f"*{suffix}"))
		if not path.relative_to(APP).as_posix().startswith(messages.ENGLISH)
		and not set(path.relative_to(APP).parts) & set(messages.NOT_SHOWN)
	]


def unmarked(source: str) -> Iterator[str]:
	"""Sentences of Python that can't be translated: put together, or shown without a mark."""
	for call in ast.walk(ast.parse(source)):
		if not isinstance(call, ast.Call):
			continue
		name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
		given = [*call.args, *(keyword.value for keyword in call.keywords)]
		if messages.TAKES_SENTENCES.match(ast.unparse(call.func)) or name in ("_", "_lt", "Sentence"):
			yield from (ast.unparse(text) for text in given if _is_put_together(text))
		elif name in SHOWN_BY_FRAPPE:
			yield from (
				ast.unparse(text) for text in given[:1] if isinstance(text, ast.Constant | ast.JoinedStr)
			)


def _is_put_together(text: ast.expr) -> bool:
	if isinstance(text, ast.BinOp):
		return isinstance(text.op, ast.Add) and any(map(_is_literal, (text.left, text.right)))
	# A code has no spaces.
	pieces = text.values if isinstance(text, ast.JoinedStr) else ()
	words = "".join(piece.value for piece in pieces if isinstance(piece, ast.Constant))
	return " " in words and bool(re.search("[A-Za-z]{2}", words))


def _is_literal(text: ast.expr) -> bool:
	return isinstance(text, ast.Constant | ast.JoinedStr)


@pytest.mark.parametrize("path", sources(".py"), ids=lambda path: path.relative_to(APP).as_posix())
def test_sentences_of_python_can_be_translated(path):
	assert list(unmarked(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", sources(".js"), ids=lambda path: path.name)
def test_texts_of_javascript_are_marked(path):
	source = path.read_text(encoding="utf-8")
	assert [found.group() for found in UNMARKED_JS.finditer(source)] == []


@pytest.mark.parametrize("path", sources(".html"), ids=lambda path: path.name)
def test_texts_of_html_are_marked(path):
	source = MARKUP.sub("", path.read_text(encoding="utf-8"))
	assert re.findall(r"[A-Za-z]{2,}.*", source) == []


@pytest.mark.parametrize(
	"source",
	[
		'frappe.throw("No store.")',
		'StoreError(f"Order {number} is gone.")',
		'Finding(OK, "All " + what)',
		'_(f"{x} orders")',
	],
)
def test_finds_a_sentence_without_a_mark(source):
	assert list(unmarked(source))


@pytest.mark.parametrize(
	"source",
	[
		'frappe.throw(_("No store."))',
		'StoreError("It is gone.")',
		'StoreError(Sentence("Order {0} is gone.", 1))',
	],
)
def test_knows_a_sentence_with_a_mark(source):
	assert not list(unmarked(source))


def test_finds_texts_of_javascript_without_a_mark():
	assert UNMARKED_JS.search('frappe.confirm("Stop?")')
	assert UNMARKED_JS.search('{ label: "Store" }')
	assert not UNMARKED_JS.search('{ label: __("Store") }')
