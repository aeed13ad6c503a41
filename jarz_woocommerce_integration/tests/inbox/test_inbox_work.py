"""Working on the inbox: folded, under one lock, tried again, given up; and by the rules of each order's time."""

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import frappe
from frappe.utils import get_bench_path, now_datetime

from jarz_woocommerce_integration.api import order_map
from jarz_woocommerce_integration.exceptions import LedgerStorageError
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.locks import holder_of
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.inbox import queue as inbox, work as inbox_work
from jarz_woocommerce_integration.services.inbox.queue import (
	CUSTOMER,
	ORDER,
	PERSON,
	PRODUCT,
	SCHEDULER,
	WEBHOOK,
)
from jarz_woocommerce_integration.services.live.sync import POLL_LOCK
from jarz_woocommerce_integration.services.migration.page_booking import PageBooking
from jarz_woocommerce_integration.services.proof.proof import prove_store
from jarz_woocommerce_integration.services.session import runs as site_runs, work_queue
from jarz_woocommerce_integration.services.session.migration import open_session
from jarz_woocommerce_integration.tests.live.live_case import MAP, LiveCase
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, jobs_in, queue_at, wait_until
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class InboxCase(LiveCase):
	def tell(self, *order_ids: int, source: str = WEBHOOK, resource: str = ORDER) -> None:
		for order_id in order_ids:
			inbox.note(STORE, resource, order_id, source)
		frappe.db.commit()

	def work(self) -> dict:
		done = inbox_work.work_on(STORE)
		frappe.db.rollback()
		return done

	def assert_whole(self, orders: list[int]) -> None:
		for order_id in orders:
			self.assertEqual([invoice.docstatus for invoice in self.invoices_of(order_id)], [1])
		self.assertEqual({row.state for row in self.inbox()}, {"Done"})
		self.assertEqual(frappe.db.count(MAP, {"state": ("in", ("", "Failed"))}), 0)
		self.assertEqual(prove_store(STORE, sample_size=0).books.findings, [])

	def states(self, woo_id: int) -> list[str]:
		return [row.state for row in self.inbox(woo_id)]

	def make_due(self, woo_id: int) -> None:
		frappe.db.sql("UPDATE `tabWooCommerce Inbox` SET next_attempt = now() WHERE woo_id = %s", woo_id)
		frappe.db.commit()


