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
from jarz_woocommerce_integration.translation.delivery import delivery_of
from jarz_woocommerce_integration.translation.deposits import (
	deposit_payments,
	payment_ids,
	unread_deposit,
)
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
	PaymentDraft,
	Skip,
	Translation,
	Unchanged,
)
from jarz_woocommerce_integration.translation.identity import Evidence, evidence_of, resolve
from jarz_woocommerce_integration.translation.items import alias_keys
from jarz_woocommerce_integration.translation.lines import Rows
from jarz_woocommerce_integration.translation.lookups import LookupKeys, Lookups
from jarz_woocommerce_integration.translation.money import fits
from jarz_woocommerce_integration.translation.order_facts import facts_of, fingerprint
from jarz_woocommerce_integration.translation.payments import payment_of
from jarz_woocommerce_integration.translation.policy import (
	NegativeTotal,
	Policy,
	ReceivedUnbooked,
	SubOrders,
)
from jarz_woocommerce_integration.translation.received import advance_of, received_unbooked
from jarz_woocommerce_integration.translation.refunds import CreditNotes
from jarz_woocommerce_integration.translation.repayments import Repayments
from jarz_woocommerce_integration.translation.sub_orders import (
	is_sub_order,
	may_have_sub_orders,
	parent_of_booked,
	part_of,
	refunds_on_parent,
	unclear_part,
)
from jarz_woocommerce_integration.translation.tenders import (
	Tendered,
	left_out,
	sold_credit,
	taken_as_discount,
	tender_payments,
	tendered_of,
	without_fee_lines,
)
from jarz_woocommerce_integration.translation.tenders.unexplained import paid_otherwise
from jarz_woocommerce_integration.translation.territories import TerritoryIndex

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order, Refund
	from jarz_woocommerce_integration.store.related import Related

NOT_BOOKED = (None, Action.IGNORE, Action.CANCEL)
ZERO = Decimal(0)
# Each tax rate of an order is rounded once by the store; more than a cent for each is no rounding.
TAX_ROUNDING = Decimal("0.01")


class PreparedOrder:
	"""An order of a page with what is worked out once and used twice: for its keys and for its draft."""

	__slots__ = (
		"evidence",
		"lines",
		"order",
		"payments",
		"sold_credit",
		"sub_orders",
		"sub_refunds",
		"tendered",
		"unread",
	)

	def __init__(self, order: "Order", policy: Policy, related: "Related | None" = None):
		self.order = order
		self.sub_orders: Sequence[Order] = related.sub_orders.get(order.id, ()) if related else ()
		self.payments: Sequence[Order] = related.payments.get(order.id, ()) if related else ()
		self.unread: str = related.unread.get(order.id, "") if related else ""
		refunds = related.refunds if related and policy.sub_orders is SubOrders.PARENT else {}
		self.sub_refunds: list[Refund] = refunds_on_parent(order, self.sub_orders, refunds)
		self.evidence: Evidence = evidence_of(order, policy)
		self.lines: list[SoldLine] = sold_lines(order.line_items, policy.items.bundles)
		self.sold_credit = {line.id: kind for line in order.line_items if (kind := sold_credit(order, line))}
		self.tendered: list[Tendered] = tendered_of(order, policy.money.decimals_of(order.currency))


