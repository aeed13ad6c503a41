"""The webhooks that a shop keeps for this site, and the check that looks after them, against the sample store."""

import time
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlsplit

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import now_datetime
from frappe.utils.password import set_encrypted_password
from rq.job import JobStatus

from jarz_woocommerce_integration.exceptions import (
	StoreSetupError,
	StoreUnreachableError,
	StoreWriteRefusedError,
)
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.session import jobs
from jarz_woocommerce_integration.services.webhooks import (
	delivery as webhook_delivery,
	health as webhook_health,
	record as webhook_record,
	registration as webhooks,
)
from jarz_woocommerce_integration.store.webhooks.deliveries import TOPICS
from jarz_woocommerce_integration.tests.support.shop_on_site import json_of, run_bench
from jarz_woocommerce_integration.tests.support.site import make_store
from jarz_woocommerce_integration.tests.support.web_client import WebClient

STORE = "Webhooks Shop"
ADDRESS = "https://erp.example"
DISABLED = "disabled order.updated"


class WebhooksTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.shop = SampleShop(seed=5, orders=20)
		cls.client = cls.enterClassContext(WebClient())
		# Somebody will work on the inbox already, whose tests these aren't.
		cls.enterClassContext(patch.object(jobs, "get_job_status", return_value=JobStatus.QUEUED))

	def setUp(self):
		super().setUp()
		self.sample = SampleStore(self.shop)
		self.sample.webhooks.hookshot.send = self.deliver
		self.sample.webhooks.hookshot.ping = lambda url, body: self.deliver(url, {}, body)
		self.url = self.enterContext(self.sample.serve())
		self.addCleanup(self.shop.listeners.remove, self.sample.webhooks.hear)
		self.store = make_store(STORE, self.url, webhook_secret="")
		self.store.db_set({"enabled": 1, "live_sync": 1, "home": "sample-shop.example.test"})
		frappe.db.commit()
		self.told = self.enterContext(patch.object(alerts, "send"))
		self.wipe()
		self.addCleanup(self.leave_it)

	def leave_it(self):
		self.wipe()
		self.store.db_set("live_sync", 0)
		frappe.db.commit()

	def wipe(self):
		frappe.db.rollback()
		frappe.db.delete("WooCommerce Inbox")
		frappe.db.commit()
		for kind in (webhook_delivery.REFUSED, webhook_delivery.UNUSABLE):
			webhook_delivery.counted(kind, STORE, forget=True)

	def deliver(self, url, headers, body):
		"""What the shop sends arrives here, wherever the site's address leads to; other addresses don't answer."""
		parts = urlsplit(url)
		if f"{parts.scheme}://{parts.netloc}" != ADDRESS:
			return None
		kind = {"content_type": headers.get("Content-Type", "application/x-www-form-urlencoded")}
		return self.client.post(f"{parts.path}?{parts.query}", data=body, headers=headers, **kind).status_code

	# --- what tests do and see ---

	def register(self, **arguments):
		found = webhooks.register(self.store, ADDRESS, **arguments)
		frappe.db.commit()
		return found

	def check(self):
		found = webhook_health.check_health(STORE)
		frappe.db.commit()
		return found

	def in_shop(self, topic="order.updated"):
		(webhook,) = (webhook for webhook in self.sample.webhooks.all() if webhook.topic == topic)
		return webhook

	def change(self, topic="order.updated", **fields):
		self.sample.webhooks.change(self.in_shop(topic), **fields)

	def use_key(self, key, secret):
		for field, value in (("consumer_key", key), ("consumer_secret", secret)):
			set_encrypted_password("WooCommerce Store", STORE, value, field)
		frappe.db.commit()

	def an_order_changes(self):
		"""And the shop tells of it. :returns: how many rows there are of it"""
		order_id = self.shop.index.ids[3]
		self.shop.set_status(order_id, "completed")
		self.sample.deliver()
		frappe.db.rollback()
		return frappe.db.count("WooCommerce Inbox", {"store": STORE, "woo_id": order_id, "source": "Webhook"})

	def subjects(self):
		return [call.args[1] for call in self.told.call_args_list]

	def sentences(self):
		return " ".join(" ".join(call.args[2]) for call in self.told.call_args_list)

	def status(self):
		return frappe.db.get_value("WooCommerce Store", STORE, "webhooks_status")


