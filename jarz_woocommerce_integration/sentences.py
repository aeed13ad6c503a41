"""Sentences that are put together in English, where no language is known, and said in the reader's language where one is."""

from collections.abc import Callable


class Sentence(str):
	"""An English sentence that remembers what it was made of. Wherever nobody asks for another language it is its own text.

	:ivar template: the sentence with places `{0}`, `{1}`; :ivar values: what stands there
	"""

	template: str
	values: tuple[object, ...]

	def __new__(cls, template: str, *values: object) -> "Sentence":
		sentence = super().__new__(cls, template.format(*values))
		sentence.template, sentence.values = template, values
		return sentence

	def __reduce__(self) -> tuple[type["Sentence"], tuple[object, ...]]:
		return type(self), (self.template, *self.values)


def translated(text: str, translate: Callable[[str], str]) -> str:
	"""The text in the language of `translate`, which is Frappe's `_`. What stands in a sentence is translated if it is one."""
	if not isinstance(text, Sentence):
		return translate(text) if text else text
	values = [translated(value, translate) if isinstance(value, Sentence) else value for value in text.values]
	return translate(text.template).format(*values)
