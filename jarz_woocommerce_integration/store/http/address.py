"""Where a store's REST API is: from whatever address a person pastes to the URL of a route."""

import ipaddress
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from jarz_woocommerce_integration.exceptions import NotAWooCommerceStoreError
from jarz_woocommerce_integration.sentences import Sentence

API = "/wc/v3"
# WooCommerce takes its keys there, too.
API_OF_PLUGINS = "/wc"
# WooCommerce reads the key only if the raw URL contains this text (observed), which a plain permalink doesn't.
PLAIN_PERMALINK_HINT = {"via": "/wp-json/wc/v3"}
_PASTED_PAGES = re.compile(r"/(?:wp-json|wp-admin|wp-login\.php|index\.php)(?:/.*)?$", re.IGNORECASE)


class Permalinks(str, Enum):
	"""How the store's REST routes are addressed."""

	PRETTY = "pretty"
	PLAIN = "plain"

	def locate(self, path: str, params: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
		"""A REST path such as `/wc/v3/orders` as a path below the store's address, with its query parameters."""
		texts = {name: _text(value) for name, value in params.items() if value is not None}
		if self is Permalinks.PRETTY:
			return f"/wp-json{quote(path)}", texts
		hint = PLAIN_PERMALINK_HINT if path.startswith(API_OF_PLUGINS) else {}
		return "/", {"rest_route": path, **texts, **hint}


def _text(value: Any) -> str:
	if isinstance(value, bool):
		return "true" if value else "false"
	if isinstance(value, list | tuple | set | frozenset):
		return ",".join(str(part) for part in value)
	return str(value)


def query(params: Mapping[str, str]) -> str:
	"""`?a=b&c=d`, or nothing; slashes stay as they are (see PLAIN_PERMALINK_HINT)."""
	return f"?{urlencode(params, quote_via=quote, safe='/,:')}" if params else ""


def normalise(url: str) -> str:
	"""A store's address without trailing slash, from an address as people write it.

	:param url: with or without scheme (https is assumed), trailing slash, `/wp-admin/...` or `/wp-json/...`
	:raises NotAWooCommerceStoreError: it is no web address
	"""
	text = url.strip()
	parts = urlsplit(text if "://" in text else f"https://{text}")
	try:
		usable = parts.scheme.lower() in ("http", "https") and parts.hostname and (parts.port or True)
	except ValueError:
		usable = False
	if not usable or re.search(r"\s", parts.netloc):
		raise NotAWooCommerceStoreError(
			Sentence('"{0}" is no web address.', text.rpartition("@")[2][:100]),
			"Write the shop's address as the browser shows it, such as https://shop.example",
		)
	if "@" in parts.netloc:
		raise NotAWooCommerceStoreError(
			"The shop's address holds a user name or a password.",
			"Remove them from the address. The key and the secret are entered separately.",
		)
	path = _PASTED_PAGES.sub("", parts.path).rstrip("/")
	return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path}"


def host_of(url: str) -> str:
	"""The host to which what is sent goes, with its port where that isn't the usual one of http or https."""
	parts = urlsplit(url if "//" in url else f"//{url}")
	port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
	return f"{(parts.hostname or '').rstrip('.')}{port}"


def is_loopback(url: str) -> bool:
	"""Whether the address is this very machine, so that nobody on the way can read what is sent."""
	host = urlsplit(url).hostname or ""
	try:
		return ipaddress.ip_address(host).is_loopback
	except ValueError:
		return host == "localhost" or host.endswith(".localhost")


def is_https(url: str) -> bool:
	return urlsplit(url).scheme == "https"
