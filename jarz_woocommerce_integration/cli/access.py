"""From the command line's words to a connected store and an opened ledger."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from jarz_woocommerce_integration.exceptions import (
	LedgerError,
	StoreThrottledError,
	WooCommerceIntegrationError,
)
from jarz_woocommerce_integration.ledger.private_files import file_name
from jarz_woocommerce_integration.store.http.budget import RateBudget
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials

SAMPLE_CREDENTIALS = Credentials("ck_sample", "cs_sample")
FOLDER = Path("rehearsal")


@dataclass(frozen=True)
class StoreOptions:
	"""Which store a command works with: a shop's URL, or a sample of so many orders."""

	url: str | Any  # None for a sample
	sample: int | None
	seed: int
	credentials_file: Path | None
	requests_per_minute: int | None

	@property
	def name(self) -> str:
		"""The name of this store's files in the rehearsal folder."""
		if self.sample is not None:
			return f"sample-{self.sample}" + (f"-seed-{self.seed}" if self.seed != 1 else "")
		parts = urlsplit(self.url if "//" in self.url else f"//{self.url}")
		return file_name(f"{parts.netloc}{parts.path}".strip("/")) or "store"


def default_ledger(options: StoreOptions) -> Path:
	return FOLDER / f"{options.name}.sqlite"


def only_ledger() -> Path:
	"""The one ledger of the rehearsal folder.

	:raises LedgerError: there is none, or there are several
	"""
	found = sorted(FOLDER.glob("*.sqlite"))
	if len(found) == 1:
		return found[0]
	if not found:
		raise LedgerError(
			f"There is no ledger in {FOLDER}/.", "Rehearse first, or name one with --ledger FILE."
		)
	names = ", ".join(str(path) for path in found)
	raise LedgerError(f"There are several ledgers: {names}.", "Name one with --ledger FILE.")


@contextmanager
def open_store(options: StoreOptions) -> Iterator[StoreClient]:
	"""A client for the store; the sample store runs as a child process as long as the context lasts.

	:raises WooCommerceIntegrationError: the credentials are missing
	"""
	if options.sample is not None:
		with _sample_store(options.sample, options.seed) as url:
			# The sample store is this machine's own: nobody is spared by going slowly.
			budget = RateBudget(url, options.requests_per_minute)
			with StoreClient(url, SAMPLE_CREDENTIALS, budget=budget, on_pause=_tell_pause) as client:
				yield client
		return
	if not options.url:
		raise WooCommerceIntegrationError(
			"No store is named.", "Give --url https://shop.example or --sample 1000."
		)
	limit = 100 if options.requests_per_minute is None else options.requests_per_minute
	budget = RateBudget(options.url, limit)
	credentials = _credentials(options.credentials_file)
	with StoreClient(options.url, credentials, budget=budget, on_pause=_tell_pause) as client:
		yield client


def _tell_pause(error: StoreThrottledError) -> None:
	click.echo(
		f"{error.message} Waiting for {error.retry_after:.0f} seconds, as it asks (Ctrl-C stops).", err=True
	)


@contextmanager
def _sample_store(orders: int, seed: int) -> Iterator[str]:
	"""A sample store in a process of its own, which ends with this one, however that ends."""
	command = [sys.executable, "-m", "jarz_woocommerce_integration.sample_store"]
	command += ["--orders", str(orders), "--seed", str(seed), "--port", "0", "--exit-with-parent", "--json"]
	command += ["--home", f"http://sample-{orders}-{seed}.example.test"]
	# In a session of its own, Ctrl-C in the terminal reaches only the rehearsal, which then ends the store.
	with subprocess.Popen(
		command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
	) as process:
		try:
			yield json.loads(process.stdout.readline())["url"]  # type: ignore[union-attr]  # it is a pipe
		finally:
			process.terminate()


def _credentials(file: Path | None) -> Credentials:
	"""From a file, the environment, or a prompt; never from the arguments, which other users of the machine can see."""
	values = dict(os.environ) if file is None else _read_credentials(file)
	key, secret = values.get("WOO_CONSUMER_KEY", ""), values.get("WOO_CONSUMER_SECRET", "")
	if not (key and secret) and file is None and sys.stdin.isatty():
		key = key or click.prompt("Consumer key (ck_...)", err=True)
		secret = secret or click.prompt("Consumer secret (cs_...)", hide_input=True, err=True)
	if not (key and secret):
		where = f"{file} has no" if file else "There is no"
		raise WooCommerceIntegrationError(
			f"{where} WOO_CONSUMER_KEY and WOO_CONSUMER_SECRET.",
			"Make a key with read permission in WooCommerce > Settings > Advanced > REST API, and set both in the "
			"environment or in a file of NAME=VALUE lines that --credentials names.",
		)
	return Credentials(key, secret)


def _read_credentials(file: Path) -> dict[str, str]:
	try:
		lines = file.read_text(encoding="utf-8").splitlines()
	except (OSError, UnicodeDecodeError) as error:
		raise WooCommerceIntegrationError(
			f"The credentials file {file} can't be read: {getattr(error, 'strerror', None) or 'it is not text'}.",
			"Check the path.",
		) from None
	pairs = (line.removeprefix("export ").partition("=") for line in lines if "=" in line and line[:1] != "#")
	return {name.strip(): value.strip().strip("\"'") for name, _equals, value in pairs}
