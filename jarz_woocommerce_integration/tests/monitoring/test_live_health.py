"""What the workspace and `bench woo health` say of the live sync: each color, and what it costs to ask."""

import json
from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from jarz_woocommerce_integration.api import health as api
from jarz_woocommerce_integration.install import ROLES
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.monitoring import live_health
from jarz_woocommerce_integration.services.monitoring.live_health import health
from jarz_woocommerce_integration.services.outbox import queue as outbox
from jarz_woocommerce_integration.setup_site.blocks import BLOCKS, add_blocks
from jarz_woocommerce_integration.tests.live.live_case import INBOX, MAP, LiveCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, json_of, run_bench

OUTBOX = "WooCommerce Outbox"


def utc_now():
	return frappe.utils.get_datetime(frappe.utils.get_datetime_in_timezone("UTC").replace(tzinfo=None))


class HealthCase(LiveCase):
	def setUp(self):
		super().setUp()
		for doctype in (INBOX, OUTBOX):
			frappe.db.delete(doctype)
		frappe.db.delete("WooCommerce Store", {"name": ("!=", STORE)})
		self.set_store(
			webhooks_status="",
			reconciliation=None,
			last_reconciled=None,
			last_reconciled_whole=None,
			enabled=1,
			sync_every=2,
		)

	def set_store(self, **values):
		frappe.db.set_value("WooCommerce Store", STORE, values, update_modified=False)
		frappe.db.commit()

	def well(self, **others):
		"""As a store that was kept in step until a moment ago."""
		self.set_store(
			live_since=utc_now() - timedelta(hours=3),
			last_synced=now_datetime(),
			synced_until=utc_now() - timedelta(minutes=1),
			last_reconciled=now_datetime(),
			**others,
		)

	def points(self) -> dict:
		frappe.db.rollback()
		(one,) = health()["stores"]
		return {point["key"]: frappe._dict(point) for point in one["points"]}

	def color(self) -> str:
		return health()["stores"][0]["color"]

	def note(self, order_id: int = 1, **values) -> int:
		inbox.note(STORE, inbox.ORDER, order_id, inbox.SCHEDULER)
		name = frappe.db.get_value(INBOX, {"woo_id": order_id}, order_by="name desc")
		frappe.db.set_value(INBOX, name, values)
		frappe.db.commit()
		return name


