"""The proof that is kept on a WooCommerce Sync Run: prepared for its print format, and what has changed since."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import format_datetime, get_system_timezone

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.services.comparison.printed import Writing, printed

RUN = "WooCommerce Sync Run"
UNDONE = ("Undoing", "Undone")
# A proof keeps whole seconds, and begins in the second in which the last page was booked.
AFTER = timedelta(seconds=1)

# Whoever books on an invoice leaves it as it was, so what was paid since is read from the ledger of payments.
_TOUCHED = """
SELECT count(*) FROM (
	SELECT woo_order_id FROM `tabWooCommerce Order Map` WHERE store = %(store)s AND modified > %(moment)s
	UNION SELECT woo_order_id FROM `tabSales Invoice` WHERE woo_store = %(store)s AND modified > %(moment)s
	UNION SELECT woo_order_id FROM `tabPayment Entry` WHERE woo_store = %(store)s AND modified > %(moment)s
	UNION SELECT si.woo_order_id FROM `tabPayment Ledger Entry` ple
		JOIN `tabSales Invoice` si ON si.name = ple.against_voucher_no
		WHERE ple.modified > %(moment)s AND ple.against_voucher_type = 'Sales Invoice' AND si.woo_store = %(store)s
) touched
"""
_DELETED = """
SELECT data FROM `tabDeleted Document`
WHERE deleted_doctype IN ('Sales Invoice', 'Payment Entry') AND creation > %(moment)s AND data LIKE '%%woo_store%%'
"""


def proof_for_print(run: Document) -> dict | None:
	"""What the print format lays out, None where no proof was made of the run yet."""
	proof = json.loads(run.verification or "{}")
	if "whole" not in proof:
		return None  # or it is what an earlier version kept, which was less
	point, comma, _decimals = compat.number_format()
	since, undone = since_proof(run), run.status in UNDONE
	return {**printed(proof, Writing(_moment_text, point or ".", comma)), "since": since, "undone": undone}


def since_proof(run: Document) -> list[str]:
	"""A sentence for each thing that has happened since the proof of a run; [] where it still says how the books are."""
	checked_at = json.loads(run.verification or "{}").get("checked_at")
	if not checked_at:
		return []
	moment = _of_site(datetime.fromisoformat(checked_at)) + AFTER
	return [*_undone(run, moment), *_touched(run.store, moment), *_deleted(run.store, moment)]


def _undone(run: Document, moment: datetime) -> list[str]:
	if run.status in UNDONE:
		return [_("The bookings of this run were undone (its status is {0}).").format(_(run.status))]
	later = {"store": run.store, "status": ("in", UNDONE), "modified": (">", moment)}
	others = frappe.get_all(RUN, later, pluck="name", order_by="name")
	return [_("The bookings of run {0} were undone.").format(name) for name in others]


def _touched(store: str, moment: datetime) -> list[str]:
	((count,),) = frappe.db.sql(_TOUCHED, {"store": store, "moment": moment})
	if not count:
		return []
	return [
		_("Orders that were booked, or whose invoices or payments were changed: {0}.").format(f"{count:,}")
	]


def _deleted(store: str, moment: datetime) -> list[str]:
	"""Frappe keeps what a person has deleted; an undo deletes without that, and says so by its run."""
	rows = frappe.db.sql(_DELETED, {"moment": moment})
	count = sum(json.loads(data).get("woo_store") == store for (data,) in rows)
	return [_("Invoices and payments that were deleted: {0}.").format(f"{count:,}")] if count else []


def _moment_text(moment: datetime) -> str:
	return format_datetime(_of_site(moment))


def _of_site(moment: datetime) -> datetime:
	"""A time as the site's columns have it."""
	return moment.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)
