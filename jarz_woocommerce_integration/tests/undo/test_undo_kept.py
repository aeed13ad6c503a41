"""What somebody has touched or used since is kept by an undo, and listed with the reason (docs/operate/undo.md)."""

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import is_as_we_left_it
from jarz_woocommerce_integration.services.undo import undo as rollback
from jarz_woocommerce_integration.tests.support.site import ensure_company
from jarz_woocommerce_integration.tests.undo.rollback_case import RollbackCase, migrate

INVOICE = "Sales Invoice"
PAYMENT = "Payment Entry"
CLOSED_MONTH = ("2025-02-01", "2025-02-28")


class TestKept(RollbackCase):
	def setUp(self):
		super().setUp()
		self.run_name = migrate()

	def undo(self) -> dict[tuple[str, str], dict]:
		""":return: what is kept, by DocType and name"""
		frappe.db.commit()
		self.done = rollback.undo(self.run_name)
		return {(row["doctype"], row["name"]): row for row in self.done["kept_documents"]}

	def invoices(self, **filters) -> list:
		"""Invoices of the run whose customers have no other one."""
		found = frappe.get_all(
			INVOICE,
			{"woo_run": self.run_name, "is_return": 0, **filters},
			["name", "customer", "woo_order_id"],
			order_by="name",
		)
		return [
			row for row in found if frappe.db.count(INVOICE, {"customer": row.customer, "is_return": 0}) == 1
		]

	def assert_kept(self, kept: dict, doctype: str, name: str, kind: str, told: str) -> None:
		self.assertTrue(frappe.db.exists(doctype, name), (doctype, name))
		row = kept.get((doctype, name))
		self.assertTrue(row, f"{doctype} {name} isn't listed")
		self.assertEqual(row["kind"], kind, row)
		self.assertIn(told, row["reason"])

	def test_orders(self):
		paid = [row for row in self.invoices(status="Paid") if not self.credit_notes(row.name)]
		in_closed_month = [row for row in paid if self.is_in_closed_month(row.name)]
		paid = [row for row in paid if row not in in_closed_month]
		unpaid = frappe.get_all(
			INVOICE, {"docstatus": 1, "outstanding_amount": (">", 0)}, pluck="name", order_by="name"
		)
		draft = frappe.get_all(INVOICE, {"docstatus": 0}, pluck="name", order_by="name")
		credited = frappe.get_all(INVOICE, {"is_return": 1}, pluck="return_against", order_by="name desc")[0]

		by_hand = self.pay(unpaid[0])
		journal = self.journal(unpaid[1])
		request = self.payment_request(unpaid[2])
		self.edit(draft[0], "remarks", "Call first")
		self.edit(credited, "po_no", "PO-1")
		credit_note = self.credit(paid[0].name)
		payment = frappe.db.get_value(PAYMENT, {"woo_order_id": paid[1].woo_order_id})
		frappe.get_doc(PAYMENT, payment).cancel()
		frappe.get_doc(INVOICE, paid[2].name).add_comment("Comment", "Nice order")
		self.attach(paid[3].name)
		self.close_month()
		booked = self.entries(set(frappe.get_all(INVOICE, pluck="name")))
		kept = self.undo()

		self.assert_kept(kept, INVOICE, unpaid[0], "paid", by_hand)
		self.assert_kept(kept, INVOICE, unpaid[1], "paid", journal)
		self.assert_kept(kept, INVOICE, unpaid[2], "linked", request)
		self.assert_kept(kept, INVOICE, draft[0], "edited", "Changed by Administrator")
		self.assert_kept(kept, INVOICE, credited, "edited", "Changed by Administrator")
		for note in self.credit_notes(credited):
			self.assert_kept(kept, INVOICE, note, "together", credited)
		self.assert_kept(kept, INVOICE, paid[0].name, "linked", credit_note)
		self.assert_kept(kept, PAYMENT, payment, "edited", "Changed by Administrator")
		self.assert_kept(kept, INVOICE, paid[1].name, "edited", "")
		self.assert_kept(kept, INVOICE, in_closed_month[0].name, "closed_period", "closed")
		for row in paid[2:4]:
			self.assertFalse(frappe.db.exists(INVOICE, row.name))
			self.assertFalse(frappe.db.exists("Comment", {"reference_name": row.name}))
			self.assertFalse(frappe.db.exists("File", {"attached_to_name": row.name}))

		self.assertEqual(self.done["kept"], len(kept))
		left = set(frappe.get_all(INVOICE, {"woo_run": self.run_name}, pluck="name"))
		self.assertEqual(left, {name for doctype, name in kept if doctype == INVOICE})
		for name in left:
			customer = frappe.db.get_value(INVOICE, name, "customer")
			self.assert_kept(kept, "Customer", customer, "used", "uses it")
		self.assertEqual(
			frappe.db.sql("SELECT sum(debit) - sum(credit) FROM `tabGL Entry` WHERE is_cancelled = 0")[0][0],
			0,
		)
		self.assert_only_kept_orders_are_in_the_map(left)
		self.assertEqual(self.entries(left), {name: rows for name, rows in booked.items() if name in left})
		self.assert_still_paid(unpaid[0], by_hand)

		frappe.delete_doc("Payment Request", request)
		self.undo()
		self.assertEqual(self.done["undone"], 1, "what is free again goes when the undo is called again")
		self.assertFalse(frappe.db.exists(INVOICE, unpaid[2]))

	def assert_only_kept_orders_are_in_the_map(self, left: set[str]) -> None:
		mapped = frappe.get_all(
			"WooCommerce Order Map", {"sales_invoice": ("is", "set")}, pluck="sales_invoice"
		)
		invoices = frappe.get_all(INVOICE, {"name": ("in", left), "is_return": 0}, pluck="name")
		self.assertEqual(set(mapped), set(invoices))

	def assert_still_paid(self, invoice: str, payment: str) -> None:
		"""ERPNext would take the payment off its invoice without a word."""
		references = frappe.get_all("Payment Entry Reference", {"parent": payment}, pluck="reference_name")
		self.assertEqual(references, [invoice])
		self.assertEqual(frappe.db.get_value(INVOICE, invoice, ("docstatus", "outstanding_amount")), (1, 0))

	def test_masters(self):
		paid = [row for row in self.invoices(status="Paid") if not self.credit_notes(row.name)]
		quoted, edited, invoiced, contacted = (row.customer for row in paid[:4])
		item = frappe.get_all("Item", {"woo_run": self.run_name}, pluck="name", order_by="name")[0]
		quotation = self.quote(quoted, item)
		document = frappe.get_doc("Customer", edited)
		document.customer_details = "Pays late"
		document.save()
		invoice = self.invoice_by_hand(invoiced)
		contact = frappe.get_all(
			"Dynamic Link", {"parenttype": "Contact", "link_name": contacted}, pluck="parent"
		)[0]
		person = frappe.get_doc("Contact", contact)
		person.designation = "Owner"
		person.save()
		kept = self.undo()

		self.assert_kept(kept, "Customer", quoted, "used", quotation)
		self.assert_kept(kept, "Item", item, "used", "uses it")
		self.assert_kept(kept, "Customer", edited, "edited", "Changed by Administrator")
		for row in frappe.get_all("Dynamic Link", {"link_name": edited}, ["parenttype", "parent"]):
			# ERPNext 16 writes a customer's main contact and address, too, when a person saves the customer.
			if is_as_we_left_it(row.parenttype, row.parent):
				self.assert_kept(kept, row.parenttype, row.parent, "together", edited)
			else:
				self.assert_kept(kept, row.parenttype, row.parent, "edited", "Changed by Administrator")
		self.assert_kept(kept, "Customer", invoiced, "used", invoice)
		self.assert_kept(kept, "Contact", contact, "edited", "Changed by Administrator")
		self.assert_kept(kept, "Customer", contacted, "together", contact)
		self.assertEqual(frappe.get_all(INVOICE, pluck="name"), [invoice])
		self.assertEqual(frappe.db.count("Customer"), 4)
		self.assertEqual(frappe.db.count("Item"), 1)
		self.assertEqual(
			set(frappe.get_all("Address", pluck="name")), {name for kind, name in kept if kind == "Address"}
		)

	# --- what is there ---

	def credit_notes(self, invoice: str) -> list[str]:
		return frappe.get_all(INVOICE, {"return_against": invoice, "woo_run": self.run_name}, pluck="name")

	def entries(self, invoices: set[str]) -> dict[str, list]:
		"""What the general ledger says of each invoice."""
		fields = ["account", "debit", "credit", "is_cancelled", "name"]
		return {
			name: frappe.get_all("GL Entry", {"voucher_no": name}, fields, order_by="name")
			for name in invoices
		}

	# --- what people do ---

	def is_in_closed_month(self, invoice: str) -> bool:
		day = str(frappe.db.get_value(INVOICE, invoice, "posting_date"))
		return CLOSED_MONTH[0] <= day <= CLOSED_MONTH[1]

	def pay(self, invoice: str) -> str:
		payment = get_payment_entry(INVOICE, invoice)
		payment.update({"reference_no": "1", "reference_date": payment.posting_date})
		return payment.insert().submit().name

	def journal(self, invoice: str) -> str:
		customer, account = frappe.db.get_value(INVOICE, invoice, ("customer", "debit_to"))
		company = ensure_company()
		party = {
			"account": account,
			"party_type": "Customer",
			"party": customer,
			"credit_in_account_currency": 5,
		}
		cash = {"account": frappe.get_cached_value("Company", company, "default_cash_account")}
		rows = [
			{**party, "reference_type": INVOICE, "reference_name": invoice},
			{**cash, "debit_in_account_currency": 5},
		]
		entry = {
			"doctype": "Journal Entry",
			"company": company,
			"posting_date": frappe.utils.today(),
			"accounts": rows,
		}
		return frappe.get_doc(entry).insert().submit().name

	def payment_request(self, invoice: str) -> str:
		customer, total = frappe.db.get_value(INVOICE, invoice, ("customer", "outstanding_amount"))
		request = {
			"doctype": "Payment Request",
			"payment_request_type": "Inward",
			"party_type": "Customer",
			"party": customer,
			"reference_doctype": INVOICE,
			"reference_name": invoice,
			"grand_total": total,
			"currency": "EGP",
			"email_to": "someone@shop.example",
			"company": ensure_company(),
		}
		name = frappe.get_doc(request).insert().name
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "Payment Request", name, force=True)
		return name

	def edit(self, invoice: str, field: str, value: str) -> None:
		document = frappe.get_doc(INVOICE, invoice)
		document.set(field, value)
		document.save()

	def credit(self, invoice: str) -> str:
		note = make_sales_return(invoice)
		note.set_posting_time = 1
		return note.insert().submit().name

	def attach(self, invoice: str) -> None:
		values = {"attached_to_doctype": INVOICE, "attached_to_name": invoice, "content": f"Of {invoice}"}
		frappe.get_doc({"doctype": "File", "file_name": "note.txt", "is_private": 1, **values}).insert()

	def close_month(self) -> None:
		start, end = CLOSED_MONTH
		period = {"doctype": "Accounting Period", "period_name": "Closed", "company": ensure_company()}
		period |= {"start_date": start, "end_date": end}
		period["closed_documents"] = [
			{"document_type": doctype, "closed": 1} for doctype in (INVOICE, PAYMENT, "Journal Entry")
		]
		name = frappe.get_doc(period).insert().name
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "Accounting Period", name, force=True)

	def quote(self, customer: str, item: str) -> str:
		quotation = {"doctype": "Quotation", "quotation_to": "Customer", "party_name": customer}
		quotation |= {"company": ensure_company(), "items": [{"item_code": item, "qty": 1, "rate": 1}]}
		document = frappe.get_doc(quotation).insert()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "Quotation", document.name, force=True)
		return document.name

	def invoice_by_hand(self, customer: str) -> str:
		company = ensure_company()
		row = {"item_name": "Repair", "qty": 1, "rate": 50, "uom": "Nos", "conversion_factor": 1}
		row["income_account"] = frappe.get_cached_value("Company", company, "default_income_account")
		invoice = {
			"doctype": INVOICE,
			"company": company,
			"customer": customer,
			"items": [{**row, "description": "Repair"}],
		}
		return frappe.get_doc(invoice).insert().submit().name
