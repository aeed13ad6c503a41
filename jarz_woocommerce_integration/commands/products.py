"""Products into items: the plan, its corrections, and what is made of it."""

from collections.abc import Callable
from pathlib import Path

import click
import frappe

from jarz_woocommerce_integration.cli.terminal import (
	STANDARD_OUTPUT,
	json_option,
	options,
	say_to,
	write_json,
)
from jarz_woocommerce_integration.commands.group import on_site, woo
from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError

import_argument = click.argument("product_import", type=int, metavar="IMPORT")
file_argument = click.argument("file", metavar="FILE")


@woo.group("products")
def products_group() -> None:
	"""Products of the shop into items: plan, correct, apply, undo."""


def products_command(name: str, *parameters: Callable) -> Callable:
	return lambda command: products_group.command(name)(options(*parameters)(on_site(command)))


@products_command(
	"plan",
	click.option("--store", metavar="NAME", help="The WooCommerce Store. Default: that of the settings."),
	click.option(
		"--stock-items",
		type=click.Choice(["Managed in Store", "All Goods", "None"]),
		help="Which products become stock items. Default: those whose stock the shop manages.",
	),
	click.option(
		"--price-list", metavar="NAME", help="Default: that of the store, else of the Selling Settings."
	),
	click.option("--sale-price-list", metavar="NAME", help="For sale prices. Default: the same list."),
	click.option("--no-prices", is_flag=True, help="Import no prices."),
	click.option("--below", metavar="ITEM GROUP", help="Make item groups below this one."),
	json_option,
)
def plan_command(store, stock_items, price_list, sale_price_list, no_prices, below, json_file) -> int:
	"""Reads the shop's catalogue into a plan. No item is made."""
	from jarz_woocommerce_integration.services.products import imports, jobs
	from jarz_woocommerce_integration.services.session.session import get_store

	chosen = {
		"stock_items": stock_items,
		"price_list": "" if no_prices else price_list,
		"sale_price_list": sale_price_list,
		"root_item_group": below,
	}
	document = imports.start(get_store(store), chosen)
	frappe.db.commit()
	counts = jobs.run_here(document.name)
	say = say_to(json_file)
	document.reload()
	say(f"Product import {document.name} of {document.store}: {_counts(counts)}.")
	for line in f"{document.warnings or ''}\n{document.malformed or ''}".splitlines():
		if line:
			say(click.style(line, fg="yellow"))
	say(
		f"bench woo products export {document.name} FILE writes its lines; apply {document.name} makes the items."
	)
	write_json({"import": document.name, **counts}, json_file)
	return 0


@products_command("export", import_argument, file_argument)
def export_command(product_import: int, file: str) -> int:
	"""Writes the lines of an import as CSV, to standard output with -."""
	from jarz_woocommerce_integration.services.products import csv_files

	text = csv_files.export(product_import)
	if file == STANDARD_OUTPUT:
		click.echo(text, nl=False)
	else:
		try:
			Path(file).write_text(text, encoding="utf-8", newline="")
		except OSError as error:
			raise WooCommerceIntegrationError(f"{file} can't be written: {error.strerror}.") from None
	return 0


@products_command("import", import_argument, file_argument)
def import_command(product_import: int, file: str) -> int:
	"""Corrects the lines of an import as a CSV says: the columns action, item and new_code."""
	from jarz_woocommerce_integration.services.products import csv_files

	try:
		text = Path(file).read_text(encoding="utf-8")
	except (OSError, UnicodeDecodeError) as error:
		raise WooCommerceIntegrationError(f"{file} can't be read: {error}.") from None
	changed = csv_files.load(product_import, text)
	frappe.db.commit()
	click.echo(f"{changed:,} lines of product import {product_import} are corrected.")
	return 0


@products_command(
	"apply", import_argument, click.option("--yes", is_flag=True, help="Don't ask."), json_option
)
def apply_command(product_import: int, yes: bool, json_file: str | None) -> int:
	"""Approves all lines that say Link or Create, and applies them. Stopped, the same command goes on. Exit code 1 if a line was refused."""
	from jarz_woocommerce_integration.services.products import applying, imports

	document = imports.get(product_import)
	if document.status != imports.APPLYING:
		if not yes:
			what = f"matched {document.matched:,}, new {document.new:,}"
			click.confirm(f"Link and create items ({what}) in {document.store}'s name?", abort=True)
		applying.approve(product_import)
		frappe.db.commit()
	counts = _run(product_import, json_file)
	write_json({"import": product_import, **counts}, json_file)
	return 1 if counts["refused"] else 0


@products_command(
	"undo", import_argument, click.option("--yes", is_flag=True, help="Don't ask."), json_option
)
def undo_command(product_import: int, yes: bool, json_file: str | None) -> int:
	"""Removes what an import made and nobody has changed or used since. Exit code 1 if something was kept."""
	from jarz_woocommerce_integration.services.products import imports, undoing

	document = imports.get(product_import)
	if document.status != imports.UNDOING:
		if not yes:
			click.confirm(
				f"Remove what product import {product_import} made ({document.done:,} lines)?", abort=True
			)
		undoing.begin(product_import)
		frappe.db.commit()
	counts = _run(product_import, json_file)
	kept = (frappe.db.get_value(imports.IMPORT, product_import, "kept_by_undo") or "").splitlines()
	for line in kept:
		say_to(json_file)(f"Kept: {line}")
	write_json({"import": product_import, **counts, "kept_by_undo": kept}, json_file)
	return 1 if kept else 0


def _run(product_import: int, json_file: str | None) -> dict[str, int]:
	from jarz_woocommerce_integration.services.migration.stopping import stopping_on_interrupt
	from jarz_woocommerce_integration.services.products import jobs

	say = say_to(json_file)
	with stopping_on_interrupt(say) as stop:
		counts = jobs.run_here(product_import, lambda now: say(_counts(now)), stop)
	say(f"Product import {product_import}: {_counts(counts)}.")
	return counts


def _counts(counts: dict[str, int]) -> str:
	return ", ".join(f"{name} {number:,}" for name, number in counts.items() if number)
