"""`bench --site SITE woo ...`: the words of `jarz-woo`, with the site's own stores and books.

Exit codes as there: 0 everything is booked exactly or listed; 1 the proof found something unexplained; 2 what is asked
can't be done (the message says why and what to do); 130 stopped by Ctrl-C, to be gone on with.
"""

import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import frappe
from frappe.commands import get_site, pass_context

from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError

STANDARD_OUTPUT = "-"
HEALTH_SIGNS = {
	"green": ("ok      ", "green"),
	"orange": ("warning ", "yellow"),
	"red": ("error   ", "red"),
	"gray": ("-       ", None),
}
SIGNS = {"ok": ("ok      ", "green"), "warning": ("warning ", "yellow"), "error": ("error   ", "red")}

UNDONE_LINE = 250

store_option = click.option(
	"--store", metavar="NAME", help="The WooCommerce Store. Default: that of the settings."
)
json_option = click.option(
	"--json",
	"json_file",
	metavar="FILE",
	help="Write the result as JSON to a file, or to standard output with -.",
)
status_option = click.option(
	"--status",
	"statuses",
	multiple=True,
	help="Only orders in this status (repeat it, or separate with commas). Default: all that the store knows.",
)


def on_site(command: Callable[..., int]) -> Callable:
	"""Run a command connected to the site, as Administrator; a user's error is one message and exit code 2."""

	@pass_context
	@functools.wraps(command)
	def run(context, *args, **kwargs) -> None:
		try:
			frappe.init(site=get_site(context))
			frappe.connect()
			frappe.set_user("Administrator")
			status = command(*args, **kwargs)
		except WooCommerceIntegrationError as error:
			click.secho("Error: ", fg="red", bold=True, nl=False, err=True)
			click.echo(str(error), err=True)
			status = 2
		except (KeyboardInterrupt, click.Abort):
			click.echo("Stopped. The same command goes on where it was.", err=True)
			status = 130
		finally:
			frappe.destroy()
		sys.exit(status)

	return run


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def woo() -> None:
	"""Every order of a WooCommerce shop in the books, to the cent."""


@woo.command("check")
@store_option
@json_option
@on_site
def check_command(store: str | None, json_file: str | None) -> int:
	"""Says in plain words whether the shop can be read, and what to do where it can't."""
	from jarz_woocommerce_integration.services.site_store import get_store, store_client
	from jarz_woocommerce_integration.store.check import check

	with store_client(get_store(store)) as client:
		report = check(client)
	for finding in report.findings:
		sign, colour = SIGNS[finding.level]
		click.secho(sign, fg=colour, nl=False, err=json_file == STANDARD_OUTPUT)
		_say(json_file)(f"{finding.text} {finding.what_to_do}".rstrip())
	_write_json(report.as_dict(), json_file)
	return 0 if report.works else 1


@woo.command("preflight")
@store_option
@json_option
@on_site
def preflight_command(store: str | None, json_file: str | None) -> int:
	"""Walks through the checklist of the migration's day. Exit code 1 if something is in the way."""
	from jarz_woocommerce_integration.services.preflight import preflight

	report = preflight(store)
	say = _say(json_file)
	for point in report.points:
		say(click.style(point.title, bold=True))
		for finding in point.findings:
			sign, colour = SIGNS[finding.level]
			say(f"  {click.style(sign, fg=colour)}{finding.text}")
			if finding.what_to_do:
				say(f"          {finding.what_to_do}")
	errors, warnings = report.count("error"), report.count("warning")
	verdict = "Ready." if report.ready else f"Not ready. In the way: {errors}."
	say(f"{verdict} Warnings: {warnings}." if warnings else verdict)
	_write_json(report.as_dict(), json_file)
	return 0 if report.ready else 1


