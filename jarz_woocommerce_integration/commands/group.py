"""The group `woo`, and what its commands share: options, the site, where is written what."""

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import frappe
from frappe.commands import get_site, pass_context

from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError

STANDARD_OUTPUT = "-"
SIGNS = {"ok": ("ok      ", "green"), "warning": ("warning ", "yellow"), "error": ("error   ", "red")}

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


def status_names(values: tuple[str, ...]) -> tuple[str, ...] | None:
	names = tuple(name.strip().removeprefix("wc-") for value in values for name in value.split(","))
	return tuple(filter(None, names)) or None


def say_to(json_file: str | None) -> Callable[[str], None]:
	"""Where a person reads: standard error when standard output carries the JSON."""
	return functools.partial(click.echo, err=json_file == STANDARD_OUTPUT)


def write_json(value: Any, json_file: str | None) -> None:
	text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
	if json_file == STANDARD_OUTPUT:
		click.echo(text)
	elif json_file:
		try:
			Path(json_file).write_text(text + "\n", encoding="utf-8")
		except OSError as error:
			raise WooCommerceIntegrationError(f"{json_file} can't be written: {error.strerror}.") from None
