import pytest

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.store.http.budget import RateBudget
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials


@pytest.fixture
def shop():
	return SampleShop(seed=3, orders=10)


@pytest.fixture
def sample(shop):
	return SampleStore(shop)


@pytest.fixture
def shop_client(sample):
	with sample.serve() as url:
		options = {"budget": RateBudget(url, None), "attempts": 1, "sleep": lambda seconds: None}
		with StoreClient(url, Credentials("ck_sample", "cs_sample"), **options) as client:
			yield client
