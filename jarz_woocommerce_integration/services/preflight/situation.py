"""What the points of the preflight share: the store's form, and what the shop was asked once for all of them."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

import frappe
from frappe.model.document import Document
from frappe.utils import cint, get_system_timezone

from jarz_woocommerce_integration.exceptions import StoreUnreachableError
from jarz_woocommerce_integration.findings import Finding
from jarz_woocommerce_integration.services.migration.estimates import (
	ORDERS_A_MINUTE,
	ORDERS_A_MINUTE_IN_BULK,
	PROOFS_IN_BULK,
	Speed,
)
from jarz_woocommerce_integration.services.migration.store_facts import store_statuses
from jarz_woocommerce_integration.services.session.session import settings, store_client
from jarz_woocommerce_integration.store.check import CheckReport, check
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import OrderWindow, count_orders, oldest_and_newest

DEFAULT_JOB_TIMEOUT = 600
ENOUGH_ORDERS = 200  # from which a speed can be calculated

Findings = Iterator[Finding]

# Page 0 is the final pass, in which few orders take many requests.
_BOOKED_BEFORE = """
SELECT sum(orders), sum(seconds - proof_seconds), max(proof_seconds) FROM (
	SELECT sum(orders) AS orders, sum(seconds) AS seconds, sum(proof_seconds) AS proof_seconds
	FROM `tabWooCommerce Sync Page` WHERE state = 'Done' AND number > 0 AND seconds > 0 GROUP BY run
) booked
"""


class Situation:
	"""One store on the day of its migration. Use it with `with`; what it knows is asked for when it is first wanted."""

	def __init__(self, store: Document):
		self.store = store
		self.settings = settings()

	def __enter__(self) -> "Situation":
		return self

	def __exit__(self, *exception) -> None:
		if "client" in vars(self):
			self.client.close()

	# --- the settings ---

	@property
	def page_size(self) -> int:
		return cint(self.settings.page_size) or 100

	@property
	def page_jobs(self) -> int:
		"""How many pages are to be booked at once."""
		return max(cint(self.settings.parallel_page_jobs), 1)

	@property
	def job_timeout(self) -> int:
		"""Seconds that a page may take."""
		return cint(self.settings.job_timeout) or DEFAULT_JOB_TIMEOUT

	# --- the site ---

	@cached_property
	def speed(self) -> Speed:
		"""What one worker books in a minute, by the pages that this site has booked."""
		orders, seconds, proofs = frappe.db.sql(_BOOKED_BEFORE)[0]
		if orders and seconds and orders >= ENOUGH_ORDERS:
			return Speed(float(orders) / float(seconds) * 60, True, float(proofs))
		if self.settings.bulk_booking:
			return Speed(ORDERS_A_MINUTE_IN_BULK, proofs=PROOFS_IN_BULK)
		return Speed(ORDERS_A_MINUTE)

	# --- the shop ---

	@cached_property
	def client(self) -> StoreClient:
		""":raises StoreSetupError: a key is missing"""
		return store_client(self.store)

	@cached_property
	def report(self) -> CheckReport:
		"""What `bench woo check` says."""
		return check(self.client)

	@property
	def shop(self) -> StoreClient:
		"""A client of a shop that answers. :raises StoreUnreachableError: it doesn't"""
		if not self.report.works:
			raise StoreUnreachableError(
				"The shop can't be read.", "First solve what the point Store reports."
			)
		return self.client

	@cached_property
	def window(self) -> OrderWindow:
		"""All orders that a migration reads, the trash among them."""
		return OrderWindow(statuses=store_statuses(self.shop))

	@cached_property
	def orders(self) -> int:
		"""How many there are. :raises StoreUnreachableError: the shop doesn't say"""
		count = count_orders(self.shop, self.window)
		if count is None:
			raise StoreUnreachableError("The shop doesn't say how many orders it has.")
		return count

	@cached_property
	def left_to_book(self) -> int:
		"""Orders that were never seen on this site."""
		seen = frappe.db.count("WooCommerce Order Map", {"store": self.store.name})
		return max(self.orders - seen, 0)

	@cached_property
	def days(self) -> tuple[date, date] | None:
		"""The first and the last day on which orders are posted, None for a shop without orders."""
		made = oldest_and_newest(self.shop, self.window)
		zone = ZoneInfo(get_system_timezone())
		return made and (made[0].astimezone(zone).date(), made[1].astimezone(zone).date())
