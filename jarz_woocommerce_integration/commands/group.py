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


def store_command(name: str, *others: Callable) -> Callable:
	"""A command of `woo` about one store. :param others: its options and arguments beside `--store` and `--json`"""
	store_option = click.option(
		"--store", metavar="NAME", help="The WooCommerce Store. Default: that of the settings."
	)

	def decorate(command: Callable[..., int]) -> Callable:
		return woo.command(name)(options(store_option, *others, json_option)(on_site(command)))

	return decorate
