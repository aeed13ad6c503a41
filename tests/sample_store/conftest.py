import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request

KEYS = "consumer_key=ck_sample&consumer_secret=cs_sample"


def recorded(name: str) -> Any:
	return json.loads(gzip.decompress((Path(__file__).parent / "fixtures" / f"{name}.json.gz").read_bytes()))


@pytest.fixture(scope="session")
def captures() -> dict[str, Any]:
	"""Answers of real WooCommerce 10.9.4 and 8.9.3 stores, as recorded: bodies, and headers of errors and lists."""
	return recorded("captures")


@pytest.fixture(scope="session")
def real_products() -> dict[str, Any]:
	"""Products of a real WooCommerce 11.0.1, its answers to changes of them, and its webhooks, as recorded."""
	return recorded("products")


@pytest.fixture(scope="session")
def large_shop() -> SampleShop:
	"""Large enough to have orders of every kind. Nobody changes it."""
	return SampleShop(seed=1, orders=3000)


@pytest.fixture(scope="session")
def large_store(large_shop) -> SampleStore:
	return SampleStore(large_shop, basic_over_http=True)


@pytest.fixture
def shop() -> SampleShop:
	"""A small one of the test's own."""
	return SampleShop(seed=7, orders=250)


@pytest.fixture
def store(shop) -> SampleStore:
	return SampleStore(shop, basic_over_http=True)


Ask = Callable[..., Answer]


@pytest.fixture(scope="session")
def ask() -> Ask:
	"""Asks a store without sockets, with its key in the query string as over https."""

	def ask(store: SampleStore, path: str, method: str = "GET", body: Any = None) -> Answer:
		uri = f"/wp-json/wc/v3/{path}{'&' if '?' in path else '?'}{KEYS}"
		return store.answer(Request(method, uri, body=b"" if body is None else json.dumps(body).encode()))

	return ask


@pytest.fixture(scope="session")
def fetch(ask) -> Callable[..., Any]:
	"""The decoded body of an answer that must be 200."""

	def fetch(store: SampleStore, path: str) -> Any:
		answer = ask(store, path)
		assert answer.status == 200, answer.body
		return json.loads(answer.body)

	return fetch
