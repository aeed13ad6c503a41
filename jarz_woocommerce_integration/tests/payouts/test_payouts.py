"""Payouts of a gateway on a site: from its statement to the bank, and the clearing account explained to the cent."""

import csv
import io
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.services.payouts import importing, payout as payouts
from jarz_woocommerce_integration.services.payouts.clearing import (
	balance_of,
	clearing_accounts,
	explained,
	report_of,
)
from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.services.undo.undo import undo
from jarz_woocommerce_integration.tests.support.shop_on_site import ShopOnSiteTestCase
from jarz_woocommerce_integration.tests.support.site import sized

GATEWAY = "paymob"
FEE = Decimal("1.25")
PAYOUT, FORMAT = "WooCommerce Payout", "WooCommerce Payout Format"
DAY = "2026-11-20"
COLUMNS = ("Id", "Transaction", "Kind", "Gross", "Fee", "Payout", "Paid On")


class PayoutTestCase(ShopOnSiteTestCase):
	orders = sized(80, 700)

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.company = cls.store.company
		cls.clearing = cls.account("Paymob Clearing", "Bank")
		cls.bank = cls.account("Payout Bank", "Bank")
		cls.fees = cls.account("Payout Fees", "", "Expense")
		cls.disputes = cls.account("Payout Disputes", "", "Expense")
		store = frappe.get_doc("WooCommerce Store", cls.store.name)
		row = next(row for row in store.gateways if row.gateway == GATEWAY)
		row.account = cls.clearing
		store.save()
		cls.store = store
		frappe.db.set_value("Company", cls.company, "default_bank_account", cls.bank)
		frappe.db.commit()
		with open_session(store.name) as session:
			cls.run_id = migrate(session, session.scope()).run.run_id
		cls.format = cls.make_format()
		frappe.db.commit()

	@classmethod
	def account(cls, name: str, account_type: str, root: str = "Asset") -> str:
		found = frappe.db.get_value("Account", {"account_name": name, "company": cls.company})
		if found:
			return found
		parent = frappe.db.get_value(
			"Account",
			{"company": cls.company, "root_type": root, "is_group": 1, "parent_account": ("is", "set")},
		)
		account = {
			"doctype": "Account",
			"account_name": name,
			"company": cls.company,
			"parent_account": parent,
		}
		return frappe.get_doc({**account, "account_type": account_type}).insert().name

	@classmethod
	def make_format(cls) -> str:
		frappe.delete_doc(FORMAT, "Test Format", force=True, ignore_missing=True)
		columns = ("identifier", "reference", "kind", "gross", "fee", "payout_id", "payout_date")
		document = frappe.get_doc(
			{
				"doctype": FORMAT,
				"format_name": "Test Format",
				"currency_of_file": "EGP",
				**{f"{ours}_column": theirs for ours, theirs in zip(columns, COLUMNS, strict=True)},
				"kinds": [
					{"text": kind, "kind": kind}
					for kind in ("Payment", "Refund", "Fee", "Dispute", "Adjustment")
				],
			}
		)
		return document.insert().name

	def setUp(self):
		super().setUp()
		for name in frappe.get_all(PAYOUT, {"docstatus": 1}, pluck="name"):
			frappe.get_doc(PAYOUT, name).cancel()
		for name in frappe.get_all(PAYOUT, pluck="name"):
			frappe.delete_doc(PAYOUT, name, force=True)

	# --- the statement, from the shop's own orders ---

	def rows(self, payout_id: str = "PO-1") -> list[list[str]]:
		rows = []
		for order in self.paid_orders():
			gross = Decimal(order["total"])
			rows.append(
				[
					f"tx-{order['id']}",
					order["transaction_id"],
					"Payment",
					str(gross),
					str(FEE),
					payout_id,
					DAY,
				]
			)
		return rows

	def paid_orders(self) -> list[dict]:
		booked = set(
			frappe.get_all("Payment Entry", {"paid_to": self.clearing, "docstatus": 1}, pluck="woo_order_id")
		)
		orders = map(self.shop.body, sorted(booked))
		return [order for order in orders if order["currency"] == "EGP" and order["transaction_id"]]

	def statement(self, rows: list[list[str]]) -> str:
		file = io.StringIO()
		csv.writer(file).writerows([COLUMNS, *rows])
		return file.getvalue()

	def imported(self, rows: list[list[str]]):
		outcome = importing.import_statement(self.store, GATEWAY, self.statement(rows), self.format)
		(name,) = outcome["made"]
		document = frappe.get_doc(PAYOUT, name)
		document.fee_account, document.dispute_account = self.fees, self.disputes
		return document.save()

	def balance(self, account: str) -> Decimal:
		return balance_of(account, frappe.utils.getdate(DAY))


