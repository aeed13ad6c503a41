"""A rehearsal in bulk says of each order what one through documents says, and leaves nothing behind."""

from collections import Counter
from contextlib import contextmanager
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import BulkBooking
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs, shared_proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.rehearsed import DIGITS
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.sqlite import site_checks
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run, ledger_file
from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

INVOICE = "tabSales Invoice"


class TestBothWays(ShopOnSiteTestCase):
	orders = 60

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.planted = []
		cls.addClassCleanup(cls.uproot)
		bodies = [cls.shop.body(order_id) for order_id in cls.shop.order_ids()]
		accounts = Counter(body["customer_id"] for body in bodies if body["customer_id"])
		skus = Counter(line["sku"] for body in bodies for line in body["line_items"] if line.get("sku"))
		months = Counter(body["date_created"][:7] for body in bodies)
		for place, (account, _orders) in enumerate(accounts.most_common(2)):
			field = ("disabled", "is_frozen")[place]
			customer = {
				"customer_name": f"Planted {place}",
				"woo_store": STORE,
				"woo_customer_id": account,
				field: 1,
			}
			cls.plant(doctype="Customer", **customer)
		item = {"item_code": skus.most_common(3)[-1][0], "item_group": "Products", "stock_uom": "Nos"}
		cls.plant(doctype="Item", **item, is_stock_item=0, disabled=1)
		(month, _orders) = months.most_common(2)[-1]
		closed = {"document_type": "Sales Invoice", "closed": 1}
		period = {"period_name": month, "start_date": f"{month}-01", "end_date": f"{month}-28"}
		cls.plant(doctype="Accounting Period", company=cls.store.company, **period, closed_documents=[closed])
		frappe.db.commit()

	@classmethod
	def plant(cls, **values):
		document = frappe.get_doc(values).insert()
		cls.planted.append((document.doctype, document.name))

	@classmethod
	def uproot(cls):
		frappe.db.rollback()
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", 1)
		for doctype, name in reversed(cls.planted):
			frappe.delete_doc(doctype, name, force=True)
		frappe.db.commit()

	def rehearse(self, in_bulk: bool) -> dict[int, tuple]:
		"""What the rehearsal says of each order."""
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(in_bulk))
		frappe.db.commit()
		dry_run(STORE)
		with SQLiteLedger.open_existing(ledger_file(STORE)) as ledger:
			self.passed = site_checks.passed_as_rows(ledger.connection) if in_bulk else 0
			self.report = site_checks.bulk_report(ledger.connection)
			return {
				order.order_id: (
					order.state,
					order.reason,
					order.message,
					order.what_to_do,
					order.invoice_total,
					order.credited_total,
				)
				for order in ledger.booked_orders()
			}

	def test_each_order_has_the_same_result_and_no_document_stays_in_the_cache(self):
		through_documents = self.rehearse(in_bulk=False)
		self.assertIsNone(self.report)
		in_bulk = self.rehearse(in_bulk=True)
		self.assertEqual(in_bulk, through_documents)
		reasons = {reason for _state, reason, *_rest in in_bulk.values()}
		self.assertLessEqual({"closed_period", "customer_disabled"}, reasons)
		self.assertGreater(self.passed, len(in_bulk) / 4)
		self.assertGreater(self.report["proofs"], 0)
		for doctype in ("Customer", "Contact", "Address", "Item", "Sales Invoice", "Payment Entry"):
			cached = {
				key.decode().rpartition("::")[2]
				for key in frappe.cache.get_keys(f"document_cache::{doctype}::")
			}
			there = set(frappe.get_all(doctype, {"name": ("in", [*cached, ""])}, pluck="name"))
			self.assertEqual(cached - there, set(), doctype)


class TestAKindThatFailsLater(ShopOnSiteTestCase):
	orders = 60

	@contextmanager
	def refused_when_late(self, early: int, late: int):
		"""ERPNext refuses both, and is asked of the late one alone."""
		submit = Poster.submit

		def refusing(poster, document, name=None):
			if document.doctype == "Sales Invoice" and document.woo_order_id in (early, late):
				raise frappe.ValidationError("Planted refusal")
			return submit(poster, document, name)

		def only_late(_proofs, plan, _kinds):
			return plan.rows.get(INVOICE) and plan.rows[INVOICE][0].values["woo_order_id"] == late

		with (
			patch.object(Poster, "submit", refusing),
			patch.object(proofs.Proofs, "_is_to_be_tried", only_late),
		):
			yield

	def test_one_that_is_killed_after_that_has_dropped_what_was_kept_before(self):
		dry_run(STORE)
		with (
			self.refused_when_late(*self.two_of_a_proven_kind()),
			patch.object(BulkBooking, "keep_proofs"),
			patch.object(shared_proofs, "drop", wraps=shared_proofs.drop) as drop,
		):
			dry_run(STORE)
		drop.assert_called()

	def test_what_passed_as_that_kind_is_checked_by_documents_at_the_end(self):
		dry_run(STORE)
		early, late = self.two_of_a_proven_kind()
		with self.refused_when_late(early, late):
			dry_run(STORE)
		with SQLiteLedger.open_existing(ledger_file(STORE)) as ledger:
			orders = {order.order_id: order for order in ledger.booked_orders()}
			failed = site_checks.bulk_report(ledger.connection)["fell_back"]
		for order_id in (early, late):
			self.assertEqual(orders[order_id].state.value, "Held", orders[order_id])
			self.assertIn("Planted", orders[order_id].message)
		self.assertIn("refused by ERPNext", str(failed))

	def two_of_a_proven_kind(self) -> tuple[int, int]:
		"""Two orders with invoices of one kind, each with nothing that wasn't there several times before."""
		rows = "SELECT order_id, kinds FROM passed_as_rows WHERE order_id NOT IN (SELECT order_id FROM left_to_documents)"
		with SQLiteLedger.open_existing(ledger_file(STORE)) as ledger:
			orders = list(ledger.connection.execute(f"{rows} ORDER BY order_id"))
			kinds = site_checks.bulk_report(ledger.connection)["kinds"]
		invoices = {digest[:DIGITS] for digest, kind in kinds.items() if kind["kind"].startswith("invoice")}
		times: Counter = Counter()
		first: dict[str, int] = {}
		for order_id, text in orders:
			own = text.split()
			if all(times[kind] > 3 for kind in own):
				invoice = min(invoices.intersection(own))
				if invoice in first:
					return first[invoice], order_id
				first[invoice] = order_id
			times.update(own)
		raise AssertionError("The shop has no two such orders.")


class TestTheMigrationAfterIt(ShopOnSiteTestCase):
	orders = 40

	def test_it_begins_with_what_the_rehearsal_has_proven(self):
		dry_run(STORE)
		with SQLiteLedger.open_existing(ledger_file(STORE)) as ledger:
			rehearsed = site_checks.bulk_report(ledger.connection)
		with open_session(STORE) as session:
			run = migrate(session, session.scope()).run.run_id
		report = frappe.parse_json(frappe.db.get_value("WooCommerce Sync Run", run, "bulk_report"))
		self.assertEqual(rehearsed["fell_back"], {})
		self.assertEqual(report["proven_before"], len(rehearsed["kinds"]))
		self.assertLess(report["proofs"], rehearsed["proofs"] / 2)
		self.assertGreater(report["samples"], 0)
