"""From an HTTP answer to its JSON, or to the error that says what is wrong and whether trying again makes sense."""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, TypedDict
from urllib.parse import urljoin, urlsplit

import requests

from jarz_woocommerce_integration.exceptions import (
	AnswerTooLargeError,
	StoreAnswerNotJSONError,
	StoreAuthenticationError,
	StoreClosedError,
	StoreError,
	StoreNotFoundError,
	StoreRedirectedError,
	StoreRequestRefusedError,
	StoreThrottledError,
	StoreUnwellError,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.http.address import normalise
from jarz_woocommerce_integration.store.http.gatekeepers import (
	CLOSED,
	advice_about,
	firewall_of,
	is_closed_by_plugin,
	page_of,
)

AUTHENTICATION_ERROR = "woocommerce_rest_authentication_error"
ALLOWED_CLOCK_DIFFERENCE = 15 * 60
# Whatever a header says, a pause is never longer: a wrong clock or a plugin's mistake mustn't stop a store for years.
LONGEST_PAUSE = 24 * 3600.0
# A page of a hundred orders has a megabyte or two; what plugins keep with orders makes it tens at worst.
LARGEST_ANSWER = 64 << 20
CHUNK = 64 << 10
_TRY_LATER = (408, 425)
# What PHP writes before an answer where its messages are shown, with HTML and without.
_PHP_MESSAGE = re.compile(
	r"\s*(<br\s*/?>\s*)*(<b>)?(PHP )?(Warning|Notice|Deprecated|Strict Standards|Fatal error|Parse error)(</b>)?:",
	re.IGNORECASE,
)
_PHP_PLACE = re.compile(r"\bin (?:<b>)?([\w./:\\-]{1,200}\.php)(?:</b>)? on line (?:<b>)?(\d{1,6})")
# A list of objects, an object, or an empty one of either, behind a line or a tag.
_JSON_BEGINS = re.compile(r"(?<=[\n>])\s*(?=\[\s*[{\]]|\{\s*[\"}])")
_NEVER = (
	501,
	505,
)  # the server can't do that at all; WooCommerce says 501 to DELETE without force (observed)


class _Known(TypedDict):
	status: int
	code: str


@dataclass(frozen=True, slots=True)
class Answer:
	"""What the store said.

	:ivar body: decoded JSON; numbers with a point are `Decimal`
	:ivar headers: names in any case
	:ivar status: 200 to 299
	:ivar noise: what stood before the JSON and doesn't belong there, "" where nothing did
	"""

	body: Any = field(repr=False)  # people's orders, which are no matter for a log
	headers: Mapping[str, str] = field(repr=False)
	status: int
	noise: str = field(default="", repr=False)

	@property
	def total(self) -> int | None:
		"""How many entries the list has, None where the store doesn't say."""
		return _count(self.headers.get("X-WP-Total", ""))

	@property
	def told_at(self) -> datetime | None:
		"""What the store's clock said, None where the store doesn't say the time."""
		return _date(self.headers.get("Date", ""))

	def is_last_page(self, page: int, page_size: int) -> bool:
		"""Whether no page follows this one of a list. Totals are believed only when they say that there is more:
		beyond the end they are 0, and a page in the middle is short where a plugin hides single entries.
		"""
		pages = _count(self.headers.get("X-WP-TotalPages", "")) or 0
		return len(self.body) < page_size and pages <= page


def read_body(response: requests.Response) -> None:
	"""Read the body, as far as it is none that fills the memory. :raises AnswerTooLargeError: it is one"""
	parts, size = [], 0
	for part in response.iter_content(CHUNK):
		size += len(part)
		if size > LARGEST_ANSWER:
			response.close()
			raise AnswerTooLargeError(
				Sentence(
					"The store's answer is larger than {0} MB, so it isn't read to its end.",
					LARGEST_ANSWER >> 20,
				),
				"Set a smaller Page Size: lists of orders get shorter. If that doesn't help, another server answers instead of the store.",
			)
		parts.append(part)
	# What `Response.content` keeps when it reads by itself, which knows no limit.
	response._content = b"".join(parts)
	response._content_consumed = True  # type: ignore[attr-defined]  # its types leave it out


def read_answer(response: requests.Response, shape: type | None = None, patient: bool = False) -> Answer:
	"""The answer's JSON.

	:param shape: `list` or `dict` where the route promises one
	:param patient: read whole JSON also behind a byte order mark or a PHP message, which is reported as `noise`
	:raises StoreError: the class says what kind of failure it is
	"""
	if response.status_code >= 300:
		raise error_of(response)
	try:
		body, noise = _read(response.content) if patient else (decode(response.content), "")
	except ValueError:
		raise _not_json(response) from None
	if shape and not isinstance(body, shape):
		promised = "a list" if shape is list else "an object"
		raise StoreAnswerNotJSONError(
			Sentence("The store answered {0} with JSON that isn't {1}.", _where(response), promised),
			"A cache, a firewall or a plugin in front of the store changes its answers.",
			status=response.status_code,
		)
	return Answer(body, response.headers, response.status_code, noise)


def _read(content: bytes) -> tuple[Any, str]:
	"""The JSON, and what stands before it and doesn't belong there. :raises ValueError: it isn't JSON, or isn't whole"""
	try:
		return decode(content), ""
	except ValueError:
		text = content.decode("utf-8")
	if text.startswith("\ufeff"):
		return decode(text.lstrip("\ufeff").encode()), "a byte order mark"
	if not _PHP_MESSAGE.match(text):
		raise ValueError("no JSON")
	# The first place only: what is whole behind it may be a part of something that isn't.
	begin = _JSON_BEGINS.search(text)
	if begin is None:
		raise ValueError("no JSON after the message")
	return decode(text[begin.end() :].encode()), f"a PHP message: {_php_message(text[: begin.end()])}"


def decode(content: bytes) -> Any:
	"""JSON with exact numbers.

	:raises ValueError: it isn't JSON; a byte order mark or a PHP warning before it counts as such
	"""
	try:
		return json.loads(content.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse)
	except RecursionError:
		raise ValueError("it is nested too deeply") from None


def _refuse(constant: str) -> None:
	raise ValueError(Sentence("{0} isn't JSON", constant))


def error_of(response: requests.Response) -> StoreError:
	"""The error that an answer of 300 and above stands for."""
	status = response.status_code
	if status < 400:
		return _redirected(response)
	code, message = _said(response)
	answer = f'"{message}"' if message else page_of(response)
	where = f"HTTP {status} on {_where(response)}"
	known = _Known(status=status, code=code)
	firewall = "" if code else firewall_of(response)
	if firewall and status not in (404, 410):
		return _blocked(response, firewall, answer, where, known)
	if status == 429 or (status == 503 and "Retry-After" in response.headers):
		return _throttled(response, answer, where, known)
	if (status >= 500 and status not in _NEVER) or status in _TRY_LATER:
		return _unwell(response, answer, where, known)
	if status in (401, 403):
		return _unauthenticated(response, message, answer, where, known)
	if status == 404:
		what_to_do = "" if code else "The address leads to a site, but not to WooCommerce's REST API."
		return StoreNotFoundError(
			Sentence("The store has nothing at this address: {0} ({1}).", answer, where), what_to_do, **known
		)
	return StoreRequestRefusedError(
		Sentence("The store refuses the request: {0} ({1}).", answer, where), **known
	)


# --- one kind each ---


def _redirected(response: requests.Response) -> StoreRedirectedError:
	target = urljoin(response.url, response.headers.get("Location", "")).partition("?")[0]
	parts = urlsplit(target)
	usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
	address = normalise(target) if usable else ""
	if address and address != normalise(response.url.partition("?")[0]):
		what_to_do = f"Use {address} as the store's address: a redirect would drop the key."
	else:
		what_to_do = "Ask the host not to redirect /wp-json; a login, language or security plugin may do it."
	return StoreRedirectedError(
		Sentence(
			"The store's address {0} answers with a redirect to {1}.", _where(response), address or "nowhere"
		),
		what_to_do,
		address=address,
		status=response.status_code,
	)


def _blocked(
	response: requests.Response, firewall: str, answer: str, where: str, known: _Known
) -> StoreClosedError | StoreUnwellError | StoreThrottledError:
	"""A challenge of a firewall. With a status that asks for patience it may pass."""
	message = f"The firewall {firewall} answers instead of the store: {answer} ({where})."
	if response.status_code == 429:
		seconds = retry_after(response.headers)
		return StoreThrottledError(message, advice_about(firewall), retry_after=seconds, **known)
	if response.status_code >= 500:
		return StoreUnwellError(message, advice_about(firewall), **known)
	return StoreClosedError(message, advice_about(firewall), **known)


def _throttled(response: requests.Response, answer: str, where: str, known: _Known) -> StoreThrottledError:
	seconds = retry_after(response.headers)
	what = "asks for a pause" if response.status_code == 429 else "is down for maintenance"
	return StoreThrottledError(
		Sentence("The store {0}: {1} ({2}).", what, answer, where),
		f"Wait {seconds:.0f} seconds, then try again." if seconds else "Try again later.",
		retry_after=seconds,
		**known,
	)


def _unwell(response: requests.Response, answer: str, where: str, known: _Known) -> StoreUnwellError:
	if response.status_code == 503:
		return StoreUnwellError(
			Sentence("The store is down for maintenance or overloaded: {0} ({1}).", answer, where),
			"Try again when the shop's own pages open.",
			**known,
		)
	return StoreUnwellError(
		Sentence("The store couldn't answer: {0} ({1}).", answer, where),
		"If it happens again, look in the shop's error log (WooCommerce > Status > Logs).",
		**known,
	)


def _unauthenticated(
	response: requests.Response, message: str, answer: str, where: str, known: _Known
) -> StoreAuthenticationError:
	if is_closed_by_plugin(response.status_code, known["code"]):
		return StoreClosedError(
			Sentence("A plugin closes the shop's REST API: {0} ({1}).", answer, where), CLOSED, **known
		)
	difference = clock_difference(response.headers)
	if "does not have" in message and "permission" in message:
		what_to_do = "Give the key the permission Read/Write in WooCommerce > Settings > Advanced > REST API."
	elif "timestamp" in message.lower() or (
		known["code"] == AUTHENTICATION_ERROR and abs(difference or 0) > ALLOWED_CLOCK_DIFFERENCE
	):
		what_to_do = (
			f"The clocks of this machine and of the store are {abs(difference or 0) / 60:.0f} minutes apart, "
			"and only 15 are allowed: correct the clock that is wrong."
		)
	elif "signature" in message.lower():
		what_to_do = (
			"The consumer secret is wrong, or the store signs with another home URL than it says: "
			"compare Settings > General > Site Address with the address that you use."
		)
	elif known["code"] == AUTHENTICATION_ERROR:
		what_to_do = "The consumer key or secret is wrong: copy both again, or make a new key."
	elif not known["code"]:
		what_to_do = "A firewall, or a password in front of the site, answers instead of the store: let /wp-json through for this machine."
	else:
		what_to_do = "The key is unknown, was deleted, belongs to a user who may not see orders, or never reached WooCommerce."
	return StoreAuthenticationError(
		Sentence("The store doesn't accept the key: {0} ({1}).", answer, where), what_to_do, **known
	)


def _not_json(response: requests.Response) -> StoreAnswerNotJSONError:
	text = response.content.decode("utf-8", "replace").lstrip()
	what_to_do = "A page of a coming-soon or maintenance plugin, a cache or a firewall answers instead of the store. Let /wp-json pass there."
	if firewall := firewall_of(response):
		what, what_to_do = f"a page of the firewall {firewall} ({page_of(response)})", advice_about(firewall)
	elif not text:
		what = "nothing"
	elif text.startswith("\ufeff"):
		what = "a byte order mark before the JSON"
		what_to_do = "One of the site's PHP files (often wp-config.php or the theme's functions.php) is saved with this mark: save it as UTF-8 without it."
	elif text[0] in "[{" and (place := _not_utf8(response.content)):
		what = f"bytes that aren't UTF-8 ({place})"
		what_to_do = (
			"A plugin, or an import into the shop's database, has written text in another encoding (often Latin-1). Ask whoever looks after"
			" the shop to find the text at that place and to save it again as UTF-8."
		)
	elif text[0] in "[{":
		what = "JSON that is cut off or broken"
		what_to_do = "The connection or a proxy cuts long answers; a smaller page size may help."
	elif _PHP_MESSAGE.match(text):
		what = f"a PHP message before the JSON ({_php_message(text)})"
		what_to_do = "Set WP_DEBUG_DISPLAY to false in wp-config.php, and update or repair the plugin that the message names."
	else:
		what = page_of(response)
	return StoreAnswerNotJSONError(
		Sentence(
			"The store answered {0} with {1} instead of JSON (HTTP {2}).",
			_where(response),
			what,
			response.status_code,
		),
		what_to_do,
		status=response.status_code,
	)


def _not_utf8(content: bytes) -> str:
	"""The first bytes that aren't UTF-8, with their place; "" where all are. Nothing beside them: it may be of a person."""
	try:
		content.decode("utf-8")
	except UnicodeDecodeError as error:
		return f"0x{content[error.start : error.end].hex()} at byte {error.start}"
	return ""


# --- what stands in an answer ---


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float:
	"""The pause in seconds that Retry-After asks for, in either of its forms: 0 where there is none, `LONGEST_PAUSE` at most.

	A date is measured against the store's own clock, where it says the time.
	"""
	text = headers.get("Retry-After", "").strip()
	if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
		return min(float(text), LONGEST_PAUSE)
	until = _date(text)
	if until is None:
		return 0.0
	now = now or _date(headers.get("Date", "")) or datetime.now(timezone.utc)
	return min(max((until - now).total_seconds(), 0.0), LONGEST_PAUSE)


def clock_difference(headers: Mapping[str, str]) -> float | None:
	"""The store's clock less ours in seconds, None where the store doesn't say the time."""
	date = _date(headers.get("Date", ""))
	return None if date is None else (date - datetime.now(timezone.utc)).total_seconds()


def _date(text: str) -> datetime | None:
	try:
		date = parsedate_to_datetime(text)
	except (TypeError, ValueError, IndexError, OverflowError):
		return None
	return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def _count(text: str) -> int | None:
	"""A header's number, None where it is none, or none that a list can have."""
	return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _said(response: requests.Response) -> tuple[str, str]:
	"""WordPress' error code and message, with what it says about each parameter; empty where there is none."""
	try:
		body = decode(response.content)
	except ValueError:
		return "", ""
	if not isinstance(body, dict):
		return "", ""
	code, data = body.get("code"), body.get("data")
	if type(code) is int and isinstance(data, dict) and "status" in data:
		code = str(code)  # WooCommerce's fulfilments
	# Without a code it isn't WordPress that speaks, and what another server says is shown to nobody.
	if not (isinstance(code, str) and code):
		return "", ""
	params = data.get("params") if isinstance(data, dict) else None
	details = [str(text) for text in params.values()] if isinstance(params, dict) else []
	return code, " ".join(_words(text, 600) for text in (body.get("message") or "", *details))


def _php_message(text: str) -> str:
	"""The kind of a PHP message and the place in the shop's code. Its words may be of a person, or of another server."""
	place = _PHP_PLACE.search(text)
	where = f" in {place[1]} on line {place[2]}" if place else ""
	message = _PHP_MESSAGE.match(text)
	return f"{message[4] if message else ''}{where}"


def _words(text: Any, length: int = 80) -> str:
	return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", str(text))).split())[:length].strip()


def _where(response: requests.Response) -> str:
	"""The address without its query, which may hold keys."""
	base, _question, query = (response.url or "").partition("?")
	route = re.search(r"(?:^|&)rest_route=([^&]*)", query)
	return f"{base}?rest_route={route[1]}" if route else base
