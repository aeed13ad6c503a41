"""Jobs whose time is over, or that break, while they wait for the shop: what Frappe and RQ keep of it holds nothing of the shop's."""

import base64
import traceback
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils.background_jobs import execute_job
from rq.timeouts import JobTimeoutException

from jarz_woocommerce_integration.api import store as api_of_store
from jarz_woocommerce_integration.exceptions import (
	PrivateAddressError,
	StoreSetupError,
	StoreUnreachableError,
)
from jarz_woocommerce_integration.services.desk import setup as store_setup
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.outbox import queue as outbox
from jarz_woocommerce_integration.services.session.session import get_store, store_client
from jarz_woocommerce_integration.tests.live.live_case import LiveCase
from jarz_woocommerce_integration.tests.processes.alarms import alarm_after
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.support.site import make_store

SERVICES = "jarz_woocommerce_integration.services"
# Job -> where the shop is slow.
JOBS = {
	f"{SERVICES}.live.sync.poll": ("/wp-json/?", "statuses", "modified", "orders?include", "refunds"),
	f"{SERVICES}.inbox.work.work_on": ("/wp-json/?", "include", "refunds", "customers"),
	f"{SERVICES}.outbox.sending.send": ("/wp-json/?", "orders/", "notes"),
	f"{SERVICES}.reconciliation.jobs.reconcile_recent": ("/wp-json/?", "orders?"),
	f"{SERVICES}.reconciliation.jobs.reconcile_whole": ("/wp-json/?", "orders?"),
}
SCHEDULED = (f"{SERVICES}.webhooks.health.check_all",)


class SecretsCase(LiveCase):
	def setUp(self):
		super().setUp()
		self.order_id = self.add_order()
		body = self.shop.body(self.order_id)
		self.planted = {
			"cs_sample",
			"ck_sample",
			base64.b64encode(b"ck_sample:cs_sample").decode(),
			"oauth_signature=",
			*(text for text in (body["billing"]["email"], body["billing"]["phone"]) if text),
		}
		for resource, woo_id in ((inbox.ORDER, self.order_id), (inbox.CUSTOMER, 1)):
			inbox.note(STORE, resource, woo_id, inbox.WEBHOOK)
		frappe.db.set_value("WooCommerce Store", STORE, "send_notes", 1, update_modified=False)
		outbox.add(STORE, self.order_id, outbox.NOTE, "note", ("Sales Invoice", "Planted"))
		frappe.db.commit()
		frappe.db.delete("Error Log")
		frappe.db.commit()

	def forget(self):
		frappe.cache.delete_keys(f"woo_store_knowledge|{STORE}")
		frappe.cache.delete_keys(f"woo_store_statuses|{STORE}")
		self.forget_pause()

	def run_job(self, method: str, **arguments) -> str:
		"""Run a job as a worker does. :returns: what RQ keeps of the error, "" where there was none"""
		self.forget()
		try:
			execute_job(frappe.local.site, method, None, method, arguments, is_async=False)
		except Exception:
			return traceback.format_exc()
		return ""

	def logged(self) -> str:
		frappe.db.rollback()
		rows = frappe.get_all("Error Log", fields=["method", "error"])
		return "\n".join(f"{row.method}\n{row.error}" for row in rows)

	def assert_nothing_is_told(self, told: str) -> None:
		rows = frappe.get_all("WooCommerce Sync Run", {"store": STORE}, pluck="last_error")
		told = f"{told}\n{self.logged()}\n{rows}\n{self.of_store().sync_error}"
		for planted in self.planted:
			self.assertNotIn(planted, told)