class TestByAPerson(WebhooksTestCase):
	def test_registered_the_shop_tells_of_each_topic_and_is_believed(self):
		found = self.register()
		self.assertEqual((found["status"], found["problems"], found["doubts"]), ("Active", [], []))
		self.assertEqual([row["topic"] for row in found["webhooks"]], list(TOPICS))
		for webhook in self.sample.webhooks.all():
			self.assertTrue(
				webhook.delivery_url.startswith(
					f"{ADDRESS}/api/method/jarz_woocommerce_integration.api.webhook."
				)
			)
			self.assertEqual(webhook.name, f"ERPNext: {webhook.topic}")
		self.assertEqual(self.an_order_changes(), 1)
		rows = {row["topic"]: row for row in webhook_health.show(self.store)["webhooks"]}
		self.assertTrue(rows["order.updated"]["last_delivery"])
		self.assertIsNone(rows["order.deleted"]["last_delivery"])

	def test_registered_again_the_same_webhooks_stay(self):
		first = self.register()
		secret = self.store.get_password("webhook_secret")
		self.assertEqual(self.register()["webhooks"], first["webhooks"])
		self.assertEqual(self.store.get_password("webhook_secret"), secret)

	def test_the_secret_is_in_no_answer_and_no_form(self):
		found = self.register()
		secret = self.store.get_password("webhook_secret")
		self.assertEqual(self.in_shop().secret, secret)
		document = frappe.get_doc("WooCommerce Store", STORE)
		self.assertNotIn(secret, frappe.as_json([found, document.as_dict()]))
		self.assertEqual(set(document.webhook_secret), {"*"})

	def test_looking_changes_nothing_in_the_shop(self):
		found = webhook_health.show(self.store)
		self.assertEqual((found["status"], found["problems"]), ("Not Registered", []))
		self.assertEqual({row["state"] for row in found["webhooks"]}, {"missing"})
		self.assertFalse([line for line in self.sample.requests if not line.startswith("GET")])

	def test_a_key_that_may_only_read_is_told_and_nothing_is_made(self):
		self.use_key("ck_sample_read", "cs_sample_read")
		with self.assertRaisesRegex(StoreWriteRefusedError, "no write permission"):
			self.register()
		self.assertEqual(self.sample.webhooks.all(), [])

	def test_an_address_that_is_none_is_told(self):
		with self.assertRaisesRegex(StoreSetupError, "no web address"):
			webhooks.register(self.store, "http://")

	def test_an_address_that_the_shop_may_refuse_is_named(self):
		found = webhooks.register(self.store, "http://192.168.1.5:8000")
		self.assertEqual(len(found["doubts"]), 2)

	def test_a_site_that_has_moved_takes_its_webhooks_along(self):
		ids = [row["id"] for row in self.register()["webhooks"]]
		found = webhooks.register(self.store, "https://new.example")
		self.assertEqual([row["id"] for row in found["webhooks"]], ids)
		self.assertTrue(self.in_shop().delivery_url.startswith("https://new.example/"))

	def test_all_that_can_be_wrong_is_put_right(self):
		self.register()
		self.change("order.created", status="paused")
		self.change("order.updated", status="disabled", failures=6)
		self.change("order.deleted", delivery_url="https://elsewhere.example/")
		self.sample.webhooks.change(self.in_shop("order.restored"), topic="coupon.created")
		self.change("customer.created", secret="another")
		self.sample.webhooks.remove(self.in_shop("customer.updated").id)
		double = self.in_shop("product.updated")
		self.sample.webhooks.add("product.updated", double.delivery_url, double.secret)
		states = [(row["topic"], row["state"]) for row in webhook_health.show(self.store)["webhooks"]]
		self.assertEqual(
			states,
			[
				("order.created", "paused"),
				("order.updated", "disabled"),
				("order.deleted", "misaddressed"),
				("order.restored", "wrong topic"),
				("customer.created", "active"),
				("customer.updated", "missing"),
				("product.created", "active"),
				("product.updated", "active"),
				("product.updated", "duplicate"),
				("product.deleted", "active"),
				("product.restored", "active"),
			],
		)
		found = webhooks.register(self.store)
		self.assertEqual((found["status"], found["problems"]), ("Active", []))
		self.assertEqual([row["topic"] for row in found["webhooks"]], list(TOPICS))
		self.assertEqual(
			{webhook.secret for webhook in self.sample.webhooks.all()},
			{self.store.get_password("webhook_secret")},
		)
		self.assertEqual(self.an_order_changes(), 1)

	def test_webhooks_of_others_are_never_touched(self):
		others = [
			self.sample.webhooks.add("order.updated", "https://accounting.example/hook"),
			self.sample.webhooks.add("order.updated", f"{ADDRESS}/api/method/other.method?store={STORE}"),
			self.sample.webhooks.add(
				"order.updated", webhooks.webhook_record.endpoint_of(self.store).url.replace("//", "//other.")
			),
		]
		before = [vars(webhook).copy() for webhook in others]
		self.register()
		self.sample.webhooks.remove(max(row["id"] for row in webhook_health.show(self.store)["webhooks"]))
		self.check()
		webhooks.remove(self.store)
		self.assertEqual([vars(webhook) for webhook in reversed(self.sample.webhooks.all())], before)

	def test_removed_they_stay_removed(self):
		self.register()
		found = webhooks.remove(self.store)
		self.assertEqual((found["status"], self.sample.webhooks.all()), ("Not Registered", []))
		self.assertEqual(self.check()["status"], "Not Registered")
		self.assertEqual(self.sample.webhooks.all(), [])


