"""A request and an answer of the sample store, apart from sockets."""

from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from jarz_woocommerce_integration.sample_store.http.wire import encode

JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"
_NO_CACHE = (
	("Expires", "Wed, 11 Jan 1984 05:00:00 GMT"),
	("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private"),
)


@dataclass
class Request:
	"""What arrived. `uri`: path and query as they were sent; header names in lower case."""

	method: str
	uri: str
	headers: dict[str, str] = field(default_factory=dict)
	body: bytes = b""

	def __post_init__(self):
		self.path, _mark, self.query = self.uri.partition("?")
		self.parameters = parse_qsl(self.query, keep_blank_values=True)

	def parameter(self, name: str, default: str = "") -> str:
		"""The last value of a query parameter, as PHP reads it."""
		return next((value for key, value in reversed(self.parameters) if key == name), default)


@dataclass
class Answer:
	"""What is sent back.

	:ivar cut: the connection ends after so many bytes of the body (-1: before the status line); None: it doesn't
	:ivar delay: seconds until the answer begins
	"""

	status: int
	body: bytes
	headers: list[tuple[str, str]] = field(default_factory=list)
	content_type: str = JSON
	cut: int | None = None
	delay: float = 0.0

	def header(self, name: str) -> str:
		return next((value for key, value in self.headers if key == name), "")


def html(status: int, title: str, text: str, headers: list[tuple[str, str]] | None = None) -> Answer:
	"""A page for people, as WordPress, nginx or a plugin puts in the place of an answer."""
	page = (
		f"<!DOCTYPE html>\n<html dir='ltr'>\n<head>\n\t<title>{title}</title>\n</head>\n"
		f'<body id="error-page">\n\t<div class="wp-die-message">{text}</div></body>\n</html>\n'
	)
	return Answer(status, page.encode(), [*(headers or []), *_NO_CACHE], HTML)


def nginx_page(status: int, reason: str) -> Answer:
	"""An error of the web server before WordPress."""
	page = (
		f"<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}"
		"</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
	)
	return Answer(status, page.encode(), [], "text/html")


def rest(value: Any, home: str, status: int = 200, allow: str = "", headers: Any = ()) -> Answer:
	"""An answer of the REST API with the headers that WordPress gives it.

	:param allow: methods of the route; "" where WordPress found none or refused the key
	"""
	own = [("X-Robots-Tag", "noindex")]
	if not any(name == "Link" for name, _value in headers):
		own.append(("Link", f'<{home}/wp-json/>; rel="https://api.w.org/"'))
	own += [
		("X-Content-Type-Options", "nosniff"),
		("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"),
		(
			"Access-Control-Allow-Headers",
			"Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
		),
		*headers,
	]
	if allow:
		own.append(("Allow", allow))
	own += [("Vary", "Origin")] if status == 401 and not allow else list(_NO_CACHE)
	return Answer(status, value if isinstance(value, bytes) else encode(value), own)


class RestError(Exception):
	"""An error that WordPress writes as JSON."""

	def __init__(self, status: int, code: str, message: str, **data: Any):
		super().__init__(message)
		self.status = status
		self.body: dict[str, Any] = {"code": code, "message": message, "data": {"status": status, **data}}


def no_route() -> RestError:
	return RestError(404, "rest_no_route", "No route was found matching the URL and request method.")


def invalid_parameters(faults: dict[str, tuple[str, str, Any]]) -> RestError:
	"""One error for all parameters at fault: name -> (code, message, data)."""
	return RestError(
		400,
		"rest_invalid_param",
		f"Invalid parameter(s): {', '.join(faults)}",
		params={name: message for name, (_code, message, _data) in faults.items()},
		details={
			name: {"code": code, "message": message, "data": data}
			for name, (code, message, data) in faults.items()
		},
	)


def http_date(moment: float) -> str:
	return formatdate(moment, usegmt=True)