class TestJobs(SecretsCase):
	def test_a_job_whose_time_is_over_tells_nothing_of_what_it_sent_and_read(self):
		for method, places in JOBS.items():
			for place in places:
				with self.subTest(method, place=place):
					self.sample.faults.add("slow", share=1.0, match=place, seconds=1.5)
					with alarm_after(0.7, JobTimeoutException("Task exceeded maximum timeout value")):
						told = self.run_job(method, store=STORE)
					self.sample.faults.clear()
					self.assert_nothing_is_told(told)

	def test_a_job_that_breaks_tells_its_class_and_place(self):
		text = "consumer_key=ck_sample&consumer_secret=cs_sample of " + ", ".join(self.planted)
		for method in (*JOBS, *SCHEDULED):
			for place in (
				"store.http.client.StoreClient._send",
				"store.http.answers.decode",
				"store.orders.parse",
			):
				with self.subTest(method, place=place):
					frappe.db.delete("Error Log")
					with patch(f"jarz_woocommerce_integration.{place}", side_effect=ValueError(text)):
						told = self.run_job(method, **({} if method in SCHEDULED else {"store": STORE}))
					self.assert_nothing_is_told(told)
					if told:
						self.assertIn("The app broke: ValueError in ", told)

	def test_what_an_order_breaks_on_is_logged_by_its_place(self):
		text = "nobody@planted.example"
		self.planted.add(text)
		with patch(f"{SERVICES}.live.session.LiveBooking.book_locked", side_effect=ValueError(text)):
			told = self.run_job(f"{SERVICES}.inbox.work.work_on", store=STORE)
		self.assert_nothing_is_told(told)
		self.assertIn(f"WooCommerce order {self.order_id} of {STORE}", self.logged())
		self.assertIn("ValueError in services/inbox/work.py", self.logged())

	def test_the_forms_buttons_tell_the_class_and_the_place_as_well(self):
		with patch.object(store_setup, "check", side_effect=ValueError("cs_sample")):
			with self.assertRaises(frappe.ValidationError) as caught:
				api_of_store.check_connection(STORE)
		self.assertIn("The app broke: ValueError in ", str(caught.exception))
		self.assert_nothing_is_told("".join(traceback.format_exception(caught.exception)))
		self.assertIn("ValueError in ", self.logged())


class TestAnotherHost(FrappeTestCase):
	NAME = "Secret Shop"
	SECRETS = ("consumer_key", "consumer_secret", "webhook_secret")

	def setUp(self):
		super().setUp()
		self.store = make_store(self.NAME, "https://shop.example", webhook_secret="wh_planted", enabled=1)
		frappe.clear_messages()

	def saved(self, **values):
		store = get_store(self.NAME)
		store.update(values).save()
		return get_store(self.NAME)

	def secrets_of(self, store) -> dict:
		return {field: store.get_password(field, raise_exception=False) for field in self.SECRETS}

	def test_what_the_old_host_was_given_is_forgotten_and_told(self):
		store = self.saved(url="https://thief.example")
		self.assertEqual(self.secrets_of(store), dict.fromkeys(self.SECRETS))
		self.assertFalse(store.enabled)
		told = " ".join(str(message) for message in frappe.get_message_log())
		self.assertIn("Consumer Key, Consumer Secret, Webhook Secret", told)
		with self.assertRaisesRegex(StoreSetupError, "no Consumer Key"):
			store_client(store)

	def test_keys_that_come_with_the_new_address_are_kept(self):
		keys = {"consumer_key": "ck_new", "consumer_secret": "cs_new"}
		store = self.saved(url="https://other.example", **keys)
		self.assertEqual(self.secrets_of(store), {**keys, "webhook_secret": None})
		self.assertTrue(store.enabled)
		half = self.saved(url="https://third.example", consumer_key="ck_third")
		self.assertEqual(self.secrets_of(half)["consumer_secret"], None)
		self.assertFalse(half.enabled)

	def test_another_path_or_scheme_of_the_same_host_keeps_them(self):
		before = self.secrets_of(self.store)
		for url in ("http://shop.example", "https://shop.example/de", "https://SHOP.example:443/wp-admin"):
			store = self.saved(url=url)
			self.assertEqual((self.secrets_of(store), store.enabled), (before, 1), url)


class TestPrivateAddresses(FrappeTestCase):
	def allowing(self, allowed):
		return patch.dict(frappe.local.conf, {"woo_allow_private_addresses": allowed})

	def test_they_are_refused_where_the_site_doesnt_allow_them(self):
		store = make_store("Secret Shop", "http://127.0.0.1:1")
		for allowed in (None, 0, [], ["shop.lan"], "shop.lan"):
			with self.allowing(allowed), store_client(store) as client:
				with self.assertRaisesRegex(PrivateAddressError, "private network"):
					client.get("orders")
		with self.allowing(None):
			report = store_setup.check_store(store)
		self.assertFalse(report["works"])
		self.assertIn("woo_allow_private_addresses", report["check_result"])

	def test_they_are_dialled_where_it_does(self):
		store = make_store("Secret Shop", "http://127.0.0.1:1")
		for allowed in (True, 1, ["127.0.0.1"], "shop.lan, 127.0.0.1"):
			with self.allowing(allowed), store_client(store, attempts=1) as client:
				with self.assertRaises(StoreUnreachableError):
					client.get("orders")
