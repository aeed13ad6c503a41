"""Sending: once each whatever is lost or killed on the way, in order for each order, tried again, given up and told."""

import signal
import subprocess
import sys
from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import get_bench_path, now_datetime

from jarz_woocommerce_integration.api import outbox as outbox_api
from jarz_woocommerce_integration.exceptions import LedgerStorageError
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.sample_store import ApiKey
from jarz_woocommerce_integration.sample_store.http.authentication import Authenticator
from jarz_woocommerce_integration.services.outbox import queue as outbox, sending as outbox_sending
from jarz_woocommerce_integration.tests.outbox.outbox_case import EVERYTHING, RECIPIENT, OutboxCase
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, jobs_in, queue_at
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, books_digest

# An answer that is lost after its request has done its work.
LOST = ("truncated", "cut_middle", "warning")


class SendingCase(OutboxCase):
	def lose_answer(self, route: str, kind: str = "truncated", number: int = 1) -> None:
		self.sample.faults.clear()
		self.sample.faults.add(kind, at=(number,), match=route)

	def killed_while_sending(self) -> None:
		"""A process of its own sends, and dies when the shop has what was sent and the outbox doesn't say so yet."""
		runner = "jarz_woocommerce_integration.tests.processes.crash_runner"
		killed = subprocess.run(
			[sys.executable, "-m", runner, frappe.local.site, f"send:{STORE}", "sent"],
			cwd=f"{get_bench_path()}/sites",
			capture_output=True,
			text=True,
			timeout=120,
		)
		self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)

	def states(self, **filters) -> list[str]:
		return [row.state for row in self.rows(**filters)]


class TestOnceEach(SendingCase):
	def test_a_note_whose_answer_is_lost_is_looked_for_and_not_made_again(self):
		self.tell("send_notes")
		for kind in LOST:
			with self.subTest(kind):
				order_id = self.booked_order()
				self.lose_answer(f"/orders/{order_id}/notes", kind)
				self.assertEqual(self.send()["again"], 1)
				(row,) = self.rows(woo_order_id=order_id)
				self.assertEqual((row.state, row.attempts), ("Waiting", 1))
				self.assertGreater(row.next_attempt, now_datetime() + timedelta(minutes=1))
				self.send_now()
				((note,), (row,)) = self.notes_of(order_id), self.rows(woo_order_id=order_id)
				self.assertEqual((row.state, row.woo_id), ("Sent", note["id"]))

	def test_a_note_that_didnt_arrive_is_sent_again(self):
		self.tell("send_notes")
		order_id = self.booked_order()
		self.lose_answer(f"/orders/{order_id}/notes", "cut_before")
		self.send()
		self.assertEqual(self.notes_of(order_id), [])
		self.send_now()
		self.assertEqual((len(self.notes_of(order_id)), self.states()), (1, ["Sent"]))

	def test_a_refund_whose_answer_is_lost_is_looked_for_and_not_made_again(self):
		self.tell("send_refunds")
		order_id = self.booked_order()
		self.credit(order_id, part=2.0)
		self.lose_answer(f"/orders/{order_id}/refunds")
		self.send()
		self.assertEqual((len(self.shop.refunds(order_id)), self.states()), (1, ["Waiting"]))
		self.send_now()
		self.assertEqual((len(self.shop.refunds(order_id)), self.states()), (1, ["Sent"]))
		(booked,) = self.credit_notes()
		self.assertEqual(booked.woo_refund_id, self.shop.refunds(order_id)[0]["id"])

	def test_a_refund_that_comes_back_before_its_answer_was_found_is_known_all_the_same(self):
		self.tell("send_refunds")
		order_id = self.booked_order()
		note = self.credit(order_id, part=2.0)
		self.lose_answer(f"/orders/{order_id}/refunds")
		self.send()
		polled = self.poll()
		(booked,) = self.credit_notes()
		self.assertEqual(len(self.row(order_id).credit_notes), 1, (polled, self.inbox(order_id)))
		(row,) = self.row(order_id).credit_notes
		refund = self.shop.refunds(order_id)[0]["id"]
		self.assertEqual(
			(booked.woo_refund_id, row.sales_invoice, row.refund_id), (refund, note.name, refund)
		)
		before = books_digest()
		self.send_now()
		self.assertEqual((self.states(), self.rows()[0].woo_id, books_digest()), (["Sent"], refund, before))
		self.assertEqual(len(self.shop.refunds(order_id)), 1)

	def test_whoever_sends_is_killed_after_the_shop_has_it_and_it_is_there_once(self):
		self.tell("send_notes", "send_refunds")
		order_id = self.booked_order()
		self.send()
		self.credit(order_id, part=2.0)
		self.killed_while_sending()
		self.assertEqual((self.states(), len(self.shop.refunds(order_id))), (["Sent", "Sending"], 1))
		self.poll()
		self.send()
		self.assertEqual(self.states(), ["Sent", "Sending"])  # the shop may still be working on it
		self.send_now()
		self.assertEqual((self.states(), len(self.shop.refunds(order_id))), (["Sent", "Sent"], 1))
		self.assertEqual(len(self.credit_notes()), 1)

	def test_a_note_of_one_who_was_killed_is_there_once(self):
		self.tell("send_notes")
		order_id = self.booked_order()
		self.killed_while_sending()
		self.assertEqual((self.states(), len(self.notes_of(order_id))), (["Sending"], 1))
		self.send_now()
		self.assertEqual((self.states(), len(self.notes_of(order_id))), (["Sent"], 1))

	def test_a_status_whose_answer_is_lost_is_sent_and_said_so(self):
		self.tell("send_status")
		order_id = self.booked_order()
		self.pay(order_id)
		self.sample.faults.add("truncated", at=(2, 3, 4), match=f"/orders/{order_id}?")
		self.send()
		self.assertEqual((self.status_of(order_id), self.states()), ("completed", ["Waiting"]))
		self.send_now()
		self.assertEqual(self.states(), ["Sent"])
		self.assertEqual(self.row(order_id).woo_status, "completed")

	def test_two_who_send_at_once_are_one(self):
		self.tell("send_notes")
		order_id = self.booked_order()
		with named_lock(outbox.WORK.name, STORE):
			command = [sys.executable, "-m", "jarz_woocommerce_integration.tests.processes.crash_runner"]
			subprocess.run(
				[*command, frappe.local.site, f"send:{STORE}", "0"],
				cwd=f"{get_bench_path()}/sites",
				check=True,
				capture_output=True,
				timeout=120,
			)
		self.assertEqual((self.states(), self.notes_of(order_id)), (["Waiting"], []))


