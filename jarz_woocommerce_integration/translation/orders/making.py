"""The draft of one order that is booked: its lines, charges, payments and refunds, under the policy."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.amounts.balance import Balance
from jarz_woocommerce_integration.translation.amounts.below_zero import (
	OWED,
	owed_beside,
	owed_charge,
	owed_credit_note,
	paid_below_zero,
)
from jarz_woocommerce_integration.translation.amounts.charges import charges_of
from jarz_woocommerce_integration.translation.amounts.lines import Rows
from jarz_woocommerce_integration.translation.amounts.rounding import Precision, precision_of, rounded
from jarz_woocommerce_integration.translation.amounts.taxes import TaxRows
from jarz_woocommerce_integration.translation.bundles import SoldLine, sold_lines
from jarz_woocommerce_integration.translation.customers.addresses import billing_address, shipping_address
from jarz_woocommerce_integration.translation.customers.evidence import normalise_email
from jarz_woocommerce_integration.translation.customers.identity import resolve
from jarz_woocommerce_integration.translation.dates import dated_refund, stated
from jarz_woocommerce_integration.translation.delivery import delivery_of
from jarz_woocommerce_integration.translation.deposits import deposit_payments, payment_ids
from jarz_woocommerce_integration.translation.drafts import (
	Action,
	Failure,
	Hold,
	InvoiceDraft,
	OrderDraft,
	PaymentDraft,
	SalesOrderDraft,
	Skip,
	Translation,
)
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.orders.actions import delivery_notes_of
from jarz_woocommerce_integration.translation.orders.facts import fingerprint
from jarz_woocommerce_integration.translation.orders.prepared import PreparedOrder
from jarz_woocommerce_integration.translation.payments import payment_of
from jarz_woocommerce_integration.translation.policy import Policy, SubOrders
from jarz_woocommerce_integration.translation.refunds.credit_notes import CreditNotes
from jarz_woocommerce_integration.translation.refunds.repayments import Repayments
from jarz_woocommerce_integration.translation.sub_orders import is_sub_order
from jarz_woocommerce_integration.translation.tenders import (
	Tendered,
	taken_as_discount,
	tender_payments,
	without_fee_lines,
)
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.text import document_name

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order, Refund

SALES_ORDERS = (Action.SALES_ORDER_DRAFT, Action.SALES_ORDER)
DRAFTS = (Action.SALES_ORDER_DRAFT, Action.DRAFT)
ZERO = Decimal(0)


class DraftMaker:
	"""Makes the draft of an order that is booked.

	:param time_zone: the store's zone, in which delivery dates are meant
	"""

	def __init__(self, policy: Policy, territories: TerritoryIndex, time_zone: tzinfo):
		self.policy = policy
		self.territories = territories
		self.time_zone = time_zone

	def make(
		self, prepared: PreparedOrder, action: Action, listed: "Sequence[Refund]", lookups: Lookups
	) -> Translation:
		order = prepared.order
		is_credited = wants_refunds(order, action, self.policy)
		missing = {refund.id for refund in order.refunds} - {refund.id for refund in listed}
		if missing and is_credited:
			return Failure(
				Sentence("The store didn't give the details of refund {0}.", min(missing)),
				"refund_details_missing",
			)
		listed = (*(prepared.exact_refunds or listed), *prepared.sub_refunds)
		refunds = [dated_refund(refund, self.time_zone) for refund in listed]
		if hold := self._undated(order, refunds if is_credited else ()):
			return hold
		precision = precision_of(order, self.policy.money, prepared.total_is_cut)
		order, lines = self._rounded(prepared, precision)
		taxes = TaxRows(order, self.policy, precision.decimals)
		rows = self._rows(order, lines, taxes, lookups)
		rows.charges = without_fee_lines(rows.charges, prepared.tendered)
		known = lookups.orders.get(order.id)
		balance = Balance(
			order, precision, self.policy, prepared.tendered, known.resolution if known else None
		)
		hold = (
			balance.too_fine()
			or rows.hold
			or self._owe_credit(prepared, rows, balance.tendered)
			or balance.settle(rows)
			or paid_below_zero(order, balance.tendered_total)
		)
		if hold:
			return hold
		owed = owed_beside(order.total + balance.tendered_total, rows.sells)
		if owed:
			rows.charges.append(owed_charge(owed, self.policy))
		invoice = self._invoice(order, action, rows, taxes, balance, owed)
		if action in SALES_ORDERS and (invoice.is_return or owed):
			return Skip(
				"no_sales_order",
				"An order that comes to less than nothing becomes no Sales Order. It is booked when it is invoiced.",
			)
		payments = all_payments(prepared, action, balance.tendered, self.policy)
		if isinstance(payments, Hold):
			return payments
		repayments = Repayments(order, payments, refunds, self.policy)
		notes = CreditNotes(
			_with_all_refunds(order, prepared), invoice, repayments, taxes, precision, self.policy
		)
		if is_credited:
			hold = notes.make(refunds)
			if hold:
				return hold
			if owed:
				notes.made.append(owed_credit_note(order, invoice, notes.reader.amount_row(OWED, owed)))
		mapped, unreadable = prepared.fields.with_links(lookups.links)
		kind = SalesOrderDraft if action in SALES_ORDERS else OrderDraft
		return kind(
			action=action,
			currency=order.currency,
			receivable_account=self.policy.accounts.receivable,
			customer=resolve(order, prepared.evidence, lookups, self.policy),
			invoice=invoice,
			billing=billing_address(order, self.territories, self.policy),
			shipping=shipping_address(order, self.territories, self.policy),
			payments=payments,
			tendered_total=balance.tendered_total,
			owed_total=owed,
			findings=(
				*balance.findings,
				*repayments.findings,
				*taken_as_discount(order, self.policy),
				*unreadable,
			),
			credit_notes=notes.made,
			items=rows.items,
			delivery=delivery_of(order, self.policy, self.time_zone),
			remarks=order.customer_note,
			coupons=tuple(coupon.code for coupon in order.coupon_lines),
			payment_method_title=order.payment_method_title or order.payment_method,
			transaction_id=order.transaction_id,
			vat_number=prepared.vat.number,
			vat_exempt=prepared.vat.exempt,
			contact_email=normalise_email(order.billing.email),
			contact_phone=prepared.evidence.phone or prepared.evidence.phone_text,
			mapped=mapped,
			payment_terms=self.policy.gateway(order.payment_method).payment_terms,
			delivery_notes=delivery_notes_of(order, self.policy),
			language=language_of(order, self.policy),
		)

	def _rounded(self, prepared: PreparedOrder, precision: Precision) -> "tuple[Order, list[SoldLine]]":
		"""The order and its sold lines in the decimals that are booked."""
		order = rounded(prepared.order, precision.decimals)
		if order is prepared.order:
			return order, prepared.lines
		return order, sold_lines(order.line_items, self.policy.items.bundles)

	def _rows(self, order: "Order", lines: list[SoldLine], taxes: TaxRows, lookups: Lookups) -> Rows:
		rows = Rows(lookups, self.policy, taxes.decimals)
		for line in lines:
			rows.add(line)
		if not rows.rows and not rows.hold:
			rows.add_nothing(f"Order {order.number or order.id} has no lines that cost anything")
		rows.charges += charges_of(order, self.policy)
		rows.charges += taxes.charges(rows.rows_of_line)
		return rows

	def _owe_credit(self, prepared: PreparedOrder, rows: Rows, tendered: list[Tendered]) -> Hold | None:
		"""Book credit that is sold as owed. What is owed to customers needs an account that a person has named."""
		for row in rows.rows if prepared.sold_credit else ():
			if kind := prepared.sold_credit.get(row.order_line_id):
				row.account = self.policy.tender(kind).account
		for kind in sorted({*prepared.sold_credit.values(), *(tender.kind for tender in tendered)}):
			if not self.policy.tender(kind).account:
				return Hold(
					"no_credit_account",
					Sentence(
						"The order is paid by credit or sells credit ({0}), but no account is set for credit owed to customers.",
						kind.value,
					),
					"Set the account for gift cards and store credit (a liability account). Then run again.",
				)
		return None

	def _invoice(
		self,
		order: "Order",
		action: Action,
		rows: Rows,
		taxes: TaxRows,
		balance: Balance,
		owed: Decimal,
	) -> InvoiceDraft:
		total = order.total + balance.tendered_total + owed
		invoice = InvoiceDraft(
			name=document_name(f"{self.policy.invoice_prefix}{order.number or order.id}"),
			posted_at=stated(order.date_created_gmt),
			rows=rows.rows,
			charges=rows.charges,
			total=total,
			fingerprint="",
			submit=action not in DRAFTS,
			is_return=total < 0,
			untaxed=taxes.untaxed + balance.redeemed_total + owed,
		)
		if invoice.is_return:
			_turn_round(invoice)
		invoice.fingerprint = fingerprint(invoice, order.currency)
		return invoice

	def _undated(self, order: "Order", refunds: "Sequence[Refund]") -> Hold | None:
		if order.date_created_gmt is None:
			has_none = Sentence(
				"The order has no date in the store, neither in UTC nor in the shop's own time."
			)
		elif undated := [refund.id for refund in refunds if refund.date_created_gmt is None]:
			has_none = Sentence(
				"Its refund {0} has no date in the store, neither in UTC nor in the shop's own time.",
				undated[0],
			)
		else:
			return None
		return Hold(
			"no_date",
			has_none,
			"Don't save the order in the shop: it would get today's date. Ask whoever looks after the shop to write the date into"
			" its database, or book the order by hand.",
		)


def language_of(order: "Order", policy: Policy) -> str:
	"""The customer's language, as Polylang's own field or another plugin's meta data names it, "" for none."""
	values = {meta.key: meta.value for meta in reversed(order.meta_data)}
	said = (order.lang, *(values.get(key) for key in policy.language_keys))
	return next((text.strip()[:20] for text in said if isinstance(text, str) and text.strip()), "")


