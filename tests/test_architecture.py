"""The house's rules on who imports whom (docs/develop/architecture.md)."""

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import jarz_woocommerce_integration as app
from jarz_woocommerce_integration import hooks

PACKAGE = "jarz_woocommerce_integration"
ROOT = Path(app.__file__).parent
TESTS = Path(__file__).parent
# The door for `bench execute` stands beside the folders that it leads to.
EXCEPT_FOR = ("order_sync.py",)

# Who may import what of ours, while running.
ALLOWED = {
	"store": set(),
	"translation": set(),
	"ledger": {"translation"},
	# Whether the indexes are in place is a point of the preflight.
	"services": {"store", "translation", "ledger", "setup_site"},
	"sample_store": {"store", "translation"},
	"cli": {"store", "translation", "ledger", "services", "sample_store"},
	"api": {"services", "install"},  # `install` names the roles
	"woocommerce": {"services"},
}
# `woocommerce` is the Frappe module, whose folders the Desk writes.
FOLDERS = sorted(
	path.parent
	for room in {*ALLOWED, "setup_site"} - {"woocommerce"}
	for path in (ROOT / room).rglob("__init__.py")
)
# Modules beside the rooms, which everyone may import.
EVERYONES = ("compat", "exceptions", "findings", "old_names", "sentences")
LARGEST_FOLDER = 16


def needs_a_site(folder):
	"""Each folder says it in its docstring."""
	return "Needs a site." in (folder / "__init__.py").read_text(encoding="utf-8")


# A run's own words and the states of its pages are committed between two pages, and what is old is removed in batches.
# What is noted in the inbox is committed before it is worked on, and what came of it right after.
COMMITS = {
	"session/runs.py",
	"page_jobs/pages.py",
	"monitoring/logs.py",
	"monitoring/retention.py",
	"inbox/work.py",
	"live/state.py",
	"live/sync.py",
	"reconciliation/resolution.py",
	"live/sync_again.py",
	# What a shop is given (a secret) can't be taken back with a transaction, and no row is locked while it is asked.
	"webhooks/registration.py",
	"webhooks/health.py",
	"session/session.py",  # what the shop says of itself, before it is asked on
	"desk/setup.py",  # what a check of the connection found, though it ends with an error
	"session/work_queue.py",  # the end of a job of the inbox or outbox
	"mailing/sending.py",  # each invoice with its row of the Email Queue
	"outbox/sending.py",  # what goes out is marked as such before it goes, and as sent right after
	"levels/work.py",  # what goes out is marked as such before it goes, and what came of it right after
	"stock/sending.py",  # that all is to be compared by night
	"prices/sending.py",
	"prices/levels.py",
	"stock/levels.py",  # that all is to be compared, before it is
	"undo/book_anew.py",  # taken back, and noted for the inbox, in one transaction
	"products/images.py",
	"products/planning.py",  # how far the reading is, for whoever watches, and the plan at its end
	"products/applying.py",  # how far it is, between two batches
	"products/undoing.py",
	"products/jobs.py",  # with what it ended badly
	"products/single.py",  # approved, before it is applied
	"products/follow_up.py",  # what became of products that a webhook reported, as of their links
	"held/resolutions.py",  # kept before the order is read again
	"held/held_orders.py",  # so are what many orders are decided by: items, statuses, documents
	"extensions/calls.py",  # what another app's listener writes, after the page is committed
	"dry_run/jobs.py",  # that a rehearsal has failed is told, though its job ends with the error
}


def modules_of(room):
	return sorted((ROOT / room).rglob("*.py"))


def runtime_imports(path):
	"""Names that a file imports when it runs: what stands under `if TYPE_CHECKING` is for type checkers alone."""
	tree = ast.parse(path.read_text(encoding="utf-8"))
	for node in ast.walk(tree):
		if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
			node.body = []
	for node in ast.walk(tree):
		if isinstance(node, ast.Import):
			yield from (name.name for name in node.names)
		elif isinstance(node, ast.ImportFrom):
			assert not node.level, f"{path} imports relatively"
			yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_imports_go_one_way(room):
	for path in modules_of(room):
		for name in runtime_imports(path):
			if name.startswith(f"{PACKAGE}."):
				other = name.split(".")[1]
				if other not in (room, *EVERYONES):
					assert other in ALLOWED[room], f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_what_does_not_need_a_site_never_names_frappe(folder):
	for path in folder.glob("*.py"):
		if not needs_a_site(folder) and path.name not in EXCEPT_FOR:
			assert not [
				name for name in runtime_imports(path) if name.split(".")[0] in ("frappe", "erpnext")
			], path


