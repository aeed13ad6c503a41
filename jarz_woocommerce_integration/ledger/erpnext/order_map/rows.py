"""The rows that a page, or an order that comes in, writes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import frappe
from frappe.model.naming import make_autoname
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.books import BookedState, Remark
from jarz_woocommerce_integration.ledger.changes import BookedVoucher
from jarz_woocommerce_integration.ledger.contract import PageRecord, breakdown_text
from jarz_woocommerce_integration.ledger.erpnext.adoption import adopt
from jarz_woocommerce_integration.ledger.erpnext.values import (
	DATA_LENGTH,
	exact,
	listable,
	sanitised,
	to_utc_column,
)
from jarz_woocommerce_integration.translation.drafts import OrderFacts, OrderState

STATUS = {0: "Draft", 1: "Submitted", 2: "Cancelled"}

_FACTS = (
	"order_number",
	"woo_status",
	"state",
	"changed",
	"reason",
	"message",
	"what_to_do",
	"breakdown",
	"currency",
	"total",
	"refunded_total",
	"refunded_elsewhere",
	"tendered_total",
	"received_unbooked",
	"paid_gmt",
	"parent_order_id",
	"anonymised",
	"payload_hash",
	"policy_hash",
	"created_gmt",
	"modified_gmt",
	"payment_method",
	"customer_name",
	"run",
	"page",
	"last_error",
)
# Takes the rows' locks whether they are there or not, and is no read that would fix the transaction's view of the rest:
# a second worker waits here, and then sees all that the first one booked.
_CLAIM = """
INSERT INTO `tabWooCommerce Order Map` (name, creation, modified, owner, modified_by, store, woo_order_id, state, attempts)
VALUES {rows} ON DUPLICATE KEY UPDATE store = VALUES(store)
"""
_WRITE = f"""
UPDATE `tabWooCommerce Order Map` SET modified = %(now)s, modified_by = %(user)s, attempts = attempts + 1,
	{", ".join(f"{name} = %({name})s" for name in _FACTS)}
WHERE store = %(store)s AND woo_order_id = %(woo_order_id)s
"""
_BOOKED_COLUMNS = (*_FACTS, "sales_invoice", "payment_entry", "customer", "fingerprint")
# The rows are there since they were claimed; what is inserted is never new.
_WRITE_BOOKED = f"""
INSERT INTO `tabWooCommerce Order Map`
	(name, creation, modified, owner, modified_by, store, woo_order_id, attempts, {", ".join(_BOOKED_COLUMNS)})
VALUES {{rows}} ON DUPLICATE KEY UPDATE modified = VALUES(modified), modified_by = VALUES(modified_by), attempts = attempts + 1,
	{", ".join(f"{name} = VALUES({name})" for name in _BOOKED_COLUMNS)}
"""
_RESTATE = """
UPDATE `tabWooCommerce Order Map` SET state = %(state)s, changed = %(changed)s, reason = %(reason)s, message = %(message)s,
	what_to_do = %(what_to_do)s, last_error = %(last_error)s, payload_hash = '', attempts = attempts + 1, run = %(run)s,
	page = %(page)s, modified = %(now)s
WHERE store = %(store)s AND woo_order_id = %(woo_order_id)s
"""
_STANDING = """
SELECT map.state, map.woo_status AS status, coalesce(map.changed, '') AS changed, invoice.name AS invoice,
	invoice.docstatus, invoice.customer, invoice.woo_fingerprint AS fingerprint, invoice.currency, invoice.woo_cancelled,
	CAST(invoice.grand_total AS CHAR) AS total
FROM `tabWooCommerce Order Map` map LEFT JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice
WHERE map.store = %s AND map.woo_order_id = %s AND (map.state <> '' OR invoice.name IS NOT NULL)
FOR UPDATE
"""
_TOUCH = """
UPDATE `tabWooCommerce Order Map` SET modified_gmt = %(stamp)s
WHERE store = %(store)s AND woo_order_id = %(order_id)s AND NOT modified_gmt <=> %(stamp)s
"""
_LINK = """
UPDATE `tabWooCommerce Order Map` SET sales_invoice = %(invoice)s, payment_entry = %(payment)s, customer = %(customer)s,
	fingerprint = %(fingerprint)s
WHERE store = %(store)s AND woo_order_id = %(order_id)s
"""
_DECISION = """
UPDATE `tabWooCommerce Order Map` map JOIN `tabWooCommerce Customer Decision` decision
	ON decision.store = map.store AND decision.woo_order_id = map.woo_order_id
SET map.customer_decision = decision.outcome, map.customer_evidence = decision.evidence,
	map.customer_ambiguous = decision.ambiguous, map.customer_note = decision.note
