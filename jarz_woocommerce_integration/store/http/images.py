"""Images of products, taken from the shop's own host alone.

Whoever may edit a product says where its image is. So nothing of an address is believed: its host has to be the shop's, its machine
a public one, each redirect is looked at like the first address, and what comes back is an image by its first bytes, whatever it says.
Neither the key nor cookies are sent along.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

from requests import RequestException, Response, Session
from urllib3.exceptions import HTTPError

from jarz_woocommerce_integration.exceptions import (
	ImageRefusedError,
	StoreNotFoundError,
	StoreUnreachableError,
	StoreUnwellError,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.http.address import is_loopback
from jarz_woocommerce_integration.store.http.destinations import PublicDestinations, adapter

LARGEST = 8 * 1024 * 1024
MOST_SECONDS = 60.0
MOST_REDIRECTS = 3
PIECE = 64 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
MAY_PASS = (408, 425, 429)
USUAL_PORTS = {"http": 80, "https": 443}
# A picture that may hold scripts (SVG) isn't among them.
_WEBP = (b"RIFF", b"WEBP")
_BEGINNINGS = (
	(b"\xff\xd8\xff", "jpg"),
	(b"\x89PNG\r\n\x1a\n", "png"),
	(b"GIF87a", "gif"),
	(b"GIF89a", "gif"),
)
HEADERS = {
	"Accept": "image/jpeg, image/png, image/webp, image/gif",
	# What is packed may be a thousand times as large as what is read of it.
	"Accept-Encoding": "identity",
	"User-Agent": "jarz_woocommerce_integration (requests)",
}


@dataclass(frozen=True, slots=True)
class Image:
	""":ivar extension: by its content, without a dot"""

	content: bytes
	extension: str


class ImageClient:
	"""Takes images of one shop. Use it as a context manager, or close it.

	:param shop: addresses of the shop (its own, and its home), whose hosts are the only ones that are asked
	:param destinations: where to connect to; None is anywhere
	"""

	def __init__(
		self,
		shop: Collection[str],
		destinations: PublicDestinations | None = None,
		timeout: tuple[float, float] = (10, 20),
		largest: int = LARGEST,
		most_seconds: float = MOST_SECONDS,
	):
		self.origins = {_origin(address) for address in shop if address}
		self.timeout = timeout
		self.largest = largest
		self.most_seconds = most_seconds
		self._session = Session()
		for scheme in USUAL_PORTS:
			self._session.mount(f"{scheme}://", adapter(destinations, max_retries=0))
		self._session.headers.clear()
		self._session.headers.update(HEADERS)
		self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
		self._session.auth = lambda request: request
		self._session.trust_env = not all(map(is_loopback, shop))

	def __enter__(self) -> "ImageClient":
		return self

	def __exit__(self, *exception: object) -> None:
		self.close()

	def close(self) -> None:
		self._session.close()

	def is_of_the_shop(self, address: str) -> bool:
		"""Whether an address is one of the shop's own hosts, at a port where the shop answers."""
		return bool(address) and _origin(address) in self.origins

	def fetch(self, address: str) -> Image:
		"""The image at an address.

		:raises ImageRefusedError: it isn't taken; :raises StoreNotFoundError: it isn't there
		:raises StoreError: the shop can't be reached; one that is retryable may pass
		"""
		ends = time.monotonic() + self.most_seconds
		for _redirect in range(MOST_REDIRECTS + 1):
			if not self.is_of_the_shop(address):
				raise ImageRefusedError(
					Sentence("The image isn't on the shop's own host, but on {0}.", _host(address)),
					"Its address is kept.",
				)
			try:
				with self._ask(address) as response:
					if response.status_code not in REDIRECTS:
						return self._read(response, ends)
					address = urljoin(address, response.headers.get("Location") or "")
			except (RequestException, HTTPError, HTTPException, UnicodeError, ValueError) as error:
				failure = StoreUnreachableError(
					Sentence("The image can't be fetched: {0}.", type(error).__name__),
					"A later attempt may succeed.",
				)
			else:
				continue
			# Outside of the handler: the exception of requests would come along as context.
			raise failure
		raise ImageRefusedError(
			"The image's address leads from one redirect to the next.", "Its address is kept."
		)

	def _ask(self, address: str) -> Response:
		return self._session.get(address, timeout=self.timeout, allow_redirects=False, stream=True)

	def _read(self, response: Response, ends: float) -> Image:
		status = response.status_code
		if status in MAY_PASS or status >= 500:
			raise StoreUnwellError(Sentence("The shop answers {0} for the image.", status), status=status)
		if status != 200:
			raise StoreNotFoundError(Sentence("The shop answers {0} for the image.", status), status=status)
		said = response.headers.get("Content-Length") or ""
		if said.isdecimal() and len(said) < 19 and int(said) > self.largest:
			raise self._too_large()
		content = b""
		while piece := response.raw.read1(PIECE):
			content += piece
			if len(content) > self.largest:
				raise self._too_large()
			if time.monotonic() > ends:
				raise StoreUnreachableError("The image takes too long.", "A later attempt may succeed.")
		if said.isdecimal() and len(content) < int(said):
			raise StoreUnreachableError("The image was cut off.", "A later attempt may succeed.")
		extension = extension_of(content)
		if not extension:
			raise ImageRefusedError(
				"What the shop answers is no image (JPEG, PNG, GIF or WebP).", "Its address is kept."
			)
		return Image(content, extension)

	def _too_large(self) -> ImageRefusedError:
		return ImageRefusedError(
			Sentence("The image is larger than {0} MB.", self.largest // (1024 * 1024)),
			"Its address is kept.",
		)


def extension_of(content: bytes) -> str:
	"""What kind of image it is by its first bytes, "" for none."""
	for beginning, extension in _BEGINNINGS:
		if content.startswith(beginning):
			return extension
	return "webp" if (content[:4], content[8:12]) == _WEBP else ""


def _origin(address: str) -> tuple[str, int | None]:
	"""Host and port: both usual ones are one, since a shop moves from http to https; "www." doesn't matter. ("", None) for no web address."""
	try:
		parts = urlsplit(address)
		host, port = (parts.hostname or "").rstrip("."), parts.port
	except ValueError:
		return "", None
	if parts.scheme not in USUAL_PORTS or not host or parts.username or parts.password:
		return "", None
	return host.removeprefix("www."), None if port in (None, *USUAL_PORTS.values()) else port


def _host(address: str) -> str:
	try:
		return urlsplit(address).hostname or "?"
	except ValueError:
		return "?"
