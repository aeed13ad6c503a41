"""What the store's answers hold, as pydantic models with WooCommerce's own field names.

Money is `Decimal` from the store's strings, dates are the `*_gmt` fields as aware UTC datetimes (local stamps
repeat an hour every autumn), and fields that are not named here are kept in `model_extra`. Three facts that the
names don't tell, all observed on real stores: a line's `sku` is the product's SKU of today, not the one at the
time of sale; `subtotal` and `total` are net of tax even where prices include tax; `total` of an order is not
reduced by refunds.
"""

from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

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


def _empty_is_zero(value: Any) -> Any:
	return "0" if value in ("", None) else value


def _without_residue(value: Decimal) -> Decimal:
	"""An amount as the shop's database keeps it, with eight decimals: what is finer is left of floating point."""
	if value.as_tuple().exponent >= -STORED_DECIMALS:
		return value
	value = value.quantize(STORED_UNIT, ROUND_HALF_UP)
	# Adding 0 turns -0 into 0.
	return value.quantize(Decimal(1)) + 0 if value == value.to_integral_value() else value.normalize()


def _null_is_empty(value: Any) -> Any:
	return "" if value is None or value is False else value


def _null_is_empty_list(value: Any) -> Any:
	"""PHP writes an empty associative array as `[]`, some plugins write null or false."""
	return [] if value in (None, False, "") else value


def _as_utc(value: datetime) -> datetime:
	"""`*_gmt` fields are UTC and carry no zone."""
	return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def _empty_is_none(value: Any) -> Any:
	return None if value in ("", False) else value


def _none_if_unreadable(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
	try:
		return read(value)
	except ValidationError:
		return None


# ERPNext keeps twelve digits before the point; what is beyond isn't money.
LIMIT = 10**12
# WooCommerce's order tables are decimal(26, 8).
STORED_DECIMALS = 8
STORED_UNIT = Decimal(1).scaleb(-STORED_DECIMALS)
Money = Annotated[
	Decimal,
	BeforeValidator(_empty_is_zero),
	Field(allow_inf_nan=False, gt=-LIMIT, lt=LIMIT),
	AfterValidator(_without_residue),
]
Text = Annotated[str, BeforeValidator(_null_is_empty), Field(coerce_numbers_to_str=True)]
# Databases keep ids in 64 bits.
RowIdentifier = Annotated[int, Field(lt=2**63)]
Identifier = Annotated[RowIdentifier, BeforeValidator(_empty_is_zero)]
UTC = Annotated[datetime, AfterValidator(_as_utc)]
OptionalUTC = Annotated[
	datetime | None, BeforeValidator(_empty_is_none), AfterValidator(lambda v: v and _as_utc(v))
]


class Payload(BaseModel):
	model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)


class MetaData(Payload):
	"""One meta entry. Keys repeat, and a value may be a string, an object or an array."""

	key: Text = ""
	value: Any = None


MetaDataList = Annotated[list[MetaData], BeforeValidator(_null_is_empty_list)]


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


LineTaxes = Annotated[list[LineTax], BeforeValidator(_null_is_empty_list)]


class Address(Payload):
	first_name: Text = ""
	last_name: Text = ""
	company: Text = ""
	address_1: Text = ""
	address_2: Text = ""
	city: Text = ""
	state: Text = ""
	postcode: Text = ""
	country: Text = ""
	email: Text = ""
	phone: Text = ""


OrderAddress = Annotated[
	Address, BeforeValidator(lambda value: {} if value in (None, [], "", False) else value)
]


class LineItem(Payload):
	id: RowIdentifier
	name: Text = ""
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
	sku: Text = ""
	parent_name: Text = ""


class ShippingLine(Payload):
	id: RowIdentifier
	method_title: Text = ""
	method_id: Text = ""
	instance_id: Text = ""
	total: Money
	total_tax: Money = Decimal(0)
	taxes: LineTaxes = []
	meta_data: MetaDataList = []


class FeeLine(Payload):
	id: RowIdentifier
	name: Text = ""
	total: Money
	total_tax: Money = Decimal(0)
	taxes: LineTaxes = []
	meta_data: MetaDataList = []


class TaxLine(Payload):
	id: RowIdentifier
	rate_code: Text = ""
	rate_id: RateIdentifier = 0
	label: Text = ""
	compound: bool = False
	tax_total: Money
	shipping_tax_total: Money = Decimal(0)
	rate_percent: Money | None = None


class CouponLine(Payload):
	id: RowIdentifier
	code: Text = ""
	discount: Money = Decimal(0)


