"""What must be true of WooCommerce Settings and of a WooCommerce Item Link before they are saved."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_datetime, now_datetime

# Field of WooCommerce Settings -> smallest and largest number.
LIMITS = {
	"page_size": (25, 100),
	"orders_per_commit": (0, 100),
	"parallel_page_jobs": (1, 16),
	"job_timeout": (60, 3600),
	"requests_per_minute": (0, 10_000),
	"retention_days": (0, 36_500),
	"held_alert_threshold": (0, 1_000_000),
	"sync_attempts": (1, 20),
}
# In days.
LONGEST_REQUEST_LOG = 7
ITEM_LINK = "WooCommerce Item Link"


def validate_settings(settings: Document) -> None:
	""":raises frappe.ValidationError: names the field"""
	for field, (smallest, largest) in LIMITS.items():
		if not smallest <= cint(settings.get(field)) <= largest:
			frappe.throw(
				_("{0} must be from {1} to {2}.").format(
					_(settings.meta.get_label(field)), smallest, f"{largest:,}"
				)
			)
	if settings.default_store and not frappe.db.get_value(
		"WooCommerce Store", settings.default_store, "enabled"
	):
		frappe.throw(_("Default Store: {0} is not enabled.").format(settings.default_store))
	longest = add_days(now_datetime(), LONGEST_REQUEST_LOG)
	if settings.log_requests_until and get_datetime(settings.log_requests_until) > longest:
		frappe.throw(
			_("Log Requests until: {0} days at most, for the log grows with each request.").format(
				LONGEST_REQUEST_LOG
			)
		)
	lines = [row.user for row in settings.alert_recipients]
	if len(lines) != len(set(lines)):
		frappe.throw(_("Alert: a user is named twice."))
	for rule in settings.bulk_booking_rules:
		rule.decided_by = rule.decided_by or frappe.session.user


def validate_item_link(link: Document) -> None:
	"""A product, or a variation of it, is one item; where the shop knows the thing by a SKU alone, that SKU is.

	:raises frappe.ValidationError: says which other link is in the way
	"""
	# A missing SKU is "": the database takes any number of equal keys with a NULL in them.
	link.sku = (link.sku or "").strip()
	product, variation = cint(link.product_id), cint(link.variation_id)
	if min(product, variation) < 0:
		frappe.throw(_("Product and Variation are ids of the shop, which are never negative."))
	if variation and not product:
		frappe.throw(_("A Variation needs its Product, too."))
	if not (product or link.sku):
		frappe.throw(_("Enter the Product's id or the SKU."))
	_refuse_second_link(link, product, variation)


def _refuse_second_link(link: Document, product: int, variation: int) -> None:
	same = {"product_id": product, "variation_id": variation}
	if not product:
		same["sku"] = link.sku
	others = {"store": link.store, "name": ("!=", link.name or ""), **same}
	other = frappe.db.get_value(ITEM_LINK, others, ["name", "item", "sku"], as_dict=True)
	if other:
		frappe.throw(
			_("This product is linked to item {0} already ({1}). Change that link instead.").format(
				other.item, other.name
			),
			frappe.DuplicateEntryError,
		)
