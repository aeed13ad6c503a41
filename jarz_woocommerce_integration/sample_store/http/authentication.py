"""Who may ask: API keys as WooCommerce checks them, measured on real stores."""

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from urllib.parse import quote, unquote, urlsplit

from jarz_woocommerce_integration.sample_store.http.exchange import Request, RestError

_WINDOW = 15 * 60
_METHODS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
_OAUTH_FIELDS = (
	"oauth_consumer_key",
	"oauth_timestamp",
	"oauth_nonce",
	"oauth_signature",
	"oauth_signature_method",
)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class ApiKey:
	"""A key of the shop. `permissions`: "read", "write" or "read_write"."""

	key: str
	secret: str
	permissions: str = "read_write"


DEFAULT_KEYS = (
	ApiKey("ck_sample", "cs_sample"),
	ApiKey("ck_sample_read", "cs_sample_read", "read"),
	ApiKey("ck_sample_write", "cs_sample_write", "write"),
)


def _refused(message: str) -> RestError:
	return RestError(401, "woocommerce_rest_authentication_error", message)


def nobody(method: str) -> RestError:
	"""No auth, an unknown key, a stripped header and Basic over http all get this one answer."""
	if method in _READING:
		return RestError(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
	return RestError(401, "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources.")


class Authenticator:
	"""Checks the key of each request.

	:param home: the shop's home URL, with which OAuth requests must be signed whatever address was dialled
	:param secure: the shop believes that it is asked over https: Basic and keys in the query string are taken
	:param strips_authorization: the host doesn't hand the Authorization header on to PHP
	"""

	def __init__(
		self,
		home: str,
		keys: Sequence[ApiKey] = DEFAULT_KEYS,
		secure: bool = False,
		strips_authorization: bool = False,
		clock: Callable[[], float] = time.time,
	):
		self._keys = {key.key: key for key in keys}
		self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(home))
		self._secure = secure
		self._strips = strips_authorization
		self._clock = clock
		self._nonces: dict[tuple[str, str], float] = {}
		self._lock = Lock()

	def check(self, request: Request) -> None:
		""":raises RestError: 401"""
		# WooCommerce looks for its own routes in the raw URI, so plain permalinks don't authenticate at all.
		key = self._key_of(request) if re.search("wp-json/wc[/-]", request.uri) else None
		if key is None:
			raise nobody(request.method)
		wanted = "read" if request.method in _READING else "write"
		if wanted not in key.permissions:
			raise _refused(f"The API key provided does not have {wanted} permissions.")

	def _key_of(self, request: Request) -> ApiKey | None:
		if self._secure:
			user, secret = self._basic(request)
			key = self._keys.get(user)
			if key and not hmac.compare_digest(key.secret.encode(), secret.encode()):
				raise _refused("Consumer secret is invalid.")
			if key:
				return key
		return self._by_oauth(request)

	def _header(self, request: Request) -> str:
		return "" if self._strips else request.headers.get("authorization", "")

	def _basic(self, request: Request) -> tuple[str, str]:
		"""Key and secret from the query string or the Basic header; empty where there are none."""
		key, secret = request.parameter("consumer_key"), request.parameter("consumer_secret")
		scheme, _space, value = self._header(request).partition(" ")
		if (key and secret) or scheme.lower() != "basic":
			return key, secret
		try:
			user, _colon, password = base64.b64decode(value, validate=True).decode().partition(":")
		except (binascii.Error, UnicodeDecodeError):
			return "", ""
		return user, password

	def _by_oauth(self, request: Request) -> ApiKey | None:
		fields = _oauth_header(self._header(request)) or dict(request.parameters)
		if not any(name in fields for name in _OAUTH_FIELDS):
			return None
		missing = [name for name in _OAUTH_FIELDS if not fields.get(name)]
		if missing:
			raise RestError(
				401,
				"woocommerce_rest_authentication_missing_parameter",
				f"Missing OAuth parameter{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
			)
		key = self._keys.get(fields["oauth_consumer_key"])
		if key is None:
			return None
		self._check_signature(request, fields, key)
		self._check_freshness(fields, key)
		return key

	def _check_signature(self, request: Request, fields: dict[str, str], key: ApiKey) -> None:
		digest = _METHODS.get(fields["oauth_signature_method"])
		if digest is None:
			raise _refused("Invalid signature - signature method is invalid.")
		signed = [pair for pair in request.parameters if pair[0] not in _OAUTH_FIELDS]
		signed += [(name, value) for name, value in fields.items() if name.startswith("oauth_")]
		text = base_string(request.method, self._origin + request.path, signed)
		expected = base64.b64encode(hmac.digest(f"{key.secret}&".encode(), text.encode(), digest)).decode()
		given = fields["oauth_signature"].replace(" ", "+")
		if not hmac.compare_digest(expected.encode(), given.encode()):
			raise _refused("Invalid signature - provided signature does not match.")

	def _check_freshness(self, fields: dict[str, str], key: ApiKey) -> None:
		now, stamp = self._clock(), fields["oauth_timestamp"]
		if not re.fullmatch(r"\d{1,12}", stamp) or abs(now - int(stamp)) > _WINDOW:
			raise _refused("Invalid timestamp.")
		nonce = (key.key, fields["oauth_nonce"])
		with self._lock:
			if nonce in self._nonces:
				raise _refused("Invalid nonce - nonce has already been used.")
			self._nonces[nonce] = float(stamp)
			# Nonces older than the window are worth nothing: their timestamps are refused.
			if len(self._nonces) % 1000 == 0:
				self._nonces = {n: seen for n, seen in self._nonces.items() if now - seen <= _WINDOW}


def base_string(method: str, url: str, parameters: Sequence[tuple[str, str]]) -> str:
	"""OAuth 1.0a's signature base string."""
	pairs = sorted((_quoted(name), _quoted(value)) for name, value in parameters if name != "oauth_signature")
	joined = "&".join(f"{name}={value}" for name, value in pairs)
	return "&".join((method.upper(), _quoted(url), _quoted(joined)))


def _quoted(text: str) -> str:
	return quote(text, safe="~")


def _oauth_header(header: str) -> dict[str, str]:
	scheme, _space, rest_of_it = header.partition(" ")
	if scheme.lower() != "oauth":
		return {}
	return {name: unquote(value) for name, value in re.findall(r'([\w]+)="([^"]*)"', rest_of_it)}
