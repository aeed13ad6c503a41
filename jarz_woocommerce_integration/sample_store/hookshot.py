"""The shop's own HTTP client: how webhooks are sent."""

import http.client
from urllib.parse import urlsplit

_TIMEOUT = 60.0
_PING_TIMEOUT = 5.0
_PING = {"Content-Type": "application/x-www-form-urlencoded"}


class Hookshot:
	"""Posts to addresses. Redirects aren't followed, and nothing is tried twice.

	:param agent: the User-Agent
	:ivar dials: host name -> address to dial in its place, for names that no DNS knows
	:ivar timeout: seconds that the receiver of a delivery may be silent
	"""

	def __init__(self, agent: str):
		self.agent = agent
		self.dials: dict[str, str] = {}
		self.timeout = _TIMEOUT

	def ping(self, url: str, body: bytes) -> int | None:
		return self._post(url, _PING, body, min(self.timeout, _PING_TIMEOUT))

	def send(self, url: str, headers: dict[str, str], body: bytes) -> int | None:
		"""The status of the answer; None where there was none."""
		return self._post(url, headers, body, self.timeout)

	def _post(self, url: str, headers: dict[str, str], body: bytes, timeout: float) -> int | None:
		parts = urlsplit(url)
		secure = parts.scheme == "https"
		kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
		try:
			host, port = parts.hostname or "", parts.port or (443 if secure else 80)
			connection = kind(self.dials.get(host, host), port, timeout=timeout)
			try:
				return self._exchange(connection, parts, headers, body)
			finally:
				connection.close()
		except (OSError, ValueError, http.client.HTTPException):
			return None

	def _exchange(self, connection, parts, headers: dict[str, str], body: bytes) -> int:
		path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
		connection.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
		wire = {
			"Host": parts.netloc.rpartition("@")[2],
			"User-Agent": self.agent,
			"Accept": "*/*",
			"Accept-Encoding": "deflate, gzip, br, zstd",
			**headers,
			"Connection": "close",
			"Content-Length": str(len(body)),
		}
		for name, value in wire.items():
			connection.putheader(name, value)
		connection.endheaders(body)
		answer = connection.getresponse()
		answer.read()
		return answer.status
