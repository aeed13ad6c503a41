"""The texts of the Desk: main.pot is what the sources say, each language has all of it, and Frappe 15's tables are made of it."""

import importlib.util
import re
from pathlib import Path
from textwrap import dedent

import pytest

SCRIPT = Path(__file__).parents[2] / "script" / "messages.py"
spec = importlib.util.spec_from_file_location("messages", SCRIPT)
messages = importlib.util.module_from_spec(spec)
spec.loader.exec_module(messages)
Message = messages.Message

AGAIN = "run: script/translations"
PLACEHOLDER = re.compile(r"\{[^{}\s]*\}|</?[a-z]+[^>]*>")


def texts_of(language):
	return messages.translations(messages.read(messages.path_of(language), language))


def test_the_template_is_what_the_sources_say():
	assert messages.TEMPLATE.read_bytes() == messages.written(messages.template()), AGAIN


@pytest.mark.parametrize("language", messages.LANGUAGES)
class TestALanguage:
	def test_has_each_message_of_the_sources_and_no_other(self, language):
		assert set(texts_of(language)) == set(messages.messages()), AGAIN

	def test_leaves_nothing_untranslated(self, language):
		assert [message for message, text in texts_of(language).items() if not text.strip()] == []

	def test_keeps_the_placeholders_and_marks_of_each_message(self, language):
		assert [
			(message.text, text)
			for message, text in texts_of(language).items()
			if sorted(PLACEHOLDER.findall(message.text)) != sorted(PLACEHOLDER.findall(text))
		] == []

	def test_has_a_table_for_frappe_15_that_says_the_same(self, language):
		path = messages.TRANSLATIONS / f"{language}.csv"
		catalog = messages.read(messages.path_of(language), language)
		assert path.read_text(encoding="utf-8") == messages.table(catalog), AGAIN


def test_a_word_with_two_meanings_is_never_without_its_context():
	bare = {
		message.text: files
		for message, files in messages.messages().items()
		if message.text in messages.TWO_MEANINGS
		and not message.context
		and any(not file.endswith(".json") for file in files)
	}
	assert bare == {}


def test_a_label_with_two_meanings_has_its_doctype_as_context():
	source = '{"doctype": "DocType", "name": "X", "fields": [{"fieldtype": "Data", "label": "Total"}]}'
	assert list(messages.in_json(source)) == [Message("X"), Message("Total", "X")]


def test_reads_marks_of_python_and_labels_of_custom_fields():
	source = dedent("""
		_("One {0}").format(1)
		_("Rate", context="WooCommerce")
		FIELD = {"fieldname": "x", "fieldtype": "Data", "label": "Coupons"}
		other("not shown")
	""")
	found = set(messages.in_python(source))
	assert found == {Message("One {0}"), Message("Rate", "WooCommerce"), Message("Coupons")}


def test_reads_marks_of_javascript_also_in_templates_and_over_lines():
	source = dedent("""
		__("One {0}", [count]);
		__(
			"A long " +
				"sentence",
			[a, b],
		);
		`<b>${__("Rate", null, "WooCommerce")}</b>`;
		not__("x");
	""")
	assert list(messages.in_javascript(source)) == [
		Message("One {0}"),
		Message("A long sentence"),
		Message("Rate", "WooCommerce"),
	]


def test_reads_what_documents_of_the_desk_show():
	source = """{"doctype": "Workspace", "label": "WooCommerce",
		"content": "[{\\"data\\": {\\"text\\": \\"<span>To Do</span>\\"}}]", "links": [{"label": "Runs", "link_to": "no"}]}"""
	assert list(messages.in_json(source)) == [Message("WooCommerce"), Message("To Do"), Message("Runs")]


# Nouns that Arabic counts in another form for one, two, three to ten, and more. Frappe's `_` knows one form.
COUNTED = (
	"طلبات طلب طلبًا مستندات سطر سطور منتجات صفوف رسائل استردادات أنواع عملاء ثوانٍ ثانية دقائق دقيقة أيام يومًا محاولات مرات صفحات عمال"
	" أجهزة مناطق حسابات قرارات اختلافات دفعات سندات حقول أصناف ساعات فواتير"
).split()


def test_no_number_in_arabic_asks_for_a_plural():
	"""As in "عدد الطلبات: {0}" or "{0} من الطلبات"."""
	counted = re.compile(rf"\{{\d[^}}]*\}} (?:{'|'.join(COUNTED)})\b")
	assert [text for text in texts_of("ar").values() if counted.search(text)] == []
