"""Connecting a shop, rehearsing, migrating its history, and steering runs."""

import click

from jarz_woocommerce_integration.cli.terminal import (
	console_for,
	finding_lines,
	json_option,
	say_to,
	status_names,
	status_option,
	write_json,
)
from jarz_woocommerce_integration.commands.group import site_command, store_command

UNDONE_LINE = 250

run_argument = click.argument("run", type=int)


@store_command("check")
def check_command(store: str | None, json_file: str | None) -> int:
	"""Says whether the shop can be read, and what to do if it can't."""
	from jarz_woocommerce_integration.services.session.session import get_store, store_client
	from jarz_woocommerce_integration.store.check import check

	with store_client(get_store(store)) as client:
		report = check(client)
	for finding in report.findings:
		for line in finding_lines(finding):
			say_to(json_file)(line)
	write_json(report.as_dict(), json_file)
	return 0 if report.works else 1


@store_command("preflight")
def preflight_command(store: str | None, json_file: str | None) -> int:
	"""Checks everything that a migration needs. Exit code 1 if something prevents it."""
	from jarz_woocommerce_integration.services.preflight.checklist import preflight

	report = preflight(store)
	say = say_to(json_file)
	for point in report.points:
		say(click.style(point.title, bold=True))
		for finding in point.findings:
			for line in finding_lines(finding, "  "):
				say(line)
	errors, warnings = report.count("error"), report.count("warning")
	verdict = "Ready." if report.ready else f"Not ready. Errors: {errors}."
	say(f"{verdict} Warnings: {warnings}." if warnings else verdict)
	write_json(report.as_dict(), json_file)
	return 0 if report.ready else 1


@store_command(
	"rehearse",
	click.option("--limit", type=click.IntRange(min=1), help="Only about this many orders."),
	click.option(
		"--resume", is_flag=True, help="Continue a rehearsal that was stopped, instead of starting a new one."
	),
)
def rehearse_command(store: str | None, limit: int | None, resume: bool, json_file: str | None) -> int:
	"""Builds every document with ERPNext's own rules, rolls it back, and writes a report. Nothing is booked."""
	from jarz_woocommerce_integration.cli.progress import shown_progress
	from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run_in
	from jarz_woocommerce_integration.services.migration.progress_lines import counts_lines, proof_lines
	from jarz_woocommerce_integration.services.session.migration import open_session

	with open_session(store, is_patient=True) as session:
		with shown_progress(console_for(json_file), session.client, session.scope().window) as (
			display,
			stop,
		):
			result = dry_run_in(session, limit, display, stop, fresh=not resume)
	say = say_to(json_file)
	for line in (
		*counts_lines(result, "would be booked"),
		*(proof_lines(result) if result["complete"] else ()),
	):
		say(line)
	say(f"Ledger: {result['ledger']}\nReport: {result['report']}")
	write_json(result, json_file)
	if not result["complete"]:
		return 0 if limit and result["this_session"]["orders"] >= limit else 130
	return 0 if result["proven"] else 1


@store_command(
	"migrate",
	status_option,
	click.option("--after", help="Only orders made after this date (the store's time zone, or with a zone)."),
	click.option("--before", help="Only orders made before this date. Default: the start of the run."),
	click.option(
		"--page-size", type=click.IntRange(1, 100), help="Orders a page. Default: that of the settings."
	),
	click.option(
		"--max-pages",
		type=click.IntRange(min=1),
		help="End after this many pages; the same command continues.",
	),
	click.option(
		"--workers",
		type=click.IntRange(1, 16),
		help="Book this many pages at once, in the site's workers on the queue long. Default: in this process.",
	),
	click.option(
		"--read-all",
		is_flag=True,
		help="Read every order again, also those that the shop's list shows as they are in the books.",
	),
	click.option("--no-wait", is_flag=True, help="With --workers: start it and don't watch."),
)
def migrate_command(
	store, statuses, after, before, page_size, max_pages, workers, read_all, no_wait, json_file
) -> int:
	"""Books the shop's whole history and proves it. Started again, it continues where it stopped."""
	from jarz_woocommerce_integration.cli.progress import shown_progress
	from jarz_woocommerce_integration.services.migration.progress_lines import closing_lines
	from jarz_woocommerce_integration.services.migration.store_facts import parse_moment
	from jarz_woocommerce_integration.services.session.migration import Limits, migrate, open_session

	with open_session(store, is_patient=True) as session:
		zone = session.translator.time_zone
		scope = session.scope(
			status_names(statuses), parse_moment(after, zone), parse_moment(before, zone), page_size, read_all
		)
		if workers:
			return _side_by_side(session, scope, workers, max_pages, no_wait, json_file)
		with shown_progress(console_for(json_file), session.client, scope.window) as (display, stop):
			ended = migrate(session, scope, Limits(pages=max_pages), display, stop)
		result = ended.summary(session.ledger)
	for line in closing_lines(result, ended.paused):
		say_to(json_file)(line)
	write_json(result, json_file)
	if not result["complete"]:
		return 0 if ended.paused else 130
	return 0 if result["proven"] else 1


