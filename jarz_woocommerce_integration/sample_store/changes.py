"""What people do to a shop's orders and customers while somebody else reads them."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import tzinfo
from random import Random
from typing import Any

from jarz_woocommerce_integration.sample_store import rest_orders
from jarz_woocommerce_integration.sample_store.products import stock
from jarz_woocommerce_integration.sample_store.products.changes import ProductChanges
from jarz_woocommerce_integration.sample_store.shop.amounts import from_money, money, number, short
from jarz_woocommerce_integration.sample_store.shop.baskets import plain_entry
from jarz_woocommerce_integration.sample_store.shop.clock import gmt, local
from jarz_woocommerce_integration.sample_store.shop.index import DRAFTS, GONE, PAID_STATUSES
from jarz_woocommerce_integration.sample_store.shop.order_lines import ITEMS_PER_ORDER, Sums
from jarz_woocommerce_integration.sample_store.shop.refunds import RefundWriter, summary

# Far enough in an order's own stretch of line ids that generated lines never reach it
_ADDED_ITEMS = ITEMS_PER_ORDER - 60


class Changes(ProductChanges):
	"""The sample shop's side that writes. Everything but deleting a refund raises the order's `date_modified`.

	All of it raises KeyError where there is no such order.
	"""

	def set_status(self, order_id: int, status: str) -> None:
		"""Any name is taken, also one that is not registered."""
		with self.lock:
			was_draft = self.status(order_id) in DRAFTS
			self._set_status(order_id, status)
			# Who leaves the checkout with an order has made one.
			self._tell_order(order_id, *(("order.created",) if was_draft else ()), "order.updated")

	def update(self, order_id: int, fields: dict[str, Any]) -> None:
		"""Sets top-level fields as they are given; an empty `fields` only touches the order."""
		with self.lock:
			body, _refunds = self._writable(order_id)
			self._touch(order_id, body)
			body.update(fields)
			self._tell_order(order_id, "order.updated")

	def trash(self, order_id: int) -> None:
		with self.lock:
			self._before_trash[order_id] = self.body(order_id)["status"]
			self._set_status(order_id, "trash")
			self._tell_order(order_id, "order.deleted")

	def restore(self, order_id: int) -> None:
		"""Out of the trash, with the status that it had."""
		with self.lock:
			self._set_status(order_id, self._before_trash.pop(order_id, "pending"))
			self._tell_order(order_id, "order.restored")

	def delete(self, order_id: int) -> None:
		"""Gone for good, without a trace; nobody is told."""
		with self.lock:
			self.index.status[self._position(order_id)] = GONE
			self._changed.pop(order_id, None)
			self.revision += 1

	def change_total(self, order_id: int, by: str = "10.00") -> None:
		"""Adds an untaxed fee, so that the parts still sum to the total."""
		with self.lock:
			body, _refunds = self._writable(order_id)
			amount = from_money(by)
			place = len(body["fee_lines"])
			body["fee_lines"].append(
				{
					"id": order_id * ITEMS_PER_ORDER + _ADDED_ITEMS + place,
					"name": "Adjustment",
					"tax_class": "",
					"tax_status": "none",
					"amount": short(amount),
					"total": money(amount),
					"total_tax": "0.00",
					"taxes": [],
					"meta_data": [],
				}
			)
			body["total"] = money(from_money(body["total"]) + amount)
			self._touch(order_id, body)
			self.index.totals[self._position(order_id)] = from_money(body["total"])
			self._tell_order(order_id, "order.updated")

	def refund(
		self,
		order_id: int,
		amount: str,
		reason: str = "",
		lines: Sequence[dict[str, Any]] = (),
		paid_back: bool = False,
		restocks: bool = False,
	) -> dict[str, Any]:
		"""Refunds an amount. When nothing is left the order becomes `refunded`.

		:param lines: what of which lines, as the REST API takes it (id, quantity, refund_total, refund_tax); without
			any the amount belongs to no line
		:param paid_back: through the gateway; :param restocks: the goods of these lines are in stock again
		:raises ValueError: more than is left of the order
		"""
		with self.lock:
			body, refunds = self._writable(order_id)
			left = from_money(body["total"]) - _refunded(refunds)
			piastres = from_money(amount)
			if not 0 < piastres <= left:
				raise ValueError("Invalid refund amount.")
			moment = self._touch(order_id, body)
			refund = self._add_refund(body, refunds, piastres, reason, moment, lines)
			refund["refunded_payment"] = paid_back
			if restocks:
				stock.restock(self, body, lines)
			if piastres == left:
				self._set_status(order_id, "refunded")
			self._tell_order(order_id, "order.updated")
			return refund

	def delete_refund(self, order_id: int, refund_id: int) -> None:
		"""Silently: the order's `date_modified` stays, and nobody is told."""
		with self.lock:
			body, refunds = self._writable(order_id)
			refunds[:] = [refund for refund in refunds if refund["id"] != refund_id]
			body["refunds"] = [entry for entry in body["refunds"] if entry["id"] != refund_id]
			self.revision += 1

	def add_order(self) -> int:
		"""A new order, the last; answers its id."""
		with self.lock:
			moment = self.now()
			self.revision += 1
			order_id = self.index.ids[self.index.add(moment, moment)]
			if any(
				meta["key"] == stock.TAKEN
				for line in self._order(order_id)[0]["line_items"]
				for meta in line["meta_data"]
			):
				stock.of_new_order(self, self._writable(order_id)[0])
			self._tell_order(order_id, "order.created", "order.updated")
			return order_id

	def buy(self, quantities: dict[int, int], status: str = "processing") -> int:
		"""A new order of these products and variations, by id, and of nothing odd; answers its id.

		:raises KeyError: there is no such product
		"""
		with self.lock:
			order_id = self._place(list(quantities.items()), status)
			stock.of_new_order(self, self._writable(order_id)[0])
			self._tell_order(order_id, "order.created", "order.updated")
			return order_id

	def create_order(
		self, quantities: Sequence[tuple[int, int]], status: str = "pending", **fields: Any
	) -> int:
		"""A new order as the REST API makes one: of products at their regular prices, without shipping, and of nobody.

		:param quantities: product or variation and quantity of each line; of 0 the line is empty
		:param fields: top-level fields of the order that are told; :raises KeyError: there is no such product
		"""
		with self.lock:
			order_id = self._place([each for each in quantities if each[0]], "pending")
			body, _refunds = self._writable(order_id)
			rest_orders.make_bare(body)
			for place, (_nothing, quantity) in enumerate(each for each in quantities if not each[0]):
				number = order_id * ITEMS_PER_ORDER + _ADDED_ITEMS + place
				body["line_items"].append(rest_orders.empty_line(number, quantity))
			rest_orders.write(body, fields)
			position = self._position(order_id)
			self.index.customer[position] = body["customer_id"]
			self.index.totals[position] = from_money(body["total"])
			if status != "pending":
				self._set_status(order_id, status)
			self._tell_order(order_id, "order.created", "order.updated")
			return order_id

	def change_quantity(self, order_id: int, line_id: int, quantity: int) -> None:
		"""Of a line, whose money stays what it is; without any the line goes, with its money. Stock follows.

		:raises LookupError: there is no such order or line
		"""
		with self.lock:
			body, _refunds = self._writable(order_id)
			line = next((line for line in body["line_items"] if line["id"] == line_id), None)
			if line is None:
				raise LookupError(line_id)
			stock.of_changed_line(self, body, line, max(quantity, 0))
			if quantity > 0:
				line["quantity"] = quantity
				line["price"] = number(from_money(line["total"]) / 100 / quantity)
			else:
				rest_orders.remove_line(body, line)
				self.index.totals[self._position(order_id)] = from_money(body["total"])
			self._touch(order_id, body)
			self._tell_order(order_id, "order.updated")

	# --- customers ---

	def update_customer(self, customer_id: int, fields: dict[str, Any]) -> None:
		"""Sets fields of a registered customer; orders keep what was typed into them.

		:raises KeyError: there is no such customer
		"""
		with self.lock:
			if customer_id not in self.customer_ids():
				raise KeyError(customer_id)
			moment = self.now()
			stamps = {"date_modified": local(moment, self.zone), "date_modified_gmt": gmt(moment)}
			before = self._changed_customers.get(customer_id, {})
			self._changed_customers[customer_id] = before | fields | stamps
			self.tell(customer_id, "customer.updated")

	# --- inside ---

	def _place(self, quantities: Sequence[tuple[int, int]], status: str) -> int:
		"""An order with these lines that has moved no stock, and of which nobody was told."""
		products = [(self.catalogue.by_id[product_id], quantity) for product_id, quantity in quantities]
		moment = self.now()
		self.revision += 1
		place = self.index.add(moment, moment)
		order_id = self.index.ids[place]
		self.index.kinds[place] = 0
		self.index.set_status(place, status)
		self._baskets[order_id] = [
			plain_entry(replace(product, tax_class=self.catalogue.tax_class_of(product)), quantity)
			for product, quantity in products
		]
		return order_id

	def tell(self, thing_id: int, *topics: str) -> None:
		"""Tells all `listeners` of a change."""
		for listener in self.listeners:
			listener(thing_id, *topics)

	def _tell_order(self, order_id: int, *topics: str) -> None:
		"""Of drafts nobody is told."""
		if self.status(order_id) not in DRAFTS:
			self.tell(order_id, *topics)

	def _set_status(self, order_id: int, status: str) -> None:
		body, refunds = self._writable(order_id)
		moment = self._touch(order_id, body)
		self.index.set_status(self._position(order_id), status)
		body["status"] = status
		body["is_editable"] = status in ("pending", "on-hold")
		body["needs_payment"] = from_money(body["total"]) > 0 and status in ("pending", "failed")
		if status in PAID_STATUSES and not (status != "completed" and body["payment_method"] == "cod"):
			_stamp_once(body, "date_paid", moment, self.zone)
		if status == "completed":
			_stamp_once(body, "date_completed", moment, self.zone)
		stock.follow_status(self, body)
		left = from_money(body["total"]) - _refunded(refunds)
		if status == "refunded" and left > 0:
			self._add_refund(body, refunds, left, "Order fully refunded.", moment)

	def now(self) -> int:
		"""The shop's clock. Never before the last order: the shop's own days may lie ahead of the machine's clock."""
		return max(int(self._clock()), self.end, self.index.created[-1] if len(self.index) else 0)

	def _writable(self, order_id: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
		"""The order's body and refunds, from now on kept."""
		if order_id not in self._changed:
			self._changed[order_id] = deepcopy(self._order(order_id))
		self.revision += 1
		return self._changed[order_id]

	def _touch(self, order_id: int, body: dict[str, Any]) -> int:
		moment = self.now()
		self.index.modified[self._position(order_id)] = moment
		body["date_modified"], body["date_modified_gmt"] = local(moment, self.zone), gmt(moment)
		return moment

	def _add_refund(
		self,
		body: dict[str, Any],
		refunds: list[dict[str, Any]],
		amount: int,
		reason: str,
		moment: int,
		lines: Sequence[dict[str, Any]] = (),
	) -> dict[str, Any]:
		writer = RefundWriter(body, Sums(body["id"], self.modern), self.home, moment, self.zone)
		refund = writer.of_these(self.index.take_id(), amount, reason, lines)
		refunds.append(refund)
		body["refunds"].append(summary(refund, self.modern))
		return refund


def _refunded(refunds: list[dict[str, Any]]) -> int:
	return sum(from_money(refund["amount"]) for refund in refunds)


def _stamp_once(body: dict[str, Any], field: str, moment: int, zone: tzinfo) -> None:
	if body[field] is None:
		body[field], body[f"{field}_gmt"] = local(moment, zone), gmt(moment)


def act(shop: Changes, action: str, random: Random, order_id: int | None = None, by: str = "10.00") -> int:
	"""One change by its name, to a given order or to any one; answers the order's id."""
	if action == "add_order":
		return shop.add_order()
	if order_id is None:
		order_id = random.choice(shop.order_ids())
	if action == "change_total":
		shop.change_total(order_id, by)
	else:
		{"trash": shop.trash, "delete": shop.delete, "restore": shop.restore}[action](order_id)
	return order_id
