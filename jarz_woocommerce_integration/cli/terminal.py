"""What `jarz-woo` and `bench woo` share: options, how an error ends a command, where is written what."""

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError
from jarz_woocommerce_integration.findings import ERROR, OK, UNKNOWN, WARNING, Finding

if TYPE_CHECKING:
	from rich.console import Console

STANDARD_OUTPUT = "-"
_SIGNS = {OK: ("ok", "green"), WARNING: ("warning", "yellow"), ERROR: ("error", "red"), UNKNOWN: ("-", None)}
_SIGN_WIDTH = 8

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


def options(*given: Callable) -> Callable:
	"""Several options as one decorator, in the order of the help."""

	def decorate(command: Callable) -> Callable:
		for option in reversed(given):
			command = option(command)
		return command

	return decorate


def status_names(values: tuple[str, ...]) -> tuple[str, ...] | None:
	"""What `--status` was given, None for nothing."""
	names = tuple(name.strip().removeprefix("wc-") for value in values for name in value.split(","))
	return tuple(filter(None, names)) or None


def exit_code_of(command: Callable[[], int | None]) -> int:
	"""Run a command; a user's error is one message, not a traceback. :returns: its exit code, 2 for an error, 130 for Ctrl-C"""
	try:
		return command() or 0
	except WooCommerceIntegrationError as error:
		click.secho("Error: ", fg="red", bold=True, nl=False, err=True)
		click.echo(str(error), err=True)
		return 2
	except (KeyboardInterrupt, click.Abort):
		click.echo("Stopped. The same command continues where it stopped.", err=True)
		return 130


# --- output ---


def say_to(json_file: str | None) -> Callable[[str], None]:
	"""Where a person reads: standard error when standard output carries the JSON."""
	return functools.partial(click.echo, err=json_file == STANDARD_OUTPUT)


def console_for(json_file: str | None) -> "Console":
	"""As `say_to`, with a progress display."""
	from rich.console import Console  # each start of `bench` imports this module

	return Console(stderr=json_file == STANDARD_OUTPUT)


def finding_lines(finding: Finding, indent: str = "") -> Iterator[str]:
	"""What was found after a sign of its level, and what to do below it."""
	sign, color = _SIGNS[finding.level]
	yield f"{indent}{click.style(sign.ljust(_SIGN_WIDTH), fg=color)}{finding.text}"
	if finding.what_to_do:
		yield f"{indent}{' ' * _SIGN_WIDTH}{finding.what_to_do}"


def write_json(value: Any, json_file: str | None) -> None:
	""":raises WooCommerceIntegrationError: the file can't be written"""
	text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
	if json_file == STANDARD_OUTPUT:
		click.echo(text)
	elif json_file:
		try:
			Path(json_file).write_text(text + "\n", encoding="utf-8")
		except OSError as error:
			raise WooCommerceIntegrationError(f"{json_file} can't be written: {error.strerror}.") from None
