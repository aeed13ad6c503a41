"""Sales Invoices and credit notes as ERPNext's documents, made from drafts."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import frappe
from erpnext.controllers.accounts_controller import get_due_date
from frappe.model.document import Document
from frappe.utils import getdate

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext.documents import tax_shares
from jarz_woocommerce_integration.ledger.erpnext.documents.edits import succeed
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import Buyer, Facts
from jarz_woocommerce_integration.ledger.erpnext.documents.fields import (
	CREDIT_NOTE,
	DETAILS,
	FILLED_IN_BY,
	INVOICE,
	VAT,
	details_of,
	differing,
	following,
	keep_as_made,
	mapped_values,
	of_the_order,
	rows_of_the_order,
	says,
)
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster, Writer, sanitise
from jarz_woocommerce_integration.ledger.erpnext.documents.returns import ReturnedRows, put_back
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings, Place
from jarz_woocommerce_integration.ledger.erpnext.texts import plain, valid_email, valid_phone
from jarz_woocommerce_integration.ledger.erpnext.values import CENT, DATA_LENGTH, posting, storable
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import (
	LINE,
	AddressDraft,
	ChargeKind,
	ChargeRow,
	CreditNoteDraft,
	InvoiceRow,
	MappedValues,
	OrderDraft,
	OrderFacts,
)

NOWHERE = Place()


class Invoices:
	"""Makes and books the invoices of a page.

	:param writer: writes what is made, as documents or as rows
	:ivar bill: lets an invoice be made from the order's Sales Order, where the writer knows them
	"""

	def __init__(self, settings: BookSettings, writer: Writer, facts: Facts):
		self.settings = settings
		self.writer = writer
		self.facts = facts
		self.bill: Callable[[OrderFacts, OrderDraft, Document], None] | None = None

	# --- invoices ---

	def book(
		self,
		order: OrderFacts,
		draft: OrderDraft,
		buyer: Buyer,
		name: str | None,
		before: Document | None = None,
	) -> Document:
		"""Book the invoice of an order, as a draft where the policy says so.

		:param before: the cancelled invoice that this one follows; without a `name` it is named as Frappe names amendments
		:raises BookingRefusedError: it doesn't come to the order's total
		"""
		document = self._invoice(order, draft, buyer)
		if before:
			succeed(document, before)
			keep_as_made(document, before, draft.mapped)
		if draft.invoice.submit:
			self.writer.submit(document, name)
		else:
			self.writer.insert(document, name)
		hold_to_total(document, draft.invoice.total)
		return document

	def _invoice(self, order: OrderFacts, draft: OrderDraft, buyer: Buyer) -> Document:
		invoice, settings = draft.invoice, self.settings
		place = self.place_of(draft)
		document = self._document(
			order, draft.currency, buyer.customer, invoice.posted_at, place, invoice.is_return
		)
		document.debit_to = buyer.receivable
		# The goods of an order with a negative total are sold. As rows of a return they would come back into stock.
		moves = settings.update_stock and not settings.historical and not invoice.is_return
		self.move_stock(document, draft, moves)
		document.customer_address = address_of(draft.billing, buyer.addresses)
		document.shipping_address_name = address_of(draft.shipping, buyer.addresses)
		document.territory = self.territory_of(draft)
		document.remarks = _remarks(order, draft)
		document.woo_fingerprint = invoice.fingerprint
		document.woo_untaxed_amount = float(invoice.untaxed)
		document.update(details_of(order, draft) | contact_of(draft))
		document.update(mapped_values(draft.mapped.of(INVOICE), settings.zone))
		self.add_rows(document, invoice.rows, place, mapped=draft.mapped)
		self.add_charges(document, invoice.charges, place)
		if draft.payment_terms and not invoice.is_return and not self.is_paid_within(draft):
			document.payment_terms_template = draft.payment_terms
			document.due_date = due_date(draft.payment_terms, document.posting_date)
		if self.is_paid_within(draft):
			document.is_pos = 1
			payment = {
				"mode_of_payment": draft.payment.mode_of_payment,  # type: ignore[union-attr]  # `is_paid_within`
				"account": draft.payment.account,  # type: ignore[union-attr]  # `is_paid_within`
				"amount": float(draft.payment.amount),  # type: ignore[union-attr]  # `is_paid_within`
			}
			document.append("payments", payment)
		if self.bill:
			self.bill(order, draft, document)
		return document

	def unbooked(self, order: OrderFacts, draft: OrderDraft, buyer: Buyer, name: str) -> Document:
		"""An unsaved invoice, with the fields that a payment without an invoice needs."""
		document = self._document(
			order, draft.currency, buyer.customer, draft.payments[0].paid_at, self.place_of(draft), False
		)
		document.name = name
		document.debit_to = buyer.receivable
		document.grand_total = document.base_grand_total = 0
		return document

	def renew(
		self,
		poster: Poster,
		document: Document,
		order: OrderFacts,
		draft: OrderDraft,
		buyer: Buyer,
	) -> bool:
		"""Make a draft invoice what its order is now, and submit it where the policy says so. Whether that changed it."""
		fresh = self._invoice(order, draft, buyer)
		keep_as_made(fresh, document, draft.mapped)
		fields, tables = of_the_order(draft), rows_of_the_order(draft)
		if not rewrite(poster, document, fresh, draft.invoice.submit, fields, tables):
			return False
		hold_to_total(document, draft.invoice.total)
		return True

	def update_details(self, poster: Poster, name: str, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Write what the order says beside its money into a submitted invoice. Whether that changed it."""
		fields = [*DETAILS, *following(draft.mapped, INVOICE)]
		mapped = mapped_values(draft.mapped.of(INVOICE), self.settings.zone)
		fresh = frappe.get_doc({"doctype": INVOICE, **details_of(order, draft), **mapped})
		sanitise(fresh)
		differs = differing(frappe.db.get_value(INVOICE, name, fields, as_dict=True), fresh, fields)
		if order.anonymised:
			# The shop has erased it; the payment of a booked invoice is still found by it.
			differs.pop("woo_transaction_id", None)
		if differs:
			poster.touch(INVOICE, name)
			frappe.db.set_value(INVOICE, name, differs)
		return self._update_lines(name, draft) or bool(differs)

	def _update_lines(self, name: str, draft: OrderDraft) -> bool:
		"""Write what the mapping gives for the lines of a submitted invoice. Whether that changed one."""
		fields = following(draft.mapped, LINE)
		changed = False
		columns = ["name", "woo_order_line_id", *fields]
		for row in frappe.get_all(LINE, {"parent": name}, columns) if fields else ():
			values = mapped_values(draft.mapped.of_line(row.woo_order_line_id), self.settings.zone)
			fresh = frappe.get_doc({"doctype": LINE, **values})
			sanitise(fresh)
			if differs := differing(row, fresh, fields):
				frappe.db.set_value(LINE, row.name, differs)
				changed = True
		return changed

	def is_paid_within(self, draft: OrderDraft) -> bool:
		"""Whether the payment is a row of the invoice: ERPNext refuses such an invoice unless it is paid in full.

		Of several payments each has a date and a reference of its own, which such rows don't keep.
		"""
		payment = draft.payment
		return bool(
			self.settings.pos_payments
			and draft.invoice.submit
			and payment
			and len(draft.payments) == 1
			and payment.amount == draft.invoice.total
			and not payment.fee
		)

	def book_credit_note(
		self,
		order: OrderFacts,
		draft: OrderDraft,
		note: CreditNoteDraft,
		original: Document,
		name: str | None,
		before: str | None = None,
	) -> Document:
		"""Book a refund against its invoice.

		What isn't paid back reduces what the invoice still has outstanding; ERPNext itself keeps the rest on the note.

		:param original: the booked invoice
		:param before: name of the cancelled credit note that this one follows
		:raises BookingRefusedError: it doesn't come to the refund's total
		"""
		place = self.place_of(draft)
		posted_at = max(note.posted_at, draft.invoice.posted_at)
		document = self._document(order, draft.currency, original.customer, posted_at, place, True)
		document.return_against = original.name
		document.amended_from = before
		document.conversion_rate = original.conversion_rate
		document.debit_to = original.debit_to
		document.territory = original.territory
		document.customer_address = original.customer_address
		document.shipping_address_name = original.shipping_address_name
		# As ERPNext itself decides: a note that is worth more than its invoice has outstanding is owed to the customer.
		is_owed = bool(note.repayment) or -note.total > self.facts.outstanding(original)
		document.update_outstanding_for_self = int(is_owed)
		document.remarks = storable(note.reason) or f"Refund {note.refund_id} of order {order.number}"
		document.woo_refund_id = note.refund_id
		document.woo_untaxed_amount = float(note.untaxed)
		document.woo_refunded_by_amount = float(note.by_amount)
		document.update(details_of(order, draft, VAT) | contact_of(draft))
		document.update(mapped_values(draft.mapped.of(CREDIT_NOTE), self.settings.zone))
		rows = note.rows
		if not note.charges:
			# Without any charge ERPNext would charge what the template says.
			rows = [replace(row, item_tax_template="") for row in rows]
		self.add_rows(document, rows, place, ReturnedRows(original, self.facts.returned(original)))
		if self.settings.restock_refunds and original.update_stock and note.restocked:
			put_back(document, original.name, note.restocked, self.settings.stock_uom)
		self.add_charges(document, note.charges, place)
		self.writer.submit(document, name)
		hold_to_total(document, note.total)
		return document

	# --- common to both ---

	def _document(
		self, order: OrderFacts, currency: str, customer: str, posted_at, place: Place, is_return: bool
	):
		settings = self.settings
		day, time = posting(posted_at, settings.zone)
		return self.writer.new(
			{
				"doctype": "Sales Invoice",
				"company": settings.company,
				"customer": customer,
				# Without it a document takes the default of Selling Settings before its customer's own.
				"customer_group": self.facts.customer_group(customer),
				"is_return": int(is_return),
				"is_pos": 0,
				"set_posting_time": 1,
				"posting_date": day,
				"posting_time": time,
				"due_date": day,
				"ignore_default_payment_terms_template": 1,
				"currency": currency,
				"conversion_rate": float(self.facts.rates.conversion_rate(currency, day)),
				"selling_price_list": settings.price_list or None,
				"plc_conversion_rate": 1.0,
				"ignore_pricing_rule": 1,
				"disable_rounded_total": 1,
				"cost_center": place.cost_center or settings.cost_center,
				"woo_store": settings.store,
				"woo_order_id": order.order_id,
				"woo_order_number": storable(order.number, DATA_LENGTH),
			}
		)

	def place_of(self, draft: OrderDraft) -> Place:
		return self.settings.places.get(self.territory_of(draft), NOWHERE)

	def territory_of(self, draft: OrderDraft) -> str:
		"""The Territory of this order's addresses, never that of the customer's last order."""
		for address in (draft.shipping, draft.billing):
			if address and address.territory:
				return address.territory
		return self.settings.territory

	def move_stock(self, document: Document, draft: OrderDraft, moves: bool) -> None:
		""":param document: an invoice that isn't stored yet; :param moves: whether it takes the goods from the warehouse"""
		document.update_stock = int(moves)
		document.set_warehouse = self.warehouse_of(self.place_of(draft)) if moves else None

	def warehouse_of(self, place: Place) -> str | None:
		return place.warehouse or self.settings.warehouse or None

	def add_rows(
		self,
		document: Document,
		rows: list[InvoiceRow],
		place: Place,
		returned: ReturnedRows | None = None,
		mapped: MappedValues | None = None,
	) -> None:
		for row in rows:
			uom, whole = self.facts.units.get(row.item_code, (self.settings.stock_uom, True))
			values = {
				"item_code": row.item_code,
				# The same name as an item made from the line: a resumed run finds the item by it.
				"item_name": plain(row.item_name, DATA_LENGTH) or row.item_code,
				"description": storable(row.description) or plain(row.item_name) or row.item_code,
				"qty": float(row.quantity),
				"uom": uom,
				"conversion_factor": 1,
				"rate": float(row.rate),
				"price_list_rate": float(row.price_list_rate),
				# ERPNext treats a rate of zero as missing if the price list has a rate.
				"discount_percentage": 100 if row.price_list_rate and not row.rate else 0,
				"income_account": row.account,
				"cost_center": place.cost_center or self.settings.cost_center,
				"warehouse": self.warehouse_of(place),
				"woo_order_line_id": row.order_line_id,
				"woo_product": row.store_product,
				"woo_tax_class": storable(row.tax_class, DATA_LENGTH),
			}
			if row.item_tax_template:
				values["item_tax_template"] = row.item_tax_template
			if whole and row.quantity != row.quantity.to_integral_value():
				values.update(_as_one(row))
			if mapped:
				values.update(mapped_values(mapped.of_line(row.order_line_id), self.settings.zone))
			for part in returned.parts(row, values) if returned else [values]:
				document.append("items", part)

	def add_charges(self, document: Document, charges: list[ChargeRow], place: Place) -> None:
		"""Add taxes, shipping and fees. ERPNext would spread each amount over all items (`dont_recompute_tax`)."""
		shares: list[dict] = []
		for charge in charges:
			document.append(
				"taxes",
				{
					"charge_type": "Actual",
					"account_head": charge.account,
					"description": storable(charge.description, DATA_LENGTH) or charge.kind.value.title(),
					# ERPNext 16 writes it into each item's row before it empties it here.
					"rate": 0.0,
					"tax_amount": float(charge.amount),
					"cost_center": place.cost_center or self.settings.cost_center,
					"dont_recompute_tax": 1,
					"item_wise_tax_detail": _by_item(charge, document),
					**_tax_facts(charge),
				},
			)
			shares += tax_shares.of_charge(charge, document)
		document._item_wise_tax_details = shares


