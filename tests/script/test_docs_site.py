"""The documentation's site has each page, by reader, and no link that leads out of it."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
spec = importlib.util.spec_from_file_location("docs_site", ROOT / "script" / "docs_site.py")
docs_site = importlib.util.module_from_spec(spec)
spec.loader.exec_module(docs_site)


def test_the_navigation_has_a_section_for_each_reader_and_each_page_once():
	first, *sections = docs_site.navigation((DOCS / "index.md").read_text(encoding="utf-8"))
	pages = [page for section in sections for pages in section.values() for page in pages]
	assert first == "index.md"
	assert [len(section) for section in sections] == [1] * len(sections)
	assert sorted([first, *pages]) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
	assert next(iter(sections[0])) == "A merchant, before the migration"


def test_a_file_of_the_source_is_only_named():
	text = "[SECURITY.md](../../SECURITY.md), [its part](../../SECURITY.md#part), [workers](workers.md#how-many)."
	linked = docs_site.within(DOCS, "operate/threat-model.md", text)
	assert linked == "SECURITY.md, its part, [workers](workers.md#how-many)."


def test_an_address_stays_a_link():
	text = "[the form](https://keepachangelog.com)"
	assert docs_site.within(DOCS, "index.md", text) == text


@pytest.mark.parametrize("page", DOCS.rglob("*.md"), ids=lambda page: page.name)
def test_what_belongs_to_a_point_of_a_list_is_indented_by_four(page):
	"""As MkDocs and the Desk's Help read it; with less, the list ends there."""
	text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
	assert re.findall(r"^ {1,3}(?:[-*] |\d+\. |```).*|(?<=\n\n) {1,3}\S.*", text, flags=re.MULTILINE) == []
