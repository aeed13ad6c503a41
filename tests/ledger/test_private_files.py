"""What a rehearsal writes is its owner's alone, and two stores never share a file."""

import os
from pathlib import Path

import pytest

from jarz_woocommerce_integration.cli.access import StoreOptions
from jarz_woocommerce_integration.cli.main import commands
from jarz_woocommerce_integration.ledger import private_files
from jarz_woocommerce_integration.ledger.private_files import file_name
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger

ALIKE = ("My/Shop", "My_Shop", "My\\Shop", "My:Shop", "My Shop", ".My_Shop", "..My_Shop", "My?Shop")
LONG = "متجر" * 35


@pytest.fixture(autouse=True)
def open_umask():
	before = os.umask(0)
	yield
	os.umask(before)


def mode(path: Path) -> int:
	return path.stat().st_mode & 0o777


def test_a_ledger_is_its_owners_with_all_that_is_beside_it(tmp_path):
	path = tmp_path / "shop.sqlite"
	with SQLiteLedger(path, "https://shop.test") as ledger:
		ledger.load_territories([])
		modes = {file.name: mode(file) for file in tmp_path.iterdir()}
	assert set(modes.values()) == {0o600}, modes
	assert {"shop.sqlite", "shop.sqlite-wal", "shop.sqlite.lock"} <= set(modes)


def test_a_rehearsal_leaves_nothing_that_others_can_read(tmp_path, monkeypatch):
	monkeypatch.chdir(tmp_path)
	status = commands.main(["rehearse", "--sample", "5", "--json", "-"], standalone_mode=False)
	assert status in (0, 1)
	made = [tmp_path / "rehearsal", *(tmp_path / "rehearsal").rglob("*")]
	assert len(made) > 3
	assert {path: mode(path) for path in made} == {path: 0o700 if path.is_dir() else 0o600 for path in made}


def test_a_folder_that_is_there_stays_as_its_owner_wants_it(tmp_path):
	folder = tmp_path / "mine"
	folder.mkdir(mode=0o755)
	private_files.make_folder(folder)
	assert mode(folder) == 0o755


def test_two_names_never_get_one_file():
	names = [file_name(name) for name in (*ALIKE, LONG, LONG + "x", LONG + "y", "../../etc/passwd", "", "..")]
	assert len(set(names)) == len(names)
	for name in names:
		assert "/" not in name and not name.startswith(".") and len(name.encode()) < 200


@pytest.mark.parametrize("name", ["Shop", "متجر", "shop-1.example"])
def test_a_plain_name_is_its_own(name):
	assert file_name(name) == name


def test_two_shops_that_are_named_alike_have_ledgers_of_their_own():
	urls = (
		"https://h.test/a/b",
		"https://h.test/a-b",
		"https://h.test:80/a",
		"https://h.test-80/a",
		"https://h.test",
	)
	names = [StoreOptions(url, None, 1, None, None).name for url in urls]
	assert len(set(names)) == len(names)
	assert names[-1] == StoreOptions("h.test/", None, 1, None, None).name == "h.test"
