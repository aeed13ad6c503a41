"""An order, the policy and what the ledger has -> the draft of its books, or the reason why not. No I/O.

`Translator` works on one page at a time: `keys` says what to look up, `translate` makes the outcomes.
"""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.amounts.rounding import may_be_cut
from jarz_woocommerce_integration.translation.customers.identity import resolve
from jarz_woocommerce_integration.translation.customers.shared_phones import note_phones
from jarz_woocommerce_integration.translation.deposits import payment_ids, unread_deposit
from jarz_woocommerce_integration.translation.drafts import (
	Action,
	Cancel,
	Failure,
	Hold,
	OrderDraft,
	OrderFacts,
	OrderState,
	Outcome,
	SalesOrderDraft,
	Skip,
	Translation,
	Unchanged,
)
from jarz_woocommerce_integration.translation.filters.drafts import DraftFilter, filtered
from jarz_woocommerce_integration.translation.items import alias_keys
from jarz_woocommerce_integration.translation.lookups import KnownOrder, LookupKeys, Lookups, ResolutionKind
from jarz_woocommerce_integration.translation.orders.actions import action_of
from jarz_woocommerce_integration.translation.orders.facts import facts_of, facts_of_broken
from jarz_woocommerce_integration.translation.orders.making import DraftMaker, wants_refunds
from jarz_woocommerce_integration.translation.orders.prepared import PreparedOrder
from jarz_woocommerce_integration.translation.policy import CustomerMode, Policy, ReceivedUnbooked, SubOrders
from jarz_woocommerce_integration.translation.received import advance_of, advance_payment, received_unbooked
from jarz_woocommerce_integration.translation.sub_orders import (
	is_sub_order,
	may_have_sub_orders,
	parent_of_booked,
	part_of,
	unclear_part,
)
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.unforeseen import failure_of

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order, Refund
	from jarz_woocommerce_integration.store.related import Related

	Refunds = Mapping[int, Sequence[Refund]]  # by order id

NOT_BOOKED = (None, Action.IGNORE, Action.CANCEL)
ZERO = Decimal(0)


