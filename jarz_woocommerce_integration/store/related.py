"""What belongs to orders and isn't in their answer: the sub-orders of a marketplace's order, payments that are orders,
the own e-mails of their accounts, decimals that the shop left out, and accounts and products that mapped fields are read from.

It is asked for only where an order itself says that there is some: one request for the sub-orders of a whole page, one
for the accounts that weren't asked for before, one for each payment, which no list gives, one for all orders that
came with fewer decimals than their currency has, and one each for a hundred accounts or products of a page that a mapping wants.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from jarz_woocommerce_integration.exceptions import PayloadError, StoreError, StoreNotFoundError
from jarz_woocommerce_integration.store.catalogue import customers_by_id
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import INCLUDE_LIMIT, ORDER_IS_GONE, OrderWindow, is_well
from jarz_woocommerce_integration.store.paging import in_parts
from jarz_woocommerce_integration.store.payloads import Order, Payload, Refund, parse
from jarz_woocommerce_integration.store.refunds import collect_refunds

PARENTS_AT_ONCE = 50
PER_PAGE = 100
ALL_DECIMALS = {"dp": 6}


class Wants(Protocol):
	"""What somebody wants to know beside an order."""

	def wants_sub_orders(self, order: Order) -> bool:
		"""Whether the order says that it has sub-orders, and they matter."""

	def wants_account(self, order: Order) -> bool:
		"""Whether the own e-mail or the role of the order's account matters."""

	def payment_ids(self, order: Order) -> Sequence[int]:
		"""The ids of the orders that are payments of this one."""

	def mapped_account(self, order: Order) -> int:
		"""The id of the account that fields of this order are read from, 0 for none."""

	def mapped_products(self, order: Order) -> Iterable[int]:
		"""The ids of the products that fields of this order are read from."""

	def wants_all_decimals(self, order: Order) -> bool:
		"""Whether the shop may have rounded the order's amounts when it gave them."""


@dataclass(frozen=True)
class Account:
	"""What the shop itself says of an account. :ivar email: its own, "" for none; :ivar role: its first one, "" for none"""

	email: str = ""
	role: str = ""


@dataclass
class Related:
	"""What was found, by the order's id.

	:ivar sub_orders: of each order of which they were wanted; an empty list where the store has none
	:ivar payments: of each order of which they were wanted, those that the store gives
	:ivar refunds: details of the refunds of sub-orders, by the sub-order's id
	:ivar exact: the orders that were wanted with all decimals, as the store gives them then
	:ivar exact_refunds: details of their refunds, with all decimals
	:ivar known_accounts: e-mail and role of each account that was wanted, by its id
	:ivar accounts: what the shop says of accounts that mapped fields are read from, by id; without those that it doesn't give
	:ivar products: likewise of products
	:ivar unread: of each order of which something couldn't be read, what the store said
	"""

	sub_orders: dict[int, list[Order]] = field(default_factory=dict)
	payments: dict[int, list[Order]] = field(default_factory=dict)
	refunds: dict[int, list[Refund]] = field(default_factory=dict)
	exact: dict[int, Order] = field(default_factory=dict)
	exact_refunds: dict[int, list[Refund]] = field(default_factory=dict)
	known_accounts: dict[int, Account] = field(default_factory=dict)
	accounts: dict[int, Payload] = field(default_factory=dict)
	products: dict[int, Payload] = field(default_factory=dict)
	unread: dict[int, str] = field(default_factory=dict)


def read_related(
	client: StoreClient,
	orders: Iterable[Order],
	wants: Wants,
	known_accounts: dict[int, Account] | None = None,
) -> Related:
	"""Read what belongs to these orders. What the store can't give of one order is noted, while it is well otherwise.

	:param known_accounts: those that were asked for before; it is completed
	:raises StoreError: the store can't be read
	"""
	found = Related(known_accounts={} if known_accounts is None else known_accounts)
	orders = list(orders)
	accounts = {order.customer_id for order in orders if wants.wants_account(order)}
	_read_accounts(client, accounts - found.known_accounts.keys(), found.known_accounts)
	parents = [order.id for order in orders if wants.wants_sub_orders(order)]
	for some in in_parts(parents, PARENTS_AT_ONCE):
		_read_sub_orders(client, some, orders, found)
	for order in orders:
		if ids := wants.payment_ids(order):
			_read_payments(client, order.id, ids, found)
	cut = [order.id for order in orders if wants.wants_all_decimals(order)]
	for some in in_parts(cut, INCLUDE_LIMIT):
		_read_exact(client, some, found)
	mapped_accounts = {account for order in orders if (account := wants.mapped_account(order))}
	found.accounts = _by_id(client, "customers", mapped_accounts, {"role": "all"})
	mapped_products = {product for order in orders for product in wants.mapped_products(order)}
	found.products = _by_id(client, "products", mapped_products, {})
	return found


