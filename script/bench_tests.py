"""What script/test-bench asks beside bench itself.

bench_tests.py dependencies PYPROJECT          what [tool.bench.dev-dependencies] names, as pip takes it
bench_tests.py imports SITE APP                import every test module of the app, and name those that can't be
bench_tests.py share SITE APP FOLDER [TESTS]   run test modules until none is left that another site hasn't taken,
                                               of these folders and modules below tests/, all without any
bench_tests.py slowest FOLDER                  the modules of these shares that took longest
bench_tests.py run SITE OPTIONS                run the tests of --module, or those that --test names (both may be repeated)
bench_tests.py count LOG...                    one line over all logs; status 1 where a test failed or none ran
bench_tests.py failed LOG...                   the modules in which tests failed; status 1 where that can't be said
"""

import argparse
import importlib
import re
import sys
import time
import traceback
import unittest
from collections.abc import Iterator
from pathlib import Path

if sys.version_info >= (3, 11):
	import tomllib
else:
	import tomli as tomllib

# They take longest, in this order (`slowest`). Begun last, one of them would keep a single site busy
# while the other has nothing left to do.
LONGEST = (
	"ledger/test_erpnext_ledger.py",
	"real_shop/test_real_shop.py",
	"bulk/test_rows.py",
	"bulk/test_books.py",
	"inbox/test_inbox_work.py",
	"live/test_sync.py",
	"undo/test_undo.py",
	"live/test_asking_the_shop.py",
	"changes/test_changes_in_the_shop.py",
	"changes/test_changes_and_people.py",
	"changes/test_amendments.py",
	"bulk/test_ledger.py",
	"proof/test_proof.py",
	"bulk/test_planted.py",
	"bulk/test_changed_site.py",
	"real_shop/test_whole_real_shop.py",
	"bulk/test_missing_checks.py",
	"bulk/test_masters.py",
	"desk/test_currencies.py",
	"migration/test_crash.py",
	"migration/test_rehearsal_in_bulk.py",
	"page_jobs/test_workers.py",
	"live/test_chaos.py",
)
# So many are named at the end.
SLOWEST = 15
ANSI = re.compile(r"\x1b\[[0-9;]*m")
# What `bench run-parallel-tests` and `bench run-tests` say at their end.
PARALLEL = re.compile(r"^Tests: (\d+), Failing: (\d+), Errors: (\d+)$", re.MULTILINE)
RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
OUTCOME = re.compile(r"^(?:OK|FAILED)(?: \(([^)]*)\))?$", re.MULTILINE)
SKIPPED_LINE = re.compile(r"^\s+=\s+\w+", re.MULTILINE)
# `module.Class` stands above its tests; a class that can't be set up is named behind it.
CLASS_LINE = re.compile(r"^([a-z]\w*(?:\.\w+)+)\.[A-Z]\w*$")
FAILED_LINE = re.compile(r"^\s+✖\s+(\w+)(?: \((\S+)\.\w+\))?")


def dependencies(pyproject: str) -> int:
	tables = tomllib.loads(Path(pyproject).read_text(encoding="utf-8"))["tool"]["bench"]
	for name, versions in tables.get("dev-dependencies", {}).items():
		print(f"{name}{versions}")
	return 0


def imports(site: str, app: str) -> int:
	"""Frappe's runner takes the test module of a DocType that can't be imported for one that isn't there."""
	import frappe

	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	package = Path(frappe.get_app_path(app))
	broken = 0
	for file in sorted(package.rglob("test_*.py")):
		module = ".".join((app, *file.relative_to(package).with_suffix("").parts))
		try:
			importlib.import_module(module)
		except Exception:
			broken += 1
			traceback.print_exc()
			print(f"{module} can't be imported.", file=sys.stderr)
	frappe.destroy()
	return 1 if broken else 0


def share(site: str, app: str, folder: str, *wanted: str) -> int:
	"""Runners of several sites work side by side until all is done. :param folder: where each marks what it has taken"""
	from frappe.parallel_test_runner import ParallelTestRunner, get_all_tests

	class SharingRunner(ParallelTestRunner):
		def setup_test_file_list(self):  # of Frappe 16, which would go through the list once to weigh it
			self.test_file_list = self.get_test_file_list()

		def get_test_file_list(self):
			for path, filename in sorted(get_all_tests(self.app), key=longest_first):
				if is_one_of(wanted, path, filename) and taken(mark_of(path, filename)):
					yield path, filename

		def run_tests_for_file(self, file_info):
			started = time.monotonic()
			super().run_tests_for_file(file_info)
			mark_of(*file_info).write_text(f"{time.monotonic() - started:.0f}", encoding="utf-8")

	def mark_of(path: str, filename: str) -> Path:
		return Path(folder, Path(path, filename).as_posix().replace("/", "-"))

	if hasattr(SharingRunner, "setup_and_run"):
		SharingRunner(app, site, lightmode=True).setup_and_run()
	else:
		SharingRunner(app, site)  # Frappe 15 runs them at once
	return 0