class TestHealthOfAStore(HealthCase):
	def test_one_that_is_kept_in_step_is_green(self):
		self.well(webhooks_status="Active")
		points = self.points()
		self.assertEqual(self.color(), "green", points)
		self.assertLess(points["lag"].value, 60)
		self.assertEqual((points["inbox"].shown, points["orders"].shown), ("0", "0"))
		self.assertEqual(points["webhooks"].color, "green")

	def test_one_that_was_never_kept_in_step_is_gray(self):
		self.begin(live_sync=0)
		self.assertEqual(self.color(), "gray")

	def test_one_that_is_switched_off_after_it_was_kept_in_step_is_red(self):
		for off in ({"live_sync": 0}, {"enabled": 0}):
			with self.subTest(off):
				self.well(**off)
				point = self.points()["live_sync"]
				self.assertEqual((point.color, self.color()), ("red", "red"))
				self.assertTrue(point.what_to_do)
				self.set_store(live_sync=1, enabled=1)

	def test_a_shop_that_wasnt_looked_at_for_long_is_red(self):
		self.well()
		for every, minutes, color in ((2, 9, "green"), (2, 11, "red"), (5, 20, "green"), (5, 26, "red")):
			with self.subTest(every=every, minutes=minutes):
				self.set_store(sync_every=every, last_synced=add_to_date(now_datetime(), minutes=-minutes))
				self.assertEqual(self.points()["lag"].color, color)

	def test_what_is_in_the_way_is_said_before_and_after_it_is_red(self):
		self.well(sync_error="The store can't be reached.")
		self.assertEqual(self.points()["lag"].color, "orange")
		self.set_store(last_synced=add_to_date(now_datetime(), minutes=-30))
		point = self.points()["lag"]
		self.assertEqual(point.color, "red")
		self.assertIn("can't be reached", point.text)

	def test_one_that_was_never_looked_at_since_it_was_switched_on_is_red_as_well(self):
		self.set_store(live_since=utc_now() - timedelta(minutes=20))
		self.assertEqual(self.points()["lag"].color, "red")

	def test_a_cursor_that_an_order_holds_up_is_orange_then_red(self):
		for minutes, color in ((5, "green"), (20, "orange"), (90, "red")):
			with self.subTest(minutes):
				self.well()
				self.set_store(synced_until=utc_now() - timedelta(minutes=minutes))
				point = self.points()["lag"]
				self.assertEqual(point.color, color)
		self.assertEqual((point.doctype, point.filters["state"]), (INBOX, "Waiting"))

	def test_a_failing_order_is_orange_and_one_on_which_nobody_works_is_red(self):
		self.well()
		self.note(1, attempts=2, next_attempt=add_to_date(now_datetime(), minutes=5))
		self.assertEqual(self.points()["inbox"].color, "orange")
		self.note(2)
		self.assertEqual(self.points()["inbox"].shown, "2")
		self.note(3, received=add_to_date(now_datetime(), minutes=-11))
		self.assertEqual(self.points()["inbox"].color, "red")

	def test_what_was_given_up_is_red_until_somebody_had_it_done(self):
		self.well()
		self.note(7, state=inbox.GIVEN_UP)
		self.assertEqual(self.points()["orders"].color, "red")
		self.note(7, state=inbox.DONE)
		self.assertEqual(self.points()["orders"].color, "green")

	def test_held_and_failed_orders_are_counted(self):
		held, failed = self.add_order(), self.add_order()
		self.poll()
		self.well()
		for order_id, state in ((held, "Held"), (failed, "Failed")):
			frappe.db.set_value(MAP, {"woo_order_id": order_id}, "state", state)
		frappe.db.commit()
		point = self.points()["orders"]
		self.assertEqual((point.shown, point.color), ("2", "orange"))

	def test_what_couldnt_be_told_to_the_shop_is_red(self):
		self.well(send_status=1)
		self.assertEqual(self.points()["outbox"].color, "green")
		outbox.add(STORE, 1, outbox.STATUS, "completed", ("Sales Invoice", "SI-1"))
		name = frappe.db.get_value(OUTBOX, {"store": STORE})
		frappe.db.set_value(OUTBOX, name, "creation", add_to_date(now_datetime(), minutes=-20))
		self.assertEqual(health()["stores"][0]["points"][6]["color"], "orange")
		frappe.db.set_value(OUTBOX, name, "state", "Awaiting Approval")
		frappe.db.commit()
		self.assertIn("wait for approval", self.points()["outbox"].text)
		frappe.db.set_value(OUTBOX, name, "state", "Given Up")
		frappe.db.commit()
		self.assertEqual(self.points()["outbox"].color, "red")
		self.set_store(send_status=0)
		frappe.db.delete(OUTBOX)
		self.assertEqual(health()["stores"][0]["points"][6]["color"], "gray")

	def test_webhooks_that_need_attention_are_red(self):
		self.well(webhooks_status="Needs Attention")
		self.assertEqual(self.points()["webhooks"].color, "red")

	def test_a_reconciliation_that_is_late_is_red(self):
		self.well(last_reconciled_whole=add_to_date(now_datetime(), hours=-27))
		self.assertEqual(self.points()["reconciliation"].color, "red")
		self.well(last_reconciled_whole=add_to_date(now_datetime(), hours=-25))
		self.assertEqual(self.points()["reconciliation"].color, "green")
		self.set_store(last_reconciled_whole=None, live_since=utc_now() - timedelta(hours=27))
		self.assertEqual(self.points()["reconciliation"].color, "red")

	def test_differences_that_wait_for_a_person_are_told_and_those_that_heal_too(self):
		kept = {"recent": {"kinds": {"total": {"count": 3, "noted": 3}, "hidden": {"count": 9, "noted": 0}}}}
		self.well(reconciliation=json.dumps(kept))
		point = self.points()["reconciliation"]
		self.assertEqual((point.color, point.value), ("green", 0))
		self.assertIn("3", point.text)
		kept["recent"]["kinds"]["total"]["noted"] = 1
		self.well(reconciliation=json.dumps(kept))
		point = self.points()["reconciliation"]
		self.assertEqual((point.color, point.value), ("orange", 2))

	def test_a_budget_that_is_nearly_used_is_orange(self):
		self.well()
		for used, limit, color in (
			(10, 100, "green"),
			(95, 100, "orange"),
			(None, None, "gray"),
			(0, None, "gray"),
		):
			found = {"used": used, "limit": limit}
			with (
				self.subTest(found),
				patch.object(live_health, "requests_of_this_minute", return_value=found),
			):
				self.assertEqual(self.points()["requests"].color, color)


