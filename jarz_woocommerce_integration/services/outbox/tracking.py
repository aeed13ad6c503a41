"""The numbers of an order's parcels in the shop, and taking them back when their Delivery Note is cancelled."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import frappe

from jarz_woocommerce_integration.exceptions import StoreNotFoundError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.outbox.base import InShop, OutboxAction
from jarz_woocommerce_integration.services.outbox.channels import CHANNELS, Channel, NoteChannel, Parcel
from jarz_woocommerce_integration.services.outbox.facts import lines_of_delivery, numbers_that_stand
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.writing.tracking import NO_ROUTE, TrackingBy, find_tracking

Done = TypeVar("Done")
KNOWN_FOR = 24 * 3600


def tracking_of(store: str, client: StoreClient) -> TrackingBy:
	"""What of the shop shows tracking numbers, asked for once a day. :raises StoreError: it can't be asked"""
	if known := frappe.cache.get_value(_key(store), expires=True):
		return TrackingBy(known)
	found = find_tracking(client)
	keep_tracking(store, found)
	return found


def keep_tracking(store: str, found: TrackingBy) -> None:
	"""Remember what a check has found."""
	frappe.cache.set_value(_key(store), found.value, expires_in_sec=KNOWN_FOR)


def _key(store: str) -> str:
	return f"woo_tracking|{store}"


class _OfDelivery(OutboxAction):
	option = "send_tracking"

	def __init__(self, row: frappe._dict, store: frappe._dict, shop: InShop):
		super().__init__(row, store, shop)
		self.by = tracking_of(row.store, self.client)

	@property
	def channel(self) -> Channel:
		return CHANNELS[self.by](self.client, self.order, self.row.document_name)

	def _by_what_is_there(self, do: Callable[[Channel], Done]) -> Done:
		"""Do something by the channel; where the shop has lost it since, by the one that it has now."""
		try:
			return do(self.channel)
		except StoreNotFoundError as error:
			if error.code != NO_ROUTE:
				raise
		self.by = find_tracking(self.client)
		keep_tracking(self.row.store, self.by)
		return do(self.channel)


class TrackingAction(_OfDelivery):
	"""The row's value has a line each for number, URL and carrier."""

	@cached_property
	def parcel(self) -> Parcel:
		number, url, carrier = (*self.row.value.split("\n"), "", "")[:3]
		delivery = self.row.document_name
		sent_on = str(frappe.db.get_value("Delivery Note", delivery, "posting_date"))
		lines = lines_of_delivery(delivery, self.row.store, self.row.woo_order_id)
		return Parcel(number, url, carrier, sent_on, lines)

	def _why_not(self) -> str:
		if not self._stands():
			return Sentence("{0} is cancelled.", self.row.document_name)
		# What the outbox knew of it may have been cleared away since.
		is_there = self.by is TrackingBy.NOTE and self._noted.is_in_meta(self.parcel)
		return Sentence("The customer was notified before.") if is_there and not self.row.attempts else ""

	@property
	def _noted(self) -> NoteChannel:
		return NoteChannel(self.client, self.order, self.row.document_name)

	def find(self) -> int | None:
		"""Where the shop couldn't show a part of it, it is a note to the customer."""
		found = self._by_what_is_there(lambda channel: channel.find(self.parcel))
		return self._noted.find(self.parcel) if found is None else found

	def do(self) -> int:
		made = self._by_what_is_there(lambda channel: channel.send(self.parcel))
		return self._noted.add(self.parcel) if made is None else made

	def finish(self, woo_id: int) -> None:
		self._by_what_is_there(lambda channel: channel.finish(self.parcel))


class WithdrawalAction(_OfDelivery):
	"""The row's value has the numbers of the cancelled Delivery Note, a line each."""

	def _why_not(self) -> str:
		if frappe.db.get_value("Delivery Note", self.row.document_name, "docstatus") == 2:
			return ""
		return Sentence("{0} isn't cancelled.", self.row.document_name)

	def do(self) -> int:
		standing = numbers_that_stand(self.row.store, self.row.woo_order_id)
		numbers = [number for number in self.row.value.split("\n") if number and number not in standing]
		self._by_what_is_there(lambda channel: channel.take_back(numbers))
		return 0