@woo.command("rehearse")
@store_option
@click.option("--limit", type=click.IntRange(min=1), help="Only about so many orders.")
@click.option(
	"--resume", is_flag=True, help="Go on with a rehearsal that was stopped, instead of starting anew."
)
@json_option
@on_site
def rehearse_command(store: str | None, limit: int | None, resume: bool, json_file: str | None) -> int:
	"""Builds every document with ERPNext's own rules and takes it back, with a report. Nothing is booked."""
	from jarz_woocommerce_integration.services.dry_run import dry_run_in
	from jarz_woocommerce_integration.services.progress_lines import counts_lines, proof_lines
	from jarz_woocommerce_integration.services.site_migration import open_session

	with open_session(store) as session:
		with _display(session.client, session.scope(), json_file) as (display, stop):
			result = dry_run_in(session, limit, display, stop, fresh=not resume)
	say = _say(json_file)
	for line in (
		*counts_lines(result, "would be booked"),
		*(proof_lines(result) if result["complete"] else ()),
	):
		say(line)
	say(f"Ledger: {result['ledger']}\nReport: {result['report']}")
	_write_json(result, json_file)
	if not result["complete"]:
		return 0 if limit and result["this_session"]["orders"] >= limit else 130
	return 0 if result["proven"] else 1


@woo.command("migrate")
@store_option
@status_option
@click.option("--after", help="Only orders made after this date (the store's time zone, or with a zone).")
@click.option("--before", help="Only orders made before this date. Default: the start of the run.")
@click.option(
	"--page-size", type=click.IntRange(1, 100), help="Orders a page. Default: that of the settings."
)
@click.option(
	"--max-pages", type=click.IntRange(min=1), help="End after so many pages; started again, it goes on."
)
@click.option(
	"--workers",
	type=click.IntRange(1, 16),
	help="Book so many pages at once, by the site's workers on the queue long. Default: in this process.",
)
@click.option("--no-wait", is_flag=True, help="With --workers: start it and don't watch.")
@json_option
@on_site
def migrate_command(store, statuses, after, before, page_size, max_pages, workers, no_wait, json_file) -> int:
	"""Books the shop's whole history and proves it. Started again, it goes on where it was."""
	from jarz_woocommerce_integration.services.progress_lines import closing_lines
	from jarz_woocommerce_integration.services.site_migration import Limits, migrate, open_session
	from jarz_woocommerce_integration.services.store_facts import parse_moment

	with open_session(store) as session:
		zone = session.translator.time_zone
		scope = session.scope(
			_statuses(statuses), parse_moment(after, zone), parse_moment(before, zone), page_size
		)
		if workers:
			return _side_by_side(session, scope, workers, max_pages, no_wait, json_file)
		with _display(session.client, scope, json_file) as (display, stop):
			ended = migrate(session, scope, Limits(pages=max_pages), display, stop)
		result = ended.summary(session.ledger)
	for line in closing_lines(result, ended.paused):
		_say(json_file)(line)
	_write_json(result, json_file)
	if not result["complete"]:
		return 0 if ended.paused else 130
	return 0 if result["proven"] else 1


def _side_by_side(session, scope, workers, max_pages, no_wait, json_file) -> int:
	from jarz_woocommerce_integration.services import run_control, run_watch

	say = _say(json_file)
	run = run_control.start_in(session, scope, workers, max_pages)
	say(f"Run {run} has begun, {workers} pages at once.")
	there = run_watch.listening()
	if there < workers:
		say(f"{there} workers listen to the queue long: start more with bench worker --queue long.")
	if no_wait:
		found = run_watch.told(run)
	else:
		with _display(session.client, scope, json_file) as (display, stop):
			found = run_watch.watch(run, display, stop)
	for line in run_watch.ended_lines(found):
		say(line)
	_write_json(found, json_file)
	if found["status"] == "Completed":
		return 0 if found["proven"] else 1
	return 0 if no_wait or (max_pages and found["status"] == "Paused") else 130


@woo.command("pause")
@click.argument("run", type=int)
@on_site
def pause_command(run: int) -> int:
	"""Hands out no more pages of a run; those under way are finished."""
	return _control("pause", run, f"Run {run} is paused: bench --site SITE woo resume {run} goes on.")


@woo.command("resume")
@click.argument("run", type=int)
@on_site
def resume_command(run: int) -> int:
	"""Goes on with a run that was paused, was stopped or has failed."""
	return _control("resume", run, f"Run {run} goes on.")