WHERE map.store = %s AND map.woo_order_id = %s
"""
_DECISIONS = f"{_DECISION.rpartition('=')[0]} IN %s"
_NAMES = "SELECT woo_order_id, name FROM `tabWooCommerce Order Map` WHERE store = %s AND woo_order_id IN %s"
_CREDIT_NOTE_ROWS = """
INSERT INTO `tabWooCommerce Order Map Credit Note` (name, creation, modified, owner, modified_by, parent, parenttype, parentfield,
	idx, refund_id, sales_invoice, payment_entry)
VALUES {rows}
"""
_ADD_CREDIT_NOTE = """
INSERT INTO `tabWooCommerce Order Map Credit Note`
	(name, creation, modified, owner, modified_by, parent, parenttype, parentfield, idx, refund_id, sales_invoice, payment_entry)
SELECT %(name)s, %(now)s, %(now)s, %(user)s, %(user)s, map.name, 'WooCommerce Order Map', 'credit_notes',
	(SELECT count(*) + 1 FROM `tabWooCommerce Order Map Credit Note` other WHERE other.parent = map.name),
	%(refund_id)s, %(invoice)s, %(payment)s
FROM `tabWooCommerce Order Map` map WHERE map.store = %(store)s AND map.woo_order_id = %(order_id)s
"""
_FORGET_CREDIT_NOTES = """
DELETE row FROM `tabWooCommerce Order Map Credit Note` row JOIN `tabWooCommerce Order Map` map ON map.name = row.parent
WHERE map.store = %s AND map.woo_order_id = %s
"""
_REPLACE_CREDIT_NOTE = """
UPDATE `tabWooCommerce Order Map Credit Note` row JOIN `tabWooCommerce Order Map` map ON map.name = row.parent
SET row.sales_invoice = %(invoice)s, row.payment_entry = %(payment)s, row.modified = %(now)s
WHERE map.store = %(store)s AND map.woo_order_id = %(order_id)s AND row.refund_id = %(refund_id)s
"""
_FORGET_CREDIT_NOTE = """
DELETE row FROM `tabWooCommerce Order Map Credit Note` row JOIN `tabWooCommerce Order Map` map ON map.name = row.parent
WHERE map.store = %s AND map.woo_order_id = %s AND row.refund_id = %s
"""
_CREDIT_NOTES = """
SELECT row.refund_id, row.sales_invoice, row.payment_entry, note.docstatus, CAST(note.grand_total AS CHAR) AS total,
	note.update_outstanding_for_self = 0 AND note.woo_stamp IS NOT NULL AS reduces_invoice,
	note.docstatus = 1 AND note.woo_stamp IS NULL AS is_sent
FROM `tabWooCommerce Order Map Credit Note` row
JOIN `tabWooCommerce Order Map` map ON map.name = row.parent
LEFT JOIN `tabSales Invoice` note ON note.name = row.sales_invoice
WHERE map.store = %s AND map.woo_order_id = %s ORDER BY row.idx
"""
# The Order Map names an order's own payment only. Of those beside it the mark says that they are ours.
_PAYMENTS_BESIDE = """
SELECT name, woo_payment_key AS payment_key, docstatus, CAST(woo_amount AS CHAR) AS amount, coalesce(woo_gateway, '') AS gateway,
	coalesce(paid_to, '') AS account
FROM `tabPayment Entry`
WHERE woo_store = %s AND woo_order_id = %s AND coalesce(woo_refund_id, 0) = 0 AND coalesce(woo_payment_key, '') <> ''
	AND docstatus IN (1, 2) AND woo_run > 0