class TestCommand(WebhooksTestCase):
	def webhooks(self, *words):
		return run_bench("woo", "webhooks", *words, "--store", STORE, "--json", "-")

	def test_the_command_registers_shows_repairs_and_removes(self):
		registered = self.webhooks("register", "--address", ADDRESS)
		self.assertEqual(
			(registered.returncode, json_of(registered)["status"]), (0, "Active"), registered.stderr
		)
		self.change(status="paused")
		shown = self.webhooks()
		self.assertEqual((shown.returncode, self.in_shop().status), (1, "paused"))
		self.assertIn("order.updated: paused", shown.stderr)
		self.assertEqual((self.webhooks("repair").returncode, self.in_shop().status), (0, "active"))
		self.assertEqual(self.an_order_changes(), 1)
		removed = self.webhooks("remove")
		self.assertEqual((removed.returncode, self.sample.webhooks.all()), (0, []))

	def test_a_key_that_may_only_read_is_one_message_and_exit_code_2(self):
		self.use_key("ck_sample_read", "cs_sample_read")
		failed = self.webhooks("register", "--address", ADDRESS)
		self.assertEqual(failed.returncode, 2)
		self.assertIn("no write permission", failed.stderr)
		self.assertNotIn("Traceback", failed.stderr)


class TestHealth(WebhooksTestCase):
	def test_of_a_shop_that_is_well_nothing_is_told(self):
		self.register()
		self.an_order_changes()
		self.assertEqual((self.check()["status"], self.subjects()), ("Active", []))

	def test_a_store_that_nobody_has_registered_gets_no_webhooks(self):
		webhook_health.check_all()
		self.assertEqual(
			(self.status(), self.sample.webhooks.all(), self.subjects()), ("Not Registered", [], [])
		)

	def test_a_disabled_webhook_is_made_active_and_told_once(self):
		self.register()
		self.fail_until_disabled()
		found = self.check()
		self.assertEqual(
			(found["status"], self.in_shop().status, self.in_shop().failures), ("Active", "active", 6)
		)
		self.assertEqual(self.subjects(), [f"{STORE}: the shop's webhooks were repaired"])
		self.assertEqual(self.an_order_changes(), 1)
		self.assertEqual(self.in_shop().failures, 0)
		self.check()
		self.assertEqual(len(self.subjects()), 1)

	def test_one_that_is_disabled_again_and_again_needs_a_person_who_is_told_once_a_day(self):
		self.register()
		statuses = []
		for _time in range(4):
			self.change(status="disabled")
			statuses.append(self.check()["status"])
		self.assertEqual(statuses, ["Active", *["Needs Attention"] * 3])
		self.assertEqual(len(self.subjects()), 1)
		self.change(status="disabled")
		with patch.object(webhook_health, "now_datetime", return_value=now_datetime() + timedelta(hours=25)):
			self.check()
		self.assertEqual(self.subjects()[1:], [f"{STORE}: the shop's webhooks need attention"])

	def test_what_is_missing_or_leads_elsewhere_comes_back_by_itself(self):
		self.register()
		self.sample.webhooks.remove(self.in_shop("order.created").id)
		self.change("order.updated", delivery_url="https://elsewhere.example/")
		self.change("order.deleted", status="paused")
		self.assertEqual(self.check()["problems"], [])
		self.assertEqual({webhook.status for webhook in self.sample.webhooks.all()}, {"active"})
		self.assertEqual(self.an_order_changes(), 1)
		for topic in ("order.created", "order.updated", "order.deleted"):
			self.assertIn(topic, self.sentences())

	def test_all_webhooks_gone_come_back(self):
		self.register()
		for webhook in self.sample.webhooks.all():
			self.sample.webhooks.remove(webhook.id)
		self.assertEqual(self.check()["status"], "Active")
		self.assertEqual({webhook.topic for webhook in self.sample.webhooks.all()}, set(TOPICS))

	def test_another_secret_in_the_shop_is_noticed_by_its_change_there_and_what_was_refused(self):
		self.register()
		self.check()
		self.later()
		for webhook in self.sample.webhooks.all():
			self.sample.webhooks.change(webhook, secret="another")
		self.assertEqual(self.check()["problems"], [])
		self.assertEqual(self.an_order_changes(), 0)
		self.assertEqual(self.check()["status"], "Active")
		self.assertIn("another secret", self.sentences())
		self.assertEqual(self.an_order_changes(), 1)

	def test_one_webhook_with_another_secret_is_noticed_beside_others_that_are_well(self):
		self.register()
		self.check()
		self.later()
		self.change("order.updated", secret="another")
		self.assertEqual(self.an_order_changes(), 0)
		self.check()
		self.assertIn("order.updated was changed there", self.sentences())
		self.assertEqual(self.an_order_changes(), 1)

	def test_another_secret_here_is_set_in_the_shop(self):
		self.register()
		self.check()
		set_encrypted_password("WooCommerce Store", STORE, "typed by a person", "webhook_secret")
		frappe.db.commit()
		self.assertEqual(self.an_order_changes(), 0)
		self.check()
		self.assertEqual(self.an_order_changes(), 1)

	def test_a_store_whose_secret_was_emptied_gets_a_new_one(self):
		self.register()
		document = frappe.get_doc("WooCommerce Store", STORE)
		document.webhook_secret = ""
		document.save()
		frappe.db.commit()
		self.assertEqual(self.an_order_changes(), 0)
		self.assertEqual(self.check()["status"], "Active")
		self.assertIn("no Webhook Secret", self.sentences())
		self.assertEqual(self.an_order_changes(), 1)

	def test_a_stranger_before_somebody_looked_is_no_alarm(self):
		self.register()
		self.an_order_changes()
		self.refused()
		webhook_health.show(self.store)
		self.assertEqual((self.check()["problems"], self.subjects()), ([], []))

	def test_strangers_cause_no_write_and_no_alarm_however_many_while_the_shop_is_quiet(self):
		self.register()
		for forged in (1, 1, 0, 30):
			for _time in range(forged):
				self.refused()
			self.assert_left_alone()

	def test_strangers_beside_deliveries_that_are_well_cause_no_write_and_no_alarm(self):
		self.register()
		self.later()
		for _look in range(3):
			self.an_order_changes()
			self.refused()
			self.assert_left_alone()
			self.refused()
			self.assert_left_alone()

	def test_a_store_that_was_registered_with_an_older_version_is_left_alone(self):
		self.register()
		webhook_record.write(self.store, trusted=None, secret_mark=None)
		frappe.db.commit()
		self.later()
		self.change(name="ERPNext: order.updated")
		self.refused()
		self.assert_left_alone()
		self.refused()
		self.assert_left_alone()

	def assert_left_alone(self):
		before = len(self.sample.requests)
		self.assertEqual((self.check()["problems"], self.subjects()), ([], []))
		written = [line for line in list(self.sample.requests)[before:] if not line.startswith("GET")]
		self.assertEqual(written, [])

	def later(self):
		"""Some time has passed in the shop, whose stamps are whole seconds."""
		self.sample.webhooks.clock = lambda: time.time() + 5

	def test_deliveries_without_an_id_need_a_person(self):
		self.register()
		with patch.object(self.sample.webhooks, "body_of", return_value=b'{"order":{"id":7}}'):
			self.an_order_changes()
		self.assertEqual(self.check()["status"], "Needs Attention")
		self.assertIn("API Version", self.sentences())

	def test_a_key_that_may_only_read_is_told_with_what_is_wrong(self):
		self.register()
		self.change(status="disabled")
		refusal = StoreWriteRefusedError("No write permission.", "Give it.")
		with patch.object(webhooks, "update_webhook", side_effect=refusal):
			found = self.check()
		self.assertEqual([problem["key"] for problem in found["problems"]], [DISABLED, "not repaired"])
		self.assertIn("No write permission", self.sentences())

	def test_a_shop_that_does_not_answer_keeps_what_was_found_and_the_others_are_looked_at(self):
		self.register()
		before = frappe.get_doc("WooCommerce Store", STORE)
		away = StoreUnreachableError("The shop is away.")
		with patch.object(webhooks, "list_webhooks", side_effect=away):
			webhook_health.check_all()
		after = frappe.get_doc("WooCommerce Store", STORE)
		self.assertEqual((after.webhooks_status, after.webhooks_checked), ("Active", before.webhooks_checked))
		self.assertIn("The shop is away.", after.webhooks_found)
		webhook_health.check_all()
		self.assertNotIn(
			"The shop is away.", frappe.db.get_value("WooCommerce Store", STORE, "webhooks_found")
		)

	def test_stores_that_are_not_kept_in_step_are_left_alone(self):
		self.register()
		self.change(status="disabled")
		for values in ({"live_sync": 0}, {"live_sync": 1, "enabled": 0}):
			self.store.db_set(values)
			webhook_health.check_all()
			self.assertEqual(self.in_shop().status, "disabled")
		self.store.db_set("enabled", 1)
		webhook_health.check_all()
		self.assertEqual(self.in_shop().status, "active")

	# --- silence ---

	def test_orders_that_only_the_scheduler_tells_of_are_a_silence_that_is_told(self):
		self.register_long_ago()
		self.scheduler_tells(1, 2, 3)
		found = self.check()
		self.assertEqual(
			(found["status"], [problem["key"] for problem in found["problems"]]),
			("Needs Attention", ["silent"]),
		)
		self.assertIn("Scheduled Actions", self.sentences())
		self.check()
		self.assertEqual(len(self.subjects()), 1)
		self.an_order_changes()
		self.assertEqual(self.check()["status"], "Active")
		self.assertEqual(self.subjects()[1:], [f"{STORE}: the shop's webhooks work again"])

	def test_who_looks_sees_the_silence_too_and_nothing_is_told_for_it(self):
		self.register_long_ago()
		self.scheduler_tells(1, 2, 3)
		self.assertEqual(
			[problem["key"] for problem in webhook_health.show(self.store)["problems"]], ["silent"]
		)
		self.assertEqual(self.subjects(), [])

	def test_of_a_webhook_that_is_off_the_silence_is_no_news(self):
		self.register_long_ago()
		self.scheduler_tells(1, 2, 3)
		self.change(status="disabled")
		self.assertEqual(self.check()["problems"], [])
		self.assertEqual(self.check()["problems"], [])

	def test_few_orders_or_recent_ones_are_no_silence(self):
		self.register_long_ago()
		self.scheduler_tells(1, 2)
		self.scheduler_tells(3, 4, minutes_ago=5)
		self.assertEqual((self.check()["status"], self.subjects()), ("Active", []))

	def test_orders_that_a_webhook_told_of_too_are_no_silence(self):
		self.register_long_ago()
		self.scheduler_tells(1, 2, 3)
		for order_id, minutes in ((1, 50), (2, 29), (3, 12)):
			self.row(order_id, "Webhook", minutes)
		self.assertEqual(self.check()["status"], "Active")

	def test_deliveries_that_were_lost_while_others_came_are_no_silence(self):
		self.register_long_ago()
		self.scheduler_tells(1, 2, 3, 4, 5)
		self.row(99, "Webhook", 20)
		self.assertEqual(self.check()["status"], "Active")

	def test_what_changed_before_the_webhooks_were_made_is_no_silence(self):
		self.scheduler_tells(1, 2, 3)
		self.register()
		self.assertEqual(self.check()["status"], "Active")

	def register_long_ago(self):
		with patch.object(webhooks, "now_datetime", return_value=now_datetime() - timedelta(hours=6)):
			self.register()

	def scheduler_tells(self, *order_ids, minutes_ago=30):
		for order_id in order_ids:
			self.row(order_id, "Scheduler", minutes_ago)

	def row(self, order_id, source, minutes_ago):
		moment = now_datetime() - timedelta(minutes=minutes_ago)
		frappe.get_doc(
			doctype="WooCommerce Inbox",
			store=STORE,
			resource="order",
			woo_id=order_id,
			source=source,
			received=moment,
			stamp_gmt=self.utc(moment),
		).insert()
		frappe.db.commit()

	def utc(self, moment):
		zone = webhook_health.ZoneInfo(webhook_health.get_system_timezone())
		return webhook_health.to_utc_column(moment.replace(tzinfo=zone))

	# --- what goes wrong ---

	def fail_until_disabled(self):
		with patch.object(inbox, "note", side_effect=frappe.ValidationError):
			for number in range(7):
				self.shop.update(self.shop.index.ids[number], {})
				self.sample.deliver()
		self.assertEqual((self.in_shop().status, self.in_shop().failures), ("disabled", 6))

	def refused(self):
		headers = {"X-WC-Webhook-Signature": "wrong", "X-WC-Webhook-Topic": "order.updated"}
		self.assertEqual(self.deliver(self.in_shop().delivery_url, headers, b'{"id":7}'), 401)
