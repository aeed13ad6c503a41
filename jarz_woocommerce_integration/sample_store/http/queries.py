"""Query parameters of lists as WordPress reads and refuses them, and which orders they select."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from jarz_woocommerce_integration.sample_store.http.exchange import Request, invalid_parameters
from jarz_woocommerce_integration.sample_store.shop import clock
from jarz_woocommerce_integration.sample_store.shop.generator import SampleShop
from jarz_woocommerce_integration.sample_store.shop.index import GONE, HIDDEN_STATUSES

REGISTERED = (
	*("auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"),
	*("shipped", "checkout-draft"),
)
LISTABLE = ("any", "trash", *REGISTERED)
_ORDER_BY = ("date", "id", "include", "title", "slug", "modified")
_DATES = ("after", "before", "modified_after", "modified_before")
_INDEXED = re.compile(r"(\w+)\[\d*\]")


def listed(choices: Sequence[str]) -> str:
	"""Choices as WordPress names them: "asc and desc", "date, id, and modified"."""
	*most, last = choices
	return f"{most[0]} and {last}" if len(most) == 1 else f"{', '.join(most)}, and {last}"


class Parameters:
	"""The parameters of one request; what is wrong with them is collected and raised at once."""

	def __init__(self, request: Request):
		self.faults: dict[str, tuple[str, str, Any]] = {}
		self._values: dict[str, list[str]] = {}
		for name, value in request.parameters:
			match = _INDEXED.fullmatch(name)
			self._values.setdefault(match[1] if match else name, []).append(value)

	def __contains__(self, name: str) -> bool:
		return name in self._values

	def text(self, name: str, default: str = "") -> str:
		return self._values.get(name, [default])[-1]

	def flag(self, name: str) -> bool:
		return self.text(name).lower() in ("1", "true")

	def words(self, name: str) -> list[str]:
		"""A list: repeated, with brackets, or with commas."""
		return [
			word.strip()
			for value in self._values.get(name, [])
			for word in re.split("[,\\s]+", value)
			if word
		]

	def whole(self, name: str, default: int | None, least: int | None = None, most: int | None = None) -> Any:
		if name not in self._values:
			return default
		text = self.text(name)
		if not re.fullmatch(r"-?\d+", text):
			self._fault(name, "rest_invalid_type", f"{name} is not of type integer.", {"param": name})
			return default
		value = int(text)
		if most is not None and not least <= value <= most:  # type: ignore[operator]  # whoever names `most` names `least`
			bounds = f"between {least} (inclusive) and {most} (inclusive)"
			self._fault(name, "rest_out_of_bounds", f"{name} must be {bounds}")
		elif least is not None and value < least:
			self._fault(name, "rest_out_of_bounds", f"{name} must be greater than or equal to {least}")
		return value

	def wholes(self, name: str) -> list[int]:
		words = self.words(name)
		for place, word in enumerate(words):
			if not re.fullmatch(r"-?\d+", word):
				item = f"{name}[{place}]"
				self._fault(name, "rest_invalid_type", f"{item} is not of type integer.", {"param": item})
				return []
		return [int(word) for word in words]

	def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
		value = self.text(name, default)
		if value not in choices:
			self._fault(name, "rest_not_in_enum", f"{name} is not one of {listed(choices)}.")
		return value

	def choices(self, name: str, default: str, choices: Sequence[str]) -> list[str]:
		values = self.words(name) or [default]
		for place, value in enumerate(values):
			if value not in choices:
				message = f"{name}[{place}] is not one of {listed(choices)}."
				self._fault(name, "rest_not_in_enum", message)
				break
		return values

	def date(self, name: str, zone: tzinfo) -> int | None:
		if name not in self._values:
			return None
		moment = clock.parse(self.text(name), zone, self.flag("dates_are_gmt"))
		if moment is None:
			self._fault(name, "rest_invalid_date", "Invalid date.")
		return moment

	def refuse_faults(self) -> None:
		""":raises RestError: 400, when anything was wrong"""
		if self.faults:
			raise invalid_parameters(self.faults)

	def _fault(self, name: str, code: str, message: str, data: Any = None) -> None:
		self.faults[name] = (code, message, data)


@dataclass(frozen=True)
class Page:
	"""Which part of a list is wanted."""

	number: int
	size: int
	offset: int | None

	def of(self, items: Sequence[Any]) -> Sequence[Any]:
		start = (self.number - 1) * self.size if self.offset is None else self.offset
		return items[start : start + self.size]


def page_of(parameters: Parameters) -> Page:
	number = parameters.whole("page", 1, least=1)
	size = parameters.whole("per_page", 10, least=1, most=100)
	return Page(number, size, parameters.whole("offset", None, least=0))


@dataclass(frozen=True)
class OrderFilter:
	"""Which orders are wanted, and how sorted. Moments are exclusive at both ends."""

	statuses: frozenset[str]
	after: int | None
	before: int | None
	modified_after: int | None
	modified_before: int | None
	include: tuple[int, ...]
	exclude: tuple[int, ...]
	customer: int | None
	parents: frozenset[int]
	order_by: str
	descending: bool

	def positions(self, shop: SampleShop) -> list[int]:
		"""Positions of these orders, sorted."""
		index = shop.index
		wanted = {place for place, name in enumerate(index.statuses) if name in self.statuses} - {GONE}
		if self.include:
			places = (index.position(order_id) for order_id in dict.fromkeys(self.include))
			found = [place for place in places if place is not None and index.status[place] in wanted]
		else:
			found = [place for place, status in enumerate(index.status) if status in wanted]
		for keep in self._conditions(shop):
			found = [place for place in found if keep(place)]
		if self.order_by != "include":
			found.sort(key=self._sort_key(shop), reverse=self.descending)
		return found

	def _conditions(self, shop: SampleShop) -> list[Callable[[int], bool]]:
		index = shop.index
		created, modified, customer, ids = index.created, index.modified, index.customer, index.ids
		excluded = frozenset(self.exclude)
		conditions = (
			(self.after, lambda place: created[place] > self.after),  # type: ignore[operator]  # asked beside it
			(self.before, lambda place: created[place] < self.before),  # type: ignore[operator]  # asked beside it
			(self.modified_after, lambda place: modified[place] > self.modified_after),  # type: ignore[operator]  # asked beside it
			(self.modified_before, lambda place: modified[place] < self.modified_before),  # type: ignore[operator]  # asked beside it
			(self.customer, lambda place: customer[place] == self.customer),
			(excluded or None, lambda place: ids[place] not in excluded),
			(self.parents or None, lambda place: index.parent(place) in self.parents),
		)
		return [condition for value, condition in conditions if value is not None]

	def _sort_key(self, shop: SampleShop) -> Callable[[int], Any]:
		index = shop.index
		if self.order_by == "id":
			return lambda place: index.ids[place]
		stamps = index.modified if self.order_by == "modified" else index.created
		return lambda place: (stamps[place], index.ids[place])


def order_filter(parameters: Parameters, zone: tzinfo) -> OrderFilter:
	"""The filter that a request's parameters ask for; faults stay in `parameters`. :param zone: the shop's"""
	statuses = frozenset(parameters.choices("status", "any", LISTABLE))
	# `any` leaves hidden ones out, also when they are named beside it.
	if "any" in statuses:
		statuses = frozenset(REGISTERED) - HIDDEN_STATUSES
	after, before, modified_after, modified_before = (parameters.date(name, zone) for name in _DATES)
	include = tuple(parameters.wholes("include"))
	order_by = parameters.choice("orderby", "date", _ORDER_BY)
	return OrderFilter(
		statuses=statuses,
		after=after,
		before=before,
		modified_after=modified_after,
		modified_before=modified_before,
		include=include,
		exclude=tuple(parameters.wholes("exclude")),
		customer=parameters.whole("customer", None),
		parents=frozenset(parameters.wholes("parent")),
		order_by=order_by if include or order_by != "include" else "date",
		descending=parameters.choice("order", "desc", ("asc", "desc")) == "desc",
	)


def selected_fields(body: dict[str, Any], names: Sequence[str], with_links: bool) -> dict[str, Any]:
	"""`_fields` of one body. `a.b` reaches into objects; a path into a list drops the whole list."""
	chosen: dict[str, Any] = {}
	wanted = set(names)
	for field, value in body.items():
		if field in wanted or (with_links and field == "_links"):
			chosen[field] = value
		elif isinstance(value, dict):
			part = {key: inner for key, inner in value.items() if f"{field}.{key}" in wanted}
			if part:
				chosen[field] = part
	return chosen
