"""Books that are written wrongly on purpose, one column at a time. Each fault is found by the proof, a sample or verify.

A fault in what a rule gives is in every order from the first: the proof finds it. A fault in a column that comes from an example
may begin later in a run: a sample finds it. What stands in the Order Map, verify finds. Refusals: `test_missing_checks`.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Planned, Template, rows_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import NAMED_BY_CHANCE, VOLATILE
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs, Provable
from jarz_woocommerce_integration.services.proof.books import check_books
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import STORE
from jarz_woocommerce_integration.tests.support.proven_orders import STATE, ProvenOrdersTestCase

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
# Frappe has these in each table, whatever the DocType.
OF_EVERY_TABLE = ("_user_tags", "_comments", "_assign", "_liked_by", "_seen")


class TestMutations(ProvenOrdersTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.types: dict[str, dict[str, str]] = {}
		cls.found = Counter()

	@classmethod
	def tearDownClass(cls):
		print(", ".join(f"{number} faults found by {by}" for by, number in sorted(cls.found.items())))
		super().tearDownClass()

	# --- how a fault is found ---

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
					if column in VOLATILE or column in left_behind(row.table) or (row.table, column) in tried:
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


def columns_of_rules(planned: Provable) -> Iterator[tuple[str, str]]:
	"""Columns that rules name. A name that is drawn by chance may be another one."""
	for table, rows in planned.plan.rows.items():
		for column in rows[0].values:
			is_chance = column == "name" and table in NAMED_BY_CHANCE
			if column not in VOLATILE and not is_chance:
				yield table, column


@cache
def left_behind(table: str) -> set[str]:
	"""Columns of fields that are gone: other tests have made them, and the table keeps them. Without them each run counts the same."""
	if table == "tabSeries":
		return set()  # which is no DocType
	meta = frappe.get_meta(table.removeprefix("tab"))
	return set(frappe.db.get_table_columns(meta.name)) - {*meta.get_valid_columns(), *OF_EVERY_TABLE}
