"""The merchant's tables that say how orders become books. Every table has a default that suits a history of orders.

A rehearsal reads them from a TOML file; in the Desk they are child tables of WooCommerce Store. `docs/use/policy.md`
explains each table with an example.
"""

import hashlib
import sys
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
	BaseModel,
	ConfigDict,
	Field,
	StringConstraints,
	ValidationError,
	field_validator,
	model_validator,
)

from jarz_woocommerce_integration.exceptions import PolicyError
from jarz_woocommerce_integration.translation.drafts import Action
from jarz_woocommerce_integration.translation.fields.mapping import MappedField, Target
from jarz_woocommerce_integration.translation.orders.actions import ActionRow

if sys.version_info >= (3, 11):
	import tomllib
else:
	import tomli as tomllib

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]


class Table(BaseModel):
	model_config = ConfigDict(extra="forbid", frozen=True)


class TenderKind(str, Enum):
	"""What customers pay with beside a gateway: money that they had paid, or were given back, before."""

	GIFT_CARD = "gift_card"
	STORE_CREDIT = "store_credit"
	WALLET = "wallet"


# Payment methods that take an order's whole sum out of the customer's wallet: TeraWallet's, Account Funds'.
WALLETS = frozenset(("wallet", "accountfunds"))


class Paid(str, Enum):
	"""When an order of a gateway counts as paid."""

	DATE_PAID = "date_paid"  # when the store has a date of payment
	AT_ONCE = "at_once"  # always
	ON_DELIVERY = "on_delivery"  # when the order is completed


class UnknownItem(str, Enum):
	HOLD = "hold"
	PLACEHOLDER = "placeholder"
	CREATE = "create"


class BundlePolicy(str, Enum):
	EXPLODE = "explode"
	KEEP_PARENT = "keep_parent"


class CustomerMode(str, Enum):
	RESOLVE = "resolve"
	ONE_CUSTOMER = "one_customer"


class CompanyCustomer(str, Enum):
	"""Whose name a new customer gets where the billing address names a company."""

	COMPANY = "company"
	PERSON = "person"


class NegativeTotal(str, Enum):
	CREDIT_NOTE = "credit_note"
	HOLD = "hold"


class Repaid(str, Enum):
	"""How refunds of a gateway are taken that the shop doesn't prove to have been paid back (`repayments`)."""

	AS_PAID = "as_paid"  # paid back the way the order was paid
	LIST = "as_paid_listed"  # the same, and the order is listed
	ASK = "ask"  # no repayment is booked, and the order is listed
	BY_HAND = "by_hand"  # paid from `refund_account`


class ReceivedUnbooked(str, Enum):
	"""What becomes of money that came in for an order that its status leaves out of the books."""

	LIST = "list"
	ADVANCE = "advance"  # booked as an advance of the customer


class CardsAsCoupons(str, Enum):
	"""What a gift card or store credit is that the shop took as a coupon: it lowered the lines and their tax."""

	DISCOUNT = "discount"  # as the shop charged it; the order is listed
	PAYMENT = (
		"payment"  # the sale is worth what the card took off it more, which is a payment from the liability
	)


class SubOrders(str, Enum):
	"""Which orders of a marketplace are the sale: the customer's, or those of the vendors that it was divided into."""

	PARENT = "parent"
	SUB_ORDERS = "sub_orders"


class Gateway(Table):
	"""How payments of one gateway are booked.

	:ivar account: where the money arrives
	:ivar fee_account: where the gateway's fee is booked; without it fees are not booked
	:ivar fee_meta_key: meta key of the order in which the gateway's plugin keeps its fee; "" for the keys of plugins that
		are known (Stripe, WooPayments, PayPal)
	:ivar repaid: how refunds are taken of which the shop doesn't prove how they were paid back
	:ivar refund_account: where those leave that are paid back by hand
	:ivar payment_terms: Payment Terms Template by which invoices fall due, "" for at once
	"""

	mode_of_payment: Name
	account: Name
	paid: Paid = Paid.DATE_PAID
	fee_account: Annotated[str, StringConstraints(strip_whitespace=True, max_length=140)] = ""
	fee_meta_key: Annotated[str, StringConstraints(strip_whitespace=True, max_length=140)] = ""
	repaid: Repaid = Repaid.LIST
	refund_account: Annotated[str, StringConstraints(strip_whitespace=True, max_length=140)] = ""
	payment_terms: Annotated[str, StringConstraints(strip_whitespace=True, max_length=140)] = ""

	@model_validator(mode="after")
	def _by_hand_names_an_account(self) -> "Gateway":
		if self.repaid is Repaid.BY_HAND and not self.refund_account:
			raise ValueError("repaid is by_hand, so refund_account must be set")
		return self


