"""Modules by their names of before version 1.6, for those who know them by path: jobs that wait in Redis during an update, hooks that a
running process has read already, `bench execute`, scripts and other apps. Each name leads to the module that took its place.
"""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

PACKAGE = __package__
MODULES = {
	"custom_fields": "setup_site.custom_fields",
	"indexes": "setup_site.indexes",
	"ledger.bulk": "ledger.erpnext.bulk",
	"ledger.bulk.guards": "ledger.erpnext.bulk.guards",
	"ledger.bulk.proofs": "ledger.erpnext.bulk.proof.proofs",
	"ledger.erpnext_origin": "ledger.erpnext.documents.posting",
	"rehearsal": "cli",
	"rehearsal.cli": "cli.main",
	"rehearsal.sample_store": "sample_store",
	"services.inbox_work": "services.inbox.work",
	"services.live_alerts": "services.monitoring.live_alerts",
	"services.live_state": "services.live.state",
	"services.live_sync": "services.live.sync",
	"services.outbox_documents": "services.outbox.documents",
	"services.outbox_sending": "services.outbox.sending",
	"services.proof_print": "services.proof.printing",
	"services.proof_since": "services.proof.printing",
	"services.proving": "services.comparison",
	"services.proving.lines": "services.comparison.lines",
	"services.rehearsals": "services.dry_run.jobs",
	"services.retention": "services.monitoring.retention",
	"services.rollback": "services.undo.undo",
	"services.run_verification": "services.proof.jobs",
	"services.site_migration": "services.session.migration",
	"services.site_store": "services.session.session",
	"services.site_tax_report": "services.proof.tax_report",
	"services.store_defaults": "services.desk.defaults",
	"services.store_setup": "services.desk.setup",
	"services.webhook_delivery": "services.webhooks.delivery",
	"services.webhook_health": "services.webhooks.health",
	"services.webhook_mishaps": "services.webhooks.malformed",
	"services.webhook_removal": "services.webhooks.removal",
	"tests.books": "tests.support.books",
	"tests.site": "tests.support.site",
}
# Modules whose names are folders now: what of them was known by path, and the file in which it is.
MEMBERS = {
	"services.inbox": ("queue", "WEBHOOK", "note"),
	"services.outbox": ("queue", "NOTE", "add"),
	"services.page_jobs": ("jobs", "book_page", "sweep", "work_on_run"),
	"services.proof": ("proof", "prove_run", "prove_store"),
	"services.reconciliation": (
		"jobs",
		"hourly",
		"nightly",
		"reconcile",
		"reconcile_recent",
		"reconcile_whole",
	),
	"services.webhooks": ("registration", "register"),
}


class OldNames(MetaPathFinder, Loader):
	def find_spec(
		self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
	) -> ModuleSpec | None:
		if (name := fullname.removeprefix(f"{PACKAGE}.")) == fullname or name not in MODULES:
			return None
		found = find_spec(f"{PACKAGE}.{MODULES[name]}")
		is_package = found is not None and found.submodule_search_locations is not None
		return ModuleSpec(fullname, self, is_package=is_package)

	def exec_module(self, module: ModuleType) -> None:
		old = module.__name__
		sys.modules[old] = import_module(f"{PACKAGE}.{MODULES[old.removeprefix(f'{PACKAGE}.')]}")


def members(package: str) -> Callable[[str], Any]:
	"""The `__getattr__` of a folder that was a module."""
	file, *names = MEMBERS[package.removeprefix(f"{PACKAGE}.")]

	def get(name: str) -> Any:
		if name not in names:
			raise AttributeError(f"module {package!r} has no attribute {name!r}")
		return getattr(import_module(f"{package}.{file}"), name)

	return get


def install() -> None:
	"""First of all finders: the folder that stands where `ledger.bulk` leads would be searched for `ledger.bulk.guards`."""
	if not any(isinstance(finder, OldNames) for finder in sys.meta_path):
		sys.meta_path.insert(0, OldNames())
