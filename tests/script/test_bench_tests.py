"""What script/test-bench says at its end, and what it installs: read from what bench and pyproject.toml say."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "script" / "bench_tests.py"
spec = importlib.util.spec_from_file_location("bench_tests", SCRIPT)
bench_tests = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench_tests)

HALF = """
jarz.tests.test_x.TestX
  \x1b[32m ✔ \x1b[0m test_a
  \x1b[37m = \x1b[0m test_b
  \x1b[31m ✖ \x1b[0m test_c

Tests: 3, Failing: 1, Errors: 0
"""
WELL = "\n  ✔  test_a\n\nTests: 40, Failing: 0, Errors: 0\n"
ONE = "test_a (x) ... ok\n----\nRan 7 tests in 3.2s\n\nFAILED (failures=1, errors=2, skipped=1)\n<frappe>\n"


def run(*arguments):
	done = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True)
	return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.fixture
def log(tmp_path):
	def write(name, text):
		(tmp_path / name).write_text(text, encoding="utf-8")
		return tmp_path / name

	return write


@pytest.mark.parametrize(
	("text", "counts"),
	[
		(HALF.replace("\x1b[32m", ""), (1, 1, 1)),
		(WELL, (40, 0, 0)),
		(ONE, (3, 3, 1)),
		("Ran 12 tests in 1s\n\nOK\n", (12, 0, 0)),
		("Ran 1 test in 1s\n\nOK (skipped=1)\n", (0, 0, 1)),
		("ModuleNotFoundError: No module named 'hypothesis'\n", None),
	],
)
def test_a_log_says_how_many_passed_failed_and_were_skipped(text, counts):
	assert bench_tests.counts_of(bench_tests.ANSI.sub("", text)) == counts


def test_the_closing_line_counts_both_halves(log):
	assert run("count", log("one", WELL), log("two", WELL)) == (0, ["80 passed, 0 failed"], "")
	status, lines, _told = run("count", log("one", WELL), log("two", HALF))
	assert (status, lines) == (1, ["41 passed, 1 failed, 1 skipped"])


def test_a_half_that_ended_before_its_end_fails(log):
	status, lines, told = run("count", log("one", WELL), log("two", "Traceback (most recent call last):\n"))
	assert (status, lines) == (1, ["40 passed, 0 failed"])
	assert "two has no count of tests" in told


def test_no_test_is_a_failure(log):
	status, lines, told = run("count", log("one", "Tests: 0, Failing: 0, Errors: 0\n"))
	assert (status, lines) == (1, ["0 passed, 0 failed"])
	assert "No test ran" in told


def test_modules_with_failed_tests_are_named_once_and_their_tests_told(log):
	broken = "  ✖  setUpClass (jarz.tests.test_y.TestY)\n\nTests: 2, Failing: 0, Errors: 1\n"
	status, lines, told = run("failed", log("one", HALF), log("two", broken), log("three", WELL))
	assert (status, lines) == (0, ["jarz.tests.test_x", "jarz.tests.test_y"])
	assert told == "failed: jarz.tests.test_x.test_c\nfailed: jarz.tests.test_y.setUpClass\n"


@pytest.mark.parametrize(
	"text", ["Tests: 3, Failing: 1, Errors: 0\n", "Traceback (most recent call last):\n"]
)
def test_failures_that_nobody_can_name_are_a_failure_of_their_own(log, text):
	status, _lines, _told = run("failed", log("one", HALF), log("two", text))
	assert status == 1


def test_what_the_tests_need_is_what_pyproject_names():
	status, lines, _told = run("dependencies", SCRIPT.parents[1] / "pyproject.toml")
	assert status == 0
	assert any(line.startswith("hypothesis>=") for line in lines)


def test_the_longest_modules_are_begun_first():
	folder = Path(__file__).parents[2] / "jarz_woocommerce_integration" / "tests"
	modules = [(str(path.parent), path.name) for path in folder.rglob("test_*.py")]
	begun = sorted(modules, key=bench_tests.longest_first)
	assert all(
		f"{path}/{name}".endswith(bench_tests.LONGEST) for path, name in begun[: len(bench_tests.LONGEST)]
	)
	assert sorted(begun) == sorted(modules)


@pytest.mark.parametrize(
	("file", "wanted", "is_run"),
	[
		("tests/undo/test_undo.py", (), True),
		("tests/undo/test_undo.py", ("setup_site", "undo/test_undo"), True),
		("tests/undo/test_undo_kept.py", ("setup_site", "undo/test_undo"), False),
		("tests/setup_site/test_compat.py", ("setup_site",), True),
		("woocommerce/doctype/woocommerce_store/test_woocommerce_store.py", ("setup_site",), False),
	],
)
def test_a_share_may_be_of_some_folders_and_modules(file, wanted, is_run):
	path = Path("/bench/apps/app/app") / file
	assert bench_tests.is_one_of(wanted, str(path.parent), path.name) == is_run


def test_the_modules_that_took_longest_are_named(tmp_path, capsys):
	for name, seconds in (("bulk-test_rows", "120"), ("undo-test_undo", "7"), ("live-test_sync", "")):
		(tmp_path / f"-work-app-tests-{name}.py").write_text(seconds)
	assert bench_tests.slowest(str(tmp_path)) == 0
	named = [line.split()[-1] for line in capsys.readouterr().out.splitlines()]
	assert named == ["bulk-test_rows", "undo-test_undo", "live-test_sync"]
