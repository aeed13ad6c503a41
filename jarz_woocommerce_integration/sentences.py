"""Sentences that are put together in English, where no language is known, and said in the reader's language where one is."""

from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from string import Formatter

# A template with fewer letters of its own fits too much.
FEWEST_LETTERS = 3
REMEMBERED = 2000
WORDS_OF_A_SENTENCE = 4
_ENDS = (".", "!", "?", ":", ")")


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


class Templates:
	"""Finds out which sentences a stored English text was made of, so that it can be said in another language.

	What is found is exactly the text, and nothing else. A text that isn't made of our sentences alone stays English.

	:param templates: all that the app has, with and without places
	"""

	def __init__(self, templates: Collection[str]):
		self._plain = {text for text in templates if "{" not in text}
		found = [_Template(text) for text in templates]
		# What says the most by itself is tried first.
		self._templates = sorted(
			(template for template in found if template.letters >= FEWEST_LETTERS),
			key=lambda template: (-template.letters, template.text),
		)
		self.sentence_of = lru_cache(REMEMBERED)(self._sentence_of)

	def translated(self, text: str, translate: Callable[[str], str]) -> str:
		"""The text in the language of `translate`, which is Frappe's `_`."""
		return translated(self.sentence_of(text) or text, translate)

	def _sentence_of(self, text: str) -> Sentence | None:
		"""What was stored as this text: one sentence, or several with spaces between them."""
		if text in self._plain:
			return Sentence(text)
		whole = None
		for template in self._templates:
			for values, end in template.readings(text):
				if end < len(text):
					is_sentence = text[end - 1] in _ENDS
					if is_sentence and (following := self.sentence_of(text[end + 1 :])):
						return Sentence("{0} {1}", self._made(template, values), following)
				elif whole is None:
					whole = self._made(template, values)
		return whole

	def _made(self, template: "_Template", values: list[str]) -> Sentence:
		return Sentence(template.text, *map(self._value, values))

	def _value(self, text: str) -> str:
		"""What stands in a sentence: one of ours if it looks like one, else the shop's or the site's own."""
		parts = text.split("; ")
		found = [self.sentence_of(part) for part in parts if _looks_like_ours(part)]
		if len(parts) > 1 and len(found) == len(parts) and all(found):
			return Sentence("; ".join(f"{{{place}}}" for place in range(len(parts))), *found)
		whole = self.sentence_of(text) if _looks_like_ours(text) else None
		return whole or _AsStored(text)


def _looks_like_ours(text: str) -> bool:
	"""A name of the shop may be the same as a label of ours: only what reads like a sentence, or like a part of one, is taken."""
	spaces = text.count(" ")
	return text.endswith(_ENDS) or spaces >= WORDS_OF_A_SENTENCE or (spaces > 0 and text[0].islower())


class _AsStored(str):
	"""A value that was formatted before it was stored."""

	def __format__(self, _format: str) -> str:
		return str(self)


class _Template:
	"""One template, to find where a text begins with it. :ivar letters: how much it says by itself"""

	def __init__(self, text: str):
		self.text = text
		literals, self._places, literal = [], [], ""
		for before, place, _format, conversion in Formatter().parse(text):
			literal += before
			if place is not None:
				literals.append(literal)
				# Other places than `{0}` aren't those of a sentence.
				self._places.append(int(place) if place.isdecimal() and not conversion else -1)
				literal = ""
		self._first, *self._others = [*literals, literal]
		says = sum(letter.isalpha() for part in (self._first, *self._others) for letter in part)
		self.letters = 0 if sorted(self._places) != list(range(len(self._places))) else says

	def readings(self, text: str) -> Iterator[tuple[list[str], int]]:
		"""What stands in its places, and where it ends in the text: at the first space that may follow it, and at the text's end."""
		if not text.startswith(self._first):
			return
		found: list[str] = []
		at = len(self._first)
		if not self._others:
			if text[at : at + 1] in ("", " "):
				yield [], at
			return
		*between, last = self._others
		for literal in between:
			place = text.find(literal, at)
			if place < 0:
				return
			found.append(text[at:place])
			at = place + len(literal)
		place = text.find(f"{last} ", at) if last else -1
		if place >= 0:
			yield self._in_order([*found, text[at:place]]), place + len(last)
		place = len(text) - len(last)
		if place >= at and text.endswith(last):
			yield self._in_order([*found, text[at:place]]), len(text)

	def _in_order(self, found: list[str]) -> list[str]:
		return [found[self._places.index(place)] for place in range(len(found))]
