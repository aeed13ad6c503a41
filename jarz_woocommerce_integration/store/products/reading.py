"""Reading a shop's catalogue in pages. An entry that can't be read is named, and the others are read all the same."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from jarz_woocommerce_integration.exceptions import PayloadError, StoreAuthenticationError, StoreNotFoundError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.catalogue import (
	BY_ID,
	IDS_PER_REQUEST,
	PAGE_SIZE,
	VARIATION,
	variation_pages,
)
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.paging import in_parts, read_pages
from jarz_woocommerce_integration.store.payloads import Payload, parse
from jarz_woocommerce_integration.store.products.payloads import CatalogueProduct, Category

CATEGORIES = "products/categories"
PRODUCTS = "products"
SETTINGS, CURRENCY = "settings/general", "woocommerce_currency"

P = TypeVar("P", bound=Payload)


@dataclass
class Catalogue:
	"""What a shop sells. What stands twice in its pages is here once.

	:ivar products: products and variations, by product id and variation id
	:ivar categories: by id; :ivar malformed: a sentence for each entry that can't be read
	"""

	products: dict[tuple[int, int], CatalogueProduct] = field(default_factory=dict)
	categories: dict[int, Category] = field(default_factory=dict)
	malformed: list[Sentence] = field(default_factory=list)

	def add(self, bodies: Iterable[Any]) -> None:
		for product in self._readable(CatalogueProduct, bodies):
			self.products[product.key] = product

	def add_categories(self, bodies: Iterable[Any]) -> None:
		for category in self._readable(Category, bodies):
			self.categories[category.id] = category

	def _readable(self, model: type[P], bodies: Iterable[Any]) -> Iterator[P]:
		for body in bodies:
			try:
				yield parse(model, body)
			except PayloadError as error:
				name = body.get("name") if isinstance(body, dict) else ""
				self.malformed.append(
					Sentence("{0} can't be read: {1}", str(name or "?")[:80], error.message)
				)


def read_catalogue(client: StoreClient, on_page: Callable[[int], None] = lambda count: None) -> Catalogue:
	"""All categories, products of any status beside the trash, and variations.

	:param on_page: called after each page with how many products and variations there are
	:raises StoreError: the store can't be read
	"""
	catalogue = Catalogue()
	_read_categories(client, catalogue)
	for answer in read_pages(client, PRODUCTS, BY_ID, PAGE_SIZE):
		catalogue.add(answer.body)
		on_page(len(catalogue.products))
	with_variations = [product.id for product in catalogue.products.values() if product.has_variations]
	if with_variations:
		for bodies in variation_pages(client, with_variations):
			catalogue.add(bodies)
			on_page(len(catalogue.products))
	return catalogue


def read_some(client: StoreClient, ids: Iterable[int]) -> Catalogue:
	"""As `read_catalogue`, of these products and their variations alone; those in the trash are left out.

	:raises StoreError: the store can't be read
	"""
	catalogue = Catalogue()
	_read_categories(client, catalogue)
	for include in in_parts(sorted(set(ids)), IDS_PER_REQUEST):
		asked = {"include": include, "per_page": IDS_PER_REQUEST}
		catalogue.add(client.get(PRODUCTS, asked, shape=list).body)
	for product in list(catalogue.products.values()):
		if product.has_variations:
			route = f"{PRODUCTS}/{product.id}/variations"
			for answer in read_pages(client, route, BY_ID, PAGE_SIZE):
				catalogue.add(
					{**body, "type": VARIATION, "parent_id": product.id} if isinstance(body, dict) else body
					for body in answer.body
				)
	return catalogue


def read_currency(client: StoreClient) -> str:
	"""The currency in which the shop enters its prices; "" where the key may not read the shop's settings.

	:raises StoreError: the store can't be read
	"""
	try:
		settings = client.get(SETTINGS, shape=list).body
	except (StoreNotFoundError, StoreAuthenticationError):
		return ""
	for setting in settings:
		if isinstance(setting, dict) and setting.get("id") == CURRENCY:
			return str(setting.get("value") or "").strip().upper()
	return ""


def _read_categories(client: StoreClient, catalogue: Catalogue) -> None:
	for answer in read_pages(client, CATEGORIES, BY_ID, PAGE_SIZE):
		catalogue.add_categories(answer.body)
