"""What MkDocs is told about the pages of `docs/` (`hooks` of mkdocs.yml): whose they are, and which links lead out of the site."""

import re
from pathlib import Path

INDEX = "index.md"
_LINK = re.compile(r"\[([^\]]+)\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")


def navigation(index: str) -> list:
	"""The pages by reader: a section for each row of the index's table. :param index: its Markdown"""
	rows = [line.strip("| ").split(" | ", 1) for line in index.splitlines() if _LINK.search(line)]
	return [INDEX, *({reader[:1].upper() + reader[1:]: _pages(links)} for reader, links in rows)]


def _pages(links: str) -> list[str]:
	return [target for _text, target in _LINK.findall(links)]


def within(docs: Path, page: str, markdown: str) -> str:
	"""The Markdown of a page, in which a file outside `docs` (of the source) is only named. :param page: its path below `docs`"""

	def linked(link: re.Match) -> str:
		target = (docs / page).parent / link[2]
		return link[0] if target.resolve().is_relative_to(docs) else link[1]

	return _LINK.sub(linked, markdown)


def on_config(config):
	config.nav = navigation((Path(config.docs_dir) / INDEX).read_text(encoding="utf-8"))
	return config


def on_page_markdown(markdown, page, config, files):
	return within(Path(config.docs_dir), page.file.src_uri, markdown)