ORDER BY docstatus = 1, creation, name
"""
_MARK_ONE_DELETED = """
UPDATE `tabWooCommerce Order Map` SET state = 'Deleted in Store', changed = %s, modified = %s
WHERE store = %s AND woo_order_id = %s
"""


@dataclass(slots=True)
class Vouchers:
	"""The documents that an order has become. :ivar notes: (refund id, credit note, repayment)"""

	invoice: str = ""
	payment: str | None = None
	customer: str = ""
	fingerprint: str = ""
	notes: list[tuple[int, str, str | None]] = field(default_factory=list)

	def as_row(self) -> dict[str, str | None]:
		"""As one row, to be compared with another."""
		return {
			"name": self.invoice,
			"payment_entry": self.payment,
			"customer": self.customer,
			"fingerprint": self.fingerprint,
			"credit_notes": repr(self.notes),
		}


class OrderMap:
	"""The rows that one page writes. :param record: the page, with the policy under which its orders get their states"""

	def __init__(self, store: str, record: PageRecord):
		self.store = store
		self.record = record

	def claim(self, order_ids: Iterable[int]) -> None:
		"""Make this transaction the only one that books these orders, until it ends. Nothing may have been read in it.

		Each of them is to be written before the commit: until then its row has no state.
		"""
		now, user = now_datetime(), frappe.session.user
		rows = [
			(make_autoname("hash"), now, now, user, user, self.store, order_id, "", 0)
			for order_id in sorted(
				set(order_ids)
			)  # in one order everywhere, so that two workers can't wait for each other
		]
		if rows:
			frappe.db.sql(_CLAIM.format(rows=", ".join(["%s"] * len(rows))), rows)
			adopt(self.store, [row[6] for row in rows])

	def standing(self, order_id: int) -> BookedState | None:
		rows = frappe.db.sql(_STANDING, (self.store, order_id), as_dict=True)
		if not rows:
			return None
		row = rows[0]
		return BookedState(
			state=row.state,
			status=row.status,
			changed=row.changed,
			invoice=row.invoice,
			invoice_status=STATUS.get(row.docstatus),
			submitted=row.docstatus in (1, 2),
			customer=row.customer,
			fingerprint=row.fingerprint,
			currency=row.currency,
			total=exact(row.total),
			cancelled_by_us=bool(row.woo_cancelled),
		)

	def write(self, order: OrderFacts, state: OrderState, remark: Remark, read_again: bool = False) -> None:
		frappe.db.sql(_WRITE, self._facts(order, state, remark, read_again))

	def write_booked(self, booked: Sequence[tuple[OrderFacts, Vouchers, Remark]]) -> None:
		"""Write orders of this page that have become documents, all at once: their facts, vouchers and credit notes."""
		if not booked:
			return
		now, user = now_datetime(), frappe.session.user
		rows = []
		for order, vouchers, remark in booked:
			facts = self._facts(order, OrderState.SYNCED, remark)
			who = (make_autoname("hash"), now, now, user, user, self.store, order.order_id, 1)
			became = (vouchers.invoice, vouchers.payment, vouchers.customer, vouchers.fingerprint)
			rows.append((*who, *(facts[name] for name in _FACTS), *became))
		frappe.db.sql(_WRITE_BOOKED.format(rows=", ".join(["%s"] * len(rows))), rows)
		ids = [order.order_id for order, _vouchers, _remark in booked]
		frappe.db.sql(_DECISIONS, (self.store, ids))
		self._write_credit_notes(
			{order.order_id: vouchers for order, vouchers, _r in booked if vouchers.notes}
		)

	def _write_credit_notes(self, booked: dict[int, Vouchers]) -> None:
		if not booked:
			return
		names = dict(frappe.db.sql(_NAMES, (self.store, list(booked))))
		now, user = now_datetime(), frappe.session.user
		rows = []
		for order_id, vouchers in booked.items():
			parent = (names[order_id], "WooCommerce Order Map", "credit_notes")
			for idx, note in enumerate(vouchers.notes, 1):
				rows.append((make_autoname("hash"), now, now, user, user, *parent, idx, *note))
		frappe.db.sql(_CREDIT_NOTE_ROWS.format(rows=", ".join(["%s"] * len(rows))), rows)

	def _facts(self, order: OrderFacts, state: OrderState, remark: Remark, read_again: bool = False) -> dict:
		return {
			**self._about(order.order_id, state, remark),
			"user": frappe.session.user,
			"order_number": sanitised(order.number, DATA_LENGTH),
			"woo_status": sanitised(order.status, DATA_LENGTH),
			"breakdown": breakdown_text(remark.breakdown) if remark.breakdown else None,
			"currency": sanitised(order.currency, DATA_LENGTH),
			"total": listable(order.total),
			"refunded_total": listable(order.refunded_total),
			"refunded_elsewhere": listable(order.refunded_elsewhere),
			"tendered_total": listable(order.tendered_total),
			"received_unbooked": listable(order.received_unbooked),
			"paid_gmt": to_utc_column(order.paid_at),
			"parent_order_id": order.parent_id,
			"anonymised": int(order.anonymised),
			"payload_hash": "" if read_again else order.payload_hash,
			"policy_hash": self.record.policy_hash,
			"created_gmt": to_utc_column(order.created_at),
			"modified_gmt": to_utc_column(order.modified_at),
			"payment_method": sanitised(order.payment_method, DATA_LENGTH),
			"customer_name": sanitised(order.customer_name, DATA_LENGTH),
		}

	def restate(self, order_id: int, state: OrderState, remark: Remark) -> None:
		frappe.db.sql(_RESTATE, self._about(order_id, state, remark))

	def _about(self, order_id: int, state: OrderState, remark: Remark) -> dict:
		failed = state is OrderState.FAILED
		return {
			"store": self.store,
			"woo_order_id": order_id,
			"state": state.value,
			"changed": sanitised(remark.changed),
			"reason": remark.reason[:DATA_LENGTH],
			"message": sanitised(remark.message),
			"what_to_do": sanitised(remark.what_to_do),
			"last_error": sanitised(remark.message) if failed else None,
			"run": self.record.run_id,
			"page": self.record.number,
			"now": now_datetime(),
		}

	def touch(self, order: OrderFacts) -> None:
		stamp = to_utc_column(order.modified_at)
		frappe.db.sql(_TOUCH, {"stamp": stamp, "store": self.store, "order_id": order.order_id})

	# --- the vouchers of an order ---

	def link(
		self, order_id: int, invoice: str | None, payment: str | None, customer: str, fingerprint: str
	) -> None:
		"""Write which documents an order has become."""
		frappe.db.sql(
			_LINK,
			{
				"store": self.store,
				"order_id": order_id,
				"invoice": invoice,
				"payment": payment,
				"customer": customer,
				"fingerprint": fingerprint,
			},
		)
		frappe.db.sql(_DECISION, (self.store, order_id))

	def sales_order(self, order_id: int) -> str | None:
		return frappe.db.get_value(
			"WooCommerce Order Map", {"store": self.store, "woo_order_id": order_id}, "sales_order"
		)

	def link_sales_order(self, order_id: int, name: str | None) -> None:
		"""Write which Sales Order an order has become, None where it is gone."""
		frappe.db.set_value(
			"WooCommerce Order Map",
			{"store": self.store, "woo_order_id": order_id},
			"sales_order",
			name,
			update_modified=False,
		)

	def set_payment(self, order_id: int, payment: str) -> None:
		frappe.db.set_value(
			"WooCommerce Order Map",
			{"store": self.store, "woo_order_id": order_id},
			"payment_entry",
			payment,
			update_modified=False,
		)

	def payment(self, order_id: int) -> str | None:
		return frappe.db.get_value(
			"WooCommerce Order Map", {"store": self.store, "woo_order_id": order_id}, "payment_entry"
		)

	def payments_beside(self, order_id: int) -> dict[str, BookedVoucher]:
		"""The payments of an order beside its own, by their keys; of one that was made again, the last."""
		rows = frappe.db.sql(_PAYMENTS_BESIDE, (self.store, order_id), as_dict=True)
		return {
			row.payment_key: BookedVoucher(
				0, row.name, exact(row.amount), row.gateway, row.account, row.payment_key, row.docstatus == 1
			)
			for row in rows
		}

	def booked_for(self, order_id: int) -> str:
		"""The Customer for whom we booked the order, whoever has changed the invoice since."""
		return (
			frappe.db.get_value(
				"WooCommerce Order Map", {"store": self.store, "woo_order_id": order_id}, "customer"
			)
			or ""
		)

	def add_credit_note(self, order_id: int, refund_id: int, invoice: str, payment: str | None) -> None:
		"""Write which documents a refund has become, instead of those that it was before."""
		values = {
			"name": make_autoname("hash"),
			"now": now_datetime(),
			"user": frappe.session.user,
			"store": self.store,
			"order_id": order_id,
			"refund_id": refund_id,
			"invoice": invoice,
			"payment": payment,
		}
		if any(row.refund_id == refund_id for row in self.credit_notes(order_id)):
			frappe.db.sql(_REPLACE_CREDIT_NOTE, values)
		else:
			frappe.db.sql(_ADD_CREDIT_NOTE, values)

	def forget_credit_note(self, order_id: int, refund_id: int) -> None:
		"""The refund is gone, and its credit note is cancelled."""
		frappe.db.sql(_FORGET_CREDIT_NOTE, (self.store, order_id, refund_id))

	def credit_notes(self, order_id: int) -> list:
		""":return: rows with refund_id, sales_invoice, payment_entry, the credit note's docstatus and total, whether it is
		one of ours that reduces what its invoice has outstanding, and whether a person made it and the shop knows it"""
		return frappe.db.sql(_CREDIT_NOTES, (self.store, order_id), as_dict=True)

	def mark_deleted(self, order_id: int, changed: str) -> None:
		frappe.db.sql(_MARK_ONE_DELETED, (sanitised(changed), now_datetime(), self.store, order_id))

	def forget_vouchers(self, order_id: int) -> None:
		"""The draft of this order is gone."""
		frappe.db.sql(_FORGET_CREDIT_NOTES, (self.store, order_id))
		values = {"sales_invoice": None, "payment_entry": None, "fingerprint": None}
		frappe.db.set_value(
			"WooCommerce Order Map",
			{"store": self.store, "woo_order_id": order_id},
			values,
			update_modified=False,
		)
