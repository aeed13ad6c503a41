"""The ways in which a WooCommerce store takes a key: Basic, OAuth 1.0a, or in the query string.

Observed: Basic and keys in the query work over https only, OAuth works everywhere, and its signature must name the
store's own home URL whatever address was dialled.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from woocommerce.oauth import OAuth

from jarz_woocommerce_integration.store.http.address import Permalinks, is_https, is_loopback
from jarz_woocommerce_integration.store.http.credentials import Credentials


class _Signature(OAuth):  # type: ignore[misc]  # the library has no types
	"""The signature of WooCommerce's own library, with slashes encoded as the store's PHP encodes them."""

	@staticmethod
	def normalize_parameters(params: Mapping[str, str]) -> OrderedDict[str, str]:
		def encode(text: str) -> str:
			return quote(unquote(text), safe="").replace("%", "%25")

		return OrderedDict((encode(name), encode(value)) for name, value in params.items())


@dataclass(frozen=True)
class Basic:
	"""Key and secret in the Authorization header."""

	name = "Basic"

	def authorise(
		self, credentials: Credentials, method: str, path: str, params: Mapping[str, str]
	) -> tuple[dict[str, str], dict[str, str]]:
		"""What is sent for `method` on `path` below the store's address: the query parameters and the headers."""
		return dict(params), {"Authorization": f"Basic {credentials.basic_token}"}


@dataclass(frozen=True)
class QueryString:
	"""Key and secret in the URL, for hosts that keep the Authorization header from PHP."""

	name = "keys in the query string"

	def authorise(
		self, credentials: Credentials, method: str, path: str, params: Mapping[str, str]
	) -> tuple[dict[str, str], dict[str, str]]:
		"""As `Basic.authorise`."""
		keys = {
			"consumer_key": credentials.consumer_key,
			"consumer_secret": credentials.consumer_secret,
		}
		return {**params, **keys}, {}


@dataclass(frozen=True)
class OAuth1:
	"""A signature over the request, for plain http; the secret never leaves this machine.

	:ivar home: the store's own home URL, without trailing slash
	:ivar bare_root: sign the root path as nothing, which is what WordPress makes of it, and not as "/"
	"""

	home: str
	bare_root: bool = True
	name = "OAuth 1.0a"

	def authorise(
		self, credentials: Credentials, method: str, path: str, params: Mapping[str, str]
	) -> tuple[dict[str, str], dict[str, str]]:
		"""As `Basic.authorise`."""
		signed_url = self.home + ("" if self.bare_root and path == "/" else path)
		signature = _Signature(
			signed_url, credentials.consumer_key, credentials.consumer_secret, version="wc/v3", method=method
		)
		signed = {
			**params,
			"oauth_consumer_key": credentials.consumer_key,
			"oauth_timestamp": str(int(time.time())),
			# The library's own nonces are a hundred million different ones: too few for a quarter of an hour.
			"oauth_nonce": secrets.token_hex(16),
			"oauth_signature_method": "HMAC-SHA256",
		}
		return {**signed, "oauth_signature": signature.generate_oauth_signature(signed, signed_url)}, {}


Authentication = Basic | QueryString | OAuth1


def candidates(url: str, home: str, permalinks: Permalinks) -> Iterator[Authentication]:
	"""What to try on a store, in order. The secret itself is only ever sent over https or within this machine.

	:param url: the dialled address; :param home: what the store calls itself
	"""
	if is_https(url):
		yield from (Basic(), QueryString())
	# Behind a proxy the store may take http for https or the other way, and it signs with what it takes it for.
	scheme, rest = urlsplit(url).scheme, urlsplit(home)[1:]
	for signed_home in dict.fromkeys((home, urlunsplit((scheme, *rest)), url)):
		yield OAuth1(signed_home)
		if permalinks is Permalinks.PLAIN:
			yield OAuth1(signed_home, bare_root=False)
	if not is_https(url) and is_loopback(url):
		yield from (Basic(), QueryString())
