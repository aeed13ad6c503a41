"""From the form of a WooCommerce Store to what the engine needs: client, policy, translator, settings of the books."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

import frappe
from frappe.model.document import Document
from frappe.utils import cint, flt, get_system_timezone

from jarz_woocommerce_integration.exceptions import AnotherShopError, StoreError, StoreSetupError
from jarz_woocommerce_integration.ledger.contract import OnChange, OnDeleted
from jarz_woocommerce_integration.ledger.erpnext.lookups import read_territories
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings, Place
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk.shops import check_home
from jarz_woocommerce_integration.services.extensions.drafts import filters_of_site
from jarz_woocommerce_integration.services.migration.engine import Scope
from jarz_woocommerce_integration.services.migration.store_facts import (
	store_country,
	store_identity,
	store_statuses,
	store_zone,
	zone_named,
)
from jarz_woocommerce_integration.services.session.policy import label_of, policy_of
from jarz_woocommerce_integration.services.session.request_log import request_log
from jarz_woocommerce_integration.store.http.budget import LONGEST_PAUSE, RateBudget
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from jarz_woocommerce_integration.store.http.destinations import PublicDestinations
from jarz_woocommerce_integration.translation.drafts import DeliveryNotes
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

__all__ = [
	"book_settings_of",
	"budget_of",
	"get_store",
	"keep_facts",
	"label_of",
	"policy_of",
	"read_facts",
	"refresh_facts",
	"scope_of",
	"settings",
	"store_client",
	"translator_of",
	"zone_of",
]

STORE = "WooCommerce Store"
SETTINGS = "WooCommerce Settings"
ATTEMPTS_OF_A_PAGE = 3
LONGEST_WAIT_OF_A_PAGE = 90.0  # seconds; the budget's own minute must fit in
KNOWN_FOR = 3600
BY_SERIES = "Naming Series"
AS_POS_PAYMENT = "POS Payment"
SECOND_CUSTOMER = "Second Customer"


def settings() -> Document:
	"""WooCommerce Settings, cached."""
	return frappe.get_cached_doc(SETTINGS)


def get_store(name: str | None = None) -> Document:
	"""A WooCommerce Store: the named one, else the default of WooCommerce Settings, else the only enabled one.

	:raises StoreSetupError: there is none, or it isn't known which
	"""
	name = name or settings().default_store or _only_store()
	if not frappe.db.exists(STORE, name):
		raise StoreSetupError(
			Sentence('There is no WooCommerce Store "{0}".', name),
			"The list of WooCommerce Stores has the names; capital letters matter.",
		)
	return frappe.get_doc(STORE, name)


def _only_store() -> str:
	enabled = frappe.get_all(STORE, filters={"enabled": 1}, pluck="name", order_by="name", limit=10)
	if len(enabled) == 1:
		return enabled[0]
	if not enabled:
		raise StoreSetupError(
			"No WooCommerce Store is enabled.", "Connect the shop in WooCommerce > WooCommerce Store > New."
		)
	raise StoreSetupError(
		Sentence("There are several WooCommerce Stores: {0}.", ", ".join(enabled)),
		"Name one, or choose a Default Store in WooCommerce Settings.",
	)


def store_client(store: Document, **options) -> StoreClient:
	"""A client for the shop. All workers of the site share its budget of requests.

	:param options: of `StoreClient`
	:raises StoreSetupError: a key is missing; :raises StoreError: the address or the budget's storage is none
	"""
	credentials = Credentials(
		*(
			store.get_password(field, raise_exception=False) or ""
			for field in ("consumer_key", "consumer_secret")
		)
	)
	if not (credentials.consumer_key and credentials.consumer_secret):
		raise StoreSetupError(
			Sentence("WooCommerce Store {0} has no Consumer Key and Secret.", store.name),
			"Make a key in the shop (WooCommerce > Settings > Advanced > REST API) and enter both in the form.",
		)
	return StoreClient(
		store.url,
		credentials,
		budget=budget_of(store),
		destinations=destinations(),
		on_request=request_log(store.name, settings().log_requests_until),
		**options,
	)


def destinations() -> PublicDestinations | None:
	"""Where the site may connect to: `woo_allow_private_addresses` of its configuration is true, or a list of hosts."""
	allowed = frappe.conf.get("woo_allow_private_addresses")
	if isinstance(allowed, str):
		allowed = allowed.split(",")
	if isinstance(allowed, list):
		return PublicDestinations(allowed)
	return None if allowed else PublicDestinations()


def budget_of(store: Document) -> RateBudget:
	"""The requests that the shop gets from the whole site. :raises StoreError: the budget's storage is none"""
	return RateBudget(
		store.url,
		cint(settings().requests_per_minute),
		longest_pause=cint(frappe.conf.get("woo_longest_pause")) or LONGEST_PAUSE,
		# The queue's Redis, not the cache's: that one forgets what is old when it is full, and everything when it ends.
		storage_url=os.environ.get("RATELIMIT_STORAGE_URL") or frappe.conf.redis_queue,
	)