class TestPayouts(PayoutTestCase):
	def test_a_statement_becomes_a_draft_and_books_nothing(self):
		before = frappe.db.count("GL Entry")
		payout = self.imported(self.rows())
		self.assertEqual(payout.docstatus, 0)
		self.assertEqual(payout.open_lines, 0)
		self.assertEqual(payout.matched_lines, len(self.paid_orders()))
		self.assertGreater(payout.matched_lines, 3)
		self.assertEqual(frappe.db.count("GL Entry"), before)

	def test_the_money_goes_from_the_clearing_account_to_the_bank_with_the_fees_on_their_account(self):
		rows = self.rows()
		gross = sum(Decimal(row[3]) for row in rows)
		fees = FEE * len(rows)
		accounts = (self.bank, self.fees, self.clearing)
		before = [self.balance(account) for account in accounts]
		payout = self.imported(rows)
		payout.submit()
		moved = [self.balance(account) - was for account, was in zip(accounts, before, strict=True)]
		self.assertEqual(moved, [gross - fees, fees, -gross])
		entry = frappe.get_doc("Journal Entry", payout.journal_entry)
		self.assertEqual((entry.cheque_no, str(entry.posting_date)), ("PO-1", DAY))

	def test_it_is_shown_in_erpnexts_bank_reconciliation(self):
		from erpnext.accounts.doctype.bank_clearance.bank_clearance import (
			get_payment_entries_for_bank_clearance,
		)

		payout = self.imported(self.rows())
		payout.submit()
		entries = get_payment_entries_for_bank_clearance(DAY, DAY, self.bank, None, 1, 0)
		self.assertIn(payout.journal_entry, [entry.payment_entry for entry in entries])

	def test_each_planted_difference_is_listed(self):
		rows = self.rows()
		rows[0][3] = str(Decimal(rows[0][3]) + 1)
		rows[1][1] = "unknown-transaction"
		rows.append(list(rows[2]))
		payout = self.imported(rows)
		found = {row.idx: row.state for row in payout.lines if row.state != "Matched"}
		self.assertEqual(found, {1: "Amount Differs", 2: "Not in the Books", len(rows): "Twice in the File"})
		with self.assertRaisesRegex(frappe.ValidationError, "in the books as the gateway"):
			payout.submit()
		self.assertEqual(frappe.db.count("Journal Entry", {"cheque_no": "PO-1", "docstatus": 1}), 0)

	def test_a_payment_is_not_paid_out_twice(self):
		self.imported(self.rows()).submit()
		again = self.imported([row[:5] + ["PO-2", DAY] for row in self.rows()[:2]])
		self.assertEqual({row.state for row in again.lines}, {"Paid Out Before"})

	def test_a_payout_that_is_there_is_not_made_again(self):
		self.imported(self.rows())
		outcome = importing.import_statement(self.store, GATEWAY, self.statement(self.rows()), self.format)
		self.assertEqual((outcome["made"], outcome["known"]), ([], ["PO-1"]))

	def test_lines_that_do_not_come_to_the_amount_are_not_booked(self):
		payout = self.imported(self.rows())
		payout.amount += 1
		payout.save()
		with self.assertRaisesRegex(frappe.ValidationError, "come to"):
			payout.submit()

	def test_an_account_that_lacks_is_named(self):
		payout = self.imported([*self.rows(), ["tx-d", "x", "Dispute", "-20", "15", "PO-1", DAY]])
		payout.dispute_account = None
		payout.save()
		with self.assertRaisesRegex(frappe.ValidationError, "Dispute Account"):
			payout.submit()

	def test_cancelling_takes_the_bank_entry_back(self):
		before = self.balance(self.clearing)
		payout = self.imported(self.rows())
		payout.submit()
		payout.cancel()
		self.assertEqual(frappe.db.get_value("Journal Entry", payout.journal_entry, "docstatus"), 2)
		self.assertEqual(self.balance(self.clearing), before)
		self.assertEqual(self.imported(self.rows()).open_lines, 0)

	def test_a_payment_can_be_cancelled_and_the_payout_shows_it(self):
		payout = self.imported(self.rows())
		payout.submit()
		name = payout.lines[0].payment_entry
		frappe.get_doc("Payment Entry", name).cancel()
		self.addCleanup(frappe.db.rollback)
		payouts.match_again(frappe.get_doc(PAYOUT, payout.name))
		self.assertEqual(frappe.db.get_value(PAYOUT, payout.name, "open_lines"), 1)


