"""The plan of a product import: plain data, made by `planner`, kept in lines that a person corrects, applied by `ledger`.

The same catalogue and facts always give the same plan, whatever order the pages come in.
"""

from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from jarz_woocommerce_integration.sentences import Sentence


class Found(str, Enum):
	"""What the plan says of a product."""

	MATCHED = "Matched"
	NEW = "New"
	CONFLICT = "Conflict"
	IGNORED = "Ignored"


class Act(str, Enum):
	"""What is to be done with a product. LEAVE: nothing, until a person says otherwise."""

	LINK = "Link"
	CREATE = "Create"
	LEAVE = "Leave"


class Kind(str, Enum):
	"""What the item of a product is in ERPNext."""

	ITEM = "Item"
	TEMPLATE = "Template"
	VARIANT = "Variant"
	BUNDLE = "Bundle"
	NONE = ""


class MatchedBy(str, Enum):
	LINK = "Link"
	SKU = "SKU"
	BARCODE = "Barcode"
	ATTRIBUTES = "Attributes"
	NAME = "Name"
	NONE = ""


class ProductKey(NamedTuple):
	"""As item links have it. :ivar variation_id: 0 for a product"""

	product_id: int
	variation_id: int = 0


@dataclass(slots=True, frozen=True)
class PriceDraft:
	"""An Item Price, in the shop's currency, as the shop enters it. :ivar sale: for the list of sale prices, where there is one"""

	rate: Decimal
	sale: bool = False
	valid_from: date | None = None
	valid_upto: date | None = None


@dataclass(slots=True, frozen=True)
class PartDraft:
	"""A part of a Product Bundle. :ivar product_id: of a product or a variation"""

	product_id: int
	quantity: Decimal


@dataclass(slots=True, frozen=True)
class AttributeDraft:
	"""An attribute as ERPNext is to have it. :ivar values: of a template all of its product's, of a variant its one"""

	name: str
	values: tuple[str, ...]


@dataclass(slots=True, frozen=True)
class ProductDraft:
	"""The item that would be made.

	:ivar description: HTML without anything that runs; :ivar groups: names of the item groups from the top to its own, empty for the store's
	:ivar tax_template: "" for none; :ivar parts: of a bundle whose parts are fixed
	"""

	code: str
	name: str
	kind: Kind
	description: str = ""
	groups: tuple[str, ...] = ()
	is_stock_item: bool = False
	barcode: str = ""
	barcode_type: str = ""
	image: str = ""
	tax_template: str = ""
	attributes: tuple[AttributeDraft, ...] = ()
	prices: tuple[PriceDraft, ...] = ()
	parts: tuple[PartDraft, ...] = ()

	def as_dict(self) -> dict[str, Any]:
		"""For JSON: amounts and days as texts."""
		return {name: _plain(value) for name, value in asdict(self).items()}

	@classmethod
	def of_dict(cls, values: dict[str, Any]) -> "ProductDraft":
		"""From what `as_dict` gave."""
		return cls(
			**{
				**values,
				"kind": Kind(values["kind"]),
				"groups": tuple(values["groups"]),
				"attributes": tuple(
					AttributeDraft(each["name"], tuple(each["values"])) for each in values["attributes"]
				),
				"prices": tuple(
					PriceDraft(
						Decimal(each["rate"]),
						each["sale"],
						_day(each["valid_from"]),
						_day(each["valid_upto"]),
					)
					for each in values["prices"]
				),
				"parts": tuple(
					PartDraft(each["product_id"], Decimal(each["quantity"])) for each in values["parts"]
				),
			}
		)


@dataclass(slots=True)
class PlanLine:
	"""One product or variation of the plan.

	:ivar item: the item that it is, or that it would be linked to; with CONFLICT a suggestion
	:ivar reason: why, for people; :ivar notes: what the item won't have, and why
	:ivar draft: None where no item can be made of it
	"""

	key: ProductKey
	name: str
	sku: str
	kind: Kind
	found: Found
	act: Act
	reason: Sentence
	item: str = ""
	matched_by: MatchedBy = MatchedBy.NONE
	draft: ProductDraft | None = None
	notes: list[Sentence] = field(default_factory=list)

	@property
	def is_linked(self) -> bool:
		"""Nothing is to be done: the link is there."""
		return self.found is Found.MATCHED and self.matched_by is MatchedBy.LINK


def _plain(value: Any) -> Any:
	if isinstance(value, dict):
		return {key: _plain(each) for key, each in value.items()}
	if isinstance(value, list | tuple):
		return [_plain(each) for each in value]
	if isinstance(value, Enum):
		return value.value
	return str(value) if isinstance(value, Decimal | date) else value


def _day(text: str | None) -> date | None:
	return date.fromisoformat(text) if text else None
