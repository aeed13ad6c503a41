"""What the reports of orders have in common: columns, whose rows a reader may see, the currency of a chart."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import frappe
from frappe import _
from frappe.desk.reportview import build_match_conditions

ORDER_MAP = "WooCommerce Order Map"
MAP = f"`tab{ORDER_MAP}`"


def column(fieldname: str, label: str, fieldtype: str, width: int, options: str = "") -> dict:
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"options": options,
		"width": width,
	}


def money(fieldname: str, label: str, width: int = 140) -> dict:
	"""An amount in the currency of its row, whose code stands in a column of its own."""
	return column(fieldname, label, "Currency", width, "currency")


def currency_column() -> dict:
	"""Not a link: who has our roles alone can't read currencies, and Frappe would refuse the whole report."""
	return column("currency", _("Currency"), "Data", 90)


def conditions(filters: frappe._dict, *names: str) -> str:
	"""Which rows of the Order Map are wanted, of those that the reader may see. :param names: filters that are columns, too"""
	frappe.has_permission(ORDER_MAP, "read", throw=True)
	wanted = [f"{MAP}.{name} = %({name})s" for name in names if filters.get(name)]
	if allowed := build_match_conditions(ORDER_MAP):
		wanted.append(allowed.replace("%", "%%"))
	return "".join(f" AND {condition}" for condition in wanted)


def rows_of(statement: str, filters: frappe._dict) -> list[frappe._dict]:
	return frappe.db.sql(statement, filters, as_dict=True)


def main_currency(rows: Iterable[frappe._dict]) -> str:
	"""The one of most orders: amounts of several currencies don't make one bar."""
	orders: Counter[str] = Counter()
	for row in rows:
		orders[row.currency] += int(row.orders)
	return orders.most_common(1)[0][0] if orders else ""


def bars(labels: Sequence[str], datasets: Mapping[str, Sequence[float]], currency: str) -> dict | None:
	"""A chart that says above it in which currency it is. None where there is nothing to show."""
	if not labels:
		return None
	return {
		"title": _("Amounts in {0}").format(currency),
		"data": {
			"labels": list(labels),
			"datasets": [
				{"name": name, "values": [float(value or 0) for value in values]}
				for name, values in datasets.items()
			],
		},
		"type": "bar",
		"fieldtype": "Currency",
		"options": "currency",
		"currency": currency,
		"axisOptions": {"shortenYAxisNumbers": 1},
		# Frappe's charts break when their page changes its width while they grow.
		"animate": 0,
		"disableEntryAnimation": 1,
	}
