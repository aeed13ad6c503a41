"""The second half of docs/use/changes.md: what people and closed books put in the way of a change."""

import re
from collections.abc import Callable
from decimal import Decimal

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_delivery_note, make_sales_return

from jarz_woocommerce_integration.tests.changes.test_changes_in_the_shop import (
	CHANGES,
	COLUMNS,
	ChangesTestCase,
	table,
)
from jarz_woocommerce_integration.tests.support.changing_orders import ShopOrder
from jarz_woocommerce_integration.tests.support.site import freeze_accounts

HEADING = "What stands in the way"
COMPANY = "Jarz Test"
BY_HAND = Decimal("50.00")


def _close_period(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	period = {
		"doctype": "Accounting Period",
		"period_name": "March",
		"company": COMPANY,
		"start_date": "2026-03-01",
		"end_date": "2026-03-31",
		"closed_documents": [{"document_type": "Sales Invoice", "closed": 1}],
	}
	name = frappe.get_doc(period).insert().name
	case.addCleanup(case.take_away, "Accounting Period", name)


def _freeze(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	freeze_accounts("2026-03-31")
	case.addCleanup(frappe.db.commit)
	case.addCleanup(freeze_accounts, None)


def _close_year(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	voucher = {
		"doctype": "Period Closing Voucher",
		"company": COMPANY,
		"period_start_date": "2026-01-01",
		"period_end_date": "2026-03-31",
		"transaction_date": "2026-03-31",
		"fiscal_year": "2026",
		"docstatus": 1,
	}
	document = frappe.get_doc(voucher)
	document.name = "PCV-TEST"
	document.db_insert()
	case.addCleanup(case.take_away, "Period Closing Voucher", document.name)


def _deliver(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	note = make_delivery_note(case.invoice_of(shop).name).insert()
	note.submit()
	case.addCleanup(case.take_away, "Delivery Note Item", {"parent": note.name})
	case.addCleanup(case.take_away, "Delivery Note", note.name)


def _give_back(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	note = make_sales_return(case.invoice_of(shop).name)
	note.items[0].qty = -1
	note.posting_date = "2026-03-04"
	note.set_posting_time = 1
	note.due_date = "2026-03-04"
	note.update_outstanding_for_self = 1
	note.woo_order_id = 0
	note.insert()
	note.submit()


def _journal(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	invoice = case.invoice_of(shop)
	sides = [
		{"account": "Cash - JT", "debit_in_account_currency": float(BY_HAND)},
		{
			"account": invoice.debit_to,
			"party_type": "Customer",
			"party": invoice.customer,
			"credit_in_account_currency": float(BY_HAND),
			"reference_type": "Sales Invoice",
			"reference_name": invoice.name,
		},
	]
	journal = {
		"doctype": "Journal Entry",
		"company": COMPANY,
		"posting_date": "2026-03-04",
		"accounts": sides,
	}
	frappe.get_doc(journal).insert().submit()


def _pay(case: "TestWhatStandsInTheWay", shop: ShopOrder, amount: Decimal = BY_HAND, submit: bool = True):
	payment = get_payment_entry("Sales Invoice", case.invoice_of(shop).name, party_amount=float(amount))
	payment.reference_no, payment.reference_date = "by hand", "2026-03-04"
	payment.posting_date = "2026-03-04"
	payment.insert()
	if submit:
		payment.submit()
		case.by_hand = amount
	return payment


def _draft_payment(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	_pay(case, shop, submit=False)


def _reconcile(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	frappe.db.set_value("Payment Entry", case.payment_of(shop).name, "clearance_date", "2026-03-05")


def _settle_another(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	"""What ERPNext's reconciliation leaves behind where somebody has split our payment."""
	payment = case.payment_of(shop)
	row = payment.references[0].as_dict(no_default_fields=True)
	other = frappe.get_doc({**row, "doctype": "Payment Entry Reference", "parent": payment.name, "idx": 2})
	other.update({"parenttype": "Payment Entry", "parentfield": "references", "docstatus": 1})
	other.update({"reference_name": case.another_invoice(), "allocated_amount": 1})
	other.db_insert()


def _pay_back(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	"""The repayment of ours was cancelled, and one was made by hand."""
	(row,) = case.notes_in_map(shop)
	frappe.get_doc("Payment Entry", row.payment_entry).cancel()
	payment = get_payment_entry("Sales Invoice", row.sales_invoice)
	payment.reference_no, payment.reference_date, payment.posting_date = "by hand", "2026-03-04", "2026-03-04"
	payment.insert().submit()


def _edit_draft(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	invoice = case.invoice_of(shop)
	invoice.items[0].description = "As the customer wants it"
	invoice.save()


def _edit_money_of_draft(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	invoice = case.invoice_of(shop)
	invoice.items[0].rate = 40
	invoice.save()


def _edit_submitted(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	invoice = case.invoice_of(shop)
	case.allow_reposting()
	invoice.cost_center = case.other_cost_center()
	invoice.save(ignore_version=False)
	for doctype in ("Repost Accounting Ledger", "Repost Accounting Ledger Items"):
		case.addCleanup(case.take_away, doctype, {"name": ("!=", "")})


def _cancel(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	case.invoice_of(shop).cancel()


def _cancel_and_amend(case: "TestWhatStandsInTheWay", shop: ShopOrder) -> None:
	case.amend_by_hand(shop, rate=40)


# --- on the invoice -> the column that it stands in, and what is done to it ---
OBSTACLES: dict[str, tuple[str, Callable]] = {
	"its accounting period is closed": ("paid", _close_period),
	"its accounts are frozen": ("paid", _freeze),
	"its year is closed by a Period Closing Voucher": ("paid", _close_year),
	"a Delivery Note": ("paid", _deliver),
	"a credit note made by hand": ("paid", _give_back),
	"unpaid, a Journal Entry": ("unpaid", _journal),
	"unpaid, a draft payment made by hand": ("unpaid", _draft_payment),
	"unpaid, a payment made by hand": ("unpaid", _pay),
	"our payment is reconciled with the bank": ("paid", _reconcile),
	"our payment settles another invoice, too": ("paid", _settle_another),
	"partly returned, the credit note paid back by hand": ("partly returned", _pay_back),
	"a draft that a person has changed, for the same total": ("draft", _edit_draft),
	"a draft that a person has changed, for another total": ("draft", _edit_money_of_draft),
	"a person has changed it after it was submitted": ("paid", _edit_submitted),
	"a person has cancelled it": ("paid", _cancel),
	"a person has cancelled and amended it, for another total": ("paid", _cancel_and_amend),
}


class TestWhatStandsInTheWay(ChangesTestCase):
	def hold(self, name: str) -> None:
		columns, rows = table(HEADING)
		cells = next(cells for row, *cells in rows if row == name)
		column, do = OBSTACLES[name]
		for change, words in zip(columns[1:], cells, strict=True):
			with self.subTest(row=name, change=change):
				self.by_hand = Decimal(0)
				shop = self.stand(column)
				do(self, shop)
				frappe.db.commit()
				self.remember(shop)
				self.happen(change, shop)
				self.check(words, shop)
				self.assert_once(change, shop)
				self.doCleanups()

	def test_the_document_has_each_row(self):
		columns, rows = table(HEADING)
		self.assertEqual([name for name, *_cells in rows], list(OBSTACLES))
		self.assertLessEqual(set(columns[1:]), set(CHANGES))

	# --- what people do ---

	def another_invoice(self) -> str:
		other = self.new_order()
		for step in COLUMNS["unpaid"]:
			step(other)
		self.book(other)
		return self.invoice_of(other).name

	def other_cost_center(self) -> str:
		name = "Other - JT"
		if not frappe.db.exists("Cost Center", name):
			center = {"doctype": "Cost Center", "cost_center_name": "Other", "company": COMPANY}
			frappe.get_doc({**center, "parent_cost_center": f"{COMPANY} - JT"}).insert()
		return name

	def allow_reposting(self) -> None:
		if not frappe.db.exists("DocType", "Repost Accounting Ledger Settings"):
			return  # ERPNext 16 reposts invoices without asking
		settings = frappe.get_doc("Repost Accounting Ledger Settings")
		if not settings.allowed_types:
			settings.append("allowed_types", {"document_type": "Sales Invoice", "allowed": 1})
			settings.save()

	def take_away(self, doctype: str, which: str | dict) -> None:
		frappe.db.delete(doctype, which if isinstance(which, dict) else {"name": which})
		frappe.db.commit()


def _tests() -> None:
	for name in OBSTACLES:

		def test(self, name=name):
			self.hold(name)

		words = re.sub(r"\W+", "_", name).strip("_").lower()
		setattr(TestWhatStandsInTheWay, f"test_{words}", test)


_tests()
del ChangesTestCase
