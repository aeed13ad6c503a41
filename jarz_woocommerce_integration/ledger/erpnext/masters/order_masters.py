"""Makes missing customers, contacts, addresses and items order by order, from data read for the whole page."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import MasterWriter, Poster
from jarz_woocommerce_integration.ledger.erpnext.documents.rates import Rates
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import Receivable, Receivables
from jarz_woocommerce_integration.ledger.erpnext.masters.customer_records import Record
from jarz_woocommerce_integration.ledger.erpnext.masters.customers import Customers
from jarz_woocommerce_integration.ledger.erpnext.masters.decisions import (
	BookedTo,
	StandingDecision,
	read_booked,
	read_decisions,
)
from jarz_woocommerce_integration.ledger.erpnext.masters.items import Items
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.values import posting
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts

Order = tuple[OrderFacts, OrderDraft]


class MastersInBulk(Protocol):
	"""A shorter way to make what a page's orders lack, tried before documents."""

	def create_masters(
		self, orders: list[Order], there: "OrderMasters", poster: Poster
	) -> dict[int, StandingDecision] | None:
		"""Write it in the open transaction.

		:return: order id -> what is decided about it, of orders that lack nothing any more; None where nothing was written
		"""

	def after_commit(self, run_id: int) -> None:
		"""The transaction is committed."""

	def forget(self) -> None:
		"""The transaction was rolled back."""


class OrderMasters:
	"""
	:param poster: writes what is made, as documents or as rows
	:ivar decisions: order id -> what was decided about it before; :ivar booked: order id -> where it is booked
	:ivar rehearsed: key of a customer -> currency of the first order that a rehearsal has booked to them; {} outside of one
	"""

	def __init__(self, settings: BookSettings, poster: MasterWriter):
		self.settings = settings
		self.poster = poster
		self.rates = Rates(settings)
		self.receivables = Receivables(settings)
		self.customers = Customers(settings, poster)
		self.items = Items(settings, poster)
		self.decisions: dict[int, StandingDecision] = {}
		self.booked: dict[int, BookedTo] = {}
		self.rehearsed: Mapping[str, str] = {}

	def beside(self, poster: MasterWriter, items: Any) -> "OrderMasters":
		"""A copy for another writer. Later changes in one aren't seen in the other."""
		other = copy.copy(self)
		other.poster, other.items = poster, items
		other.customers = self.customers.beside(poster)
		return other

	def forget(self) -> None:
		"""The transaction was rolled back."""
		self.decisions, self.booked, self.rehearsed = {}, {}, {}

	def read(self, orders: Sequence[Order], decided: Mapping[int, StandingDecision]) -> None:
		"""Read what is there for all orders at once; `decided` is what isn't written yet."""
		drafts = [draft for _order, draft in orders]
		order_ids = [order.order_id for order, _draft in orders]
		self.decisions = {**read_decisions(self.settings.store, order_ids), **decided}
		self.booked = read_booked(self.settings.store, order_ids)
		taken = {each.customer for each in self.decisions.values()} | {
			each.customer for each in self.booked.values()
		}
		self.customers.read(drafts, taken)
		for standing in decided.values():
			self.customers.claim(self.customers.record_of(standing.customer), standing.currency)
		self.items.read(drafts)

	def create_for(self, order: OrderFacts, draft: OrderDraft) -> StandingDecision:
		"""Make what an order lacks. :return: whose it is, the standing decision itself where that says so

		:raises BookingRefusedError: the order can't be booked
		"""
		self._check_rate(draft)
		standing = self._standing(order)
		own = self.customers.find(draft.customer)
		if standing:
			# A run was killed between here and the booking. What it decided stands: its own new customers now look
			# like known ones, so the same order would be decided otherwise than in a run that wasn't killed.
			person = self.customers.named(standing.customer)
		else:
			person = self.customers.owner_of_account(draft.customer) or own
		taken, account = self._record_for(order, draft, person)
		if person is None or self.customers.main_of(person) is own:
			self.customers.complete(draft, taken)
		else:
			self.customers.add_addresses(draft, taken)
		self.items.add(draft)
		if standing and (standing.customer, standing.currency) == (taken.name, account.currency):
			return standing
		decision = standing.decision if standing else draft.customer.decision
		return StandingDecision(taken.name, order.payload_hash, decision, account.currency)

	def _standing(self, order: OrderFacts) -> StandingDecision | None:
		"""What was decided for the order as it is now."""
		standing = self.decisions.get(order.order_id)
		if (
			standing
			and standing.payload_hash == order.payload_hash
			and self.customers.named(standing.customer)
		):
			return standing
		return None

	def _check_rate(self, draft: OrderDraft) -> None:
		""":raises BookingRefusedError: the order can't be booked, so nobody is made for it"""
		day, _time = posting(draft.invoice.posted_at, self.settings.zone)
		self.rates.conversion_rate(draft.currency, day)

	def _record_for(
		self, order: OrderFacts, draft: OrderDraft, person: Record | None
	) -> tuple[Record, Receivable]:
		"""The record of a person that takes the order, made where there is none, and the account that takes it.

		:param person: one of their records, None for somebody new
		:raises BookingRefusedError: no account or no record can take it
		"""
		main = person and self.customers.main_of(person)
		if main and (booked := self._booked_to(order, draft, main)):
			return booked
		accepted = self.receivables.accepted(draft.currency, draft.receivable_account)
		first = self._first_currency(draft, accepted)
		if main is None:
			main = self.customers.make(draft, first)
		elif draft.customer.key in self.rehearsed:
			self.customers.claim(main, first)
		record, account = self.customers.choose(main, accepted)
		if record is None:
			record = self.customers.make_further(main, draft.customer.key, account.currency)
		self.customers.claim(record, account.currency)
		return record, account

	def _first_currency(self, draft: OrderDraft, accepted: Sequence[Receivable]) -> str:
		"""The currency of the account to which a new customer's first order is booked: in a rehearsal it may be on a page
		before, of which the site has nothing."""
		before = self.rehearsed.get(draft.customer.key)
		if before:
			accepted = self.receivables.accepted(before, draft.receivable_account)
		return accepted[0].currency

	def _booked_to(
		self, order: OrderFacts, draft: OrderDraft, main: Record
	) -> tuple[Record, Receivable] | None:
		"""An order that is booked stays where it is, whatever the store's accounts are by now."""
		booked = self.booked.get(order.order_id)
		record = self.customers.named(booked.customer) if booked else None
		if booked and record and booked.currency == draft.currency and self.customers.main_of(record) is main:
			return record, booked.receivable
		return None