def _by_item(charge: ChargeRow, document: Document) -> str:
	"""What a tax was charged on which item, as ERPNext keeps it: {item: [rate, amount in the company's currency]}."""
	rate = float(charge.rate_percent or 0)
	amounts: dict[str, Decimal] = {}
	for position, amount in charge.items:
		item = document.items[position]
		key = item.item_code or item.item_name
		amounts[key] = amounts.get(key, Decimal(0)) + amount
	by_item = {key: [rate, float(amount) * document.conversion_rate] for key, amount in amounts.items()}
	return json.dumps(by_item, separators=(",", ":"))


def _tax_facts(charge: ChargeRow) -> dict:
	"""What the report of taxes needs of a tax row. Charges that are no taxes have none of it."""
	if charge.kind is not ChargeKind.TAX:
		return {"woo_tax_rate_id": 0, "woo_tax_percent": 0.0, "woo_taxable_amount": 0.0, "woo_tax_class": ""}
	return {
		"woo_tax_rate_id": charge.source_id,
		# ERPNext empties `rate` in rows of the type Actual.
		"woo_tax_percent": float(charge.rate_percent or 0),
		"woo_taxable_amount": float(charge.taxable or 0),
		"woo_tax_class": storable(charge.tax_class, DATA_LENGTH),
	}


