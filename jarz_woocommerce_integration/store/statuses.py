"""Which order statuses a store knows. One that it doesn't know fails a whole request (observed)."""

import re
from typing import Any, NamedTuple

from jarz_woocommerce_integration.exceptions import (
	StoreAuthenticationError,
	StoreError,
	StoreNotFoundError,
	StoreRequestRefusedError,
)
from jarz_woocommerce_integration.store.http.client import StoreClient

CORE_STATUSES = (
	"pending",
	"processing",
	"on-hold",
	"completed",
	"cancelled",
	"refunded",
	"failed",
	"checkout-draft",
)
TRASH = "trash"
# What a list of `any` status leaves out.
HIDDEN = ("checkout-draft", "auto-draft", TRASH)
# `any` is a word of the filter, auto-drafts are empty shells, and trash is read only where it is asked for.
_NOT_ORDERS = {"any", "auto-draft", TRASH}
_STATUS_ROUTE = "orders/statuses"
_ABSENT = (StoreNotFoundError, StoreAuthenticationError, StoreRequestRefusedError)


class KnownStatuses(NamedTuple):
	"""What could be found out.

	:ivar names: without `wc-`
	:ivar certain: False where the store doesn't say and these are merely WooCommerce's own
	"""

	names: tuple[str, ...]
	certain: bool


def known_statuses(client: StoreClient, with_trash: bool = False) -> tuple[str, ...]:
	"""The statuses that orders of this store can have, custom ones included.

	:param with_trash: add `trash`, whose orders no other list shows
	:raises StoreError: the store can't be read
	"""
	names = discover_statuses(client).names
	return (*names, TRASH) if with_trash else names


def discover_statuses(client: StoreClient) -> KnownStatuses:
	"""As `known_statuses`, and whether the store itself gave them.

	:raises StoreError: the store can't be read
	"""
	for source in (_from_route, _from_schema, _from_refusal):
		names = tuple(
			dict.fromkeys(name.removeprefix("wc-") for name in source(client) if name not in _NOT_ORDERS)
		)
		if names:
			return KnownStatuses(names, True)
	return KnownStatuses(CORE_STATUSES, False)


def _from_route(client: StoreClient) -> list[str]:
	"""WooCommerce 10.9 and later."""
	try:
		body = client.get(_STATUS_ROUTE).body
	except _ABSENT:
		return []
	if isinstance(body, dict):
		return [str(name) for name in body]
	entries = body if isinstance(body, list) else []
	return [str(entry["slug"]) for entry in entries if isinstance(entry, dict) and entry.get("slug")]


def _from_schema(client: StoreClient) -> list[str]:
	try:
		# Firewalls that drop OPTIONS altogether are common, and there is one more way to ask.
		body = client.variant(attempts=2).request("OPTIONS", "orders").body
	except StoreError:
		return []
	endpoints = body.get("endpoints") if isinstance(body, dict) else None
	for endpoint in endpoints if isinstance(endpoints, list) else []:
		if isinstance(endpoint, dict) and "GET" in endpoint.get("methods", []):
			return _enum(endpoint.get("args"))
	return []


def _enum(arguments: Any) -> list[str]:
	status = arguments.get("status") if isinstance(arguments, dict) else None
	items = status.get("items") if isinstance(status, dict) else None
	names = items.get("enum") if isinstance(items, dict) else None
	return [str(name) for name in names] if isinstance(names, list) else []


def _from_refusal(client: StoreClient) -> list[str]:
	"""The store names the statuses that it knows when it refuses one that it doesn't."""
	try:
		client.get("orders", {"status": "jarz-unknown", "per_page": 1, "_fields": "id"})
	except StoreRequestRefusedError as error:
		return _names_in(error.message)
	except _ABSENT:
		pass
	return []


def _names_in(message: str) -> list[str]:
	"""The list at the end of a sentence that may be in the shop's language; the names in it are not."""
	said = message[message.find('"') : message.rfind('"')]
	first, *others = (re.findall(r"[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*", part) for part in said.split(","))
	names = first[-1:]
	for words in others:
		# Before the last name stands an "and" or "und"; where it has no comma of its own, a name stands before it.
		names += [word for word in words[:-1] if len(word) > 3] + words[-1:]
	return names if "pending" in names and "completed" in names else []
