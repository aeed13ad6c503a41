from pathlib import Path

import pytest

from tests.cases.case_books import Books, rehearse
from tests.cases.case_shop import serve_cases


class Bookkeeper:
	"""Rehearses a case when its books are asked for first; the second run too, where the shop changes in between."""

	def __init__(self, cases, url: str, folder: Path):
		self.cases = cases
		self.url = url
		self.folder = folder
		self._books: dict[str, Books] = {}

	def books(self, name: str) -> Books:
		if name not in self._books:
			folder = self.folder / name
			folder.mkdir()
			shop = self.cases[name]
			books = rehearse(f"{self.url}/{name}", shop.case, folder)
			if "then" in shop.case:
				shop.later = True
				books = rehearse(f"{self.url}/{name}", shop.case, folder)
			self._books[name] = books
		return self._books[name]


@pytest.fixture(scope="module")
def bookkeeper(tmp_path_factory):
	with serve_cases() as (cases, url):
		yield Bookkeeper(cases, url, tmp_path_factory.mktemp("cases"))


@pytest.fixture
def books(bookkeeper):
	"""The books of a case by its name."""
	return bookkeeper.books
