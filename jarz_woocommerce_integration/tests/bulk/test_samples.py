"""What is compared although its kinds are proven: samples of each kind, and what wasn't tried yet."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk import report
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs, shared_proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.report import Failure, Tally
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import ensure_terms

NO_SAMPLES = patch.object(proofs, "SAMPLED_AGAIN_AFTER", (10**9, 10**9))


class BulkTestCase(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		self.last = 0
		self.ledger = bulk_ledger(book_settings()).__enter__()
		self.addCleanup(self.ledger.__exit__)
		self.run = self.ledger.open_run({}, WHEN)
		self.page = 0

	def order(self, net: str = "100.00", quantity: str = "1", item: int = 0, days: int = 0):
		self.last += 1
		invoice = self.make.invoice(
			self.last, [self.make.row(net, quantity, item)], [self.make.charge("14.00")]
		)
		invoice.posted_at = WHEN + timedelta(days=days)
		return self.make.booked(self.last, self.make.draft(self.last, invoice=invoice))

	def book(self, *outcomes) -> int:
		""":return: how many orders were compared with ERPNext"""
		counted = self.ledger.bulk.proofs.total
		self.page += 1
		self.ledger.create_masters(outcomes)
		self.ledger.bulk.proofs.take_tally()
		before = counted.proofs + counted.samples
		booked = self.ledger.book_page(PageRecord(self.run.run_id, self.page), outcomes).orders
		self.assertEqual({order.what for order in booked}, {"booked"})
		self.assertEqual(counted.failed, {})
		return counted.proofs + counted.samples - before


class TestWhatIsCompared(BulkTestCase):
	def test_what_differs_in_nothing_new_is_written_and_what_does_is_compared_first(self):
		with NO_SAMPLES:
			self.assertEqual(self.book(*(self.order() for _number in range(6))), 2)
			self.assertEqual(self.book(self.order(quantity="2")), 1, "another quantity")
			self.assertEqual(self.book(self.order(quantity="4")), 0)
			self.assertEqual(self.book(self.order(days=1)), 1, "another date")
			self.assertEqual(self.book(self.order(item=1)), 1, "another item")
			self.assertEqual(self.book(self.order("90.00")), 1, "another amount")
			self.assertEqual(self.book(self.order("80.00", "5", 1, 9), self.order("70.00", "4", 0, 7)), 0)

	def test_the_run_says_what_each_kind_was_tried_with(self):
		with NO_SAMPLES:
			self.book(self.order(), self.order("90.00", "2", 1, 3), self.order("80.00"))
		found = frappe.parse_json(frappe.db.get_value("WooCommerce Sync Run", self.run.run_id, "bulk_report"))
		lines = [kind for kind in found["kinds"].values() if kind["kind"].startswith("line")]
		self.assertEqual([(line["written"], line["compared"]) for line in lines], [(3, 2)])
		self.assertEqual(lines[0]["tried"]["date"], ["2026-03-01", "2026-03-04"])
		self.assertEqual(lines[0]["tried"]["amount"], ["100.0", "90.0"])
		self.assertEqual(lines[0]["tried"]["quantity"], ["1.0", "2.0"])
		self.assertEqual(lines[0]["tried"]["item"], ["SKU-1", "SKU-2"])
		self.assertEqual(len(lines[0]["tried"]["customer"]), 2)
		self.assertNotIn("Customer 1", str(found["kinds"]))

	def test_a_page_that_is_tried_again_after_a_deadlock_is_counted_once_and_what_failed_is_kept(self):
		stamp, times = Poster.stamp, []

		def deadlocked_once(poster):
			times.append(1)
			if len(times) == 1:
				self.ledger.bulk.proofs.tally.failed[("a kind",)] = Failure("it differs", "a state")
				raise frappe.QueryDeadlockError
			stamp(poster)

		with NO_SAMPLES:
			outcomes = [self.order() for _number in range(6)]
			self.ledger.create_masters(outcomes)
			with patch.object(Poster, "stamp", deadlocked_once):
				self.ledger.book_page(PageRecord(self.run.run_id, 1), outcomes)
		found = frappe.parse_json(frappe.db.get_value("WooCommerce Sync Run", self.run.run_id, "bulk_report"))
		orders = [number for words, number in found["bulk"].values() if words.startswith("invoice")]
		self.assertEqual(orders, [6])
		self.assertEqual([why for _words, why, _state in found["fell_back"].values()], ["it differs"])

	def test_samples_are_dense_where_a_kind_begins_and_rare_later(self):
		with patch.object(proofs, "values_of", return_value={}):
			first = self.book(*(self.order() for _number in range(30)))
			later = self.book(*(self.order() for _number in range(60)))
		self.assertGreaterEqual(first, 2 + 1)
		self.assertLessEqual(first, 2 + 6)
		self.assertLessEqual(later, 3)

	def test_a_kind_that_begins_late_is_sampled_from_its_beginning(self):
		with patch.object(proofs, "values_of", return_value={}):
			self.book(*(self.order() for _number in range(60)))
			charged = [self.order() for _number in range(15)]
			for outcome in charged:
				shipping = replace(self.make.charge("5.00"), account=self.make.fees)
				outcome.translation.invoice.charges.append(shipping)
				outcome.translation.invoice.total += Decimal(5)
			charged = [self.make.booked(each.order.order_id, each.translation) for each in charged]
			self.assertGreaterEqual(self.book(*charged), 2 + 1)

	def test_another_process_goes_on_counting(self):
		with NO_SAMPLES:
			self.book(*(self.order() for _number in range(6)))
			other = bulk_ledger(book_settings()).__enter__()
			self.addCleanup(other.__exit__)
			other.run_id = self.run.run_id
			self.ledger, before = other, self.ledger
			self.book(self.order())
		known, others = other.bulk.proofs.known, before.bulk.proofs.known
		self.assertEqual(other.bulk.proofs.total.proofs, 0)
		invoice = next(kind for kind in known.written if kind[0] == "invoice")
		self.assertEqual((others.written[invoice], known.written[invoice]), (6, 7))
		counted = shared_proofs.written(self.run.run_id, other.bulk.proofs.state, [invoice])
		self.assertEqual(counted[invoice], 7)


class TestTheNextRun(BulkTestCase):
	"""A run of the same store begins with what a complete one has proven, as long as the site is the same."""

	def next_run(self) -> None:
		self.ledger.finish_run(self.run)
		self.ledger = bulk_ledger(book_settings()).__enter__()
		self.addCleanup(self.ledger.__exit__)
		self.run = self.ledger.open_run({"again": self.run.run_id}, WHEN)
		self.ledger.bulk.look_around(self.run.run_id)
		self.ledger.bulk.before_commit(self.run.run_id)
		frappe.db.commit()
		self.ledger.bulk.after_commit(self.run.run_id)

	def set_payment_terms(self, terms: str | None) -> None:
		group = frappe.get_all("Customer Group", pluck="name", order_by="name", limit=1)[0]
		frappe.db.sql("UPDATE `tabCustomer Group` SET payment_terms = %s WHERE name = %s", (terms, group))
		frappe.db.commit()

	def test_each_kind_is_compared_once_more_and_not_proven_anew(self):
		with NO_SAMPLES:
			self.book(*(self.order(days=number, quantity=str(number + 1)) for number in range(2)))
			self.next_run()
			self.assertEqual(self.book(*(self.order() for _number in range(6))), 1)
		counted = self.ledger.bulk.proofs.total
		self.assertEqual((counted.proofs, counted.samples), (0, 2), "one order, one customer")
		text = frappe.db.get_value("WooCommerce Sync Run", self.run.run_id, "bulk_booking")
		self.assertIn("had proven in the same state of the site", text)

	def test_what_workers_have_proven_is_kept_by_the_process_that_ends_the_run(self):
		with NO_SAMPLES:
			self.book(*(self.order() for _number in range(6)))
			self.ledger = bulk_ledger(book_settings()).__enter__()
			self.addCleanup(self.ledger.__exit__)
			self.next_run()
			self.assertEqual(self.book(*(self.order() for _number in range(6))), 1)

	def test_what_another_worker_found_to_differ_is_not_kept(self):
		with NO_SAMPLES:
			self.book(*(self.order() for _number in range(6)))
			differing = Tally(failed={("a kind",): Failure("it differs", "a state")})
			report.add_to_run(self.run.run_id, differing)
			frappe.db.commit()
			self.next_run()
			self.assertEqual(self.book(*(self.order() for _number in range(6))), 2)

	def test_a_site_that_has_changed_is_proven_anew(self):
		with NO_SAMPLES:
			self.book(*(self.order() for _number in range(6)))
			self.next_run()
			self.set_payment_terms("Other Terms")
			self.addCleanup(self.set_payment_terms, None)
			self.assertEqual(self.book(*(self.order() for _number in range(6))), 2)

	def test_after_a_kind_has_differed_nothing_is_taken_over(self):
		with NO_SAMPLES:
			self.book(*(self.order() for _number in range(6)))
			self.ledger.finish_run(self.run)
			proofs_of_run = self.ledger.bulk.proofs
			proofs_of_run.failed["a kind"] = "it differs"
			proofs_of_run.has_news = True
			self.book(self.order())
			self.next_run()
			self.assertEqual(self.book(*(self.order() for _number in range(6))), 2)


class TestTermsOfGateways(BulkTestCase):
	def ordered(self, terms: str):
		order = self.order()
		order.translation.payment_terms = terms
		return order

	def test_invoices_by_the_terms_of_their_gateway_are_proven_and_written(self):
		ensure_terms()
		with NO_SAMPLES:
			self.assertGreater(self.book(*(self.ordered("Woo Parts") for _number in range(6))), 0)
			self.assertEqual(self.book(*(self.ordered("Woo Parts") for _number in range(3))), 0)
		self.assertFalse(self.ledger.bulk.proofs.total.documents)
		for name in (f"WOO-{self.last}", "WOO-1"):
			invoice = frappe.get_doc("Sales Invoice", name)
			self.assertEqual(invoice.payment_terms_template, "Woo Parts")
			self.assertEqual(
				[(str(row.due_date), row.payment_amount) for row in invoice.payment_schedule],
				[("2026-03-31", 57.0), ("2026-04-15", 57.0)],
			)
			self.assertEqual((str(invoice.posting_date), str(invoice.due_date)), ("2026-03-01", "2026-04-15"))

	def test_terms_that_are_missing_are_left_to_documents_which_say_so(self):
		order = self.ordered("No such terms")
		self.ledger.create_masters([order])
		(booked,) = self.ledger.book_page(PageRecord(self.run.run_id, 1), [order]).orders
		self.assertEqual(booked.what, "held")
		self.assertEqual(sum(self.ledger.bulk.proofs.total.documents.values()), 1)
