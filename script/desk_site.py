"""Makes a site ready for script/test-desk: desk_site.py SITE USER..., or desk_site.py --without-past-years SITE.

A company with its fiscal years, users who have the role WooCommerce Manager and no other (their password is $DESK_PASSWORD; a user whose
name begins with the code of a language reads it), and nothing left of a walk before: its runs are undone, its store is removed.
With --without-past-years nothing but the fiscal years that are over is removed; the next walk has them again.
"""

import os
import sys
from pathlib import Path

import frappe
from frappe.utils import today
from frappe.utils.password import update_password

STORE, RUN = "WooCommerce Store", "WooCommerce Sync Run"
ROLE = "WooCommerce Manager"
WITHOUT_PAST_YEARS = "--without-past-years"
LEFT = ("Order Map", "Sync Run", "Sync Page", "Inbox", "Outbox", "Item Link", "Customer Decision")


def prepare(site: str, *users: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	from jarz_woocommerce_integration.tests.support.site import ensure_company

	ensure_company()
	for user in users:
		make_user(user, language=user.partition("-")[0])
	remove_what_is_left()
	frappe.db.commit()
	frappe.clear_cache()
	frappe.destroy()


def make_user(name: str, language: str) -> None:
	if frappe.db.exists("User", name):
		user = frappe.get_doc("User", name)
	else:
		user = frappe.new_doc("User").update({"email": name, "first_name": "Walk", "send_welcome_email": 0})
	user.update({"language": language, "desk_theme": "Light", "user_type": "System User"})
	user.set("roles", [{"role": ROLE}])
	user.flags.ignore_password_policy = True
	user.save()
	update_password(name, os.environ["DESK_PASSWORD"])


def remove_what_is_left() -> None:
	"""Of all stores: the walk begins with an empty workspace."""
	from jarz_woocommerce_integration.services.onboarding import steps
	from jarz_woocommerce_integration.services.undo.undo import undo

	for run in frappe.get_all(RUN, {"status": ("not in", ("Undone", "Replaced"))}, order_by="creation desc"):
		frappe.db.set_value(RUN, run.name, "status", "Stopped")  # nobody works on it any more
		frappe.db.commit()
		undo(run.name)
	for store in frappe.get_all(STORE, pluck="name"):
		frappe.delete_doc(STORE, store, force=True)
	for table in LEFT:
		frappe.db.delete(f"WooCommerce {table}")
	steps.look()  # the first one is the next again


def remove_past_years(site: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	for year in frappe.get_all("Fiscal Year", {"year_end_date": ("<", today())}, pluck="name"):
		frappe.delete_doc("Fiscal Year", year, force=True)
	frappe.db.commit()
	frappe.clear_cache()
	frappe.destroy()


if __name__ == "__main__":
	os.chdir(Path(os.environ["BENCH_SITES"]))
	if sys.argv[1] == WITHOUT_PAST_YEARS:
		remove_past_years(sys.argv[2])
	else:
		prepare(*sys.argv[1:])