class TestHealthOfTheSite(HealthCase):
	def site(self) -> dict:
		frappe.db.rollback()
		return {point["key"]: frappe._dict(point) for point in health()["site"]}

	def ticked(self, minutes: float) -> None:
		frappe.db.set_value(
			"Scheduled Job Type",
			{"method": live_health.TICK},
			"last_execution",
			add_to_date(now_datetime(), minutes=-minutes),
		)
		frappe.db.commit()

	def test_a_scheduler_that_is_off_or_silent_is_red(self):
		self.well()
		self.ticked(1)
		with patch.object(live_health, "is_scheduler_inactive", return_value=True):
			self.assertEqual(self.site()["scheduler"].shown, "Off")
		with patch.object(live_health, "is_scheduler_inactive", return_value=False):
			self.assertEqual(self.site()["scheduler"].color, "green")
			self.ticked(6)
			self.assertEqual((self.site()["scheduler"].color, health()["color"]), ("red", "red"))

	def test_without_a_worker_for_what_comes_in_it_is_red(self):
		self.well()
		with patch.object(live_health.Worker, "count", return_value=0):
			colors = {key: point.color for key, point in self.site().items()}
		self.assertEqual((colors["workers_short"], colors["workers_long"]), ("red", "orange"))
		with patch.object(live_health.Worker, "count", side_effect=live_health.RedisError("gone")):
			self.assertEqual(self.site()["workers"].color, "red")

	def test_without_a_store_in_step_nobody_misses_the_scheduler(self):
		self.begin(live_sync=0)
		found = health()
		self.assertEqual((found["site"], found["color"]), ([], "gray"))

	def test_it_costs_a_handful_of_queries(self):
		self.well()
		for order_id in range(1, 31):
			self.note(order_id)
		health()
		with patch.object(live_health, "requests_of_this_minute", lambda store: {"used": 1, "limit": 2}):
			with self.assertQueryCount(9):
				health()


class TestHealthIsShown(HealthCase):
	def test_the_command_says_it_and_its_exit_code_tells_red(self):
		self.well(live_sync=0)
		done = run_bench("woo", "health", "--json", "-")
		self.assertEqual(done.returncode, 1, done.stderr)
		found = json_of(done)
		self.assertEqual((found["color"], found["stores"][0]["store"]), ("red", STORE))
		self.assertIn("Switch it on in the store's form.", done.stderr)

	def test_the_workspace_asks_for_the_same(self):
		self.well()
		told = api.health()
		self.assertEqual([one["store"] for one in told["stores"]], [STORE])
		json.dumps(told, default=str)

	def test_the_hours_are_those_of_the_sites_clock(self):
		for order_id in (1, 2):
			self.note(order_id)
		self.note(3, received=add_to_date(now_datetime(), hours=-25))
		told = api.by_hour(json.dumps({"what": "Received"}))
		self.assertEqual(len(told["labels"]), 24)
		self.assertEqual(told["labels"][-1], now_datetime().strftime("%H:00"))
		self.assertEqual((told["datasets"][0]["values"][-1], sum(told["datasets"][0]["values"])), (2, 2))
		self.add_order()
		self.poll()
		self.assertEqual(api.by_hour({"what": "Written"}, chart_name="Any")["datasets"][0]["values"][-1], 1)

	def test_the_block_of_the_workspace_is_what_its_files_say_also_after_somebody_changed_it(self):
		for name in BLOCKS:
			frappe.db.set_value("Custom HTML Block", name, "script", "broken")
		add_blocks(ROLES)
		for name in BLOCKS:
			block = frappe.get_doc("Custom HTML Block", name)
			self.assertNotEqual(block.script, "broken")
			self.assertEqual({row.role for row in block.roles}, set(ROLES))
		script = frappe.db.get_value("Custom HTML Block", "WooCommerce Live Sync", "script")
		self.assertIn("api.health.health", script)
		workspace = frappe.get_doc("Workspace", "WooCommerce")
		self.assertEqual({row.custom_block_name for row in workspace.custom_blocks}, set(BLOCKS))
		charts = [row.chart_name for row in workspace.charts]
		self.assertEqual(frappe.db.count("Dashboard Chart", {"name": ("in", charts)}), len(charts))
