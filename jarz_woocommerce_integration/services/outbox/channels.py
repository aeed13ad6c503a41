"""How a parcel becomes visible in a shop: as a fulfilment of WooCommerce's own, by a plugin for tracking, or as a note to the customer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from frappe import _

from jarz_woocommerce_integration.ledger.erpnext.sent import mark_of
from jarz_woocommerce_integration.services.outbox.base import find_note
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.payloads import Order
from jarz_woocommerce_integration.store.writing import orders as writing, tracking
from jarz_woocommerce_integration.store.writing.tracking import Fulfilment, TrackingBy

TRACKING_NUMBER, TRACKING_URL = "_tracking_number", "_tracking_url"
PROVIDER, PROVIDER_NAME, ITEMS = "_shipment_provider", "_provider_name", "_items"
DELIVERY_NOTE = "_erpnext_delivery_note"
# As WooCommerce calls a carrier that isn't one of its list.
OTHER_PROVIDER = "other"
PARCELS = ", "
ZERO = Decimal(0)


class Parcel(NamedTuple):
	"""What of a Delivery Note is on its way.

	:ivar sent_on: day, as in "2026-11-30"; :ivar lines: id of the order's line -> pieces of it
	"""

	number: str
	url: str
	carrier: str
	sent_on: str
	lines: Mapping[int, Decimal]


class Channel(ABC):
	""":param order: as the shop has it now; :param delivery: name of the Delivery Note"""

	def __init__(self, client: StoreClient, order: Order, delivery: str):
		self.client = client
		self.order = order
		self.delivery = delivery

	@abstractmethod
	def find(self, parcel: Parcel) -> int | None:
		"""The id of what shows the parcel in the shop, 0 where it has none, None where nothing shows it. :raises StoreError: it isn't known"""

	@abstractmethod
	def send(self, parcel: Parcel) -> int | None:
		"""Show it, unless the shop does. :returns: as `find`; None where this channel can't show it

		:raises StoreError: if it is retryable, whether it was done isn't known
		"""

	def finish(self, parcel: Parcel) -> None:
		"""Write down what follows from it, which may be done twice without harm. :raises StoreError: likewise"""
		return None

	@abstractmethod
	def take_back(self, numbers: Sequence[str]) -> None:
		"""The delivery was cancelled: show nothing of it any more. :raises StoreError: whether it was done isn't known

		:param numbers: of its parcels, those that no other delivery has
		"""


class NoteChannel(Channel):
	"""A note, which the shop mails to the customer, and the order's meta data."""

	def find(self, parcel: Parcel) -> int | None:
		text = parcel.number or parcel.url
		return find_note(self.client, self.order.id, mark_of(self.delivery), text, for_customer=True)

	def send(self, parcel: Parcel) -> int | None:
		return self.add(parcel)

	def add(self, parcel: Parcel) -> int:
		"""As `send`; a note takes every parcel."""
		return writing.add_note(self.client, self.order.id, self._text(parcel), for_customer=True)

	def _text(self, parcel: Parcel) -> str:
		lines = [_("Your order is on its way.")]
		if parcel.number:
			lines.append(_("Tracking number: {0}.").format(parcel.number))
		if parcel.carrier:
			lines.append(_("Carrier: {0}.").format(parcel.carrier))
		return " ".join(filter(None, (*lines, parcel.url, mark_of(self.delivery))))

	def finish(self, parcel: Parcel) -> None:
		"""Numbers of several parcels stand beside each other in the order's meta data."""
		values = {
			key: PARCELS.join((*there, text))
			for key, (text, there) in self._in_meta(parcel).items()
			if text and text not in there
		}
		if values:
			writing.set_meta(self.client, self.order.id, values)

	def is_in_meta(self, parcel: Parcel) -> bool:
		return all(text in there for text, there in self._in_meta(parcel).values() if text)

	def _in_meta(self, parcel: Parcel) -> dict[str, tuple[str, list[str]]]:
		"""Key -> what is to be sent, and what the order's meta data say already."""
		texts = ((TRACKING_NUMBER, parcel.number), (TRACKING_URL, parcel.url))
		return {key: (text, self._listed(key)) for key, text in texts}

	def _listed(self, key: str) -> list[str]:
		return [part for part in writing.meta_of(self.order, key).split(PARCELS) if part]

	def take_back(self, numbers: Sequence[str]) -> None:
		"""What was mailed is mailed: the number leaves the order's meta data."""
		there = self._listed(TRACKING_NUMBER)
		left = [number for number in there if number not in numbers]
		if left != there:
			writing.set_meta(self.client, self.order.id, {TRACKING_NUMBER: PARCELS.join(left)})


