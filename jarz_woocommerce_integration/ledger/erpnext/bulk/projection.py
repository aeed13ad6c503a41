"""An order's vouchers as rows: which rows of which tables, and where the columns that no rule names come from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe.model.naming import make_autoname

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument, Rules
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.vouchers import Voucher
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.kinds import (
	Kind,
	Kinds,
	charge_kind,
	entry_kind,
	item_kind,
	kinds_of,
	ledger_kind,
	side_kinds_of,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rows import Row, columns_of, literal
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.entries import (
	gl_entry as gl_entries,
	payment_ledger_entry as payment_ledger,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.invoices import (
	item as sales_invoice_item,
	payment as sales_invoice_payment,
	payment_schedule,
	sales_invoice,
	tax_share,
	taxes as sales_taxes,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.payments import (
	payment_entry,
	reference as payment_reference,
	version as payment_trail,
)

# Fields that ERPNext 15 has and ERPNext 16 hasn't, or the other way round. A site that was updated keeps the columns of those
# that are gone, with their defaults.
NOT_IN_EACH_VERSION = {
	sales_invoice.DOCTYPE: ("title",),
	sales_taxes.DOCTYPE: ("item_wise_tax_detail",),
	gl_entries.DOCTYPE: gl_entries.IN_REPORTING_CURRENCY,
}

# Named like the columns of the tables; values that every row has of its own.
STAMPS = ("creation", "modified")


@dataclass(slots=True)
class Planned:
	"""One row to be written. :ivar kind: whose template the other columns come from; :ivar values: by column"""

	table: str
	kind: Kind
	values: dict[str, Any]


@dataclass(slots=True)
class Plan:
	"""The rows of one order, or of one customer, table by table, in the order in which ERPNext writes them.

	:ivar kinds: of the vouchers, or of what is new; :ivar side_kinds: of an order
	"""

	kinds: Kinds
	side_kinds: set[Kind] = field(default_factory=set)
	rows: dict[str, list[Planned]] = field(default_factory=dict)

	def add(self, doctype: str, kind: Kind, values: dict[str, Any]) -> None:
		table = f"tab{doctype}"
		for column in _not_in_this_version(doctype):
			del values[column]
		self.rows.setdefault(table, []).append(Planned(table, kind, values))


def _not_in_this_version(doctype: str) -> list[str]:
	known = compat.known_in_process("woo_bulk_no_fields")
	if doctype not in known:
		fields = NOT_IN_EACH_VERSION.get(doctype, ())
		known[doctype] = [field for field in fields if not frappe.get_meta(doctype).has_field(field)]
	return known[doctype]


class Clock:
	"""Times that never stand still, so that rows keep their order."""

	def __init__(self, start: datetime):
		self.start = start
		self.ticks = 0

	def now(self) -> str:
		self.ticks += 1
		return str(self.start + timedelta(microseconds=self.ticks))


def project(vouchers: list[Voucher], run_id: int, clock: Clock) -> Plan:
	"""The rows of one order."""
	plan = Plan(kinds_of(vouchers), side_kinds_of(vouchers))
	for kind, voucher in zip(plan.kinds, vouchers, strict=True):
		if voucher.document.doctype == "Sales Invoice":
			_invoice(plan, kind, voucher.document, run_id, clock.now())
		else:
			_payment(plan, kind, voucher.document, run_id, clock.now())
		_entries(plan, voucher, clock)
	return plan


def _invoice(plan: Plan, kind: Kind, invoice: DraftDocument, run_id: int, now: str) -> None:
	plan.add(
		sales_invoice.DOCTYPE,
		kind,
		{
			"name": invoice.name,
			"creation": now,
			"modified": now,
			"docstatus": invoice.docstatus,
			**invoice.columns(sales_invoice.TOTALS_OF_LINES),
			**invoice.columns(sales_invoice.RULES),
			"status": invoice.status,
			"woo_run": run_id,
			"woo_stamp": now,
		},
	)
	for row in invoice.items:
		plan.add(
			sales_invoice_item.DOCTYPE, item_kind(row), _child(row, invoice, sales_invoice_item.RULES, now)
		)
	for row in invoice.taxes:
		plan.add(sales_taxes.DOCTYPE, charge_kind(row), _child(row, invoice, sales_taxes.RULES, now))
	for position, share in enumerate(invoice._item_wise_tax_details, 1):
		values = _child_of(share, invoice, position, tax_share.RULES, now)
		plan.add(tax_share.DOCTYPE, ("tax share",), values)
	for row in invoice.payments:
		paid = ("paid within", row.mode_of_payment, row.account)
		plan.add(sales_invoice_payment.DOCTYPE, paid, _child(row, invoice, sales_invoice_payment.RULES, now))
	if not invoice.is_return and not invoice.payments:
		for position, part in enumerate(payment_schedule.parts_of(invoice), 1):
			schedule = _child_of(part, invoice, position, payment_schedule.RULES, now)
			plan.add(payment_schedule.DOCTYPE, ("schedule", invoice.currency, *part.kind), schedule)


def _payment(plan: Plan, kind: Kind, payment: DraftDocument, run_id: int, now: str) -> None:
	plan.add(
		payment_entry.DOCTYPE,
		kind,
		{
			"name": payment.name,
			"creation": now,
			"modified": now,
			**payment.columns(payment_entry.RULES),
			"woo_run": run_id,
			"woo_stamp": now,
		},
	)
	for row in payment.references:
		values = _child(row, payment, payment_reference.RULES, now)
		for column in payment_reference.NO_COLUMNS:
			del values[column]
		plan.add(payment_reference.DOCTYPE, ("reference", *kind[1:]), values)
	for row in payment.deductions:
		plan.add(
			"Payment Entry Deduction",
			("deduction", row.account),
			_child(row, payment, payment_reference.DEDUCTION_RULES, now),
		)
	trail = {column: rule(payment) for column, rule in payment_trail.RULES.items()}
	trail.update(name=make_autoname("hash"), creation=now, modified=now)
	plan.add(payment_trail.DOCTYPE, ("trail",), trail)


def _entries(plan: Plan, voucher: Voucher, clock: Clock) -> None:
	for row in voucher.payment_ledger:
		values = {column: rule(row) for column, rule in payment_ledger.RULES.items()}
		values["creation"] = values["modified"] = clock.now()
		values["name"] = make_autoname("hash")
		plan.add(payment_ledger.DOCTYPE, ledger_kind(voucher.document, row.entry.account), values)
	for entry in voucher.ledger:
		values = {column: rule(entry) for column, rule in gl_entries.RULES.items()}
		values["creation"] = values["modified"] = clock.now()
		values["name"] = frappe.generate_hash(length=10)
		plan.add(gl_entries.DOCTYPE, entry_kind(entry), values)


def _child(row: DraftDocument, parent: DraftDocument, rules: Rules, now: str) -> dict[str, Any]:
	return {
		"name": row.name,
		"creation": now,
		"modified": now,
		"parent": parent.name,
		"idx": row.idx,
		"docstatus": parent.docstatus,
		**row.columns(rules),
	}


def _child_of(source: Any, parent: DraftDocument, position: int, rules: Rules, now: str) -> dict[str, Any]:
	"""A row that ERPNext makes by itself, of what `source` says."""
	return {
		"name": make_autoname("hash"),
		"creation": now,
		"modified": now,
		"parent": parent.name,
		"idx": position,
		"docstatus": parent.docstatus,
		**{column: rule(source) for column, rule in rules.items()},
	}


class Template:
	"""How rows of one kind are written: the constant columns as literals, places for the others."""

	__slots__ = ("columns", "constants", "table", "text")

	def __init__(self, table: str, example: Row, columns: tuple[str, ...]):
		self.table = table
		self.columns = columns
		self.constants = {column: value for column, value in example.items() if column not in columns}
		unknown = set(columns) - set(example)
		if unknown:
			raise NeedsDocumentsError(f"{table} has no column {', '.join(sorted(unknown))}")
		places = [
			"%s" if column in columns else literal(example[column]).replace("%", "%%")
			for column in columns_of(table)
		]
		self.text = f"({', '.join(places)})"
		# The places in the table's order, whatever the order of the rules.
		self.columns = tuple(column for column in columns_of(table) if column in columns)

	def render(self, values: dict[str, Any]) -> str:
		return self.text % tuple([literal(values[column]) for column in self.columns])


def rows_of(plan: Plan) -> Iterator[Planned]:
	for rows in plan.rows.values():
		yield from rows
