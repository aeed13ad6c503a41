"""What the store's answers hold, as pydantic models with WooCommerce's own field names.

Money is `Decimal` from the store's strings, dates are the `*_gmt` fields as aware UTC datetimes (local stamps
repeat an hour every autumn; they serve where there is no other), and fields that are not named here are kept in `model_extra`. Three facts that the
names don't say, all observed on real stores: a line's `sku` is the product's SKU of today, not the one at the
time of sale; `subtotal` and `total` are net of tax even where prices include tax; `total` of an order is not
reduced by refunds.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
	AfterValidator,
	BaseModel,
	BeforeValidator,
	ConfigDict,
	Field,
	ValidationError,
	ValidatorFunctionWrapHandler,
	WrapValidator,
)

from jarz_woocommerce_integration.exceptions import PayloadError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store import shapes


def _empty_is_zero(value: Any) -> Any:
	return "0" if value in shapes.EMPTY else value


def _without_residue(value: Decimal) -> Decimal:
	"""An amount as the shop's database keeps it, with eight decimals: what is finer is left of floating point."""
	if not isinstance(exponent := value.as_tuple().exponent, int) or exponent >= -STORED_DECIMALS:
		return value
	value = value.quantize(STORED_UNIT, ROUND_HALF_UP)
	# Adding 0 turns -0 into 0.
	return value.quantize(Decimal(1)) + 0 if value == value.to_integral_value() else value.normalize()


def _money_text(value: Any) -> Any:
	"""A number is no flag, and has no underscores, which Python would let pass."""
	if value is True or (isinstance(value, str) and "_" in value):
		raise ValueError("Input should be an amount")
	return value


def _no_flag(value: Any) -> Any:
	if isinstance(value, bool):
		raise ValueError("Input should be an id")
	return value


def _none_if_unreadable(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
	try:
		return read(value)
	except ValidationError:
		return None


def _empty_if_unreadable(value: Any, read: ValidatorFunctionWrapHandler) -> str:
	return _none_if_unreadable(value, read) or ""


def _status(value: Any) -> Any:
	"""Some plugins write the name under which WordPress stores it."""
	value = shapes.text(value)
	return value.strip().removeprefix("wc-") if isinstance(value, str) else value


def _code(value: Any) -> Any:
	value = shapes.text(value)
	return value.strip() if isinstance(value, str) else value


def _currency(value: Any) -> Any:
	value = _code(value)
	return value.upper() if isinstance(value, str) else value


def _is_currency(value: str) -> str:
	if len(value) != 3:
		raise ValueError("Input should be the three letters of a currency")
	return value


# ERPNext keeps twelve digits before the point; what is beyond isn't money.
LIMIT = 10**12
# WooCommerce's order tables are decimal(26, 8).
STORED_DECIMALS = 8
STORED_UNIT = Decimal(1).scaleb(-STORED_DECIMALS)
Money = Annotated[
	Decimal,
	BeforeValidator(_money_text),
	BeforeValidator(_empty_is_zero),
	Field(allow_inf_nan=False, gt=-LIMIT, lt=LIMIT),
	AfterValidator(_without_residue),
]
# Text: as it is. Label: what people read. Code: what is compared.
Text = Annotated[str, BeforeValidator(shapes.text), Field(coerce_numbers_to_str=True)]
Label = Annotated[str, BeforeValidator(shapes.label), Field(coerce_numbers_to_str=True)]
Code = Annotated[str, BeforeValidator(_code), Field(coerce_numbers_to_str=True)]
Status = Annotated[str, BeforeValidator(_status), Field(coerce_numbers_to_str=True)]
Currency = Annotated[str, BeforeValidator(_currency), Field(coerce_numbers_to_str=True)]
Flag = Annotated[bool, BeforeValidator(shapes.flag)]
# It is shown, and nothing is calculated with it.
Percent = Annotated[
	Annotated[Decimal, Field(allow_inf_nan=False, gt=-LIMIT, lt=LIMIT)] | None,
	BeforeValidator(shapes.percent),
	WrapValidator(_none_if_unreadable),
]
# Databases keep ids in 64 bits.
RowIdentifier = Annotated[int, BeforeValidator(_no_flag), Field(ge=-(2**63), lt=2**63)]
Identifier = Annotated[RowIdentifier, BeforeValidator(_empty_is_zero)]
OptionalUTC = Annotated[datetime | None, BeforeValidator(shapes.moment), AfterValidator(shapes.as_utc)]
OptionalLocal = Annotated[
	datetime | None,
	BeforeValidator(shapes.moment),
	AfterValidator(shapes.without_zone),
	WrapValidator(_none_if_unreadable),
]
ListOf = BeforeValidator(shapes.listed)


class Payload(BaseModel):
	model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)