@woo.command("stop")
@click.argument("run", type=int)
@on_site
def stop_command(run: int) -> int:
	"""Ends a run at the next page boundary; a new migration goes on from there."""
	return _control("stop", run, f"Run {run} is stopped. What is booked stays.")


@woo.command("retry-failed")
@click.argument("run", type=int)
@on_site
def retry_failed_command(run: int) -> int:
	"""Tries parked pages and failed orders of a run again."""
	return _control("retry_failed", run, "")


@woo.command("undo")
@click.argument("run", type=int)
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@on_site
def undo_command(run: int, yes: bool, json_file: str | None) -> int:
	"""Takes back everything that a run booked; what somebody has touched since stays and is listed."""
	from jarz_woocommerce_integration.services.rollback import undo, what_would_go
	from jarz_woocommerce_integration.services.stopping import stopping_on_interrupt

	say = _say(json_file)
	there = what_would_go(run)
	counts = ", ".join(
		f"{count:,} {doctype}" for doctype, count in there.items() if doctype not in ("run", "store")
	)
	say(f"Run {run} of {there['store']} has made: {counts}.")
	if not yes:
		click.confirm("Cancel and delete all that nobody has touched or used since?", abort=True)
	last = 0

	def on_progress(progress) -> None:
		nonlocal last
		if progress.undone - last >= UNDONE_LINE:
			last = progress.undone
			say(f"{progress.undone:,} orders taken back, {progress.kept:,} documents kept")

	with stopping_on_interrupt(say) as stop:
		done = undo(run, on_progress, stop)
	say(f"Run {run}: {done['status']}. {done['undone']:,} orders taken back in {done['seconds']:,} s.")
	for row in done["kept_documents"]:
		say(f"Kept: {row['doctype']} {row['name']}: {row['reason']}")
	_write_json(done, json_file)
	if done["status"] != "Undone":
		return 130
	return 1 if done["kept"] else 0


def _control(what: str, run: int, done: str) -> int:
	from jarz_woocommerce_integration.services import run_control

	result = getattr(run_control, what)(run)
	click.echo(done or f"Tried again: {result['pages']:,} pages, {result['orders']:,} orders.")
	return 0


@woo.command("verify")
@store_option
@status_option
@click.option(
	"--run",
	type=click.IntRange(min=1),
	metavar="NUMBER",
	help="Prove what this WooCommerce Sync Run was asked for, and keep the proof on it.",
)
@click.option(
	"--sample",
	"sample_size",
	type=click.IntRange(0, 1000),
	default=50,
	show_default=True,
	help="So many booked orders are read once more and compared field by field.",
)
@click.option("--seed", type=click.IntRange(min=0), help="Draws the same sample again. Default: by chance.")
@json_option
@on_site
def verify_command(store, statuses, run, sample_size, seed, json_file) -> int:
	"""Proves that the books equal the shop: orders, taxes, invoices, payments, general ledger, and a random sample.

	Without --run the whole store is compared as it is now, and the proof is kept on its last completed migration;
	with --status nothing is kept.
	"""
	from jarz_woocommerce_integration.services.proof import keep_on_last_run, prove_run, prove_store
	from jarz_woocommerce_integration.services.proving.lines import proof_lines

	if run and (store or statuses):
		raise WooCommerceIntegrationError(
			"--run says itself which store and statuses.", "Leave the others out."
		)
	if run:
		proof, kept = prove_run(run, sample_size, seed), run
	else:
		proof = prove_store(store, _statuses(statuses), sample_size, seed)
		kept = None if statuses else keep_on_last_run(proof)
	told = proof.as_dict()
	for line in proof_lines(told, list(proof.wrong()), proof.wrong_in_all, kept):
		_say(json_file)(line)
	_write_json(told, json_file)
	return 0 if proof.proven else 1


@woo.command("reconcile")
@store_option
@click.option("--whole", is_flag=True, help="Every order of the shop, not only those of the last day.")
@json_option
@on_site
def reconcile_command(store: str | None, whole: bool, json_file: str | None) -> int:
	"""Compares the shop with the Order Map, and has read again what differs. Exit code 1 if anything does."""
	from jarz_woocommerce_integration.services.reconciliation import reconcile
	from jarz_woocommerce_integration.services.reconciliation_lines import reconciliation_lines

	result = reconcile(store, whole)
	for line in reconciliation_lines(result):
		_say(json_file)(line)
	_write_json(result, json_file)
	return 1 if result["differ"] else 0


