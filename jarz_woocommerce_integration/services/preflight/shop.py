"""The preflight of the shop: whether it can be read, how long that takes, whether all that it has is mapped."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import frappe

from jarz_woocommerce_integration.findings import ERROR, OK, WARNING, Finding
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk.currencies import (
	PAGES_OF_A_PREFLIGHT,
	StoreCurrencies,
	look_at_orders,
)
from jarz_woocommerce_integration.services.desk.mapping_suggestions import MappingSuggestions
from jarz_woocommerce_integration.services.migration.estimates import in_words, requests_needed
from jarz_woocommerce_integration.services.preflight.situation import Findings, Situation
from jarz_woocommerce_integration.services.products import coverage
from jarz_woocommerce_integration.services.session.policy import HOLD
from jarz_woocommerce_integration.store.orders import OrderWindow, count_orders
from jarz_woocommerce_integration.store.statuses import TRASH, discover_statuses

SHOWN = 8
FILL = "Fill Mappings from Store (in the store's form), and look at the new rows."
# Of the form, that are filled from the shop.
TABLES = ("gateways", "taxes", "shipping_methods", "territories")

# Tables whose rows say whether they are guesses.
MARKED = ("statuses", *TABLES, "currencies")


def connection(situation: Situation) -> Findings:
	if not situation.store.enabled:
		yield Finding(
			ERROR, "The store is switched off.", "Switch it on in its form (Enabled).", remedy="enable"
		)
	report = situation.report
	yield from (finding for finding in report.findings if finding.level != OK)
	if report.works:
		version = report.woocommerce or "?"
		yield Finding(
			OK,
			Sentence("The shop answers at {0} (WooCommerce {1}).", report.url, version)
			if report.orders is None
			else Sentence(
				"The shop answers at {0}, with {2:,} orders beside trash and drafts (WooCommerce {1}).",
				report.url,
				version,
				report.orders,
			),
		)


def budget_and_time(situation: Situation) -> Findings:
	budget = situation.client.budget
	if not budget.is_shared and situation.page_jobs > 1:
		yield Finding(
			WARNING,
			Sentence(
				"Each worker counts its requests alone ({0}): together they send {1} times as many.",
				budget,
				situation.page_jobs,
			),
			"Set RATELIMIT_STORAGE_URL=redis://... for all workers, or redis_cache in the site's configuration.",
		)
	orders = situation.left_to_book
	requests = requests_needed(situation.orders, situation.page_size)
	at_least = requests / budget.limit * budget.seconds if budget.limit else 0
	booking = situation.speed.seconds(orders)
	source = Sentence("as measured on this site" if situation.speed.measured else "as measured elsewhere")
	yield Finding(
		OK, Sentence("{0:,} orders, of which {1:,} were never seen here.", situation.orders, orders)
	)
	yield Finding(
		OK,
		Sentence(
			"Reading takes about {0:,} requests ({1}): {2} at that rate.",
			requests,
			budget,
			in_words(at_least),
		)
		if at_least
		else Sentence("Reading takes about {0:,} requests ({1}).", requests, budget),
	)
	yield Finding(
		OK,
		Sentence(
			"One worker needs about {0} ({1:,.0f} orders a minute, {2}); {3} share it as far as the"
			" processors and the database allow.",
			in_words(booking),
			situation.speed.orders_a_minute,
			source,
			situation.page_jobs,
		),
		"" if situation.speed.measured else "A migration with --max-pages 3 shows the speed of this site.",
	)


def currencies(situation: Situation) -> Findings:
	"""Orders in other currencies than the company's: how many, and to which account and customer they are booked."""
	days = situation.days
	sample = look_at_orders(situation.shop, PAGES_OF_A_PREFLIGHT)
	for finding in StoreCurrencies(situation.store, days and days[0]).findings(sample):
		yield finding if finding.level == OK else replace(finding, remedy="currencies")


def products(situation: Situation) -> Findings:
	"""What has no item: a migration has a placeholder for it, the live sync after it hasn't."""
	yield from coverage.findings(situation.store)


# --- mappings ---


def mappings(situation: Situation) -> Findings:
	statuses = list(_statuses(situation))
	# On a copy: nothing is added to the form here.
	suggestions = MappingSuggestions(frappe.copy_doc(situation.store), situation.shop)
	suggestions.add_beside_statuses()
	found = [*statuses, *_actions(situation), *_unmapped(suggestions), *_guesses(situation)]
	yield from found or (
		Finding(OK, "All statuses, payment gateways, tax rates, shipping methods and zones are mapped."),
	)


