"""What a proof reads from the books of a site: taxes and Territories for a stretch of orders, documents for a sample.

Each function asks a fixed number of questions for many orders. Amounts leave the database as text.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.ledger.erpnext.lookups import resolution_of
from jarz_woocommerce_integration.ledger.erpnext.masters.contacts import read_evidence
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.services.comparison.sample import (
	BookedNote,
	BookedPayment,
	BookedRow,
	Documents,
	Entries,
)
from jarz_woocommerce_integration.services.comparison.taxes import BookedCharges, BookedTax
from jarz_woocommerce_integration.services.proof.books_queries import INVOICE_OURS, NOTE_OURS, PAYMENT_OURS

ZERO = Decimal(0)
REVENUE = ("Income", "Expense")
ADDRESS_FIELDS = ("address_line1", "address_line2", "city", "state", "pincode", "country")

_INVOICES = """
SELECT map.woo_order_id AS order_id, map.policy_hash, map.customer_decision, map.customer_evidence, invoice.name,
	map.resolution, CAST(map.resolution_amount AS CHAR) AS resolution_amount,
	invoice.docstatus, invoice.woo_order_number AS number, invoice.posting_date AS day, invoice.currency,
	invoice.territory, invoice.is_pos, invoice.debit_to, invoice.customer, invoice.customer_address,
	company.default_currency, coalesce(invoice.woo_vat_number, '') AS vat_number, invoice.woo_vat_exempt AS vat_exempt,
	CAST(invoice.grand_total AS CHAR) AS total,
	CAST(invoice.base_grand_total AS CHAR) AS base_total, CAST(invoice.base_paid_amount AS CHAR) AS base_paid,
	CAST(invoice.paid_amount AS CHAR) AS paid
FROM `tabWooCommerce Order Map` map JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice
JOIN `tabCompany` company ON company.name = invoice.company
WHERE map.store = %(store)s AND map.woo_order_id IN %(orders)s
"""
_CHARGES = f"""
SELECT invoice.woo_order_id AS order_id, invoice.name AS invoice, coalesce(invoice.woo_refund_id, 0) AS refund_id,
	invoice.docstatus, row.account_head AS account, row.description, CAST(row.tax_amount AS CHAR) AS amount,
	CAST(row.base_tax_amount_after_discount_amount AS CHAR) AS base_amount, account.root_type
FROM `tabSales Invoice` invoice
JOIN `tabSales Taxes and Charges` row ON row.parent = invoice.name AND row.parenttype = 'Sales Invoice'
LEFT JOIN `tabAccount` account ON account.name = row.account_head
WHERE {INVOICE_OURS} AND invoice.woo_order_id IN %(orders)s AND invoice.docstatus < 2 ORDER BY invoice.name, row.idx
"""
_ROWS = """
SELECT row.parent AS invoice, row.woo_order_line_id AS line_id, row.item_name, row.description,
	CAST(row.qty AS CHAR) AS quantity, CAST(row.amount AS CHAR) AS amount
FROM `tabSales Invoice Item` row WHERE row.parent IN %(invoices)s ORDER BY row.parent, row.idx
"""
_NOTES = f"""
SELECT woo_order_id AS order_id, woo_refund_id AS refund_id, name, CAST(grand_total AS CHAR) AS total
FROM `tabSales Invoice` note WHERE {NOTE_OURS} AND woo_order_id IN %(orders)s AND docstatus = 1 AND woo_refund_id > 0
ORDER BY woo_refund_id
"""
_PAYMENTS = f"""
SELECT payment.woo_order_id AS order_id, coalesce(payment.woo_refund_id, 0) AS refund_id, payment.name,
	coalesce(payment.woo_payment_key, '') AS payment_key,
	payment.mode_of_payment, CASE payment.payment_type WHEN 'Pay' THEN payment.paid_from ELSE payment.paid_to END AS account,
	CAST(payment.woo_amount AS CHAR) AS amount,
	CAST((SELECT coalesce(abs(sum(entry.credit - entry.debit)), 0) FROM `tabGL Entry` entry
		WHERE entry.voucher_type = 'Payment Entry' AND entry.voucher_no = payment.name AND entry.is_cancelled = 0
			AND entry.party_type = 'Customer') AS CHAR) AS settled
