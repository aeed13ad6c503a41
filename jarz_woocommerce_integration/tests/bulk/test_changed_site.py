"""Who changes the site between two pages, by whatever means: bulk booking notices it before the next page."""

import subprocess
import sys
from decimal import Decimal
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.checks import known_links
from jarz_woocommerce_integration.ledger.erpnext.bulk.guards import DOCUMENTS, ROWS
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.site_state import site_state
from jarz_woocommerce_integration.tests.bulk.test_refusals import LEARNT, RefusalTestCase
from jarz_woocommerce_integration.translation.drafts import ChargeKind

# Values that a booking depends on, written past `modified`: DocType, name (None: any), field, value.
WRITTEN_PAST_MODIFIED = (
	("Account", None, "freeze_account", "Yes"),
	("Account", None, "balance_must_be", "Debit"),
	("Account", None, "account_currency", "USD"),
	("Brand", None, "brand", "Another"),
	("Company", None, "round_off_account", "Cash - JT"),
	("Company", None, "default_currency", "KWD"),
	("Cost Center", None, "disabled", 1),
	("Country", "Egypt", "time_zones", "UTC"),
	("Currency", "EGP", "fraction_units", 1000),
	("Currency", "EGP", "number_format", "#.###,##"),
	("Customer Group", None, "payment_terms", "Any"),
	("Fiscal Year", None, "disabled", 1),
	("Item Group", None, "is_group", 1),
	("Mode of Payment", None, "type", "Phone"),
	("Price List", None, "price_not_uom_dependent", 1),
	("Property Setter", None, "value", "planted"),
	("Territory", None, "is_group", 1),
	("UOM", "Nos", "must_be_whole_number", 0),
	("DocField", None, "reqd", 1),
)
SINGLES = (
	("Accounts Settings", "add_taxes_from_item_tax_template", "7"),
	("Selling Settings", "allow_multiple_items", "7"),
	("Stock Settings", "stock_uom", "Planted"),
	("Global Defaults", "disable_in_words", "7"),
	("System Settings", "currency_precision", "7"),
	("System Settings", "float_precision", "7"),
	("System Settings", "rounding_method", "Planted"),
	("System Settings", "number_format", "#.########"),
)
RENAMED = ("Account", "Cost Center", "Territory", "Customer Group", "Item Group", "Mode of Payment", "UOM")
CHARGES = ((1, ChargeKind.TAX), (2, ChargeKind.SHIPPING), (3, ChargeKind.FEE))
_SOMEWHERE_ELSE = """
import frappe
frappe.init(site={site!r}, sites_path={sites!r})
frappe.connect()
{statement}
frappe.db.commit()
frappe.destroy()
"""


