import pytest

from tests.services.migration.shop import Shop


@pytest.fixture
def shop():
	with Shop().open() as shop:
		yield shop


@pytest.fixture
def ledger_file(tmp_path):
	return tmp_path / "ledger.sqlite"