FROM `tabPayment Entry` payment
WHERE {PAYMENT_OURS} AND payment.woo_order_id IN %(orders)s AND payment.docstatus = 1 ORDER BY payment.name
"""
_PAID_WITHIN = """
SELECT payment.parent AS invoice, payment.mode_of_payment, payment.account, CAST(payment.amount AS CHAR) AS amount
FROM `tabSales Invoice Payment` payment JOIN `tabSales Invoice` invoice ON invoice.name = payment.parent
WHERE payment.parent IN %(invoices)s AND invoice.is_pos = 1 AND payment.amount <> 0
"""
_ENTRIES = """
SELECT entry.voucher_no AS voucher, CAST(sum(entry.debit) AS CHAR) AS debit, CAST(sum(entry.credit) AS CHAR) AS credit,
	CAST(sum(CASE WHEN account.account_type = 'Receivable' THEN entry.debit - entry.credit ELSE 0 END) AS CHAR) AS receivable,
	CAST(sum(CASE WHEN account.root_type IN ('Income', 'Expense') THEN entry.credit - entry.debit ELSE 0 END) AS CHAR)
		AS revenue
FROM `tabGL Entry` entry JOIN `tabAccount` account ON account.name = entry.account
WHERE entry.voucher_type = %(doctype)s AND entry.voucher_no IN %(vouchers)s AND entry.is_cancelled = 0
GROUP BY entry.voucher_no
"""
_CUSTOMERS = """
SELECT name, customer_name, coalesce(email_id, '') AS email, coalesce(woo_phone_text, '') AS phones FROM `tabCustomer`
WHERE name IN %(customers)s
"""
_ADDRESSES = f"SELECT name, {', '.join(ADDRESS_FIELDS)} FROM `tabAddress` WHERE name IN %(addresses)s"


@dataclass(slots=True)
class Booked:
	"""What a comparison of taxes and Territories needs of one order."""

	charges: BookedCharges
	territory: str


def read_booked(store: str, order_ids: Sequence[int], policies: Iterable[str]) -> dict[int, Booked]:
	"""Invoices of these orders with what stands in them beside the items, by order id.

	:param policies: hashes of the policies that hold today
	"""
	values = {"store": store, "orders": tuple(order_ids)}
	found = {
		row.order_id: Booked(
			BookedCharges(row.name, row.docstatus == 0, row.policy_hash in policies), row.territory or ""
		)
		for row in _sql(_INVOICES, values)
	}
	for row in _sql(_CHARGES, values):
		if order := found.get(row.order_id):
			if row.refund_id and row.docstatus == 1:
				order.charges.credited.append(_tax(row))
			elif row.invoice == order.charges.invoice:
				order.charges.rows.append(_tax(row))
	return found


def read_documents(store: str, order_ids: Sequence[int], policies: Iterable[str]) -> dict[int, Documents]:
	"""All that was booked for these orders, by order id. Orders without an invoice are left out."""
	values = {"store": store, "orders": tuple(order_ids)}
	rows = _sql(_INVOICES, values) if order_ids else []
	found = {row.order_id: _documents(row, policies) for row in rows}
	if not found:
		return {}
	invoices = {documents.invoice: documents for documents in found.values()}
	_add_rows(invoices)
	_add_charges(found, values)
	for row in _sql(_NOTES, {**values, "orders": tuple(found)}):
		found[row.order_id].notes.append(BookedNote(row.refund_id, row.name, exact(row.total)))
	_add_payments(found, invoices, values)
	_add_entries(found)
	_add_people(found, rows, store)
	return found


def _documents(row, policies: Iterable[str]) -> Documents:
	return Documents(
		invoice=row.name,
		submitted=row.docstatus == 1,
		number=row.number or "",
		day=row.day,
		currency=row.currency,
		total=exact(row.total),
		foreign=row.currency != row.default_currency,
		today=row.policy_hash in policies,
		base_total=exact(row.base_total),
		base_revenue=exact(row.base_total),
		paid_within=exact(row.base_paid) if row.is_pos else ZERO,
		found_by=row.customer_evidence or "" if row.customer_decision in ("known", "linked") else "",
		vat_number=row.vat_number,
		vat_exempt=bool(row.vat_exempt),
		resolution=resolution_of(row),
	)


def _add_rows(invoices: dict[str, Documents]) -> None:
	for row in _sql(_ROWS, {"invoices": tuple(invoices)}):
		documents = invoices[row.invoice]
		documents.rows.append(
			BookedRow(
				row.line_id or 0,
				row.item_name or "",
				row.description or "",
				exact(row.quantity),
				exact(row.amount),
			)
		)


def _add_charges(found: dict[int, Documents], values: dict) -> None:
	for row in _sql(_CHARGES, values):
		documents = found.get(row.order_id)
		if documents and row.invoice == documents.invoice:
			documents.charges.append(_tax(row))
			documents.roots[row.account] = row.root_type
			if row.root_type not in REVENUE:
				documents.base_revenue -= exact(row.base_amount)


def _add_payments(found: dict[int, Documents], invoices: dict[str, Documents], values: dict) -> None:
	for row in _sql(_PAYMENTS, values):
		if row.order_id in found:
			payment = BookedPayment(
				row.name,
				row.mode_of_payment or "",
				row.account or "",
				exact(row.amount),
				row.refund_id,
				row.payment_key,
				exact(row.settled),
			)
			found[row.order_id].payments.append(payment)
	for row in _sql(_PAID_WITHIN, {"invoices": tuple(invoices)}):
		payment = BookedPayment(row.invoice, row.mode_of_payment or "", row.account or "", exact(row.amount))
		invoices[row.invoice].payments.append(payment)


def _add_entries(found: dict[int, Documents]) -> None:
	vouchers: dict[str, list[str]] = defaultdict(list)
	for documents in found.values():
		vouchers["Sales Invoice"] += [documents.invoice, *(note.name for note in documents.notes)]
		vouchers["Payment Entry"] += [p.name for p in documents.payments if p.settled is not None]
	entries: dict[str, Entries] = {}
	for doctype, names in vouchers.items():
		rows = _sql(_ENTRIES, {"doctype": doctype, "vouchers": tuple(names)}) if names else ()
		for row in rows:
			amounts = map(exact, (row.debit, row.credit, row.receivable, row.revenue))
			entries[row.voucher] = Entries(row.voucher, *amounts)
	for documents in found.values():
		named = (
			documents.invoice,
			*(note.name for note in documents.notes),
			*(p.name for p in documents.payments),
		)
		documents.entries = [entries[name] for name in dict.fromkeys(named) if name in entries]


def _add_people(found: dict[int, Documents], rows: Sequence, store: str) -> None:
	customers = tuple({row.customer for row in rows})
	people = {row.name: row for row in _sql(_CUSTOMERS, {"customers": customers})}
	evidence = read_evidence(store, list(customers))
	places = tuple({row.customer_address for row in rows if row.customer_address})
	addresses = {row.name: row for row in _sql(_ADDRESSES, {"addresses": places})} if places else {}
	for row in rows:
		documents, person = found[row.order_id], people.get(row.customer)
		if person:
			documents.customer_name = person.customer_name or ""
			documents.other_evidence = person.phones
			documents.emails = {*evidence[row.customer].emails, person.email.casefold()} - {""}
		if place := addresses.get(row.customer_address):
			documents.address = ", ".join(filter(None, (place.get(name) for name in ADDRESS_FIELDS)))


def _tax(row) -> BookedTax:
	return BookedTax(row.account or "", row.description or "", exact(row.amount))


def _sql(query: str, values: dict) -> list:
	return frappe.db.sql(query, values, as_dict=True)