@woo.command("status")
@store_option
@json_option
@on_site
def status_command(store: str | None, json_file: str | None) -> int:
	"""Shows the last runs, and how many orders are in which state."""
	from jarz_woocommerce_integration.services.site_status import site_status

	result = site_status(store)
	say = _say(json_file)
	say(f"{result['store']}: {result['orders_seen']:,} orders seen")
	for line in _live_lines(result["live"]):
		say(line)
	for state, count in result["by_state"].items():
		say(f"  {state}: {count:,}")
	for reason, count in result["held_by_reason"].items():
		say(f"    held: {reason}: {count:,}")
	for run in result["runs"]:
		proven = ", proven" if run["proven"] else ""
		say(
			f"Run {run['name']} ({run['kind']}): {run['status']}{proven}, {run['orders']:,} orders, {run['started']}"
		)
		for told in filter(None, (run["waiting_for"], run["last_error"])):
			say(f"  {told}")
	_write_json(result, json_file)
	return 0


@woo.command("sync-live")
@store_option
@json_option
@on_site
def sync_live_command(store: str | None, json_file: str | None) -> int:
	"""Looks once at what was changed in the shop, and books it, as the scheduler does every few minutes."""
	from jarz_woocommerce_integration.services.live_sync import poll
	from jarz_woocommerce_integration.services.site_status import live_status
	from jarz_woocommerce_integration.services.site_store import get_store

	name = get_store(store).name
	result = poll(name)
	say = _say(json_file)
	if "seen" in result:
		say(f"Changed: {result['seen']:,}. New to the books: {result['noted']:,}.")
	if "done" in result:
		say(
			f"Done: {result['done']:,}. Tried again later: {result['again']:,}. Given up: {result['given_up']:,}."
		)
	if result["status"] != "done":
		say(f"It ended with: {result['status']}")
	for line in _live_lines(live_status(get_store(name))):
		say(line)
	_write_json(result, json_file)
	return 0 if result["status"] == "done" else 1


def _live_lines(live: dict) -> Iterator[str]:
	"""How far the books are in step with the shop."""
	if not live["on"]:
		yield "  live sync: off"
	else:
		cursor = f"every change until {live['synced_until']} UTC" if live["synced_until"] else "not begun yet"
		yield f"  live sync: {cursor}, {live['lag']:,.0f} seconds behind at most"
	if live["waiting"]:
		yield f"  waiting in the inbox: {live['waiting']:,}, since {live['waiting_since']:%Y-%m-%d %H:%M:%S}"
	if live["given_up"]:
		yield f"  given up: {live['given_up']:,}"
	if live["error"]:
		yield f"  in the way: {live['error']}"


@woo.command("health")
@store_option
@json_option
@on_site
def health_command(store: str | None, json_file: str | None) -> int:
	"""Says whether the live sync of every store is well, and what to do where it isn't. Exit code 1 when something is red."""
	from jarz_woocommerce_integration.services.live_health import health
	from jarz_woocommerce_integration.services.site_store import get_store

	result = health(get_store(store).name if store else None)
	say = _say(json_file)
	groups = [(one["store"], one["points"]) for one in result["stores"]]
	for title, points in (*groups, ("This site", result["site"])):
		if points:
			say(click.style(title, bold=True))
		for point in points:
			sign, colour = HEALTH_SIGNS[point["color"]]
			shown = f"{point['label']}: {point['shown']}. {point['text']}"
			say(f"  {click.style(sign, fg=colour)}{shown}")
			if point["what_to_do"] and point["color"] != "green":
				say(f"          {point['what_to_do']}")
	_write_json(result, json_file)
	return 1 if result["color"] == "red" else 0


