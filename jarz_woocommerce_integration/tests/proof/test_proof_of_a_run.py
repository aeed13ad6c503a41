"""The proof of a run: a sound migration is proven, and each lie in the books is found and named with its order."""

import json
from collections import Counter, defaultdict
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.proof import proof
from jarz_woocommerce_integration.services.proof.printing import since_proof
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import open_session
from jarz_woocommerce_integration.tests.support.shop_on_site import (
	STORE,
	ShopOnSiteTestCase,
	json_of,
	run_bench,
)

RUN = "WooCommerce Sync Run"
INVOICE = "docstatus = 1 AND coalesce(woo_refund_id, 0) = 0 AND is_return = 0 AND woo_order_id > 0"
HOSTILE = "<script>alert(1)</script><b>"
MAPPED = "EGC"


class TestProofOfARun(ShopOnSiteTestCase):
	orders = 70

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		order_sync.migrate_historical_orders_streaming(store=STORE)
		cls.run_name = site_runs.last_completed(STORE)
		frappe.db.commit()

	@classmethod
	def connect(cls, **fields):
		super().connect(**fields)
		cls.store.append("territories", {"zone": MAPPED, "territory": "Egypt"})
		cls.store.save()
		frappe.db.commit()

	def tearDown(self):
		frappe.db.rollback()
		super().tearDown()

	def prove(self, sample_size: int = 100, seed: int | None = 1) -> proof.Proof:
		with open_session(STORE) as session:
			return proof.prove(session, session.scope(), sample_size, seed)

	def found(self, statement: str, *values) -> dict:
		"""The proof after a lie was told to the database, which the end of the proof takes back."""
		frappe.db.sql(statement, values)
		return self.told()

	def told(self) -> dict:
		found = self.prove()
		told = found.as_dict()
		self.assertEqual(told["proven"], found.proven)
		self.assertEqual(bool(found.wrong_in_all), not found.proven)
		return told

	def some_invoice(self, where: str = "1 = 1"):
		"""(name, order id) of a submitted invoice that has been paid."""
		return frappe.db.sql(
			f"""SELECT name, woo_order_id FROM `tabSales Invoice` WHERE {INVOICE} AND {where}
			AND woo_order_id IN (SELECT woo_order_id FROM `tabPayment Entry` WHERE docstatus = 1) ORDER BY name LIMIT 1"""
		)[0]

	def booked_bodies(self) -> dict[int, dict]:
		"""The shop's own answers for all orders that are booked."""
		ids = frappe.get_all(
			"WooCommerce Order Map", {"store": STORE, "state": "Synced"}, pluck="woo_order_id", limit=0
		)
		return {order_id: self.shop.body(order_id) for order_id in ids}

	def assert_named(self, told: dict, heading: str, order_id: int) -> None:
		self.assertFalse(told["proven"])
		self.assertIn(order_id, told["orders"][heading]["ids"])

	# --- what is sound ---

	def test_a_sound_migration_is_proven_with_every_part(self):
		found = self.prove()
		told = found.as_dict()
		self.assertEqual(list(found.wrong()), [])
		parts = ("proven", "proven_against_store", "books_sound", "taxes_equal", "sample_equal", "whole")
		self.assertEqual({name: told[name] for name in parts}, dict.fromkeys(parts, True))
		self.assertEqual(told["store_orders"], 70)
		self.assertEqual(sum(row["orders"] for row in told["by_month"]), 70)
		self.assertEqual(
			sum(row["booked"] for row in told["by_status"])
			+ sum(row["orders"] for row in told["not_booked"]),
			70,
		)
		sample = told["sample"]
		self.assertEqual((sample["compared"], sample["equal"]), (sample["drawn_from"], sample["drawn_from"]))
		self.assertGreater(sample["fields"], 15 * sample["compared"])

	def test_a_proof_costs_the_store_a_few_requests_more_than_its_list(self):
		self.assertLessEqual(self.prove(sample_size=10).requests, 4)

	def test_a_rates_sums_are_the_shops_own(self):
		wanted: dict[str, Decimal] = defaultdict(Decimal)
		for body in self.booked_bodies().values():
			for line in body["tax_lines"]:
				amount = Decimal(line["tax_total"]) + Decimal(line["shipping_tax_total"])
				wanted[body["currency"], line["label"]] += amount
		for row in self.prove(sample_size=0).as_dict()["taxes"]:
			name = row["rate"].rpartition(" (")[0]
			self.assertEqual(Decimal(row["store"]), wanted.get((row["currency"], name), 0), row)
			self.assertEqual(row["store"], row["books"])

	def test_a_zone_without_a_territory_is_counted(self):
		zones = Counter()
		for body in self.booked_bodies().values():
			place = (
				body["shipping"] if body["shipping"]["state"] or body["shipping"]["city"] else body["billing"]
			)
			zones[place["state"] or place["city"]] += 1
		coverage = self.prove(sample_size=0).as_dict()["territories"]
		told = {row["code"]: row["orders"] for row in coverage["codes"]}
		without = zones.pop("", 0)
		self.assertEqual(coverage["without_zone"], without)
		self.assertNotIn(MAPPED, told)
		self.assertEqual(coverage["mapped"] + coverage["unmapped"], zones.total())
		self.assertGreaterEqual(coverage["mapped"], zones[MAPPED])
		self.assertTrue(told.items() <= zones.items(), told)

	def test_an_orders_sample_is_the_same_for_the_same_seed(self):
		drawn = [
			[order.order_id for order in self.prove(sample_size=8, seed=seed).sample.orders]
			for seed in (7, 7, 8)
		]
		self.assertEqual(drawn[0], drawn[1])
		self.assertNotEqual(drawn[0], drawn[2])
		self.assertEqual(len(drawn[0]), 8)

	def test_an_unnamed_seed_is_drawn_and_recorded(self):
		first = self.prove(sample_size=5, seed=None)
		again = self.prove(sample_size=5, seed=first.as_dict()["sample"]["seed"])
		self.assertEqual(
			[order.order_id for order in first.sample.orders],
			[order.order_id for order in again.sample.orders],
		)

	# --- lies ---

	def test_an_invoice_of_another_total(self):
		name, order_id = self.some_invoice()
		told = self.found(
			"UPDATE `tabSales Invoice` SET grand_total = grand_total + 0.01 WHERE name = %s", name
		)
		self.assert_named(told, "different", order_id)
		self.assertEqual([row["order_id"] for row in told["differences"]], [order_id])
		self.assertFalse(told["sample_equal"])

	def test_an_invoice_that_is_gone(self):
		name, order_id = self.some_invoice()
		told = self.found("DELETE FROM `tabSales Invoice` WHERE name = %s", name)
		self.assert_named(told, "missing", order_id)

	def test_an_invoice_too_many(self):
		name, _order_id = self.some_invoice()
		extra = frappe.get_doc("Sales Invoice", name)
		extra.name, extra.woo_order_id = "EXTRA", 987654
		extra.db_insert()
		self.assert_named(self.told(), "extra", 987654)

	def test_a_payment_of_another_amount(self):
		_name, order_id = self.some_invoice()
		for column in ("paid_amount", "received_amount", "base_paid_amount", "woo_amount"):
			with self.subTest(column):
				told = self.found(
					f"UPDATE `tabPayment Entry` SET {column} = {column} + 1 WHERE woo_order_id = %s"
					" AND payment_type = 'Receive'",
					order_id,
				)
				self.assert_named(told, "different", order_id)
				frappe.db.rollback()

	def test_a_tax_row_on_another_account(self):
		name, order_id = self.some_invoice("total_taxes_and_charges > 0")
		moved = "UPDATE `tabSales Taxes and Charges` SET account_head = 'Sales - JT' WHERE parent = %s AND description = 'VAT'"
		told = self.found(moved, name)
		self.assert_named(told, "different", order_id)
		self.assertIn("entries", told["findings_by_kind"])
		# Moved in the general ledger as well, so that the books agree with themselves.
		frappe.db.sql(moved, name)
		told = self.found(
			"UPDATE `tabGL Entry` SET account = 'Sales - JT' WHERE voucher_no = %s AND account = 'GST - JT'",
			name,
		)
		self.assert_named(told, "different", order_id)
		self.assertIn(
			("tax_account", order_id), [(row["kind"], row["order_id"]) for row in told["differences"]]
		)

	def test_a_tax_of_another_amount(self):
		name, order_id = self.some_invoice("total_taxes_and_charges > 0")
		told = self.found(
			"UPDATE `tabSales Taxes and Charges` SET tax_amount = tax_amount - 1 WHERE parent = %s AND description = 'VAT'",
			name,
		)
		self.assert_named(told, "different", order_id)
		self.assertFalse(told["taxes_equal"])
		self.assertIn("-1.00", [row["difference"] for row in told["taxes"]])

	def test_a_ledger_entry_that_was_changed(self):
		name, order_id = self.some_invoice()
		told = self.found(
			"UPDATE `tabGL Entry` SET debit = debit * 2, credit = credit * 2 WHERE voucher_no = %s", name
		)
		self.assert_named(told, "different", order_id)
		self.assertNotIn("unbalanced", told["findings_by_kind"])
		entry = frappe.db.get_value("GL Entry", {"voucher_no": name}, "name")
		told = self.found("UPDATE `tabGL Entry` SET debit = debit + 0.01 WHERE name = %s", entry)
		self.assertIn("unbalanced", told["findings_by_kind"])

	def test_a_line_that_was_changed_is_shown_side_by_side(self):
		name, order_id = self.some_invoice()
		row, quantity = frappe.db.get_value("Sales Invoice Item", {"parent": name}, ["name", "qty"])
		frappe.db.set_value("Sales Invoice Item", row, "qty", quantity + 1)
		order = next(order for order in self.prove().sample.different)
		self.assertEqual(order.order_id, order_id)
		(differs,) = (field for field in order.fields if not (field.equal or field.why))
		self.assertTrue(differs.field.endswith("quantity"))
		self.assertEqual(Decimal(differs.books) - Decimal(differs.store), 1)

	# --- where it is kept ---

	def test_it_is_kept_on_the_run_in_the_one_shape_that_there_is(self):
		at_the_end = json.loads(frappe.db.get_value(RUN, self.run_name, "verification"))
		self.assertFalse(at_the_end["whole"])
		kept = proof.prove_run(self.run_name, sample_size=5, seed=3)
		run = frappe.get_doc(RUN, self.run_name)
		told = json.loads(run.verification)
		self.assertEqual(told, json.loads(json.dumps(kept.as_dict())))
		self.assertEqual((run.proven, told["sample"]["seed"]), (1, 3))
		self.assertEqual(at_the_end.keys(), told.keys())

	def test_it_is_made_and_kept_by_a_command(self):
		done = run_bench(
			"woo", "verify", "--run", str(self.run_name), "--sample", "4", "--seed", "9", "--json", "-"
		)
		self.assertEqual(done.returncode, 0, done.stderr)
		self.assertIn("Proven", done.stderr.splitlines()[-1])
		self.assertEqual((json_of(done)["sample"]["asked"], json_of(done)["sample"]["seed"]), (4, 9))
		frappe.db.rollback()
		self.assertEqual(json.loads(frappe.db.get_value(RUN, self.run_name, "verification")), json_of(done))

	def test_it_is_printed_with_the_shops_texts_escaped(self):
		told = self.told()
		told["store"] = told["checked_by"] = HOSTILE
		told["differences"] = [{"order_id": 1, "kind": HOSTILE, "message": HOSTILE, "explained": False}]
		told["findings"] = [{"kind": "x", "order_id": 1, "voucher": HOSTILE, "message": HOSTILE}]
		told["findings_by_kind"] = {"x": 1}
		told["by_status"][0]["status"] = told["taxes"][0]["rate"] = HOSTILE
		told["taxes"][0]["accounts"] = [HOSTILE]
		told["not_booked"][0]["reason"] = told["territories"]["codes"][0]["code"] = HOSTILE
		told["window"]["statuses"] = [HOSTILE]
		order = told["sample"]["orders"][0]
		order["number"] = order["note"] = HOSTILE
		order["fields"][0].update(field=HOSTILE, store=HOSTILE, books=HOSTILE, equal=False, why=HOSTILE)
		frappe.db.set_value(RUN, self.run_name, "verification", json.dumps(told))
		page = frappe.get_print(RUN, self.run_name, "WooCommerce Proof")
		self.assertNotIn("<script>alert", page)
		self.assertGreater(page.count("&lt;script&gt;alert(1)"), 14)

	def test_it_is_what_the_printer_icon_prints(self):
		frappe.db.set_value(RUN, self.run_name, "verification", json.dumps(self.told()))
		page = frappe.get_print(RUN, self.run_name)
		self.assertIn("Proof: the Books and the Shop", page)

	def test_it_is_printed_to_be_signed(self):
		frappe.db.set_value(RUN, self.run_name, "verification", json.dumps(self.told()))
		page = frappe.get_print(RUN, self.run_name, "WooCommerce Proof")
		for text in ("PROVEN", "VAT (14 %)", "seed 1", "By Month", "GST - JT", "Name, signature"):
			self.assertIn(text, page)
		self.assertNotIn("NOT PROVEN", page)
		self.assertNotIn("{{", page)

	def test_it_names_the_company_for_letter_heads_too(self):
		"""Those of ERPNext 16 print `doc.company`; Frappe hands them the document as a dict."""
		frappe.db.set_value(RUN, self.run_name, "verification", json.dumps(self.told()))
		self.assertEqual(frappe.get_doc(RUN, self.run_name).as_dict()["company"], "Jarz Test")
		self.assertIn("<td>Jarz Test</td>", frappe.get_print(RUN, self.run_name, "WooCommerce Proof"))

	def test_what_has_happened_since_is_said_in_form_and_print(self):
		told = self.told()
		told["checked_at"] = "2026-01-01T00:00:00+00:00"
		frappe.db.set_value(RUN, self.run_name, "verification", json.dumps(told))
		run = frappe.get_doc(RUN, self.run_name)
		self.assertIn("Orders that were booked", since_proof(run)[0])
		told["checked_at"] = "2099-01-01T00:00:00+00:00"
		frappe.db.set_value(RUN, self.run_name, "verification", json.dumps(told))
		run.reload().run_method("onload")
		self.assertEqual(run.get_onload("since_proof"), [])
		self.assertNotIn("NOT TRUE ANY MORE", frappe.get_print(RUN, self.run_name, "WooCommerce Proof"))
		frappe.db.set_value(RUN, self.run_name, "status", "Undone")
		run.reload().run_method("onload")
		(said,) = run.get_onload("since_proof")
		self.assertIn("undone", said)
		page = frappe.get_print(RUN, self.run_name, "WooCommerce Proof")
		self.assertIn("NOT TRUE ANY MORE: THE RUN WAS UNDONE", page)
		self.assertIn(said, page)

	def test_a_payment_that_was_booked_or_deleted_since_makes_a_proof_untrue(self):
		told = self.told()
		told["checked_at"] = "2098-01-01T00:00:00+00:00"
		frappe.db.set_value(RUN, self.run_name, "verification", json.dumps(told))
		run = frappe.get_doc(RUN, self.run_name)
		self.assertEqual(since_proof(run), [])
		name, _order_id = self.some_invoice()
		entry = "`tabPayment Ledger Entry` SET modified = '2099-01-01' WHERE against_voucher_no = %s"
		frappe.db.sql(f"UPDATE {entry}", name)
		self.assertIn("payments were changed: 1.", since_proof(run)[0])
		frappe.db.rollback()
		frappe.db.set_value(RUN, self.run_name, "verification", json.dumps(told))
		for store in (STORE, "Another Shop"):
			deleted = frappe.get_doc(
				doctype="Deleted Document",
				deleted_doctype="Payment Entry",
				deleted_name=store,
				data=json.dumps({"woo_store": store}),
			)
			deleted.db_insert()
		frappe.db.sql(
			"UPDATE `tabDeleted Document` SET creation = '2099-01-01' WHERE deleted_doctype = 'Payment Entry'"
		)
		self.assertEqual(since_proof(run.reload()), ["Invoices and payments that were deleted: 1."])
		self.assertIn("THE BOOKS HAVE CHANGED", frappe.get_print(RUN, self.run_name))

	def test_a_proof_still_holds_right_after_it_was_made(self):
		frappe.db.set_value(RUN, self.run_name, "verification", json.dumps(self.told()))
		self.assertEqual(since_proof(frappe.get_doc(RUN, self.run_name)), [])

	def test_it_is_said_where_no_proof_was_made(self):
		frappe.db.set_value(RUN, self.run_name, "verification", None)
		self.assertIn("No proof was made", frappe.get_print(RUN, self.run_name, "WooCommerce Proof"))

	# --- the last one: it changes the shop, and what runs after it would see that ---

	def test_what_changed_in_the_store_since_is_said(self):
		_name, order_id = self.some_invoice()
		self.shop.change_total(order_id, "10.00")
		told = self.told()
		self.assert_named(told, "different", order_id)
		self.assertIn("Changed in the store since", told["differences"][0]["message"])
		(order,) = (order for order in told["sample"]["orders"] if order["order_id"] == order_id)
		self.assertEqual(order["verdict"], "changed")
		self.assertIn(
			("Fee Adjustment", "10.00", "nothing"),
			[(f["field"], f["store"], f["books"]) for f in order["fields"]],
		)
		refunded = next(
			order_id
			for order_id, body in self.booked_bodies().items()
			if body["refunds"] and body["status"] != "refunded"
		)
		self.shop.delete_refund(refunded, self.shop.body(refunded)["refunds"][0]["id"])
		told = self.told()
		self.assertIn(("refunds", refunded), [(row["kind"], row["order_id"]) for row in told["differences"]])