class Tender(Table):
	"""Where what customers have paid before, as a gift card or as store credit, stands until they use it.

	:ivar account: the liability; "" for `accounts.store_credit`
	:ivar mode_of_payment: of the payments from it; "" for the default gateway's
	"""

	account: Annotated[str, StringConstraints(strip_whitespace=True, max_length=140)] = ""
	mode_of_payment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=140)] = ""


class Accounts(Table):
	"""Accounts for everything that has no table of its own.

	:ivar store_credit: a liability; without it orders are held that are paid by credit, or sell some
	"""

	income: Name = "Sales"
	receivable: Name = "Debtors"
	tax: Name = "VAT"
	shipping: Name = "Shipping Income"
	fees: Name = "Fee Income"
	discounts: Name = "Discounts Allowed"
	refunds: Name = "Sales Returns"
	rounding: Name = "Round Off"
	store_credit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=140)] = "Store Credit"


class Items(Table):
	"""What to do with lines.

	:ivar unknown: what to do with a line whose item the ledger doesn't know
	:ivar aliases: "product:17", "variation:63" or "sku:OLD-1" -> item code; they win over everything else
	:ivar quantity_decimals: decimals that the ledger keeps of a quantity (ERPNext's float precision)
	"""

	unknown: UnknownItem = UnknownItem.PLACEHOLDER
	placeholder: Name = "WOO-UNKNOWN"
	aliases: dict[str, Name] = {}
	bundles: BundlePolicy = BundlePolicy.KEEP_PARENT
	quantity_decimals: int = Field(default=3, ge=0, le=9)

	@field_validator("aliases")
	@classmethod
	def _alias_keys_are_readable(cls, aliases: dict[str, str]) -> dict[str, str]:
		for key in aliases:
			kind, _, value = key.partition(":")
			if (
				kind not in ("product", "variation", "sku")
				or not value
				or (kind != "sku" and not value.isdigit())
			):
				raise ValueError(f'"{key}" is not product:ID, variation:ID or sku:SKU')
		return aliases