def wants_refunds(order: "Order", action: Action | None, policy: Policy) -> bool:
	"""Whether the details of an order's refunds are needed: only what is submitted can be credited.

	Those of a sub-order are read with its parent, which is booked.
	"""
	if policy.sub_orders is SubOrders.PARENT and is_sub_order(order):
		return False
	return action in (Action.SUBMIT, Action.SUBMIT_AND_PAY)


def all_payments(
	prepared: PreparedOrder, action: Action, tendered: Sequence[Tendered], policy: Policy
) -> list[PaymentDraft] | Hold:
	"""Everything that was paid of an order: by credit, and by its gateway, where it is paid in parts each of them."""
	order = prepared.order
	if action not in (Action.SUBMIT, Action.SUBMIT_AND_PAY):
		return []
	if payment_ids(order):
		parts = deposit_payments(order, prepared.payments, action, policy)
	else:
		payment = payment_of(order, action, policy)
		parts = [payment] if payment else []
	if isinstance(parts, Hold):
		return parts
	return [*tender_payments(order, tendered, policy), *parts]


def _with_all_refunds(order: "Order", prepared: PreparedOrder) -> "Order":
	"""The order with the refunds that stand on its sub-orders among its own."""
	if not prepared.sub_refunds:
		return order
	theirs = [summary for sub in prepared.sub_orders for summary in sub.refunds]
	return order.model_copy(update={"refunds": [*order.refunds, *theirs]})


def _turn_round(invoice: InvoiceDraft) -> None:
	"""A return's row has a negative quantity. It costs nothing: all that the order has stands beside it."""
	invoice.rows = [replace(row, quantity=-row.quantity) for row in invoice.rows]
