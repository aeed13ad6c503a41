"""Payment Entries of orders and of refunds."""

import hashlib
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import flt

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import Facts
from jarz_woocommerce_integration.ledger.erpnext.documents.fields import differing, following, mapped_values
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Writer, sanitise
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, posting, storable
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts, PaymentDraft

PAYMENT = "Payment Entry"
ADVANCE = "advance"  # the key of a payment without an invoice
ZERO = Decimal(0)


class Payments:
	"""Books what was paid for an invoice and what was paid back for a credit note."""

	def __init__(self, settings: BookSettings, writer: Writer, facts: Facts):
		self.settings = settings
		self.writer = writer
		self.facts = facts

	def book_all(
		self, order: OrderFacts, invoice: Document, draft: OrderDraft, keys: Collection[str] | None = None
	) -> str | None:
		"""Book what was paid for an order.

		:param keys: of the payments that are wanted, None for all
		:return: the name of the order's own payment, None where it isn't among them
		"""
		own, before = None, ZERO
		for payment in draft.payments:
			if keys is None or payment.key in keys:
				mapped = mapped_values(draft.mapped.of(PAYMENT), self.settings.zone)
				document = self.book(order, invoice, payment, before=before, mapped=mapped)
				own = own if payment.key else document.name
			before += payment.amount
		return own

	def update_mapped(self, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Write what the mapping gives for payments into those that are booked. Whether that changed one."""
		fields = following(draft.mapped, PAYMENT)
		if not fields:
			return False
		of_order = {"woo_store": self.settings.store, "woo_order_id": order.order_id, "docstatus": 1}
		fresh = frappe.get_doc(
			{"doctype": PAYMENT, **mapped_values(draft.mapped.of(PAYMENT), self.settings.zone)}
		)
		sanitise(fresh)
		changed = False
		for row in frappe.get_all(PAYMENT, of_order, ["name", "woo_refund_id", *fields]):
			if not row.woo_refund_id and (differs := differing(row, fresh, fields)):
				frappe.db.set_value(PAYMENT, row.name, differs)
				changed = True
		return changed

	def book(
		self,
		order: OrderFacts,
		invoice: Document,
		payment: PaymentDraft,
		refund_id: int = 0,
		before: Decimal = ZERO,
		mapped: Mapping[str, Any] | None = None,
	) -> Document:
		"""Book a payment as a submitted Payment Entry against its invoice or credit note.

		In another currency than the company's it is booked at the invoice's rate: the store doesn't know what
		the bank made of it, so no gain or loss is invented.

		:param refund_id: of the refund that is paid back, 0 for a payment of the order
		:param before: what the order's payments before this one come to, so that in another currency all of them settle the whole
		:param mapped: what goes into the merchant's own fields
		"""
		pays_back = invoice.is_return
		bank, bank_currency = self._account(payment.account)
		receivable, receivable_currency = self._account(invoice.debit_to)
		day, _time = posting(payment.paid_at, self.settings.zone)
		to_bank = payment.amount - payment.fee
		# What is moved, in the currency of each account.
		on_receivable = self._in(receivable_currency, invoice, to_bank, before)
		at_bank = self._in(bank_currency, invoice, to_bank, before)
		allocated = self._in(receivable_currency, invoice, payment.amount, before)
		conversion_rate = Decimal(str(invoice.conversion_rate))
		document = self.writer.new(
			{
				"doctype": "Payment Entry",
				"payment_type": "Pay" if pays_back else "Receive",
				"company": self.settings.company,
				"posting_date": max(day, frappe.utils.getdate(invoice.posting_date)) if pays_back else day,
				"mode_of_payment": payment.mode_of_payment,
				"party_type": "Customer",
				"party": invoice.customer,
				"paid_from": bank if pays_back else receivable,
				"paid_to": receivable if pays_back else bank,
				"paid_from_account_currency": bank_currency if pays_back else receivable_currency,
				"paid_to_account_currency": receivable_currency if pays_back else bank_currency,
				"paid_amount": float(at_bank if pays_back else on_receivable),
				"received_amount": float(on_receivable if pays_back else at_bank),
				"source_exchange_rate": self._rate(
					bank_currency if pays_back else receivable_currency, conversion_rate
				),
				"target_exchange_rate": self._rate(
					receivable_currency if pays_back else bank_currency, conversion_rate
				),
				"reference_no": storable(payment.reference, DATA_LENGTH),
				"reference_date": day,
				"cost_center": invoice.cost_center,
				"woo_store": self.settings.store,
				"woo_order_id": order.order_id,
				"woo_order_number": storable(order.number, DATA_LENGTH),
				"woo_refund_id": refund_id,
				"woo_amount": float(payment.amount),
				"woo_gateway": storable(payment.gateway, DATA_LENGTH),
				"woo_payment_key": storable(payment.key, DATA_LENGTH),
				**(mapped or {}),
			}
		)
		if payment.key != ADVANCE:
			self._allocate(document, invoice, -allocated if pays_back else allocated)
		if payment.fee:
			fee = {
				"account": payment.fee_account,
				"cost_center": invoice.cost_center,
				"amount": float(
					_converted(invoice, payment.amount, before) - _converted(invoice, to_bank, before)
				),
			}
			document.append("deductions", fee)
		return self.writer.submit(document, _name(invoice.name, payment.key))

	def _allocate(self, document: Document, invoice: Document, amount: Decimal) -> None:
		"""Settle the invoice with the payment; what is more than it has outstanding stays the customer's credit."""
		outstanding = self.facts.outstanding(invoice)
		allocated = min(amount, outstanding) if amount > 0 else max(amount, min(outstanding, ZERO))
		if allocated:
			document.append(
				"references",
				{
					"reference_doctype": "Sales Invoice",
					"reference_name": invoice.name,
					"allocated_amount": float(allocated),
				},
			)

	def _account(self, name: str) -> tuple[str, str]:
		""":raises BookingRefusedError: there is no such account"""
		currency = frappe.get_cached_value("Account", name, "account_currency") if name else None
		if not currency:
			raise BookingRefusedError(
				Sentence('The account "{0}" of a payment doesn\'t exist.', name),
				"Name an account for the payment gateway in the store.",
				"missing_link",
			)
		return name, currency

	def _in(
		self, account_currency: str, invoice: Document, amount: Decimal, before: Decimal = ZERO
	) -> Decimal:
		"""`amount` of the order in the currency of an account: the order's, or the company's."""
		if account_currency == invoice.currency:
			return amount
		if account_currency == self.settings.company_currency:
			return _converted(invoice, amount, before)
		raise BookingRefusedError(
			Sentence(
				"A payment in {0} can't be booked to an account in {1}.", invoice.currency, account_currency
			),
			Sentence(
				"Name an account in {0} or {1} for the payment gateway.",
				invoice.currency,
				self.settings.company_currency,
			),
			"account_currency",
		)

	def _rate(self, account_currency: str, rate: Decimal) -> float:
		return 1.0 if account_currency == self.settings.company_currency else float(rate)


def _name(invoice: str, key: str) -> str:
	"""The name of a payment. Keys hold codes of cards as customers type them, of any length."""
	if not key:
		return f"{invoice[: DATA_LENGTH - 4]}-PAY"
	digest = hashlib.blake2b(key.encode(), digest_size=4).hexdigest()
	return f"{invoice[: DATA_LENGTH - 13]}-PAY-{digest}"


def _converted(invoice: Document, amount: Decimal, before: Decimal = ZERO) -> Decimal:
	"""`amount` in the company's currency as ERPNext rounds it, after the payments `before`; the whole of an invoice is what ERPNext made of it."""
	if before:
		return _converted(invoice, before + amount) - _converted(invoice, before)
	if float(amount) == abs(invoice.grand_total):
		return abs(Decimal(str(invoice.base_grand_total)))
	converted = flt(float(amount) * invoice.conversion_rate, invoice.precision("base_grand_total"))
	return Decimal(str(converted))
