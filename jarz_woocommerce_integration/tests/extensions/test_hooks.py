"""Hooks of other apps: filters of drafts, and listeners to what was booked."""

from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.services.extensions import calls
from jarz_woocommerce_integration.services.extensions.calls import CALL
from jarz_woocommerce_integration.services.extensions.drafts import filters_of_site
from jarz_woocommerce_integration.services.extensions.events import listeners_of
from jarz_woocommerce_integration.tests.extensions import example_app
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import STORE, book_settings
from jarz_woocommerce_integration.tests.support.changing_orders import ChangingOrdersTestCase
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN

DRAFT, BOOKED, CHANGED, REFUNDED = (
	f"woocommerce_order_{name}" for name in ("draft", "booked", "changed", "refunded")
)


class TestHooks(ChangingOrdersTestCase):
	def setUp(self):
		super().setUp()
		example_app.seen.clear()
		frappe.db.delete("ToDo")
		frappe.db.delete("Error Log")
		frappe.db.delete(CALL)
		frappe.db.commit()

	def hook(self, **hooks):
		"""As the hooks.py of another app."""
		named = {hook: [f"{example_app.__name__}.{name}"] for hook, name in hooks.items()}
		original = frappe.get_hooks

		def get_hooks(hook=None, *args, **kwargs):
			return named[hook] if hook in named else original(hook, *args, **kwargs)

		patched = patch.object(frappe, "get_hooks", get_hooks)
		patched.start()
		self.addCleanup(patched.stop)
		self.translator.filters = filters_of_site()

	def ledger_that(self, **settings):
		ledger = super().ledger_that(**settings)
		ledger.listener = listeners_of(STORE, ledger.settings.historical)
		return ledger

	def seen(self):
		return [(hook, event["order_id"]) for hook, event in example_app.seen]

	# --- filters ---

	def test_a_filter_changes_the_draft_that_it_wants(self):
		self.hook(**{DRAFT: "name_the_project"})
		vip, other = self.new_order(), self.new_order()
		vip.set(customer_note="VIP")
		for shop in (vip, other):
			shop.to("processing")
			self.assertEqual(self.book(shop).what, "booked")
		notes = [self.invoice_of(shop).woo_customer_note for shop in (vip, other)]
		self.assertEqual(notes, ["Handle with care. VIP", ""])
		self.assertEqual(self.book(vip).what, "unchanged")

	def test_the_total_is_the_orders_whatever_a_filter_says(self):
		self.hook(**{DRAFT: "gives_a_discount"})
		shop = self.new_order()
		shop.to("processing")
		booked = self.book(shop)
		self.assertEqual((booked.what, booked.reason), ("held", "total_differs"))
		self.assertIsNone(self.invoice_of(shop))

	def test_a_filter_that_breaks_stops_its_order_without_a_name(self):
		self.hook(**{DRAFT: "breaks"})
		shop = self.new_order()
		shop.to("processing")
		booked = self.book(shop)
		self.assertEqual((booked.what, booked.reason), ("failed", "hook_failed"))
		self.assertIn("example_app.breaks", booked.message)
		self.assertNotIn("Person", booked.message)

	def test_only_what_a_filter_changed_is_left_to_documents(self):
		self.hook(**{DRAFT: "name_the_project"})
		orders = [self.new_order() for _ in range(8)]
		for number, shop in enumerate(orders):
			shop.set(customer_note="VIP" if number % 4 == 0 else "")
			shop.to("processing")
		with bulk_ledger(book_settings()) as ledger:
			run = ledger.open_run({}, WHEN)
			prepared = self.translator.prepare([shop.read()[0] for shop in orders])
			lookups = ledger.lookups(self.translator.keys(prepared))
			outcomes = self.translator.translate(prepared, {}, lookups)
			ledger.create_masters(outcomes)
			ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes)
		documents = dict(ledger.bulk.proofs.total.documents)
		self.assertEqual(documents, {"a draft that a hook of another app has changed": 2})

	# --- listeners ---

	def test_listeners_hear_of_what_is_committed(self):
		self.hook(**{BOOKED: "note_booked", CHANGED: "note_changed", REFUNDED: "note_refunded"})
		shop = self.paid()
		self.assertEqual(self.seen(), [("booked", 1)])
		((_hook, event),) = example_app.seen
		self.assertEqual((event["store"], event["sales_invoice"]), (STORE, self.invoice_of(shop).name))
		self.assertTrue(frappe.db.exists("ToDo", {"description": "pack 1"}))
		self.book(shop)
		self.assertEqual(self.seen(), [("booked", 1)])
		shop.refund(71, 1, "50.00")
		self.book(shop)
		self.assertEqual(self.seen(), [("booked", 1), ("changed", 1), ("refunded", 1)])
		event = example_app.seen[-1][1]
		self.assertEqual((event["refund_id"], event["credit_note"]), (71, self.notes_of(shop)[0].name))
		self.book(shop)
		self.assertEqual(len(self.seen()), 3)

	def test_nobody_hears_of_what_was_rolled_back(self):
		self.hook(**{BOOKED: "note_booked"})
		shop = self.new_order()
		shop.to("processing")
		with (
			patch.object(frappe.db, "commit", side_effect=ZeroDivisionError),
			self.assertRaises(ZeroDivisionError),
		):
			self.book(shop)
		self.assertEqual(self.seen(), [])

	def test_a_listener_that_breaks_harms_nothing_and_is_logged_once_without_names(self):
		name = f"{example_app.__name__}.break_with_a_name"
		frappe.cache.delete_value(f"woo_listener_broke|{name}|ValueError")
		self.hook(**{BOOKED: "break_with_a_name"})
		shops = [self.paid(), self.paid()]
		for shop in shops:
			self.assertEqual(self.invoice_of(shop).docstatus, 1)
		self.assertFalse(frappe.db.exists("ToDo", {"description": "half"}))
		(logged,) = frappe.get_all("Error Log", fields=["method", "error"])
		self.assertIn("break_with_a_name", logged.method)
		self.assertNotIn("Person", logged.method + logged.error)
		self.assert_sound()

	# --- none is missed ---

	def waiting(self) -> list:
		frappe.db.rollback()
		return frappe.get_all(CALL, fields=["hook", "method", "attempts", "next_attempt", "last_error"])

	def later(self) -> None:
		"""The scheduler's tick when all that waits is due."""
		frappe.db.sql(f"UPDATE `tab{CALL}` SET next_attempt = '2000-01-01'")
		frappe.db.commit()
		calls.tick()

	def test_whoever_dies_before_it_calls_leaves_the_call_to_the_scheduler(self):
		self.hook(**{BOOKED: "note_booked"})
		with patch.object(calls, "call_new"):
			self.paid()
		self.assertEqual((self.seen(), len(self.waiting())), ([], 1))
		calls.tick()
		self.assertEqual(self.seen(), [], "whoever has written it may be calling now")
		self.later()
		self.assertEqual(self.seen(), [("booked", 1)])
		self.assertTrue(frappe.db.exists("ToDo", {"description": "pack 1"}))
		self.later()
		self.assertEqual((len(self.seen()), self.waiting()), (1, []))

	def test_who_dies_after_the_listener_and_before_its_commit_leaves_nothing_of_it_and_it_is_called_again(
		self,
	):
		self.hook(**{BOOKED: "note_booked"})
		with patch.object(calls, "call_new"):
			self.paid()
		with (
			patch.object(frappe.db, "delete", side_effect=SystemExit),
			self.assertRaises(SystemExit),
		):
			self.later()
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("ToDo"), 0)
		self.later()
		self.assertEqual((frappe.db.count("ToDo"), self.waiting()), (1, []))

	def test_a_listener_that_breaks_is_called_again_after_a_pause(self):
		self.hook(**{BOOKED: "break_the_first_time"})
		self.paid()
		(row,) = self.waiting()
		self.assertEqual((row.attempts, frappe.db.count("ToDo")), (1, 0))
		self.assertNotIn("warehouse", row.last_error)
		calls.tick()
		self.assertEqual(len(example_app.seen), 1, "not before its time")
		self.later()
		self.assertEqual((len(example_app.seen), frappe.db.count("ToDo"), self.waiting()), (2, 1, []))

	def test_a_call_for_an_app_that_is_gone_is_forgotten(self):
		self.hook(**{BOOKED: "break_the_first_time"})
		self.paid()
		self.hook(**{BOOKED: "note_changed"})
		self.later()
		self.assertEqual((len(example_app.seen), self.waiting()), (1, []))

	def test_what_is_not_committed_is_no_call(self):
		self.hook(**{BOOKED: "note_booked"})
		shop = self.new_order()
		shop.to("processing")
		with (
			patch.object(frappe.db, "commit", side_effect=ZeroDivisionError),
			self.assertRaises(ZeroDivisionError),
		):
			self.book(shop)
		self.assertEqual(self.waiting(), [])