class TestWork(InboxCase):
	def test_rules_that_are_saved_meanwhile_hold_from_the_next_order_on(self):
		first, second = self.add_order(), self.add_order()
		self.tell(first, second)
		book = inbox_work.Work.work_on_orders

		def book_and_save(work, order_ids):
			book(work, order_ids)
			frappe.get_doc("WooCommerce Store", STORE).save()
			frappe.db.commit()

		with (
			patch.object(inbox_work, "AT_ONCE", 1),
			patch.object(inbox_work.Work, "work_on_orders", book_and_save),
			patch.object(work_queue.WorkQueue, "enqueue") as enqueue,
		):
			self.assertEqual(self.work()["done"], 1)
		self.assertEqual((self.states(first), self.states(second)), (["Done"], ["Waiting"]))
		enqueue.assert_called_once_with(STORE)
		self.assertEqual(self.work()["done"], 1)

	def test_what_is_told_many_times_is_one_piece_of_work(self):
		first, second = self.add_order(), self.add_order()
		self.tell(*[first] * 5, second)
		with self.counting_pages() as pages:
			done = self.work()
		self.assertEqual((done["status"], done["done"]), ("done", 2))
		self.assertEqual(pages, [[first, second]])
		self.assertEqual(self.states(first), ["Done"] * 5)
		self.assertEqual(len(self.invoices_of(first)), 1)

	def test_a_change_on_a_sub_order_has_its_parent_read_again(self):
		sub_order, parent = self.add_order(), self.add_order()

		def stale(page, _outcomes, _lookups):
			return {parent} if sub_order in [order.id for order in page.orders] else set()

		self.tell(sub_order)
		with patch("jarz_woocommerce_integration.services.migration.page_booking._stale_parents", stale):
			self.work()
		self.assertEqual([(row.state, row.source) for row in self.inbox(parent)], [("Done", WEBHOOK)])
		self.assertEqual(len(self.invoices_of(parent)), 1)

	def test_what_is_told_while_it_is_read_is_worked_on_again(self):
		order_id = self.add_order()
		self.tell(order_id)
		book = PageBooking.book
		told = []

		def tell_meanwhile(booking, page, *arguments, **options):
			if not told:
				told.append(order_id)
				self.shop.change_total(order_id)
				self.tell(order_id)
			return book(booking, page, *arguments, **options)

		with patch.object(PageBooking, "book", tell_meanwhile), self.counting_pages() as pages:
			self.work()
		self.assertEqual(self.states(order_id), ["Done", "Done"])
		self.assertGreaterEqual(len(pages), 2)
		self.assertEqual(str(self.row(order_id).modified_gmt), self.stamp_of(order_id))

	def test_an_order_that_somebody_else_has_is_left_and_taken_up_again(self):
		busy, free = self.add_order(), self.add_order()
		self.tell(busy, free)
		with self.somebody_else_has(busy), patch.object(inbox_work, "PATIENCE", 1.0):
			self.work()
		self.assertEqual((self.states(busy), self.states(free)), (["Waiting"], ["Done"]))
		(row,) = self.inbox(busy)
		self.assertEqual(row.attempts, 0)
		self.work()
		self.assertEqual(self.states(busy), ["Done"])

	def test_what_somebody_waits_for_comes_before_what_a_look_has_found(self):
		found, told = self.add_order(), self.add_order()
		self.tell(found, source=SCHEDULER)
		self.tell(told, source=WEBHOOK)
		with patch.object(inbox_work, "AT_ONCE", 1), self.counting_pages() as pages:
			self.work()
		self.assertEqual([order_id for page in pages for order_id in page], [told, found])

	def test_a_page_of_ids_leaves_an_order_to_whoever_has_it(self):
		busy, free = self.add_order(), self.add_order()
		with (
			self.somebody_else_has(busy),
			patch("jarz_woocommerce_integration.services.migration.page_booking.LOCK_WAIT", 1),
			open_session(STORE) as session,
		):
			booking = session.booking()
			booking.book_ids([busy, free], PageRecord(site_runs.run_of_today(STORE), 0))
		self.assertEqual(booking.result.busy, {busy})
		self.assertEqual((self.row(busy), self.row(free).woo_order_id), (None, free))

	def test_who_told_first_is_the_source_of_the_page(self):
		first, second = self.add_order(), self.add_order()
		self.tell(first, source=WEBHOOK)
		self.tell(first, second, source=SCHEDULER)
		sources = []
		book = ERPNextLedger.book_page

		def see(ledger, page, outcomes):
			sources.append((page.source, [outcome.order.order_id for outcome in outcomes]))
			return book(ledger, page, outcomes)

		with patch.object(ERPNextLedger, "book_page", see):
			self.work()
		self.assertEqual(sorted(sources), [("scheduler", [second]), ("webhook", [first])])

	def test_deleted_in_the_shop_is_done_and_its_invoice_is_listed(self):
		order_id = self.add_order()
		self.tell(order_id)
		self.work()
		self.shop.delete(order_id)
		self.tell(order_id, 99_999_999)
		done = self.work()
		self.assertEqual(done["done"], 2)
		self.assertEqual(self.row(order_id).state, "Deleted in Store")
		self.assertEqual(self.states(99_999_999), ["Done"])

	def test_a_third_worker_has_no_place(self):
		with inbox.WORK.place_at_work(STORE) as held:
			self.assertTrue(held)
		with patch.object(work_queue, "named_lock", lambda *arguments: _not_held()):
			self.assertEqual(self.work(), {"status": "others work on it"})

	def test_customers_and_products_are_refreshed(self):
		seen = {}

		def refresh(resource):
			return lambda session, ids: seen.setdefault(resource, []).append(sorted(ids))

		self.tell(7, 7, 8, resource=CUSTOMER)
		self.tell(21, resource=PRODUCT)
		with patch.dict(inbox_work._REFRESH, {name: refresh(name) for name in (CUSTOMER, PRODUCT)}):
			self.work()
		self.assertEqual(seen, {CUSTOMER: [[7, 8]], PRODUCT: [[21]]})
		self.assertEqual({row.state for row in self.inbox()}, {"Done"})

	def test_a_customer_that_cant_be_refreshed_holds_up_no_other(self):
		def refresh(session, ids):
			if 8 in ids:
				raise ValueError("no such thing")

		self.tell(7, 8, resource=CUSTOMER)
		with patch.dict(inbox_work._REFRESH, {CUSTOMER: refresh}):
			self.work()
		self.assertEqual((self.states(7), self.states(8)), (["Done"], ["Waiting"]))
		(row,) = self.inbox(8)
		self.assertEqual(row.attempts, 1)
		self.assertIn("ValueError in tests/inbox/test_inbox_work.py", row.last_error)
		self.assertNotIn("no such thing", row.last_error)


