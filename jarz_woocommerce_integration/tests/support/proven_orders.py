"""Planned orders and customers of which ERPNext has been asked, so that faults can be planted in what bulk booking writes of them."""

from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.afterwards import Afterwards
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.masters import BulkMasters
from jarz_woocommerce_integration.ledger.erpnext.bulk.page import BulkPage, _ask
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import Oracle
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs, Provable
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import booking_environment
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.translation.drafts import ChargeKind

STATE = ("mutations",)


class ProvenOrdersTestCase(ERPNextLedgerTestCase):
	"""All tests share one state of the site, in a transaction that ends with them.

	:cvar pairs: two of each kind, of which the first gives the example; the last pair are customers
	:cvar spare: an order of the first kind, of which nothing is planned yet
	:cvar theirs: what ERPNext writes for each of them
	"""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		wipe_books()
		cls.make = draft_factory()
		cls.theirs: dict[int, Captured] = {}
		cls.last = 0
		plain = [cls.order(pays=True) for _number in range(2)]
		rich = [cls.order(pays=True, is_rich=True) for _number in range(2)]
		within = [cls.order(pays=True) for _number in range(2)]
		cls.new = [cls.order() for _number in range(2)]
		cls.spare = cls.order(pays=True)
		cls.stack = ExitStack()
		cls.addClassCleanup(cls.stack.close)
		ledgers = [
			cls.stack.enter_context(bulk_ledger(book_settings(pos_payments=pos))) for pos in (False, True)
		]
		cls.run_id = ledgers[0].open_run({}, WHEN).run_id
		ledgers[1].run_id = cls.run_id
		ledgers[0].create_masters([*plain, *rich, *within, cls.spare])
		cls.stack.enter_context(booking_environment(historical=True))
		cls.pairs = [
			*(cls.candidates(ledgers[0], pair) for pair in (plain, rich)),
			cls.candidates(ledgers[1], within),
			cls.lacking(ledgers[0]),
		]
		cls.ledger = ledgers[0]

	def setUp(self):
		frappe.db.savepoint("mutation")
		self.addCleanup(frappe.db.rollback, save_point="mutation")

	@classmethod
	def tearDownClass(cls):
		frappe.db.rollback()
		super().tearDownClass()

	# --- what is booked ---

	@classmethod
	def order(cls, pays: bool = False, is_rich: bool = False):
		cls.last += 1
		make, number = cls.make, cls.last
		rows = [make.row(f"{100 * number}.00", str(number), number % 2)]
		charges = [make.charge("14.00")]
		if is_rich:
			charges.append(
				replace(make.charge("5.00", ChargeKind.SHIPPING), description=f"Shipping {number}")
			)
		draft = make.draft(number, invoice=make.invoice(number, rows, charges))
		draft.shipping = make.address(number + 500, "Shipping")
		if pays:
			draft.payments = [make.payment(str(draft.invoice.total))]
		if is_rich:
			draft.payment.fee, draft.payment.fee_account = draft.invoice.total / 100, make.fees
			draft.payment.fee = draft.payment.fee.quantize(draft.invoice.total)
			draft.credit_notes = [make.credit_note(number + 10**6, "9.50", repaid=True)]
		refunded = sum((-note.total for note in draft.credit_notes), Decimal(0))
		return make.booked(number, draft, refunded_total=refunded)

	@classmethod
	def candidates(cls, ledger, outcomes) -> list[Provable]:
		page = cls.page(ledger, outcomes)
		found = page.plan(outcomes)
		assert len(found) == len(outcomes), dict(page.proofs.tally.documents)
		oracle = cls.oracle(page)
		for candidate in found:
			cls.theirs[id(candidate)] = _ask(oracle, candidate)
		return found

	@classmethod
	def page(cls, ledger, outcomes, guarded: dict | None = None) -> BulkPage:
		books = ledger._books(PageRecord(cls.run_id, 1))
		books.claim(outcome.order.order_id for outcome in outcomes)
		books.prepare(outcomes)
		site = ledger.bulk.look_around(cls.run_id)
		return BulkPage(ledger.settings, books, site, Proofs(), Afterwards(), guarded or {})

	@classmethod
	def oracle(cls, page: BulkPage) -> Oracle:
		return Oracle(page.settings, page.books.facts, cls.run_id)

	@classmethod
	def lacking(cls, ledger) -> list[Provable]:
		masters = cls.masters(ledger)
		found = masters._planned(cls.orders_of_new())
		for each in found:
			cls.theirs[id(each)] = masters._ask(each)
		return found

	@classmethod
	def masters(cls, ledger) -> BulkMasters:
		there, poster = ledger.masters.orders, ledger.masters.poster
		there.read(cls.orders_of_new(), {})
		site = ledger.bulk.look_around(cls.run_id)
		return BulkMasters(there, poster, Proofs(), Afterwards(), {}, site, ledger.bulk.numbered)

	@classmethod
	def orders_of_new(cls) -> list[tuple]:
		return [(outcome.order, outcome.translation) for outcome in cls.new]

	# --- how a fault is found ---

	def choose(self, proofs: Proofs, planned: list[Provable]) -> list[Provable]:
		for each in planned:
			each.refused = ""
		return proofs.choose(planned, lambda each: self.theirs[id(each)])

	def proven(self, pair: list[Provable]) -> Proofs:
		proofs = Proofs()
		proofs.hold_to(STATE)
		chosen = self.choose(proofs, pair)
		self.assertEqual((chosen, proofs.failed), (pair, {}))
		return proofs
