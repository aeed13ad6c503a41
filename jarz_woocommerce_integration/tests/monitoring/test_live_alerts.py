"""What people are told of the live sync: once when something begins, once when it is over."""

from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.monitoring import live_alerts
from jarz_woocommerce_integration.services.session.session import SETTINGS
from jarz_woocommerce_integration.tests.live.live_case import MAP
from jarz_woocommerce_integration.tests.monitoring.test_live_health import HealthCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class TestLiveAlerts(HealthCase):
	def setUp(self):
		super().setUp()
		self.set_store(incidents=None)
		frappe.db.set_single_value(SETTINGS, "held_alert_threshold", 2)
		frappe.clear_document_cache(SETTINGS, SETTINGS)
		self.well()
		self.told: list[tuple[str, list[str]]] = []
		tell = self.enterContext(patch.object(live_alerts.alerts, "send"))
		tell.side_effect = lambda store, subject, lines: self.told.append((subject, list(lines)))

	def watch(self) -> list[str]:
		"""What is told by one look, as subjects."""
		frappe.db.rollback()
		self.told.clear()
		live_alerts.watch()
		frappe.db.commit()
		frappe.clear_cache()  # what was told survives the loss of Redis
		return [subject for subject, _lines in self.told]

	def ago(self, **how_long) -> object:
		return now_datetime() - timedelta(**how_long)

	def test_of_what_is_well_nothing_is_told(self):
		self.assertEqual(self.watch() + self.watch(), [])

	def test_a_shop_that_cant_be_read_is_told_after_a_quarter_of_an_hour_once_and_when_it_is_back(self):
		self.set_store(sync_error="The store can't be reached.", last_synced=self.ago(minutes=14))
		self.assertEqual(self.watch(), [])
		self.set_store(last_synced=self.ago(minutes=16))
		self.assertEqual(self.watch(), [f"{STORE}: the shop can't be read"])
		self.assertIn("can't be reached", " ".join(self.told[0][1]))
		self.assertEqual(self.watch(), [])
		self.well(sync_error=None)
		self.assertEqual(self.watch(), [f"{STORE}: well again: the shop can't be read"])
		self.assertEqual(self.watch(), [])

	def test_a_live_sync_that_stands_still_is_told_at_the_second_look(self):
		self.set_store(last_synced=self.ago(minutes=30))
		self.assertEqual(self.watch(), [])
		self.assertEqual(self.watch(), [f"{STORE}: the live sync stands still"])
		self.assertEqual(self.watch(), [])
		self.well()
		self.assertEqual(self.watch(), [f"{STORE}: well again: the live sync stands still"])

	def test_what_was_over_before_it_was_told_is_never_told(self):
		self.set_store(last_synced=self.ago(minutes=30))
		self.watch()
		self.well()
		self.assertEqual(self.watch(), [])

	def test_what_was_given_up_is_told_and_when_a_person_had_it_done(self):
		self.note(5, state=inbox.GIVEN_UP)
		self.assertEqual(self.watch(), [f"{STORE}: orders were given up"])
		self.note(6, state=inbox.GIVEN_UP)
		self.assertEqual(self.watch(), [])
		for order_id in (5, 6):
			self.note(order_id, state=inbox.DONE)
		self.assertEqual(self.watch(), [f"{STORE}: well again: orders were given up"])

	def test_orders_that_came_in_and_are_held_are_told_from_the_threshold_on(self):
		orders = [self.add_order() for _order in range(3)]
		self.poll()
		self.well()
		frappe.db.set_value(MAP, {"woo_order_id": orders[0]}, "state", "Held")
		frappe.db.commit()
		self.assertEqual(self.watch(), [])
		frappe.db.set_value(MAP, {"woo_order_id": orders[1]}, "state", "Held")
		frappe.db.commit()
		self.assertEqual(self.watch(), [f"{STORE}: many orders are held"])
		earlier = add_to_date(now_datetime(), days=-2)
		frappe.db.set_value(MAP, {"woo_order_id": orders[1]}, "modified", earlier, update_modified=False)
		frappe.db.commit()
		self.assertEqual(self.watch(), [f"{STORE}: well again: many orders are held"])

	def test_those_of_a_migration_arent_for_it_tells_of_them_itself(self):
		orders = [self.add_order() for _order in range(2)]
		self.poll()
		self.well()
		run = self.row(orders[0]).run
		frappe.db.set_value("WooCommerce Sync Run", run, "kind", "Migration")
		frappe.db.set_value(MAP, {"run": run}, "state", "Held")
		frappe.db.commit()
		self.assertEqual(self.watch(), [])

	def test_a_store_that_is_switched_off_is_forgotten(self):
		self.note(5, state=inbox.GIVEN_UP)
		self.watch()
		self.set_store(live_sync=0)
		self.assertEqual(self.watch(), [])
		self.set_store(live_sync=1)
		self.assertEqual(self.watch(), [f"{STORE}: orders were given up"])
