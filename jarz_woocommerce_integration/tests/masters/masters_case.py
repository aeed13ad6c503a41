"""What the tests of masters on a site share. Masters are committed, so they are removed by hand."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import booking_environment
from jarz_woocommerce_integration.ledger.erpnext.masters.masters import Masters
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.transactions import again_after_deadlock
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.draft_factory import DraftFactory
from jarz_woocommerce_integration.tests.support.site import ensure_company
from jarz_woocommerce_integration.translation.drafts import Outcome

STORE = "Masters Shop"
OTHER_STORE = "Other Masters Shop"
MADE = ("Customer", "Contact", "Address", "Item")
CHILDREN = ("Dynamic Link", "Contact Email", "Contact Phone", "UOM Conversion Detail", "Item Default")


def make_settings(store: str = STORE, **changes) -> BookSettings:
	settings = BookSettings(
		store=store,
		company="Jarz Test",
		company_currency="EGP",
		zone=ZoneInfo("Africa/Cairo"),
		cost_center="Main - JT",
		customer_group="Individual",
		territory="All Territories",
		item_group="Products",
	)
	return replace(settings, **changes)


def make_page(count: int) -> list[Outcome]:
	"""Orders of `count` new customers with two addresses each. Called by other processes, too."""
	make = DraftFactory(item_codes=("MASTERS-1", "MASTERS-2"))
	outcomes = []
	for number in range(1, count + 1):
		shipping = make.address(1000 + number, "Shipping")
		outcomes.append(make.booked(number, make.draft(number, shipping=shipping)))
	return outcomes


@again_after_deadlock
def create(masters: Masters, outcomes: list[Outcome]) -> None:
	"""As the ledger calls it. MariaDB 11.8 ends a transaction whose snapshot somebody else was faster than."""
	with booking_environment(masters.settings.historical):
		masters.create(outcomes)


class MastersCase(FrappeTestCase):
	"""Starts with no masters of the shop and removes what a test has committed."""

	def setUp(self):
		super().setUp()
		ensure_company()
		wipe_books()
		self.there = {
			doctype: set(frappe.get_all(doctype, pluck="name")) for doctype in (*MADE, "Customer Group")
		}
		for store in (STORE, OTHER_STORE):
			if not frappe.db.exists("WooCommerce Store", store):
				frappe.get_doc(
					{"doctype": "WooCommerce Store", "name": store, "store_name": store}
				).db_insert()
		self.naming = frappe.db.get_default("cust_master_name")
		self.make = DraftFactory(item_codes=("MASTERS-1", "MASTERS-2"))
		self.masters = Masters(make_settings())
		frappe.db.commit()

	def tearDown(self):
		frappe.db.rollback()
		for doctype, names in self.there.items():
			for name in set(frappe.get_all(doctype, pluck="name")) - names:
				for child in CHILDREN:
					frappe.db.delete(child, {"parent": name, "parenttype": doctype})
				frappe.db.delete(doctype, {"name": name})
				frappe.clear_document_cache(doctype, name)
		for doctype in ("WooCommerce Customer Decision", "WooCommerce Item Link"):
			frappe.db.delete(doctype, {"store": ("in", (STORE, OTHER_STORE))})
		frappe.db.delete("WooCommerce Store", {"name": ("in", (STORE, OTHER_STORE))})
		frappe.db.delete("Series", {"name": ("like", "%-Billing-")})
		frappe.db.set_default("cust_master_name", self.naming)
		frappe.db.commit()
		super().tearDown()

	# --- ways of saying it ---

	def create(self, *outcomes: Outcome, masters: Masters | None = None) -> None:
		create(masters or self.masters, list(outcomes))

	def order(
		self, number: int, customer: dict | None = None, facts: dict | None = None, **changes
	) -> Outcome:
		"""An order of the new customer with that number; `customer` and `changes` make the draft another one."""
		draft = self.make.draft(number, **changes)
		draft.customer = replace(draft.customer, **(customer or {}))
		return self.make.booked(number, draft, **(facts or {}))

	def found(self, outcome: Outcome, masters: Masters | None = None) -> tuple[str, dict[str, str]]:
		masters = masters or Masters(make_settings())
		masters.prepare([(outcome.order, outcome.translation)])
		buyer = masters.found_for(outcome.order, outcome.translation)
		return buyer.customer, buyer.addresses

	def customer(self, outcome: Outcome):
		return frappe.get_doc("Customer", self.found(outcome)[0])

	def contacts(self, customer: str) -> list:
		filters = {"parenttype": "Contact", "link_doctype": "Customer", "link_name": customer}
		names = frappe.get_all("Dynamic Link", filters, pluck="parent", order_by="creation")
		return [frappe.get_doc("Contact", name) for name in names]

	def made(self, doctype: str) -> list[str]:
		return sorted(set(frappe.get_all(doctype, pluck="name")) - self.there[doctype])

	def by_hand(self, name: str = "Mona by Hand", **values):
		document = {
			"doctype": "Customer",
			"customer_name": name,
			"customer_group": "Individual",
			"territory": "All Territories",
			"customer_type": "Individual",
			**values,
		}
		document = frappe.get_doc(document).insert()
		frappe.db.commit()
		return document