class TestStateOfTheSite(RefusalTestCase):
	def test_it_notices_what_is_written_past_modified(self):
		self.make_document(doctype="Brand", brand="Planted")
		before = site_state()
		for doctype, name, field, value in WRITTEN_PAST_MODIFIED:
			name = name or self.any_of(doctype)
			frappe.db.set_value(doctype, name, field, value, update_modified=False)
			with self.subTest(doctype=doctype, field=field):
				self.assertNotEqual(site_state(), before)
			frappe.db.rollback()
		self.assertEqual(site_state(), before)

	def test_it_notices_single_values_and_defaults(self):
		before = site_state()
		for doctype, field, value in SINGLES:
			frappe.db.sql("DELETE FROM `tabSingles` WHERE doctype = %s AND field = %s", (doctype, field))
			frappe.db.sql("INSERT INTO `tabSingles` VALUES (%s, %s, %s)", (doctype, field, value))
			with self.subTest(doctype=doctype, field=field):
				self.assertNotEqual(site_state(), before)
			frappe.db.rollback()
		for parent in ("__default", "Administrator"):
			frappe.get_doc(doctype="DefaultValue", parent=parent, defkey="planted", defvalue="x").db_insert()
			self.assertNotEqual(site_state(), before)
			frappe.db.rollback()

	def test_it_notices_names(self):
		before = site_state()
		for doctype in RENAMED:
			frappe.db.sql(f"UPDATE `tab{doctype}` SET name = 'Planted' WHERE name = %s", self.any_of(doctype))
			with self.subTest(doctype):
				self.assertNotEqual(site_state(), before)
			frappe.db.rollback()

	def test_it_notices_rows_of_documents(self):
		"""A row that is written by itself leaves its document's `modified` as it is."""
		before = site_state()
		for doctype, parent in (
			("Customer Credit Limit", "Customer"),
			("Item Tax", "Item Group"),
			("Item Default", "Brand"),
			("Party Account", "Customer Group"),
			("Mode of Payment Account", "Mode of Payment"),
			("Accounting Dimension Detail", "Accounting Dimension"),
			("Allowed Dimension", "Accounting Dimension Filter"),
			("Applicable On Account", "Accounting Dimension Filter"),
			("Budget Account", "Budget"),
		):
			frappe.get_doc({"doctype": doctype, "parent": "Any", "parenttype": parent}).db_insert()
			with self.subTest(doctype):
				self.assertNotEqual(site_state(), before)
			frappe.db.rollback()

	def test_bookings_leave_it_as_it_is(self):
		before = site_state()
		ledger = self.learnt()
		ledger.update_monthly_sales()
		self.assertEqual(site_state(), before)

	def test_whatever_a_row_may_name_is_watched_or_read_with_each_page(self):
		named = {doctype for each in (*DOCUMENTS, *ROWS) for doctype in known_links(f"tab{each}").values()}
		self.assertLessEqual(
			{"Account", "Cost Center", "Territory", "Country", "UOM", "Mode of Payment"}, named
		)

	def any_of(self, doctype: str) -> str:
		"""One that the bookings concern, where that can be said."""
		filters = {"DocField": {"parent": "Sales Invoice"}}.get(doctype, {})
		return frappe.get_all(doctype, filters, pluck="name", limit=1)[0]


