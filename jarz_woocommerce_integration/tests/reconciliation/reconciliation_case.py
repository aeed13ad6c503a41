"""What tests of the reconciliation share: a shop that is booked whole, and what is done to it, to its rows and its inbox."""

import json
from calendar import timegm
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from itertools import count
from time import time
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.sample_store import SampleStore
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.reconciliation import jobs as reconciliation
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

MAP, INBOX = "WooCommerce Order Map", "WooCommerce Inbox"


def utc_now():
	"""As the columns that hold UTC have it."""
	return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


class ReconciliationTestCase(ShopOnSiteTestCase):
	"""A shop that is booked whole. Nobody works on the inbox but `heal`, and nobody is told but `told`."""

	orders = 40

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		# No two changes in one second, and none later than now: each look at the clock takes a second.
		cls.shop._clock = count(int(time()) - 300).__next__
		# Stores that other tests have left in step would be compared, too.
		frappe.db.set_value("WooCommerce Store", {"name": ("!=", STORE)}, "live_sync", 0)
		frappe.db.set_value("WooCommerce Store", STORE, "live_sync", 1)
		frappe.db.delete(INBOX)
		frappe.db.commit()
		cls.fill()
		frappe.db.commit()

	@classmethod
	def serve(cls):
		cls.server = SampleStore(cls.shop)

		@contextmanager
		def serving():
			with cls.server.serve() as cls.url:
				yield

		return serving()

	@classmethod
	def fill(cls):
		order_sync.migrate_historical_orders_streaming(STORE)

	def setUp(self):
		super().setUp()
		self.enterContext(patch.object(inbox.WorkQueue, "enqueue"))
		self.tell = self.enterContext(patch.object(alerts, "send"))
		self.forget()
		if self.whole()["differ"]:
			self.heal()  # what another test has left
			self.forget()

	def forget(self):
		frappe.db.rollback()  # what was read before mustn't be what is deleted
		frappe.db.delete(INBOX)
		frappe.db.set_value("WooCommerce Store", STORE, "reconciliation", None, update_modified=False)
		frappe.db.commit()
		self.tell.reset_mock()

	def recent(self):
		return reconciliation.reconcile_recent(STORE)

	def whole(self):
		return reconciliation.reconcile_whole(STORE)

	def noted(self):
		frappe.db.rollback()
		return frappe.get_all(
			INBOX,
			filters={"store": STORE, "state": "Waiting"},
			fields=["woo_id", "source", "resource", "stamp_gmt"],
			order_by="woo_id",
		)

	def noted_ids(self):
		return [row.woo_id for row in self.noted()]

	def end(self, state="Done"):
		"""What is noted was worked on, with whatever result."""
		ended = {"state": state, "finished": now_datetime()}
		frappe.db.set_value(INBOX, {"store": STORE, "state": "Waiting"}, ended)
		frappe.db.commit()

	def heal(self):
		if ids := self.noted_ids():
			order_sync.sync_orders(STORE, ids)
		self.end()

	def kept(self):
		frappe.db.rollback()
		return json.loads(frappe.db.get_value("WooCommerce Store", STORE, "reconciliation"))

	def order(self, number=0, state="Synced", **filters):
		"""An order of the Order Map."""
		filters = {"store": STORE, "state": state, **filters}
		return frappe.get_all(
			MAP, filters=filters, pluck="woo_order_id", order_by="woo_order_id", limit_start=number, limit=1
		)[0]

	def old_order(self, number=0):
		"""One that nobody has changed for days."""
		return self.order(number, modified_gmt=("<", utc_now() - timedelta(days=2)))

	def state(self, order_id):
		return self.map(order_id, "state")

	def map(self, order_id, field):
		frappe.db.rollback()
		return frappe.db.get_value(MAP, {"store": STORE, "woo_order_id": order_id}, field)

	def set_stamp(self, order_id, moment, of_map=True):
		"""The order was last changed then (UTC)."""
		self.shop.update(order_id, {})
		body = self.shop._changed[order_id][0]
		self.shop.index.modified[self.shop._position(order_id)] = timegm(moment.timetuple())
		body["date_modified_gmt"] = moment.strftime("%Y-%m-%dT%H:%M:%S")
		if of_map:
			self.set_map(order_id, modified_gmt=moment.replace(microsecond=0))

	def set_map(self, order_id, **values):
		frappe.db.set_value(MAP, {"store": STORE, "woo_order_id": order_id}, values, update_modified=False)
		frappe.db.commit()

	def assert_found(self, result, order_id, kind, what="noted"):
		told = {
			name: [(o["id"], o["what"]) for o in found["orders"]] for name, found in result["kinds"].items()
		}
		self.assertEqual(told, {kind: [(order_id, what)]})
		self.assertEqual(result["kinds"][kind]["noted"], int(what == "noted"))

	def assert_nothing_differs(self, result):
		self.assertEqual((result["differ"], result["kinds"]), (0, {}))
