"""What must stand in the ledger for one order: plain data with exact decimals, made by `translation`, booked by `ledger`.

All amounts are `Decimal` in the order's own currency; all times are aware UTC datetimes. Keys are deterministic:
the same order, policy and lookups always give the same draft, so that a killed run ends where an undisturbed one does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum


class Action(str, Enum):
	"""What the policy says an order of some status becomes in the books."""

	IGNORE = "ignore"
	SALES_ORDER_DRAFT = "sales_order_draft"
	SALES_ORDER = "sales_order"
	DRAFT = "draft"
	SUBMIT = "submit"
	SUBMIT_AND_PAY = "submit_and_pay"
	CANCEL = "cancel"


class DeliveryNotes(str, Enum):
	"""Whether an order with a Sales Order gets a Delivery Note when it is completed in the shop."""

	NONE = "None"
	DRAFT = "Draft"
	SUBMITTED = "Submitted"


class OrderState(str, Enum):
	"""Where an order stands in the Order Map. Every order id that was ever seen is in one of these."""

	SYNCED = "Synced"
	SKIPPED = "Skipped"
	HELD = "Held"
	FAILED = "Failed"
	CANCELLED = "Cancelled"
	DELETED = "Deleted in Store"


class ChargeKind(str, Enum):
	TAX = "tax"
	SHIPPING = "shipping"
	FEE = "fee"
	DISCOUNT = "discount"
	REFUND = "refund"
	ROUNDING = "rounding"


@dataclass(slots=True, frozen=True)
class Decision:
	"""How an order's customer was found, so that a person can judge it later.

	:ivar outcome: "known" (found), "new" (made), "linked" (a guest's record that now has a store account)
	:ivar evidence: what decided: "store customer id", "e-mail", "phone", "e-mail and phone", "role", "none"
	:ivar candidates: keys of all customers that some evidence pointed to; more than one, or one that was
		not taken, makes the decision ambiguous
	"""

	outcome: str
	evidence: str
	candidates: tuple[str, ...] = ()
	ambiguous: bool = False
	note: str = ""


@dataclass(slots=True)
class CustomerDraft:
	"""The customer of an order. `key` names the customer in the ledger; it is new where `decision.outcome` is "new".

	:ivar own_email: of a new customer's account, as the shop gives it; "" where the order's e-mail is the customer's own
	:ivar company: the company that the order's bill is for, "" for none
	:ivar person: the name that the contact of a customer gets who was made as a company; "" where companies aren't customers
	:ivar is_company: a new customer is made as the company itself
	:ivar tax_id: the VAT number that the customer's empty Tax ID gets, "" for none
	:ivar group: Customer Group of a new customer, "" for that of the store
	:ivar price_list: of a new customer, "" for none
	"""

	key: str
	name: str
	decision: Decision
	store_customer_id: int | None = None
	emails: tuple[str, ...] = ()
	phones: tuple[str, ...] = ()
	phone_text: str = ""
	company: str = ""
	person: str = ""
	is_company: bool = False
	tax_id: str = ""
	own_email: str = ""
	group: str = ""
	price_list: str = ""


@dataclass(slots=True, frozen=True)
class AccountEvidence:
	"""By what the person with a store's account is recognised. :ivar emails: case-folded; :ivar phones: E.164"""

	store_customer_id: int
	emails: tuple[str, ...]
	phones: tuple[str, ...]


@dataclass(slots=True)
class AddressDraft:
	"""One postal address. `signature` is the same for the same place however it was typed.

	:ivar kind: "Billing" or "Shipping"
	:ivar territory: name of the ERPNext Territory, None where the zone is unmapped (`territory_code` is what the store said)
	"""

	kind: str
	signature: str
	name: str
	company: str
	line_1: str
	line_2: str
	city: str
	state: str
	postcode: str
	country: str
	territory: str | None
	territory_code: str
	phone: str = ""
	email: str = ""


@dataclass(slots=True)
class InvoiceRow:
	"""One item row. `amount` = `rate` x `quantity` to the cent, whatever rounding method the site has.

	:ivar price_list_rate: what one cost before discounts; always given, or ERPNext would look one up
	:ivar order_line_id: the store's line this row comes from (two rows may share one), 0 for none
	:ivar store_product: "product:17" or "variation:63", as the policy's aliases name it; "" for a deleted product
	:ivar unknown: the item isn't known: the row carries the placeholder's code and the line's own name
	:ivar tax_class: the shop's tax class of the line, "" for its standard one
	:ivar item_tax_template: the Item Tax Template that the policy has for that class, "" for none
	"""

	item_code: str
	item_name: str
	description: str
	quantity: Decimal
	rate: Decimal
	amount: Decimal
	price_list_rate: Decimal
	account: str
	order_line_id: int = 0
	sku: str = ""
	store_product: str = ""
	unknown: bool = False
	tax_class: str = ""
	item_tax_template: str = ""


@dataclass(slots=True)
class ChargeRow:
	"""One amount beside the items ("Actual" in ERPNext): a tax rate, a shipping line, a fee, a rounding.

	:ivar source_id: id of the shop's line or tax rate, 0 where it has none
	:ivar taxable: of a tax: the sum without tax that it was charged on, items, fees and shipping together
	:ivar tax_class: of a tax: the shop's tax class whose rate it is
	:ivar items: of a tax: (position of the item row, what was charged on it); a row that isn't named doesn't bear it
	"""

	kind: ChargeKind
	account: str
	description: str
	amount: Decimal
	source_id: int = 0
	rate_percent: Decimal | None = None
	taxable: Decimal | None = None
	tax_class: str = ""
	items: tuple[tuple[int, Decimal], ...] = ()


@dataclass(slots=True)
class PaymentDraft:
	"""Money that came in (an order's payment) or went back (a refund's repayment). `amount` is positive.

	:ivar key: distinguishes the payments of one order: "" is the order's own, "gift_card:CODE" what a card paid,
		"deposit:2534" the payment that is order 2534 of the shop
	:ivar fee: what the gateway kept of it, booked to `fee_account`; 0 where the policy doesn't book fees
	"""

	amount: Decimal
	mode_of_payment: str
	account: str
	paid_at: datetime
	gateway: str = ""
	gateway_title: str = ""
	reference: str = ""
	fee: Decimal = Decimal(0)
	fee_account: str = ""
	key: str = ""


@dataclass(slots=True, frozen=True)
class Finding:
	"""What a person should know of an order that is booked: a short code, by which findings are grouped, and a sentence."""

	reason: str
	message: str


FieldValue = str | Decimal | date | bool | None
LINE = "Sales Invoice Item"


@dataclass(slots=True)
class MappedValues:
	"""What the merchant's mapping takes from an order into fields of his own (`translation.fields`).

	Times are aware. Each document has a value for each field that is mapped, an empty one where the order says nothing.

	:ivar documents: DocType -> field -> value; of the lines those of a row that comes from no line
	:ivar lines: the line's id -> field -> value
	:ivar kept: (DocType, field) of what stays as it was made, however the order changes
	"""

	documents: dict[str, dict[str, FieldValue]] = field(default_factory=dict)
	lines: dict[int, dict[str, FieldValue]] = field(default_factory=dict)
	kept: set[tuple[str, str]] = field(default_factory=set)

	def of(self, doctype: str) -> dict[str, FieldValue]:
		return self.documents.get(doctype, {})

	def of_line(self, line_id: int) -> dict[str, FieldValue]:
		return self.lines.get(line_id) or self.of(LINE)

	def following(self) -> list[object]:
		"""What is there and follows the order: (DocType, field, value), and (line's id, field, value)."""
		found: list[object] = []
		for doctype, values in self.documents.items():
			found += [
				(doctype, *item) for item in values.items() if (doctype, item[0]) not in self.kept and item[1]
			]
		for line_id, values in self.lines.items():
			found += [
				(line_id, *item) for item in values.items() if (LINE, item[0]) not in self.kept and item[1]
			]
		return found


@dataclass(slots=True, frozen=True)
class Restocked:
	"""Goods that are in the shop's stock again.

	:ivar pieces: line of the order -> how many of it, by all refunds up to now
	:ivar item: what else a refund gives back is booked as, where its credit note moves stock
	"""

	pieces: Mapping[int, Decimal]
	item: str


@dataclass(slots=True)
class CreditNoteDraft:
	"""One refund. Rows have negative quantities, and `total` is negative, as ERPNext's returns have them.

	:ivar charges: negative too, but for those that take something back: a deduction, or what was given back before
	:ivar untaxed: sum without tax of what bears no tax at all
	:ivar by_amount: what is given back as an amount, of which the shop says neither lines nor taxes; positive where the
		last refund, which takes back all lines, turns the amounts before it round
	:ivar paid_by_gateway: the shop had the gateway pay the refund back
	:ivar restocked: what the order's refunds have put back into the shop's stock, None for nothing
	"""

	refund_id: int
	name: str
	posted_at: datetime
	rows: list[InvoiceRow]
	charges: list[ChargeRow]
	total: Decimal
	reason: str = ""
	repayment: PaymentDraft | None = None
	untaxed: Decimal = Decimal(0)
	by_amount: Decimal = Decimal(0)
	paid_by_gateway: bool = False
	restocked: Restocked | None = None


@dataclass(slots=True)
class Delivery:
	"""When the customer wants the goods. `text` keeps what the shop said where it can't be read (`flagged`)."""

	day: date | None = None
	slot_from: str = ""
	slot_to: str = ""
	text: str = ""
	flagged: bool = False


@dataclass(slots=True)
class ItemDraft:
	"""An item that the policy wants created for a line that no known item fits."""

	code: str
	name: str
	product_id: int
	variation_id: int
	sku: str


@dataclass(slots=True, frozen=True)
class ProductFacts:
	"""A product of the shop, or a variation of one, as it is now. :ivar is_template: it has variations, and is never sold itself"""

	product_id: int
	variation_id: int
	sku: str
	name: str
	is_template: bool = False


@dataclass(slots=True)
class InvoiceDraft:
	"""The Sales Invoice. `total` equals the order's total, and what tenders have settled of the sale, to the cent.

	:ivar is_return: the order sells nothing and its total is negative: the shop owes the customer, so it is booked as a
		credit note of its own (ERPNext refuses negative invoices)
	:ivar fingerprint: the same for the same books; what is compared when a changed order comes back
	:ivar untaxed: sum without tax of what bears no tax at all, not even one of 0 %
	"""

	name: str
	posted_at: datetime
	rows: list[InvoiceRow]
	charges: list[ChargeRow]
	total: Decimal
	fingerprint: str
	submit: bool = True
	is_return: bool = False
	untaxed: Decimal = Decimal(0)


@dataclass(slots=True)
class OrderDraft:
	"""Everything that one order becomes.

	:ivar payments: what was paid, each with a key of its own; the order's own payment is last
	:ivar tendered_total: what gift cards, store credit and wallets settled, which the order's total leaves out
	:ivar owed_total: what an order that sells goods and comes to less than nothing owes its customer: the invoice comes to
		zero, and a credit note gives it
	:ivar findings: what is listed of the order though it is booked
	:ivar vat_number: what the buyer gave as VAT number, "" for none; :ivar vat_exempt: the shop charged no VAT because of it
	:ivar contact_email: and :ivar contact_phone: as this order has them, whatever else is known of the customer
	:ivar mapped: what goes into the merchant's own fields
	:ivar language: the customer's, as the shop names it ("de", "pt-br"), "" where it doesn't
	:ivar payment_terms: the template by which the invoice falls due, "" for at once
	:ivar delivery_notes: what the policy's narrower rows say, None where they say nothing
	:ivar changed_by: the hook of another app that has changed it, "" for none
	"""

	action: Action
	currency: str
	customer: CustomerDraft
	invoice: InvoiceDraft
	receivable_account: str = "Debtors"
	billing: AddressDraft | None = None
	shipping: AddressDraft | None = None
	payments: list[PaymentDraft] = field(default_factory=list)
	tendered_total: Decimal = Decimal(0)
	owed_total: Decimal = Decimal(0)
	findings: tuple[Finding, ...] = ()
	credit_notes: list[CreditNoteDraft] = field(default_factory=list)
	items: list[ItemDraft] = field(default_factory=list)
	delivery: Delivery = field(default_factory=Delivery)
	remarks: str = ""
	coupons: tuple[str, ...] = ()
	payment_method_title: str = ""
	transaction_id: str = ""
	vat_number: str = ""
	vat_exempt: bool = False
	contact_email: str = ""
	contact_phone: str = ""
	mapped: MappedValues = field(default_factory=MappedValues)
	changed_by: str = ""
	payment_terms: str = ""
	language: str = ""
	delivery_notes: DeliveryNotes | None = None

	@property
	def payment(self) -> PaymentDraft | None:
		"""The order's own payment, by its own gateway."""
		return next((payment for payment in self.payments if not payment.key), None)

	@property
	def item_codes(self) -> list[str]:
		"""Of all rows, of the invoice and its credit notes; "" for a row without an item."""
		notes = (note.rows for note in self.credit_notes)
		return [row.item_code for rows in (self.invoice.rows, *notes) for row in rows]

	@property
	def paid_total(self) -> Decimal:
		return sum((payment.amount for payment in self.payments), Decimal(0))

	@property
	def most_credited(self) -> Decimal:
		"""More than this can't be given back of the order."""
		return max(self.invoice.total, Decimal(0)) + self.owed_total


@dataclass(slots=True)
class AdvanceDraft(OrderDraft):
	"""Money that came in for an order that isn't booked, as an advance of its customer: one payment and no invoice.

	`invoice` is empty; its name is the one that the order's invoice would have.
	"""

	reason: str = ""
	message: str = ""


@dataclass(slots=True)
class SalesOrderDraft(OrderDraft):
	"""An order that becomes a Sales Order, and is invoiced in a later status.

	`invoice` is what the Sales Order says; `invoice.submit` whether it is submitted. It has no credit notes, and of payments
	only what was received before the invoice and is booked as an advance.
	"""


@dataclass(slots=True)
class Hold:
	"""The order is not booked until a person has done something.

	:ivar reason: a short code, by which holds are grouped ("total_differs")
	:ivar message: what is wrong with this order, in a sentence
	:ivar breakdown: the parts and their sum, where money is at stake
	"""

	reason: str
	message: str
	what_to_do: str
	breakdown: tuple[tuple[str, Decimal], ...] = ()


@dataclass(slots=True)
class Skip:
	"""The policy doesn't book orders of this kind. :ivar parent_id: the order that is booked instead"""

	reason: str
	message: str
	parent_id: int = 0


@dataclass(slots=True)
class Failure:
	"""Something broke while this order was read or worked on; a later run tries again."""

	message: str
	reason: str = "error"


@dataclass(slots=True)
class Cancel:
	"""The order was cancelled in the store: what was booked for it before is cancelled, nothing new is booked."""

	reason: str
	message: str


@dataclass(slots=True)
class Unchanged:
	"""The order is booked and says what it said then."""


Translation = OrderDraft | Hold | Skip | Cancel | Failure | Unchanged


@dataclass(slots=True)
class OrderFacts:
	"""What the Order Map keeps of an order beside its outcome.

	:ivar payload_hash: the same while nothing that matters to the books changed in the store
	:ivar refunded_total: sum of the order's refunds as the store says it, positive
	:ivar refunded_elsewhere: sum of the refunds that stand on its sub-orders and are credited here, and what the order owes
		where its total is below zero
	:ivar tendered_total: what tenders settled of the sale beside `total`, and what it owes where its total is below zero
	:ivar received_unbooked: what was paid for an order that isn't booked, and wasn't given back
	:ivar parent_id: the order that this one is a part of, 0 for none
	:ivar anonymised: the shop has erased its personal data
	"""

	order_id: int
	number: str
	status: str
	currency: str
	total: Decimal
	payload_hash: str
	created_at: datetime | None = None
	modified_at: datetime | None = None
	refunded_total: Decimal = Decimal(0)
	payment_method: str = ""
	customer_name: str = ""
	refunded_elsewhere: Decimal = Decimal(0)
	tendered_total: Decimal = Decimal(0)
	received_unbooked: Decimal = Decimal(0)
	paid_at: datetime | None = None
	parent_id: int = 0
	anonymised: bool = False


@dataclass(slots=True)
class Outcome:
	"""One order of a page, ready to be booked: who it is and what it becomes."""

	order: OrderFacts
	translation: Translation
