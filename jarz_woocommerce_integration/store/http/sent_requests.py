"""What may be told of a request that was sent: no key, no signature, nothing of a person."""

from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

# Parameters whose values say which part of a list was asked for. The others may hold a signature, an e-mail or a name.
SHOWN_VALUES = frozenset(
	(
		"_fields",
		"after",
		"before",
		"context",
		"dates_are_gmt",
		"exclude",
		"include",
		"modified_after",
		"modified_before",
		"offset",
		"order",
		"orderby",
		"page",
		"parent",
		"per_page",
		"rest_route",
		"role",
		"status",
	)
)
SIGNATURE = "oauth_"
HIDDEN = "***"
LONGEST_VALUE = 120


class SentRequest(NamedTuple):
	"""
	:ivar address: path and parameters, without the host; :ivar status: of the answer, None where none came
	:ivar seconds: until the whole answer was there
	"""

	method: str
	address: str
	status: int | None
	seconds: float


def shown_address(url: str) -> str:
	"""Path and parameters of a request as they may be shown; the signature's own parameters are left out."""
	parts = urlsplit(url)
	parameters = [
		f"{name}={_shown(value) if name in SHOWN_VALUES else HIDDEN}"
		for name, value in parse_qsl(parts.query, keep_blank_values=True)
		if not name.startswith(SIGNATURE)
	]
	return f"{parts.path}?{'&'.join(parameters)}" if parameters else parts.path


def _shown(value: str) -> str:
	text = quote(value, safe="/,:;-_. ")
	return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."
