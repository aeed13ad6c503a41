"""An order, the policy and what the ledger has -> the draft of its books, or the reason why not. No I/O.

`Translator` works on one page at a time: `keys` says what to look up, `translate` makes the outcomes.
"""

from collections.abc import Mapping, Sequence
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
from jarz_woocommerce_integration.translation.amounts.rounding import (
	Precision,
	may_be_cut,
	precision_of,
	rounded,
	with_all_decimals,
)
from jarz_woocommerce_integration.translation.amounts.taxes import TaxRows
from jarz_woocommerce_integration.translation.bundles import SoldLine, sold_lines
from jarz_woocommerce_integration.translation.customers.addresses import billing_address, shipping_address
from jarz_woocommerce_integration.translation.customers.anonymised import is_anonymised, without_erased
from jarz_woocommerce_integration.translation.customers.evidence import Evidence, evidence_of, normalise_email
from jarz_woocommerce_integration.translation.customers.identity import resolve
from jarz_woocommerce_integration.translation.customers.shared_phones import note_phones
from jarz_woocommerce_integration.translation.customers.tax_numbers import VatFacts, vat_facts_of
from jarz_woocommerce_integration.translation.dates import dated_order, dated_refund, stated
from jarz_woocommerce_integration.translation.delivery import delivery_of
from jarz_woocommerce_integration.translation.deposits import deposit_payments, payment_ids, unread_deposit
from jarz_woocommerce_integration.translation.drafts import (
	Action,
	Cancel,
	Failure,
	Hold,
	InvoiceDraft,
	OrderDraft,
	OrderFacts,
	OrderState,
	Outcome,
	PaymentDraft,
	SalesOrderDraft,
	Skip,
	Translation,
	Unchanged,
)
from jarz_woocommerce_integration.translation.fields.reading import ReadFields, read_fields
from jarz_woocommerce_integration.translation.filters.drafts import DraftFilter, filtered
from jarz_woocommerce_integration.translation.items import alias_keys
from jarz_woocommerce_integration.translation.lookups import KnownOrder, LookupKeys, Lookups, ResolutionKind
from jarz_woocommerce_integration.translation.order_facts import facts_of, facts_of_broken, fingerprint
from jarz_woocommerce_integration.translation.payments import payment_of
from jarz_woocommerce_integration.translation.policy import (
	CustomerMode,
	Policy,
	ReceivedUnbooked,
	SubOrders,
	TenderKind,
)
from jarz_woocommerce_integration.translation.received import advance_of, advance_payment, received_unbooked
from jarz_woocommerce_integration.translation.refunds.credit_notes import CreditNotes
from jarz_woocommerce_integration.translation.refunds.repayments import Repayments
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
	sold_credit,
	taken_as_discount,
	tender_payments,
	tendered_of,
	without_fee_lines,
)
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.text import document_name
from jarz_woocommerce_integration.translation.unforeseen import failure_of

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order, Refund
	from jarz_woocommerce_integration.store.related import Related

	Refunds = Mapping[int, Sequence[Refund]]  # by order id

NOT_BOOKED = (None, Action.IGNORE, Action.CANCEL)
SALES_ORDERS = (Action.SALES_ORDER_DRAFT, Action.SALES_ORDER)
DRAFTS = (Action.SALES_ORDER_DRAFT, Action.DRAFT)
ZERO = Decimal(0)


