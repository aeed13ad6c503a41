"""Where a client may connect to, and how much it reads of an answer."""

import socket
from unittest.mock import patch

import pytest

from jarz_woocommerce_integration.exceptions import (
	AnswerTooLargeError,
	PrivateAddressError,
	StoreAnswerNotJSONError,
	StoreError,
	StoreUnreachableError,
)
from jarz_woocommerce_integration.store.http import answers
from jarz_woocommerce_integration.store.http.address import host_of
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from jarz_woocommerce_integration.store.http.destinations import PublicDestinations, is_public
from tests.store.fake_store import KEY, SECRET, FakeStore, Reply

PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
	"address",
	[
		"127.0.0.1",
		"10.1.2.3",
		"172.16.0.1",
		"192.168.1.1",
		"169.254.169.254",
		"100.64.0.1",
		"0.0.0.0",
		"224.0.0.1",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"fe80::1%eth0",
		"fc00::1",
		"ff02::1",
		"::ffff:127.0.0.1",
		"::ffff:10.0.0.1",
		"64:ff9b::7f00:1",
		"2002:7f00:1::",
	],
)
def test_an_address_that_is_not_of_the_internet(address):
	assert not is_public(address)


@pytest.mark.parametrize(
	"address", [PUBLIC, "1.1.1.1", "2606:4700::1111", f"::ffff:{PUBLIC}", "64:ff9b::101:101"]
)
def test_an_address_of_the_internet(address):
	assert is_public(address)


@pytest.fixture
def dialled(monkeypatch):
	"""Who was dialled; nothing is."""
	seen = []

	def create_connection(address, *_arguments, **_settings):
		seen.append(address)
		raise ConnectionRefusedError("refused")

	monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
	return seen


@pytest.fixture
def guarded(sleeps):
	def make(url, allowed=()):
		return StoreClient(
			url,
			Credentials(KEY, SECRET),
			attempts=1,
			sleep=sleeps.append,
			destinations=PublicDestinations(allowed),
		)

	return make


@pytest.mark.parametrize(
	"host",
	[
		"127.0.0.1",
		"localhost",
		"127.1",
		"2130706433",
		"0x7f000001",
		"0",
		"[::1]",
		"169.254.169.254",
		"[::ffff:10.0.0.1]",
	],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_is_sent_into_a_private_network(guarded, dialled, host, scheme):
	with guarded(f"{scheme}://{host}:8443") as client:
		with pytest.raises(PrivateAddressError, match="woo_allow_private_addresses") as refused:
			client.get("orders")
	assert dialled == [] and not refused.value.retryable


def resolving_to(*answers):
	"""A name that leads elsewhere with each question. :param answers: addresses, one list for each question"""
	left = list(answers)

	def getaddrinfo(host, port, *_arguments, **_settings):
		found = left.pop(0) if len(left) > 1 else left[0]
		return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

	return patch("socket.getaddrinfo", getaddrinfo)


def test_what_was_checked_is_what_is_dialled(guarded, dialled):
	with guarded("https://rebinding.example") as client, resolving_to([PUBLIC], ["127.0.0.1"]):
		with pytest.raises(StoreUnreachableError):
			client.get("orders")
		assert dialled == [(PUBLIC, 443)]
		with pytest.raises(PrivateAddressError):
			client.get("orders")
	assert dialled == [(PUBLIC, 443)]


def test_one_private_address_among_public_ones_is_enough(guarded, dialled):
	with guarded("https://both.example") as client, resolving_to([PUBLIC, "10.0.0.1"]):
		with pytest.raises(PrivateAddressError):
			client.get("orders")
	assert dialled == []


def test_all_public_addresses_are_tried(guarded, dialled):
	with guarded("https://two.example") as client, resolving_to([PUBLIC, "1.1.1.1"]):
		with pytest.raises(StoreUnreachableError, match="refused"):
			client.get("orders")
	assert dialled == [(PUBLIC, 443), ("1.1.1.1", 443)]


def test_a_name_that_nobody_has_is_told_as_ever(guarded):
	with guarded("https://shop.invalid") as client:
		with pytest.raises(StoreUnreachableError, match="no machine has that name"):
			client.get("orders")


def test_a_proxy_is_not_asked_for_a_private_address(guarded, dialled, monkeypatch):
	monkeypatch.setenv("https_proxy", "http://127.0.0.1:3128")
	monkeypatch.delenv("no_proxy", raising=False)
	monkeypatch.delenv("NO_PROXY", raising=False)
	with guarded("https://10.0.0.1") as client, pytest.raises(PrivateAddressError):
		client.get("orders")
	assert dialled == []
	with guarded(f"https://{PUBLIC}") as client, pytest.raises(StoreUnreachableError):
		client.get("orders")
	assert dialled == [("127.0.0.1", 3128)]


def test_a_host_that_is_named_may_be_anywhere(store, guarded):
	with guarded(store.url, ["127.0.0.1"]) as client:
		client.connect()
	with guarded(store.url, ["shop.lan"]) as client, pytest.raises(PrivateAddressError):
		client.connect()


def test_a_connection_that_is_kept_is_the_one_that_was_checked(store, guarded):
	with guarded(store.url, ["127.0.0.1"]) as client:
		for _turn in range(3):
			client.get("orders")


def test_an_answer_without_end_is_not_read_to_it(store: FakeStore, client, monkeypatch):
	client.connect()
	monkeypatch.setattr(answers, "LARGEST_ANSWER", 1 << 20)
	store.faults = [Reply(200, b"[" + b" " * (2 << 20) + b"]")]
	with pytest.raises(AnswerTooLargeError, match="larger than 1 MB"):
		client.get("orders")
	assert client.get("orders").body == []


INTERNAL = b"INTERNAL role=admin AccessKeyId=AKIAIOSFODNN7EXAMPLE"


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("body", [INTERNAL, b'{"message": "' + INTERNAL + b'"}', b'["' + INTERNAL + b'"]'])
def test_what_another_server_says_is_shown_to_nobody(store, connect, status, body):
	client = connect(attempts=1)
	client.connect()
	store.faults = [Reply(status, body)] * 3
	with pytest.raises(StoreError) as refused:
		client.get("orders/1", shape=dict if b"[" in body else list)
	assert "INTERNAL" not in str(refused.value) and "AKIA" not in str(refused.value)


def test_what_is_no_json_says_so(store, client):
	client.connect()
	store.faults = [Reply(200, INTERNAL)] * 9
	with pytest.raises(StoreAnswerNotJSONError, match="a text that isn't WooCommerce's"):
		client.get("orders")


@pytest.mark.parametrize(
	("one", "other", "same"),
	[
		("https://shop.example", "http://shop.example/de", True),
		("https://shop.example:443", "https://shop.example", True),
		("https://shop.example", "https://shop.example.", True),
		("https://shop.example", "https://www.shop.example", False),
		("https://shop.example", "https://shop.example:8443", False),
		("https://shop.example", "https://shop.example.evil.example", False),
	],
)
def test_hosts_are_told_apart(one, other, same):
	assert (host_of(one) == host_of(other)) is same
