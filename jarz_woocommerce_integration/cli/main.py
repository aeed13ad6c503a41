"""`jarz-woo`: rehearse a migration, check a store, prove a ledger. No bench, no services.

Exit codes: 0 everything is booked exactly or listed; 1 the proof found something unexplained; 2 what is asked
can't be done (the message says why and what to do); 130 stopped by Ctrl-C, to be gone on with.
"""

import csv
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from jarz_woocommerce_integration.cli import access, rehearse
from jarz_woocommerce_integration.cli.access import StoreOptions
from jarz_woocommerce_integration.cli.terminal import (
	console_for,
	exit_code_of,
	finding_lines,
	json_option,
	options,
	say_to,
	status_names,
	status_option,
	write_json,
)
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.sample_store.__main__ import main as serve_sample_store
from jarz_woocommerce_integration.services.migration import summary
from jarz_woocommerce_integration.services.migration.engine import Scope
from jarz_woocommerce_integration.services.migration.store_facts import (
	parse_moment,
	store_identity,
	store_statuses,
	store_zone,
)
from jarz_woocommerce_integration.services.migration.walk import verify
from jarz_woocommerce_integration.services.report.rehearsal import write_report_of
from jarz_woocommerce_integration.store.check import check
from jarz_woocommerce_integration.store.orders import OrderWindow, read_manifest
from jarz_woocommerce_integration.translation.policy import Policy, load_policy
from jarz_woocommerce_integration.translation.text import csv_cell

# Spreadsheets of some languages take the wide ones, too.


def main() -> None:
	"""The entry point: a user's error is one message, not a traceback."""
	try:
		status = exit_code_of(lambda: commands.main(standalone_mode=False))
	except click.ClickException as error:
		error.show()
		status = error.exit_code
	except BrokenPipeError:
		# Whoever read our output (head, less) has had enough of it.
		os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
		status = 0
	sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="jarz_woocommerce_integration")
def commands() -> None:
	"""Rehearses the migration of a WooCommerce shop's orders into exact books, in a local file."""


# --- options that several commands share ---


def _store_options(command: Callable) -> Callable:
	return options(
		click.option("--url", metavar="URL", help="The shop's address, e.g. https://shop.example"),
		click.option(
			"--sample",
			type=click.IntRange(min=1),
			help="Use the embedded sample store with this many orders.",
		),
		click.option("--seed", type=int, default=1, show_default=True, help="Which sample store."),
		click.option(
			"--credentials",
			"credentials_file",
			type=click.Path(dir_okay=False, path_type=Path),
			help="A file with WOO_CONSUMER_KEY=... and WOO_CONSUMER_SECRET=... (else the environment, else a prompt).",
		),
		click.option(
			"--requests-per-minute",
			type=click.IntRange(min=0),
			help="The rate budget: 100 for a shop, none for the sample store; 0 is none.",
		),
	)(command)


ledger_option = click.option(
	"--ledger", "ledger_file", type=click.Path(dir_okay=False, path_type=Path), help="The ledger's file."
)
report_option = click.option(
	"--report",
	"report_directory",
	type=click.Path(file_okay=False, path_type=Path),
	help="Where the report goes.",
)


def _take_store(values: dict[str, Any], sample: int | None = None) -> StoreOptions:
	"""The store's options out of a command's values."""
	store = StoreOptions(**{name: values.pop(name) for name in StoreOptions.__dataclass_fields__})
	if store.url and store.sample is not None:
		raise click.UsageError("--url and --sample exclude each other.")
	if not store.url and store.sample is None and sample is not None:
		return replace(store, sample=sample)
	return store


# --- commands ---


@commands.command("rehearse")
@_store_options
@click.option(
	"--policy",
	"policy_file",
	type=click.Path(path_type=Path),
	help="TOML with the policy (docs/use/policy.md).",
)
@status_option
@click.option("--after", help="Only orders made after this date (the store's time zone, or with a zone).")
@click.option("--before", help="Only orders made before this date. Default: the start of the run.")
@click.option(
	"--page-size", type=click.IntRange(1, 100), default=100, show_default=True, help="Orders a page."
)
@click.option("--items", type=click.Path(path_type=Path), help="CSV of the items that you have.")
@click.option("--customers", type=click.Path(path_type=Path), help="CSV of the customers that you have.")
@click.option("--territories", type=click.Path(path_type=Path), help="CSV of the territories that you have.")
@ledger_option
@click.option("--fresh", is_flag=True, help="Start a new ledger instead of continuing the one that exists.")
@report_option
@json_option
def rehearse_command(
	policy_file, statuses, after, before, page_size, ledger_file, fresh, report_directory, json_file, **values
):
	"""Turns a shop's whole history into exact books in a local file, with a report.

	Nothing is changed in the shop. Started again, it continues where it stopped.
	"""
	store = _take_store(values, sample=1000)
	policy = load_policy(policy_file) if policy_file else Policy()
	ledger_file = ledger_file or access.default_ledger(store)
	report_directory = report_directory or ledger_file.with_name(f"{ledger_file.stem}-report")
	console = console_for(json_file)
	masters = rehearse.MasterFiles(**values)
	with access.open_store(store) as client:
		zone = store_zone(client)
		scope = Scope(
			statuses=store_statuses(client, status_names(statuses)),
			after=parse_moment(after, zone),
			before=parse_moment(before, zone),
			page_size=page_size,
		)
		command = rehearse.RehearsalCommand(client, ledger_file, policy, scope, masters, console)
		result = command.run(report_directory, sample=store.sample is not None, fresh=fresh)
	write_json(result, json_file)
	if not result["complete"]:
		return 130
	return 0 if result["proven"] else 1


