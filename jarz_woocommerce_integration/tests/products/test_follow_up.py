"""What the shop makes, publishes or deletes after its products were imported: its lines follow, and items by the store's choice."""

from unittest.mock import MagicMock, patch

import frappe

from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.products import follow_up, jobs
from jarz_woocommerce_integration.store.products.reading import Catalogue
from jarz_woocommerce_integration.tests.products.import_case import (
	LINE,
	PREFIX,
	STORE,
	ImportTestCase,
	simple,
	variable,
)


class TestFollowUp(ImportTestCase):
	def follow(self, *bodies, deleted=(), whole=None):
		catalogue = Catalogue()
		catalogue.add(bodies)
		with patch.object(follow_up, "read_some", return_value=catalogue) as read:
			written = follow_up.follow(
				frappe.get_doc("WooCommerce Store", STORE),
				MagicMock(),
				list(catalogue.products),
				deleted,
				whole or {},
			)
		return written, read.called

	def states(self, name):
		rows = frappe.get_all(
			LINE,
			{"product_import": name},
			["product_id", "variation_id", "found", "state"],
			order_by="product_id, variation_id",
		)
		return [tuple(row.values()) for row in rows]

	def test_a_new_product_gets_a_line_and_no_item(self):
		name = self.plan(simple(1))
		self.apply(name)
		self.assertEqual(self.follow(simple(2)), (1, True))
		self.assertEqual(self.states(name), [(1, 0, "New", "Done"), (2, 0, "New", "Open")])
		self.assertFalse(frappe.db.exists("Item", f"{PREFIX}-2"))

	def test_a_product_whose_item_is_there_is_not_asked_for(self):
		name = self.plan(simple(1))
		self.apply(name)
		self.assertEqual(self.follow(simple(1, name="Renamed")), (0, False))

	def test_a_new_variation_of_an_imported_product_gets_a_line(self):
		name = self.plan(*variable(2, ("Red",)))
		self.apply(name)
		self.follow(*variable(2, ("Red", "Blue")))
		self.assertEqual(self.states(name)[-1], (2, 202, "New", "Open"))
		self.apply(name)
		self.assertEqual(frappe.db.get_value("Item", f"{PREFIX}-202", "variant_of"), f"{PREFIX}-2")

	def test_a_draft_that_is_published_becomes_new(self):
		name = self.plan(simple(1, status="draft"))
		self.assertEqual(self.states(name), [(1, 0, "Ignored", "Open")])
		self.follow(simple(1))
		self.assertEqual(self.states(name), [(1, 0, "New", "Open")])

	def test_what_a_person_has_corrected_stays(self):
		name = self.plan(simple(1))
		line = self.line(name, 1)
		line.action = "Leave"
		line.save()
		frappe.db.commit()
		self.assertEqual(self.follow(simple(1, name="Renamed")), (0, False))
		self.assertEqual(self.line(name, 1).action, "Leave")

	def test_a_line_of_a_product_that_is_deleted_goes(self):
		name = self.plan(simple(1), simple(2))
		self.follow(deleted=[1])
		self.assertEqual(self.states(name), [(2, 0, "New", "Open")])

	def test_a_line_of_a_variation_that_is_deleted_goes(self):
		name = self.plan(*variable(2, ("Red", "Blue")))
		self.apply(name, [self.line(name, 2).name, self.line(name, 2, 201).name])
		self.follow(*variable(2, ("Red",)), whole={2: [201]})
		self.assertEqual(self.states(name), [(2, 0, "New", "Done"), (2, 201, "New", "Done")])

	def test_without_an_open_import_nothing_is_done(self):
		self.assertEqual(self.follow(simple(1)), (0, False))

	def test_a_store_that_says_so_makes_new_items_at_once(self):
		name = self.plan(simple(1))
		self.apply(name)
		self.store.db_set("new_products", "Create")
		with patch.object(jobs, "enqueue") as enqueued:
			self.follow(simple(2), simple(3, status="draft"))
		enqueued.assert_called_once_with(int(name))
		jobs.run_here(name)
		self.assertTrue(frappe.db.exists("Item", f"{PREFIX}-2"))
		self.assertFalse(frappe.db.exists("Item", f"{PREFIX}-3"))

	def test_the_comparison_notes_what_no_webhook_reported_and_forgets_what_is_gone(self):
		name = self.plan(simple(1), *variable(2), simple(5))
		with patch.object(type(inbox.WORK), "enqueue"):
			self.assertEqual(follow_up.compare(STORE, {1, 2, 201, 6, 7, 8}, {6}), 2)
		noted = frappe.get_all(
			"WooCommerce Inbox", {"store": STORE}, ["resource", "woo_id"], order_by="woo_id"
		)
		self.assertEqual([(row.resource, row.woo_id) for row in noted], [("product", 7), ("product", 8)])
		self.assertEqual([row[:2] for row in self.states(name)], [(1, 0), (2, 0), (2, 201)])
