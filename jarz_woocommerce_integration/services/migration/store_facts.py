"""What a store says of itself: who it is, its zone, its country, the statuses to read."""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jarz_woocommerce_integration.exceptions import (
	StoreAuthenticationError,
	StoreNotFoundError,
	StoreRequestRefusedError,
	WooCommerceIntegrationError,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.statuses import TRASH, discover_statuses

COUNTRY_SETTING = "woocommerce_default_country"
_OFFSET = re.compile(r"UTC([+-])(\d{2}):(\d{2})")


def store_identity(client: StoreClient) -> str:
	"""What a ledger knows its store by: the home URL, without scheme, so that a move to https keeps the books."""
	parts = urlsplit(client.home or client.url)
	return (parts.netloc + parts.path).rstrip("/").lower()


def store_zone(client: StoreClient) -> tzinfo:
	"""The store's time zone, UTC where it doesn't say."""
	return client.zone or timezone.utc


def store_statuses(client: StoreClient, asked: tuple[str, ...] | None = None) -> tuple[str, ...] | None:
	"""The statuses to read: those that are asked for, else all of the store's.

	The trash is among all: an order in it may have been paid, so it is listed. None, which asks for whatever the
	store lists by itself, where the store doesn't say.

	:raises WooCommerceIntegrationError: the store doesn't know one that is asked for
	"""
	found = discover_statuses(client)
	if asked:
		unknown = [name for name in asked if name not in (*found.names, TRASH)]
		if unknown and found.certain:
			raise WooCommerceIntegrationError(
				Sentence('The store knows no status "{0}".', unknown[0]),
				Sentence("It knows {0}.", ", ".join((*found.names, TRASH))),
			)
		return asked
	if not found.certain:
		return None
	with_trash = (*found.names, TRASH)
	try:
		client.get("orders", {"status": with_trash, "per_page": 1, "_fields": "id"})
	except StoreRequestRefusedError:
		return found.names
	return with_trash


def store_country(client: StoreClient) -> str:
	"""The store's own country, in which phones of addresses without one are meant; "" where the key may not ask."""
	try:
		answer = client.get(f"settings/general/{COUNTRY_SETTING}")
	except (StoreNotFoundError, StoreAuthenticationError, StoreRequestRefusedError):
		return ""
	value = answer.body.get("value") if isinstance(answer.body, dict) else None
	country = str(value or "").partition(":")[0].upper()
	return country if len(country) == 2 else ""


def parse_moment(text: str | None, zone: tzinfo) -> datetime | None:
	"""A date or a date and time of the command line as UTC; without a zone it is meant in the store's."""
	if not text:
		return None
	try:
		moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
	except ValueError:
		raise WooCommerceIntegrationError(
			Sentence('"{0}" is no date.', text),
			"Write 2026-01-31 or 2026-01-31T13:00:00, with a zone if not the store's own.",
		) from None
	return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(timezone.utc)


def zone_named(text: str) -> tzinfo | None:
	"""The zone that `str()` of a zone wrote: "Africa/Cairo", "UTC+02:00". None where it names none."""
	if offset := _OFFSET.fullmatch(text):
		sign, hours, minutes = offset.groups()
		return timezone((1 if sign == "+" else -1) * timedelta(hours=int(hours), minutes=int(minutes)))
	try:
		return ZoneInfo(text)
	except (ZoneInfoNotFoundError, ValueError, OSError):
		return None