class Translator:
	"""Translates pages under one policy.

	:param time_zone: the store's zone, in which delivery dates are meant
	:param filters: hooks of other apps that may change a draft
	"""

	def __init__(
		self,
		policy: Policy,
		territories: TerritoryIndex,
		time_zone: tzinfo,
		filters: Sequence[DraftFilter] = (),
	):
		self.filters = filters
		self.policy = policy
		self.policy_hash = policy.hash
		self.territories = territories
		self.time_zone = time_zone
		self.maker = DraftMaker(policy, territories, time_zone)

	def prepare(self, orders: "Sequence[Order]", related: "Related | None" = None) -> list[PreparedOrder]:
		""":param related: what belongs to these orders and isn't in their answer"""
		return [PreparedOrder(order, self.policy, self.time_zone, related) for order in orders]

	def wants_refunds(self, order: "Order") -> bool:
		"""Whether the details of the order's refunds are needed."""
		return wants_refunds(order, action_of(order, self.policy), self.policy)

	def wants_sub_orders(self, order: "Order") -> bool:
		"""Whether the order's sub-orders are needed: their refunds are credited with it, or they are booked instead."""
		return may_have_sub_orders(order) and action_of(order, self.policy) not in NOT_BOOKED

	def wants_account(self, order: "Order") -> bool:
		"""Whether the order's account is needed: by its own e-mail it is bound to a customer, and its role may decide."""
		by_person = self.policy.customers.mode is not CustomerMode.ONE_CUSTOMER
		return by_person and order.customer_id > 0 and action_of(order, self.policy) not in NOT_BOOKED

	def mapped_account(self, order: "Order") -> int:
		"""The id of the account that fields of this order are read from, 0 for none."""
		wanted = any(row.is_of_account for row in self.policy.mapping)
		return order.customer_id if wanted and action_of(order, self.policy) not in NOT_BOOKED else 0

	def mapped_products(self, order: "Order") -> set[int]:
		"""The ids of the products that fields of this order are read from."""
		if not any(row.is_of_products for row in self.policy.mapping):
			return set()
		if action_of(order, self.policy) in NOT_BOOKED:
			return set()
		return {line.product_id for line in order.line_items if line.product_id}

	def payment_ids(self, order: "Order") -> list[int]:
		"""The ids of the orders that are payments of this one, where they are needed."""
		return payment_ids(order) if self.wants_refunds(order) else []

	def wants_all_decimals(self, order: "Order") -> bool:
		"""Whether the shop may have rounded the order's amounts when it gave them, and they are booked."""
		is_booked = action_of(order, self.policy) not in NOT_BOOKED
		return is_booked and may_be_cut(order, self.policy.money)

	def keys(self, page: Sequence[PreparedOrder]) -> LookupKeys:
		"""Every key of the page by which the ledger may know something."""
		lines = [line for prepared in page for line in prepared.lines]
		aliases = self.policy.items.aliases
		products = {(line.product_id, line.variation_id) for line in lines if line.product_id}
		return LookupKeys(
			order_ids=frozenset(
				order_id for p in page for order_id in (p.order.id, p.order.parent_id) if order_id
			),
			store_customer_ids=frozenset(p.order.customer_id for p in page if p.order.customer_id),
			emails=frozenset(
				email for p in page for email in (p.evidence.email, p.evidence.account_email) if email
			),
			phones=frozenset(p.evidence.phone for p in page if p.evidence.phone),
			products=frozenset(products | {(product, 0) for product, _variation in products}),
			skus=frozenset(line.sku for line in lines if line.sku),
			item_codes=frozenset(aliases[key] for line in lines for key in alias_keys(line) if key in aliases)
			if aliases
			else frozenset(),
			links=frozenset(key for p in page for key in p.fields.keys()),
		)

	def translate(self, page: Sequence[PreparedOrder], refunds: "Refunds", lookups: Lookups) -> list[Outcome]:
		"""The outcome of each order, in their order: earlier orders of a page make customers known to later ones.

		:param refunds: details by order id, of the orders that have refunds
		"""
		note_phones((prepared.evidence for prepared in page), lookups)
		known = {prepared.order.id for prepared in page} | set(lookups.orders)
		return [self._translate(prepared, refunds, lookups, known) for prepared in page]

	def is_unchanged(self, state: OrderState, known_hash: str, policy_hash: str, payload_hash: str) -> bool:
		"""Whether reading an order again would come to nothing: nothing of it has changed that matters to the books.

		:param state: in the Order Map, as are `known_hash` and `policy_hash`; :param payload_hash: of the order as it is now
		"""
		if known_hash != payload_hash:
			return False
		if state is OrderState.SKIPPED:
			return policy_hash == self.policy_hash
		return state in (OrderState.SYNCED, OrderState.CANCELLED)

	def facts_by_itself(self, order: "Order") -> OrderFacts | None:
		"""What an order alone says, with the hash of what matters to the books; None where that depends on others."""
		if self.wants_sub_orders(order) or self.payment_ids(order) or self.wants_all_decimals(order):
			return None
		if any(row.follows and (row.is_of_account or row.is_of_products) for row in self.policy.mapping):
			return None
		(prepared,) = self.prepare([order])
		return None if prepared.failure else facts_of(prepared.order, prepared.beside)

	def _translate(
		self, prepared: PreparedOrder, refunds: "Refunds", lookups: Lookups, known: set[int]
	) -> Outcome:
		"""One order. Whatever the app breaks on in it, the order is listed with that, and the others go on."""
		if prepared.failure:
			return Outcome(facts_of_broken(prepared.order), prepared.failure)
		try:
			return self._outcome(prepared, refunds, lookups, known)
		except Exception as error:
			return Outcome(facts_of_broken(prepared.order), failure_of(error, prepared.order.id))

	def _outcome(
		self, prepared: PreparedOrder, refunds: "Refunds", lookups: Lookups, known: set[int]
	) -> Outcome:
		facts = facts_of(prepared.order, prepared.beside)
		facts.anonymised = prepared.anonymised
		facts.refunded_elsewhere = sum((refund.amount for refund in prepared.sub_refunds), ZERO)
		if prepared.unread:
			return Outcome(facts, Failure(prepared.unread, "related_unread"))
		translation = self._decide(prepared, facts.payload_hash, refunds, lookups, known)
		if self.filters and isinstance(translation, OrderDraft):
			translation = filtered(facts, translation, self.filters)
		if isinstance(translation, OrderDraft):
			facts.tendered_total = translation.tendered_total + translation.owed_total
			facts.refunded_elsewhere += translation.owed_total
		facts.received_unbooked = received_unbooked(prepared.order, translation)
		advance = self.policy.received_unbooked is ReceivedUnbooked.ADVANCE
		if isinstance(translation, SalesOrderDraft) and facts.received_unbooked and advance:
			translation.payments.append(advance_payment(prepared.order, facts.received_unbooked, self.policy))
			facts.received_unbooked = ZERO
		elif isinstance(translation, Skip | Cancel) and facts.received_unbooked and advance:
			customer = resolve(prepared.order, prepared.evidence, lookups, self.policy)
			received, facts.received_unbooked = facts.received_unbooked, ZERO
			translation = advance_of(prepared.order, translation, received, customer, self.policy)
		return Outcome(facts, translation)

	def _decide(
		self,
		prepared: PreparedOrder,
		payload_hash: str,
		refunds: "Refunds",
		lookups: Lookups,
		known_ids: set[int],
	) -> Translation:
		order = prepared.order
		known = lookups.orders.get(order.id)
		if known and self.is_unchanged(known.state, known.payload_hash, known.policy_hash, payload_hash):
			return Unchanged()
		if known and _is_booked_by_hand(known, order):
			return Skip("booked_by_hand", "A person has booked the order by hand.")
		action = action_of(order, self.policy)
		if action is None:
			return Hold(
				"unknown_status",
				Sentence('The settings don\'t say what to do with orders in status "{0}".', order.status),
				Sentence('Add "{0}" to the table Statuses and choose its action.', order.status),
			)
		if action is Action.IGNORE:
			return Skip(
				f"status_{order.status}",
				Sentence('By the settings, orders in status "{0}" are not booked.', order.status),
			)
		if action is Action.CANCEL:
			return Cancel(
				f"status_{order.status}", Sentence('Orders in status "{0}" are not booked.', order.status)
			)
		if part := self._part(prepared, known_ids):
			return part
		return self.maker.make(prepared, action, refunds.get(order.id, ()), lookups)

	def _part(self, prepared: PreparedOrder, known_ids: set[int]) -> Skip | Hold | Failure | None:
		"""What an order becomes that belongs to another one; None for a sale of its own."""
		order = prepared.order
		booked_by_vendor = self.policy.sub_orders is SubOrders.SUB_ORDERS
		if booked_by_vendor and prepared.sub_orders:
			return parent_of_booked(order, prepared.sub_orders)
		part = None if booked_by_vendor and is_sub_order(order) else part_of(order)
		if part and part.parent_id not in known_ids:
			return Failure(
				Sentence(
					"Order {0} is a part of order {1}, which isn't in the Order Map yet.",
					order.id,
					order.parent_id,
				),
				"parent_unknown",
			)
		return part or unclear_part(order) or unread_deposit(order)


def _is_booked_by_hand(known: KnownOrder, order: "Order") -> bool:
	"""Whether a person has said so of the order as it is; of another total it isn't known."""
	resolution = known.resolution
	return (
		resolution is not None
		and resolution.kind is ResolutionKind.BOOKED_BY_HAND
		and resolution.amount == order.total
		and not known.invoice
	)
