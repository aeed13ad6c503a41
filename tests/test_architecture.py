"""The house's rules on who imports whom (docs/architecture.md)."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import jarz_woocommerce_integration as app
from jarz_woocommerce_integration import hooks

PACKAGE = "jarz_woocommerce_integration"
ROOT = Path(app.__file__).parent

# Who may import what of ours, while running. `exceptions` is everyone's.
ALLOWED = {
	"store": set(),
	"translation": set(),
	"ledger": {"translation"},
	"services": {
		"store",
		"translation",
		"ledger",
		"indexes",
	},  # whether the `indexes` are in place is a point of the preflight
	"rehearsal": {"store", "translation", "ledger", "services"},
	"api": {"services", "install"},  # `install` names the roles
	"woocommerce": {"services"},
}
WITHOUT_FRAPPE = ("exceptions", "store", "translation", "ledger", "services", "rehearsal")
# What works on a site only. Whoever is not listed here runs in a rehearsal, too, where there is no bench.
SERVICES_OF_A_SITE = (
	"alerts",
	"background",
	"books_verification",
	"customer_links",
	"differences",
	"dry_run",
	"erasure",
	"inbox",  # and inbox_work
	"live_",  # and all that begin so
	"mapping_suggestions",
	"order_sync",
	"outbox",  # and all that begin so
	"page_feed",
	"page_jobs",
	"page_queue",
	"preflight",  # and all that begin so
	"proof",  # and proof_documents; what of it needs no site is in `proving`
	"reconciliation",  # and all that begin so
	"rehearsals",
	"resolutions",
	"retention",
	"rollback",
	"run_",
	"settings_rules",
	"setup_rights",
	"single_orders",
	"site_",  # and all that begin so
	"store_currencies",
	"store_defaults",
	"store_preview",
	"store_rules",
	"store_setup",
	"sync_again",
	"webhook",  # and all that begin so
)
NEEDS_FRAPPE = (
	f"{PACKAGE}.ledger.erpnext",
	f"{PACKAGE}.ledger.bulk",
	*(f"{PACKAGE}.services.{name}" for name in SERVICES_OF_A_SITE),
)
# A run's own words and the states of its pages are committed between two pages, and what is old is removed in batches.
# What is noted in the inbox is committed before it is worked on, and what came of it right after.
COMMITS = {
	"site_runs.py",
	"site_pages.py",
	"retention.py",
	"inbox_work.py",
	"live_state.py",
	"live_sync.py",
	"reconciliation_account.py",
	"sync_again.py",
	# What a shop is given (a secret) can't be taken back with a transaction, and no row is locked while it is asked.
	"webhooks.py",
	"webhook_health.py",
	"site_store.py",  # what the shop says of itself, before it is asked on
	"outbox_sending.py",  # what goes out is marked as such before it goes, and as sent right after
	"resolutions.py",  # kept before the order is read again
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
				if other not in (room, "exceptions"):
					assert other in ALLOWED[room], f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize(
	"room", ["store", "translation", "services/proving", "services/reporting", "rehearsal"]
)
def test_these_rooms_never_name_frappe(room):
	for path in modules_of(room):
		assert not [
			name for name in runtime_imports(path) if name.split(".")[0] in ("frappe", "erpnext")
		], path


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
	names = [f"{PACKAGE}.{room}" for room in WITHOUT_FRAPPE]
	for room in WITHOUT_FRAPPE[1:]:
		found = pkgutil.walk_packages([str(ROOT / room)], f"{PACKAGE}.{room}.")
		names += [module.name for module in found if not module.name.endswith("__main__")]
	names = [name for name in names if not name.startswith(NEEDS_FRAPPE)]
	code = (
		"import importlib, sys\n"
		"sys.modules['frappe'] = sys.modules['erpnext'] = None\n"
		f"for name in {names!r}: importlib.import_module(name)\n"
	)
	subprocess.run([sys.executable, "-c", code], check=True)


def test_only_ledgers_write_books_and_helpers_never_commit():
	for room in ("translation", "services", "store"):
		for path in modules_of(room):
			if path.name in COMMITS:
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
	"inbox_work.work_on",
	"live_sync.poll",
	"outbox_sending.send",
	"page_jobs.book_page",
	"page_jobs.work_on_run",
	"reconciliation.reconcile_recent",
	"reconciliation.reconcile_whole",
	"rehearsals.run",
	"rollback.undo_job",
	"run_verification.prove_run",
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