def _statuses(situation: Situation) -> Iterator[Finding]:
	shop = situation.shop
	rows = situation.store.statuses
	known = {row.status.casefold() for row in rows if row.action != HOLD}
	decided = {row.status.casefold() for row in rows if row.action == HOLD and not row.look}
	found = discover_statuses(shop)
	if not found.certain:
		yield Finding(
			WARNING,
			"The shop doesn't say its statuses, so that custom ones may be missing in the table.",
			"Compare the table of statuses with the list of orders in the shop's admin.",
		)
	asked = (*found.names, TRASH) if TRASH in (situation.window.statuses or ()) else found.names
	for status in asked:
		if status.casefold() in known:
			continue
		count = count_orders(shop, OrderWindow(statuses=(status,)))
		orders = "?" if count is None else f"{count:,}"
		if status.casefold() in decided:
			yield Finding(
				OK,
				Sentence(
					'Status "{0}" holds {1} orders, as its row in the table of statuses says.', status, orders
				),
			)
			continue
		yield Finding(
			ERROR if count or count is None else WARNING,
			Sentence(
				'The table of statuses leaves status "{0}" open: {1} orders would be held.', status, orders
			),
			"Say in the table what it becomes in the books. To hold its orders, choose Hold and untick Guess.",
			remedy="mapping",
		)


def _actions(situation: Situation) -> Iterator[Finding]:
	"""Rows of actions that no order will meet: what they name is in none of the tables that the shop fills."""
	store = situation.store
	methods = {row.method for row in store.shipping_methods}
	known = {
		"status": {row.status for row in store.statuses},
		"gateway": {row.gateway for row in store.gateways},
		"shipping_method": methods | {method.partition(":")[0] for method in methods},
	}
	for row in store.actions:
		for field, names in known.items():
			if row.get(field) and row.get(field) not in names:
				yield Finding(
					WARNING,
					Sentence(
						"Row {0} of the actions by gateway and shipping method names {1}, which isn't in the tables of this form.",
						row.idx,
						row.get(field),
					),
					"Correct the name. It is the id that the shop uses, as the tables of statuses, gateways and shipping methods"
					" have it.",
					remedy="mapping",
				)


def _guesses(situation: Situation) -> Iterator[Finding]:
	rows = [row for table in MARKED for row in situation.store.get(table) if row.look]
	if rows:
		yield Finding(
			WARNING,
			Sentence("Rows of the mapping that are guesses, and nobody has looked at: {0}.", len(rows)),
			"Look at the rows with a tick in Guess (tab Mappings); choose what is right, or untick them.",
			remedy="mapping",
		)


def _lacks(table: str, number: int, listed: str) -> Sentence:
	"""What a table of the form lacks, and what takes that."""
	if table == "gateways":
		return Sentence(
			"The table lacks {0} of the shop's payment gateways: {1}; the default mode of payment and account take their payments.",
			number,
			listed,
		)
	if table == "taxes":
		return Sentence(
			"The table lacks {0} of the shop's tax rates: {1}; the default tax account takes them.",
			number,
			listed,
		)
	if table == "shipping_methods":
		return Sentence(
			"The table lacks {0} of the shop's shipping methods: {1}; the default shipping account takes them.",
			number,
			listed,
		)
	return Sentence(
		"The table lacks {0} of the shop's zones: {1}; the default Territory takes their customers.",
		number,
		listed,
	)


def _unmapped(suggestions: MappingSuggestions) -> Iterator[Finding]:
	for table in TABLES:
		if missing := suggestions.added.get(table):
			yield Finding(
				WARNING,
				_lacks(table, len(missing), _listed(missing)),
				FILL,
				remedy="fill_mappings",
			)
	for sentence in suggestions.left_to_you[:SHOWN]:
		yield Finding(
			WARNING, sentence, "Until you decide, a default of the store is taken.", remedy="mapping"
		)
	if (more := len(suggestions.left_to_you) - SHOWN) > 0:
		yield Finding(
			WARNING, Sentence("{0} more decisions like these are open.", more), FILL, remedy="fill_mappings"
		)
	for sentence in suggestions.unread:
		yield Finding(WARNING, sentence)


def _listed(names: Sequence[str]) -> str:
	more = len(names) - SHOWN
	return ", ".join(names[:SHOWN]) + (f" … (+{more})" if more > 0 else "")
