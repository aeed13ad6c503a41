"""One order as it would be booked, line by line, as plain data. Nothing is written."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError
from jarz_woocommerce_integration.ledger.erpnext.lookups import read_lookups
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk.stored_texts import shown, shown_in
from jarz_woocommerce_integration.services.session.session import store_client, translator_of
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import read_order
from jarz_woocommerce_integration.store.payloads import Order, Refund
from jarz_woocommerce_integration.store.related import read_related
from jarz_woocommerce_integration.translation.drafts import (
	LINE,
	AddressDraft,
	AdvanceDraft,
	Cancel,
	ChargeRow,
	CreditNoteDraft,
	CustomerDraft,
	Failure,
	Hold,
	InvoiceRow,
	MappedValues,
	OrderDraft,
	Outcome,
	PaymentDraft,
	SalesOrderDraft,
	Skip,
)
from jarz_woocommerce_integration.translation.lookups import KnownOrder
from jarz_woocommerce_integration.translation.translate import Translator

ZERO = Decimal(0)
KINDS = {
	OrderDraft: "draft",
	AdvanceDraft: "skip",
	SalesOrderDraft: "draft",
	Hold: "hold",
	Skip: "skip",
	Cancel: "cancel",
	Failure: "failure",
}


def preview_order(store: Document, order_id: int) -> dict:
	"""Read an order and its refunds from the shop and say what they would become.

	:returns: `order` (what the shop says), `outcome` ("draft", "hold", "skip", "cancel" or "failure"), `message`,
		`what_to_do`, `breakdown`, `booked` (what stands in the books already, or None), and for a draft `action`,
		`customer`, `addresses`, `invoice` (name, rows, charges, total, sum), `payments`, `findings`, `credit_notes`, `delivery`,
		`fields` (what goes into mapped fields).
		Amounts are texts with the exact decimals.
	:raises StoreNotFoundError: the shop has no such order; :raises StoreError: the shop can't be read
	:raises PayloadError: what the shop gives isn't an order
	"""
	with store_client(store) as client:
		order, refunds = read_order(client, order_id)
		outcome, known = translate_anew(client, store, translator_of(store), order, refunds)
	return _preview(outcome, known)


def order_id_of(text: int | str) -> int:
	"""An order's id as a person types it, with or without "#". :raises WooCommerceIntegrationError: it is none"""
	digits = str(text).strip().lstrip("#")
	if not (digits.isascii() and digits.isdigit() and int(digits) > 0):
		raise WooCommerceIntegrationError(
			Sentence('"{0}" is no order id.', str(text)[:40]),
			"It is the number in the address of the order's page in the shop.",
		)
	return int(digits)


def translate_anew(
	client: StoreClient, store: Document, translator: Translator, order: Order, refunds: Sequence[Refund]
) -> tuple[Outcome, KnownOrder | None]:
	"""What an order becomes with the site's lookups, as if it had not been booked; and how it stands there.

	:raises StoreError: what belongs to the order can't be read
	"""
	prepared = translator.prepare([order], read_related(client, [order], translator))
	lookups = read_lookups(store.name, translator.keys(prepared))
	known = lookups.orders.get(order.id)
	if known:
		# Or the answer would only be that nothing changed.
		lookups.orders[order.id] = replace(known, payload_hash="")
	return translator.translate(prepared, {order.id: refunds}, lookups)[0], known


def _preview(outcome: Outcome, known: KnownOrder | None) -> dict:
	order, translation = outcome.order, outcome.translation
	preview = {
		"outcome": KINDS[type(translation)],
		"order": {
			"id": order.order_id,
			"number": order.number,
			"status": order.status,
			"currency": order.currency,
			"total": str(order.total),
			"refunded_total": str(order.refunded_total),
			"created_at": _moment(order.created_at),
			"modified_at": _moment(order.modified_at),
			"customer_name": order.customer_name,
			"payment_method": order.payment_method,
		},
		"booked": known
		and {
			"state": known.state.value,
			"invoice": known.invoice,
			"invoice_status": known.invoice_status,
			"paid": known.paid,
		},
		"message": getattr(translation, "message", ""),
		"what_to_do": getattr(translation, "what_to_do", ""),
		"reason": getattr(translation, "reason", ""),
		"breakdown": _amounts(getattr(translation, "breakdown", ())),
	}
	shown_preview: dict = shown_in(preview)
	if isinstance(translation, OrderDraft) and not isinstance(translation, AdvanceDraft):
		shown_preview |= _draft(translation)
	return shown_preview


