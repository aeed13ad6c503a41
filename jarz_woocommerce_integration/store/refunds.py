"""The details of refunds, which an order only names: exactly those that it names, or an error that can be seen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from jarz_woocommerce_integration.exceptions import PayloadError, StoreAuthenticationError, StoreNotFoundError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.paging import in_parts, read_pages
from jarz_woocommerce_integration.store.payloads import Order, Refund, parse

ALL_REFUNDS = "refunds"
PER_PAGE = 100


def read_refunds(client: StoreClient, orders: Iterable[Order]) -> dict[int, list[Refund]]:
	"""The refunds of the orders that have any, by order id, in the order in which each order names them.

	:raises PayloadError: a refund that an order names can't be read; its identifier is the order's id
	:raises StoreError: the store can't be read
	"""
	refunds, errors = collect_refunds(client, orders)
	if errors:
		raise errors[0]
	return refunds


def collect_refunds(
	client: StoreClient, orders: Iterable[Order], parameters: Mapping[str, object] = MappingProxyType({})
) -> tuple[dict[int, list[Refund]], list[PayloadError]]:
	"""As `read_refunds`, with the errors beside what could be read; an order with an error has no refunds.

	:param parameters: more of what is asked for
	One request answers for all of a page where the store's version has that route (10.9 and later); what doesn't come
	that way is read order by order. A refund that came into being after its order was read is left for later.
	"""
	orders = [order for order in orders if order.refunds]
	found = _read_together(client, orders, parameters)
	refunds: dict[int, list[Refund]] = {}
	errors: list[PayloadError] = []
	for order in orders:
		try:
			refunds[order.id] = _complete(client, order, found, parameters)
		except PayloadError as error:
			error.identifier = order.id
			errors.append(error)
	return refunds, errors


def _read_together(
	client: StoreClient, orders: Sequence[Order], parameters: Mapping[str, object]
) -> dict[tuple[int, int], dict[str, Any]]:
	"""Refund bodies by (order id, refund id), from the route of all refunds; nothing where the store lacks it."""
	wanted = [refund.id for order in orders for refund in order.refunds]
	found: dict[tuple[int, int], dict[str, Any]] = {}
	for ids in in_parts(wanted, PER_PAGE):
		if ALL_REFUNDS in client.absent_routes:
			break
		try:
			answer = client.get(ALL_REFUNDS, {"include": ids, "per_page": PER_PAGE, **parameters}, shape=list)
		except (StoreNotFoundError, StoreAuthenticationError):
			client.absent_routes.add(ALL_REFUNDS)
			break
		found.update({(body.get("parent_id", 0), body["id"]): body for body in _objects(answer.body)})
	return found


def _complete(
	client: StoreClient,
	order: Order,
	found: dict[tuple[int, int], dict[str, Any]],
	parameters: Mapping[str, object],
) -> list[Refund]:
	named = [refund.id for refund in order.refunds]
	bodies = {each: found[order.id, each] for each in named if (order.id, each) in found}
	if any(each not in bodies for each in named):
		bodies |= {body["id"]: body for body in _read_of_order(client, order.id, parameters)}
	if missing := [each for each in named if each not in bodies]:
		raise PayloadError(
			Sentence(
				"Order {0} names refund {1}, but the store doesn't return this refund. So what was paid"
				" back isn't known.",
				order.id,
				missing[0],
			),
			Sentence(
				"If the refund was deleted a moment ago, the next run sees that. Otherwise a plugin"
				" hides it, or the shop's database has lost it: ask whoever looks after the shop to look"
				" at /wp-json/wc/v3/orders/{0}/refunds and to repair it. Or book the order by hand, with"
				" what was paid back.",
				order.id,
			),
			identifier=order.id,
		)
	return [parse(Refund, {**bodies[each], "parent_id": order.id}) for each in named]


def _read_of_order(
	client: StoreClient, order_id: int, parameters: Mapping[str, object]
) -> Iterator[dict[str, Any]]:
	try:
		for answer in read_pages(client, f"orders/{order_id}/refunds", dict(parameters), PER_PAGE):
			yield from _objects(answer.body)
	except StoreNotFoundError:
		return  # the order has gone meanwhile; what it named is reported as missing


def _objects(bodies: list[Any]) -> Iterator[dict[str, Any]]:
	"""Those that say which refund of which order they are."""
	return (
		body
		for body in bodies
		if isinstance(body, dict)
		and isinstance(body.get("id"), int)
		and isinstance(body.get("parent_id", 0), int)
	)
