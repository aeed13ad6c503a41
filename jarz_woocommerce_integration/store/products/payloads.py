"""Products, variations and categories as the store's answers hold them, with all that an item is made of.

Amounts are as the shop enters them: with tax where it enters prices so. An empty price is no price, and not zero.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from jarz_woocommerce_integration.store import shapes
from jarz_woocommerce_integration.store.catalogue import VARIATION, IdentifierList, Product
from jarz_woocommerce_integration.store.payloads import (
	Code,
	Flag,
	Identifier,
	Label,
	ListOf,
	MetaDataList,
	Money,
	OptionalLocal,
	Payload,
	Text,
)

PARENT = "parent"


def _none_if_empty(value: Any) -> Any:
	return None if value in shapes.EMPTY else value


def _managed(value: Any) -> Any:
	"""A variation says "parent" where its product's quantity is counted."""
	return value == PARENT or shapes.flag(value)


def _source(value: Any) -> Any:
	"""The address of an image; a product without one may have a placeholder without an id."""
	return value.get("src") or "" if isinstance(value, dict) else ""


OptionalMoney = Annotated[Money | None, BeforeValidator(_none_if_empty)]
Managed = Annotated[bool, BeforeValidator(_managed)]
ImageSource = Annotated[Text, BeforeValidator(_source)]


class CategoryOfProduct(Payload):
	id: Identifier = 0
	name: Label = ""
	slug: Text = ""


class Category(CategoryOfProduct):
	""":ivar parent: id of the category above it, 0 for none"""

	parent: Identifier = 0


class ProductAttribute(Payload):
	"""An attribute of a product (`options`, `variation` where its variations differ in it) or of a variation (`option`).

	:ivar id: of an attribute of the whole shop, 0 for one of this product alone
	"""

	id: Identifier = 0
	name: Label = ""
	variation: Flag = False
	options: Annotated[list[Label], ListOf] = Field(default_factory=list)
	option: Label = ""


class BundledItem(Payload):
	"""A part of a bundle, as WooCommerce Product Bundles lists them."""

	product_id: Identifier = 0
	quantity_min: OptionalMoney = None
	quantity_max: OptionalMoney = None
	optional: Flag = False
	allowed_variations: IdentifierList = Field(default_factory=list)


class CatalogueProduct(Product):
	"""A product, or a variation of one, with all that an item is made of.

	:ivar manage_stock: its quantity is counted, or that of its product
	:ivar date_on_sale_from: first day of the sale price in the shop's own time, None for always
	:ivar global_unique_id: GTIN, UPC, EAN or ISBN
	"""

	description: Text = ""
	short_description: Text = ""
	regular_price: OptionalMoney = None  # type: ignore[assignment]
	sale_price: OptionalMoney = None
	date_on_sale_from: OptionalLocal = None
	date_on_sale_to: OptionalLocal = None
	virtual: Flag = False
	downloadable: Flag = False
	tax_status: Text = "taxable"
	manage_stock: Managed = False
	global_unique_id: Code = ""
	categories: Annotated[list[CategoryOfProduct], ListOf] = Field(default_factory=list)
	images: Annotated[list[ImageSource], ListOf] = Field(default_factory=list)
	image: ImageSource = ""
	attributes: Annotated[list[ProductAttribute], ListOf] = Field(default_factory=list)
	bundled_items: Annotated[list[BundledItem], BeforeValidator(shapes.listed_objects)] = Field(
		default_factory=list
	)
	meta_data: MetaDataList = Field(default_factory=list)

	@property
	def is_variation(self) -> bool:
		return self.type == VARIATION and self.parent_id > 0

	@property
	def key(self) -> tuple[int, int]:
		"""Product id and variation id (0 for a product), as item links have them."""
		return (self.parent_id, self.id) if self.is_variation else (self.id, 0)

	@property
	def image_source(self) -> str:
		return self.image or next((image for image in self.images if image), "")

	@property
	def sale_days(self) -> tuple[date | None, date | None]:
		"""First and last day of the sale price, in the shop's own time."""
		first, last = self.date_on_sale_from, self.date_on_sale_to
		return first and first.date(), last and last.date()

	@property
	def sale(self) -> Decimal | None:
		"""The sale price, None where there is none below the regular one."""
		if self.sale_price is None or self.regular_price is None or self.sale_price >= self.regular_price:
			return None
		return self.sale_price
