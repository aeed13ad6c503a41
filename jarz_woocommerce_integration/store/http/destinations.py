"""Where a client may connect to: not into the network of the machine that it runs on, unless somebody allowed that.

A name is resolved for each connection, all that it leads to is checked, and the connection goes to an address that was:
a name that leads elsewhere a moment later changes nothing. No redirect is followed at all.
"""

import ipaddress
import socket
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from jarz_woocommerce_integration.exceptions import PrivateAddressError
from jarz_woocommerce_integration.sentences import Sentence

NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PublicDestinations:
	"""Every public address, and those hosts that are named, wherever they are."""

	def __init__(self, allowed_hosts: Collection[str] = ()):
		self.allowed_hosts = {host.strip().lower().rstrip(".") for host in allowed_hosts}

	def addresses_of(self, host: str, port: int) -> list[str]:
		"""The addresses that a connection to `host` may go to, in the order in which to try them.

		:raises PrivateAddressError: one of them isn't public; :raises OSError: no machine has that name
		"""
		found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
		if host.lower().rstrip(".") not in self.allowed_hosts and not all(map(is_public, found)):
			raise PrivateAddressError(
				Sentence("{0} leads to an address of a private network. Nothing is sent there.", host),
				Sentence(
					"If the shop really runs there, name it in the site's configuration, as in"
					' "woo_allow_private_addresses": ["{0}"].',
					host,
				),
			)
		return list(dict.fromkeys(found))


def is_public(address: str) -> bool:
	"""Whether an IP address is one of the Internet, whichever way it is written."""
	ip = ipaddress.ip_address(address.partition("%")[0])
	if isinstance(ip, ipaddress.IPv6Address):
		inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
		if ip in NAT64:
			inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
		if inner and not is_public(str(inner)):
			return False
		if ip.ipv4_mapped or ip in NAT64:
			return True
	return ip.is_global and not ip.is_multicast


def adapter(destinations: PublicDestinations | None, **settings: Any) -> HTTPAdapter:
	"""What requests connects with. :param destinations: None: anywhere"""
	return _GuardedAdapter(destinations, **settings) if destinations else HTTPAdapter(**settings)


class _GuardedAdapter(HTTPAdapter):
	"""Connects only to checked addresses. What a proxy connects to is the proxy's affair, but is looked at before."""

	def __init__(self, destinations: PublicDestinations, **settings: Any):
		self.destinations = destinations
		super().__init__(**settings)

	def init_poolmanager(self, *arguments: Any, **settings: Any) -> None:
		super().init_poolmanager(*arguments, **settings)
		self.poolmanager.pool_classes_by_scheme = {
			"http": _pool(HTTPConnectionPool, HTTPConnection, self.destinations),
			"https": _pool(HTTPSConnectionPool, HTTPSConnection, self.destinations),
		}

	def send(
		self,
		request: PreparedRequest,
		stream: bool = False,
		timeout: Any = None,
		verify: bool | str = True,
		cert: Any = None,
		proxies: Mapping[str, str] | None = None,
	) -> Response:
		url = request.url or ""
		if select_proxy(url, proxies):
			# Only the proxy may know the name.
			with suppress(socket.gaierror):
				self.destinations.addresses_of(urlsplit(url).hostname or "", 0)
		return super().send(request, stream, timeout, verify, cert, proxies)


class _CheckedConnection(HTTPConnection):
	destinations: PublicDestinations

	def _new_conn(self) -> socket.socket:
		name = self._dns_host
		try:
			addresses = self.destinations.addresses_of(name, self.port)
		except socket.gaierror as error:
			raise NewConnectionError(self, Sentence("getaddrinfo failed: {0}", error)) from error
		try:
			for address in addresses[:-1]:
				self._dns_host = address
				with suppress(HTTPError):
					return super()._new_conn()
			self._dns_host = addresses[-1]
			return super()._new_conn()
		finally:
			# The certificate is asked for the name: only what is dialled is another.
			self._dns_host = name


def _pool(
	pool: type[HTTPConnectionPool], connection: type[HTTPConnection], destinations: PublicDestinations
) -> type:
	"""A kind of pool whose connections go to checked addresses."""
	checked = type("Connection", (_CheckedConnection, connection), {"destinations": destinations})
	return type(pool.__name__, (pool,), {"ConnectionCls": checked})