class RefundSummary(Payload):
	"""How an order names one of its refunds; `total` is negative. Details have a route of their own.

	`total_tax` is None in answers of WooCommerce 8.9, which doesn't say it.
	"""

	id: RowIdentifier
	reason: Text = ""
	# WooCommerce writes a minus before the amount, also before one that is negative ("--10.00").
	total: Annotated[
		Money, BeforeValidator(lambda value: value[2:] if str(value).startswith("--") else value)
	]
	total_tax: Annotated[Money | None, WrapValidator(_none_if_unreadable)] = None


ItemLines = Annotated[list[LineItem], BeforeValidator(_null_is_empty_list)]
ShippingLines = Annotated[list[ShippingLine], BeforeValidator(_null_is_empty_list)]
FeeLines = Annotated[list[FeeLine], BeforeValidator(_null_is_empty_list)]
TaxLines = Annotated[list[TaxLine], BeforeValidator(_null_is_empty_list)]
CouponLines = Annotated[list[CouponLine], BeforeValidator(_null_is_empty_list)]
RefundSummaries = Annotated[list[RefundSummary], BeforeValidator(_null_is_empty_list)]


class Order(Payload):
	"""One order as the store says it, in any status and of any WooCommerce version from 8.9 on."""

	id: RowIdentifier = Field(gt=0)
	number: Text = ""
	status: str = Field(min_length=1)
	currency: str = Field(min_length=3, max_length=3)
	prices_include_tax: bool = False
	date_created_gmt: UTC
	date_modified_gmt: OptionalUTC = None
	date_paid_gmt: OptionalUTC = None
	date_completed_gmt: OptionalUTC = None
	discount_total: Money = Decimal(0)
	shipping_total: Money = Decimal(0)
	total: Money
	total_tax: Money
	customer_id: Identifier = 0
	customer_note: Text = ""
	billing: OrderAddress = Address()
	shipping: OrderAddress = Address()
	payment_method: Text = ""
	payment_method_title: Text = ""
	transaction_id: Text = ""
	created_via: Text = ""
	meta_data: MetaDataList = []
	line_items: ItemLines
	tax_lines: TaxLines = []
	shipping_lines: ShippingLines = []
	fee_lines: FeeLines = []
	coupon_lines: CouponLines = []
	refunds: RefundSummaries = []


class Refund(Payload):
	"""One refund in detail: `amount` is positive, the lines' totals are negative, quantity 0 is an amount only."""

	id: RowIdentifier = Field(gt=0)
	parent_id: Identifier = 0
	date_created_gmt: UTC
	amount: Money
	reason: Text = ""
	line_items: ItemLines = []
	shipping_lines: ShippingLines = []
	fee_lines: FeeLines = []
	tax_lines: TaxLines = []


class ManifestEntry(Payload):
	"""What the proof needs of an order: enough to count, sum and compare, cheap to read for a whole shop.

	`total` is None where it can't be read: one broken order must not cost the proof of the others.
	"""

	id: RowIdentifier = Field(gt=0)
	status: Text
	currency: Text
	total: Annotated[Decimal | None, WrapValidator(_none_if_unreadable)]
	date_created_gmt: OptionalUTC = None
	date_modified_gmt: OptionalUTC = None


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


def parse(model: type[Payload], body: Any) -> Any:
	"""`body` (decoded JSON, numbers as `Decimal` or `int`) as a `model`.

	:raises PayloadError: names the field at fault, what was found there, and the id where there is one
	"""
	try:
		return model.model_validate(body)
	except ValidationError as error:
		raise _payload_error(model, body, error) from None


def _payload_error(model: type[Payload], body: Any, error: ValidationError) -> PayloadError:
	kind = {
		"Order": "an order",
		"Refund": "a refund",
		"ManifestEntry": "a manifest entry",
		"EntryWithRefunds": "a manifest entry",
		"DetailedEntry": "a manifest entry",
	}.get(model.__name__, f"a {model.__name__}")
	identifier = body.get("id") if isinstance(body, dict) else None
	identifier = identifier if isinstance(identifier, int) and not isinstance(identifier, bool) else None
	first = error.errors(include_url=False, include_context=False)[0]
	where = ".".join(str(part) for part in first["loc"]) or "the body itself"
	found = repr(first.get("input"))[:80]
	name = f"{kind} (id {identifier})" if identifier else kind
	return PayloadError(
		f"The store's answer isn't {name}: field {where}: {first['msg']} (found {found}).",
		"Open it in the shop and save it again; if it stays, a plugin changes the REST answer.",
		identifier=identifier,
	)
