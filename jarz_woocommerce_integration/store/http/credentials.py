"""The key and the secret of a store, which must never be seen in a log, an error or a traceback."""

import base64
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

HIDDEN = "***"
_SIGNED = re.compile(r"\b((?:oauth_|consumer_)[a-z_]+)=[^&\s\"'>)]+")


@dataclass(frozen=True)
class Credentials:
	"""A WooCommerce REST API key.

	:ivar consumer_key: `ck_...`
	:ivar consumer_secret: `cs_...`
	"""

	consumer_key: str = field(repr=False)
	consumer_secret: str = field(repr=False)

	def __post_init__(self) -> None:
		# A pasted line break would otherwise be a wrong secret that looks right.
		object.__setattr__(self, "consumer_key", self.consumer_key.strip())
		object.__setattr__(self, "consumer_secret", self.consumer_secret.strip())

	def __repr__(self) -> str:
		return f"Credentials({HIDDEN})"

	@property
	def basic_token(self) -> str:
		"""What follows `Basic ` in an Authorization header."""
		return base64.b64encode(f"{self.consumer_key}:{self.consumer_secret}".encode()).decode()

	def mask(self, text: str) -> str:
		"""`text` without key, secret, signature or Basic token, in whatever encoding they stand there."""
		text = _SIGNED.sub(rf"\1={HIDDEN}", text)
		for value in (self.consumer_secret, self.consumer_key, self.basic_token):
			if value:
				text = text.replace(value, HIDDEN).replace(quote(value, safe=""), HIDDEN)
		return text


@dataclass(frozen=True)
class Hidden:
	"""What mustn't be seen in a frame: what is sent to a store as JSON, and the secrets of webhooks."""

	content: Any = field(repr=False)

	def __repr__(self) -> str:
		return f"Hidden({HIDDEN})"

	@classmethod
	def of(cls, content: Any) -> "Hidden | None":
		"""`content` hidden, if it isn't already; None stays None."""
		return content if content is None or isinstance(content, cls) else cls(content)
