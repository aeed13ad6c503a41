"""What a row of the outbox has to do in the shop: whether it is still wanted, whether it is there already, doing it.

An action reads what is wanted from the books as they are now, not as they were when the row was written. It commits nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import frappe

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.outbox.facts import is_of_order
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.payloads import Order, Refund
from jarz_woocommerce_integration.store.writing import orders as writing

ZERO = Decimal(0)
TRASH = "trash"


class InShop(NamedTuple):
	"""An order as the shop has it at this moment, and the shop.

	:ivar is_over: nothing but the trash, or a person, leads on from its status
	"""

	client: StoreClient
	order: Order
	refunds: Sequence[Refund]
	is_over: bool = False


class OutboxAction(ABC):
	"""What one row of the outbox does in the shop.

	:param row: of the outbox; :param store: the WooCommerce Store's document; :param shop: the row's order there
	:cvar changes_order: the order is another one after it, and is to be read again
	:ivar paid_back: what the gateway pays back by it, in the store's currency, 0 for nothing
	"""

	option = ""
	changes_order = True
	paid_back = ZERO

	def __init__(self, row: frappe._dict, store: frappe._dict, shop: InShop):
		self.row = row
		self.store = store
		self.client, self.order, self.refunds, self.is_over = shop

	def why_not(self) -> str:
		"""Why nothing has to be done (any more), "" where something has."""
		if not self._is_wanted_by_store():
			return Sentence("Switched off in the store's form.")
		if self.order.status == TRASH:
			return Sentence("The order is in the shop's trash.")
		return self._why_not() or self._why_not_of_order()

	def _why_not_of_order(self) -> str:
		row = self.row
		if is_of_order(row.document_type, row.document_name, row.store, row.woo_order_id):
			return ""
		return Sentence("The Order Map doesn't say that {0} belongs to this order.", row.document_name)

	def _is_wanted_by_store(self) -> bool:
		return bool(self.store.get(self.option))

	def _stands(self) -> bool:
		return frappe.db.get_value(self.row.document_type, self.row.document_name, "docstatus") == 1

	@abstractmethod
	def _why_not(self) -> str: ...

	def check(self) -> None:
		""":raises NotToBeSentError: it can't be done as the order stands"""
		return None

	def why_wait(self) -> str:
		"""Why a person has to approve it first, "" where nobody has to. :raises StoreError: it isn't known"""
		return ""

	def find(self) -> int | None:
		"""The id of what the row has made in the shop, where it has arrived though no answer came back.

		:raises StoreError: it isn't known
		"""
		return None

	@abstractmethod
	def do(self) -> int:
		"""Do it, once. :returns: the id of what it made, 0 for nothing

		:raises StoreError: if it is retryable, whether it was done isn't known
		"""

	def finish(self, woo_id: int) -> None:
		"""Do and write down what follows from it, which may be done twice without harm. :raises StoreError: likewise"""
		return None


def find_note(client: StoreClient, order_id: int, *parts: str, for_customer: bool) -> int | None:
	"""The id of the order's note that has all these parts."""
	for note in writing.read_notes(client, order_id):
		if note.customer_note == for_customer and all(part in note.note for part in parts):
			return note.id
	return None
