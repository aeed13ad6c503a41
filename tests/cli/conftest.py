import pytest

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from tests.cli.command_line import CommandLine


@pytest.fixture
def jarz_woo(tmp_path):
	return CommandLine(tmp_path)


@pytest.fixture
def sample_store():
	"""(store, url) of 600 orders."""
	store = SampleStore(SampleShop(seed=3, orders=600))
	with store.serve() as url:
		yield store, url
