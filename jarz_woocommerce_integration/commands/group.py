"""The group `woo`, and how its commands run on a site."""

import functools
import sys
from collections.abc import Callable

import click
import frappe
from frappe.commands import get_site, pass_context

from jarz_woocommerce_integration.cli.terminal import exit_code_of, json_option, options


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def woo() -> None:
	"""Every order of a WooCommerce shop in the books, to the cent."""


def on_site(command: Callable[..., int]) -> Callable:
	"""Run a command connected to the site, as Administrator."""

	@pass_context
	@functools.wraps(command)
	def run(context, *args, **kwargs) -> None:
		def connected() -> int:
			frappe.init(site=get_site(context))
			frappe.connect()
			frappe.set_user("Administrator")
			return command(*args, **kwargs)

		try:
			status = exit_code_of(connected)
		finally:
			frappe.destroy()
		sys.exit(status)

	return run


def site_command(name: str, *parameters: Callable) -> Callable:
	"""A command of `woo`. :param parameters: its options and arguments"""
	return lambda command: woo.command(name)(options(*parameters)(on_site(command)))


def store_command(name: str, *parameters: Callable) -> Callable:
	"""A command of `woo` about one store, with `--store` and `--json`."""
	store_option = click.option(
		"--store", metavar="NAME", help="The WooCommerce Store. Default: that of the settings."
	)
	return site_command(name, store_option, *parameters, json_option)
