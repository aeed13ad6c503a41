"""Whose orders these are, as decided before booking (WooCommerce Customer Decision)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import frappe
from frappe.model.naming import make_autoname
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import Receivable
from jarz_woocommerce_integration.ledger.erpnext.values import storable
from jarz_woocommerce_integration.translation.drafts import Decision

_COLUMNS = (
	"name",
	"creation",
	"modified",
	"owner",
	"modified_by",
	"store",
	"woo_order_id",
	"payload_hash",
	"customer",
	"outcome",
	"evidence",
	"candidates",
	"ambiguous",
	"note",
	"currency",
	"bulk_kinds",
)
_DECIDED = _COLUMNS[_COLUMNS.index("payload_hash") :]
_WRITE = f"""
INSERT INTO `tabWooCommerce Customer Decision` ({", ".join(_COLUMNS)}) VALUES %s
ON DUPLICATE KEY UPDATE modified = VALUES(modified), {", ".join(f"{name} = VALUES({name})" for name in _DECIDED[:-1])},
	bulk_kinds = IF(VALUES(bulk_kinds) = '', bulk_kinds, VALUES(bulk_kinds))
"""
_READ = """
SELECT woo_order_id, customer, payload_hash, outcome, evidence, candidates, ambiguous, note, currency
FROM `tabWooCommerce Customer Decision` WHERE store = %s AND woo_order_id IN %s
"""
_READ_BOOKED = """
SELECT map.woo_order_id, invoice.customer, invoice.currency, account.name AS account,
	coalesce(nullif(account.account_currency, ''), company.default_currency) AS account_currency
FROM `tabWooCommerce Order Map` map
JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice AND invoice.docstatus = 1
JOIN `tabAccount` account ON account.name = invoice.debit_to
JOIN `tabCompany` company ON company.name = account.company
WHERE map.store = %s AND map.woo_order_id IN %s
"""


@dataclass(slots=True, frozen=True)
class StandingDecision:
	"""The Customer (its name) that an order with this payload hash is booked to, and why.

	:ivar currency: of the receivable account that it is booked to; "" in decisions of earlier versions
	:ivar bulk_kinds: of what was written as rows for the customer (`bulk.proof.written_kinds`), "" for nothing
	"""

	customer: str
	payload_hash: str
	decision: Decision
	currency: str = ""
	bulk_kinds: str = ""


def read_decisions(store: str, order_ids: Iterable[int]) -> dict[int, StandingDecision]:
	"""What was decided for these orders, in one query."""
	ids = sorted(set(order_ids))
	rows = frappe.db.sql(_READ, (store, ids), as_dict=True) if ids else ()
	return {row.woo_order_id: _standing(row) for row in rows}


@dataclass(slots=True, frozen=True)
class BookedTo:
	"""Where an order's submitted invoice is booked. :ivar currency: the invoice's; :ivar receivable: its account"""

	customer: str
	currency: str
	receivable: Receivable


def read_booked(store: str, order_ids: Iterable[int]) -> dict[int, BookedTo]:
	"""Where these orders are booked, of those that are, in one query."""
	ids = sorted(set(order_ids))
	rows = frappe.db.sql(_READ_BOOKED, (store, ids), as_dict=True) if ids else ()
	return {
		row.woo_order_id: BookedTo(row.customer, row.currency, Receivable(row.account, row.account_currency))
		for row in rows
	}


def write_decisions(store: str, decisions: dict[int, StandingDecision]) -> None:
	"""Keep decisions, instead of earlier ones for the same orders."""
	if not decisions:
		return
	now, user = now_datetime(), frappe.session.user
	rows = [
		(make_autoname("hash"), now, now, user, user, store, order_id, *_columns(standing))
		for order_id, standing in decisions.items()
	]
	frappe.db.sql(_WRITE % ", ".join(["%s"] * len(rows)), rows)


def _columns(standing: StandingDecision) -> tuple:
	decision = standing.decision
	return (
		standing.payload_hash,
		standing.customer,
		decision.outcome,
		decision.evidence,
		storable(json.dumps(decision.candidates, ensure_ascii=False)),
		int(decision.ambiguous),
		storable(decision.note),
		standing.currency,
		standing.bulk_kinds,
	)


def _standing(row) -> StandingDecision:
	candidates = tuple(json.loads(row.candidates)) if row.candidates else ()
	decision = Decision(
		row.outcome or "", row.evidence or "", candidates, bool(row.ambiguous), row.note or ""
	)
	return StandingDecision(row.customer or "", row.payload_hash or "", decision, row.currency or "")