class TestChangesByAnotherProcess(RefusalTestCase):
	def test_the_decimals_of_money(self):
		ledger = self.learnt()
		self.assertEqual(self.book(ledger, self.exact())[0].reason, "total_differs_on_site")
		self.addCleanup(self.here, self.precision(""))
		self.elsewhere(self.precision("3"))
		booked = self.book(ledger, *(self.exact() for _ in range(4)))
		self.assertEqual({order.what for order in booked}, {"booked"}, booked[0].message)
		self.assertGreater(self.in_bulk(ledger), 8)
		self.assertEqual(ledger.bulk.proofs.total.failed, {})
		totals = frappe.get_all("Sales Invoice", {"woo_order_id": (">", 8)}, pluck="grand_total")
		self.assertEqual(set(totals), {114.005})

	def test_a_thousandth_is_rounded_off(self):
		"""Where money has three decimals, as in the dinar of Kuwait, ERPNext rounds off a difference of 0.001."""
		self.addCleanup(self.here, self.precision(""))
		self.elsewhere(self.precision("3"))
		ledger = self.open_bulk(exchange_rates={"USD": Decimal("47.333")})
		with patch.object(proofs.Proofs, "_is_to_be_tried", return_value=True):
			booked = self.book(ledger, *(self.taxed_twice() for _ in range(12)))
		self.assertEqual({order.what for order in booked}, {"booked"}, booked[0].message)
		self.assertEqual(ledger.bulk.proofs.total.failed, {})
		self.assertGreater(self.in_bulk(ledger), 5)
		smallest = frappe.db.sql("SELECT min(debit + credit) FROM `tabGL Entry`")[0][0]
		self.assertLess(smallest, 0.01)

	def test_an_account_is_renamed(self):
		ledger = self.learnt()
		new = self.make.income.replace("Sales", "Renamed Sales")
		back = f"frappe.rename_doc('Account', {new!r}, {self.make.income!r}, force=True)"
		self.addCleanup(self.here, back)
		self.elsewhere(f"frappe.rename_doc('Account', {self.make.income!r}, {new!r}, force=True)")
		self.assert_refused(ledger, self.draft(), self.make.income)

	def test_a_customer_is_renamed(self):
		ledger = self.learnt()
		self.elsewhere("frappe.rename_doc('Customer', 'Customer 1', 'Somebody Else', force=True)")
		customer = self.make.customer(1, "linked")
		(booked,) = self.book(ledger, self.draft(customer=customer, billing=self.make.address(1)))
		self.assertEqual(booked.what, "booked", booked.message)
		self.assertEqual(frappe.db.count("Sales Invoice", {"customer": "Somebody Else"}), 2)

	def test_a_customer_is_frozen(self):
		ledger = self.learnt()
		self.elsewhere("frappe.db.set_value('Customer', 'Customer 1', 'is_frozen', 1, update_modified=False)")
		customer = self.make.customer(1, "linked")
		draft = self.draft(customer=customer, billing=self.make.address(1))
		self.assert_refused(ledger, draft, "Customer 1")

	def test_an_item_is_renamed(self):
		ledger = self.learnt()
		self.elsewhere("frappe.rename_doc('Item', 'SKU-1', 'SKU-1 of before', force=True)")
		self.assert_refused(ledger, self.draft(items=[]), "SKU-1")

	def test_a_trigger_is_made(self):
		ledger = self.learnt()
		self.addCleanup(self.here, "frappe.db.sql_ddl('DROP TRIGGER planted')")
		trigger = (
			"CREATE TRIGGER planted BEFORE INSERT ON `tabGL Entry` FOR EACH ROW SET NEW.remarks = 'planted'"
		)
		self.elsewhere(f"frappe.db.sql_ddl({trigger!r})")
		self.assertEqual(self.book(ledger, self.draft())[0].what, "booked")
		self.assertEqual(self.in_bulk(ledger), LEARNT)
		self.assertIn("a trigger on tabGL Entry", str(dict(ledger.bulk.proofs.total.documents)))

	def test_a_default_of_who_books(self):
		"""Frappe keeps what a new document is filled with for as long as the process lives."""
		# The first one of a site is its default.
		for name in ("First", "Planted"):
			letter = self.make_document(doctype="Letter Head", letter_head_name=name, content=name)
		ledger = self.learnt()
		place = f"'letter_head', {letter.name!r}, 'Administrator'"
		self.addCleanup(self.here, "frappe.defaults.clear_user_default('letter_head', 'Administrator')")
		self.elsewhere(f"frappe.defaults.set_user_default({place})")
		self.assertEqual(
			{each.what for each in self.book(ledger, *(self.draft() for _number in range(4)))}, {"booked"}
		)
		self.assertEqual(self.in_bulk(ledger), LEARNT + 4)
		headed = frappe.get_all("Sales Invoice", {"letter_head": letter.name}, pluck="woo_order_id")
		self.assertEqual(sorted(headed), [LEARNT + number for number in range(1, 5)])

	def exact(self):
		"""An order of three decimals."""
		self.last += 1
		return self.make.draft(self.last, net="100.005", tax="14.00")

	def taxed_twice(self):
		"""An order in a foreign currency whose entries are rounded each."""
		self.last += 1
		rows = [self.make.row(f"{10 + self.last / 1000:.3f}")]
		charges = [self.make.charge(f"{amount + self.last / 1000:.3f}", kind) for amount, kind in CHARGES]
		invoice = self.make.invoice(self.last, rows, charges)
		return self.make.draft(self.last, invoice=invoice, currency="USD")

	def precision(self, decimals: str) -> str:
		return (
			"settings = frappe.get_doc('System Settings')\n"
			f"settings.currency_precision = {decimals!r}\n"
			"settings.flags.ignore_mandatory = True\n"
			"settings.save()"
		)

	def here(self, statement: str) -> None:
		frappe.db.rollback()
		exec(statement, {"frappe": frappe})
		frappe.db.commit()

	def elsewhere(self, statement: str) -> None:
		frappe.db.rollback()
		script = _SOMEWHERE_ELSE.format(
			site=frappe.local.site, sites=frappe.local.sites_path, statement=statement
		)
		subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=120)