def _draft(draft: OrderDraft) -> dict:
	invoice = draft.invoice
	addresses = [address for address in (draft.billing, draft.shipping) if address]
	return {
		"action": draft.action.value,
		"customer": _customer(draft.customer),
		"addresses": [_address(address) for address in addresses],
		"invoice": {
			"name": invoice.name,
			"posted_at": _moment(invoice.posted_at),
			"submit": invoice.submit,
			"is_return": invoice.is_return,
			**_money(invoice.rows, invoice.charges, invoice.total),
		},
		"payments": [_payment(payment) for payment in draft.payments],
		"findings": [shown(finding.message) for finding in draft.findings],
		"credit_notes": [_credit_note(note) for note in draft.credit_notes],
		"delivery": {
			"day": draft.delivery.day and draft.delivery.day.isoformat(),
			"slot": "-".join(part for part in (draft.delivery.slot_from, draft.delivery.slot_to) if part),
			"text": draft.delivery.text,
		},
		"payment_terms": draft.payment_terms,
		"delivery_note": draft.delivery_notes.value if draft.delivery_notes else "",
		"new_items": [{"code": item.code, "name": item.name} for item in draft.items],
		"receivable_account": draft.receivable_account,
		"remarks": draft.remarks,
		"coupons": list(draft.coupons),
		"vat_number": draft.vat_number,
		"vat_exempt": draft.vat_exempt,
		"fields": _mapped(draft.mapped),
	}


def _mapped(mapped: MappedValues) -> list[dict]:
	"""What goes into the merchant's own fields, the empty ones too: that is what a person looks for."""
	found = [
		(doctype, field, value, 0)
		for doctype, values in mapped.documents.items()
		for field, value in values.items()
	]
	lines = [
		(LINE, field, value, line) for line, values in mapped.lines.items() for field, value in values.items()
	]
	return [
		{
			"document": doctype,
			"field": field,
			"label": frappe.get_meta(doctype).get_label(field),
			"line": line,
			"value": "" if value is None else str(value),
		}
		for doctype, field, value, line in (*(each for each in found if each[0] != LINE), *lines)
	]


def _money(rows: Sequence[InvoiceRow], charges: Sequence[ChargeRow], total: Decimal) -> dict:
	"""Rows and charges with their sum, which is the total to the cent."""
	parts = sum((row.amount for row in rows), ZERO) + sum((charge.amount for charge in charges), ZERO)
	return {
		"rows": [
			{
				"item_code": row.item_code,
				"item_name": row.item_name,
				"quantity": str(row.quantity),
				"rate": str(row.rate),
				"amount": str(row.amount),
				"account": row.account,
				"sku": row.sku,
				"unknown": row.unknown,
			}
			for row in rows
		],
		"charges": [
			{
				"kind": charge.kind.value,
				"description": charge.description,
				"account": charge.account,
				"amount": str(charge.amount),
			}
			for charge in charges
		],
		"sum": str(parts),
		"total": str(total),
	}


def _customer(customer: CustomerDraft) -> dict:
	decision = customer.decision
	return {
		"key": customer.key,
		"name": customer.name,
		"person": customer.person,
		"tax_id": customer.tax_id,
		"decision": decision.outcome,
		"evidence": decision.evidence,
		"candidates": list(decision.candidates),
		"ambiguous": decision.ambiguous,
		"note": decision.note,
		"emails": list(customer.emails),
		"phones": list(customer.phones),
	}


def _address(address: AddressDraft) -> dict:
	return {
		"kind": address.kind,
		"name": address.name,
		"lines": [line for line in (address.line_1, address.line_2) if line],
		"city": address.city,
		"state": address.state,
		"postcode": address.postcode,
		"country": address.country,
		"territory": address.territory,
		"territory_code": address.territory_code,
	}


def _payment(payment: PaymentDraft) -> dict:
	return {
		"amount": str(payment.amount),
		"mode_of_payment": payment.mode_of_payment,
		"account": payment.account,
		"paid_at": _moment(payment.paid_at),
		"reference": payment.reference,
		"gateway": payment.gateway_title or payment.gateway,
		"fee": str(payment.fee),
		"fee_account": payment.fee_account,
	}


def _credit_note(note: CreditNoteDraft) -> dict:
	return {
		"refund_id": note.refund_id,
		"name": note.name,
		"posted_at": _moment(note.posted_at),
		"reason": note.reason,
		**_money(note.rows, note.charges, note.total),
		"repayment": note.repayment and _payment(note.repayment),
	}


def _amounts(breakdown: Sequence[tuple[str, Decimal]]) -> list[dict]:
	return [{"label": shown(label), "amount": str(amount)} for label, amount in breakdown]


def _moment(moment) -> str | None:
	return moment and moment.isoformat()