class MetaData(Payload):
	"""One meta entry. Keys repeat, and a value may be a string, an object or an array."""

	key: Annotated[Text, WrapValidator(_empty_if_unreadable)] = ""
	value: Annotated[Any, BeforeValidator(shapes.texts_within)] = None


MetaDataList = Annotated[list[MetaData], BeforeValidator(shapes.listed_objects)]


def _number_or_word(value: Any) -> Any:
	"""Tax services (AvaTax) name their rates by words."""
	if value in ("", None, False):
		return 0
	if isinstance(value, str):
		return int(value) if value.strip().isdecimal() and len(value) < 19 else value
	return value


RateIdentifier = Annotated[RowIdentifier | str, BeforeValidator(_number_or_word)]


class LineTax(Payload):
	"""What one tax rate adds to a line. An empty `total` says that the rate isn't charged on this line.

	Before WooCommerce 11 it may be unrounded beside the line's rounded `total_tax`.
	"""

	id: RateIdentifier = 0
	total: Annotated[Money | None, BeforeValidator(lambda value: None if value in ("", None) else value)] = (
		None
	)

	@property
	def amount(self) -> Decimal:
		return self.total or Decimal(0)


LineTaxes = Annotated[list[LineTax], ListOf]


class Address(Payload):
	first_name: Label = ""
	last_name: Label = ""
	company: Label = ""
	address_1: Label = ""
	address_2: Label = ""
	city: Label = ""
	state: Label = ""
	postcode: Label = ""
	country: Label = ""
	email: Text = ""
	phone: Label = ""


OrderAddress = Annotated[Address, BeforeValidator(shapes.object_or_empty)]


RESTOCKED, REDUCED = "_restock_refunded_items", "_reduced_stock"


class _Pieces(Payload):
	value: Money = Decimal(0)


def restocked_of(meta_data: list[MetaData], quantity: Decimal) -> Decimal:
	"""How many pieces of a line its refunds have put back into the shop's stock, as its meta data say it.

	When somebody saves an order, WooCommerce may count refunds that have put nothing back; what the line still has taken
	from the stock shows that.
	"""
	said = {meta.key: _pieces(meta.value) for meta in meta_data if meta.key in (RESTOCKED, REDUCED)}
	most = quantity - said[REDUCED] if REDUCED in said else quantity
	return max(min(said.get(RESTOCKED, Decimal(0)), most), Decimal(0))


def reduced_of(meta_data: list[MetaData]) -> Decimal | None:
	"""How many pieces a line says that it has taken from the shop's stock; None where it doesn't say."""
	return next((_pieces(meta.value) for meta in meta_data if meta.key == REDUCED), None)


def _pieces(value: Any) -> Decimal:
	try:
		return _Pieces(value=value).value
	except (ValidationError, ArithmeticError, TypeError):
		return Decimal(0)


class LineItem(Payload):
	id: RowIdentifier
	name: Label = ""
	product_id: Identifier = 0
	variation_id: Identifier = 0
	quantity: Money
	tax_class: Text = ""
	subtotal: Money
	subtotal_tax: Money = Decimal(0)
	total: Money
	total_tax: Money = Decimal(0)
	taxes: LineTaxes = []
	meta_data: MetaDataList = []
	sku: Code = ""
	parent_name: Label = ""

	@property
	def restocked(self) -> Decimal:
		"""How many pieces refunds have put back into the shop's stock, all together."""
		return restocked_of(self.meta_data, self.quantity)

	@property
	def reduced(self) -> Decimal | None:
		return reduced_of(self.meta_data)


