"""What people do to a shop's products, and what becomes of their stock."""

from collections.abc import Callable
from dataclasses import replace
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

from jarz_woocommerce_integration.sample_store.products import fields as fields_of_products
from jarz_woocommerce_integration.sample_store.products.terms import Terms
from jarz_woocommerce_integration.sample_store.shop.catalogue import Catalogue, Product
from jarz_woocommerce_integration.sample_store.shop.index import OrderIndex


class ProductChanges:
	"""The part of the sample shop that writes products. Each raises KeyError where there is no such product.

	:ivar meanwhile: is called with the product's id between the reading and the writing of a change of it. WooCommerce
		doesn't lock: a sale that it makes is lost where the change sets the stock, also by `inventory_delta`
	"""

	catalogue: Catalogue
	terms: Terms
	index: OrderIndex
	lock: RLock
	revision: int
	zone: ZoneInfo
	now: Callable[[], int]
	tell: Callable[..., None]
	meanwhile: Callable[[int], object] | None = None
	_changed: dict[int, tuple[dict[str, Any], list[dict[str, Any]]]]

	def update_product(self, product_id: int, **fields: Any) -> None:
		"""Sets fields as the REST API takes them, without a look at what else has the same SKU.

		Order lines, also old ones, show the new SKU, though no order is modified.
		"""
		with self.lock:
			before = self.catalogue.by_id[product_id]
			if self.meanwhile:
				self.meanwhile(product_id)
			counted = self.catalogue.is_counted_by_parent(before)
			after = fields_of_products.written(before, fields, self.zone, self.terms, counted)
			# What was read is written as a whole number, unless it is the same
			if after.stock == before.stock:
				after = replace(after, stock=self.catalogue.by_id[product_id].stock)
			if before.manages_stock and not after.manages_stock:
				self._leave_status(before)
			self._put(after)
			if after.sku != before.sku:
				self._show_sku(product_id)
			self.tell(product_id, "product.updated")

	def create_product(self, parent_id: int = 0, **fields: Any) -> int:
		"""A new product, or variation of `parent_id`; answers its id."""
		with self.lock:
			product = fields_of_products.new(
				self.index.take_id(), self.catalogue.by_id.get(parent_id), fields
			)
			product = replace(product, created=self.now())
			counted = self.catalogue.is_counted_by_parent(product)
			self._put(fields_of_products.written(product, fields, self.zone, self.terms, counted))
			self.tell(product.id, "product.created")
			return product.id

	def trash_product(self, product_id: int) -> None:
		"""With its variations, of which each is told."""
		with self.lock:
			for product in (
				*self.catalogue.variations_of(product_id)[::-1],
				self.catalogue.by_id[product_id],
			):
				self._states_before_trash[product.id] = product.state
				self._put(replace(product, state="trash"))
				self.tell(product.id, "product.deleted")

	def restore_product(self, product_id: int) -> None:
		"""Out of the trash, with its variations, as it was before."""
		with self.lock:
			product = self.catalogue.by_id[product_id]
			children = [p for p in self.catalogue.all if p.parent_id == product_id and p.state == "trash"]
			for each in (*children, product):
				self._put(replace(each, state=self._states_before_trash.pop(each.id, "publish")))
				also = ("product.updated",) if each is product and children else ()
				self.tell(each.id, *also, "product.restored")

	def delete_product(self, product_id: int) -> None:
		"""Gone for good, with its variations; nobody is told."""
		with self.lock:
			for product in (*self.catalogue.variations_of(product_id), self.catalogue.by_id[product_id]):
				self._put(replace(product, state="deleted"))

	def move_stock(self, product_id: int, by: int) -> bool:
		"""A sale (less) or goods that come back (more). Answers whether anybody counts them."""
		with self.lock:
			product = self.catalogue.by_id.get(product_id)
			holder = self.catalogue.holder_of_stock(product) if product else None
			if holder is None:
				return False
			self._put(replace(holder, stock=(holder.stock or 0) + by))
			self.tell(holder.id, "product.updated")
			return True

	def stock_of(self, product_id: int) -> int | None:
		"""How many there are, of a variation perhaps those of its product; None where nobody counts them."""
		holder = self.catalogue.holder_of_stock(self.catalogue.by_id[product_id])
		return holder.stock if holder else None

	# --- inside ---

	_states_before_trash: dict[int, str]

	def _leave_status(self, parent: Product) -> None:
		"""Variations that shared a stock which nobody counts any more stay in or out of stock as they were."""
		for child in self.catalogue.variations_of(parent.id):
			if not child.manages_stock:
				self.catalogue.put(replace(child, stock_status=parent.status_of_stock))

	def _put(self, product: Product) -> None:
		"""The change dates it, and silently its parent too."""
		moment = self.now()
		self.catalogue.put(replace(product, modified=moment))
		parent = self.catalogue.by_id.get(product.parent_id)
		if parent:
			self.catalogue.put(replace(parent, modified=moment))
		self.revision += 1

	def _show_sku(self, product_id: int) -> None:
		"""On lines of orders that were changed and are kept since."""
		shown = self.catalogue.lines[product_id]["sku"]
		for body, _refunds in self._changed.values():
			for line in body["line_items"]:
				if product_id == (line["variation_id"] or line["product_id"]):
					line["sku"] = shown