class PreparedOrder:
	"""An order of a page with what is worked out once and used twice: for its keys and for its draft.

	:ivar order: with a date, where anything says one
	:ivar anonymised: the shop has erased the order's personal data
	:ivar failure: what the app broke on while it worked that out, None where it didn't
	:ivar sub_orders: parts of the order that a marketplace lists beside it; :ivar sub_refunds: their refunds
	:ivar payments: its payments that no list gives; :ivar unread: why something of these couldn't be read, "" else
	:ivar total_is_cut: the order's total lost decimals when the shop showed it; :ivar exact_refunds: with all decimals
	:ivar sold_credit: the kind of credit that a line sells, by the line's id
	:ivar fields: what the order says in the fields that the merchant has mapped
	"""

	__slots__ = (
		"anonymised",
		"evidence",
		"exact_refunds",
		"failure",
		"fields",
		"lines",
		"order",
		"payments",
		"sold_credit",
		"sub_orders",
		"sub_refunds",
		"tendered",
		"total_is_cut",
		"unread",
		"vat",
	)

	def __init__(self, order: "Order", policy: Policy, time_zone: tzinfo, related: "Related | None" = None):
		self.order = order
		self.sub_orders: Sequence[Order] = related.sub_orders.get(order.id, ()) if related else ()
		self.payments: Sequence[Order] = related.payments.get(order.id, ()) if related else ()
		self.unread: str = related.unread.get(order.id, "") if related else ""
		self.exact_refunds: Sequence[Refund] = related.exact_refunds.get(order.id, ()) if related else ()
		self.total_is_cut = False
		self.failure: Failure | None = None
		self.anonymised = False
		self.evidence = Evidence()
		self.lines: list[SoldLine] = []
		self.tendered: list[Tendered] = []
		self.sub_refunds: list[Refund] = []
		self.sold_credit: dict[int, TenderKind] = {}
		self.vat = VatFacts()
		self.fields = ReadFields()
		try:
			self._prepare(policy, time_zone, related)
		except Exception as error:
			self.failure = failure_of(error, order.id)

	def _prepare(self, policy: Policy, time_zone: tzinfo, related: "Related | None") -> None:
		exact = related.exact.get(self.order.id) if related else None
		order, self.total_is_cut = with_all_decimals(self.order, exact, policy.money)
		order = dated_order(order, time_zone)
		self.payments = [dated_order(payment, time_zone) for payment in self.payments]
		self.anonymised = is_anonymised(order)
		self.order = without_erased(order) if self.anonymised else order
		refunds = related.refunds if related and policy.sub_orders is SubOrders.PARENT else {}
		sub_refunds = refunds_on_parent(self.order, self.sub_orders, refunds)
		vat = vat_facts_of(self.order, policy)
		account_email = related.account_emails.get(self.order.customer_id, "") if related else ""
		evidence = evidence_of(self.order, policy, vat.number, account_email)
		if self.anonymised:
			evidence = replace(evidence, anonymised=True)
		lines = sold_lines(self.order.line_items, policy.items.bundles)
		sold = {line.id: kind for line in self.order.line_items if (kind := sold_credit(self.order, line))}
		tendered = tendered_of(self.order, policy.money.decimals_of(self.order.currency))
		self.evidence, self.lines, self.tendered = evidence, lines, tendered
		self.sub_refunds, self.sold_credit, self.vat = sub_refunds, sold, vat
		self.fields = read_fields(self.order, policy.mapping, time_zone)

	@property
	def beside(self) -> list[object]:
		"""What belongs to the order, or stands in its meta data, and matters to the books."""
		found: list[object] = [*self.tendered, *([self.vat] if self.vat != VatFacts() else [])]
		found += [(payment.id, payment.status, payment.total) for payment in self.payments]
		found += [(refund.id, refund.amount) for refund in self.sub_refunds]
		return [*found, *self.fields.values.following()]


