"""Setting a store up: look at the connection, and offer what the shop has in the tables of the form.

Every suggestion only fills what is missing: a row that a person made or changed stays as it is.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import StoreError, WooCommerceIntegrationError
from jarz_woocommerce_integration.findings import ERROR, WARNING, as_text, worst
from jarz_woocommerce_integration.sentences import Sentence, translated
from jarz_woocommerce_integration.services.desk.currencies import (
	PAGES_OF_A_CHECK,
	PAGES_OF_A_PREFLIGHT,
	StoreCurrencies,
	keep,
	look_at_orders,
)
from jarz_woocommerce_integration.services.desk.defaults import suggest_accounts
from jarz_woocommerce_integration.services.desk.mapping_suggestions import MappingSuggestions
from jarz_woocommerce_integration.services.desk.missing_accounts import create_accounts, missing_accounts
from jarz_woocommerce_integration.services.desk.preview import order_id_of, preview_order
from jarz_woocommerce_integration.services.live import pauses as live_pauses
from jarz_woocommerce_integration.services.outbox.tracking import keep_tracking
from jarz_woocommerce_integration.services.session.session import keep_facts, read_facts, store_client
from jarz_woocommerce_integration.store.check import CheckReport, check
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.order_sample import OrderSample
from jarz_woocommerce_integration.store.writing.tracking import TrackingBy

__all__ = [
	"check_store",
	"create_accounts",
	"fill_mappings",
	"missing_accounts",
	"order_id_of",
	"preview_order",
	"suggest_accounts",
]

LONGEST_WAIT = 20.0  # seconds; somebody looks at the form meanwhile


def check_store(store: Document) -> dict:
	"""Look at the connection in plain words, and keep what was found with the store.

	:returns: the report as data: `works`, `findings` (level, text, what_to_do), versions, statuses, currency and so on
	:raises AnotherShopError: the address leads to another shop than the one whose orders are booked
	:raises StoreSetupError: a key is missing
	"""
	try:
		return _check_store(store)
	except WooCommerceIntegrationError as error:
		_keep_check(store, ERROR, str(error))
		frappe.db.commit()  # what is raised takes back the rest
		raise


def _check_store(store: Document) -> dict:
	facts: dict[str, str | None] = {}
	sample = None
	# A person asks: a pause that the shop still wants is begun again by its answer.
	live_pauses.end(store)
	with store_client(store, longest_wait=LONGEST_WAIT) as client:
		report = check(client)
		if report.works:
			facts = read_facts(store, client)
			if report.tracking:
				keep_tracking(store.name, TrackingBy(report.tracking))
			sample = _add_currencies(store, client, report)
	_warn_of_currency(store, report)
	# Nothing is written as long as the shop is asked: the live sync writes to the same row.
	if facts:
		keep_facts(store, facts)
	if sample:
		keep(store, sample)
	level = worst(finding.level for finding in report.findings) if report.works else ERROR
	version = report.woocommerce or store.woocommerce_version
	store.db_set("woocommerce_version", version, update_modified=False)
	shown = [finding.translated(_) for finding in report.findings]
	return {
		**report.as_dict(),
		"findings": [finding.as_dict() for finding in shown],
		"check_result": _keep_check(store, level, as_text(shown)),
	}


def _keep_check(store: Document, level: str, text: str) -> str:
	result = {"last_checked": now_datetime(), "check_level": level, "check_result": text}
	store.db_set(result, update_modified=False)
	return text


def _warn_of_currency(store: Document, report: CheckReport) -> None:
	if report.currency and store.currency and report.currency != store.currency:
		report.add(
			WARNING,
			Sentence(
				"The shop's currency is {0}, but the store's form has {1}.", report.currency, store.currency
			),
			Sentence(
				"Set the currency to {0}; each order is booked in its own currency in any case.",
				report.currency,
			),
		)


def _add_currencies(store: Document, client: StoreClient, report: CheckReport) -> OrderSample | None:
	"""What becomes of orders in other currencies. The connection works in any case, so none of it is an error here."""
	try:
		sample = look_at_orders(client, PAGES_OF_A_CHECK)
	except StoreError as error:
		report.add(
			WARNING, Sentence("The orders' currencies can't be counted. {0}", error.message), error.what_to_do
		)
		return None
	for finding in StoreCurrencies(store).findings(sample):
		level = WARNING if finding.level == ERROR else finding.level
		report.add(level, finding.text, finding.what_to_do)
	return sample


def fill_mappings(store: Document) -> dict:
	"""Add the shop's statuses, gateways, tax rates, shipping methods, zones and currencies that the form lacks, and save it.

	Each comes with an ERPNext counterpart, a mark where that is a guess, and the number of its orders;
	`MappingSuggestions` says how they are found. A status that isn't one of WooCommerce's own holds its orders: "Ignore"
	would lose sales in silence and "Submit and Pay" would invent them.

	A currency in which orders were found gets a row; how it is booked is listed in `left_to_you`.

	:returns: `added` (table -> what was added), `left_to_you` and `unread` (sentences), `accounts` (as `missing_accounts`)
	:raises StoreError: the store can't be reached; :raises frappe.ValidationError: the form has a mistake already
	"""
	with store_client(store) as client:
		client.connect()
		facts = read_facts(store, client)
		sample, not_counted = _some_orders(client)
		suggestions = MappingSuggestions(store, client, sample)
		suggestions.add_all()
	keep_facts(store, facts)
	if sample:
		keep(store, sample)
	store.save()
	found = StoreCurrencies(store).findings(sample) if sample else ()
	others = [" ".join(finding.lines) for finding in found if len(sample.currencies) > 1]  # type: ignore[union-attr]  # nothing is found without one
	return {
		"added": suggestions.added,
		"left_to_you": [translated(text, _) for text in (*suggestions.left_to_you, *others)],
		"unread": [translated(text, _) for text in (*suggestions.unread, *not_counted)],
		"accounts": missing_accounts(store),
	}


def _some_orders(client: StoreClient) -> tuple[OrderSample | None, list[str]]:
	"""Orders of the whole history, and a sentence where they can't be read."""
	try:
		return look_at_orders(client, PAGES_OF_A_PREFLIGHT), []
	except StoreError as error:
		return None, [
			Sentence(
				"The currencies and payment gateways of the orders can't be read. {0} {1}",
				error.message,
				error.what_to_do,
			)
		]