def _by_id(
	client: StoreClient, route: str, ids: Iterable[int], asked: Mapping[str, str]
) -> dict[int, Payload]:
	"""What the shop gives of these. What it doesn't give is listed with the fields that are read from it."""
	found: dict[int, Payload] = {}
	for some in in_parts(sorted(ids), INCLUDE_LIMIT):
		try:
			answer = client.get(route, {**asked, "include": some, "per_page": INCLUDE_LIMIT}, shape=list)
			for body in answer.body:
				if isinstance(body, dict) and body.get("id") in some:
					found[body["id"]] = parse(Payload, body)
		except (PayloadError, StoreError) as error:
			if isinstance(error, StoreError) and error.retryable and not is_well(client):
				raise
	return found


def _read_accounts(client: StoreClient, ids: Iterable[int], accounts: dict[int, Account]) -> None:
	"""Read what the store says of accounts. One of which it says nothing is bound to no customer, and has no role."""
	ids = sorted(ids)
	if not ids:
		return
	try:
		found = customers_by_id(client, ids)
		values = {account.id: Account(account.email, account.role) for account in found}
	except (PayloadError, StoreError) as error:
		if isinstance(error, StoreError) and error.retryable and not is_well(client):
			raise
		values = {}
	accounts.update({account: values.get(account, Account()) for account in ids})


def _read_sub_orders(
	client: StoreClient, parents: Sequence[int], known: Sequence[Order], found: Related
) -> None:
	by_id = {order.id: order for order in known if order.parent_id in parents}
	try:
		for order in _listed(client, parents):
			by_id[order.id] = order
	except (PayloadError, StoreError) as error:
		_note(client, error, parents, found)
		return
	for parent in parents:
		subs = sorted((o for o in by_id.values() if o.parent_id == parent), key=lambda order: order.id)
		refunds, errors = collect_refunds(client, subs)
		found.sub_orders[parent] = subs
		found.refunds |= refunds
		if errors:
			found.unread[parent] = errors[0].message


def _listed(client: StoreClient, parents: Sequence[int]) -> Iterable[Order]:
	page = 1
	while True:
		asked = {"parent": list(parents), "status": "any", "orderby": "id", "order": "asc"}
		answer = client.get("orders", {**asked, "per_page": PER_PAGE, "page": page}, shape=list)
		# A store that ignores `parent` gives its first orders.
		bodies = [b for b in answer.body if isinstance(b, dict) and b.get("parent_id") in parents]
		yield from (parse(Order, body) for body in bodies)
		if answer.is_last_page(page, PER_PAGE) or not bodies:
			return
		page += 1


def _read_payments(client: StoreClient, order_id: int, ids: Sequence[int], found: Related) -> None:
	payments = found.payments.setdefault(order_id, [])
	for payment_id in ids:
		try:
			payments.append(parse(Order, client.get(f"orders/{payment_id}", shape=dict).body))
		except StoreNotFoundError as error:
			if error.code != ORDER_IS_GONE:
				_note(client, error, [order_id], found)
		except (PayloadError, StoreError) as error:
			_note(client, error, [order_id], found)


def _read_exact(client: StoreClient, ids: Sequence[int], found: Related) -> None:
	"""An order that no list gives keeps the decimals with which it came."""
	asked = {**OrderWindow().parameters(), "include": list(ids), "per_page": INCLUDE_LIMIT, **ALL_DECIMALS}
	try:
		answer = client.get("orders", asked, shape=list)
		bodies = [b for b in answer.body if isinstance(b, dict) and b.get("id") in ids]
		orders = [parse(Order, body) for body in bodies]
	except (PayloadError, StoreError) as error:
		_note(client, error, ids, found)
		return
	found.exact |= {order.id: order for order in orders}
	refunds, errors = collect_refunds(client, orders, ALL_DECIMALS)
	found.exact_refunds |= refunds
	found.unread |= {each.identifier: each.message for each in errors if each.identifier is not None}


def _note(
	client: StoreClient, error: PayloadError | StoreError, order_ids: Sequence[int], found: Related
) -> None:
	if isinstance(error, StoreError) and not (error.retryable and is_well(client)):
		raise error
	found.unread.update(dict.fromkeys(order_ids, error.message))
