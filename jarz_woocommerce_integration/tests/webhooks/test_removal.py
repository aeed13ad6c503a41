"""Uninstalling the app removes its webhooks from the shop, or says that it couldn't."""

import io
from contextlib import redirect_stdout
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.services.webhooks import (
	record as webhook_record,
	removal as webhook_removal,
)
from jarz_woocommerce_integration.store.webhooks.deliveries import TOPICS
from jarz_woocommerce_integration.tests.webhooks.test_webhooks import WebhooksTestCase

APP = "jarz_woocommerce_integration"


class TestWebhookRemoval(WebhooksTestCase):
	def setUp(self):
		super().setUp()
		self.sample.webhooks.add("order.updated", "https://other.example/hook", "secret", "somebody's")
		self.register()

	def uninstall(self, apps=("frappe", "erpnext")) -> str:
		"""What Frappe does around our hooks: by the second one the stores are gone."""
		with redirect_stdout(io.StringIO()) as told:
			webhook_removal.remember()
			with (
				patch.object(frappe, "get_installed_apps", return_value=list(apps)),
				patch.object(frappe, "get_doc", side_effect=frappe.DoesNotExistError),
			):
				webhook_removal.remove()
		return told.getvalue()

	def names(self) -> list[str]:
		return [webhook.name for webhook in self.sample.webhooks.all()]

	def test_ours_go_and_those_of_others_stay(self):
		told = self.uninstall()
		self.assertEqual(self.names(), ["somebody's"])
		self.assertIn(f"{len(TOPICS)} webhooks of {self.store.name} are removed", told)

	def test_a_dry_run_removes_nothing(self):
		self.uninstall(apps=("frappe", "erpnext", APP))
		self.assertEqual(len(self.names()), len(TOPICS) + 1)

	def test_a_shop_that_refuses_is_named_with_what_to_do(self):
		self.use_key("ck_wrong", "cs_wrong")
		told = self.uninstall()
		self.assertEqual(len(self.names()), len(TOPICS) + 1)
		self.assertIn(f"webhooks of {self.store.name} could NOT be removed", told)
		self.assertIn("WooCommerce > Settings > Advanced > Webhooks", told)
		self.assertNotIn("cs_wrong", told)

	def test_without_keys_it_says_so(self):
		frappe.db.delete("__Auth", {"doctype": "WooCommerce Store", "name": self.store.name})
		self.assertIn("has no Consumer Key", self.uninstall())

	def test_a_copy_of_the_site_leaves_the_originals_webhooks(self):
		webhook_record.write(self.store, site="another")
		self.assertIn("seems to be a copy", self.uninstall())
		self.assertEqual(len(self.names()), len(TOPICS) + 1)

	def test_of_an_earlier_version_the_host_tells(self):
		webhook_record.write(self.store, site=None)
		self.assertIn("seems to be a copy", self.uninstall())
		with patch.object(webhook_record, "get_url", return_value="https://erp.example"):
			self.uninstall()
		self.assertEqual(self.names(), ["somebody's"])

	def test_frappe_calls_it(self):
		hooks = frappe.get_hooks(app_name=APP)
		self.assertIn(f"{APP}.services.webhooks.removal.remember", hooks.before_uninstall)
		self.assertEqual(hooks.after_uninstall[0], f"{APP}.services.webhooks.removal.remove")
