"""What the rows of an order have that a column might depend on: date, amount, quantity, customer, item."""

import hashlib
from collections.abc import Mapping
from typing import Any

from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan, rows_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.kinds import Kind
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.tried import (
	AMOUNT,
	CUSTOMER,
	DATE,
	DIFFERING_IN,
	ITEM,
	QUANTITY,
	Values,
)

INVOICE = "tabSales Invoice"
# Of a row, in the place of the whole order's.
_AMOUNT_OF = {
	INVOICE: "grand_total",
	"tabSales Invoice Item": "amount",
	"tabSales Taxes and Charges": "tax_amount",
	"tabItem Wise Tax Detail": "amount",
	"tabSales Invoice Payment": "amount",
	"tabPayment Schedule": "payment_amount",
	"tabPayment Entry": "paid_amount",
	"tabPayment Entry Reference": "allocated_amount",
	"tabPayment Entry Deduction": "amount",
	"tabGL Entry": "debit",
	"tabPayment Ledger Entry": "amount",
}
_OTHER_COLUMNS = {
	INVOICE: {DATE: "posting_date", QUANTITY: "total_qty"},
	"tabSales Invoice Item": {QUANTITY: "qty", ITEM: "item_code"},
	"tabPayment Entry": {DATE: "posting_date"},
	"tabGL Entry": {DATE: "posting_date"},
	"tabPayment Ledger Entry": {DATE: "posting_date"},
}


def values_of(plan: Plan) -> dict[Kind, Values]:
	"""What the rows of each kind have, and might depend on. {} for customers: each of them is another."""
	invoices = plan.rows.get(INVOICE)
	if not invoices:
		return {}
	order = invoices[0].values
	of_order: dict[str, Any] = {
		DATE: order["posting_date"],
		AMOUNT: order["grand_total"],
		QUANTITY: order["total_qty"],
		CUSTOMER: _name_of(order["customer"]),
		ITEM: ", ".join(
			sorted({row.values["item_code"] or "" for row in plan.rows["tabSales Invoice Item"]})
		),
	}
	values: dict[Kind, Values] = {}
	for row in rows_of(plan):
		of_kind = values.setdefault(row.kind, {name: set() for name in DIFFERING_IN})
		columns = _OTHER_COLUMNS.get(row.table, {})
		for name in DIFFERING_IN:
			if name == AMOUNT:
				found = _amount_of(row.table, row.values, of_order[AMOUNT])
			else:
				found = row.values[columns[name]] if name in columns else of_order[name]
			of_kind[name].add(found)
	return values


def _amount_of(table: str, values: Mapping[str, Any], of_order: float) -> float:
	column = _AMOUNT_OF.get(table)
	if not column:
		return of_order
	return values[column] or (values["credit"] if table == "tabGL Entry" else 0.0)


def _name_of(customer: str) -> str:
	"""Tells customers apart without their names: this is kept in the cache."""
	return hashlib.blake2b(customer.encode(), digest_size=4).hexdigest()