@woo.command("sync-order")
@click.argument("order_ids", type=int, nargs=-1, required=True, metavar="ID...")
@store_option
@json_option
@on_site
def sync_order_command(order_ids: tuple[int, ...], store: str | None, json_file: str | None) -> int:
	"""Reads orders from the shop again and books them."""
	from jarz_woocommerce_integration.services.order_sync import sync_orders

	results = sync_orders(store, order_ids)
	for result in results:
		told = f"Order {result['woo_order_id']}: {result['status']} {result['invoice']} {result['reason']}"
		_say(json_file)(" ".join(told.split()))
	_write_json(results, json_file)
	return 1 if any(result["status"] in ("held", "failed") for result in results) else 0


@woo.command("webhooks")
@click.argument("what", type=click.Choice(["show", "register", "repair", "remove"]), default="show")
@click.option(
	"--address", help="With register and repair: this site's address as the shop's server reaches it."
)
@store_option
@json_option
@on_site
def webhooks_command(what: str, address: str | None, store: str | None, json_file: str | None) -> int:
	"""Has the shop tell this site of each change (register), and looks after its webhooks. Exit code 1 if one isn't well.

	repair does what register does: all that could be wrong is set again. Webhooks of others are never touched.
	"""
	from jarz_woocommerce_integration.services import webhook_health, webhooks
	from jarz_woocommerce_integration.services.site_store import get_store

	document = get_store(store)
	if what in ("register", "repair"):
		found = webhooks.register(document, address)
	else:
		found = (webhooks.remove if what == "remove" else webhook_health.show)(document)
	frappe.db.commit()
	say = _say(json_file)
	say(f"{document.name}: {found['status']}. The shop is to send to {found['url']}")
	for row in found["webhooks"] if found["status"] != "Not Registered" else ():
		sign, colour = SIGNS["ok" if row["state"] == "active" else "error"]
		last = f", last delivery {row['last_delivery']}" if row["last_delivery"] else ""
		say(f"{click.style(sign, fg=colour)}{row['topic']}: {row['state']}{last}")
	for text in found["doubts"]:
		say(f"{click.style(SIGNS['warning'][0], fg='yellow')}{text}")
	for problem in found["problems"]:
		say(f"{problem['text']} {problem['what_to_do']}".rstrip())
	_write_json(found, json_file)
	return 0 if found["status"] == "Active" or what == "remove" else 1


@woo.command("report")
@store_option
@json_option
@on_site
def report_command(store: str | None, json_file: str | None) -> int:
	"""Writes the report of the last rehearsal again, without the shop."""
	from jarz_woocommerce_integration.services.dry_run import write_report_again

	result = write_report_again(store)
	_say(json_file)(f"Report: {result['report']}")
	_write_json(result, json_file)
	return 0


commands = [woo]


# --- what several commands share ---


@contextmanager
def _display(client, scope, json_file: str | None) -> Iterator[tuple]:
	"""The progress display of `jarz-woo`, and an event that the first Ctrl-C sets."""
	from rich.console import Console

	from jarz_woocommerce_integration.rehearsal.progress import ProgressDisplay
	from jarz_woocommerce_integration.services.stopping import stopping_on_interrupt
	from jarz_woocommerce_integration.store.orders import count_orders

	console = Console(stderr=json_file == STANDARD_OUTPUT)
	total = count_orders(client, scope.window)
	with stopping_on_interrupt(console.print) as stop, ProgressDisplay(console, client, total) as display:
		yield display, stop


def _statuses(values: tuple[str, ...]) -> tuple[str, ...] | None:
	names = tuple(name.strip().removeprefix("wc-") for value in values for name in value.split(","))
	return tuple(filter(None, names)) or None


def _say(json_file: str | None) -> Callable[[str], None]:
	"""Where a person reads: standard error when standard output carries the JSON."""
	return functools.partial(click.echo, err=json_file == STANDARD_OUTPUT)


def _write_json(value: Any, json_file: str | None) -> None:
	text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
	if json_file == STANDARD_OUTPUT:
		click.echo(text)
	elif json_file:
		try:
			Path(json_file).write_text(text + "\n", encoding="utf-8")
		except OSError as error:
			raise WooCommerceIntegrationError(f"{json_file} can't be written: {error.strerror}.") from None