@contextmanager
def known_client(store: Document) -> Iterator[StoreClient]:
	"""A client for one page: it knows what the last one found out about the shop, and keeps what it finds out itself.

	:raises StoreSetupError: a key is missing
	"""
	remembered = _remembered(store, "knowledge")
	client = store_client(
		store,
		attempts=ATTEMPTS_OF_A_PAGE,
		longest_wait=LONGEST_WAIT_OF_A_PAGE,
		knowledge=frappe.cache.get_value(remembered, expires=True),
	)
	with client:
		try:
			yield client
		except StoreError:
			frappe.cache.delete_value([remembered, _remembered(store, "statuses")])
			raise
		frappe.cache.set_value(remembered, client.knowledge, expires_in_sec=KNOWN_FOR)


def read_statuses(store: Document, client: StoreClient) -> tuple[str, ...] | None:
	"""All statuses of the shop, the trash among them, asked for now. :raises StoreError: the store can't be read"""
	statuses = store_statuses(client)
	# In a tuple of their own, for a shop that doesn't say them is one that was asked, too.
	frappe.cache.set_value(_remembered(store, "statuses"), (statuses,), expires_in_sec=KNOWN_FOR)
	return statuses


def known_statuses(store: Document, client: StoreClient) -> tuple[str, ...] | None:
	"""As `read_statuses`, as they were within the last hour: to read orders by id, where one more makes no difference."""
	known = frappe.cache.get_value(_remembered(store, "statuses"), expires=True)
	return known[0] if known else read_statuses(store, client)


def _remembered(store: Document, what: str) -> str:
	"""Renewed when somebody saves the form, which may hold another address or key by then."""
	return f"woo_store_{what}|{store.name}|{store.modified}"


# --- what the shop says of itself ---


def refresh_facts(store: Document, client: StoreClient) -> None:
	"""Keep the shop's home, time zone and country with the store. Commits what has changed; nothing may be pending.

	:raises AnotherShopError: orders of another shop are booked for this store; nothing is changed
	:raises StoreError: the store can't be read
	"""
	facts = read_facts(store, client)
	if any(store.get(name) != value for name, value in facts.items()):
		keep_facts(store, facts)
		# Whoever is here asks the shop next, and the live sync writes to the same row.
		frappe.db.commit()


def read_facts(store: Document, client: StoreClient) -> dict[str, str | None]:
	"""The shop's home, time zone and country, by the names of the store's fields. Nothing is written.

	:raises AnotherShopError: orders of another shop are booked for this store, or another store is this shop
	:raises StoreError: the store can't be read
	"""
	home = store_identity(client)
	if store.home and store.home != home and frappe.db.exists("WooCommerce Order Map", {"store": store.name}):
		raise AnotherShopError(
			Sentence(
				"{0} is the shop {1}, but the orders of {2} are those of {3}.",
				store.url,
				home,
				store.name,
				store.home,
			),
			"Make a new WooCommerce Store for the other shop. If it is the same shop that has moved, set its address"
			" back, or have its WordPress Address (home) corrected.",
		)
	if store.home != home:
		check_home(store, home)
	return {
		"home": home,
		"time_zone": str(store_zone(client)),
		"country": store_country(client) or store.country,
	}


def keep_facts(store: Document, facts: Mapping[str, str | None]) -> None:
	"""Write what `read_facts` has read, without touching the form's other fields."""
	store.db_set(dict(facts), update_modified=False)


def zone_of(store: Document) -> tzinfo:
	"""The shop's time zone; the shop is asked where it never was.

	:raises StoreError: the store can't be read
	"""
	if not store.time_zone:
		with store_client(store) as client:
			refresh_facts(store, client)
	return zone_named(store.time_zone) or ZoneInfo(get_system_timezone())


# --- for the engine ---