def rewrite(
	poster: Poster,
	document: Document,
	fresh: Document,
	submit: bool,
	fields: Sequence[str],
	tables: Mapping[str, Sequence[str]],
) -> bool:
	"""Make a draft document what one just made says, and submit it where that is asked for. Whether that changed it."""
	sanitise(fresh)
	if not submit and says(document, fresh, fields, tables):
		return False
	for field, filled in FILLED_IN_BY.items():
		if document.get(field) != fresh.get(field):
			document.update({name: None for name in filled if document.meta.has_field(name)})
	document.update({field: fresh.get(field) for field in fields})
	for table in tables:
		document.set(table, [])
		for row in fresh.get(table):
			document.append(table, row.as_dict(no_default_fields=True, no_nulls=True))
	tax_shares.carry_over(fresh, document)
	if submit:
		poster.submit_draft(document)
	else:
		poster.save(document)
	return True


def hold_to_total(document: Document, total: Decimal) -> None:
	"""The last check before a document stays: what ERPNext made of it is what was charged.

	:raises BookingRefusedError: it isn't
	"""
	if Decimal(str(document.grand_total)) != total:
		precision = document.precision("grand_total")
		raise BookingRefusedError(
			Sentence(
				"ERPNext calculates {0} {1} for {2}, but the store says {3}.",
				document.grand_total,
				document.currency,
				document.name,
				total,
			),
			Sentence("The site keeps {0} decimals: set Currency Precision in System Settings.", precision)
			if -total.as_tuple().exponent > precision  # type: ignore[operator]  # a finite number
			else "Look for a rule on the site that changes prices or taxes, or book this order by hand.",
			"total_differs_on_site",
		)


