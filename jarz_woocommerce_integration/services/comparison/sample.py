"""One order of the sample: what the shop says of it now beside what its documents say, field by field.

What the shop says is taken from its own answer, not from the draft that was booked once: only which account, gateway
and bundle is meant comes from the store's settings.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, tzinfo
from decimal import Decimal

from jarz_woocommerce_integration.services.comparison.taxes import BookedTax
from jarz_woocommerce_integration.store.payloads import Order, Refund
from jarz_woocommerce_integration.store.related import Related
from jarz_woocommerce_integration.translation.amounts.balance import Balance
from jarz_woocommerce_integration.translation.amounts.below_zero import owed_beside, owed_charge
from jarz_woocommerce_integration.translation.amounts.charges import charges_of, tax_charges
from jarz_woocommerce_integration.translation.amounts.money import unit_of
from jarz_woocommerce_integration.translation.amounts.rounding import precision_of, rounded
from jarz_woocommerce_integration.translation.bundles import SoldLine, sold_lines
from jarz_woocommerce_integration.translation.customers.addresses import billing_address
from jarz_woocommerce_integration.translation.customers.companies import name_of_new_customer
from jarz_woocommerce_integration.translation.customers.evidence import evidence_of
from jarz_woocommerce_integration.translation.customers.tax_numbers import vat_facts_of
from jarz_woocommerce_integration.translation.drafts import Action, ChargeKind, ChargeRow, Hold, PaymentDraft
from jarz_woocommerce_integration.translation.lookups import Resolution
from jarz_woocommerce_integration.translation.orders.actions import action_of
from jarz_woocommerce_integration.translation.orders.making import all_payments
from jarz_woocommerce_integration.translation.orders.prepared import PreparedOrder
from jarz_woocommerce_integration.translation.policy import CustomerMode, Policy
from jarz_woocommerce_integration.translation.refunds.repayments import Repayments
from jarz_woocommerce_integration.translation.tenders import without_fee_lines
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.text import clean, fold

ZERO = Decimal(0)
NOTHING = "nothing"
LONGEST = 140  # of a text that is shown, and of most text columns
OTHER_SETTINGS = "booked under other settings of the store"
REVENUE = ("Income", "Expense")
CHARGES = {
	ChargeKind.TAX: "Tax",
	ChargeKind.SHIPPING: "Shipping",
	ChargeKind.FEE: "Fee",
	ChargeKind.DISCOUNT: "Deduction",
	ChargeKind.REFUND: "Beside the sale",
	ChargeKind.ROUNDING: "Rounding",
}


# --- what the books have ---


@dataclass(slots=True)
class BookedRow:
	"""One item row. :ivar line_id: of the order, 0 for none"""

	line_id: int
	name: str
	description: str
	quantity: Decimal
	amount: Decimal


@dataclass(slots=True)
class BookedPayment:
	"""Money of a payment of the order or of a refund's repayment; `amount` in the order's currency.

	:ivar key: of a payment beside the order's own
	:ivar settled: what the general ledger takes off the receivable, in the company's currency; None where the payment is
		a row of the invoice
	"""

	name: str
	mode_of_payment: str
	account: str
	amount: Decimal
	refund_id: int = 0
	key: str = ""
	settled: Decimal | None = None


@dataclass(slots=True)
class BookedNote:
	refund_id: int
	name: str
	total: Decimal


@dataclass(slots=True)
class Entries:
	"""What the general ledger has of one voucher, in the company's currency.

	:ivar receivable: debit less credit on the customers' account; :ivar revenue: credit less debit of income and expense
	"""

	voucher: str
	debit: Decimal = ZERO
	credit: Decimal = ZERO
	receivable: Decimal = ZERO
	revenue: Decimal = ZERO


@dataclass
class Documents:
	"""The books of one order.

	:ivar foreign: its currency isn't the company's; :ivar today: booked under the policy that holds today
	:ivar base_total: the invoice's total in the company's currency; :ivar base_revenue: what of it is income and expense
	:ivar paid_within: what of it is paid by rows of the invoice; :ivar roots: account -> root type, of its charges
	:ivar found_by: how the customer was found, "" where it was made for this order
	:ivar address: the bill's, as one text; :ivar other_evidence: e-mails and phones that no contact can hold
	:ivar resolution: what a person has decided about the order
	"""

	invoice: str
	submitted: bool
	number: str
	day: date
	currency: str
	total: Decimal
	foreign: bool
	today: bool
	base_total: Decimal
	base_revenue: Decimal
	paid_within: Decimal = ZERO
	customer_name: str = ""
	found_by: str = ""
	emails: set[str] = field(default_factory=set)
	other_evidence: str = ""
	address: str = ""
	vat_number: str = ""
	vat_exempt: bool = False
	rows: list[BookedRow] = field(default_factory=list)
	charges: list[BookedTax] = field(default_factory=list)
	payments: list[BookedPayment] = field(default_factory=list)
	notes: list[BookedNote] = field(default_factory=list)
	entries: list[Entries] = field(default_factory=list)
	roots: dict[str, str] = field(default_factory=dict)
	resolution: Resolution | None = None


# --- what was compared ---


@dataclass(slots=True)
class ComparedField:
	"""Both values as texts. :ivar why: the reason for which a difference is none; it is shown all the same"""

	field: str
	store: str
	books: str
	equal: bool
	why: str = ""


@dataclass
class SampledOrder:
	"""One order of the sample.

	:ivar verdict: "equal"; "different"; "changed" (in the store, since it was booked: what differs is shown and isn't
		judged here); "gone" (not in the store's list); "unreadable"
	"""

	order_id: int
	number: str
	invoice: str
	verdict: str
	note: str = ""
	fields: list[ComparedField] = field(default_factory=list)

	def as_dict(self) -> dict:
		return asdict(self)


@dataclass
class Sample:
	"""A random sample of booked orders.

	:ivar asked: so many were wanted; :ivar drawn_from: of so many booked orders; :ivar seed: draws the same ones again
	"""

	asked: int
	seed: int
	drawn_from: int
	orders: list[SampledOrder] = field(default_factory=list)

	@property
	def different(self) -> list[SampledOrder]:
		return [order for order in self.orders if order.verdict == "different"]

	def as_dict(self) -> dict:
		"""Plain data, orders that differ first."""
		ranked = sorted(self.orders, key=lambda order: (order.verdict == "equal", order.order_id))
		verdicts = [order.verdict for order in self.orders]
		return {
			"asked": self.asked,
			"seed": self.seed,
			"drawn_from": self.drawn_from,
			"compared": len(self.orders),
			"fields": sum(len(order.fields) for order in self.orders),
			**{
				verdict: verdicts.count(verdict)
				for verdict in ("equal", "different", "changed", "gone", "unreadable")
			},
			"orders": [order.as_dict() for order in ranked],
		}


@dataclass(frozen=True)
class Rules:
	"""What decides what an order should have become.

	:ivar zone: in which documents are dated; :ivar as_booked: what the books make of a text of the shop
	"""

	policy: Policy
	territories: TerritoryIndex
	zone: tzinfo
	as_booked: Callable[[str], str] = str


def compare_order(
	order: Order,
	refunds: Sequence[Refund],
	documents: Documents,
	rules: Rules,
	related: Related | None = None,
) -> list[ComparedField]:
	"""Every field of an order beside its documents'.

	:param related: what belongs to the order and isn't part of it: refunds of its sub-orders, its payments
	"""
	return _Comparison(
		PreparedOrder(order, rules.policy, rules.zone, related), refunds, documents, rules
	).fields()


class _Comparison:
	def __init__(
		self, prepared: PreparedOrder, refunds: Sequence[Refund], documents: Documents, rules: Rules
	):
		self.prepared = prepared
		self.precision = precision_of(prepared.order, rules.policy.money, prepared.total_is_cut)
		self.order = order = rounded(prepared.order, self.precision.decimals)
		self.refunds = [*(prepared.exact_refunds or refunds), *prepared.sub_refunds]
		self.books = documents
		self.rules = rules
		self.policy = rules.policy
		self.compared: list[ComparedField] = []
		self.in_items = ZERO  # what the shop charges for the lines that stand among the items
		self.balance = Balance(order, self.precision, self.policy, prepared.tendered, documents.resolution)
		taxes = [charge for charge in tax_charges(order.tax_lines, self.policy) if charge.amount]
		fees = without_fee_lines(charges_of(order, self.policy), prepared.tendered)
		self.charges = [*fees, *taxes, *self.balance.charges]
		total = order.total + self.balance.tendered_total
		self.owed = owed_beside(total, self._sells_goods())
		if self.owed:
			self.charges.append(owed_charge(self.owed, self.policy))
		self.sold_total = total + self.owed

	def _sells_goods(self) -> bool:
		sold = sold_lines(self.order.line_items, self.policy.items.bundles)
		return any(line.quantity >= 0 and line.total >= 0 and (line.quantity or line.total) for line in sold)

	def fields(self) -> list[ComparedField]:
		self._compare_head()
		expected = [*self._compare_lines(), *self.charges]
		self._compare_charges(expected)
		self._compare_customer()
		self._compare_vat()
		if self.books.submitted:
			self._compare_payment()
			self._compare_refunds()
			self._compare_ledger(expected)
		return self.compared

	def _add(self, name: str, store: object, books: object, equal: bool | None = None, why: str = "") -> None:
		equal = store == books if equal is None else equal
		self.compared.append(ComparedField(name, _text(store), _text(books), equal, "" if equal else why))

	# --- the invoice ---

	def _compare_head(self) -> None:
		order, books = self.order, self.books
		number = clean(order.number or str(order.id))
		self._add("Number", number, books.number, fold(number) == fold(books.number))
		made = order.date_created_gmt
		self._add("Date", made and made.astimezone(self.rules.zone).date(), books.day)
		self._add("Currency", order.currency, books.currency)
		self._add("Total", self.sold_total, books.total)

	def _compare_lines(self) -> list[ChargeRow]:
		"""Compare the sold lines. :return: those that an invoice can't have among its items, so they stand beside them"""
		beside: list[ChargeRow] = []
		by_line: dict[int, list[SoldLine]] = {}
		for sold in sold_lines(self.order.line_items, self.policy.items.bundles):
			if sold.quantity < 0 or sold.total < 0:
				if sold.total:
					account = self.policy.accounts.discounts
					beside.append(
						ChargeRow(ChargeKind.DISCOUNT, account, sold.name, sold.total, sold.line.id)
					)
			elif sold.quantity or sold.total:
				by_line.setdefault(sold.line.id, []).append(sold)
		for line_id, group in by_line.items():
			rows = [row for row in self.books.rows if row.line_id == line_id]
			self._compare_line(line_id, group, rows)
		for row in self.books.rows:
			if row.line_id not in by_line and (row.amount or row.line_id):
				self._add(f"Item row {row.name}", None, row.amount)
		return beside

	def _compare_line(self, line_id: int, sold: list[SoldLine], rows: list[BookedRow]) -> None:
		name = f"Line {line_id}"
		if len(sold) == 1:
			line = sold[0]
			unit = unit_of(self.policy.items.quantity_decimals)
			quantity = line.quantity.quantize(unit).normalize() or Decimal(1)
			self._add(f"{name}: quantity", quantity, _quantity(rows, quantity))
			wanted = fold(self.rules.as_booked(line.name))
			booked = rows[0].description if rows else NOTHING
			self._add(f"{name}: name", line.name, booked, bool(rows) and wanted in fold(booked))
		total = sum((line.total for line in sold), ZERO)
		self.in_items += total
		self._add(f"{name}: amount", total, sum((row.amount for row in rows), ZERO))

	def _compare_charges(self, expected: list[ChargeRow]) -> None:
		"""Compare what stands beside the items. The order's own rounding is what its parts lack of its total."""
		rounding = self.sold_total - self.in_items - sum((charge.amount for charge in expected), ZERO)
		if rounding and self.balance.is_booked_as_rounding:
			account = self.policy.accounts.rounding
			expected.append(ChargeRow(ChargeKind.ROUNDING, account, "Rounding", rounding))
		left = list(self.books.charges)
		for charge in expected:
			name = f"{CHARGES[charge.kind]} {charge.description}"[:LONGEST]
			row = self._row_of(charge, left)
			self._add(name, charge.amount, row and row.amount)
			if row:
				left.remove(row)
				why = "" if self.books.today else OTHER_SETTINGS
				self._add(f"{name}: account", charge.account, row.account, why=why)
		for row in left:
			if row.amount:
				self._add(f"Row {row.description}"[:LONGEST], None, row.amount)

	def _row_of(self, charge: ChargeRow, rows: list[BookedTax]) -> BookedTax | None:
		wanted = fold(self.rules.as_booked(charge.description[:LONGEST]) or charge.kind.value)
		same = [row for row in rows if fold(row.description) == wanted]
		return min(same, key=lambda row: row.amount != charge.amount, default=None)  # type: ignore[union-attr]  # `default` isn't handed to `key`

	# --- the customer ---

	def _compare_vat(self) -> None:
		"""The number, and whether the order is exempt. Invoices of before the app read them have neither."""
		vat, books = vat_facts_of(self.order, self.policy), self.books
		if vat.number or books.vat_number:
			why = "" if books.today else OTHER_SETTINGS
			same = fold(vat.number) == fold(books.vat_number)
			self._add("VAT number", vat.number, books.vat_number, same, why)
		if vat.exempt or books.vat_exempt:
			why = "" if books.today else OTHER_SETTINGS
			self._add("VAT exempt", vat.exempt, books.vat_exempt, why=why)

	def _compare_customer(self) -> None:
		evidence, books = evidence_of(self.order, self.policy), self.books
		if self.policy.customers.mode is CustomerMode.ONE_CUSTOMER:
			self._add("Customer", self.policy.customers.one_customer, books.customer_name)
			return
		why = f"the customer was known already, by {books.found_by}" if books.found_by else ""
		if not why and not books.today:
			why = OTHER_SETTINGS
		name = name_of_new_customer(evidence, self.policy)
		self._add("Customer", name, books.customer_name, fold(clean(name)) == fold(books.customer_name), why)
		if evidence.email:
			known = evidence.email in books.emails or evidence.email in books.other_evidence.casefold()
			self._add("E-mail", evidence.email, ", ".join(sorted(books.emails)), known)
		if address := billing_address(self.order, self.rules.territories, self.policy):
			lines = clean(f"{address.line_1} {address.line_2}", LONGEST)
			words = fold(f"{lines} {address.postcode}").split()
			same = set(words) <= set(fold(books.address).split())
			parts = (
				address.line_1,
				address.line_2,
				address.city,
				address.state,
				address.postcode,
				address.country,
			)
			self._add("Billing address", ", ".join(filter(None, parts)), books.address, same)

	# --- payment and refunds ---

	def _compare_payment(self) -> None:
		expected = {payment.key: payment for payment in self._payments()}
		booked: dict[str, list[BookedPayment]] = {}
		for payment in self.books.payments:
			if not payment.refund_id:
				booked.setdefault(payment.key, []).append(payment)
		for key in sorted({"", *expected, *booked}):
			self._compare_payment_of(key, expected.get(key), booked.get(key, []))

	def _payments(self) -> list[PaymentDraft]:
		action = action_of(self.order, self.policy) or Action.IGNORE
		payments = all_payments(self.prepared, action, self.balance.tendered, self.policy)
		return [] if isinstance(payments, Hold) else payments

	def _compare_payment_of(self, key: str, payment: PaymentDraft | None, found: list[BookedPayment]) -> None:
		amount = sum((booked.amount for booked in found), ZERO) if found else None
		why = "" if self.books.today else OTHER_SETTINGS
		name = f" ({key})" if key else ""
		self._add(f"Paid{name}", payment and payment.amount, amount, why=why)
		if payment and found:
			self._add(f"Paid by{name}", payment.mode_of_payment, found[0].mode_of_payment, why=why)
			self._add(f"Paid into{name}", payment.account, found[0].account, why=why)

	def _compare_refunds(self) -> None:
		notes = {note.refund_id: note for note in self.books.notes}
		repaid = {payment.refund_id: payment for payment in self.books.payments if payment.refund_id}
		repayments = Repayments(self.order, self._payments_in_books(), self.refunds, self.policy)
		for refund in self.refunds:
			if refund.amount:
				note = notes.pop(refund.id, None)
				self._add(f"Credit note of refund {refund.id}", -refund.amount, note and note.total)
				self._compare_repayment(refund, repayments.of(refund), repaid.get(refund.id))
		if self.owed:
			note = notes.pop(self.order.id, None)
			self._add("Credit note of what is owed", -self.owed, note and note.total)
		for note in notes.values():
			self._add(f"Credit note {note.name}", None, note.total)

	def _payments_in_books(self) -> list[PaymentDraft]:
		"""What the order is paid with by the books, too: it decides how refunds are paid back."""
		booked = {payment.key for payment in self.books.payments if not payment.refund_id}
		return [payment for payment in self._payments() if payment.key in booked]

	def _compare_repayment(
		self, refund: Refund, expected: PaymentDraft | None, booked: BookedPayment | None
	) -> None:
		if not (expected or booked):
			return
		why = "" if self.books.today else OTHER_SETTINGS
		amount = expected and expected.amount
		self._add(f"Refund {refund.id} paid back", amount, booked and booked.amount, why=why)
		if expected and booked:
			self._add(f"Refund {refund.id} paid from", expected.account, booked.account, why=why)

	# --- the general ledger ---

	def _compare_ledger(self, expected: Iterable[ChargeRow]) -> None:
		books = self.books
		for entries in books.entries:
			self._add(f"Ledger of {entries.voucher}: debit is credit", entries.debit, entries.credit)
		own = next(
			(entries for entries in books.entries if entries.voucher == books.invoice), Entries(books.invoice)
		)
		total, revenue = self.sold_total, self._revenue(expected)
		if books.foreign:  # the shop knows nothing of the company's currency
			total, revenue = books.base_total, books.base_revenue
		self._add("Ledger: receivable", total - books.paid_within, own.receivable)
		self._add("Ledger: revenue", revenue, own.revenue)
		for payment in books.payments:
			if payment.settled is not None and not books.foreign:
				self._add(f"Ledger: {payment.name} settles", payment.amount, payment.settled)

	def _revenue(self, charges: Iterable[ChargeRow]) -> Decimal:
		"""What was sold without what stands on other accounts than revenue's: taxes, and credit that is sold."""
		roots = self.books.roots
		credit = sum(
			(line.total for line in self.order.line_items if line.id in self.prepared.sold_credit), ZERO
		)
		return (
			self.sold_total
			- credit
			- sum((c.amount for c in charges if roots.get(c.account) not in REVENUE), ZERO)
		)


def _quantity(rows: Iterable[BookedRow], wanted: Decimal) -> Decimal:
	"""The pieces of a line. A part of a piece, of an item that is counted in whole ones, is one row that says it in words."""
	rows = list(rows)
	if len(rows) == 1 and fold(rows[0].name).startswith(fold(f"{wanted:f} x")):
		return wanted if rows[0].quantity > 0 else -wanted
	return sum((row.quantity for row in rows), ZERO).normalize()


def _text(value: object) -> str:
	if value is None:
		return NOTHING
	if isinstance(value, Decimal):
		return f"{value:f}"
	return str(value)[:LONGEST]
