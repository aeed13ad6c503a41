"""What a store sells, to whom, and how it charges: products, customers, tax rates, gateways, shipping zones."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field

from jarz_woocommerce_integration.exceptions import (
	StoreAuthenticationError,
	StoreNotFoundError,
)
from jarz_woocommerce_integration.store.client import StoreClient
from jarz_woocommerce_integration.store.payloads import (
	Address,
	Identifier,
	Money,
	OptionalUTC,
	OrderAddress,
	Payload,
	Text,
	parse,
)

PAGE_SIZE = 100
SKUS_PER_REQUEST = 50  # SKUs may be long, and Arabic ones take six characters a letter in a URL
ALL_VARIATIONS = "variations"
VARIABLE_TYPES = ("variable", "variable-subscription")

IdentifierList = Annotated[list[int], BeforeValidator(lambda value: value or [])]
# PHP writes a list with gaps as an object.
TextList = Annotated[
	list[Text],
	BeforeValidator(lambda value: list(value.values()) if isinstance(value, dict) else value or []),
]


class Product(Payload):
	"""A product, or a variation of one (`type` "variation", `parent_id` its product)."""

	id: int = Field(gt=0)
	parent_id: Identifier = 0
	type: Text = "simple"
	name: Text = ""
	sku: Text = ""
	status: Text = ""
	price: Money = Decimal(0)
	regular_price: Money = Decimal(0)
	tax_class: Text = ""
	variations: IdentifierList = Field(default_factory=list)
	date_modified_gmt: OptionalUTC = None


class Customer(Payload):
	id: int = Field(gt=0)
	email: Text = ""
	first_name: Text = ""
	last_name: Text = ""
	username: Text = ""
	billing: OrderAddress = Address()
	shipping: OrderAddress = Address()
	date_created_gmt: OptionalUTC = None
	date_modified_gmt: OptionalUTC = None


class TaxRate(Payload):
	id: int
	country: Text = ""
	state: Text = ""
	rate: Money
	name: Text = ""
	priority: int = 1
	compound: bool = False
	shipping: bool = False


class PaymentGateway(Payload):
	id: str
	title: Text = ""
	method_title: Text = ""
	enabled: bool = False
	method_supports: TextList = Field(default_factory=list)

	@property
	def can_pay_back(self) -> bool:
		return "refunds" in self.method_supports


class ShippingMethod(Payload):
	instance_id: Text = ""
	method_id: Text = ""
	title: Text = ""
	enabled: bool = False


class ShippingLocation(Payload):
	code: Text = ""
	type: Text = ""


class ShippingZone(Payload):
	id: int
	name: Text = ""
	locations: list[ShippingLocation] = Field(default_factory=list)
	methods: list[ShippingMethod] = Field(default_factory=list)


P = TypeVar("P", bound=Payload)


# --- products ---


def products_by_sku(client: StoreClient, skus: Iterable[str]) -> list[Product]:
	"""The products and variations with exactly these SKUs. A SKU may be on several, or on none.

	:raises PayloadError: an entry isn't a product; :raises StoreError: the store can't be read
	"""
	wanted = sorted({sku for sku in skus if sku})
	# The filter splits at commas, so that a SKU with one in it can't be asked for.
	askable = [sku for sku in wanted if "," not in sku]
	found: dict[int, Product] = {}
	for start in range(0, len(askable), SKUS_PER_REQUEST):
		chunk = askable[start : start + SKUS_PER_REQUEST]
		for page in _pages(client, "products", Product, {"sku": chunk}):
			found.update({product.id: product for product in page if product.sku in chunk})
	return list(found.values())


def read_products(client: StoreClient) -> Iterator[list[Product]]:
	"""All products in pages, those of one page before their variations.

	:raises PayloadError: an entry isn't a product; :raises StoreError: the store can't be read
	"""
	with_variations: list[Product] = []
	for page in _pages(client, "products", Product):
		with_variations += [product for product in page if _has_variations(product)]
		yield page
	if with_variations:
		yield from _variations(client, with_variations)


def _has_variations(product: Product) -> bool:
	return product.type in VARIABLE_TYPES or bool(product.variations)


def _variations(client: StoreClient, products: Sequence[Product]) -> Iterator[list[Product]]:
	"""All variations at once where the store's version can (10.9 and later), else product by product."""
	if ALL_VARIATIONS not in client.absent_routes:
		try:
			yield from _pages(client, ALL_VARIATIONS, Product)
			return
		except (StoreNotFoundError, StoreAuthenticationError):
			client.absent_routes.add(ALL_VARIATIONS)
	for product in products:
		for page in _pages(client, f"products/{product.id}/variations", Product):
			# 8.9 leaves out what kind of thing they are and whose.
			yield [
				variation.model_copy(update={"type": "variation", "parent_id": product.id})
				for variation in page
			]


# --- customers and settings ---


def read_customers(client: StoreClient) -> Iterator[list[Customer]]:
	"""All users who have an account, of any role, in pages.

	:raises PayloadError: an entry isn't a customer; :raises StoreError: the store can't be read
	"""
	return _pages(client, "customers", Customer, {"role": "all"})


def tax_rates(client: StoreClient) -> list[TaxRate]:
	""":raises StoreError: the store can't be read"""
	return [rate for page in _pages(client, "taxes", TaxRate) for rate in page]


def payment_gateways(client: StoreClient) -> list[PaymentGateway]:
	""":raises StoreError: the store can't be read"""
	return _all(client, "payment_gateways", PaymentGateway)


def shipping_zones(client: StoreClient) -> list[ShippingZone]:
	"""The zones with their locations and methods: three requests for the first, two for each further one.

	:raises StoreError: the store can't be read
	"""
	zones = _all(client, "shipping/zones", ShippingZone)
	for zone in zones:
		zone.locations = _all(client, f"shipping/zones/{zone.id}/locations", ShippingLocation)
		zone.methods = _all(client, f"shipping/zones/{zone.id}/methods", ShippingMethod)
	return zones


# --- lists ---


def _all(client: StoreClient, route: str, model: type[P]) -> list[P]:
	"""A list that WooCommerce gives whole, whatever the page."""
	return [parse(model, body) for body in client.get(route, shape=list).body]


def _pages(
	client: StoreClient, route: str, model: type[P], params: dict[str, Any] | None = None
) -> Iterator[list[P]]:
	page = 1
	order = {"orderby": "id", "order": "asc"}
	while True:
		asked = {**order, **(params or {}), "per_page": PAGE_SIZE, "page": page}
		answer = client.get(route, asked, shape=list)
		if answer.body:
			yield [parse(model, body) for body in answer.body]
		if answer.is_last_page(page, PAGE_SIZE):
			return
		page += 1
