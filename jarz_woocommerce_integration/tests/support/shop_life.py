"""A shop's days at random: orders come in, are changed, given back, thrown away and taken out again, deleted for good;
customers move, and products get other names and SKUs.
"""

import time
from collections import Counter
from collections.abc import Callable
from random import Random

from jarz_woocommerce_integration.sample_store import SampleShop
from jarz_woocommerce_integration.sample_store.shop.amounts import from_money, money

STATUSES = (
	*("pending", "processing", "on-hold", "completed", "completed", "shipped"),
	*("cancelled", "failed", "refunded"),
)
TOWNS = ("القاهرة", "طنطا", "Banha", "Aswan")
NOTES = ("اتصل قبل الوصول", "Leave at door", "")
NAMES = ("ليلى", "Omar", "هبة الله")
RECENT = 40


class ShopLife:
	"""Changes a shop's orders. Every second new one is left alone, so that one can tell how long it took to be booked.

	:ivar made: how many changes of each kind; :ivar undisturbed: new orders that are left alone -> when they were made
	"""

	def __init__(self, shop: SampleShop, chance: Random):
		self.shop = shop
		self.chance = chance
		self.made: Counter[str] = Counter()
		self.undisturbed: dict[int, float] = {}
		self._kinds: dict[str, tuple[int, Callable[[], bool]]] = {
			"new order": (26, self._new_order),
			"status": (22, self._status),
			"total": (10, self._total),
			"refund": (10, self._refund),
			"refund deleted": (4, self._refund_deleted),
			"trashed": (6, self._trashed),
			"restored": (5, self._restored),
			"deleted for good": (3, self._deleted),
			"address": (6, self._address),
			"note": (5, self._note),
			"touched": (3, self._touched),
			"customer": (3, self._customer),
			"product": (3, self._product),
		}

	def change(self) -> None:
		"""One change of any kind."""
		names = list(self._kinds)
		weights = [weight for weight, _make in self._kinds.values()]
		while True:
			(name,) = self.chance.choices(names, weights)
			if self._kinds[name][1]():
				self.made[name] += 1
				return

	# Each answers whether there was an order that it could be done to.

	def _new_order(self) -> bool:
		made_at = time.time()
		with self.shop.lock:
			order_id = self.shop.add_order()
			alone = self.made["new order"] % 2 == 0
			if alone or self.shop.status(order_id) in ("trash", "checkout-draft"):
				self.shop.set_status(order_id, "processing")
			if alone:
				self.undisturbed[order_id] = made_at
		return True

	def _status(self) -> bool:
		order_id = self._any()
		if order_id:
			self.shop.set_status(order_id, self.chance.choice(STATUSES))
		return bool(order_id)

	def _total(self) -> bool:
		order_id = self._any()
		if order_id:
			self.shop.change_total(order_id, self.chance.choice(("10.00", "-2.50", "0.05")))
		return bool(order_id)

	def _refund(self) -> bool:
		order_id = self._any(lambda order_id: self._left(order_id) > 100)
		if order_id:
			left = self._left(order_id)
			whole = self.chance.random() < 0.25
			self.shop.refund(order_id, money(left if whole else self.chance.randint(1, left // 2)), "تعويض")
		return bool(order_id)

	def _refund_deleted(self) -> bool:
		order_id = self._any(lambda order_id: bool(self.shop.refunds(order_id)))
		if order_id:
			self.shop.delete_refund(order_id, self.chance.choice(self.shop.refunds(order_id))["id"])
		return bool(order_id)

	def _trashed(self) -> bool:
		order_id = self._any()
		if order_id:
			self.shop.trash(order_id)
		return bool(order_id)

	def _restored(self) -> bool:
		trashed = self.shop.order_ids(["trash"])
		if trashed:
			self.shop.restore(self.chance.choice(trashed))
		return bool(trashed)

	def _deleted(self) -> bool:
		order_id = self._any()
		if order_id:
			self.shop.delete(order_id)
		return bool(order_id)

	def _address(self) -> bool:
		order_id = self._any()
		if order_id:
			billing = self.shop.body(order_id)["billing"] | {"city": self.chance.choice(TOWNS)}
			self.shop.update(order_id, {"billing": billing})
		return bool(order_id)

	def _note(self) -> bool:
		order_id = self._any()
		if order_id:
			self.shop.update(order_id, {"customer_note": self.chance.choice(NOTES)})
		return bool(order_id)

	def _touched(self) -> bool:
		order_id = self._any()
		if order_id:
			self.shop.update(order_id, {})
		return bool(order_id)

	def _customer(self) -> bool:
		customer_id = self.chance.choice(self.shop.customer_ids())
		self.shop.update_customer(customer_id, {"first_name": self.chance.choice(NAMES)})
		return True

	def _product(self) -> bool:
		product = self.chance.choice(self.shop.catalogue.served())
		if self.chance.random() < 0.5:
			self.shop.update_product(product.id, name=f"{product.name} +")
		else:
			self.shop.update_product(product.id, sku=f"{product.sku or product.id}+")
		return True

	def _any(self, fits: Callable[[int], bool] = lambda order_id: True) -> int | None:
		"""An order that may be disturbed, a recent one more often than not; None where none is found."""
		ids = self.shop.order_ids()
		for _try in range(20):
			order_id = self.chance.choice(ids[-RECENT:] if self.chance.random() < 0.6 else ids)
			hidden = self.shop.status(order_id) in ("trash", "checkout-draft")
			if order_id not in self.undisturbed and not hidden and fits(order_id):
				return order_id
		return None

	def _left(self, order_id: int) -> int:
		"""What can still be refunded, in piastres."""
		refunded = sum(from_money(refund["amount"]) for refund in self.shop.refunds(order_id))
		return from_money(self.shop.body(order_id)["total"]) - refunded
