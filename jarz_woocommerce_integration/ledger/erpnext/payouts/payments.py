"""The Payment Entries on a clearing account that the lines of a payout may be."""

from collections.abc import Collection
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.translation.payouts.matching import BookedPayment

_PAYMENTS = """
SELECT entry.name, coalesce(entry.reference_no, '') AS reference, coalesce(entry.woo_order_id, 0) AS order_id, gl.effect,
	coalesce(entry.woo_amount, 0) AS amount_in_store, coalesce(fee.amount, 0) AS fee
FROM `tabPayment Entry` entry
JOIN (
	SELECT voucher_no, sum(debit_in_account_currency - credit_in_account_currency) AS effect FROM `tabGL Entry`
	WHERE account = %(account)s AND voucher_type = 'Payment Entry' AND is_cancelled = 0 AND voucher_no IN %(names)s
	GROUP BY voucher_no
) gl ON gl.voucher_no = entry.name
LEFT JOIN (
	SELECT parent, sum(amount) AS amount FROM `tabPayment Entry Deduction` WHERE parent IN %(names)s GROUP BY parent
) fee ON fee.parent = entry.name
ORDER BY entry.posting_date, entry.creation, entry.name
"""
_NAMES = """
SELECT name, coalesce(woo_order_id, 0) FROM `tabPayment Entry`
WHERE docstatus = 1 AND (paid_to = %(account)s OR paid_from = %(account)s) AND {condition}
"""
# Locking reads see what others have committed since this transaction began.
_LOCK = (
	"SELECT name FROM `tabPayment Entry` WHERE name IN %(names)s AND docstatus = 1 ORDER BY name FOR UPDATE"
)
_PAID_OUT = """
SELECT payment_entry, parent FROM `tabWooCommerce Payout Line`
WHERE docstatus = 1 AND payment_entry IN %(names)s AND state IN ('Matched', 'Amount Differs') ORDER BY parent
"""
_ORDERS_OF_NUMBERS = """
SELECT order_number, min(woo_order_id) FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND order_number IN %(numbers)s GROUP BY order_number HAVING count(*) = 1
"""


def orders_of_numbers(store: str, numbers: Collection[str]) -> dict[str, int]:
	"""Number of an order as the shop shows it -> its id. What two orders have isn't among them."""
	if not numbers:
		return {}
	return dict(frappe.db.sql(_ORDERS_OF_NUMBERS, {"store": store, "numbers": tuple(numbers)}))


def booked_payments(
	account: str,
	store: str,
	references: Collection[str],
	orders: Collection[int],
	decimals: int,
	locked: bool = False,
) -> list[BookedPayment]:
	"""The submitted payments and repayments on an account that have one of these references, or are of these orders.

	Repayments name the refund, not the transaction, so all that is booked of an order is among them once one payment of it is.

	:param account: the clearing account; :param store: whose orders they are of
	:param decimals: of the account's currency, to which fees are rounded
	:param locked: nobody else may pay them out, or cancel them, until this transaction ends
	"""
	values: dict = {"account": account, "store": store}
	names: set[str] = set()
	of_orders = set(orders)
	if references:
		values["references"] = tuple(references)
		for name, order in frappe.db.sql(_NAMES.format(condition="reference_no IN %(references)s"), values):
			names.add(name)
			of_orders |= {order} - {0}
	if of_orders:
		values["orders"] = tuple(of_orders)
		condition = "woo_store = %(store)s AND woo_order_id IN %(orders)s"
		names.update(name for name, _order in frappe.db.sql(_NAMES.format(condition=condition), values))
	if names and locked:
		names = set(frappe.db.sql(_LOCK, {"names": tuple(names)}, pluck=True))
	if not names:
		return []
	paid_out = dict(frappe.db.sql(_PAID_OUT + ("FOR UPDATE" if locked else ""), {"names": tuple(names)}))
	in_company_currency = frappe.get_cached_value(
		"Account", account, "account_currency"
	) == frappe.get_cached_value(
		"Company", frappe.get_cached_value("Account", account, "company"), "default_currency"
	)
	rows = frappe.db.sql(_PAYMENTS, {"account": account, "names": tuple(sorted(names))}, as_dict=True)
	unit = Decimal(1).scaleb(-decimals)
	return [_payment(row, in_company_currency, unit, paid_out.get(row.name, "")) for row in rows]


def _payment(row: frappe._dict, in_company_currency: bool, unit: Decimal, paid_out_in: str) -> BookedPayment:
	effect = _money(row.effect, unit)
	# Deductions stand in the company's currency, rounded there. In another one the fee is what the order's amount is beyond
	# what arrived.
	fee = _money(row.fee, unit)
	if fee and not in_company_currency:
		fee = _money(row.amount_in_store, unit) - abs(effect)
	return BookedPayment(row.name, row.reference, row.order_id, effect, fee, paid_out_in)


def _money(value, unit: Decimal) -> Decimal:
	return Decimal(str(value)).quantize(unit)
