"""Customers, contacts, addresses and items that a page's drafts need and the site lacks: made once, whoever races.

Made before the page is booked, in a short transaction of its own under a lock for each store: a second worker waits
for the lock, not for the page, and then sees what the first one made (failure-modes 5).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import frappe

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.checks import is_to_be_booked
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import Buyer
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.ledger.erpnext.masters.addresses import read_addresses
from jarz_woocommerce_integration.ledger.erpnext.masters.decisions import (
	StandingDecision,
	read_decisions,
	write_decisions,
)
from jarz_woocommerce_integration.ledger.erpnext.masters.order_masters import (
	MastersInBulk,
	Order,
	OrderMasters,
)
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import AccountEvidence, OrderDraft, OrderFacts, Outcome

LONGEST_WAIT = 60


class Masters:
	"""The masters of one store. Called in the environment of a booking (`booking_environment`), with nothing pending.

	:param bulk: a shorter way for new customers, tried first
	:ivar refusals: order id -> why the site refused its masters, of the last page
	"""

	def __init__(self, settings: BookSettings, bulk: MastersInBulk | None = None):
		self.settings = settings
		self.bulk = bulk
		self.poster = Poster(settings.historical)
		self.orders = OrderMasters(settings, self.poster)
		self.customers = self.orders.customers
		self.refusals: dict[int, Exception] = {}
		self._addresses: dict[tuple[str, str], str] = {}

	# --- making them ---

	def create(self, outcomes: Sequence[Outcome]) -> None:
		"""Make what the page's drafts lack and commit it. An order that the site refuses is left to `refusals`.

		:raises frappe.QueryDeadlockError: and others of the whole page; nothing is written then
		"""
		self.refusals = {}
		orders = _to_be_booked(outcomes)
		if not orders:
			return
		with self._for_this_connection_alone():
			self._create(orders)
			# Somebody else made a document of that name since our snapshot was taken. The next one sees it.
			again = [order for order in orders if _is_duplicate(self.refusals.get(order[0].order_id))]
			if again:
				self._create(again)

	def rehearse(self, outcomes: Sequence[Outcome], rehearsed: Mapping[str, str]) -> None:
		"""Make what the drafts lack in the caller's transaction, who rolls it back.

		:param rehearsed: key of a customer -> currency of the first order of an earlier page that was booked to them
		"""
		self.refusals = {}
		self.orders.rehearsed = rehearsed
		orders = _to_be_booked(outcomes)
		if not orders:
			return
		with self._for_this_connection_alone():
			self._make(orders)

	def add_accounts(self, accounts: Sequence[AccountEvidence]) -> None:
		"""Give the customers who have these accounts of the store what the accounts say of them, and commit it.

		:raises Exception: what the site says when it refuses one of them; nothing is written then
		"""
		with self._for_this_connection_alone():
			frappe.db.commit()  # a new snapshot, as in `_create`
			self.customers.read_accounts(account.store_customer_id for account in accounts)
			for account in accounts:
				self.customers.add_account(account)
			self._commit()

	@contextmanager
	def _for_this_connection_alone(self) -> Iterator[None]:
		"""Under the store's lock. At an error nothing is written, and nothing remembered."""
		with masters_lock(self.settings.store):
			try:
				yield
			except BaseException:
				frappe.db.rollback()
				self.forget()
				raise
			finally:
				frappe.clear_messages()

	def forget(self) -> None:
		"""The transaction was rolled back: nothing of the page is there."""
		self.poster.forget()
		self.orders.forget()
		self._addresses = {}
		if self.bulk:
			self.bulk.forget()

	def _create(self, orders: list[Order]) -> None:
		frappe.db.commit()  # a new snapshot, which sees what others made while we waited for the lock
		self._make(orders)
		self._commit()

	def _make(self, orders: list[Order]) -> None:
		"""Make what the orders lack, in the open transaction: as rows what can be, the rest as documents."""
		self.orders.read(orders, {})
		decided: dict[int, StandingDecision] = {}
		if self.bulk and (written := self.bulk.create_masters(orders, self.orders, self.poster)) is not None:
			decided = written
			self.orders.read(orders, decided)
		write_decisions(self.settings.store, self._create_all(orders, decided))

	def _create_all(
		self, orders: list[Order], decided: dict[int, StandingDecision]
	) -> dict[int, StandingDecision]:
		"""
		:param decided: about orders that lack nothing any more
		:return: the same, and what is decided about the others
		"""
		for order, draft in orders:
			self.refusals.pop(order.order_id, None)
			if order.order_id in decided:
				continue
			try:
				with self.poster.savepoint("woo_masters"):
					decision = self.orders.create_for(order, draft)
			except OF_THE_WHOLE_PAGE:
				raise
			except Exception as error:
				# Raised again when this order is booked, so that it is held or failed and its neighbours are not.
				self.refusals[order.order_id] = error
				self.orders.read(orders, decided)
			else:
				if decision is not self.orders.decisions.get(order.order_id):
					decided[order.order_id] = self.orders.decisions[order.order_id] = decision
		return decided

	def _commit(self) -> None:
		self.poster.stamp()
		frappe.db.commit()
		self.poster.after_commit()
		if self.bulk:
			self.bulk.after_commit(self.poster.run_id)

	# --- finding them again ---

	def prepare(self, orders: Sequence[Order]) -> None:
		"""Read for a whole page whose orders these are, and their addresses, in five queries at most."""
		self.orders.decisions = read_decisions(
			self.settings.store, (order.order_id for order, _draft in orders)
		)
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
				Sentence("The customer {0} is missing.", draft.customer.name),
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
		standing = self.orders.decisions.get(order.order_id)
		return standing if standing and standing.payload_hash == order.payload_hash else None

	def _customer_of(self, order: OrderFacts, draft: OrderDraft) -> str:
		if decided := self._decided(order):
			return decided.customer
		record = self.customers.find(draft.customer)
		return record.name if record else ""

	def _receivable_of(self, order: OrderFacts, draft: OrderDraft) -> str:
		booked = self.orders.booked.get(order.order_id)
		if booked and booked.currency == draft.currency:
			return booked.receivable.account
		decided = self._decided(order)
		currency = decided.currency if decided else ""
		return self.orders.receivables.in_currency(draft.currency, draft.receivable_account, currency)


def _to_be_booked(outcomes: Sequence[Outcome]) -> list[Order]:
	return [
		(outcome.order, outcome.translation)
		for outcome in outcomes
		if isinstance(outcome.translation, OrderDraft) and is_to_be_booked(outcome)
	]


@contextmanager
def masters_lock(store: str) -> Iterator[None]:
	"""Make this connection the only one that makes masters of the store.

	:raises frappe.QueryTimeoutError: another one has it for too long
	"""
	with named_lock("woo_masters", store, LONGEST_WAIT) as held:
		if not held:
			raise frappe.QueryTimeoutError(
				Sentence(
					"Another worker has been making customers of {0} for more than {1} seconds.",
					store,
					LONGEST_WAIT,
				)
			)
		yield


def _is_duplicate(error: Exception | None) -> bool:
	return isinstance(error, frappe.DuplicateEntryError | frappe.UniqueValidationError)
