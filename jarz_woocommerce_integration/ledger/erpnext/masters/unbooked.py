"""Customers that were made for orders which the site then refused: they go, with their contacts and addresses.

They are made before the page is booked, so what refuses an order (a closed period, another app) comes after them.
"""

from collections.abc import Collection

import frappe
from frappe.utils.global_search import sync_global_search

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import booking_environment
from jarz_woocommerce_integration.ledger.erpnext.masters.masters import masters_lock
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.undo.masters import CUSTOMER, SECOND_CUSTOMERS, MastersUndo
from jarz_woocommerce_integration.ledger.erpnext.undo.series import SeriesBefore

CUSTOMERS_AT_ONCE = 25  # other workers wait for the lock meanwhile

# Whom another order was given to may be about to be booked to them.
_MADE_FOR = """
SELECT DISTINCT customer.name FROM `tabWooCommerce Customer Decision` decision
JOIN `tabCustomer` customer ON customer.name = decision.customer AND customer.woo_run = %(run)s
WHERE decision.store = %(store)s AND decision.woo_order_id IN %(orders)s AND customer.name > %(after)s
	AND (coalesce(customer.woo_main_customer, '') <> '') = %(second)s
	AND NOT EXISTS (SELECT 1 FROM `tabWooCommerce Customer Decision` other
		WHERE other.customer = customer.name AND NOT (other.store = %(store)s AND other.woo_order_id IN %(orders)s))
ORDER BY customer.name LIMIT %(limit)s
"""


def undo_customers(store: str, run: int, order_ids: Collection[int]) -> None:
	"""Take back whom the run made for these orders alone, none of which is booked, unless somebody uses or has changed them.

	Their decisions go with them, so that a later attempt decides anew. Commits. Nothing may be pending in the connection.

	:raises frappe.QueryDeadlockError: and others of the whole page; whoever isn't undone by then stays
	"""
	company = frappe.db.get_value("WooCommerce Store", store, "company")
	undo = MastersUndo(run, SeriesBefore(None), company)
	for kind in (SECOND_CUSTOMERS, CUSTOMER):
		after = ""
		while names := _undo(undo, store, kind, order_ids, after):
			after = names[-1]


def _undo(undo: MastersUndo, store: str, kind: str, order_ids: Collection[int], after: str) -> list[str]:
	""":return: of whom it was decided; empty where there is nobody more"""
	values = {"store": store, "run": undo.run, "orders": sorted(order_ids), "after": after}
	values |= {"second": kind == SECOND_CUSTOMERS, "limit": CUSTOMERS_AT_ONCE}
	with masters_lock(store), booking_environment(historical=True):
		try:
			fresh_snapshot()  # a new snapshot, which sees what others decided while we waited for the lock
			if names := frappe.db.sql(_MADE_FOR, values, pluck=True):
				sync_global_search()  # what was just made still waits for it, and would be found when it is gone
				undo.undo(kind, names)
			frappe.db.commit()
		except BaseException:
			frappe.db.rollback()
			raise
	return names