class _not_held:
	def __enter__(self):
		return False

	def __exit__(self, *exception):
		pass


class TestTryingAgain(InboxCase):
	def test_intervals_grow_and_in_the_end_a_person_is_asked(self):
		order_id = self.add_order()
		self.tell(order_id)
		waits = []
		with self.failing(order_id):
			for _attempt in range(6):
				self.make_due(order_id)
				self.work()
				(row,) = self.inbox(order_id)
				if row.next_attempt:
					waits.append(round((row.next_attempt - now_datetime()).total_seconds() / 60))
		self.assertEqual(waits, [1, 5, 15, 60, 240])
		self.assertEqual((row.state, row.last_error), ("Given Up", "The shop gives nonsense."))
		held = self.row(order_id)
		self.assertEqual((held.state, held.reason), ("Held", "gave_up"))
		self.assertIn("Failed in 6 attempts. The last error: The shop gives nonsense.", held.message)
		self.assertIn("Sync Again", held.what_to_do)

	def test_before_its_time_it_isnt_tried(self):
		order_id = self.add_order()
		self.tell(order_id)
		with self.failing(order_id):
			self.work()
		self.work()
		self.assertEqual((self.states(order_id), self.row(order_id).state), (["Waiting"], "Failed"))

	def test_told_of_again_it_is_tried_at_once_and_its_attempts_count_on(self):
		order_id = self.add_order()
		with self.failing(order_id):
			self.tell(order_id)
			self.work()
			self.tell(order_id)
			self.work()
		self.assertEqual({row.attempts for row in self.inbox(order_id)}, {2})

	def test_an_order_that_breaks_the_code_holds_up_no_other(self):
		bad, good = self.add_order(), self.add_order()
		self.tell(bad, good)
		with self.failing(bad, error=ZeroDivisionError("a mistake of ours")):
			self.work()
		self.assertEqual((self.states(bad), self.states(good)), (["Waiting"], ["Done"]))
		(row,) = self.inbox(bad)
		self.assertEqual(row.attempts, 1)
		self.assertIn(
			"A mistake of the app stopped this order: ZeroDivisionError in tests/live/live_case.py",
			row.last_error,
		)
		self.assertEqual(self.row(good).state, "Synced")
		self.assertEqual((self.row(bad).state, self.row(bad).message), ("Failed", row.last_error))

	def test_an_order_that_the_shop_cant_give_is_tried_again_and_then_held(self):
		bad, good = self.add_order(), self.add_order()
		self.tell(bad, good)
		self.sample.faults.poison(bad)
		with (
			patch("jarz_woocommerce_integration.services.session.session.ATTEMPTS_OF_A_PAGE", 1),
			patch.object(work_queue, "attempts_chosen", lambda: 2),
		):
			self.work()
			self.assertEqual((self.states(bad), self.states(good)), (["Waiting"], ["Done"]))
			self.make_due(bad)
			self.work()
		self.assertEqual(self.states(bad), ["Given Up"])
		self.assertEqual((self.row(bad).state, self.row(bad).reason), ("Held", "gave_up"))

	def test_a_ledger_that_cant_be_written_is_no_orders_failure(self):
		order_id = self.add_order()
		self.tell(order_id)

		def full(*arguments):
			raise LedgerStorageError("The disk is full.")

		with patch.object(ERPNextLedger, "book_page", full):
			self.work()
		(row,) = self.inbox(order_id)
		self.assertEqual((row.state, row.attempts), ("Waiting", 0))
		self.assertIn("disk is full", self.of_store().sync_error)
		self.make_due(order_id)
		self.work()
		self.assertEqual(self.states(order_id), ["Done"])

	def test_a_booked_order_that_cant_be_read_any_more_keeps_its_invoice(self):
		order_id = self.add_order()
		self.tell(order_id)
		self.work()
		(invoice,) = self.invoices_of(order_id)
		self.shop.change_total(order_id)
		self.tell(order_id)
		with (
			self.failing(order_id),
			patch.object(work_queue, "attempts_chosen", lambda: 2),
		):
			self.work()
			self.assertEqual(self.states(order_id)[-1], "Waiting")
			self.make_due(order_id)
			self.work()
		row = self.row(order_id)
		self.assertEqual((row.state, row.reason, row.sales_invoice), ("Synced", "gave_up", invoice.name))
		self.assertIn("Failed in 2 attempts", row.changed)


