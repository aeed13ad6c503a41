"""Docs and docstrings name files that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "jarz_woocommerce_integration"
NAMED = re.compile(r"(?<![\w/.-])(?:[\w-]+/)*[\w-]+\.(?:py|js|md|yaml)(?![\w/])")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
# A file that the reader has.
NOT_OURS = {"compose.yaml"}
FILES = sorted(
	path
	for path in ROOT.rglob("*")
	if path.is_file()
	and not any(part.startswith(".") or part == "node_modules" for part in path.relative_to(ROOT).parts)
)
PAGES = [path for path in FILES if path.suffix == ".md" and "fixtures" not in path.parts]
CODE = [path for path in FILES if path.suffix == ".py" and path.is_relative_to(PACKAGE)]


def is_there(name):
	return any(str(path).endswith(f"/{name}") for path in FILES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_files_that_are_there(page):
	text = page.read_text(encoding="utf-8")
	assert [name for name in NAMED.findall(text) if not is_there(name) and name not in NOT_OURS] == []
	assert [link for link in LINK.findall(text) if not (page.parent / link).exists()] == []


def test_comments_and_docstrings_name_files_that_are_there():
	for path in CODE:
		for name in re.findall(
			r"(?:docs|tests|services|ledger|store|translation)/[\w/.-]+\.(?:py|md)",
			path.read_text(encoding="utf-8"),
		):
			assert is_there(name), f"{path.relative_to(ROOT)} names {name}"


def test_each_page_is_reached_from_the_index():
	index = ROOT / "docs" / "index.md"
	linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text(encoding="utf-8"))}
	assert set((ROOT / "docs").rglob("*.md")) - {index} == linked


def test_the_short_description_is_what_the_marketplace_takes():
	"""One sentence of 40 to 80 characters, the same in both places and in the listing."""
	hooks = (ROOT / "jarz_woocommerce_integration/hooks.py").read_text(encoding="utf-8")
	description = re.search(r'^app_description = "(.+)"$', hooks, re.MULTILINE)[1]
	assert 40 <= len(description) <= 80
	assert f'description = "{description}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
	assert description in (ROOT / "docs/develop/marketplace.md").read_text(encoding="utf-8")
