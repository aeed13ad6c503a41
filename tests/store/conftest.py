import time

import pytest

from jarz_woocommerce_integration.store.http import budget
from jarz_woocommerce_integration.store.http.budget import RateBudget
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from tests.store.fake_store import KEY, SECRET, FakeStore


@pytest.fixture
def store():
	fake = FakeStore()
	yield fake
	fake.close()


@pytest.fixture
def sleeps():
	"""The seconds that the clients of a test would have waited."""
	return []


@pytest.fixture
def clock(sleeps):
	"""A clock that only sleeping moves."""
	start = time.time()
	return lambda: start + sum(sleeps)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
	"""Ports are used again: no test may inherit the pause of another one's store."""
	monkeypatch.setattr(budget, "_memory_pauses", {})
	monkeypatch.delenv("RATELIMIT_STORAGE_URL", raising=False)


@pytest.fixture
def connect(store, sleeps, clock):
	"""Makes clients for the fake store that don't wait for real."""
	clients = []

	def make(url=None, secret=SECRET, **settings):
		settings = {"sleep": sleeps.append, "budget": RateBudget(store.url, None, clock=clock), **settings}
		client = StoreClient(url or store.url, Credentials(KEY, secret), **settings)
		clients.append(client)
		return client

	yield make
	for client in clients:
		client.close()


@pytest.fixture
def client(connect):
	return connect()