class TestTriedAgain(SendingCase):
	def setUp(self):
		super().setUp()
		self.tell("send_notes")
		settings = frappe.get_doc("WooCommerce Settings")
		settings.update({"sync_attempts": 2, "alert_recipients": []})
		settings.append("alert_recipients", {"user": self.recipient()})
		settings.save()
		frappe.db.delete("Notification Log", {"for_user": RECIPIENT})
		frappe.db.commit()
		self.addCleanup(self.leave_settings)

	def leave_settings(self):
		"""Whoever is told of runs of other tests would find more in their site than they made."""
		frappe.db.rollback()
		settings = frappe.get_doc("WooCommerce Settings")
		settings.update({"sync_attempts": 6, "alert_recipients": []})
		settings.save()
		frappe.db.commit()

	def recipient(self) -> str:
		if not frappe.db.exists("User", RECIPIENT):
			user = {"doctype": "User", "email": RECIPIENT, "first_name": "Outbox", "send_welcome_email": 0}
			frappe.get_doc({**user, "roles": [{"role": "WooCommerce Manager"}]}).insert()
		return RECIPIENT

	def alerts(self) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all("Notification Log", filters={"for_user": RECIPIENT}, pluck="email_content")

	def test_after_so_many_attempts_it_is_given_up_and_told_and_a_person_sends_it_again(self):
		order_id = self.booked_order()
		self.sample.faults.add("error_json", share=1.0, match=f"/orders/{order_id}/notes")
		self.assertEqual(self.send()["again"], 1)
		self.assertEqual(self.send_now()["given_up"], 1)
		(row,) = self.rows()
		self.assertEqual((row.state, row.attempts), ("Given Up", 1))
		self.assertIn("critical error", row.last_error)
		(told,) = self.alerts()
		self.assertIn(str(order_id), told)
		self.assertEqual(self.send()["status"], "nothing is due")
		self.sample.faults.clear()
		self.assertEqual(outbox_api.send_again([row.name]), 1)
		frappe.db.commit()
		self.send()
		self.assertEqual((self.states(), len(self.notes_of(order_id))), (["Sent"], 1))
		self.assertEqual(outbox_api.send_again([row.name]), 0)

	def test_an_order_that_is_gone_is_given_up_at_once(self):
		order_id = self.booked_order()
		self.shop.delete(order_id)
		self.send()
		(row,) = self.rows()
		self.assertEqual((row.state, row.attempts, len(self.alerts())), ("Given Up", 0, 1))

	def test_what_the_shop_refuses_is_given_up_at_once(self):
		self.booked_order()
		with patch.object(outbox_sending, "ACTIONS", {"Note": _WithoutText}):
			self.send()
		self.assertEqual(self.states(), ["Given Up"])

	def test_many_that_are_given_up_are_told_at_once(self):
		for _number in range(3):
			self.shop.delete(self.booked_order())
		self.send()
		self.assertEqual((self.states(), len(self.alerts())), (["Given Up"] * 3, 1))

	def test_while_the_shop_is_out_everything_waits_and_no_attempt_is_counted(self):
		order_id = self.booked_order()
		self.sample.faults.add("maintenance", share=1.0, retry_after=0)
		self.send()
		(row,) = self.rows()
		self.assertEqual((row.state, row.attempts), ("Waiting", 0))
		self.assertIn("maintenance", self.of_store().sync_error)
		self.sample.faults.clear()
		self.assertIn("left alone", self.send()["status"])
		self.forget_pause()
		self.send()
		self.assertEqual((self.states(), len(self.notes_of(order_id))), (["Sent"], 1))

	def test_a_key_that_may_only_read_is_the_stores_trouble_and_no_rows(self):
		order_id = self.booked_order()
		reads = Authenticator(self.shop.home, [ApiKey("ck_sample", "cs_sample", "read")])
		with patch.object(self.sample, "_authenticator", reads):
			self.send()
		(row,) = self.rows()
		self.assertEqual((row.state, row.attempts), ("Waiting", 0))
		self.assertIn("Read/Write", self.of_store().sync_error)
		self.forget_pause()
		self.send()
		self.assertEqual((self.states(), len(self.notes_of(order_id))), (["Sent"], 1))

	def test_an_order_that_alone_breaks_the_shops_answers_holds_up_no_other(self):
		broken, other = self.booked_order(), self.booked_order()
		self.sample.faults.poison(broken)
		self.send()
		self.assertEqual(self.states(woo_order_id=broken), ["Waiting"])
		self.assertEqual(self.states(woo_order_id=other), ["Sent"])

	def test_what_failed_holds_up_what_comes_after_it_for_its_order_and_nothing_else(self):
		order_id = self.booked_order()
		self.tell("send_notes", "send_tracking")
		self.lose_answer(f"/orders/{order_id}/notes", "error_json")
		self.deliver(order_id, "123")
		other = self.booked_order()
		self.send()
		self.assertEqual(self.states(woo_order_id=order_id), ["Waiting", "Waiting"])
		self.assertEqual(self.states(woo_order_id=other), ["Sent"])
		self.send_now()
		self.assertEqual(self.states(woo_order_id=order_id), ["Sent", "Sent"])
		invoice, delivery = self.notes_of(order_id)
		self.assertLess(invoice["id"], delivery["id"])

	def test_an_order_that_somebody_else_works_on_is_left_to_him_for_a_moment(self):
		order_id = self.booked_order()
		with patch.object(outbox_sending, "LOCK_WAIT", 0), self.somebody_else_has(order_id):
			self.send()
			(row,) = self.rows()
			self.assertEqual((row.state, row.attempts, self.notes_of(order_id)), ("Waiting", 0, []))
		self.send_now()
		self.assertEqual(self.states(), ["Sent"])

	def test_what_cant_be_booked_after_it_was_sent_is_left_to_the_inbox(self):
		self.tell("send_status")
		order_id = self.booked_order()
		self.pay(order_id)
		with patch.object(ERPNextLedger, "book_page", side_effect=LedgerStorageError("The disk is full.")):
			self.send()
		self.assertEqual((self.states(), self.status_of(order_id)), (["Sent"], "completed"))
		self.assertEqual([row.state for row in self.inbox(order_id)][-1], "Waiting")
		self.assertIn("disk is full", self.of_store().sync_error)
		self.poll()
		self.assertEqual(self.row(order_id).woo_status, "completed")


