"""Which refunds a gateway may pay back without a person's approval: those of who has the role, up to the store's limit a day.

Only one sends for a store at a time, and what goes out is written down before it does, so nothing goes beyond the limit.
"""

from datetime import datetime, time
from decimal import Decimal

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.sentences import Sentence

# May have a shop's gateways pay money back; comes beside the app's other roles, and with none of them.
REFUND_MANAGER = "WooCommerce Refund Manager"

_PAID_BACK = """
SELECT CAST(coalesce(sum(paid_back), 0) AS CHAR) FROM `tabWooCommerce Outbox`
WHERE store = %s AND action = 'Refund' AND paid_back_at >= %s AND name <> %s
"""
_CREDIT_NOTE = """
SELECT note.currency, CAST(note.conversion_rate AS CHAR) AS rate, company.default_currency AS of_company
FROM `tabSales Invoice` note JOIN `tabCompany` company ON company.name = note.company WHERE note.name = %s
"""


def why_wait(row: frappe._dict, store: frappe._dict) -> str:
	"""Why a person has to approve a refund before the gateway pays it back, "" where nobody has to.

	:param row: of the outbox; :param store: its store's `currency` and `refund_limit`
	"""
	if row.approved_by:
		return ""
	limit = exact(str(store.refund_limit or 0))
	if not limit:
		return Sentence(
			"The store's form has no amount that gateways may pay back in a day without approval."
		)
	if REFUND_MANAGER not in frappe.get_roles(row.owner):
		return Sentence(
			"{0}, who submitted {1}, hasn't the role {2}.", row.owner, row.document_name, REFUND_MANAGER
		)
	amount = in_store_currency(row, store)
	if amount is None:
		return Sentence("It is in another currency than the limit of the store's form, {0}.", store.currency)
	with_it = _paid_back_today(row) + amount
	if with_it > limit:
		return Sentence(
			"With it, {0} {2} would be paid back today; the limit of the store's form is {1} {2}.",
			f"{with_it:f}",
			f"{limit:f}",
			store.currency or "",
		)
	return ""


def in_store_currency(row: frappe._dict, store: frappe._dict) -> Decimal | None:
	"""A refund's amount in the currency of the store's form, None where the credit note has no rate for it."""
	((currency, rate, of_company),) = frappe.db.sql(_CREDIT_NOTE, row.document_name)
	wanted = store.currency or of_company
	if currency == wanted:
		return Decimal(row.value)
	return Decimal(row.value) * exact(rate) if of_company == wanted else None


def _paid_back_today(row: frappe._dict) -> Decimal:
	midnight = datetime.combine(now_datetime().date(), time.min)
	return exact(frappe.db.sql(_PAID_BACK, (row.store, midnight, row.name))[0][0])