def run(site: str, *options: str) -> int:
	"""Frappe's own commands make hundreds of records of Frappe and ERPNext first, whatever they are told, or run no test at all."""
	parser = argparse.ArgumentParser(prog="script/test-bench")
	parser.add_argument("--module", action="append", required=True)
	parser.add_argument("--test", action="append", default=[])
	parser.add_argument("--failfast", action="store_true")
	chosen = parser.parse_args(options)
	import frappe
	from frappe.utils.scheduler import disable_scheduler

	frappe.init(site=site)
	frappe.connect()
	frappe.in_test = frappe.flags.in_test = True
	disable_scheduler()
	frappe.clear_cache()
	loaded = unittest.defaultTestLoader.loadTestsFromNames(chosen.module)
	wanted = [test for test in each_of(loaded) if not chosen.test or test._testMethodName in chosen.test]
	runner = unittest.TextTestRunner(verbosity=2, failfast=chosen.failfast)
	return 0 if runner.run(unittest.TestSuite(wanted)).wasSuccessful() else 1


def each_of(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
	for test in suite:
		if isinstance(test, unittest.TestSuite):
			yield from each_of(test)
		else:
			yield test


def longest_first(test: tuple[str, str]) -> tuple[int, tuple[str, str]]:
	name = Path(*test).as_posix()
	return next((place for place, each in enumerate(LONGEST) if name.endswith(each)), len(LONGEST)), test


def is_one_of(wanted: tuple[str, ...], path: str, filename: str) -> bool:
	""":param wanted: folders and modules below tests/, none for all"""
	name = Path(path, filename).with_suffix("").as_posix()
	return not wanted or any(f"/tests/{each}/" in f"{name}/" for each in wanted)


def taken(mark: Path) -> bool:
	try:
		mark.touch(exist_ok=False)
	except FileExistsError:
		return False
	return True


def slowest(folder: str) -> int:
	seconds = {mark: int(mark.read_text(encoding="utf-8") or 0) for mark in Path(folder).iterdir()}
	for mark in sorted(seconds, key=seconds.__getitem__, reverse=True)[:SLOWEST]:
		print(f"{seconds[mark]:5} s  {mark.stem.rpartition('-tests-')[2]}")
	return 0


def count(*logs: str) -> int:
	passed = failed = skipped = 0
	whole = True
	for log in logs:
		counts = counts_of(ANSI.sub("", Path(log).read_text(encoding="utf-8", errors="replace")))
		if counts is None:
			print(f"{log} has no count of tests: the run ended before its end.", file=sys.stderr)
			whole = False
			continue
		passed, failed, skipped = (a + b for a, b in zip((passed, failed, skipped), counts, strict=True))
	print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
	if not (passed or failed):
		print("No test ran.", file=sys.stderr)
	return 0 if whole and passed and not failed else 1


def failed(*logs: str) -> int:
	"""The modules go to the output, a line each; their tests are named for who reads the log."""
	modules: dict[str, None] = {}
	told = counted = 0
	for log in logs:
		text = ANSI.sub("", Path(log).read_text(encoding="utf-8", errors="replace"))
		counts = counts_of(text)
		if counts is None:
			return 1
		counted += counts[1]
		for module, test in failures_of(text):
			told += 1
			modules.setdefault(module)
			print(f"failed: {module}.{test}", file=sys.stderr)
	print(*modules, sep="\n")
	return 0 if told == counted else 1


def failures_of(text: str) -> Iterator[tuple[str, str]]:
	"""Module and name of each test that `bench run-parallel-tests` marks as failed."""
	module = ""
	for line in text.splitlines():
		if found := CLASS_LINE.match(line):
			module = found[1]
		elif found := FAILED_LINE.match(line):
			yield found[2] or module, found[1]


def counts_of(text: str) -> tuple[int, int, int] | None:
	"""How many of a log's tests passed, failed and were skipped, None where it doesn't say."""
	if told := PARALLEL.findall(text):
		ran, failing, errors = map(int, told[-1])
		failed, skipped = failing + errors, len(SKIPPED_LINE.findall(text))
	elif told := RAN.findall(text):
		ran = sum(map(int, told))
		kinds = dict.fromkeys(("failures", "errors", "skipped", "unexpected successes"), 0)
		for outcome in OUTCOME.findall(text):
			for name, number in re.findall(r"([a-z ]+)=(\d+)", outcome):
				kinds[name.strip()] = kinds.get(name.strip(), 0) + int(number)
		skipped = kinds["skipped"]
		failed = kinds["failures"] + kinds["errors"] + kinds["unexpected successes"]
	else:
		return None
	return max(ran - failed - skipped, 0), failed, skipped


COMMANDS = {
	"dependencies": dependencies,
	"imports": imports,
	"share": share,
	"run": run,
	"slowest": slowest,
	"count": count,
	"failed": failed,
}

if __name__ == "__main__":
	command, *arguments = sys.argv[1:]
	sys.exit(COMMANDS[command](*arguments))
