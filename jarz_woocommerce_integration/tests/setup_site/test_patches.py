"""What an update changes on a site that has data of the version before."""

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.patches.v1_6 import rename_changes_chart, rename_labels
from jarz_woocommerce_integration.patches.v1_6.rename_changes_chart import NEW, OLD


class TestRenameChangesChart(FrappeTestCase):
	def tearDown(self):
		frappe.db.rollback()
		frappe.clear_cache(doctype="Dashboard Chart")

	def test_the_chart_keeps_its_place_in_a_dashboard(self):
		frappe.rename_doc("Dashboard Chart", NEW, OLD, force=True, show_alert=False)
		dashboard = frappe.get_doc(
			{"doctype": "Dashboard", "dashboard_name": "Woo Patch", "charts": [{"chart": OLD}]}
		).insert()
		rename_changes_chart.execute()
		self.assertEqual([row.chart for row in dashboard.reload().charts], [NEW])

	def test_twice_is_once(self):
		rename_changes_chart.execute()
		rename_changes_chart.execute()
		self.assertTrue(frappe.db.exists("Dashboard Chart", NEW))
		self.assertFalse(frappe.db.exists("Dashboard Chart", OLD))


class TestRenameLabels(FrappeTestCase):
	def tearDown(self):
		frappe.db.rollback()
		frappe.clear_cache(doctype="Customer")

	def test_a_label_of_the_version_before_is_renewed(self):
		frappe.db.set_value("Custom Field", "Customer-woo_phone_text", "label", "Phone as Told")
		rename_labels.execute()
		self.assertEqual(
			frappe.db.get_value("Custom Field", "Customer-woo_phone_text", "label"), "Phone in the Shop"
		)
