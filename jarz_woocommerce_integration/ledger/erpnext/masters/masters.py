"""Customers, contacts, addresses and items that a page's drafts need and the site lacks: made once, whoever races.

Made before the page is booked, in a short transaction of its own under a lock for each store: a second worker waits
for the lock, not for the page, and then sees what the first one made (failure-modes 5).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import NamedTuple

import frappe

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.booking import is_to_be_booked
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.documents.rates import Rates
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import (
	Receivable,
	Receivables,
)
from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.ledger.erpnext.masters.addresses import read_addresses
from jarz_woocommerce_integration.ledger.erpnext.masters.customer_records import Record
from jarz_woocommerce_integration.ledger.erpnext.masters.customers import Customers
from jarz_woocommerce_integration.ledger.erpnext.masters.decisions import (
	BookedTo,
	StandingDecision,
	read_booked,
	read_decisions,
	write_decisions,
)
from jarz_woocommerce_integration.ledger.erpnext.masters.items import Items
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.values import posting
from jarz_woocommerce_integration.translation.drafts import AccountEvidence, OrderDraft, OrderFacts, Outcome

LONGEST_WAIT = 60
Order = tuple[OrderFacts, OrderDraft]


class Buyer(NamedTuple):
	"""Who an order is booked to.

	:ivar customer: name of the Customer; :ivar addresses: signature -> Address; :ivar receivable: account of the invoice
	"""

	customer: str
	addresses: dict[str, str]
	receivable: str


class Masters:
	"""The masters of one store. Called in the environment of a booking (`booking_environment`), with nothing pending.

	:ivar refusals: order id -> why the site refused its masters, of the last page
	:ivar rehearsed: key of a customer -> currency of the first order that a rehearsal has booked to them; {} outside of one
	"""

	def __init__(self, settings: BookSettings):
		self.settings = settings
		self.poster = Poster(settings.historical)
		self.rates = Rates(settings)
		self.receivables = Receivables(settings)
		self.customers = Customers(settings, self.poster)
		self.items = Items(settings, self.poster)
		self.refusals: dict[int, Exception] = {}
		self.rehearsed: Mapping[str, str] = {}
		self._commits = True
		self._decisions: dict[int, StandingDecision] = {}
		self._booked: dict[int, BookedTo] = {}
		self._addresses: dict[tuple[str, str], str] = {}

	# --- making them ---

	def create(self, outcomes: Sequence[Outcome]) -> None:
		"""Make what the page's drafts lack and commit it. An order that the site refuses is left to `refusals`.

		:raises frappe.QueryDeadlockError: and others of the whole page; nothing is written then
		"""
		self.refusals = {}
		orders = [(o.order, o.translation) for o in outcomes if is_to_be_booked(o)]
		if not orders:
			return
		with masters_lock(self.settings.store):
			try:
				self._create(orders)
				# Somebody else made a document of that name since our snapshot was taken. The next one sees it.
				again = [order for order in orders if _is_duplicate(self.refusals.get(order[0].order_id))]
				if again and self._commits:
					self._create(again)
			except BaseException:
				frappe.db.rollback()
				self.forget()
				raise
			finally:
				frappe.clear_messages()

	def add_accounts(self, accounts: Sequence[AccountEvidence]) -> None:
		"""Give the customers who have these accounts of the store what the accounts tell of them, and commit it.

		:raises Exception: what the site says when it refuses one of them; nothing is written then
		"""
		with masters_lock(self.settings.store):
			try:
				frappe.db.commit()  # a new snapshot, as in `_create`
				self.customers.read_accounts(account.store_customer_id for account in accounts)
				for account in accounts:
					self.customers.add_account(account)
				self._commit()
			except BaseException:
				frappe.db.rollback()
				self.forget()
				raise
			finally:
				frappe.clear_messages()

	@contextmanager
	def without_commit(self, rehearsed: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
		"""What is made meanwhile stays in the caller's transaction, who rolls it back."""
		self._commits, self.rehearsed = False, rehearsed
		try:
			yield
		finally:
			self._commits, self.rehearsed = True, {}

	def forget(self) -> None:
		"""The transaction was rolled back: nothing of the page is there."""
		self.poster.forget()
		self._decisions, self._booked, self._addresses = {}, {}, {}

	def _create(self, orders: list[Order]) -> None:
		if self._commits:
			frappe.db.commit()  # a new snapshot, which sees what others made while we waited for the lock
		decided: dict[int, StandingDecision] = {}
		self._read(orders, decided)
		self._create_new(orders, decided)
		for order, draft in orders:
			self.refusals.pop(order.order_id, None)
			if order.order_id in decided:
				continue
			try:
				with self.poster.savepoint("woo_masters"):
					decision = self._create_for(order, draft)
			except OF_THE_WHOLE_PAGE:
				raise
			except Exception as error:
				# Raised again when this order is booked, so that it is held or failed and its neighbours are not.
				self.refusals[order.order_id] = error
				self._read(orders, decided)
			else:
				if decision is not self._decisions.get(order.order_id):
					decided[order.order_id] = self._decisions[order.order_id] = decision
		write_decisions(self.settings.store, decided)
		if self._commits:
			self._commit()

	def _create_new(self, orders: list[Order], decided: dict[int, StandingDecision]) -> None:
		"""A ledger that knows a shorter way for new customers takes it here, and says for which orders in `decided`."""

	def _commit(self) -> None:
		self.poster.stamp()
		frappe.db.commit()
		self.poster.after_commit()

	def _read(self, orders: list[Order], decided: dict[int, StandingDecision]) -> None:
		"""Read what is there for all orders at once; `decided` is what isn't written yet."""
		drafts = [draft for _order, draft in orders]
		order_ids = [order.order_id for order, _draft in orders]
		self._decisions = read_decisions(self.settings.store, order_ids) | decided
		self._booked = read_booked(self.settings.store, order_ids)
		taken = (*self._decisions.values(), *self._booked.values())
		self.customers.read(drafts, (each.customer for each in taken))
		for standing in decided.values():
			self.customers.claim(self.customers.named(standing.customer), standing.currency)
		self.items.read(drafts)

	def _create_for(self, order: OrderFacts, draft: OrderDraft) -> StandingDecision:
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
		standing = self._decisions.get(order.order_id)
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
		booked = self._booked.get(order.order_id)
		record = booked and self.customers.named(booked.customer)
		if record and booked.currency == draft.currency and self.customers.main_of(record) is main:
			return record, booked.receivable
		return None

	# --- finding them again ---

	def prepare(self, orders: Sequence[Order]) -> None:
		"""Read for a whole page whose orders these are, and their addresses, in five queries at most."""
		self._decisions = read_decisions(self.settings.store, (order.order_id for order, _draft in orders))
		if not all(self._decided(order) for order, _draft in orders):
			self.customers.read([draft for _order, draft in orders])
		pairs = {
			(customer, address.signature)
			for order, draft in orders
			for address in (draft.billing, draft.shipping)
			if address and (customer := self._customer_of(order, draft))
		}
		self._addresses = read_addresses(pairs)

	def found_for(self, order: OrderFacts, draft: OrderDraft) -> Buyer:
		"""Who buys, after `prepare`.

		:raises Exception: what the site said when it refused to make them
		"""
		if error := self.refusals.get(order.order_id):
			raise error
		customer = self._customer_of(order, draft)
		if not customer:
			raise BookingRefusedError(
				f"The customer {draft.customer.name} is missing.",
				"Sync the order again.",
				reason="customer_missing",
			)
		signatures = {address.signature for address in (draft.billing, draft.shipping) if address}
		found = {signature: self._addresses.get((customer, signature)) for signature in signatures}
		addresses = {signature: name for signature, name in found.items() if name}
		return Buyer(customer, addresses, self._receivable_of(order, draft))

	def customer_of(self, order: OrderFacts, draft: OrderDraft) -> str:
		"""The Customer's name after `prepare`, "" where the site refused to make them."""
		return "" if order.order_id in self.refusals else self._customer_of(order, draft)

	def _decided(self, order: OrderFacts) -> StandingDecision | None:
		standing = self._decisions.get(order.order_id)
		return standing if standing and standing.payload_hash == order.payload_hash else None

	def _customer_of(self, order: OrderFacts, draft: OrderDraft) -> str:
		if decided := self._decided(order):
			return decided.customer
		record = self.customers.find(draft.customer)
		return record.name if record else ""

	def _receivable_of(self, order: OrderFacts, draft: OrderDraft) -> str:
		booked = self._booked.get(order.order_id)
		if booked and booked.currency == draft.currency:
			return booked.receivable.account
		decided = self._decided(order)
		currency = decided.currency if decided else ""
		return self.receivables.in_currency(draft.currency, draft.receivable_account, currency)


@contextmanager
def masters_lock(store: str) -> Iterator[None]:
	"""Make this connection the only one that makes masters of the store.

	:raises frappe.QueryTimeoutError: another one has it for too long
	"""
	with named_lock("woo_masters", store, LONGEST_WAIT) as held:
		if not held:
			raise frappe.QueryTimeoutError(
				f"Another worker has been making customers of {store} for more than {LONGEST_WAIT} seconds."
			)
		yield


def _is_duplicate(error: Exception | None) -> bool:
	return isinstance(error, frappe.DuplicateEntryError | frappe.UniqueValidationError)
