"""A product's HTML as an item may have it: its structure and words, and nothing that runs, loads or leads elsewhere."""

import re
from html import escape
from html.parser import HTMLParser

KEPT = frozenset(
	("p br ul ol li b strong i em u h1 h2 h3 h4 h5 h6 table thead tbody tr td th blockquote sub sup").split()
)
EMPTY_TAGS = frozenset(("br",))
WITH_CONTENT = frozenset(
	("script", "style", "iframe", "object", "svg", "noscript", "template", "head", "form")
)
LONGEST = 20_000
# What a plugin of WordPress would replace by something: [gallery ids="1,2"], [/vc_row].
_SHORTCODE = re.compile(r"\[/?[a-z][\w-]*(?:\s[^\[\]]*)?/?\]")


def sanitised_html(text: str) -> str:
	""":returns: "" where nothing is left to be read"""
	parser = _Sanitiser()
	parser.feed(_SHORTCODE.sub("", text[:LONGEST]))
	parser.close()
	return parser.result()


class _Sanitiser(HTMLParser):
	def __init__(self) -> None:
		super().__init__(convert_charrefs=True)
		self._parts: list[str] = []
		self._open: list[str] = []
		self._skipped: list[str] = []
		self._has_words = False

	def result(self) -> str:
		closing = [f"</{tag}>" for tag in reversed(self._open)]
		return "".join([*self._parts, *closing]).strip() if self._has_words else ""

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		if tag in WITH_CONTENT:
			self._skipped.append(tag)
		elif tag in KEPT and not self._skipped:
			self._parts.append(f"<{tag}>")
			if tag not in EMPTY_TAGS:
				self._open.append(tag)

	def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		if tag in EMPTY_TAGS and not self._skipped:
			self._parts.append(f"<{tag}>")

	def handle_endtag(self, tag: str) -> None:
		if tag in self._skipped:
			# With all that was opened within it and never closed.
			del self._skipped[self._skipped.index(tag) :]
		elif tag in self._open and not self._skipped:
			while self._open:
				closed = self._open.pop()
				self._parts.append(f"</{closed}>")
				if closed == tag:
					return

	def handle_data(self, data: str) -> None:
		if not self._skipped:
			self._has_words = self._has_words or bool(data.strip())
			self._parts.append(escape(data, quote=False))
