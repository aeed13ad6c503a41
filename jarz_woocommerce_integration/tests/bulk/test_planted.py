"""Customizations of a site that rows would pass by: each sends its documents the normal path, says why, and the books are right."""

from dataclasses import replace
from unittest.mock import patch

import frappe
from erpnext.accounts import general_ledger, party
from erpnext.accounts.doctype.gl_entry.gl_entry import GLEntry
from erpnext.controllers import taxes_and_totals
from erpnext.controllers.accounts_controller import AccountsController
from erpnext.controllers.status_updater import StatusUpdater
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk import guards, writer
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.masters import DraftMasters
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.surroundings import Surroundings
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import of_another_app

ROUND_OFF = "Round Off - JT"
# Two prove their kind, one is left to follow them.
ORDERS = 3


def note_elsewhere(document, _method=None):
	"""What another app may do with an invoice."""
	frappe.db.sql("INSERT INTO `tabToDo` (name, description) VALUES (%s, 'planted')", f"T-{document.name}")


class TestPlantedDifferences(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		self.booked = 0

	def open(self) -> ERPNextLedger:
		ledger = bulk_ledger(book_settings()).__enter__()
		self.addCleanup(ledger.__exit__)
		return ledger

	def book(self, ledger: ERPNextLedger, number: int = ORDERS, **settings):
		outcomes = [
			self.make.booked(order, self.make.draft(order, payments=[self.make.payment("114.00")]))
			for order in range(self.booked + 1, self.booked + number + 1)
		]
		self.booked += number
		run = ledger.open_run({}, WHEN)
		ledger.create_masters(outcomes)
		booked = ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes).orders
		self.assertEqual({order.what for order in booked}, {"booked"}, booked[0].message)
		return frappe.db.get_value("WooCommerce Sync Run", run.run_id, "bulk_booking")

	def plant_item(self, code: str, **values):
		defaults = {"item_group": "Products", "stock_uom": "Nos", "is_stock_item": 0}
		return self.plant(doctype="Item", item_code=code, **{**defaults, **values})

	def plant(self, **values):
		document = frappe.get_doc(values).insert()
		frappe.db.commit()
		self.addCleanup(self.uproot, document.doctype, document.name)
		return document

	def test_rows_that_the_database_refuses_while_they_are_proven_send_their_kind_to_documents(self):
		insert = writer.insert
		with patch.object(writer, "insert", lambda table, texts: insert(table, texts * 2)):
			told = self.book(self.open())
		self.assertIn("rows that can't be written (IntegrityError)", told)
		self.assertTrue(all(self.entries(order) for order in range(1, ORDERS + 1)))

	def uproot(self, doctype: str, name: str):
		frappe.db.rollback()
		frappe.delete_doc(doctype, name, force=True)
		frappe.db.commit()
		frappe.clear_cache()

	def accept(self, *rules: str):
		"""An administrator decides that these are no hindrance: then it is the proof that finds them."""
		accepted = patch.object(guards, "accepted", return_value=dict.fromkeys(rules, "planted"))
		accepted.start()
		self.addCleanup(accepted.stop)

	def entries(self, order: int):
		return frappe.db.sql(
			"SELECT account, debit, credit FROM `tabGL Entry` WHERE voucher_no = %s ORDER BY account",
			f"WOO-{order}",
		)

	def test_a_plain_site_has_nothing_in_the_way(self):
		self.assertEqual(guards.search(book_settings()), [])

	def test_a_server_script_sends_its_documents_the_normal_path(self):
		self.enable_server_scripts()
		script = self.server_script()
		told = self.book(self.open())
		self.assertIn(f"Through documents ({ORDERS}): Server Script {script.name}", told)
		self.assertEqual(frappe.db.count("Sales Invoice", {"po_no": "planted"}), ORDERS)

	def test_a_server_script_that_is_accepted_is_written_as_it_writes(self):
		"""It does the same with each invoice, so the example has it."""
		self.enable_server_scripts()
		script = self.server_script()
		self.accept(f"Server Script:{script.name}")
		told = self.book(self.open())
		self.assertIn(f"Booked in bulk: {ORDERS} orders", told)
		self.assertEqual(frappe.db.count("Sales Invoice", {"po_no": "planted"}), ORDERS)

	def test_a_server_script_that_differs_by_order_fails_the_proof(self):
		self.enable_server_scripts()
		script = self.server_script("doc.po_no = 'planted ' + str(doc.woo_order_id)")
		self.accept(f"Server Script:{script.name}")
		told = self.book(self.open())
		self.assertIn("Sales Invoice.po_no: ERPNext writes 'planted 2', bulk booking 'planted 1'", told)
		self.assertEqual(frappe.db.count("Sales Invoice", {"po_no": f"planted {ORDERS}"}), 1)

	def test_a_script_that_begins_in_the_middle_of_a_run_is_noticed_before_the_next_page(self):
		self.enable_server_scripts()
		ledger = self.open()
		self.book(ledger)
		self.server_script()
		self.book(ledger)
		self.assertEqual(frappe.db.count("Sales Invoice", {"po_no": "planted"}), ORDERS)

	def test_a_mandatory_custom_field(self):
		values = {
			"doctype": "Custom Field",
			"dt": "Sales Invoice",
			"fieldname": "planted_field",
			"label": "Planted",
		}
		self.plant(**values, fieldtype="Data", reqd=1, default="always")
		told = self.book(self.open())
		self.assertIn(f"Through documents ({ORDERS}): The custom field planted_field of Sales Invoice", told)
		self.assertEqual(frappe.db.count("Sales Invoice", {"planted_field": "always"}), ORDERS)

	def test_a_hook_that_writes_elsewhere(self):
		hooks = frappe.get_hooks("doc_events")
		events = {**hooks, "Sales Invoice": {"on_submit": [f"{note_elsewhere.__module__}.note_elsewhere"]}}
		frappe.db.delete("ToDo", {"description": "planted"})
		self.addCleanup(frappe.db.delete, "ToDo", {"description": "planted"})
		with self.doc_events(events):
			told = self.book(self.open())
		self.assertIn("ToDo is written: INSERT INTO `tabToDo`", told)
		self.assertEqual(frappe.db.count("ToDo", {"description": "planted"}), ORDERS)

	def test_a_changed_account_in_the_middle_of_a_run(self):
		ledger = self.open()
		self.book(ledger)
		company = frappe.get_doc("Company", book_settings().company)
		expense = company.default_expense_account
		self.addCleanup(self.set_expense_account, company.name, expense)
		self.set_expense_account(company.name, ROUND_OFF)
		frappe.db.sql("UPDATE `tabItem Default` SET expense_account = NULL")
		frappe.db.commit()
		self.book(ledger)
		accounts = frappe.db.sql(
			"SELECT DISTINCT row.expense_account FROM `tabSales Invoice Item` row JOIN `tabSales Invoice` invoice"
			" ON invoice.name = row.parent WHERE invoice.woo_order_id > %s",
			ORDERS,
			pluck=True,
		)
		self.assertEqual(accounts, [ROUND_OFF])

	def test_a_property_setter(self):
		self.plant(
			doctype="Property Setter",
			doctype_or_field="DocField",
			doc_type="Sales Invoice",
			field_name="po_no",
			property="default",
			property_type="Data",
			value="PO",
		)
		told = self.book(self.open())
		self.assertIn(f"Through documents ({ORDERS}): default of Sales Invoice po_no is set to PO", told)
		self.assertEqual(frappe.db.count("Sales Invoice", {"po_no": "PO"}), ORDERS)

	def test_a_kind_of_rule_that_the_update_of_the_site_has_removed(self):
		"""Frappe 16 has no energy points any more; the tables of Frappe 15 stay on the site."""
		exists = frappe.db.exists

		def is_gone(doctype, name=None, *arguments, **options):
			gone = doctype == "DocType" and name == "Energy Point Rule"
			return None if gone else exists(doctype, name, *arguments, **options)

		with (
			patch.object(frappe.db, "exists", is_gone),
			patch.object(guards, "_gives_points", side_effect=frappe.DoesNotExistError),
		):
			self.book(self.open())
		self.assertEqual(frappe.db.count("Sales Invoice"), ORDERS)

	def test_an_item_whose_stock_is_kept(self):
		"""Its incoming rate stands on the row, and is its own."""
		item = self.plant_item("STOCKED", is_stock_item=1, valuation_rate=7)
		self.make.item_codes = ("STOCKED", "SKU-2")
		told = self.book(self.open())
		self.assertIn(f"Through documents ({ORDERS}): an item that is written otherwise, or has stock", told)
		rates = frappe.get_all("Sales Invoice Item", {"item_code": item.name}, pluck="incoming_rate")
		self.assertIn(rates, ([7.0] * ORDERS, [0.0] * ORDERS))  # ERPNext 16 leaves it where no stock moves

	def test_a_trigger_of_the_database(self):
		frappe.db.sql_ddl(
			"CREATE TRIGGER planted BEFORE INSERT ON `tabGL Entry` FOR EACH ROW SET NEW.finance_book = NULL"
		)
		self.addCleanup(frappe.db.sql_ddl, "DROP TRIGGER planted")
		self.assertIn(
			f"Through documents ({ORDERS}): The database has a trigger on tabGL Entry", self.book(self.open())
		)

	def test_an_item_has_its_default_account_before_it_is_sold(self):
		"""ERPNext writes an Item Default for the first line of an item on another account than the company's."""
		ledger = self.open()
		run = ledger.open_run({}, WHEN)
		outcomes = [
			self.make.booked(order, self.make.draft(order, payments=[self.make.payment("114.00")]))
			for order in range(1, ORDERS + 1)
		]
		for outcome in outcomes[2:4]:
			rows = outcome.translation.invoice.rows
			rows[:] = [replace(row, account=ROUND_OFF) for row in rows]
		self.addCleanup(frappe.db.delete, "Item Default", {"income_account": ROUND_OFF})
		ledger.create_masters(outcomes)
		ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes)
		counted = ledger.bulk.proofs.total
		self.assertEqual((dict(counted.documents), counted.failed), ({}, {}))
		sold = {row.item_code for row in outcomes[2].translation.invoice.rows}
		found = frappe.get_all("Item Default", {"income_account": ROUND_OFF}, pluck="parent")
		self.assertEqual(sorted(found), sorted(sold))

	def test_a_table_without_a_column_of_ours_sends_all_to_documents(self):
		why = NeedsDocumentsError("tabGL Entry has no column woo_unknown")
		with patch.object(proofs.Proofs, "learn", side_effect=why):
			told = self.book(self.open())
		self.assertIn("tabGL Entry has no column woo_unknown", told)
		self.assertIn("Booked in bulk: 0 orders, 0 new customers", told)
		self.assertEqual(frappe.db.count("Customer", {"woo_customer_key": ("is", "set")}), ORDERS)

	def test_rows_that_cannot_be_written_for_the_proof_send_all_to_documents(self):
		with patch.object(proofs.writer, "read_back", side_effect=ValueError("odd")):
			told = self.book(self.open())
		self.assertIn("rows that can't be written (ValueError)", told)
		self.assertIn("Booked in bulk: 0 orders, 0 new customers", told)

	def test_an_unforeseen_error_in_the_rows_of_customers_sends_them_to_documents(self):
		with patch.object(DraftMasters, "make", side_effect=KeyError("odd")):
			told = self.book(self.open())
		self.assertIn("a customer with an unforeseen error (KeyError)", told)

	def test_the_run_tells_a_refusal_of_erpnexts_from_an_error_while_it_was_asked(self):
		asked = "jarz_woocommerce_integration.ledger.erpnext.bulk.page._ask"
		for error, said in (
			(frappe.ValidationError("no more of these"), "ERPNext's own refusal (site_refuses)"),
			(TypeError("a mistake"), "an error while ERPNext was asked (TypeError)"),
		):
			with self.subTest(said), patch(asked, side_effect=error):
				self.assertIn(f"Through documents ({ORDERS}): {said}.", self.book(self.open()))

	def test_a_sample_that_erpnext_refuses_ends_its_kind_and_its_page(self):
		"""Others of that kind may have been written that ERPNext refuses, too."""
		ledger = self.open()
		self.book(ledger)
		refused = frappe.ValidationError("no more of these")
		with (
			patch.object(proofs.Proofs, "_is_to_be_tried", return_value=True),
			patch("jarz_woocommerce_integration.ledger.erpnext.bulk.page._ask", side_effect=refused),
		):
			told = self.book(ledger)
		self.assertIn("refused by ERPNext (site_refuses)", told)
		self.assertNotIn("no more of these", told)  # a message may name a person
		self.assertIn(f"Booked in bulk: {ORDERS} orders", told)  # those of the first page
		self.assertIn(f"Booked in bulk: {ORDERS} orders", self.book(ledger))

	def test_an_account_whose_balance_must_stay_on_one_side(self):
		receivable = frappe.db.get_value("Company", book_settings().company, "default_receivable_account")
		frappe.db.set_value("Account", receivable, "balance_must_be", "Debit")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "Account", receivable, "balance_must_be", "")
		told = self.book(self.open())
		self.assertIn(
			f"Through documents ({ORDERS}): an account whose balance must be debit, or credit", told
		)

	def test_an_item_of_a_group_with_taxes_of_its_own(self):
		group = self.plant(
			doctype="Item Group", item_group_name="Planted Group", parent_item_group="All Item Groups"
		)
		frappe.get_doc(
			{
				"doctype": "Item Tax",
				"parent": group.name,
				"parenttype": "Item Group",
				"parentfield": "taxes",
				"idx": 1,
				"item_tax_template": "Any",
			}
		).db_insert()
		self.addCleanup(frappe.db.delete, "Item Tax", {"parent": group.name})
		found = Surroundings(book_settings().company, [], [])
		self.assertEqual(found.items, {})
		self.plant_item("TAXED", item_group=group.name)
		with self.assertRaisesRegex(NeedsDocumentsError, "taxes of its own"):
			Surroundings(book_settings().company, [], ["TAXED"]).item("TAXED")

	def test_a_discount_above_the_items_maximum(self):
		self.plant_item("LIMITED", max_discount=50)
		item = Surroundings(book_settings().company, [], ["LIMITED"]).item("LIMITED")
		item.check_discount(50)
		with self.assertRaisesRegex(NeedsDocumentsError, "above the item's maximum"):
			item.check_discount(100)

	def test_what_another_app_has_replaced(self):
		"""A method of a controller, of its parent, of a mixin, of a class that is called, and functions of modules."""
		for owner, name in (
			(GLEntry, "on_update"),
			(AccountsController, "validate"),
			(StatusUpdater, "validate_qty"),
			(Document, "insert"),
			(taxes_and_totals.calculate_taxes_and_totals, "calculate_taxes"),
			(general_ledger, "validate_accounting_period"),
			(party, "validate_party_accounts"),
			(frappe.utils.data, "rounded"),
		):
			for wrapped in (False, True):
				replaced = of_another_app(getattr(owner, name), wrapped)
				with self.subTest(name, wrapped=wrapped), patch.object(owner, name, replaced):
					found = {guard.rule for guard in guards.search(book_settings())}
					self.assertTrue([rule for rule in found if rule.endswith(f".{name}")], found)

	def test_a_sample_that_differs_leaves_its_page_to_documents(self):
		ledger = self.open()
		self.book(ledger)
		for pattern in ledger.bulk.proofs.templates.values():
			if pattern.table == "tabPayment Schedule":
				pattern.text = pattern.text.replace("NULL", "'wrong'", 1)
		with patch.object(proofs.Proofs, "_is_to_be_tried", return_value=True):
			told = self.book(ledger)
		self.assertIn("a sample that differed, or was refused, in its page", told)
		self.assertIn("Payment Schedule.", told)
		self.assertFalse(
			frappe.db.sql(
				"SELECT name FROM `tabPayment Schedule` WHERE 'wrong' IN (payment_term, description)"
			)
		)

	def test_a_row_that_the_database_refuses_costs_nobody_else_anything(self):
		ledger = self.open()
		self.book(ledger)
		for pattern in ledger.bulk.proofs.templates.values():
			if pattern.table == "tabPayment Schedule":
				pattern.text = pattern.text.replace("NULL", f"'{'x' * 300}'", 1)
		with patch.object(proofs.Proofs, "_is_to_be_tried", return_value=False):
			told = self.book(ledger)
		self.assertIn("a page that couldn't be written", told)
		self.assertEqual(frappe.db.count("Sales Invoice"), 2 * ORDERS)

	# --- what is planted ---

	def server_script(self, script: str = "doc.po_no = 'planted'"):
		return self.plant(
			doctype="Server Script",
			name="Planted Script",
			script_type="DocType Event",
			reference_doctype="Sales Invoice",
			doctype_event="Before Save",
			script=script,
		)

	def enable_server_scripts(self):
		enabled = patch.dict(frappe.local.conf, {"server_script_enabled": 1})
		enabled.start()
		self.addCleanup(enabled.stop)
		common = patch("frappe.utils.safe_exec.is_safe_exec_enabled", return_value=True)
		common.start()
		self.addCleanup(common.stop)

	def doc_events(self, events: dict):
		frappe.local.doc_events_hooks = None
		self.addCleanup(setattr, frappe.local, "doc_events_hooks", None)
		return patch.object(frappe, "get_doc_hooks", return_value=events)

	def set_expense_account(self, company: str, account: str):
		frappe.db.rollback()
		frappe.get_doc("Company", company).update({"default_expense_account": account}).save()
		frappe.db.commit()
		frappe.clear_cache()
