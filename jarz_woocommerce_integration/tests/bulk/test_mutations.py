"""Books that are written wrongly on purpose: one column, one refusal at a time. Each fault is found by the proof, a sample or verify.

A fault in what a rule gives is in every order from the first: the proof finds it. A fault in a column that comes from an example,
and a refusal that isn't foreseen, may begin later in a run: a sample finds it. What stands in the Order Map, verify finds.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.afterwards import Afterwards
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.surroundings import Item, Surroundings
from jarz_woocommerce_integration.ledger.erpnext.bulk.masters import BulkMasters
from jarz_woocommerce_integration.ledger.erpnext.bulk.page import BulkPage, _ask
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Planned, Template, rows_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import (
	NAMED_BY_CHANCE,
	VOLATILE,
	Captured,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import Oracle
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs, Provable, kinds_of_rows
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import booking_environment
from jarz_woocommerce_integration.services.proof.books import check_books
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	STORE,
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import freeze_accounts
from jarz_woocommerce_integration.translation.drafts import ChargeKind

FEWEST = 200
TABLES = {
	"tabSales Invoice",
	"tabSales Invoice Item",
	"tabSales Taxes and Charges",
	"tabSales Invoice Payment",
	"tabPayment Schedule",
	"tabPayment Entry",
	"tabPayment Entry Reference",
	"tabPayment Entry Deduction",
	"tabVersion",
	"tabGL Entry",
	"tabPayment Ledger Entry",
	"tabCustomer",
	"tabContact",
	"tabContact Email",
	"tabContact Phone",
	"tabAddress",
	"tabDynamic Link",
}
_TYPES = """
SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = %s AND table_name = %s
"""
STATE = ("mutations",)


class TestMutations(ERPNextLedgerTestCase):
	"""All tests share one state of the site, in a transaction that ends with them."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		wipe_books()
		cls.make = draft_factory()
		cls.types: dict[str, dict[str, str]] = {}
		cls.theirs: dict[int, Captured] = {}
		cls.found = Counter()
		cls.last = 0
		# Two of each kind, of which the first gives the example.
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
		print(", ".join(f"{number} faults found by {by}" for by, number in sorted(cls.found.items())))
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
		found = page._candidates(page._with_buyers(outcomes), cls.run_id)
		assert len(found) == len(outcomes), dict(page.proofs.tally.documents)
		oracle = Oracle(ledger.settings, page.books.facts, cls.run_id)
		for candidate in found:
			cls.theirs[id(candidate)] = _ask(oracle, candidate)
		return found

	@classmethod
	def page(cls, ledger, outcomes) -> BulkPage:
		books = ledger._books(PageRecord(cls.run_id, 1))
		books.claim(outcome.order.order_id for outcome in outcomes)
		books.prepare(outcomes)
		site = ledger.bulk.look_around(cls.run_id)
		return BulkPage(ledger.settings, books, site, Proofs(), Afterwards(), {})

	@classmethod
	def lacking(cls, ledger) -> list[Provable]:
		there, poster = ledger.masters.orders, ledger.masters.poster
		orders = [(outcome.order, outcome.translation) for outcome in cls.new]
		there.read(orders, {})
		masters = BulkMasters(there, poster, Proofs(), Afterwards(), {}, ledger.bulk.look_around(cls.run_id))
		found = masters._planned(orders)
		for each in found:
			cls.theirs[id(each)] = masters._ask(each)
		return found

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

	def note(self, by: str, fault: str, is_found: bool) -> None:
		with self.subTest(fault):
			self.assertTrue(is_found, f"{fault}: nobody has found it")
		self.found[by] += is_found

	def wrong(self, table: str, column: str, value):
		"""Another value of the same type, for the database and for a reader."""
		if table not in self.types:
			self.types[table] = dict(frappe.db.sql(_TYPES, (frappe.conf.db_name, table)))
		kind = self.types[table][column]
		if kind in ("int", "bigint", "tinyint", "smallint"):
			return int(value or 0) + 1
		if kind in ("decimal", "double", "float"):
			return float(value or 0) + 0.01
		if kind in ("date", "datetime", "time", "timestamp"):
			return {"date": "2001-01-01", "time": "01:02:03"}.get(kind, "2001-01-01 01:02:03")
		return f"{value or ''}x"

	# --- the faults ---

	def test_what_rules_give(self):
		"""One column of one table is wrong in all orders."""
		tables = set()
		tried: set[tuple[str, str]] = set()
		for pair in self.pairs:
			for table, column in columns_of_rules(pair[0]):
				if (table, column) in tried:
					continue
				tried.add((table, column))
				tables.add(table)
				with self.distorted(pair, table, column):
					proofs = Proofs()
					proofs.hold_to(STATE)
					chosen = self.choose(proofs, pair)
				self.note("the proof", f"{table}.{column}", not chosen and bool(proofs.failed))
		self.assertEqual(tables - {"tabSeries", "tabItem Wise Tax Detail"}, TABLES)
		self.assertGreaterEqual(len(tried), FEWEST)

	@contextmanager
	def distorted(self, pair: list[Provable], table: str, column: str) -> Iterator[None]:
		before: list[tuple[Planned, object]] = []
		for each in pair:
			for row in each.plan.rows[table]:
				before.append((row, row.values[column]))
				row.values[column] = self.wrong(table, column, row.values[column])
		try:
			yield
		finally:
			for row, value in before:
				row.values[column] = value

	def test_what_the_order_map_is_told(self):
		for pair in self.pairs[:3]:
			for column in ("invoice", "payment", "customer", "fingerprint", "notes"):
				candidate = pair[0]
				value = getattr(candidate.vouchers, column)
				wrong = [(1, "WOO-R1", None)] if column == "notes" else f"{value}x"
				proofs = Proofs()
				proofs.hold_to(STATE)
				with patch.object(candidate, "vouchers", replace(candidate.vouchers, **{column: wrong})):
					self.choose(proofs, [candidate])
				self.note("the proof", f"Order Map.{column}", bool(proofs.failed))

	def test_what_examples_give(self):
		"""One constant column of one table is wrong in what is written after its kind was proven."""
		tried: set[tuple[str, str]] = set()
		always = patch.object(Proofs, "_is_to_be_tried", return_value=True)
		for pair in self.pairs:
			proofs = self.proven(pair)
			for row in {row.table: row for row in rows_of(pair[0].plan)}.values():
				template = proofs.templates[row.table, row.kind]
				for column, value in template.constants.items():
					if column in VOLATILE or (row.table, column) in tried:
						continue
					tried.add((row.table, column))
					example = dict.fromkeys(template.columns) | template.constants
					example[column] = str(self.wrong(row.table, column, value))
					proofs.templates[row.table, row.kind] = Template(row.table, example, template.columns)
					with always:
						chosen = self.choose(proofs, pair[:1])
					is_found = not chosen and bool(proofs.failed)
					self.note("a sample", f"{row.table}.{column} of an example", is_found)
					proofs.failed.clear()
				proofs.templates[row.table, row.kind] = template
		self.assertGreaterEqual(len(tried), FEWEST)

	def test_what_stands_in_the_order_map(self):
		"""The statement for a whole page puts something else into the Order Map than for one order."""
		for settings, pair in ((self.ledger, self.pairs[0]), (self.ledger, self.pairs[1])):
			page = self.page(settings, [])
			page.proofs.known.templates = self.proven(pair).templates
			self.assertTrue(page._write(pair))
		self.assertEqual(check_books(STORE).counts, {})
		for column, wrong in (
			("sales_invoice", None),
			("sales_invoice", "WOO-2"),
			("total", 1),
			("currency", "USD"),
			("refunded_total", 1),
			("refunded_elsewhere", 1),
			("tendered_total", 1),
		):
			self.see_in_books("WooCommerce Order Map", {"woo_order_id": 1}, column, wrong)
		for column, wrong in (("sales_invoice", "WOO-1"), ("refund_id", 7)):
			self.see_in_books("WooCommerce Order Map Credit Note", {"idx": 1}, column, wrong)

	def see_in_books(self, doctype: str, which: dict, column: str, wrong) -> None:
		frappe.db.savepoint("one_fault")
		frappe.db.set_value(doctype, which, column, wrong, update_modified=False)
		self.note("verify alone", f"{doctype}.{column} = {wrong}", not check_books(STORE).sound)
		frappe.db.rollback(save_point="one_fault")

	# --- refusals ---

	def test_what_erpnext_refuses(self):
		"""A check of ours is missing, and the kind was proven by others."""
		item, customer = self.make.item_codes[self.last % 2], self.customer_of(self.spare)
		guards = {
			"item": patch.object(Surroundings, "item", lambda self, code: self.items.get(code)),
			"party": patch.object(Surroundings, "party", lambda self, name: self.parties[name]),
			"discount": patch.object(Item, "check_discount", lambda *_arguments: None),
			"account": patch.object(SiteFacts, "check_account", lambda *_arguments: None),
			"day": patch.object(SiteFacts, "check_date", lambda *_arguments: None),
		}
		cheap = replace(self.make.row("0.00", "1", self.last % 2), price_list_rate=Decimal(10))
		for guard, doctype, name, values, rows in (
			("party", "Customer", customer, {"disabled": 1}, ()),
			("party", "Customer", customer, {"is_frozen": 1}, ()),
			("item", "Item", item, {"disabled": 1}, ()),
			("item", "Item", item, {"is_sales_item": 0}, ()),
			("item", "Item", item, {"has_variants": 1}, ()),
			("item", "Item", item, {"end_of_life": "2020-01-01"}, ()),
			("discount", "Item", item, {"max_discount": 50}, (cheap,)),
			("account", "Account", self.make.income, {"disabled": 1}, ()),
			("account", "Account", self.make.income, {"is_group": 1}, ()),
			("account", "Account", self.make.income, {"freeze_account": "Yes"}, ()),
			("account", "Account", self.make.income, {"balance_must_be": "Debit"}, ()),
			("account", "Account", self.make.cash, {"balance_must_be": "Credit"}, ()),
		):
			with self.changed(doctype, name, values):
				self.refuse(f"{doctype} {values}", guards[guard], rows)
		with self.changed("Account", self.make.income, {}):
			freeze_accounts("2026-06-30")
			self.refuse("frozen until", guards["day"])

	def customer_of(self, outcome) -> str:
		decided = {"woo_order_id": outcome.order.order_id}
		return frappe.db.get_value("WooCommerce Customer Decision", decided, "customer")

	@contextmanager
	def changed(self, doctype: str, name: str, values: dict) -> Iterator[None]:
		frappe.db.savepoint("one_fault")
		if values:
			frappe.db.set_value(doctype, name, values)
		frappe.clear_document_cache(doctype, name)
		try:
			yield
		finally:
			frappe.db.rollback(save_point="one_fault")
			frappe.clear_document_cache(doctype, name)

	def refuse(self, fault: str, guard, rows=()) -> None:
		outcome = self.spare
		if rows:
			draft = outcome.translation
			more = [*draft.invoice.rows, *rows]
			outcome = replace(outcome, translation=replace(draft, invoice=replace(draft.invoice, rows=more)))
		self.assertEqual(self.planned(outcome)[1], [], f"{fault}: nobody looks at it")
		with guard:
			page, planned = self.planned(outcome)
			self.assertEqual(len(planned), 1, f"{fault}: {dict(page.proofs.tally.documents)}")
		proofs = self.proven(self.pairs[0])
		oracle = Oracle(self.ledger.settings, page.books.facts, self.run_id)
		is_known = proofs._is_proven(planned[0].plan, kinds_of_rows(planned[0].plan))
		with patch.object(Proofs, "_is_to_be_tried", return_value=True):
			chosen = proofs.choose(planned, lambda each: _ask(oracle, each))
		self.note("a sample" if is_known else "the proof", fault, not chosen and bool(planned[0].refused))
		self.assertEqual(bool(proofs.failed), is_known, fault)

	def planned(self, outcome) -> tuple[BulkPage, list[Provable]]:
		page = self.page(self.ledger, [outcome])
		return page, page._candidates(page._with_buyers([outcome]), self.run_id)


def columns_of_rules(planned: Provable) -> Iterator[tuple[str, str]]:
	"""Columns that rules name. A name that is drawn by chance may be another one."""
	for table, rows in planned.plan.rows.items():
		for column in rows[0].values:
			is_chance = column == "name" and table in NAMED_BY_CHANCE
			if column not in VOLATILE and not is_chance:
				yield table, column