class FulfilmentChannel(Channel):
	"""One fulfilment for a Delivery Note, with its lines: several numbers stand beside each other in it."""

	def find(self, parcel: Parcel) -> int | None:
		there = self._of_delivery(tracking.read_fulfilments(self.client, self.order.id))
		return there.id if there and self._shows(there, parcel) else None

	def send(self, parcel: Parcel) -> int | None:
		there = tracking.read_fulfilments(self.client, self.order.id)
		if mine := self._of_delivery(there):
			if not self._shows(mine, parcel):
				tracking.change_fulfilment(self.client, self.order.id, mine.id, self._added(mine, parcel))
			return mine.id
		items = self._items(parcel, there)
		if not items:
			# WooCommerce takes none without items: these lines aren't the order's, or a person has fulfilled them there.
			return None
		meta = {
			ITEMS: items,
			TRACKING_NUMBER: parcel.number,
			TRACKING_URL: parcel.url,
			PROVIDER: OTHER_PROVIDER,
			PROVIDER_NAME: parcel.carrier,
			DELIVERY_NOTE: self.delivery,
		}
		return tracking.add_fulfilment(self.client, self.order.id, meta)

	def _of_delivery(self, there: Iterable[Fulfilment]) -> Fulfilment | None:
		return next((each for each in there if each.meta(DELIVERY_NOTE) == self.delivery), None)

	def _shows(self, there: Fulfilment, parcel: Parcel) -> bool:
		return all(
			not text or text in str(there.meta(key) or "").split(PARCELS)
			for key, text in ((TRACKING_NUMBER, parcel.number), (TRACKING_URL, parcel.url))
		)

	def _added(self, there: Fulfilment, parcel: Parcel) -> dict[str, Any]:
		numbers = [part for part in str(there.meta(TRACKING_NUMBER) or "").split(PARCELS) if part]
		if parcel.number and parcel.number not in numbers:
			numbers.append(parcel.number)
		kept = {
			entry.key: _as_numbers(entry.value) if entry.key == ITEMS else entry.value
			for entry in there.meta_data
		}
		return kept | {
			TRACKING_NUMBER: PARCELS.join(numbers),
			TRACKING_URL: parcel.url or there.meta(TRACKING_URL) or "",
			PROVIDER_NAME: parcel.carrier or there.meta(PROVIDER_NAME) or "",
		}

	def _items(self, parcel: Parcel, there: Iterable[Fulfilment]) -> list[dict[str, Any]]:
		"""The parcel's pieces that no fulfilment has yet: WooCommerce itself counts nothing."""
		taken: dict[int, Decimal] = {}
		for each in there:
			for item in _as_numbers(each.meta(ITEMS)):
				taken[item["item_id"]] = taken.get(item["item_id"], ZERO) + Decimal(str(item["qty"]))
		pieces = {
			line.id: min(parcel.lines.get(line.id, ZERO), line.quantity - taken.get(line.id, ZERO))
			for line in self.order.line_items
		}
		return [{"item_id": line, "qty": _number(count)} for line, count in pieces.items() if count > 0]

	def take_back(self, numbers: Sequence[str]) -> None:
		if mine := self._of_delivery(tracking.read_fulfilments(self.client, self.order.id)):
			tracking.remove_fulfilment(self.client, self.order.id, mine.id)


class PluginChannel(Channel):
	"""A plugin's list of numbers, which knows no lines."""

	def find(self, parcel: Parcel) -> int | None:
		there = tracking.read_trackings(self.client, self.order.id)
		return 0 if any(each.tracking_number == parcel.number for each in there) else None

	def send(self, parcel: Parcel) -> int | None:
		if not parcel.number:
			return None
		if self.find(parcel) is None:
			tracking.add_tracking(
				self.client, self.order.id, *parcel[:1], parcel.carrier, parcel.url, parcel.sent_on
			)
		return 0

	def take_back(self, numbers: Sequence[str]) -> None:
		for each in tracking.read_trackings(self.client, self.order.id):
			if each.tracking_number in numbers:
				tracking.remove_tracking(self.client, self.order.id, each.tracking_id)


CHANNELS: dict[TrackingBy, Callable[..., Channel]] = {
	TrackingBy.FULFILMENTS: FulfilmentChannel,
	TrackingBy.ADVANCED: PluginChannel,
	TrackingBy.PLUGIN: PluginChannel,
	TrackingBy.NOTE: NoteChannel,
}


def _as_numbers(items: Any) -> list[dict[str, Any]]:
	"""The items of a fulfilment as WooCommerce takes them: whole numbers or fractions, never texts."""
	return [
		{"item_id": int(item["item_id"]), "qty": _number(Decimal(str(item["qty"])))}
		for item in items or ()
		if isinstance(item, dict) and {"item_id", "qty"} <= item.keys()
	]


def _number(count: Decimal) -> int | float:
	return int(count) if count == count.to_integral_value() else float(count)