def translator_of(store: Document, historical: bool = True) -> Translator:
	"""The translator under the store's policy, with the site's Territories.

	:raises PolicyError: names the field of the form; :raises StoreError: the shop was never asked and can't be
	"""
	zone = zone_of(store)
	policy = policy_of(store, historical)
	territories = TerritoryIndex(read_territories(), policy.territories)
	return Translator(policy, territories, zone, filters_of_site())


def scope_of(
	store: Document,
	client: StoreClient,
	statuses: tuple[str, ...] | None = None,
	after: datetime | None = None,
	before: datetime | None = None,
) -> Scope:
	"""Which orders to read: those in all statuses of the shop, the trash too, where none are named.

	:param after: exclusive, aware; :param before: exclusive, aware
	:raises StoreError: the store can't be read
	"""
	return Scope(
		statuses=store_statuses(client, statuses),
		after=after,
		before=before,
		page_size=cint(settings().page_size) or 100,
	)


def book_settings_of(store: Document, historical: bool = True, follow: bool = False) -> BookSettings:
	"""What the ledger needs to know. Empty fields of the form take what the company or the site has.

	:param historical: nothing but the books: no stock is moved but what a Sales Order has reserved, and nobody is notified
	:param follow: the store's own choices for orders that change or vanish after they were booked hold: in the live sync,
		whenever the order was made. A migration lists them instead (Hold, Keep).
	"""
	company = frappe.get_cached_doc("Company", store.company)
	return BookSettings(
		store=store.name,
		company=company.name,
		company_currency=company.default_currency,
		zone=ZoneInfo(get_system_timezone()),
		cost_center=store.cost_center or company.cost_center or "",
		customer_group=store.customer_group
		or _default("Customer Group", "Selling Settings", "customer_group"),
		territory=store.territory or _default("Territory", "Selling Settings", "territory"),
		item_group=store.item_group or _default("Item Group", "Stock Settings", "item_group"),
		stock_uom=frappe.db.get_single_value("Stock Settings", "stock_uom") or "Nos",
		warehouse=store.warehouse or "",
		price_list=store.price_list or "",
		naming_series=(store.naming_series or "") if store.invoice_naming == BY_SERIES else "",
		pos_payments=store.payments_as == AS_POS_PAYMENT,
		update_stock=bool(cint(store.update_stock)),
		restock_refunds=bool(cint(store.restock_refunds)),
		delivery_notes=DeliveryNotes(store.delivery_notes or DeliveryNotes.NONE),
		historical=historical,
		on_change=OnChange(store.when_changed or OnChange.AMEND) if follow else OnChange.HOLD,
		on_deleted=OnDeleted(store.on_deleted or OnDeleted.KEEP) if follow else OnDeleted.KEEP,
		bulk_booking=bool(cint(settings().bulk_booking)),
		orders_per_commit=cint(settings().orders_per_commit),
		further_records=(store.several_currencies or SECOND_CUSTOMER) == SECOND_CUSTOMER,
		receivables={
			row.currency: row.receivable_account for row in store.currencies if row.receivable_account
		},
		exchange_rates={
			# A Float column holds 9 decimals.
			row.currency: Decimal(f"{flt(row.exchange_rate):.9f}")
			for row in store.currencies
			if row.exchange_rate
		},
		places=_places(store),
	)


def _default(doctype: str, settings_of: str, field: str) -> str:
	"""What the site's settings name, else the tree's root."""
	meta = frappe.get_meta(settings_of)
	chosen = frappe.db.get_single_value(settings_of, field) if meta.has_field(field) else None
	return chosen or frappe.db.get_value(doctype, {"is_group": 1}, "name", order_by="lft asc") or ""


def _places(store: Document) -> dict[str, Place]:
	"""Territory -> where its revenue is booked: what its row names, else what the row's POS Profile has."""
	places: dict[str, Place] = {}
	for row in store.territories:
		profile = _profile(row.pos_profile)
		place = Place(
			cost_center=row.cost_center or profile.cost_center or "",
			warehouse=row.warehouse or profile.warehouse or "",
			pos_profile=row.pos_profile or "",
		)
		# Several zones of the shop may be one Territory; the rows without a place say nothing of it.
		if place != Place():
			places.setdefault(row.territory, place)
	return places


def _profile(name: str | None) -> frappe._dict:
	found = name and frappe.get_cached_value("POS Profile", name, ["cost_center", "warehouse"], as_dict=True)
	return found or frappe._dict()
