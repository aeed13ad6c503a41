"""A page of a list of whatever a shop has beside orders."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request, rest
from jarz_woocommerce_integration.sample_store.http.order_routes import list_headers
from jarz_woocommerce_integration.sample_store.http.queries import Page, Parameters, selected_fields

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore


def page_answer(
	store: "SampleStore",
	request: Request,
	parameters: Parameters,
	page: Page,
	items: Sequence[Any],
	write: Callable[[Any], dict[str, Any]],
	allow: str = "GET, POST",
) -> Answer:
	fields = parameters.words("_fields")
	bodies = [write(item) for item in page.of(items)]
	if fields:
		bodies = [selected_fields(body, fields, False) for body in bodies]
	headers = list_headers(request, store.shop.home, page, len(items), len(bodies))
	return rest(bodies, store.shop.home, allow=allow, headers=headers)
