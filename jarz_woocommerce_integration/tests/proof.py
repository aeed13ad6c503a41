"""What tests compare whole books with: accounts of their own for everything, and the sums that a shop itself says."""

from collections import defaultdict
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.translation.policy import Accounts, Gateway, Paid, Policy, UnknownItem

INCOME = ("Shop Sales", "Shop Shipping", "Shop Fees", "Shop Discounts", "Shop Returns")
CASH = "Cash - JT"


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


def balances() -> dict[str, Decimal]:
	"""Account -> debit less credit, exact."""
	rows = frappe.db.sql(
		"SELECT account, CAST(sum(debit - credit) AS CHAR) FROM `tabGL Entry` WHERE is_cancelled = 0 GROUP BY account"
	)
	return {account: Decimal(balance).quantize(Decimal("0.01")) for account, balance in rows}


def outstanding() -> dict[int, Decimal]:
	"""Order id -> what its invoice and credit notes have outstanding."""
	rows = frappe.db.sql(
		"SELECT woo_order_id, CAST(sum(outstanding_amount) AS CHAR) FROM `tabSales Invoice`"
		" WHERE docstatus = 1 AND woo_order_id > 0 GROUP BY woo_order_id"
	)
	return {order_id: Decimal(amount).quantize(Decimal("0.01")) for order_id, amount in rows}


def told_by_the_shop(orders: dict[int, dict], refunds: dict[int, list[dict]]) -> dict[str, Decimal]:
	"""Revenue by account as the shop's own answers say it, credits positive: what was sold less what was given back."""
	sums: dict[str, Decimal] = defaultdict(Decimal)
	for order_id, order in orders.items():
		for body in (order, *refunds.get(order_id, ())):
			sums["GST - JT"] += Decimal(body.get("total_tax") or 0) if body is order else _taxes(body)
			sums["Shop Shipping - JT"] += _sum(body, "shipping_lines")
			items_and_fees = _sum(body, "line_items") + _sum(body, "fee_lines")
			sums["items and fees"] += items_and_fees
	return dict(sums)


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
