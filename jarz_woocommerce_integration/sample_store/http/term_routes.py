"""The routes of categories, brands, tags and attributes; all of them read."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request, RestError, rest
from jarz_woocommerce_integration.sample_store.http.pages import page_answer
from jarz_woocommerce_integration.sample_store.http.product_routes import ONE
from jarz_woocommerce_integration.sample_store.http.queries import Parameters, page_of
from jarz_woocommerce_integration.sample_store.products.term_bodies import (
	attribute_body,
	plain_term_body,
	term_body,
	value_body,
)
from jarz_woocommerce_integration.sample_store.products.terms import KnownAttribute, Term

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore

_ORDER_BY = ("id", "include", "name", "slug", "term_group", "description", "count")
Write = Callable[..., dict[str, Any]]


def _unknown(kind: str, message: str = "Resource does not exist.") -> RestError:
	return RestError(404, f"woocommerce_rest_{kind}_invalid", message)


def _list(store: "SampleStore", request: Request, found: list[Term], write: Callable[[Term], Any]) -> Answer:
	parameters = Parameters(request)
	page, include = page_of(parameters), parameters.wholes("include")
	parent = parameters.whole("parent", None)
	order_by = parameters.choice("orderby", "name", _ORDER_BY)
	descending = parameters.choice("order", "asc", ("asc", "desc")) == "desc"
	parameters.refuse_faults()
	found = [term for term in found if not include or term.id in include]
	found = [term for term in found if parent is None or term.parent == parent]
	if parameters.flag("hide_empty"):
		found = [term for term in found if write(term)["count"]]
	found.sort(key=lambda term: term.id if order_by in ("id", "include") else term.name, reverse=descending)
	return page_answer(store, request, parameters, page, found, write)


def _counted(store: "SampleStore", term: Term, field: str) -> int:
	"""How many published products have a term; field: of the product, in which terms are named by id."""
	served = store.shop.catalogue.served()
	return sum(term.id in getattr(product, field) for product in served if product.state == "publish")


def term_list(field: str, route: str, write: Write) -> Callable[["SampleStore", Request], Answer]:
	"""A route that lists the terms of a kind. `field`: what they are called at products and in `Terms`."""

	def answer(store: "SampleStore", request: Request) -> Answer:
		def body(term: Term) -> dict[str, Any]:
			return write(store.shop, term, route, _counted(store, term, field))

		return _list(store, request, list(getattr(store.shop.terms, field).values()), body)

	return answer


def one_term(field: str, route: str, write: Write) -> Callable[["SampleStore", Request, str], Answer]:
	"""A route that shows one of them."""

	def answer(store: "SampleStore", request: Request, term_id: str) -> Answer:
		term = getattr(store.shop.terms, field).get(int(term_id))
		if term is None:
			raise _unknown("term")
		body = write(store.shop, term, route, _counted(store, term, field))
		return rest(body, store.shop.home, allow=ONE)

	return answer


def _attribute(store: "SampleStore", attribute_id: str, message: str) -> KnownAttribute:
	try:
		return store.shop.terms.attributes[int(attribute_id)]
	except KeyError:
		raise _unknown("taxonomy", message) from None


def list_attributes(store: "SampleStore", request: Request) -> Answer:
	"""All on one page, uncounted."""
	body = [attribute_body(store.shop, known) for known in store.shop.terms.attributes.values()]
	return rest(body, store.shop.home, allow="GET, POST")


def get_attribute(store: "SampleStore", request: Request, attribute_id: str) -> Answer:
	attribute = _attribute(store, attribute_id, "Resource does not exist.")
	return rest(attribute_body(store.shop, attribute), store.shop.home, allow=ONE)


def list_values(store: "SampleStore", request: Request, attribute_id: str) -> Answer:
	attribute = _attribute(store, attribute_id, "Taxonomy does not exist.")
	route = f"products/attributes/{attribute.id}/terms"

	def body(term: Term) -> dict[str, Any]:
		offered = (
			known
			for p in store.shop.catalogue.served()
			for known in p.attributes
			if known.key == attribute.key
		)
		return value_body(store.shop, term, route, sum(term.name in known.options for known in offered))

	return _list(store, request, list(attribute.terms), body)


TERM_ROUTES = tuple(
	route
	for field, name, write in (
		("categories", "categories", term_body),
		("brands", "brands", term_body),
		("tags", "tags", plain_term_body),
	)
	for route in (
		(f"/products/{name}", {"GET": term_list(field, f"products/{name}", write)}),
		(rf"/products/{name}/(\d+)", {"GET": one_term(field, f"products/{name}", write)}),
	)
)