class Translator:
	"""Translates pages under one policy.

	:param time_zone: the store's zone, in which delivery dates are meant
	"""

	def __init__(self, policy: Policy, territories: TerritoryIndex, time_zone: tzinfo):
		self.policy = policy
		self.policy_hash = policy.hash
		self.territories = territories
		self.time_zone = time_zone

	def prepare(self, orders: "Sequence[Order]", related: "Related | None" = None) -> list[PreparedOrder]:
		""":param related: what belongs to these orders and isn't told with them"""
		return [PreparedOrder(order, self.policy, related) for order in orders]

	def wants_refunds(self, order: "Order") -> bool:
		"""Whether the details of the order's refunds are needed: only what is submitted can be credited.

		Those of a sub-order are read with its parent, which is booked.
		"""
		if self.policy.sub_orders is SubOrders.PARENT and is_sub_order(order):
			return False
		return self.policy.statuses.get(order.status) in (Action.SUBMIT, Action.SUBMIT_AND_PAY)

	def wants_sub_orders(self, order: "Order") -> bool:
		"""Whether the order's sub-orders are needed: their refunds are credited with it, or they are booked instead."""
		return may_have_sub_orders(order) and self.policy.statuses.get(order.status) not in NOT_BOOKED

	def payment_ids(self, order: "Order") -> list[int]:
		"""The ids of the orders that are payments of this one, where they are needed."""
		return payment_ids(order) if self.wants_refunds(order) else []

	def keys(self, page: Sequence[PreparedOrder]) -> LookupKeys:
		"""Every key of the page by which the ledger may know something."""
		lines = [line for prepared in page for line in prepared.lines]
		aliases = self.policy.items.aliases
		products = {(line.product_id, line.variation_id) for line in lines if line.product_id}
		return LookupKeys(
			order_ids=frozenset(
				order_id for p in page for order_id in (p.order.id, p.order.parent_id) if order_id
			),
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
		known = {prepared.order.id for prepared in page} | set(lookups.orders)
		return [self._outcome(prepared, refunds, lookups, known) for prepared in page]

	def _outcome(self, prepared: PreparedOrder, refunds, lookups: Lookups, known: set[int]) -> Outcome:
		told = [(payment.id, payment.status, payment.total) for payment in prepared.payments]
		told += [(refund.id, refund.amount) for refund in prepared.sub_refunds]
		facts = facts_of(prepared.order, [*prepared.tendered, *told])
		facts.refunded_elsewhere = sum((refund.amount for refund in prepared.sub_refunds), ZERO)
		if prepared.unread:
			return Outcome(facts, Failure(prepared.unread, "related_unread"))
		translation = self._decide(prepared, facts.payload_hash, refunds, lookups, known)
		if isinstance(translation, OrderDraft):
			facts.tendered_total = translation.tendered_total
		facts.received_unbooked = received_unbooked(prepared.order, translation)
		if facts.received_unbooked and self.policy.received_unbooked is ReceivedUnbooked.ADVANCE:
			customer = resolve(prepared.order, prepared.evidence, lookups, self.policy)
			received, facts.received_unbooked = facts.received_unbooked, ZERO
			translation = advance_of(prepared.order, translation, received, customer, self.policy)
		return Outcome(facts, translation)

	def _decide(
		self,
		prepared: PreparedOrder,
		payload_hash: str,
		refunds: "Mapping[int, Sequence[Refund]]",
		lookups: Lookups,
		known_ids: set[int],
	) -> Translation:
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
		if part := self._part(prepared, known_ids):
			return part
		return self._draft(prepared, action, refunds.get(order.id, ()), lookups)

	def _part(self, prepared: PreparedOrder, known_ids: set[int]) -> Skip | Hold | Failure | None:
		"""What an order becomes that belongs to another one; None for a sale of its own."""
		order = prepared.order
		booked_by_vendor = self.policy.sub_orders is SubOrders.SUB_ORDERS
		if booked_by_vendor and prepared.sub_orders:
			return parent_of_booked(order, prepared.sub_orders)
		part = None if booked_by_vendor and is_sub_order(order) else part_of(order)
		if part and part.parent_id not in known_ids:
			return Failure(
				f"Order {order.id} is a part of order {order.parent_id}, which isn't in the books' list yet.",
				"parent_unknown",
			)
		return part or unclear_part(order) or unread_deposit(order)

	def _draft(self, prepared: PreparedOrder, action: Action, refunds, lookups: Lookups) -> Translation:
		order = prepared.order
		missing = {refund.id for refund in order.refunds} - {refund.id for refund in refunds}
		if missing and self.wants_refunds(order):
			return Failure(
				f"The store didn't give the details of refund {min(missing)}.", "refund_details_missing"
			)
		hold = self._too_fine(order)
		if hold:
			return hold
		rows = Rows(lookups, self.policy, order.currency)
		for line in prepared.lines:
			rows.add(line)
		if not rows.rows and not rows.hold:
			rows.add_nothing(f"Order {order.number or order.id} has no lines that cost anything")
		rows.charges += charges_of(order, self.policy)
		tendered = self._settle(prepared, rows)
		tendered_total = sum((tender.amount for tender in tendered), ZERO)
		hold = rows.hold or self._no_account(prepared, tendered) or self._balance(order, rows, tendered_total)
		if hold:
			return hold
		invoice = self._invoice(order, action, rows, tendered_total)
		payments = all_payments(prepared, action, tendered, self.policy)
		if isinstance(payments, Hold):
			return payments
		refunds = [*refunds, *prepared.sub_refunds]
		repayments = Repayments(order, payments, refunds, self.policy)
		notes = CreditNotes(_with_all_refunds(prepared), invoice, repayments, self.policy)
		if self.wants_refunds(order):
			hold = notes.make(refunds)
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
			payments=payments,
			tendered_total=tendered_total,
			findings=(*repayments.findings, *taken_as_discount(order)),
			credit_notes=notes.made,
			items=rows.items,
			delivery=delivery_of(order, self.policy, self.time_zone),
			remarks=order.customer_note,
			coupons=tuple(coupon.code for coupon in order.coupon_lines),
			payment_method_title=order.payment_method_title or order.payment_method,
			transaction_id=order.transaction_id,
		)

	def _settle(self, prepared: PreparedOrder, rows: Rows) -> list[Tendered]:
		"""What was paid by credit beside the order's total. Its fee lines are no deductions, and credit that is sold is owed."""
		order = prepared.order
		rows.charges = without_fee_lines(rows.charges, prepared.tendered)
		for row in rows.rows if prepared.sold_credit else ():
			if kind := prepared.sold_credit.get(row.order_line_id):
				row.account = self.policy.tender(kind).account
		parts = self._breakdown(order, rows, order.total_tax - tax_itemised(order))
		return left_out(prepared.tendered, sum((amount for _label, amount in parts), ZERO) - order.total)

	def _no_account(self, prepared: PreparedOrder, tendered: list[Tendered]) -> Hold | None:
		"""Money that is owed to customers needs an account that a person has named."""
		kinds = {tender.kind for tender in tendered}
		for kind in sorted(kinds.union(prepared.sold_credit.values())):
			if not self.policy.tender(kind).account:
				return Hold(
					"no_credit_account",
					f"The order is paid by credit, or sells some ({kind.value}), and no account is named for what is owed of it.",
					"Name the account for gift cards and store credit, a liability. Then run again.",
				)
		return None

	def _invoice(self, order: "Order", action: Action, rows: Rows, tendered_total: Decimal) -> InvoiceDraft:
		invoice = InvoiceDraft(
			name=f"{self.policy.invoice_prefix}{order.number or order.id}",
			posted_at=order.date_created_gmt,
			rows=rows.rows,
			charges=rows.charges,
			total=order.total + tendered_total,
			fingerprint="",
			submit=action is not Action.DRAFT,
			is_return=order.total + tendered_total < 0,
		)
		if invoice.is_return:
			_turn_round(invoice)
		invoice.fingerprint = fingerprint(invoice, order.currency)
		return invoice

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

	def _balance(self, order: "Order", rows: Rows, tendered_total: Decimal = ZERO) -> Hold | None:
		"""Add the order's own rounding, or say by how much its parts and its total differ.

		:param tendered_total: what was paid by credit, which the order's total leaves out
		"""
		untold_tax = order.total_tax - tax_itemised(order)
		breakdown = self._breakdown(order, rows, untold_tax)
		difference = order.total + tendered_total - sum((amount for _label, amount in breakdown), ZERO)
		if difference < -self.policy.money.rounding_tolerance and order.total >= 0:
			if tendered_total:
				breakdown = (*breakdown, ("Paid by credit", -tendered_total))
			return paid_otherwise(order, -difference, breakdown)
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


def _with_all_refunds(prepared: PreparedOrder) -> "Order":
	"""The order with the refunds that stand on its sub-orders among its own."""
	if not prepared.sub_refunds:
		return prepared.order
	theirs = [summary for sub in prepared.sub_orders for summary in sub.refunds]
	return prepared.order.model_copy(update={"refunds": [*prepared.order.refunds, *theirs]})


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