class TestSyncAgain(InboxCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.redis = cls.enterClassContext(OwnRedis(keeps=False))

	def setUp(self):
		super().setUp()
		self.enterContext(queue_at(self.redis.url))

	def test_a_few_are_answered_at_once_also_after_giving_up(self):
		order_id = self.add_order()
		self.tell(order_id)
		with (
			self.failing(order_id),
			patch.object(work_queue, "attempts_chosen", lambda: 1),
		):
			self.work()
		self.assertEqual(self.row(order_id).state, "Held")
		(result,) = order_map.sync_again([self.row(order_id).name])
		self.assertEqual((result["status"], result["woo_order_id"]), ("created", order_id))
		self.assertEqual(self.row(order_id).sales_invoice, result["invoice"])
		self.assertEqual(self.states(order_id), ["Given Up", "Done"])

	def test_it_ends_the_waiting_of_an_order_that_failed(self):
		order_id = self.add_order()
		self.tell(order_id)
		with self.failing(order_id):
			self.work()
			(result,) = order_sync.sync_orders(STORE, [order_id])
			self.assertEqual((result["status"], result["reason"]), ("failed", "The shop gives nonsense."))
			self.assertEqual({row.attempts for row in self.inbox(order_id)}, {1})
		(result,) = order_sync.sync_orders(STORE, [order_id])
		self.assertEqual(result["status"], "created")
		self.assertEqual(set(self.states(order_id)), {"Done"})

	def test_it_works_where_the_store_isnt_kept_in_step(self):
		self.begin(live_sync=0)
		order_id = self.add_order()
		(result,) = order_sync.sync_orders(STORE, [order_id])
		self.assertEqual(result["status"], "created")
		self.tell(order_id, source=PERSON)
		self.work()
		self.assertEqual(set(self.states(order_id)), {"Done"})

	def test_many_are_left_to_the_background(self):
		orders = [self.add_order() for _order in range(3)]
		self.tell(*orders)
		self.work()
		names = [self.row(order_id).name for order_id in orders]
		with patch("jarz_woocommerce_integration.services.live.sync_again.FEW", 2):
			results = order_map.sync_again(names)
		self.assertEqual({result["status"] for result in results}, {"queued"})
		self.assertEqual(jobs_in(work_queue.QUEUE), [f"woo_inbox_{STORE}_1"])
		self.work()
		self.assertEqual({row.state for row in self.inbox()}, {"Done"})

	def test_what_somebody_else_reads_just_now_is_told_as_queued(self):
		order_id = self.add_order()
		with (
			self.somebody_else_has(order_id),
			patch("jarz_woocommerce_integration.services.live.sync_again.LOCK_WAIT", 0),
		):
			(result,) = order_sync.sync_orders(STORE, [order_id])
		self.assertEqual(result["status"], "queued")
		self.make_due(order_id)
		self.work()
		self.assertEqual(self.states(order_id), ["Done"])


class TestHistory(InboxCase):
	@classmethod
	def connect(cls):
		super().connect()
		cls.store.db_set({"update_stock": 1, "warehouse": frappe.db.get_value("Warehouse", {"is_group": 0})})
		frappe.db.set_single_value("Stock Settings", "allow_negative_stock", 1)
		frappe.db.commit()
		frappe.clear_document_cache("Stock Settings")
		cls.addClassCleanup(frappe.db.set_single_value, "Stock Settings", "allow_negative_stock", 0)

	def test_stock_moves_for_new_orders_alone(self):
		old, new = self.add_order(), self.add_order()
		self.stock_items_of(old, new)
		self.end_history_between(old, new)
		self.tell(old, new)
		self.work()
		self.assertEqual([self.stock_moved(order_id) for order_id in (old, new)], [False, True])

	def test_what_an_orders_invoice_did_with_stock_stays_its_way(self):
		order_id = self.add_order(status="on-hold")
		self.stock_items_of(order_id)
		self.begin(
			live_sync=1, live_since=datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(hours=1)
		)
		self.tell(order_id)
		self.work()
		self.begin(
			live_sync=1, live_since=datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(hours=1)
		)
		self.shop.set_status(order_id, "processing")
		self.tell(order_id)
		self.work()
		self.assertEqual(self.row(order_id).woo_status, "processing")
		self.assertFalse(self.stock_moved(order_id))

	def stock_items_of(self, *order_ids: int) -> None:
		for order_id in order_ids:
			for line in self.shop.body(order_id)["line_items"]:
				if line["sku"] and not frappe.db.exists("Item", line["sku"]):
					item = {"doctype": "Item", "item_code": line["sku"], "item_group": "Products"}
					frappe.get_doc(
						{**item, "stock_uom": "Nos", "is_stock_item": 1, "valuation_rate": 1}
					).insert()
		frappe.db.commit()

	def end_history_between(self, old: int, new: int) -> None:
		created = [datetime.fromisoformat(self.shop.body(one)["date_created_gmt"]) for one in (old, new)]
		border = created[1]
		if created[0] >= border:
			position = self.shop._position(old)
			self.shop._changed[old][0]["date_created_gmt"] = (border - timedelta(days=1)).isoformat()
			self.shop.index.created[position] -= 86_400
		self.begin(live_sync=1, migrated_until=border, live_since=border)

	def stock_moved(self, order_id: int) -> bool:
		self.assertEqual(self.row(order_id).state, "Synced", self.row(order_id).message)
		(invoice,) = self.invoices_of(order_id)
		return bool(frappe.db.exists("Stock Ledger Entry", {"voucher_no": invoice.name}))


class TestKilled(InboxCase):
	"""Between booking and marking as done, or anywhere else: the same work goes on, and nothing is there twice."""

	def test_killed_at_any_statement_it_ends_right(self):
		orders = [self.add_order() for _order in range(6)]
		self.begin(live_sync=1)
		kills = [140, 260, 400, 700, 1100, 1500]
		died = sum(not self.look_in_a_process(kill_at) for kill_at in kills)
		self.assertGreaterEqual(died, 3)
		# An order that was alone when its worker died waits for its time, once this is found.
		for _look in range(2):
			for order_id in orders:
				self.make_due(order_id)
			self.assertTrue(self.look_in_a_process(0))
		self.assert_whole(orders)

	def test_killed_after_booking_before_its_rows_are_done(self):
		orders = [self.add_order() for _order in range(3)]
		self.begin(live_sync=1)
		self.assertFalse(self.look_in_a_process("finish"))
		self.assertEqual({self.row(order_id).state for order_id in orders}, {"Synced"})
		self.assertEqual({row.state for row in self.inbox()}, {"Waiting"})
		self.assertTrue(self.look_in_a_process(0))
		self.assert_whole(orders)

	def look_in_a_process(self, kill_at: int | str) -> bool:
		"""Whether it came to its end."""
		command = [sys.executable, "-m", "jarz_woocommerce_integration.tests.processes.crash_runner"]
		done = subprocess.run(
			[*command, frappe.local.site, f"look:{STORE}", str(kill_at)],
			cwd=f"{get_bench_path()}/sites",
			capture_output=True,
			text=True,
			timeout=300,
		)
		self.assertIn(done.returncode, (0, -9), done.stderr)
		self.wait_for_locks()
		return done.returncode == 0

	def wait_for_locks(self) -> None:
		"""The server notices a moment later that a killed process is gone."""
		wait_until(lambda: not holder_of(POLL_LOCK, STORE), 20, "the lock of a dead process stays")


class TestSideBySide(InboxCase):
	def test_several_who_meet_at_the_same_orders_book_each_once(self):
		orders = [self.add_order() for _order in range(16)]
		self.tell(*orders, *orders)
		command = [
			sys.executable,
			"-m",
			"jarz_woocommerce_integration.tests.processes.crash_runner",
			frappe.local.site,
		]
		started = [
			subprocess.Popen([*command, f"{what}:{STORE}", "0"], cwd=f"{get_bench_path()}/sites")
			for what in ("work", "work", "look")
		]
		results = order_sync.sync_orders(STORE, orders)
		self.assertEqual([process.wait(timeout=300) for process in started], [0, 0, 0])
		self.assertLessEqual({result["status"] for result in results}, {"created", "skipped", "queued"})
		for order_id in orders:
			self.make_due(order_id)
		self.work()
		self.assert_whole(orders)
