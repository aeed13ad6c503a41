"""The documentation as the Desk shows it: the pages of `docs/` beside the app, of the very version that runs."""

import base64
import re
from pathlib import Path

from frappe.utils import escape_html, md_to_html

from jarz_woocommerce_integration.exceptions import StoreSetupError
from jarz_woocommerce_integration.sentences import Sentence

DOCS = Path(__file__).resolve().parents[3] / "docs"
ADDRESS = "/api/method/jarz_woocommerce_integration.api.docs.page?page="
INDEX = "index.md"

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#:\s]*)(#[^)\s]*)?\)")
_PICTURE = re.compile(r'(<img src=")([^"]+)')
_PAGE = """<!DOCTYPE html>
<html lang="en" dir="ltr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.55 system-ui, sans-serif; color-scheme: light dark; }}
pre, table {{ overflow-x: auto; display: block; }} pre {{ padding: .7rem; border: 1px solid #8886; border-radius: 6px; }}
th, td {{ border: 1px solid #8886; padding: .3rem .6rem; vertical-align: top; text-align: start; }}
table {{ border-collapse: collapse; }} code {{ font-size: .92em; }} img {{ max-width: 100%; }}
</style></head><body><p><a href="{index}">Where to read</a></p>{body}</body></html>"""


def page_of(name: str) -> str:
	"""The HTML of a page. :param name: its path below `docs`; :raises StoreSetupError: there is no such page"""
	path = _path(DOCS, name)
	if not path:
		raise StoreSetupError(
			Sentence("There is no page {0}.", name), "The page index.md leads to all others."
		)
	text = path.read_text(encoding="utf-8")
	title = text.partition("\n")[0].lstrip("# ")
	body = md_to_html(_LINK.sub(lambda link: _linked(path, *link.groups()), text))
	body = _PICTURE.sub(lambda picture: picture[1] + _embedded(path, picture[2]), body)
	return _PAGE.format(title=escape_html(title), index=ADDRESS + INDEX, body=body)


def _linked(page: Path, text: str, target: str, place: str | None) -> str:
	"""A link to another page of the docs; what isn't one (a file of the source) is only named."""
	path = _path(page.parent, target) if target else page
	return f"[{text}]({ADDRESS}{path.relative_to(DOCS).as_posix()}{place or ''})" if path else text


def _embedded(page: Path, name: str) -> str:
	"""The address of a picture of the docs that needs no request; of what isn't one, an empty one."""
	path = _path(page.parent, name, ".png")
	return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}" if path else "data:,"


def _path(folder: Path, name: str, suffix: str = ".md") -> Path | None:
	"""A file of that kind within the docs, whatever dots and slashes its name has."""
	path = (folder / name).resolve()
	return path if path.is_relative_to(DOCS) and path.suffix == suffix and path.is_file() else None
