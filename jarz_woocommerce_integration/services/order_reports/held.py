"""Held Orders by Value: what waits for a person, by reason, with what it is worth and since when it waits."""

import frappe
from frappe import _

from jarz_woocommerce_integration.services.desk.reason_words import words_of
from jarz_woocommerce_integration.services.desk.stored_texts import shown
from jarz_woocommerce_integration.services.order_reports.layout import (
	MAP,
	bars,
	column,
	conditions,
	currency_column,
	main_currency,
	money,
	rows_of,
)


def report_of(filters: frappe._dict | dict) -> tuple[list[dict], list[dict], None, dict | None]:
	"""Columns, rows and the chart; the most valuable first. :param filters: store, if only its orders are wanted"""
	filters = frappe._dict(filters or {})
	rows = rows_of(
		f"""
		SELECT coalesce({MAP}.reason, '') AS code, {MAP}.state, coalesce({MAP}.currency, '') AS currency,
			count(*) AS orders, sum({MAP}.total) AS total, min({MAP}.created_gmt) AS oldest,
			max({MAP}.what_to_do) AS what_to_do
		FROM {MAP} WHERE {MAP}.state IN ('Held', 'Failed'){conditions(filters, "store")}
		GROUP BY code, {MAP}.state, currency ORDER BY total DESC, orders DESC
		""",
		filters,
	)
	for row in rows:
		row.reason = words_of(row.code)
		row.state_shown = _(row.state)
		row.what_to_do = shown(row.what_to_do)
		row.oldest = row.oldest and row.oldest.date()
	return _columns(), rows, None, _chart(rows)


def _columns() -> list[dict]:
	return [
		column("reason", _("Reason"), "Data", 250),
		column("state_shown", _("State", context="WooCommerce"), "Data", 90),
		column("orders", _("Orders", context="WooCommerce"), "Int", 80),
		money("total", _("Total in the Shop")),
		currency_column(),
		column("oldest", _("Oldest Order"), "Date", 110),
		column("what_to_do", _("What to Do"), "Data", 500),
	]


def _chart(rows: list[frappe._dict]) -> dict | None:
	currency = main_currency(rows)
	# On a phone a label is cut: its number is the row's.
	shown = {
		f"{number}. {row.reason}": row.total
		for number, row in enumerate(rows, start=1)
		if row.currency == currency
	}
	return bars(list(shown), {_("Total", context="WooCommerce"): list(shown.values())}, currency)
