"""Which Territory of the books a zone of the store is: by the merchant's override, by code, by label, or none.

There is no fuzzy matching: an order is never in another zone by accident (failure-modes 47). What can't be resolved
is counted as unmapped and listed, with what the store said.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from jarz_woocommerce_integration.translation.lookups import Territory
from jarz_woocommerce_integration.translation.text import fold_label

_DASH = re.compile(r"\s+[-–—]\s+")


class TerritoryIndex:
	"""All Territories, made once a run and asked for each address.

	:param territories: what the ledger has
	:param overrides: the policy's table: state, zone code or label of the store -> name of the Territory
	"""

	def __init__(self, territories: Sequence[Territory], overrides: Mapping[str, str]):
		self._overrides = _unambiguous((key, name) for key, name in overrides.items())
		self._codes = _unambiguous((t.code, t.name) for t in territories)
		self._labels = _unambiguous(
			(label, t.name) for t in territories for text in (t.name, *t.labels) for label in _labels_in(text)
		)
		self._cached = lru_cache(maxsize=4096)(self._find)

	def resolve(self, country: str, state: str, city: str) -> str | None:
		"""Name of the Territory, None where it is unmapped.

		The city decides only where the store gave no state: a state that isn't mapped stays unmapped, because its
		city may lie in a zone of the same name elsewhere.
		"""
		return self._cached(country, state if fold_label(state) else city)

	def _find(self, country: str, place: str) -> str | None:
		label = fold_label(place)
		if not label:
			return None
		forms = _code_forms(fold_label(country), label)
		for table, keys in ((self._overrides, forms), (self._codes, forms), (self._labels, (label,))):
			for key in keys:
				if key in table:
					return table[key]
		return None


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str | None]:
	"""Folded key -> name; None where a key fits two names, so that it stops the search and resolves to nothing."""
	table: dict[str, str | None] = {}
	for text, name in pairs:
		key = fold_label(text)
		if key:
			table[key] = name if table.get(key, name) == name else None
	return table


def _code_forms(country: str, code: str) -> tuple[str, ...]:
	"""Spellings of one zone code, as given first: WooCommerce's "EGC", ISO's "EG-C", a shipping zone's "EG:EGC"."""
	first, _, rest = code.partition(" ")
	if rest and len(first) == 2 and first.isascii():
		country, code = first, rest
		given = f"{first} {rest}"
	else:
		given = code
		country = country or (code[:2] if code.isascii() else "")
	if not country:
		return (given,)
	bare = code[len(country) :] if code.startswith(country) and len(code) > len(country) else code
	return tuple(
		dict.fromkeys((given, f"{country}{bare}", f"{country} {bare}", f"{country} {country}{bare}"))
	)


def _labels_in(text: str) -> list[str]:
	"""The whole label, and each language of one in two languages ("Nasr City - مدينه نصر").

	Only a dash between two scripts parts languages: "Giza - Dokki" is a district, and "Giza" alone must not find it.
	"""
	parts = _DASH.split(text)
	borders = [
		index
		for index, (left, right) in enumerate(pairwise(parts), start=1)
		if _script(left) and _script(right) and _script(left) != _script(right)
	]
	if len(borders) != 1:
		return [text]
	return [text, " - ".join(parts[: borders[0]]), " - ".join(parts[borders[0] :])]


def _script(text: str) -> str:
	"""Script of the first letter: "LATIN", "ARABIC", … "" where there is no letter."""
	return next((unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha()), "")