class TestClearingAccount(PayoutTestCase):
	def assert_explained(self) -> list[dict]:
		rows = explained(self.clearing, frappe.utils.getdate(DAY))
		total = sum((Decimal(str(row["amount"])) for row in rows), Decimal(0))
		self.assertEqual(total, self.balance(self.clearing))
		return rows

	def test_before_a_payout_each_payment_waits(self):
		rows = self.assert_explained()
		self.assertEqual({row["why"] for row in rows}, {"Not paid out yet"})
		sides = ({"paid_to": self.clearing}, {"paid_from": self.clearing})
		payments = sum(frappe.db.count("Payment Entry", {"docstatus": 1, **side}) for side in sides)
		self.assertEqual(len(rows), payments)

	def test_after_it_what_was_not_paid_out_is_left(self):
		rows = self.rows()
		self.imported(rows[1:]).submit()
		left = {
			row["reference"] for row in self.assert_explained() if not row["reference"].startswith("Refund")
		}
		self.assertIn(rows[0][1], left)
		self.assertNotIn(rows[1][1], left)

	def test_differences_that_were_accepted_are_named(self):
		rows = self.rows()
		rows[0][3] = str(Decimal(rows[0][3]) + 1)
		rows[1][1] = "unknown-transaction"
		payout = self.imported(rows)
		payout.accept_open_lines = 1
		payout.submit()
		why = {row["why"]: row["amount"] for row in self.assert_explained() if row["payout"]}
		self.assertEqual(why["Paid out with another amount"], -1)
		self.assertEqual(why["Paid out, but not in the books"], -float(rows[1][3]))

	def test_a_balance_that_stays_at_the_gateway_is_named(self):
		payout = self.imported(self.rows())
		payout.amount -= 100
		payout.leaves_balance = 1
		payout.save()
		payout.submit()
		(row,) = [row for row in self.assert_explained() if row["why"] == "Stays at the gateway"]
		self.assertEqual(row["amount"], 100)

	def test_a_payment_that_is_booked_after_its_payout_is_matched_and_the_booking_stays(self):
		rows = self.rows()
		reference, rows[0][1] = rows[0][1], "booked-later"
		payout = self.imported(rows)
		payout.accept_open_lines = 1
		payout.submit()
		fees = payout.fees_to_book
		payment = frappe.db.get_value("Payment Entry", {"reference_no": reference})
		frappe.db.set_value("Payment Entry", payment, "reference_no", "booked-later", update_modified=False)
		self.addCleanup(frappe.db.rollback)
		payouts.match_again(frappe.get_doc(PAYOUT, payout.name))
		payout.reload()
		self.assertEqual((payout.open_lines, payout.fees_to_book), (0, fees))
		self.assertNotIn(payment, [row["document"] for row in self.assert_explained()])

	def test_a_fee_that_payment_and_payout_have_booked_is_named(self):
		payout = self.imported(self.rows())
		payout.submit()
		line = payout.lines[0]
		# As a payment would stand that was booked later, with its fee.
		entry = {"voucher_no": line.payment_entry, "account": self.clearing}
		frappe.db.set_value("GL Entry", entry, "debit_in_account_currency", line.gross - 1)
		self.addCleanup(frappe.db.rollback)
		(row,) = [row for row in self.assert_explained() if row["payout"]]
		self.assertEqual((row["why"], row["amount"]), ("Fee booked twice", -1))

	def test_a_payment_that_was_paid_out_twice_is_named(self):
		self.imported(self.rows()).submit()
		again = self.imported([row[:5] + ["PO-2", DAY] for row in self.rows()[:1]])
		again.accept_open_lines = 1
		again.submit()
		self.assertEqual({row["why"] for row in self.assert_explained() if row["payout"]}, {"Paid out twice"})

	def test_another_account_is_not_shown(self):
		income = frappe.db.get_value("Company", self.company, "default_income_account")
		with self.assertRaises(frappe.PermissionError):
			report_of({"account": income, "day": DAY})

	def test_the_accounts_of_gateways_are_offered_and_no_others(self):
		self.imported(self.rows())
		accounts = clearing_accounts()
		self.assertEqual(accounts[0], self.clearing)
		self.assertNotIn(frappe.db.get_value("Company", self.company, "default_income_account"), accounts)

	def test_a_format_of_dates_that_is_none_is_refused_where_it_is_written(self):
		document = frappe.get_doc(FORMAT, self.format)
		document.date_format = "dd.mm"
		with self.assertRaisesRegex(frappe.ValidationError, "Date Format"):
			document.save()


class TestUndo(PayoutTestCase):
	orders = 40

	def test_an_undo_keeps_the_orders_that_were_paid_out_and_says_why(self):
		payout = self.imported(self.rows())
		payout.submit()
		frappe.db.commit()
		paid_out = {row.payment_entry for row in payout.lines}
		kept = undo(self.run_id)["kept_documents"]
		reasons = {row["name"]: row["reason"] for row in kept if row["doctype"] == "Payment Entry"}
		self.assertLessEqual(paid_out, set(reasons))
		self.assertTrue(all(payout.name in reasons[name] for name in paid_out))
		left = frappe.get_all("Payment Entry", {"docstatus": 1, "paid_to": self.clearing}, pluck="name")
		self.assertEqual(set(left), paid_out)
