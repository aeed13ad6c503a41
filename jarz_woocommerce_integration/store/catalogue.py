"""What a store sells, to whom, and how it charges: products, customers, tax rates, gateways, shipping zones."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import Field

from jarz_woocommerce_integration.exceptions import (
	NotAWooCommerceStoreError,
	StoreAuthenticationError,
	StoreNotFoundError,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.paging import in_parts, read_pages
from jarz_woocommerce_integration.store.payloads import (
	Address,
	Code,
	Identifier,
	Label,
	ListOf,
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
VARIATION = "variation"
BY_ID = {"orderby": "id", "order": "asc"}
VARIABLE_TYPES = ("variable", "variable-subscription")
IDS_PER_REQUEST = 100  # more in `include` breaks proxies (observed)
PRODUCT_IS_GONE = "woocommerce_rest_product_invalid_id"
IN_THE_TRASH = "trash"

IdentifierList = Annotated[list[int], ListOf]
TextList = Annotated[list[Text], ListOf]


class Product(Payload):
	"""A product, or a variation of one (`type` "variation", `parent_id` its product)."""

	id: int = Field(gt=0)
	parent_id: Identifier = 0
	type: Text = "simple"
	name: Label = ""
	sku: Code = ""
	status: Text = ""
	price: Money = Decimal(0)
	regular_price: Money = Decimal(0)
	tax_class: Text = ""
	variations: IdentifierList = Field(default_factory=list)
	date_modified_gmt: OptionalUTC = None

	@property
	def has_variations(self) -> bool:
		return self.type in VARIABLE_TYPES or bool(self.variations)


class Customer(Payload):
	id: int = Field(gt=0)
	email: Text = ""
	role: Text = ""
	first_name: Text = ""
	last_name: Text = ""
	username: Text = ""
	billing: OrderAddress = Address()
	shipping: OrderAddress = Address()
	date_created_gmt: OptionalUTC = None
	date_modified_gmt: OptionalUTC = None


class TaxRate(Payload):
	""":ivar country: "" for all, as of the state; :ivar tax_class: slug of the class, "standard" of the standard one"""

	id: int
	country: Text = ""
	state: Text = ""
	postcode: Text = ""
	city: Text = ""
	postcodes: TextList = Field(default_factory=list)
	cities: TextList = Field(default_factory=list)
	rate: Money
	name: Text = ""
	priority: int = 1
	compound: bool = False
	shipping: bool = False
	tax_class: Text = Field(default="standard", alias="class")

	@property
	def is_for_places(self) -> bool:
		"""It is for some postcodes or cities alone. Shops before 5.3 name them in one text."""
		return bool(self.postcode or self.city or self.postcodes or self.cities)


class TaxClass(Payload):
	slug: str
	name: Text = ""


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
	for chunk in in_parts(askable, SKUS_PER_REQUEST):
		for page in _pages(client, "products", Product, {"sku": chunk}):
			found.update({product.id: product for product in page if product.sku in chunk})
	return list(found.values())


def read_products(client: StoreClient) -> Iterator[list[Product]]:
	"""All products in pages, those of one page before their variations.

	:raises PayloadError: an entry isn't a product; :raises StoreError: the store can't be read
	"""
	with_variations: list[Product] = []
	for page in _pages(client, "products", Product):
		with_variations += [product for product in page if product.has_variations]
		yield page
	if with_variations:
		yield from _variations(client, with_variations)


def products_by_id(client: StoreClient, ids: Iterable[int]) -> tuple[list[Product], set[int]]:
	"""These products and variations as they are now, and the ids of those that are deleted or in the trash.

	:raises PayloadError: an entry isn't a product; :raises StoreError: the store can't be read
	"""
	found = {product.id: product for product in _included(client, "products", Product, ids)}
	# In no list: a variation, in the trash, or gone. Only its own route says.
	for product_id in sorted(set(ids) - set(found)):
		if product := _product(client, product_id):
			found[product_id] = product
	there = [product for product in found.values() if product.status != IN_THE_TRASH]
	return there, set(ids) - {product.id for product in there}


def _product(client: StoreClient, product_id: int) -> Product | None:
	"""A product or variation, None where the store says that it is gone."""
	try:
		return parse(Product, client.get(f"products/{product_id}", shape=dict).body)
	except StoreNotFoundError as error:
		if error.code == PRODUCT_IS_GONE:
			return None
		raise NotAWooCommerceStoreError(
			Sentence("It isn't known whether product {0} still exists. {1}", product_id, error.message),
			"Another program answers instead of WooCommerce. Try again when the shop works.",
			status=error.status,
			code=error.code,
		) from None


def ids_of_products(client: StoreClient) -> set[int]:
	"""The ids of all products and variations that lists give; what is in the trash isn't among them.

	:raises PayloadError: an entry isn't a product; :raises StoreError: the store can't be read
	"""
	fields = {"_fields": "id,type,parent_id,status"}
	products = [product for page in _pages(client, "products", Product, fields) for product in page]
	variable = [product for product in products if product.has_variations]
	variations = _variations(client, variable) if variable else ()
	return {product.id for product in products} | {each.id for page in variations for each in page}


def variations_of(client: StoreClient, product_id: int) -> list[Product]:
	"""The variations of one product. :raises PayloadError: one can't be read; :raises StoreError: the store can't"""
	pages = _pages(client, f"products/{product_id}/variations", Product)
	# 8.9 leaves out what kind of thing they are and whose.
	return [
		variation.model_copy(update={"type": VARIATION, "parent_id": product_id})
		for page in pages
		for variation in page
	]


def _variations(client: StoreClient, products: Sequence[Product]) -> Iterator[list[Product]]:
	for bodies in variation_pages(client, [product.id for product in products]):
		yield [parse(Product, body) for body in bodies]


def variation_pages(client: StoreClient, product_ids: Iterable[int]) -> Iterator[list[Any]]:
	"""The answers of variations in pages: all at once where the store's version can (10.9 and later), else product by product.

	:param product_ids: of products that have variations
	:raises StoreError: the store can't be read
	"""
	if ALL_VARIATIONS not in client.absent_routes:
		try:
			for answer in read_pages(client, ALL_VARIATIONS, BY_ID, PAGE_SIZE):
				yield answer.body
			return
		except (StoreNotFoundError, StoreAuthenticationError):
			client.absent_routes.add(ALL_VARIATIONS)
	for product_id in product_ids:
		for answer in read_pages(client, f"products/{product_id}/variations", BY_ID, PAGE_SIZE):
			# 8.9 leaves out what kind of thing they are and whose.
			yield [
				{**body, "type": VARIATION, "parent_id": product_id} if isinstance(body, dict) else body
				for body in answer.body
			]


# --- customers and settings ---


def read_customers(client: StoreClient) -> Iterator[list[Customer]]:
	"""All users who have an account, of any role, in pages.

	:raises PayloadError: an entry isn't a customer; :raises StoreError: the store can't be read
	"""
	return _pages(client, "customers", Customer, {"role": "all"})


def customers_by_id(client: StoreClient, ids: Iterable[int]) -> list[Customer]:
	"""Those of these accounts that the store still has.

	:raises PayloadError: an entry isn't a customer; :raises StoreError: the store can't be read
	"""
	return list(_included(client, "customers", Customer, ids, {"role": "all"}))


def tax_classes(client: StoreClient) -> list[TaxClass]:
	""":raises StoreError: the store can't be read, or the key doesn't allow it"""
	return [parse(TaxClass, entry) for entry in client.get("taxes/classes", shape=list).body]


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


def _included(
	client: StoreClient, route: str, model: type[P], ids: Iterable[int], params: dict[str, Any] | None = None
) -> Iterator[P]:
	"""Those of a list that have these ids, whichever of them it has."""
	for include in in_parts(sorted(set(ids)), IDS_PER_REQUEST):
		asked = {**(params or {}), "include": include, "per_page": IDS_PER_REQUEST}
		for body in client.get(route, asked, shape=list).body:
			yield parse(model, body)


def _pages(
	client: StoreClient, route: str, model: type[P], params: dict[str, Any] | None = None
) -> Iterator[list[P]]:
	asked = {**BY_ID, **(params or {})}
	for answer in read_pages(client, route, asked, PAGE_SIZE):
		if answer.body:
			yield [parse(model, body) for body in answer.body]
