"""Small drafts for the tests of ledgers."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from jarz_woocommerce_integration.translation.drafts import (
	Action,
	AddressDraft,
	AdvanceDraft,
	ChargeKind,
	ChargeRow,
	CreditNoteDraft,
	CustomerDraft,
	Decision,
	InvoiceDraft,
	InvoiceRow,
	ItemDraft,
	OrderDraft,
	OrderFacts,
	Outcome,
	PaymentDraft,
	SalesOrderDraft,
	Translation,
)

WHEN = datetime(2026, 3, 1, 10, 30, tzinfo=timezone.utc)
POLICY = "policy-1"
ARABIC = 'محمد "أبو" O\'Neil; DROP TABLE invoice; <script>alert(1)</script>'


@dataclass
class DraftFactory:
	"""Makes outcomes of orders. A ledger's tests set the names of the accounts that it really has."""

	income: str = "Sales"
	tax: str = "VAT"
	fees: str = "Fee Income"
	receivable: str = "Debtors"
	cash: str = "Cash"
	mode_of_payment: str = "Cash"
	currency: str = "EGP"
	item_codes: tuple[str, ...] = field(default=("SKU-1", "SKU-2"))

	def order(self, order_id: int, total: str = "114.00", **changes) -> OrderFacts:
		facts = OrderFacts(
			order_id=order_id,
			number=str(order_id),
			status="processing",
			currency=self.currency,
			total=Decimal(total),
			payload_hash=f"payload-{order_id}",
			created_at=WHEN + timedelta(minutes=order_id),
			modified_at=WHEN + timedelta(minutes=order_id, seconds=7),
			payment_method="cod",
			customer_name=f"Customer {order_id}",
		)
		return replace(facts, **changes)

	def customer(self, number: int, outcome: str = "new", **changes) -> CustomerDraft:
		draft = CustomerDraft(
			key=f"CUST-{number}",
			name=f"Customer {number}",
			decision=Decision(outcome, "none" if outcome == "new" else "e-mail"),
			emails=(f"person{number}@example.com",),
			phones=(f"+2010{number:08d}",),
		)
		return replace(draft, **changes)

	def address(self, number: int, kind: str = "Billing", **changes) -> AddressDraft:
		draft = AddressDraft(
			kind=kind,
			signature=f"{number:032x}",
			name=f"Customer {number}",
			company="",
			line_1=f"{number} Nile Street",
			line_2="",
			city="Cairo",
			state="",
			postcode="",
			country="EG",
			territory=None,
			territory_code="EGC",
		)
		return replace(draft, **changes)

	def row(self, amount: str, quantity: str = "1", item: int = 0, line: int = 1) -> InvoiceRow:
		code = self.item_codes[item]
		rate = Decimal(amount) / Decimal(quantity)
		return InvoiceRow(
			item_code=code,
			item_name=f"Name of {code}",
			description="",
			quantity=Decimal(quantity),
			rate=rate,
			amount=Decimal(amount),
			price_list_rate=abs(rate),
			account=self.income,
			order_line_id=line,
			sku=code,
		)

	def charge(self, amount: str, kind: ChargeKind = ChargeKind.TAX) -> ChargeRow:
		account = self.tax if kind is ChargeKind.TAX else self.fees
		return ChargeRow(kind, account, kind.value.title(), Decimal(amount))

	def invoice(
		self, order_id: int, rows: list[InvoiceRow], charges: list[ChargeRow], **changes
	) -> InvoiceDraft:
		total = sum((part.amount for part in (*rows, *charges)), Decimal(0))
		draft = InvoiceDraft(
			name=f"WOO-{order_id}",
			posted_at=WHEN + timedelta(minutes=order_id),
			rows=rows,
			charges=charges,
			total=total,
			fingerprint=f"{[(row.quantity, row.amount) for row in rows]} {total}",
			is_return=total < 0,
		)
		return replace(draft, **changes)

	def payment(self, amount: str) -> PaymentDraft:
		return PaymentDraft(
			amount=Decimal(amount),
			mode_of_payment=self.mode_of_payment,
			account=self.cash,
			paid_at=WHEN + timedelta(days=1),
			gateway="cod",
			gateway_title="Cash on delivery",
			reference="R-1",
		)

	def credit_note(self, refund_id: int, amount: str, repaid: bool = False) -> CreditNoteDraft:
		"""A refund of `amount` (positive) of the first item."""
		row = replace(self.row(amount), quantity=Decimal(-1), rate=Decimal(amount), amount=-Decimal(amount))
		return CreditNoteDraft(
			refund_id=refund_id,
			name=f"WOO-R{refund_id}",
			posted_at=WHEN + timedelta(days=2),
			rows=[row],
			charges=[],
			total=-Decimal(amount),
			reason="broken",
			repayment=self.payment(amount) if repaid else None,
		)

	def items(self) -> list[ItemDraft]:
		return [
			ItemDraft(code, f"Name of {code}", 900 + n, 0, code) for n, code in enumerate(self.item_codes)
		]

	def draft(self, order_id: int, net: str = "100.00", tax: str = "14.00", **changes) -> OrderDraft:
		"""An order of one row and one tax. Its customer is a new one of the same number."""
		draft = OrderDraft(
			action=Action.SUBMIT_AND_PAY,
			currency=self.currency,
			receivable_account=self.receivable,
			customer=self.customer(order_id),
			invoice=self.invoice(order_id, [self.row(net)], [self.charge(tax)] if Decimal(tax) else []),
			billing=self.address(order_id),
			items=self.items(),
		)
		return replace(draft, **changes)

	def below_zero(self, order_id: int, owed: str = "15.00") -> OrderDraft:
		"""Goods that are sold, of which a fee takes off more than they cost: the shop owes the customer the rest."""
		rest = Decimal(owed)
		goods, cheap = self.row("0.00"), self.row("100.00", "2", 1, 2)
		fee = replace(self.charge(str(-rest - 100), ChargeKind.FEE), description="Voucher")
		charge = replace(self.charge(owed, ChargeKind.REFUND), description="Owed to the customer")
		row = replace(
			self.row(owed),
			quantity=Decimal(-1),
			amount=-rest,
			order_line_id=0,
			item_code="WOO-REFUND",
			sku="",
		)
		note = replace(self.credit_note(order_id, owed), rows=[replace(row, account=charge.account)])
		draft = self.draft(order_id, invoice=self.invoice(order_id, [goods, cheap], [fee, charge]))
		draft.coupons, draft.owed_total = ("save10",), rest
		draft.credit_notes = [replace(note, posted_at=draft.invoice.posted_at, untaxed=-rest)]
		return draft

	def advance(self, order_id: int, amount: str = "114.00") -> AdvanceDraft:
		"""What came in for an order that isn't booked."""
		return AdvanceDraft(
			action=Action.IGNORE,
			currency=self.currency,
			receivable_account=self.receivable,
			customer=self.customer(order_id),
			invoice=self.invoice(order_id, [], [], submit=False),
			payments=[replace(self.payment(amount), key="advance")],
			reason="status_cancelled",
			message="Cancelled, and paid.",
		)

	def sales_order(self, order_id: int, **changes) -> SalesOrderDraft:
		"""An order that isn't invoiced yet."""
		draft = self.draft(order_id, **changes)
		fields = {name: getattr(draft, name) for name in draft.__dataclass_fields__}
		return SalesOrderDraft(**{**fields, "action": Action.SALES_ORDER})

	def booked(self, order_id: int, draft: OrderDraft | None = None, **facts) -> Outcome:
		"""The outcome of an order that is to be booked; its facts agree with the draft where `facts` don't say otherwise."""
		draft = draft or self.draft(order_id)
		owed = draft.owed_total
		order = self.order(order_id, total=str(draft.invoice.total - owed), currency=draft.currency)
		return Outcome(
			replace(order, **({"tendered_total": owed, "refunded_elsewhere": owed} | facts)), draft
		)

	def unbooked(self, order_id: int, translation: Translation, **facts) -> Outcome:
		return Outcome(self.order(order_id, **facts), translation)