class ShippingLine(Payload):
	id: RowIdentifier
	method_title: Label = ""
	method_id: Text = ""
	instance_id: Text = ""
	total: Money
	total_tax: Money = Decimal(0)
	taxes: LineTaxes = []
	meta_data: MetaDataList = []


class FeeLine(Payload):
	id: RowIdentifier
	name: Label = ""
	total: Money
	total_tax: Money = Decimal(0)
	taxes: LineTaxes = []
	meta_data: MetaDataList = []


class TaxLine(Payload):
	id: RowIdentifier
	rate_code: Text = ""
	rate_id: RateIdentifier = 0
	label: Label = ""
	compound: Flag = False
	tax_total: Money
	shipping_tax_total: Money = Decimal(0)
	rate_percent: Percent = None


class CouponLine(Payload):
	id: RowIdentifier
	code: Label = ""
	discount: Money = Decimal(0)
	discount_tax: Money = Decimal(0)
	meta_data: MetaDataList = []


class RefundSummary(Payload):
	"""How an order names one of its refunds; `total` is negative. Details have a route of their own.

	`total_tax` is None in answers of WooCommerce 8.9, which doesn't say it.
	"""

	id: RowIdentifier
	reason: Label = ""
	# WooCommerce writes a minus before the amount, also before one that is negative ("--10.00").
	total: Annotated[
		Money, BeforeValidator(lambda value: value[2:] if str(value).startswith("--") else value)
	]
	total_tax: Annotated[Money | None, WrapValidator(_none_if_unreadable)] = None


ItemLines = Annotated[list[LineItem], ListOf]
ShippingLines = Annotated[list[ShippingLine], ListOf]
FeeLines = Annotated[list[FeeLine], ListOf]
TaxLines = Annotated[list[TaxLine], ListOf]
CouponLines = Annotated[list[CouponLine], ListOf]
RefundSummaries = Annotated[list[RefundSummary], ListOf]


class Order(Payload):
	"""One order as the store says it, in any status and of any WooCommerce version from 8.9 on.

	:ivar date_created: in the shop's zone, for orders that an import left without `date_created_gmt`
	:ivar lang: the order's language, where Polylang for WooCommerce is installed
	"""

	id: RowIdentifier = Field(gt=0)
	parent_id: Identifier = 0
	number: Code = ""
	status: Annotated[Status, Field(min_length=1)]
	currency: Annotated[Currency, AfterValidator(_is_currency)]
	prices_include_tax: Flag = False
	date_created: OptionalLocal = None
	date_created_gmt: OptionalUTC = None
	date_modified_gmt: OptionalUTC = None
	date_paid_gmt: OptionalUTC = None
	date_completed_gmt: OptionalUTC = None
	discount_total: Money = Decimal(0)
	shipping_total: Money = Decimal(0)
	total: Money
	total_tax: Money
	customer_id: Identifier = 0
	customer_note: Label = ""
	billing: OrderAddress = Address()
	shipping: OrderAddress = Address()
	payment_method: Code = ""
	payment_method_title: Label = ""
	transaction_id: Code = ""
	created_via: Text = ""
	lang: Text = ""
	meta_data: MetaDataList = []
	line_items: ItemLines
	tax_lines: TaxLines = []
	shipping_lines: ShippingLines = []
	fee_lines: FeeLines = []
	coupon_lines: CouponLines = []
	refunds: RefundSummaries = []


class Refund(Payload):
	"""One refund in detail: `amount` is positive, the lines' totals are negative, quantity 0 is an amount only.

	:ivar refunded_payment: the gateway paid it back when it was made in the shop; False says nothing by itself
	"""

	id: RowIdentifier = Field(gt=0)
	parent_id: Identifier = 0
	date_created: OptionalLocal = None
	date_created_gmt: OptionalUTC = None
	amount: Money
	reason: Label = ""
	refunded_payment: Annotated[bool | None, WrapValidator(_none_if_unreadable)] = None
	meta_data: MetaDataList = []
	line_items: ItemLines = []
	shipping_lines: ShippingLines = []
	fee_lines: FeeLines = []
	tax_lines: TaxLines = []


