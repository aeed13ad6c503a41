"""What a tender plugin says of an order: what was paid by something else than the gateway, and which lines sell credit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Protocol

from jarz_woocommerce_integration.translation.policy import TenderKind

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem, MetaData, Order


LIMIT = 10**12  # what is beyond isn't money


@dataclass(slots=True, frozen=True)
class Tendered:
	"""What one gift card, or a customer's credit, paid of an order.

	:ivar reference: a card's code, "" where the plugin names none
	:ivar fee_line_id: the fee line by which the plugin takes it off the order's total, 0 where the total is simply less
	"""

	kind: TenderKind
	amount: Decimal
	reference: str = ""
	fee_line_id: int = 0


class TenderPlugin(Protocol):
	"""How one plugin writes on an order what was paid by credit.

	:ivar name: of the plugin
	"""

	name: str

	def tendered(self, order: Order) -> list[Tendered]:
		"""What the order says was paid by credit, whether its total leaves it out or not."""

	def sells(self, order: Order, line: LineItem) -> TenderKind | None:
		"""The kind of credit that a line sells: a gift card, a top-up. None for goods."""


class NothingSold:
	"""A plugin whose credit isn't sold in the shop, or can't be distinguished from goods."""

	def sells(self, order: Order, line: LineItem) -> TenderKind | None:
		return None


def meta_value(entries: list[MetaData], key: str) -> Any:
	"""The value of the first entry with this key, None where there is none."""
	return next((entry.value for entry in entries if entry.key == key), None)


def has_meta(line: LineItem, *keys: str) -> bool:
	"""Whether the line has one of these keys with a value."""
	return any(entry.key in keys and entry.value not in (None, "", [], {}) for entry in line.meta_data)


def amount_of(value: Any) -> Decimal:
	"""A positive amount, as text or as a number; 0 for everything else."""
	try:
		amount = Decimal(str(value).strip()) if isinstance(value, str | int | Decimal) else Decimal(0)
	except InvalidOperation:
		return Decimal(0)
	return amount if amount.is_finite() and 0 < amount < LIMIT else Decimal(0)


def amounts_by_code(value: Any) -> Iterator[tuple[str, Decimal]]:
	"""The entries of {"CODE": amount}; PHP writes an empty one as a list."""
	if isinstance(value, dict):
		for code, amount in value.items():
			if amount := amount_of(amount):
				yield str(code), amount
