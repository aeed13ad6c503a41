"""An order, the policy and what the ledger has -> the draft of its books, or the reason why not. No I/O.

`Translator` works on one page at a time: `keys` tells what to look up, `translate` makes the outcomes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.addresses import billing_address, shipping_address
from jarz_woocommerce_integration.translation.bundles import SoldLine, sold_lines
from jarz_woocommerce_integration.translation.charges import amounts_of, charges_of, tax_itemised
from jarz_woocommerce_integration.translation.dates import dated_order, dated_refund
from jarz_woocommerce_integration.translation.delivery import delivery_of
from jarz_woocommerce_integration.translation.drafts import (
	Action,
	Cancel,
	ChargeKind,
	ChargeRow,
	Failure,
	Hold,
	InvoiceDraft,
	OrderDraft,
	OrderState,
	Outcome,
	Skip,
	Translation,
	Unchanged,
)
from jarz_woocommerce_integration.translation.identity import (
	Evidence,
	evidence_of,
	normalise_email,
	note_phones,
	resolve,
)
from jarz_woocommerce_integration.translation.items import alias_keys
from jarz_woocommerce_integration.translation.lines import Rows
from jarz_woocommerce_integration.translation.lookups import LookupKeys, Lookups
from jarz_woocommerce_integration.translation.money import fits
from jarz_woocommerce_integration.translation.order_facts import facts_of, facts_of_broken, fingerprint
from jarz_woocommerce_integration.translation.payments import payment_of
from jarz_woocommerce_integration.translation.policy import NegativeTotal, Policy
from jarz_woocommerce_integration.translation.refunds import CreditNotes
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.text import document_name
from jarz_woocommerce_integration.translation.unforeseen import failure_of

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order, Refund

ZERO = Decimal(0)
# Leaves room in a document's name for a refund's id, and for what tells two orders of one number apart.
LONGEST_NAME = 90
# Each tax rate of an order is rounded once by the store; more than a cent for each is no rounding.
TAX_ROUNDING = Decimal("0.01")


class PreparedOrder:
	"""An order of a page with what is worked out once and used twice: for its keys and for its draft.

	:ivar failure: why the order can't be translated at all, where the app breaks on it
	"""

	__slots__ = ("evidence", "failure", "lines", "order")

	def __init__(self, order: "Order", policy: Policy, time_zone: tzinfo):
		self.order = order
		self.failure: Failure | None = None
		self.evidence, self.lines = Evidence(), []
		try:
			self._prepare(policy, time_zone)
		except Exception as error:
			self.failure = failure_of(error, order.id)

	def _prepare(self, policy: Policy, time_zone: tzinfo) -> None:
		self.order = dated_order(self.order, time_zone)
		evidence: Evidence = evidence_of(self.order, policy)
		lines: list[SoldLine] = sold_lines(self.order.line_items, policy.items.bundles)
		self.evidence, self.lines = evidence, lines


class Translator:
	"""Translates pages under one policy.

	:param time_zone: the store's zone, in which delivery dates are meant
	"""

	def __init__(self, policy: Policy, territories: TerritoryIndex, time_zone: tzinfo):
		self.policy = policy
		self.policy_hash = policy.hash
		self.territories = territories
		self.time_zone = time_zone

	def prepare(self, orders: "Sequence[Order]") -> list[PreparedOrder]:
		return [PreparedOrder(order, self.policy, self.time_zone) for order in orders]

	def wants_refunds(self, order: "Order") -> bool:
		"""Whether the details of the order's refunds are needed: only what is submitted can be credited."""
		return self.policy.statuses.get(order.status) in (Action.SUBMIT, Action.SUBMIT_AND_PAY)

	def keys(self, page: Sequence[PreparedOrder]) -> LookupKeys:
		"""Every key of the page by which the ledger may know something."""
		lines = [line for prepared in page for line in prepared.lines]
		aliases = self.policy.items.aliases
		products = {(line.product_id, line.variation_id) for line in lines if line.product_id}
		return LookupKeys(
			order_ids=frozenset(prepared.order.id for prepared in page),
			store_customer_ids=frozenset(p.order.customer_id for p in page if p.order.customer_id),
			emails=frozenset(p.evidence.email for p in page if p.evidence.email),
			phones=frozenset(p.evidence.phone for p in page if p.evidence.phone),
			products=frozenset(products | {(product, 0) for product, _variation in products}),
			skus=frozenset(line.sku for line in lines if line.sku),
			item_codes=frozenset(aliases[key] for line in lines for key in alias_keys(line) if key in aliases)
			if aliases
			else frozenset(),
		)

	def translate(
		self, page: Sequence[PreparedOrder], refunds: "Mapping[int, Sequence[Refund]]", lookups: Lookups
	) -> list[Outcome]:
		"""The outcome of each order, in their order: earlier orders of a page make customers known to later ones.

		:param refunds: details by order id, of the orders that have refunds
		"""
		note_phones((prepared.evidence for prepared in page), lookups)
		return [self._translate(prepared, refunds, lookups) for prepared in page]

	def _translate(self, prepared: PreparedOrder, refunds, lookups: Lookups) -> Outcome:
		"""One order. Whatever the app breaks on in it, the order is listed with that, and the others go on."""
		if prepared.failure:
			return Outcome(facts_of_broken(prepared.order), prepared.failure)
		try:
			facts = facts_of(prepared.order)
			return Outcome(facts, self._decide(prepared, facts.payload_hash, refunds, lookups))
		except Exception as error:
			return Outcome(facts_of_broken(prepared.order), failure_of(error, prepared.order.id))

	def _decide(self, prepared: PreparedOrder, payload_hash: str, refunds, lookups: Lookups) -> Translation:
		order = prepared.order
		known = lookups.orders.get(order.id)
		if known and known.payload_hash == payload_hash:
			if known.state in (OrderState.SYNCED, OrderState.CANCELLED):
				return Unchanged()
			if known.state is OrderState.SKIPPED and known.policy_hash == self.policy_hash:
				return Unchanged()
		action = self.policy.statuses.get(order.status)
		if action is None:
			return Hold(
				"unknown_status",
				f'The policy doesn\'t say what to do with orders in status "{order.status}".',
				f'Add "{order.status}" to the policy\'s table of statuses.',
			)
		if action is Action.IGNORE:
			return Skip(f"status_{order.status}", f'The policy ignores orders in status "{order.status}".')
		if action is Action.CANCEL:
			return Cancel(f"status_{order.status}", f'Orders in status "{order.status}" are not booked.')
		return self._draft(prepared, action, refunds.get(order.id, ()), lookups)

	def _draft(self, prepared: PreparedOrder, action: Action, refunds, lookups: Lookups) -> Translation:
		order = prepared.order
		missing = {refund.id for refund in order.refunds} - {refund.id for refund in refunds}
		if missing and self.wants_refunds(order):
			return Failure(
				f"The store didn't give the details of refund {min(missing)}.", "refund_details_missing"
			)
		refunds = [dated_refund(refund, self.time_zone) for refund in refunds]
		hold = self._undated(order, refunds) or self._too_fine(order)
		if hold:
			return hold
		rows = Rows(lookups, self.policy, order.currency)
		for line in prepared.lines:
			rows.add(line)
		if not rows.rows and not rows.hold:
			rows.add_nothing(f"Order {order.number or order.id} has no lines that cost anything")
		rows.charges += charges_of(order, self.policy)
		hold = rows.hold or self._balance(order, rows)
		if hold:
			return hold
		invoice = self._invoice(order, action, rows)
		payment = payment_of(order, action, self.policy)
		notes = CreditNotes(order, invoice, payment, self.policy)
		if self.wants_refunds(order):
			hold = notes.make(list(refunds))
			if hold:
				return hold
		return OrderDraft(
			action=action,
			currency=order.currency,
			receivable_account=self.policy.accounts.receivable,
			customer=resolve(order, prepared.evidence, lookups, self.policy),
			invoice=invoice,
			billing=billing_address(order, self.territories, self.policy),
			shipping=shipping_address(order, self.territories, self.policy),
			payment=payment,
			credit_notes=notes.made,
			items=rows.items,
			delivery=delivery_of(order, self.policy, self.time_zone),
			remarks=order.customer_note,
			coupons=tuple(coupon.code for coupon in order.coupon_lines),
			payment_method_title=order.payment_method_title or order.payment_method,
			transaction_id=order.transaction_id,
			contact_email=normalise_email(order.billing.email),
			contact_phone=prepared.evidence.phone or prepared.evidence.phone_text,
		)

	def _invoice(self, order: "Order", action: Action, rows: Rows) -> InvoiceDraft:
		invoice = InvoiceDraft(
			name=document_name(f"{self.policy.invoice_prefix}{order.number or order.id}", LONGEST_NAME),
			posted_at=order.date_created_gmt,
			rows=rows.rows,
			charges=rows.charges,
			total=order.total,
			fingerprint="",
			submit=action is not Action.DRAFT,
			is_return=order.total < 0,
		)
		if invoice.is_return:
			_turn_round(invoice)
		invoice.fingerprint = fingerprint(invoice, order.currency)
		return invoice

	def _undated(self, order: "Order", refunds: "Sequence[Refund]") -> Hold | None:
		if order.date_created_gmt is None:
			what = "The order"
		elif self.wants_refunds(order) and (
			undated := [refund.id for refund in refunds if refund.date_created_gmt is None]
		):
			what = f"Its refund {undated[0]}"
		else:
			return None
		return Hold(
			"no_date",
			f"{what} has no date in the store, neither in UTC nor in the shop's own time.",
			"Don't save the order in the shop, which would date it today. Have its date written into the shop's database, as an"
			" import does it, or book the order by hand.",
		)

	def _too_fine(self, order: "Order") -> Hold | None:
		decimals = self.policy.money.decimals_of(order.currency)
		for amount in (order.total, order.total_tax, *amounts_of(order)):
			if not fits(amount, decimals):
				return Hold(
					"too_many_decimals",
					f"The amount {amount} has more decimals than the books keep of {order.currency} ({decimals}).",
					"Name the currency's decimals in the policy's table money.decimals.",
				)
		return None

	def _balance(self, order: "Order", rows: Rows) -> Hold | None:
		"""Add the order's own rounding, or say by how much its parts and its total differ."""
		untold_tax = order.total_tax - tax_itemised(order)
		breakdown = self._breakdown(order, rows, untold_tax)
		difference = order.total - sum((amount for _label, amount in breakdown), ZERO)
		if abs(difference) > self.policy.money.rounding_tolerance:
			return Hold(
				"total_differs",
				f"The order's parts differ from its total by {difference}.",
				"Recalculate the order in the shop, or book it by hand.",
				(*breakdown, ("Order total", order.total)),
			)
		if abs(untold_tax) > TAX_ROUNDING * max(1, len(order.tax_lines)):
			return Hold(
				"tax_not_itemised",
				f"{untold_tax} of the order's tax is in none of its tax lines.",
				"Recalculate the order in the shop, or book it by hand.",
				breakdown,
			)
		if order.total < 0 and self.policy.money.negative_total is NegativeTotal.HOLD:
			return Hold(
				"negative_total",
				f"The order's total is {order.total}.",
				"Book it by hand, or set money.negative_total in the policy to credit_note.",
				breakdown,
			)
		rounding = untold_tax + difference
		if rounding:
			account = self.policy.accounts.rounding
			rows.charges.append(ChargeRow(ChargeKind.ROUNDING, account, "Rounding", rounding))
		return None

	@staticmethod
	def _breakdown(order: "Order", rows: Rows, untold_tax: Decimal) -> tuple[tuple[str, Decimal], ...]:
		parts: dict[str, Decimal] = {"Items": sum((row.amount for row in rows.rows), ZERO)}
		labels = {
			ChargeKind.DISCOUNT: "Deductions",
			ChargeKind.SHIPPING: "Shipping",
			ChargeKind.FEE: "Fees",
		}
		for charge in rows.charges:
			label = labels.get(charge.kind) or f"Tax {charge.description}"
			parts[label] = parts.get(label, ZERO) + charge.amount
		if untold_tax:
			parts["Tax in no tax line"] = untold_tax
		return tuple(parts.items())


def _turn_round(invoice: InvoiceDraft) -> None:
	"""A return's rows have negative quantities, and ERPNext takes neither negative rates nor positive amounts in them.

	So the rows go without an amount, and what the items cost stands beside the other charges.
	"""
	invoice.charges[:0] = [
		ChargeRow(ChargeKind.ITEMS, row.account, row.item_name, row.amount, row.order_line_id)
		for row in invoice.rows
		if row.amount
	]
	invoice.rows = [
		replace(row, quantity=-row.quantity, rate=ZERO, price_list_rate=ZERO, amount=ZERO)
		for row in invoice.rows
	]
