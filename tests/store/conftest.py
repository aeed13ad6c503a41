import pytest
from fake_store import KEY, SECRET, FakeStore

from jarz_woocommerce_integration.store.client import StoreClient
from jarz_woocommerce_integration.store.credentials import Credentials


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
def connect(store, sleeps):
	"""Makes clients for the fake store that don't wait for real."""
	clients = []

	def make(url=None, secret=SECRET, **settings):
		client = StoreClient(
			url or store.url, Credentials(KEY, secret), **{"sleep": sleeps.append, **settings}
		)
		clients.append(client)
		return client

	yield make
	for client in clients:
		client.close()


@pytest.fixture
def client(connect):
	return connect()
