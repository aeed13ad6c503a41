"""The tests that the threat model names are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
(PAGE,) = (ROOT / "docs").rglob("threat-model.md")
NAMED = sorted(set(re.findall(r"`((?:\w+/)?test_\w+\.py)::(test_\w+)`", PAGE.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_it_is_there(file, test):
	folders = (ROOT / "tests", ROOT / "jarz_woocommerce_integration" / "tests")
	found = [path for folder in folders for path in folder.rglob(file)]
	assert any(f"def {test}(" in path.read_text(encoding="utf-8") for path in found), found


def test_each_promise_names_a_test():
	promises = PAGE.read_text(encoding="utf-8").partition("## Promises")[2]
	rows = [line for line in promises.splitlines() if line.startswith("| ") and "---" not in line]
	without = [row for row in rows if "::" not in row and not row.startswith("| promise")]
	assert len(rows) > 30
	assert not without