@commands.command("check")
@_store_options
@ledger_option
@json_option
def check_command(ledger_file, json_file, **values):
	"""Says whether the shop can be read, and what to do if it can't."""
	with access.open_store(_take_store(values)) as client:
		report = check(client)
		if ledger_file and report.works:
			with SQLiteLedger(ledger_file, store_identity(client), read_only=True):
				report.add("ok", f"The ledger {ledger_file} is this store's.")
	for finding in report.findings:
		for line in finding_lines(finding):
			say_to(json_file)(line)
	write_json(report.as_dict(), json_file)
	return 0 if report.works else 1


@commands.command("manifest")
@_store_options
@status_option
@ledger_option
@json_option
def manifest_command(statuses, ledger_file, json_file, **values):
	"""Lists every order of the shop: id, status, stamps, total, currency (and its state, with --ledger)."""
	rows: list[dict] = []
	with access.open_store(_take_store(values)) as client:
		window = OrderWindow(None, None, store_statuses(client, status_names(statuses)))
		for page in read_manifest(client, window):
			rows += [
				{
					"order_id": entry.id,
					"status": entry.status,
					"date_created_gmt": entry.date_created_gmt and entry.date_created_gmt.isoformat(),
					"date_modified_gmt": entry.date_modified_gmt and entry.date_modified_gmt.isoformat(),
					"total": None if entry.total is None else str(entry.total),
					"currency": entry.currency,
				}
				for entry in page
			]
		if ledger_file:
			with SQLiteLedger(ledger_file, store_identity(client), read_only=True) as ledger:
				states = {order.order_id: order.state.value for order in ledger.booked_orders()}
			rows = [{**row, "state": states.get(row["order_id"], "")} for row in rows]
	_write_rows(rows, json_file)
	return 0


@commands.command("verify")
@_store_options
@status_option
@ledger_option
@json_option
def verify_command(statuses, ledger_file, json_file, **values):
	"""Compares a ledger with the shop as it is now, over what was rehearsed.

	Exit code 0: everything is booked exactly or listed with its reason.
	"""
	store = _take_store(values)
	console = console_for(json_file)
	with access.open_store(store) as client:
		ledger_file = ledger_file or access.default_ledger(store)
		with SQLiteLedger(ledger_file, store_identity(client), read_only=True) as ledger:
			scope = Scope.of(ledger.last_parameters(), statuses=status_names(statuses))
			verification = verify(client, ledger, scope.window, store_zone(client))
	rehearse.print_verification(console, verification)
	write_json(summary.verification_summary(verification), json_file)
	return 0 if verification.proven else 1


@commands.command("orders")
@ledger_option
@click.option("--state", "states", multiple=True, help="Only orders in this state (Synced, Held, ...).")
@json_option
def orders_command(ledger_file, states, json_file):
	"""Lists every order of a ledger, one row each, as CSV or JSON."""
	wanted = {state.casefold() for state in states}
	with SQLiteLedger.open_existing(ledger_file or access.only_ledger()) as ledger:
		rows = (summary.order_row(order) for order in ledger.booked_orders())
		_write_rows((row for row in rows if not wanted or row["state"].casefold() in wanted), json_file)
	return 0


@commands.command("report")
@ledger_option
@report_option
@json_option
def report_command(ledger_file, report_directory, json_file):
	"""Writes the report of a ledger again, without the shop."""
	path = ledger_file or access.only_ledger()
	result = write_report_of(path, report_directory or path.with_name(f"{path.stem}-report"))
	say_to(json_file)(f"Report: {result['report']}")
	write_json(result, json_file)
	return 0


@commands.command("sample-store", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sample_store_command(arguments):
	"""Serves the embedded sample store until it is stopped (--port, --orders, --seed, --json ...)."""
	return serve_sample_store(list(arguments))


# --- output ---


def _write_rows(rows, json_file: str | None) -> None:
	"""Rows as CSV on standard output, or as a JSON array."""
	if json_file:
		write_json(list(rows), json_file)
		return
	writer = None
	for row in rows:
		if writer is None:
			writer = csv.DictWriter(sys.stdout, list(row), lineterminator="\n")
			writer.writeheader()
		writer.writerow({name: csv_cell(value) for name, value in row.items()})