def _as_one(row: InvoiceRow) -> dict:
	"""A part of a piece, of an item that ERPNext counts in whole pieces: one piece for the same amount, with the quantity in its name."""
	sign = -1 if row.quantity < 0 else 1
	name = f"{abs(row.quantity).normalize():f} x {row.item_name}"
	each = Decimal(row.price_list_rate) * abs(row.quantity)
	return {
		"qty": sign,
		"rate": float(abs(row.amount)),
		"price_list_rate": float(max(each.quantize(CENT), abs(row.amount))),
		"item_name": plain(name, DATA_LENGTH),
		"description": storable(f"{name}\n{row.description}".strip()),
	}


def due_date(terms: str, day: date) -> date:
	"""When an invoice of that day falls due by a template of terms, at the latest.

	ERPNext's `get_due_date_from_template` adds one term's days to another's; its own payment schedule doesn't.
	"""
	template = frappe.get_cached_doc("Payment Terms Template", terms)
	return max([day, *(getdate(due) for term in template.terms if (due := get_due_date(term, day)))])


def address_of(address: AddressDraft | None, addresses: dict[str, str]) -> str | None:
	return addresses.get(address.signature) if address else None


def _remarks(order: OrderFacts, draft: OrderDraft) -> str:
	lines = [f"Order {order.number} of {draft.customer.name}".strip()]
	if draft.payment_method_title:
		lines.append(draft.payment_method_title)
	if draft.coupons:
		lines.append(f"Coupons: {', '.join(draft.coupons)}")
	if draft.remarks:
		lines.append(draft.remarks)
	return storable("\n".join(lines))


def contact_of(draft: OrderDraft) -> dict:
	"""How this order says that its customer is reached, as far as Frappe takes it. Empty, not missing: ERPNext would fill in
	what another order of the customer said.
	"""
	return {
		"contact_email": valid_email(draft.contact_email),
		"contact_mobile": valid_phone(draft.contact_phone),
	}
