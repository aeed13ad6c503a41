"""Undo: the books as before the run, and what somebody has touched since kept and listed (docs/undo.md)."""

import frappe

from jarz_woocommerce_integration.services import order_sync, rollback
from jarz_woocommerce_integration.tests.books import wipe_books
from jarz_woocommerce_integration.tests.shop_on_site import STORE, ShopOnSiteTestCase

NOT_BOOKS = {
	"tabWooCommerce Sync Run",
	"tabWooCommerce Sync Page",
	"tabError Log",
	"tabScheduled Job Log",
	"tabScheduled Job Type",
}


def state():
	frappe.db.rollback()
	tables = frappe.db.sql("SHOW TABLES", pluck=True)
	counts = {t: frappe.db.sql(f"SELECT count(*) FROM `{t}`")[0][0] for t in tables if t not in NOT_BOOKS}
	return {
		"counts": counts,
		"series": dict(frappe.db.sql("SELECT name, current FROM `tabSeries`")),
		"trial": frappe.db.sql(
			"SELECT account, CAST(sum(debit) AS CHAR), CAST(sum(credit) AS CHAR) FROM `tabGL Entry` GROUP BY account"
		),
		"sales": frappe.db.sql("SELECT name, CAST(total_monthly_sales AS CHAR) FROM tabCompany"),
	}


def migrate():
	return order_sync.migrate_all_historical_orders_cli(batch_size=25, store=STORE)["run"]


class TestUndo(ShopOnSiteTestCase):
	def setUp(self):
		wipe_books()
		super().setUp()

	def test_x(self):
		import time

		before = state()
		run = migrate()
		during = state()
		t = time.time()
		done = rollback.undo(run)
		print("undo", time.time() - t, done["undone"], done["kept"], done["kept_documents"][:5])
		after = state()
		for key in before:
			if key == "counts":
				print(
					{
						k: (v, during["counts"][k], after["counts"].get(k))
						for k, v in before["counts"].items()
						if v != after["counts"].get(k)
					}
				)
			elif before[key] != after[key]:
				print(key, before[key], after[key])
