"""The log of requests: off, on until a time, and without secrets."""

from pathlib import Path

import frappe
from frappe.utils import add_days, add_to_date, now_datetime

from jarz_woocommerce_integration.services.session.session import get_store, store_client
from jarz_woocommerce_integration.tests.live.live_case import LiveCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class TestRequestLog(LiveCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(self.log_until, None)
		self.file = Path(frappe.get_site_path("logs", "woocommerce_requests.log"))
		self.before = len(self.text())

	def log_until(self, until) -> None:
		frappe.db.set_single_value("WooCommerce Settings", "log_requests_until", until)

	def text(self) -> str:
		return self.file.read_text(encoding="utf-8") if self.file.exists() else ""

	def new_text(self) -> str:
		return self.text()[self.before :]

	def ask(self) -> None:
		with store_client(get_store(STORE)) as client:
			client.get("orders", {"per_page": 1, "search": "mona@example.com"})

	def test_nothing_is_logged_until_somebody_switches_it_on(self):
		self.ask()
		self.log_until(add_to_date(now_datetime(), minutes=-1))
		self.ask()
		self.assertEqual(self.new_text(), "")

	def test_each_request_is_a_line_with_its_answer_and_no_secret(self):
		self.log_until(add_to_date(now_datetime(), minutes=5))
		self.ask()
		lines = [line for line in self.new_text().splitlines() if "wc/v3/orders" in line]
		self.assertTrue(lines)
		self.assertRegex(
			lines[-1], rf"{STORE}: GET \S*/wc/v3/orders\?per_page=1&search=\*\*\* -> 200 in [\d.]+ s"
		)
		for secret in ("ck_sample", "cs_sample", "oauth_", "mona"):
			self.assertNotIn(secret, self.new_text())

	def test_a_week_is_the_longest(self):
		settings = frappe.get_doc("WooCommerce Settings")
		settings.log_requests_until = add_days(now_datetime(), 8)
		self.assertRaisesRegex(frappe.ValidationError, "7 days at most", settings.save)