# ISO 4217: currencies whose smallest unit isn't a hundredth.
WITHOUT_DECIMALS = (
	*("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
	*("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
WITH_THREE_DECIMALS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")


class Money(Table):
	"""Limits of exactness.

	:ivar rounding_tolerance: an order whose parts differ from its total by at most this is booked with a rounding row;
		0 (the default) holds it
	:ivar decimals: decimals of each currency's smallest unit; 2 where it isn't named
	:ivar coins: coins to which shops round the totals of a currency; what that makes is booked as rounding
	"""

	rounding_tolerance: Decimal = Field(default=Decimal(0), ge=0, le=1)
	negative_total: NegativeTotal = NegativeTotal.CREDIT_NOTE
	decimals: dict[str, int] = {
		**dict.fromkeys(WITHOUT_DECIMALS, 0),
		**dict.fromkeys(WITH_THREE_DECIMALS, 3),
	}

	coins: dict[str, tuple[Decimal, ...]] = {
		"CHF": (Decimal("0.05"),),
		**dict.fromkeys(("DKK", "NOK", "SEK"), (Decimal("0.05"), Decimal("0.50"), Decimal(1))),
	}

	def decimals_of(self, currency: str) -> int:
		return self.decimals.get(currency, 2)


class Refunds(Table):
	"""How refunds are booked. :ivar repay: book the money that went back where the order was paid"""

	repay: bool = True
	item: Name = "WOO-REFUND"


class RolePolicy(Table):
	"""What customers with a role of the shop get.

	:ivar customer: all orders of the role are booked to this one, which the books have; "" for one each
	:ivar customer_group: of a new customer, as is the price list; "" for that of all others
	"""

	customer: str = Field(default="", max_length=140)
	customer_group: str = Field(default="", max_length=140)
	price_list: str = Field(default="", max_length=140)


class Customers(Table):
	"""How customers are found.

	:ivar placeholder_emails: e-mails that are no evidence: an address, "@domain", or "name@" for any domain
	:ivar country: region of phones without a country code where the address names no country (ISO 3166, two letters)
	:ivar company: whose name a new customer gets where the billing address names a company: the company's, with the person
		as contact, or the person's
	:ivar roles: by the role of the order's account, "guest" for orders without one
	"""

	mode: CustomerMode = CustomerMode.RESOLVE
	one_customer: Name = "WooCommerce Customer"
	placeholder_emails: tuple[str, ...] = ("noreply@", "no-reply@", "donotreply@", "guest@", "none@")
	country: str = Field(default="", max_length=2)
	company: CompanyCustomer = CompanyCustomer.COMPANY
	roles: dict[Name, RolePolicy] = Field(default_factory=dict)


class TaxNumbers(Table):
	"""Where plugins keep the buyer's VAT number.

	:ivar keys: meta keys of the order, of which the first that has a value is taken
	"""

	keys: tuple[str, ...] = (
		"_billing_vat_number",  # EU VAT Number 2.3.21 and later
		"_vat_number",  # EU VAT Number before
		"vat_number",  # Aelia EU VAT Assistant
		"VAT Number",  # EU VAT Compliance Assistant
		"_billing_eu_vat_number",  # EU/UK VAT Validation Manager (WP Ninjas, WPFactory, Booster)
		"billing_eu_vat_number",
		"_billing_vat_id",  # Germanized
		"_shipping_vat_id",
		"billing_vat_id",
		"billing_vat",  # German Market
		"yweu_billing_vat",  # YITH EU VAT
		"_billing_vat",
		"billing_vat_number",
		"_billing_dic",  # EU/UK VAT for WooCommerce, Czech and Slovak shops
		"_billing_nif",
		"_billing_tax_number",
		"billing_tax_number",
	)


class TaxClass(Table):
	"""One tax class of the store. :ivar zero_rated: the template taxes nothing, so that it suits a line without tax"""

	item_tax_template: Name
	zero_rated: bool = False


class DeliveryKeys(Table):
	"""Meta keys that hold the delivery date and time slot, in order of preference."""

	date: tuple[str, ...] = (
		"_delivery_date",
		"delivery_date",
		"_orddd_timestamp",
		"_orddd_lite_timestamp",
		"jckwds_date",
	)
	slot: tuple[str, ...] = (
		"delivery_time",
		"_delivery_time",
		"delivery_time_slot",
		"_orddd_time_slot",
		"jckwds_timeslot",
	)


def _historical_statuses() -> dict[str, Action]:
	return {
		"completed": Action.SUBMIT_AND_PAY,
		"processing": Action.SUBMIT_AND_PAY,
		"refunded": Action.SUBMIT_AND_PAY,
		"partially-paid": Action.SUBMIT_AND_PAY,
		"on-hold": Action.DRAFT,
		"pending": Action.IGNORE,
		"failed": Action.IGNORE,
		"checkout-draft": Action.IGNORE,
		"auto-draft": Action.IGNORE,
		"draft": Action.IGNORE,
		"cancelled": Action.CANCEL,
		"trash": Action.CANCEL,
	}


def _core_gateways() -> dict[str, Gateway]:
	"""WooCommerce's own offline gateways, with the modes of payment that ERPNext brings."""
	return {
		"cod": Gateway(mode_of_payment="Cash", account="Cash", repaid=Repaid.AS_PAID),
		"bacs": Gateway(mode_of_payment="Wire Transfer", account="Bank Account", repaid=Repaid.AS_PAID),
		"cheque": Gateway(mode_of_payment="Cheque", account="Bank Account", repaid=Repaid.AS_PAID),
	}


class Policy(Table):
	"""All tables. `Policy()` is the historical default, `Policy.live()` the one for orders as they come in.

	:ivar statuses: WooCommerce status -> action. A status that isn't here holds its orders.
	:ivar actions: what orders become by gateway and shipping method; the row with the most conditions wins over the status
	:ivar gateways: payment method id -> how it is booked; `default_gateway` serves those that aren't here
	:ivar tenders: "gift_card", "store_credit" or "wallet" -> where it stands; `accounts.store_credit` serves the others
	:ivar cards_as_coupons: what gift cards and store credit are that the shop took as coupons
	:ivar sub_orders: which orders of a marketplace are booked
	:ivar received_unbooked: what becomes of money that came in for orders that aren't booked
	:ivar taxes: tax rate id, rate code or label -> account; `accounts.tax` serves those that aren't here
	:ivar tax_classes: tax class of the store ("standard", "reduced-rate") -> Item Tax Template of its lines
	:ivar shipping: shipping method id ("flat_rate", or "flat_rate:1" for one instance) -> account
	:ivar fees: fee name -> account
	:ivar language_keys: meta keys of the order in which plugins keep the customer's language; the first that has a value
	:ivar fields: what of an order goes into the merchant's own fields
	:ivar invoice_prefix: invoices are named prefix + order number
	"""

	statuses: dict[str, Action] = Field(default_factory=_historical_statuses)
	actions: tuple[ActionRow, ...] = ()
	gateways: dict[str, Gateway] = Field(default_factory=_core_gateways)
	default_gateway: Gateway = Gateway(mode_of_payment="WooCommerce", account="WooCommerce Payments")
	tenders: dict[TenderKind, Tender] = {}
	cards_as_coupons: CardsAsCoupons = CardsAsCoupons.DISCOUNT
	sub_orders: SubOrders = SubOrders.PARENT
	received_unbooked: ReceivedUnbooked = ReceivedUnbooked.LIST
	taxes: dict[str, Name] = {}
	tax_classes: dict[str, TaxClass] = {}
	tax_numbers: TaxNumbers = TaxNumbers()
	shipping: dict[str, Name] = {}
	fees: dict[str, Name] = {}
	accounts: Accounts = Accounts()
	items: Items = Items()
	money: Money = Money()
	refunds: Refunds = Refunds()
	customers: Customers = Customers()
	delivery: DeliveryKeys = DeliveryKeys()
	language_keys: tuple[str, ...] = ("wpml_language", "trp_language", "weglot_language")
	territories: dict[str, Name] = {}
	fields: tuple[MappedField, ...] = ()
	invoice_prefix: Annotated[str, StringConstraints(max_length=40)] = "WOO-"

	@classmethod
	def live(cls, **tables: Any) -> "Policy":
		"""Defaults for live sync: a line whose item isn't known holds the order instead of booking a placeholder."""
		return cls(**{"items": {"unknown": UnknownItem.HOLD}, **tables})

	def tender(self, kind: TenderKind) -> Tender:
		"""Where a kind of credit stands, and how payments from it are booked."""
		named = self.tenders.get(kind, Tender())
		return Tender(
			account=named.account or self.accounts.store_credit,
			mode_of_payment=named.mode_of_payment or self.default_gateway.mode_of_payment,
		)

	def gateway(self, payment_method: str) -> Gateway:
		"""How a payment method is booked. A wallet that the policy doesn't name is paid from what stands in it."""
		if payment_method not in self.gateways and payment_method in WALLETS:
			wallet = self.tender(TenderKind.WALLET)
			return Gateway(mode_of_payment=wallet.mode_of_payment, account=wallet.account, repaid=Repaid.ASK)
		return self.gateways.get(payment_method, self.default_gateway)

	@property
	def mapping(self) -> tuple[MappedField, ...]:
		"""`fields`, without those of customers where one customer has all orders."""
		if self.customers.mode is not CustomerMode.ONE_CUSTOMER:
			return self.fields
		return tuple(row for row in self.fields if row.target is not Target.CUSTOMER)

	@property
	def hash(self) -> str:
		"""The same for the same tables: a held order is worth another try when it changes."""
		return hashlib.blake2b(self.model_dump_json().encode(), digest_size=8).hexdigest()


def load_policy(path: str | Path) -> Policy:
	"""The policy of a TOML file. Tables, statuses and gateways that the file doesn't name keep their defaults.

	:raises PolicyError: names the file and the place in it
	"""
	try:
		tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
	except OSError as error:
		raise PolicyError(
			f"The policy file {path} can't be read: {error.strerror}.", "Check the path."
		) from None
	except UnicodeDecodeError:
		raise PolicyError(f"The policy file {path} isn't UTF-8 text.", "Save it as UTF-8.") from None
	except tomllib.TOMLDecodeError as error:
		raise PolicyError(
			f"The policy file {path} isn't valid TOML: {error}.", "Correct that line."
		) from None
	try:
		for name, defaults in (("statuses", _historical_statuses()), ("gateways", _core_gateways())):
			own = tables.get(name, {})
			if isinstance(own, dict):
				tables[name] = {**defaults, **own}
		return Policy.model_validate(tables)
	except ValidationError as error:
		raise _policy_error(path, error) from None


def _policy_error(path: str | Path, error: ValidationError) -> PolicyError:
	mistakes = []
	for mistake in error.errors(include_url=False, include_context=False)[:5]:
		where = ".".join(str(part) for part in mistake["loc"])
		if mistake["type"] == "extra_forbidden":
			mistakes.append(f"{where}: no such table or key")
		else:
			mistakes.append(f"{where}: {mistake['msg']} (found {mistake['input']!r})")
	return PolicyError(
		f"The policy file {path} has {error.error_count()} mistake(s): " + "; ".join(mistakes) + ".",
		"docs/use/policy.md shows every table with its keys and values.",
	)