class ManifestEntry(Payload):
	"""What the proof needs of an order: enough to count, sum and compare, cheap to read for a whole shop.

	Whatever else can't be read is None or empty: one broken order must not cost the proof of the others.
	"""

	id: RowIdentifier = Field(gt=0)
	status: Annotated[Status, WrapValidator(_empty_if_unreadable)] = ""
	currency: Annotated[Currency, WrapValidator(_empty_if_unreadable)] = ""
	total: Annotated[Decimal | None, WrapValidator(_none_if_unreadable)] = None
	date_created_gmt: Annotated[OptionalUTC, WrapValidator(_none_if_unreadable)] = None
	date_modified_gmt: Annotated[OptionalUTC, WrapValidator(_none_if_unreadable)] = None


class EntryWithRefunds(ManifestEntry):
	"""An entry with the order's refunds, None where they can't be read: deleting one doesn't raise the order's stamp."""

	refunds: Annotated[RefundSummaries | None, WrapValidator(_none_if_unreadable)] = None

	@property
	def refunded_total(self) -> Decimal | None:
		"""Sum of its refunds, positive; None where they can't be read."""
		if self.refunds is None:
			return None
		return -sum((refund.total for refund in self.refunds), Decimal(0))


class DetailedEntry(EntryWithRefunds):
	"""An entry with what a proof compares beside totals: taxes by rate, refunds, and the zones of its addresses.

	Of the addresses it has country, state and city alone. What can't be read is None.
	"""

	tax_lines: Annotated[TaxLines | None, WrapValidator(_none_if_unreadable)] = None
	billing: Annotated[OrderAddress | None, WrapValidator(_none_if_unreadable)] = None
	shipping: Annotated[OrderAddress | None, WrapValidator(_none_if_unreadable)] = None


Model = TypeVar("Model", bound=Payload)


def parse(model: type[Model], body: Any) -> Model:
	"""`body` (decoded JSON, numbers as `Decimal` or `int`) as a `model`.

	:raises PayloadError: names the field at fault, what was found there, and the id where there is one
	"""
	try:
		return model.model_validate(body)
	except ValidationError as error:
		first: Mapping[str, Any] = error.errors(include_url=False, include_context=False)[0]
	except (ArithmeticError, TypeError, AttributeError, RecursionError) as error:
		first = {"loc": (), "msg": f"{type(error).__name__} while it was read", "input": body}
	raise _payload_error(model, body, first)


def _payload_error(model: type[Payload], body: Any, fault: Mapping[str, Any]) -> PayloadError:
	kind = {
		"Order": "an order",
		"Refund": "a refund",
		"ManifestEntry": "a manifest entry",
		"EntryWithRefunds": "a manifest entry",
		"DetailedEntry": "a manifest entry",
	}.get(model.__name__, f"a {model.__name__}")
	identifier = body.get("id") if isinstance(body, dict) else None
	identifier = identifier if isinstance(identifier, int) and not isinstance(identifier, bool) else None
	where = ".".join(shapes.text(str(part)) for part in fault["loc"]) or "the body itself"
	what = fault["msg"].removeprefix("Value error, ")
	found = repr(fault.get("input"))[:80]
	name = f"{kind} (id {identifier})" if identifier else kind
	return PayloadError(
		Sentence("The store's answer isn't {0}: field {1}: {2} (found {3}).", name, where, what, found),
		Sentence(
			"A plugin writes this field in another way than WooCommerce: the answer of {0} shows it."
			" Ask whoever looks after the shop to find the plugin. Until then, book the order by hand.",
			_route(model, identifier),
		),
		identifier=identifier,
	)


def _route(model: type[Payload], identifier: int | None) -> str:
	if model is Order and identifier:
		return f"/wp-json/wc/v3/orders/{identifier}"
	return "/wp-json/wc/v3/orders"