class Translator:
	"""Translates pages under one policy.

	:param time_zone: the store's zone, in which delivery dates are meant
	:param filters: hooks of other apps that may change a draft
	"""

	def __init__(
		self,
		policy: Policy,
		territories: TerritoryIndex,
		time_zone: tzinfo,
		filters: Sequence[DraftFilter] = (),
	):
		self.filters = filters
		self.policy = policy
		self.policy_hash = policy.hash
		self.territories = territories
		self.time_zone = time_zone

	def prepare(self, orders: "Sequence[Order]", related: "Related | None" = None) -> list[PreparedOrder]:
		""":param related: what belongs to these orders and isn't in their answer"""
		return [PreparedOrder(order, self.policy, self.time_zone, related) for order in orders]

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

	def wants_account(self, order: "Order") -> bool:
		"""Whether the own e-mail of the order's account is needed, by which the account is bound to a customer."""
		by_person = self.policy.customers.mode is not CustomerMode.ONE_CUSTOMER
		return (
			by_person and order.customer_id > 0 and self.policy.statuses.get(order.status) not in NOT_BOOKED
		)

	def payment_ids(self, order: "Order") -> list[int]:
		"""The ids of the orders that are payments of this one, where they are needed."""
		return payment_ids(order) if self.wants_refunds(order) else []

	def wants_all_decimals(self, order: "Order") -> bool:
		"""Whether the shop may have rounded the order's amounts when it gave them, and they are booked."""
		is_booked = self.policy.statuses.get(order.status) not in NOT_BOOKED
		return is_booked and may_be_cut(order, self.policy.money)

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
			emails=frozenset(
				email for p in page for email in (p.evidence.email, p.evidence.account_email) if email
			),
			phones=frozenset(p.evidence.phone for p in page if p.evidence.phone),
			products=frozenset(products | {(product, 0) for product, _variation in products}),
			skus=frozenset(line.sku for line in lines if line.sku),
			item_codes=frozenset(aliases[key] for line in lines for key in alias_keys(line) if key in aliases)
			if aliases
			else frozenset(),
			links=frozenset(key for p in page for key in p.fields.keys()),
		)

	def translate(self, page: Sequence[PreparedOrder], refunds: "Refunds", lookups: Lookups) -> list[Outcome]:
		"""The outcome of each order, in their order: earlier orders of a page make customers known to later ones.

		:param refunds: details by order id, of the orders that have refunds
		"""
		note_phones((prepared.evidence for prepared in page), lookups)
		known = {prepared.order.id for prepared in page} | set(lookups.orders)
		return [self._translate(prepared, refunds, lookups, known) for prepared in page]

	def is_unchanged(self, state: OrderState, known_hash: str, policy_hash: str, payload_hash: str) -> bool:
		"""Whether reading an order again would come to nothing: nothing of it has changed that matters to the books.

		:param state: in the Order Map, as are `known_hash` and `policy_hash`; :param payload_hash: of the order as it is now
		"""
		if known_hash != payload_hash:
			return False
		if state is OrderState.SKIPPED:
			return policy_hash == self.policy_hash
		return state in (OrderState.SYNCED, OrderState.CANCELLED)

	def facts_by_itself(self, order: "Order") -> OrderFacts | None:
		"""What an order alone says, with the hash of what matters to the books; None where that depends on others."""
		if self.wants_sub_orders(order) or self.payment_ids(order) or self.wants_all_decimals(order):
			return None
		(prepared,) = self.prepare([order])
		return None if prepared.failure else facts_of(prepared.order, prepared.beside)

	def _translate(
		self, prepared: PreparedOrder, refunds: "Refunds", lookups: Lookups, known: set[int]
	) -> Outcome:
		"""One order. Whatever the app breaks on in it, the order is listed with that, and the others go on."""
		if prepared.failure:
			return Outcome(facts_of_broken(prepared.order), prepared.failure)
		try:
			return self._outcome(prepared, refunds, lookups, known)
		except Exception as error:
			return Outcome(facts_of_broken(prepared.order), failure_of(error, prepared.order.id))

	def _outcome(
		self, prepared: PreparedOrder, refunds: "Refunds", lookups: Lookups, known: set[int]
	) -> Outcome:
		facts = facts_of(prepared.order, prepared.beside)
		facts.anonymised = prepared.anonymised
		facts.refunded_elsewhere = sum((refund.amount for refund in prepared.sub_refunds), ZERO)
		if prepared.unread:
			return Outcome(facts, Failure(prepared.unread, "related_unread"))
		translation = self._decide(prepared, facts.payload_hash, refunds, lookups, known)
		if self.filters and isinstance(translation, OrderDraft):
			translation = filtered(facts, translation, self.filters)
		if isinstance(translation, OrderDraft):
			facts.tendered_total = translation.tendered_total + translation.owed_total
			facts.refunded_elsewhere += translation.owed_total
		facts.received_unbooked = received_unbooked(prepared.order, translation)
		advance = self.policy.received_unbooked is ReceivedUnbooked.ADVANCE
		if isinstance(translation, SalesOrderDraft) and facts.received_unbooked and advance:
			translation.payments.append(advance_payment(prepared.order, facts.received_unbooked, self.policy))
			facts.received_unbooked = ZERO
		elif isinstance(translation, Skip | Cancel) and facts.received_unbooked and advance:
			customer = resolve(prepared.order, prepared.evidence, lookups, self.policy)
			received, facts.received_unbooked = facts.received_unbooked, ZERO
			translation = advance_of(prepared.order, translation, received, customer, self.policy)
		return Outcome(facts, translation)

	def _decide(
		self,
		prepared: PreparedOrder,
		payload_hash: str,
		refunds: "Refunds",
		lookups: Lookups,
		known_ids: set[int],
	) -> Translation:
		order = prepared.order
		known = lookups.orders.get(order.id)
		if known and self.is_unchanged(known.state, known.payload_hash, known.policy_hash, payload_hash):
			return Unchanged()
		if known and _is_booked_by_hand(known, order):
			return Skip("booked_by_hand", "A person has booked the order by hand.")
		action = self.policy.statuses.get(order.status)
		if action is None:
			return Hold(
				"unknown_status",
				Sentence('The settings don\'t say what to do with orders in status "{0}".', order.status),
				Sentence('Add "{0}" to the table Statuses and choose its action.', order.status),
			)
		if action is Action.IGNORE:
			return Skip(
				f"status_{order.status}",
				Sentence('By the settings, orders in status "{0}" are not booked.', order.status),
			)
		if action is Action.CANCEL:
			return Cancel(
				f"status_{order.status}", Sentence('Orders in status "{0}" are not booked.', order.status)
			)
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
				Sentence(
					"Order {0} is a part of order {1}, which isn't in the Order Map yet.",
					order.id,
					order.parent_id,
				),
				"parent_unknown",
			)
		return part or unclear_part(order) or unread_deposit(order)

	def _draft(
		self, prepared: PreparedOrder, action: Action, listed: "Sequence[Refund]", lookups: Lookups
	) -> Translation:
		order = prepared.order
		missing = {refund.id for refund in order.refunds} - {refund.id for refund in listed}
		if missing and self.wants_refunds(order):
			return Failure(
				Sentence("The store didn't give the details of refund {0}.", min(missing)),
				"refund_details_missing",
			)
		listed = (*(prepared.exact_refunds or listed), *prepared.sub_refunds)
		refunds = [dated_refund(refund, self.time_zone) for refund in listed]
		if hold := self._undated(order, refunds):
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
		if self.wants_refunds(order):
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
		elif self.wants_refunds(order) and (
			undated := [refund.id for refund in refunds if refund.date_created_gmt is None]
		):
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


def _is_booked_by_hand(known: KnownOrder, order: "Order") -> bool:
	"""Whether a person has said so of the order as it is; of another total it isn't known."""
	resolution = known.resolution
	return (
		resolution is not None
		and resolution.kind is ResolutionKind.BOOKED_BY_HAND
		and resolution.amount == order.total
		and not known.invoice
	)


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