def _side_by_side(session, scope, workers, max_pages, no_wait, json_file) -> int:
	from jarz_woocommerce_integration.cli.progress import shown_progress
	from jarz_woocommerce_integration.services.page_jobs import control, watch

	say = say_to(json_file)
	run = control.start_in(session, scope, workers, max_pages)
	say(f"Run {run} has begun, {workers} pages at once.")
	there = watch.listening()
	if there < workers:
		say(f"{there} workers listen to the queue long: start more with bench worker --queue long.")
	if no_wait:
		found = watch.summary(run)
	else:
		with shown_progress(console_for(json_file), session.client, scope.window) as (display, stop):
			found = watch.watch(run, display, stop)
	for line in watch.ended_lines(found):
		say(line)
	write_json(found, json_file)
	if found["status"] == "Completed":
		return 0 if found["proven"] else 1
	return 0 if no_wait or (max_pages and found["status"] == "Paused") else 130


@site_command("pause", run_argument)
def pause_command(run: int) -> int:
	"""Starts no more pages of a run; pages that have begun are finished."""
	return _control("pause", run, f"Run {run} is paused: bench --site SITE woo resume {run} goes on.")


@site_command("resume", run_argument)
def resume_command(run: int) -> int:
	"""Goes on with a run that was paused, was stopped or has failed."""
	return _control("resume", run, f"Run {run} goes on.")


@site_command("stop", run_argument)
def stop_command(run: int) -> int:
	"""Ends a run at the next page boundary; a new migration goes on from there."""
	return _control("stop", run, f"Run {run} is stopped. What is booked stays.")


@site_command("retry-failed", run_argument)
def retry_failed_command(run: int) -> int:
	"""Tries parked pages and failed orders of a run again."""
	return _control("retry_failed", run, "")


@site_command("undo", run_argument, click.option("--yes", is_flag=True, help="Don't ask."), json_option)
def undo_command(run: int, yes: bool, json_file: str | None) -> int:
	"""Undoes everything that a run booked. Documents that somebody has changed since stay and are listed."""
	from jarz_woocommerce_integration.services.migration.stopping import stopping_on_interrupt
	from jarz_woocommerce_integration.services.undo.undo import undo, what_would_go

	say = say_to(json_file)
	there = what_would_go(run)
	counts = ", ".join(
		f"{count:,} {doctype}" for doctype, count in there.items() if doctype not in ("run", "store")
	)
	say(f"Run {run} of {there['store']} has made: {counts}.")
	if not yes:
		click.confirm("Cancel and delete all documents that nobody has changed or used since?", abort=True)
	last = 0

	def on_progress(progress) -> None:
		nonlocal last
		if progress.undone - last >= UNDONE_LINE:
			last = progress.undone
			say(f"{progress.undone:,} orders undone, {progress.kept:,} documents kept")

	with stopping_on_interrupt(say) as stop:
		done = undo(run, on_progress, stop)
	say(f"Run {run}: {done['status']}. {done['undone']:,} orders undone in {done['seconds']:,} s.")
	for row in done["kept_documents"]:
		say(f"Kept: {row['doctype']} {row['name']}: {row['reason']}")
	write_json(done, json_file)
	if done["status"] != "Undone":
		return 130
	return 1 if done["kept"] else 0


def _control(what: str, run: int, done: str) -> int:
	from jarz_woocommerce_integration.services.page_jobs import control

	result = getattr(control, what)(run)
	click.echo(done or f"Tried again: {result['pages']:,} pages, {result['orders']:,} orders.")
	return 0


@store_command("report")
def report_command(store: str | None, json_file: str | None) -> int:
	"""Writes the report of the last rehearsal again, without the shop."""
	from jarz_woocommerce_integration.services.dry_run.dry_run import write_report_again

	result = write_report_again(store)
	say_to(json_file)(f"Report: {result['report']}")
	write_json(result, json_file)
	return 0
