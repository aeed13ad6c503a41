"""Comparing what is due of a store with its shop, and sending what a person has approved, once each.

What is due is found in the books, not marked by whoever changes them: products of which something else is wanted than when they
were compared last. So nothing is forgotten, and many changes of an item are one.

A change is marked as going out, and that committed, before it goes. Where no answer comes back, the shop is read again after
a while, and what is different then is sent.
"""

import time
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Generic, TypeVar

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime

from jarz_woocommerce_integration.compat import in_language_of_site
from jarz_woocommerce_integration.exceptions import (
	StoreAuthenticationError,
	StoreError,
	StoreNotFoundError,
	StoreRequestRefusedError,
)
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.services.levels import rows as level_rows
from jarz_woocommerce_integration.services.levels.rows import LevelRows, Linked, ProductKey
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.session.work_queue import DONE
from jarz_woocommerce_integration.store.http.client import StoreClient

BATCH_LIMIT = 100
STORE = "WooCommerce Store"
SECONDS = 600.0
MOST_LISTED = 10
Found = TypeVar("Found")


class LevelWork(ABC, Generic[Found]):
	"""Works on what is due of one store. Whoever makes one holds the store's lock of this work.

	:param sends: differences that are approved are sent; else all are only listed
	:cvar whole: field of the store that says when all products were compared last
	"""

	whole = ""

	def __init__(self, store: Document, rows: LevelRows, products: Mapping[ProductKey, Linked], sends: bool):
		self.store = store
		self.name = store.name
		self.sends = sends
		self.level_rows = rows
		self.ends = time.monotonic() + SECONDS
		self.counts = Counter(compared=0, differ=0, sent=0, again=0, given_up=0)
		self.given_up: list[str] = []
		self.rows = rows.keep_up(self.name, products)
		frappe.db.commit()

	def run(self) -> dict:
		"""Compare what is due, and send what may be sent, until nothing is due or ten minutes are over. Commits.

		:returns: {"status", "compared", "differ", "sent", "again", "given_up"}
		"""
		with in_language_of_site():
			if not self.due():
				return {"status": DONE, **self.counts}
			with live_state.troubles_noted(self.name) as trouble:
				try:
					self.until_nothing_is_due()
				finally:
					self._tell_what_needs_a_person()
		return {"status": str(trouble.error) if trouble.error else DONE, **self.counts}

	def until_nothing_is_due(self) -> None:
		""":raises StoreError: the shop is out; what wasn't compared or sent waits"""
		with site_store.known_client(self.store) as client:
			with self.asking(client):
				for keys in _batches(self.due()):
					if time.monotonic() > self.ends:
						return
					self._work_on(keys)
		if not any(row.compared is None for row in self.level_rows.read(self.name).values()):
			fresh_snapshot()
			frappe.db.set_value(STORE, self.name, self.whole, now_datetime(), update_modified=False)
			frappe.db.commit()

	def due(self) -> list[ProductKey]:
		"""The products that are to be compared now, by what the books want of them."""
		now, wanted = now_datetime(), self.wanted()
		return [key for key, row in self.rows.items() if self._is_due(row, wanted.get(key), now)]

	def _is_due(self, row: frappe._dict, wanted: object, now: datetime) -> bool:
		""":param wanted: what the books want now, None for what is left alone"""
		if row.next_attempt:
			is_its_time = row.next_attempt <= now
			# What failed, and what went out just now, waits for its time whatever happens to it.
			if is_its_time or row.attempts or row.state == level_rows.SENDING:
				return is_its_time
		if row.compared is None:
			return True
		return wanted is not None and not self.is_the_same(row.wanted, wanted)

	# --- what one kind of work knows ---

	@contextmanager
	def asking(self, client: StoreClient) -> Iterator[None]:
		"""Whatever is asked inside is asked with this client."""
		self.client = client
		yield

	@abstractmethod
	def wanted(self) -> Mapping[ProductKey, object]:
		"""What the books want of each product that isn't left alone."""

	@abstractmethod
	def is_the_same(self, column: str | None, wanted: object) -> bool:
		""":param column: what was wanted when the product was compared last"""

	@abstractmethod
	def compare(self, keys: Collection[ProductKey]) -> Mapping[ProductKey, Found]:
		""":raises StoreError: the shop can't be read"""

	@abstractmethod
	def write(self, row: frappe._dict, found: Found) -> bool:
		"""Write down what a comparison found. Whether it is to be sent."""

	@abstractmethod
	def send(self, found: Mapping[ProductKey, Found]) -> Mapping[ProductKey, str]:
		"""One request, for products without variations or for the variations of one product; what has arrived is written down.

		:returns: what the shop refuses, and why; :raises StoreError: whether it has arrived isn't known
		"""

	@abstractmethod
	def subject(self, count: int) -> Sentence:
		"""Of the message that so many products couldn't be sent."""

	def state_of_difference(self, row: frappe._dict) -> str:
		if not self.sends:
			return level_rows.DIFFERS
		return level_rows.WAITING if row.approved else level_rows.AWAITING

	def approved_where_equal(self, row: frappe._dict) -> dict[str, int]:
		"""Nothing of what is equal is left for a person to look at."""
		if not self.sends or row.approved:
			return {}
		row.approved = 1
		return {"approved": 1}

	# --- some products ---

	def _work_on(self, keys: Sequence[ProductKey]) -> None:
		fresh_snapshot()
		found = self.compare(keys)
		self.counts["compared"] += len(found)
		to_send = {key: one for key, one in found.items() if self.write(self.rows[key], one)}
		self.level_rows.begin(self.rows[key].name for key in to_send)
		frappe.db.commit()
		for part in _requests(to_send):
			self._send_part({key: to_send[key] for key in part})

	def _send_part(self, found: Mapping[ProductKey, Found]) -> None:
		"""One request. :raises StoreError: the shop is out, or takes nothing from us"""
		try:
			refused = self.send(found)
		except StoreAuthenticationError:
			for key in found:
				self.level_rows.withdraw(self.rows[key])
			frappe.db.commit()
			raise
		except (StoreNotFoundError, StoreRequestRefusedError) as error:
			refused = dict.fromkeys(found, str(error))
		except StoreError as error:
			for key in found:
				self._try_again(key, str(error))
			frappe.db.commit()
			raise
		for key, why in refused.items():
			self._try_again(key, why)
		self.counts["sent"] += len(found) - len(refused)
		frappe.db.commit()

	def _try_again(self, key: ProductKey, error: str) -> None:
		row = self.rows[key]
		after = self.level_rows.work.pause_after(row.attempts + 1)
		if after is None:
			self.level_rows.give_up(row.name, error)
			self.counts["given_up"] += 1
			self.given_up.append(
				Sentence("{0} (product {1}): {2}", row.item, key[1] or key[0], stored_texts.sentence(error))
			)
			return
		self.level_rows.try_again(row, max(after, level_rows.ANSWER_EXPECTED_WITHIN), error)
		self.counts["again"] += 1

	def _tell_what_needs_a_person(self) -> None:
		"""One message for all that was given up. Commits."""
		if not self.given_up:
			return
		fresh_snapshot()
		what_to_do = Sentence(
			"Remove the cause of the error, then choose Approve in the list {0}.",
			Sentence(self.level_rows.doctype),
		)
		lines = (*self.given_up[:MOST_LISTED], what_to_do)
		alerts.send(self.name, self.subject(len(self.given_up)), lines)
		frappe.db.commit()


def _batches(keys: Iterable[ProductKey]) -> Iterator[list[ProductKey]]:
	"""So many products at once that one reading of the shop's orders is for many, and the time between is short."""
	keys = sorted(keys, key=lambda key: (bool(key[1]), key))
	for start in range(0, len(keys), BATCH_LIMIT):
		yield keys[start : start + BATCH_LIMIT]


def _requests(keys: Iterable[ProductKey]) -> Iterable[list[ProductKey]]:
	"""What goes into one request: products without variations, or the variations of one product."""
	parts: dict[int, list[ProductKey]] = defaultdict(list)
	for key in keys:
		parts[key[0] if key[1] else 0].append(key)
	return parts.values()
