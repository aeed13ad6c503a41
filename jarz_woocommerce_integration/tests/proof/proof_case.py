"""What tests compare whole books with: accounts of their own for everything, and the sums that a shop itself says."""

from collections import defaultdict
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.translation.policy import Accounts, Gateway, Paid, Policy, UnknownItem

INCOME = ("Shop Sales", "Shop Shipping", "Shop Fees", "Shop Discounts", "Shop Returns")
CASH = "Cash - JT"
RECEIVABLE = "Debtors - JT"
ITEMS_AND_FEES = "items and fees"
SOLD = ("Shop Sales - JT", "Shop Fees - JT", "Shop Discounts - JT")
CENT = Decimal("0.01")
_TWICE = """
SELECT woo_order_id FROM `tabSales Invoice`
WHERE docstatus = 1 AND is_return = 0 AND woo_order_id > 0 GROUP BY woo_order_id HAVING count(*) > 1
"""


def ensure_accounts() -> None:
	"""An account for each kind of revenue, so that each sum can be compared alone. Commits."""
	parent = frappe.db.get_value("Account", "Sales - JT", "parent_account")
	for name in INCOME:
		if not frappe.db.exists("Account", f"{name} - JT"):
			account = {
				"doctype": "Account",
				"account_name": name,
				"parent_account": parent,
				"company": "Jarz Test",
			}
			frappe.get_doc({**account, "root_type": "Income", "account_currency": "EGP"}).insert()
	frappe.db.commit()


def policy_with_accounts(**tables) -> Policy:
	gateway = {"mode_of_payment": "Cash", "account": CASH}
	accounts = Accounts(
		income="Shop Sales - JT",
		receivable="Debtors - JT",
		tax="GST - JT",
		shipping="Shop Shipping - JT",
		fees="Shop Fees - JT",
		discounts="Shop Discounts - JT",
		refunds="Shop Returns - JT",
		rounding="Round Off - JT",
	)
	values = {
		"accounts": accounts,
		"gateways": {"cod": Gateway(**gateway, paid=Paid.ON_DELIVERY)},
		"default_gateway": Gateway(**gateway),
		"items": {"unknown": UnknownItem.CREATE},
	}
	return Policy(**{**values, **tables})


def unbalanced_vouchers() -> list[str]:
	rows = frappe.db.sql(
		"SELECT voucher_no FROM `tabGL Entry` WHERE is_cancelled = 0 GROUP BY voucher_type, voucher_no"
		" HAVING abs(sum(debit) - sum(credit)) > 0.000001"
	)
	return [name for (name,) in rows]


def invoiced_twice() -> list[int]:
	"""Orders with more than one invoice that counts."""
	return frappe.db.sql(_TWICE, pluck=True)


def revenue_by_order() -> dict[int, dict[str, Decimal]]:
	"""Order id -> account -> credit less debit of its invoice and credit notes, in the order's currency, exact."""
	rows = frappe.db.sql(
		"SELECT invoice.woo_order_id, entry.account, CAST(sum(entry.credit_in_transaction_currency"
		" - entry.debit_in_transaction_currency) AS CHAR) FROM `tabGL Entry` entry"
		" JOIN `tabSales Invoice` invoice ON invoice.name = entry.voucher_no AND entry.voucher_type = 'Sales Invoice'"
		" WHERE entry.is_cancelled = 0 GROUP BY invoice.woo_order_id, entry.account"
	)
	found: dict[int, dict[str, Decimal]] = defaultdict(dict)
	for order_id, account, amount in rows:
		if amount := Decimal(amount).quantize(CENT):
			found[order_id][account] = amount
	return found


def outstanding() -> dict[int, Decimal]:
	"""Order id -> what its invoice and credit notes have outstanding."""
	rows = frappe.db.sql(
		"SELECT woo_order_id, CAST(sum(outstanding_amount) AS CHAR) FROM `tabSales Invoice`"
		" WHERE docstatus = 1 AND woo_order_id > 0 GROUP BY woo_order_id"
	)
	return {order_id: Decimal(amount).quantize(Decimal("0.01")) for order_id, amount in rows}


def told_by_the_shop(order: dict, refunds: list[dict]) -> dict[str, Decimal] | None:
	"""Revenue of one order as the shop's own answers say it: what was sold less what was given back.

	None where a refund doesn't say of what: then only the sum can be compared.
	"""
	told = {"GST - JT": Decimal(order["total_tax"])}
	for body in (order, *refunds):
		parts = {
			"GST - JT": _taxes(body) if body is not order else Decimal(0),
			"Shop Shipping - JT": _sum(body, "shipping_lines"),
			ITEMS_AND_FEES: _sum(body, "line_items") + _sum(body, "fee_lines"),
		}
		if body is not order and sum(parts.values()) != -Decimal(body["amount"]):
			return None
		for account, amount in parts.items():
			told[account] = told.get(account, Decimal(0)) + amount
	return {account: amount for account, amount in told.items() if amount}


def items_and_fees_together(found: dict[str, Decimal]) -> dict[str, Decimal]:
	"""What stands on the accounts for items, fees and money off, as one: lines that give money off are booked beside them."""
	together = {
		account: amount for account, amount in found.items() if account not in SOLD and account != RECEIVABLE
	}
	if sold := sum((found.get(account, Decimal(0)) for account in SOLD), Decimal(0)):
		together[ITEMS_AND_FEES] = sold
	return together


def _sum(body: dict, lines: str) -> Decimal:
	return sum((Decimal(line["total"]) for line in body.get(lines, ())), Decimal(0))


def _taxes(refund: dict) -> Decimal:
	return sum(
		(
			Decimal(line.get("total_tax") or 0)
			for lines in ("line_items", "shipping_lines", "fee_lines")
			for line in refund.get(lines, ())
		),
		Decimal(0),
	)


def books_digest() -> list[tuple]:
	"""All that stands in the books, without names that are drawn by chance and without stamps: equal for equal books."""
	queries = (
		"SELECT name, customer, customer_name, status, grand_total, outstanding_amount, posting_date, posting_time,"
		" currency, return_against, territory, woo_order_id, woo_refund_id, docstatus FROM `tabSales Invoice` ORDER BY name",
		"SELECT parent, idx, item_code, item_name, qty, rate, amount, income_account FROM `tabSales Invoice Item`"
		" ORDER BY parent, idx",
		"SELECT parent, idx, account_head, description, tax_amount FROM `tabSales Taxes and Charges` ORDER BY parent, idx",
		"SELECT name, party, paid_amount, unallocated_amount, posting_date, docstatus FROM `tabPayment Entry` ORDER BY name",
		"SELECT voucher_no, account, debit, credit, party FROM `tabGL Entry` ORDER BY voucher_no, account, debit, credit",
		"SELECT woo_customer_key, customer_name, woo_customer_id, territory FROM `tabCustomer` ORDER BY woo_customer_key",
		"SELECT address_line1, city, country, woo_signature FROM `tabAddress` ORDER BY woo_signature, address_line1",
		"SELECT woo_order_id, state, reason, woo_status, total, sales_invoice, payment_entry, changed"
		" FROM `tabWooCommerce Order Map` ORDER BY woo_order_id",
	)
	return [tuple(frappe.db.sql(query)) for query in queries]
