"""How the books stand beside the shop, and keeping them in step with it."""

from collections.abc import Iterator

import click
import frappe

from jarz_woocommerce_integration.cli.terminal import (
	finding_lines,
	say_to,
	status_names,
	status_option,
	write_json,
)
from jarz_woocommerce_integration.commands.group import store_command
from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError
from jarz_woocommerce_integration.findings import ERROR, OK, WARNING, Finding


@store_command(
	"verify",
	status_option,
	click.option(
		"--run",
		type=click.IntRange(min=1),
		metavar="NUMBER",
		help="Prove what this WooCommerce Sync Run was asked for, and keep the proof on it.",
	),
	click.option(
		"--sample",
		"sample_size",
		type=click.IntRange(0, 1000),
		default=50,
		show_default=True,
		help="How many booked orders are read again and compared field by field.",
	),
	click.option(
		"--seed", type=click.IntRange(min=0), help="Draws the same sample again. Default: a random number."
	),
)
def verify_command(store, statuses, run, sample_size, seed, json_file) -> int:
	"""Proves that the books equal the shop: orders, taxes, invoices, payments, general ledger, and a random sample.

	Without --run the whole store is compared as it is now, and the proof is kept on its last completed migration;
	with --status nothing is kept.
	"""
	from jarz_woocommerce_integration.services.comparison.lines import proof_lines
	from jarz_woocommerce_integration.services.proof.proof import keep_on_last_run, prove_run, prove_store

	if run and (store or statuses):
		raise WooCommerceIntegrationError(
			"--run already sets the store and the statuses.", "Leave the others out."
		)
	if run:
		proof, kept = prove_run(run, sample_size, seed), run
	else:
		proof = prove_store(store, status_names(statuses), sample_size, seed)
		kept = None if statuses else keep_on_last_run(proof)
	found = proof.as_dict()
	for line in proof_lines(found, list(proof.wrong()), proof.wrong_in_all, kept):
		say_to(json_file)(line)
	write_json(found, json_file)
	return 0 if proof.proven else 1


@store_command(
	"reconcile",
	click.option("--whole", is_flag=True, help="Every order of the shop, not only those of the last day."),
	click.option(
		"--read-all",
		is_flag=True,
		help="With --whole: go through the list of a large shop order by order, also where the numbers of orders agree.",
	),
)
def reconcile_command(store: str | None, whole: bool, read_all: bool, json_file: str | None) -> int:
	"""Compares the shop with the Order Map, and reads the orders that differ again. Exit code 1 if anything does."""
	from jarz_woocommerce_integration.services.reconciliation.jobs import reconcile
	from jarz_woocommerce_integration.services.reconciliation.lines import reconciliation_lines

	result = reconcile(store, whole or read_all, read_all)
	for line in reconciliation_lines(result):
		say_to(json_file)(line)
	write_json(result, json_file)
	return 1 if result["differ"] else 0


@store_command("status")
def status_command(store: str | None, json_file: str | None) -> int:
	"""Shows the last runs, and how many orders are in which state."""
	from jarz_woocommerce_integration.services.monitoring.status import site_status

	result = site_status(store)
	say = say_to(json_file)
	say(f"{result['store']}: {result['orders_seen']:,} orders seen")
	for line in _live_lines(result["live"]):
		say(line)
	for state, count in result["by_state"].items():
		say(f"  {state}: {count:,}")
	for reason, count in result["held_by_reason"].items():
		say(f"    held: {reason}: {count:,}")
	for run in result["runs"]:
		undone = run["status"] in ("Undoing", "Undone")
		proven = (", was proven" if undone else ", proven") if run["proven"] else ""
		say(
			f"Run {run['name']} ({run['kind']}): {run['status']}{proven}, {run['orders']:,} orders, {run['started']}"
		)
		for message in [text for text in (run["waiting_for"], run["last_error"]) if text]:
			say(f"  {message}")
	write_json(result, json_file)
	return 0


@store_command("sync-live")
def sync_live_command(store: str | None, json_file: str | None) -> int:
	"""Looks for changes in the shop once, and books them, as the scheduler does every few minutes."""
	from jarz_woocommerce_integration.services.live.sync import poll
	from jarz_woocommerce_integration.services.monitoring.status import live_status
	from jarz_woocommerce_integration.services.session.session import get_store

	name = get_store(store).name
	result = poll(name)
	say = say_to(json_file)
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
	write_json(result, json_file)
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
		yield f"  error: {live['error']}"


@store_command("health")
def health_command(store: str | None, json_file: str | None) -> int:
	"""Says whether the live sync of each store works, and what to do if it doesn't. Exit code 1 when something is red."""
	from jarz_woocommerce_integration.services.monitoring.live_health import health
	from jarz_woocommerce_integration.services.session.session import get_store

	result = health([get_store(store).name] if store else None)
	say = say_to(json_file)
	groups = [(one["store"], one["points"]) for one in result["stores"]]
	for title, points in (*groups, ("This site", result["site"])):
		if points:
			say(click.style(title, bold=True))
		for point in points:
			text = f"{point['label']}: {point['shown']}. {point['text']}"
			for line in finding_lines(Finding(point["level"], text, point["what_to_do"]), "  "):
				say(line)
	write_json(result, json_file)
	return 1 if result["color"] == "red" else 0


@store_command("sync-order", click.argument("order_ids", type=int, nargs=-1, required=True, metavar="ID..."))
def sync_order_command(order_ids: tuple[int, ...], store: str | None, json_file: str | None) -> int:
	"""Reads orders from the shop again and books them."""
	from jarz_woocommerce_integration.services.order_sync import sync_orders

	results = sync_orders(store, order_ids)
	for result in results:
		text = f"Order {result['woo_order_id']}: {result['status']} {result['invoice']} {result['reason']}"
		say_to(json_file)(" ".join(text.split()))
	write_json(results, json_file)
	return 1 if any(result["status"] in ("held", "failed") for result in results) else 0


@store_command(
	"webhooks",
	click.argument("what", type=click.Choice(["show", "register", "repair", "remove"]), default="show"),
	click.option(
		"--address", help="For register and repair: the address at which the shop's server reaches this site."
	),
)
def webhooks_command(what: str, address: str | None, store: str | None, json_file: str | None) -> int:
	"""Lets the shop report each change to this site (register), and shows, repairs or removes its webhooks. Exit code 1 if one doesn't work.

	repair does what register does: it sets everything again that can be wrong. Webhooks of others are never changed.
	"""
	from jarz_woocommerce_integration.services.session.session import get_store
	from jarz_woocommerce_integration.services.webhooks import health, registration

	document = get_store(store)
	if what in ("register", "repair"):
		found = registration.register(document, address)
	else:
		found = (registration.remove if what == "remove" else health.show)(document)
	frappe.db.commit()
	say = say_to(json_file)
	say(f"{document.name}: {found['status']}. The shop is to send to {found['url']}")
	for finding in _webhook_findings(found):
		for line in finding_lines(finding):
			say(line)
	write_json(found, json_file)
	return 0 if found["status"] == "Active" or what == "remove" else 1


def _webhook_findings(found: dict) -> Iterator[Finding]:
	for row in found["webhooks"] if found["status"] != "Not Registered" else ():
		last = f", last delivery {row['last_delivery']}" if row["last_delivery"] else ""
		yield Finding(OK if row["state"] == "active" else ERROR, f"{row['topic']}: {row['state']}{last}")
	yield from (Finding(WARNING, text) for text in found["doubts"])
	yield from (Finding(**problem) for problem in found["problems"])