def python_folders():
	for root in (ROOT, TESTS):
		yield from {
			path.parent for path in root.rglob("*.py") if {"doctype", "patches"}.isdisjoint(path.parts)
		}


@pytest.mark.parametrize(
	"folder", sorted(python_folders()), ids=lambda folder: str(folder.relative_to(TESTS.parent))
)
def test_a_folder_is_small_and_no_prefix_hides_another_one(folder):
	names = [path.stem for path in folder.glob("*.py")]
	assert len(names) <= LARGEST_FOLDER
	prefixes = Counter(
		name.removeprefix("test_").split("_")[0] for name in names if "_" in name.removeprefix("test_")
	)
	assert [prefix for prefix, count in prefixes.items() if count > 2] == []


def test_internals_of_frappe_are_touched_in_compat_alone():
	internal = (
		r"frappe\.local\.(?!site\b|conf\.get)\w+|value_cache|after_commit\._|frappe\.flags\.(?:mute|in_)\w+ ="
	)
	for path in ROOT.rglob("*.py"):
		if path.name != "compat.py" and "tests" not in path.relative_to(ROOT).parts:
			assert not re.findall(internal, path.read_text(encoding="utf-8")), path


def test_translation_does_no_input_or_output():
	forbidden = {"requests", "sqlite3", "socket", "urllib", "subprocess", "threading"}
	for path in modules_of("translation"):
		assert forbidden.isdisjoint(name.split(".")[0] for name in runtime_imports(path)), path


def test_no_float_in_translation():
	for path in modules_of("translation"):
		for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
			assert not (isinstance(node, ast.Name) and node.id == "float"), path
			assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), path


def test_everything_without_a_bench_imports_where_there_is_no_frappe():
	names = [f"{PACKAGE}.exceptions", f"{PACKAGE}.findings", f"{PACKAGE}.sentences"] + [
		".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
		for folder in FOLDERS
		if not needs_a_site(folder)
		for path in folder.glob("*.py")
		if path.name not in (*EXCEPT_FOR, "__main__.py")
	]
	code = (
		"import importlib, sys\n"
		"sys.modules['frappe'] = sys.modules['erpnext'] = None\n"
		f"for name in {names!r}: importlib.import_module(name)\n"
	)
	subprocess.run([sys.executable, "-c", code], check=True)


def test_only_ledgers_write_books_and_helpers_never_commit():
	for room in ("translation", "services", "store"):
		for path in modules_of(room):
			if f"{path.parent.name}/{path.name}" in COMMITS:
				continue
			text = path.read_text(encoding="utf-8")
			assert ".commit(" not in text and "COMMIT" not in text, path


def test_the_two_lists_of_patches_are_one_file():
	link = ROOT.parent / "patches.txt"
	assert link.is_symlink()
	assert link.resolve() == (ROOT / "patches.txt").resolve()


def test_only_our_own_text_is_written_into_the_error_log():
	for path in ROOT.rglob("*.py"):
		text = path.read_text(encoding="utf-8")
		if path.name != "background.py" and "tests" not in path.relative_to(ROOT).parts:
			assert "log_error(" not in text and "get_traceback(" not in text, path


JOBS = (
	"inbox.work.work_on",
	"live.sync.poll",
	"outbox.sending.send",
	"mailing.sending.send",
	"page_jobs.jobs.book_page",
	"page_jobs.jobs.work_on_run",
	"reconciliation.jobs.reconcile_recent",
	"reconciliation.jobs.reconcile_whole",
	"dry_run.jobs.run",
	"undo.undo.undo_job",
	"products.jobs.work_on",
	"products.jobs.fetch_images",
	"proof.jobs.prove_run",
)


def test_each_job_lets_no_frames_out():
	events = hooks.scheduler_events
	scheduled = [
		name for names in (*events["cron"].values(), events["hourly"], events["daily"]) for name in names
	]
	for name in (*(f"{PACKAGE}.services.{job}" for job in JOBS), *scheduled):
		module, _dot, function = name.rpartition(".")
		tree = ast.parse((ROOT.parent / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
		(found,) = (node for node in tree.body if getattr(node, "name", "") == function)
		assert [decorator.id for decorator in found.decorator_list] == ["without_traces"], name
