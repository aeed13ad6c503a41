"""The first steps know by themselves whether they are done."""

from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.api import health as api
from jarz_woocommerce_integration.services.onboarding import steps
from jarz_woocommerce_integration.tests.support.site import make_store

SHOP = "Onboarding Shop"


class TestOnboarding(FrappeTestCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(frappe.db.rollback)
		self.store = make_store(SHOP)
		for table in ("Order Map", "Sync Run", "Item Link"):
			frappe.db.delete(f"WooCommerce {table}")
		for table in steps.GUESSED_IN:
			frappe.db.delete(f"WooCommerce Store {table}")
		others = {"home": None, "live_sync": 0, "unknown_items": "Hold", "enabled": 1}
		frappe.db.sql(
			"UPDATE `tabWooCommerce Store` SET " + ", ".join(f"{k} = %({k})s" for k in others), others
		)
		for target in ("age_of_backup",):
			self.enterContext(patch.object(steps, target, return_value=None))
		self.enterContext(patch.object(steps.rehearsals, "has_ended_well", return_value=False))

	def done(self):
		steps.look()
		kept = frappe.get_all("Onboarding Step", {"is_complete": 1}, pluck="name")
		return [name.removeprefix("WooCommerce ") for name in steps.STEPS if name in kept]

	def set_store(self, **values):
		frappe.db.set_value("WooCommerce Store", SHOP, values)

	def gateway(self, look):
		row = {"doctype": "WooCommerce Store Gateway", "parent": SHOP, "parenttype": "WooCommerce Store"}
		place = {"parentfield": "gateways", "gateway": f"g{look}", "look": look}
		frappe.get_doc({**row, **place}).db_insert()

	def run_of(self, **values):
		run = {"doctype": "WooCommerce Sync Run", "store": SHOP, "kind": "Migration"}
		frappe.get_doc({**run, "status": "Completed", **values}).insert()

	def test_the_steps_are_those_of_the_workspace(self):
		there = frappe.get_doc("Module Onboarding", "WooCommerce")
		self.assertEqual([step.step for step in there.steps], list(steps.STEPS))

	def test_on_an_empty_site_none_is_done_whatever_was_clicked(self):
		frappe.db.set_value("Onboarding Step", "WooCommerce Migrate", "is_complete", 1)
		self.assertEqual(self.done(), [])
		self.assertFalse(steps.look()["has_orders"])

	def test_each_is_done_when_it_is(self):
		self.set_store(home="shop.example")
		self.assertEqual(self.done(), ["Connect"])
		self.gateway(0)
		self.assertEqual(self.done(), ["Connect", "Map"])
		self.gateway(1)
		self.assertEqual(self.done(), ["Connect"])
		self.set_store(unknown_items="Create")
		self.assertEqual(self.done(), ["Connect", "Items"])
		with patch.object(steps.rehearsals, "has_ended_well", return_value=True):
			self.assertEqual(self.done(), ["Connect", "Items", "Rehearse"])
		with patch.object(steps, "age_of_backup", return_value=60):
			self.assertEqual(self.done(), ["Connect", "Items", "Back Up"])
		self.run_of(proven=0)
		self.assertEqual(self.done(), ["Connect", "Items", "Back Up", "Migrate"])
		self.run_of(proven=1)
		self.set_store(live_sync=1)
		self.assertEqual(self.done()[-3:], ["Migrate", "Prove", "Keep in Step"])

	def test_it_is_complete_when_all_are_done_and_shown_again_when_one_is_not(self):
		with patch.dict(steps.STEPS, dict.fromkeys(steps.STEPS, lambda: True)):
			self.assertTrue(steps.look()["changed"])
			self.assertFalse(steps.look()["changed"])
			self.assertTrue(frappe.db.get_value("Module Onboarding", "WooCommerce", "is_complete"))
		steps.look()
		self.assertFalse(frappe.db.get_value("Module Onboarding", "WooCommerce", "is_complete"))

	def test_a_user_of_the_shop_may_look(self):
		self.assertIn("has_orders", api.look())
