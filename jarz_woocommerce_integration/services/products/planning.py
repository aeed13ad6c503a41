"""Reading a shop's catalogue into the plan of a product import. A plan that isn't whole is read again from its beginning."""

from collections.abc import Callable

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.masters.products import lines as import_lines
from jarz_woocommerce_integration.ledger.erpnext.masters.products.facts import read_facts
from jarz_woocommerce_integration.ledger.erpnext.transactions import again_after_deadlock, fresh_snapshot
from jarz_woocommerce_integration.services.products import imports
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.session.migration import ATTEMPTS_OF_THE_PATIENT, enabled_store
from jarz_woocommerce_integration.store.products.reading import Catalogue, read_catalogue, read_currency
from jarz_woocommerce_integration.translation.products.drafts import PlanLine
from jarz_woocommerce_integration.translation.products.planner import plan

LONGEST_LIST = 100  # of entries that can't be read


def read_plan(name: int, on_page: Callable[[int], None] = lambda count: None) -> dict[str, int]:
	"""Read the shop and write the plan's lines. Commits.

	:param on_page: called with how many products and variations were read; :returns: counts by the names of the import's fields
	:raises WooCommerceIntegrationError: the store is switched off, is another shop than before, or can't be read
	"""
	document = imports.get(name)
	store = enabled_store(document.store)

	def note(count: int) -> None:
		imports.write(name, products=count)
		frappe.db.commit()  # for whoever watches
		on_page(count)

	with site_store.store_client(store, attempts=ATTEMPTS_OF_THE_PATIENT) as client:
		site_store.refresh_facts(store, client)
		currency = read_currency(client)
		catalogue = read_catalogue(client, note)
	return _write(document, store, catalogue, currency)


@again_after_deadlock
def _write(document: Document, store: Document, catalogue: Catalogue, currency: str) -> dict[str, int]:
	"""Make the plan of what was read, and write its lines in place of those that may be there. Commits."""
	fresh_snapshot()  # what items there are now, and not when the reading began
	imports.note_currency(document, store, currency)
	lines = lines_of(document, store, catalogue)
	import_lines.remove_lines(document.name)
	import_lines.add_lines(document.name, store.name, lines)
	malformed = [import_lines.stored(sentence) for sentence in catalogue.malformed]
	counts = imports.renew_counts(document.name)
	imports.write(
		document.name,
		status=imports.PLANNED,
		malformed="\n".join(malformed[:LONGEST_LIST]),
		finished=now_datetime(),
		last_error=None,
	)
	frappe.db.commit()
	return counts


def lines_of(document: Document, store: Document, catalogue: Catalogue) -> list[PlanLine]:
	facts = read_facts(store.name, imports.options_of(document, store))
	return plan(catalogue.products, catalogue.categories, facts)