class _WithoutText(outbox_sending.ACTIONS["Note"]):
	"""A note that the shop refuses."""

	def do(self) -> int:
		return self.client.request_once(
			"POST", f"orders/{self.row.woo_order_id}/notes", body={}, shape=dict
		).body["id"]


class TestWoken(SendingCase):
	def test_it_is_queued_once_it_is_committed_and_by_each_minutes_tick_where_redis_forgot(self):
		self.tell("send_notes")
		with OwnRedis() as redis, queue_at(redis.url):
			self.booked_order()
			queue = frappe.utils.background_jobs.get_queue("short")
			job = outbox.WORK.places(STORE)[0].id
			self.assertIn(job, jobs_in("short"))
			queue.empty()
			outbox_sending.tick()
			self.assertEqual(jobs_in("short"), [job])
			outbox_sending.tick()
			self.assertEqual(jobs_in("short"), [job])

	def test_the_tick_of_a_minute_in_which_nothing_is_due_asks_one_question(self):
		self.tell(*EVERYTHING)
		with self.assertQueryCount(1):
			outbox_sending.tick()

	def test_where_redis_is_gone_nothing_is_lost(self):
		order_id = self.booked_order()
		self.tell("send_notes")
		with OwnRedis() as redis, queue_at(redis.url):
			redis.end()
			invoice = self.invoices_of(order_id)[0].name
			outbox.add(STORE, order_id, outbox.NOTE, "Later", ("Sales Invoice", invoice))
			frappe.db.commit()
			outbox_sending.tick()
			redis.start()
		self.assertEqual(self.states(), ["Waiting"])
		self.send()
		self.assertEqual([note["note"] for note in self.notes_of(order_id)], ["Later"])
