"""Which invoices are to be mailed: a row for each order, written with its invoice.

A row is there if and only if its invoice is: it is written in the invoice's transaction, and once, by its key. `services.mailing.sending`
has it mailed, as soon as that is committed, or within a minute.
"""

import frappe
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import LIVE, who_books
from jarz_woocommerce_integration.ledger.erpnext.values import sanitised
from jarz_woocommerce_integration.services.session.work_queue import WorkQueue

STORE = "WooCommerce Store"
MAIL = "WooCommerce Invoice Mail"
WAITING, QUEUED, SENT, LEFT_OUT, FAILED = "Waiting", "Queued", "Sent", "Left Out", "Failed"
LONGEST_REASON = 1000
# Of the store's form.
OPTIONS = (
	"enabled",
	"live_sync",
	"mail_invoices",
	"mail_amended",
	"mail_template",
	"mail_print_format",
	"mail_letter_head",
	"mail_account",
	"mail_language",
	"placeholder_emails",
)
WORK = WorkQueue(
	"jarz_woocommerce_integration.services.mailing.sending.send",
	"woo_mail",
	at_once=False,
	pauses=(2, 15, 60, 240),
)

_ADD = """
INSERT INTO `tabWooCommerce Invoice Mail`
	(name, creation, modified, owner, modified_by, store, woo_order_id, sales_invoice, state, attempts, once_key)
VALUES (%(name)s, %(now)s, %(now)s, %(user)s, %(user)s, %(store)s, %(order_id)s, %(invoice)s, 'Waiting', 0, %(once_key)s)
ON DUPLICATE KEY UPDATE store = VALUES(store)
"""
_IS_DUE = "mail.state = 'Waiting' AND (mail.next_attempt IS NULL OR mail.next_attempt <= %(now)s)"
_STORES_WITH_DUE = f"""
SELECT DISTINCT mail.store FROM `tabWooCommerce Invoice Mail` mail JOIN `tabWooCommerce Store` store ON store.name = mail.store
WHERE store.enabled = 1 AND {_IS_DUE}
"""
_NEXT_DUE = f"""
SELECT mail.name, mail.sales_invoice, mail.attempts FROM `tabWooCommerce Invoice Mail` mail
WHERE mail.store = %(store)s AND {_IS_DUE} ORDER BY mail.name LIMIT 1 FOR UPDATE
"""
# What Frappe's Email Queue made of those that it was given.
_NOTE_SENT = """
UPDATE `tabWooCommerce Invoice Mail` mail JOIN `tabEmail Queue` queued ON queued.name = mail.email_queue
SET mail.state = CASE queued.status WHEN 'Sent' THEN 'Sent' ELSE 'Failed' END, mail.modified = %(now)s,
	mail.reason = CASE queued.status WHEN 'Sent' THEN '' ELSE left(coalesce(queued.error, ''), %(longest)s) END
WHERE mail.state = 'Queued' AND queued.status IN ('Sent', 'Error', 'Partially Errored', 'Expired')
"""


def invoice_submitted(invoice: Document, method: str | None = None) -> None:
	"""The invoice of an order as it comes in is to be mailed, where the store's form says so. Called by Frappe for every invoice.

	Never one of the history, of a person, or a credit note. One that follows a cancelled one only where that is chosen.
	"""
	if who_books() != LIVE or invoice.is_return or not invoice.get("woo_order_id"):
		return
	options = options_of(invoice.woo_store)
	if not (options and cint(options.live_sync) and cint(options.mail_invoices)):
		return
	if invoice.amended_from and not cint(options.mail_amended):
		return
	_add(invoice)


def options_of(store: str | None) -> frappe._dict | None:
	return frappe.get_cached_value(STORE, store, OPTIONS, as_dict=True) if store else None


def _add(invoice: Document) -> None:
	key = f"{invoice.woo_store}:{invoice.woo_order_id}"
	values = {
		"name": frappe.db.get_next_sequence_val(MAIL),
		"now": now_datetime(),
		"user": frappe.session.user,
		"store": invoice.woo_store,
		"order_id": invoice.woo_order_id,
		"invoice": invoice.name,
		"once_key": f"{key}:{invoice.name}" if invoice.amended_from else key,
	}
	frappe.db.sql(_ADD, values)
	WORK.enqueue(invoice.woo_store)


def stores_with_due() -> list[str]:
	return frappe.db.sql(_STORES_WITH_DUE, {"now": now_datetime()}, pluck=True)


def next_due(store: str) -> frappe._dict | None:
	"""The next row to be mailed, locked."""
	rows = frappe.db.sql(_NEXT_DUE, {"store": store, "now": now_datetime()}, as_dict=True)
	return rows[0] if rows else None


def set_state(name: int, state: str, reason: str = "", **values) -> None:
	values |= {"state": state, "reason": sanitised(reason, LONGEST_REASON)}
	frappe.db.set_value(MAIL, name, values)


def try_again(row: frappe._dict, reason: str) -> None:
	"""Keep why it failed, and when it is tried again; in the end it has failed."""
	attempts = row.attempts + 1
	pause = WORK.pause_after(attempts)
	later = now_datetime() + pause if pause else None
	set_state(row.name, WAITING if pause else FAILED, reason, attempts=attempts, next_attempt=later)


def note_sent() -> None:
	"""Write down what was sent, and what couldn't be."""
	frappe.db.sql(_NOTE_SENT, {"now": now_datetime(), "longest": LONGEST_REASON})
