"""Rules that a merchant may have set up in ERPNext: bulk booking writes what documents write, or leaves the orders to documents and says why.

Each begins in the middle of a run, when all kinds are proven. docs/develop/refusals.md says what ERPNext refuses by them.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import frappe
from erpnext.accounts.doctype.accounting_dimension.accounting_dimension import (
	make_dimension_in_accounting_doctypes,
)
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.bulk import guards
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.tests.bulk.test_refusals import RefusalTestCase
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import book_settings
from jarz_woocommerce_integration.tests.support.site import plant
from jarz_woocommerce_integration.translation.drafts import OrderDraft

TERMS_OF_ITS_OWN = "a customer that is written otherwise or has terms of its own"
ALLOCATED_TERMS = "terms of payment that are missing, or to which payments are allocated"
NEW, KNOWN = "a new customer", "a known customer"
ORDERS = 2
Values = dict[str, Any]


@dataclass(frozen=True)
class Rule:
	"""One rule of a site.

	:ivar rows: that are planted: values of documents, or of rows of the one before
	:ivar documents: that ERPNext inserts and submits, where its versions keep them otherwise
	:ivar changed: (DocType, name, field, value) that are set
	:ivar why: what the run says of the orders, which go through documents; "" where they are booked in bulk
	:ivar by: whose orders; :ivar is_guard: the preflight says it, too
	"""

	name: str
	rows: Callable[[], list[Values]] = list
	documents: Callable[[], list[Values]] = list
	changed: Callable[[], list[tuple]] = list
	why: str = ""
	by: str = NEW

	@property
	def is_guard(self) -> bool:
		return bool(self.why) and self.why not in (TERMS_OF_ITS_OWN, ALLOCATED_TERMS)


def company() -> str:
	return frappe.db.get_value("Company", {}, "name", order_by="creation asc")


def cost_center() -> str:
	return frappe.get_cached_value("Company", company(), "cost_center")


def income() -> str:
	return "Sales - JT"


def customers(field: str, value) -> list[tuple]:
	return [("Customer", "Customer 1", field, value)]


def dimension(**details) -> list[Values]:
	document = {"doctype": "Accounting Dimension", "label": "Department", "document_type": "Department"}
	row = {
		"doctype": "Accounting Dimension Detail",
		"parentfield": "dimension_defaults",
		"company": company(),
	}
	return [{**document, "fieldname": "department"}, {**row, **details}]


def dimension_filter() -> list[Values]:
	document = {"doctype": "Accounting Dimension Filter", "accounting_dimension": "Cost Center"}
	of_filter = {"fieldname": "cost_center", "allow_or_restrict": "Restrict", "company": company()}
	account = {"doctype": "Applicable On Account", "parentfield": "accounts"}
	forbidden = {"doctype": "Allowed Dimension", "parentfield": "dimensions"}
	return [
		{**document, **of_filter},
		{**account, "applicable_on_account": income()},
		{**forbidden, "accounting_dimension": "Cost Center", "dimension_value": cost_center()},
	]


def allocation() -> list[Values]:
	document = {"doctype": "Cost Center Allocation", "company": company(), "valid_from": "2015-01-01"}
	share = {"doctype": "Cost Center Allocation Percentage", "parentfield": "allocation_percentages"}
	return [
		{**document, "main_cost_center": cost_center(), "docstatus": 1},
		{**share, "cost_center": cost_center(), "percentage": 100, "docstatus": 1},
	]


def budget(account: str = "Marketing Expenses - JT") -> list[Values]:
	"""Next to nothing may be spent on an account."""
	document = {"doctype": "Budget", "budget_against": "Cost Center", "company": company()}
	document |= {"cost_center": cost_center(), "action_if_annual_budget_exceeded": "Stop"}
	limit = {"account": account, "budget_amount": 0.01}
	if frappe.get_meta("Budget").has_field("accounts"):
		return [{**document, "fiscal_year": "2026", "accounts": [limit]}]
	years = {"from_fiscal_year": "2026", "to_fiscal_year": "2026", "distribution_frequency": "Yearly"}
	return [{**document, **limit, **years}]


def authorization(role: str = "Accounts Manager") -> list[Values]:
	document = {"doctype": "Authorization Rule", "transaction": "Sales Invoice", "based_on": "Grand Total"}
	return [{**document, "value": 1, "approving_role": role, "company": company()}]


def loyalty() -> list[Values]:
	document = {"doctype": "Loyalty Program", "loyalty_program_name": "Points", "company": company()}
	rule = {"doctype": "Loyalty Program Collection", "parentfield": "collection_rules"}
	return [
		{**document, "from_date": "2015-01-01", "auto_opt_in": 1, "conversion_factor": 1},
		{**rule, "tier_name": "All", "collection_factor": 1, "min_spent": 0},
	]


def withholding() -> list[Values]:
	rate = {"tax_withholding_rate": 10, "cumulative_threshold": 1, "from_date": "2015-01-01"}
	rate |= {"to_date": "2027-12-31"}
	account = {"company": company(), "account": "GST - JT"}
	return [
		{
			"doctype": "Tax Withholding Category",
			"name": "Withheld",
			"rates": [rate],
			"accounts": [account],
		}
	]


def pricing(**values) -> list[Values]:
	document = {"doctype": "Pricing Rule", "title": "Ten off", "selling": 1, "company": company()}
	discount = {"price_or_product_discount": "Price", "rate_or_discount": "Discount Percentage"}
	document |= {**discount, "discount_percentage": 10, "currency": "EGP", "valid_from": "2015-01-01"}
	item = {"doctype": "Pricing Rule Item Code", "parentfield": "items", "item_code": "SKU-1"}
	return [{**document, **values}, *([item] if values["apply_on"] == "Item Code" else [])]


def scheme() -> list[Values]:
	"""A Promotional Scheme is booked by the Pricing Rules that it has made."""
	document = {"doctype": "Promotional Scheme", "apply_on": "Item Code", "selling": 1, "company": company()}
	slab = {"doctype": "Promotional Scheme Price Discount", "parentfield": "price_discount_slabs"}
	return [
		{**document, "name": "Spring", "currency": "EGP", "valid_from": "2015-01-01"},
		{**slab, "rate_or_discount": "Discount Percentage", "discount_percentage": 10},
		*pricing(apply_on="Item Code", promotional_scheme="Spring"),
	]


def credit_limit(parenttype: str, parent: str, limit: float) -> list[Values]:
	row = {"doctype": "Customer Credit Limit", "parentfield": "credit_limits", "company": company()}
	return [{**row, "parenttype": parenttype, "parent": parent, "credit_limit": limit}]


def sales_team() -> list[Values]:
	person = {"doctype": "Sales Person", "sales_person_name": "Seller", "enabled": 1}
	row = {"doctype": "Sales Team", "parenttype": "Customer", "parent": "Customer 1", "idx": 1}
	return [
		{**person, "name": "Seller"},
		{**row, "parentfield": "sales_team", "sales_person": "Seller", "allocated_percentage": 100},
	]


def terms(**of_template) -> list[Values]:
	document = {"doctype": "Payment Terms Template", "name": "Parts", "template_name": "Parts", **of_template}
	term = {"doctype": "Payment Terms Template Detail", "parentfield": "terms"}
	months, days = "Month(s) after the end of the invoice month", "Day(s) after the end of the invoice month"
	return [
		document,
		{
			**term,
			"idx": 1,
			"invoice_portion": 33.33,
			"due_date_based_on": "Day(s) after invoice date",
			"credit_days": 30,
		}
		| {"discount_type": "Percentage", "discount": 2, "discount_validity": 7}
		| {"discount_validity_based_on": "Day(s) after invoice date"},
		{**term, "idx": 2, "invoice_portion": 33.33, "due_date_based_on": days, "credit_days": 45},
		{**term, "idx": 3, "invoice_portion": 33.34, "due_date_based_on": months, "credit_months": 2},
	]


def defaults(parenttype: str, parent: str) -> list[Values]:
	"""Of items: other accounts than the order's and the company's."""
	row = {"doctype": "Item Default", "parenttype": parenttype, "parent": parent, "company": company()}
	row |= {
		"parentfield": {"Item": "item_defaults", "Brand": "brand_defaults"}.get(
			parenttype, "item_group_defaults"
		)
	}
	accounts = {"income_account": "Service - JT", "expense_account": "Marketing Expenses - JT"}
	return [{**row, **accounts, "selling_cost_center": cost_center()}]


def distribution() -> list[Values]:
	document = {"doctype": "Monthly Distribution", "distribution_id": "Even", "fiscal_year": "2026"}
	month = {"doctype": "Monthly Distribution Percentage", "parentfield": "percentages"}
	return [{**document, "name": "Even"}, {**month, "month": "March", "percentage_allocation": 100}]


def plant_all(rows: list[Values]) -> Iterator[Document]:
	"""With SQL, past what ERPNext does with them. A row that says of no parent is one of the document before it."""
	of_document: Values = {}
	for values in rows:
		if "parentfield" in values:
			yield plant({**of_document, **values})
		else:
			document = plant(values)
			of_document = {"parent": document.name, "parenttype": document.doctype, "idx": 1}
			yield document


def insert_all(documents: list[Values]) -> Iterator[Document]:
	"""As a person does. Yields their rows, too."""
	for values in documents:
		document = frappe.get_doc(values).insert()
		if document.meta.is_submittable:
			document.submit()
		yield from (document, *document.get_all_children())


@contextmanager
def budgets_by_department() -> Iterator[None]:
	"""ERPNext 16 asks for budgets by each dimension: it makes the field when a person makes the dimension. Commits."""
	department = frappe.get_doc(dimension()[0])
	make_dimension_in_accounting_doctypes(department, ["Budget"])
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.delete_doc("Custom Field", "Budget-department", force=True)
		frappe.delete_doc("Property Setter", "Budget-budget_against-options", force=True)
		frappe.db.commit()


RULES = (
	Rule("a budget", documents=budget, why="There is a Budget"),
	Rule(
		"a mandatory dimension", lambda: dimension(mandatory_for_pl=1), why="There is a Accounting Dimension"
	),
	Rule(
		"a dimension with a default",
		lambda: dimension(default_dimension="Sales"),
		why="There is a Accounting Dimension",
	),
	Rule("a filter of dimensions", dimension_filter, why="There is a Accounting Dimension Filter"),
	Rule("a cost centre that is allocated", allocation, why="There is a Cost Center Allocation"),
	Rule("an authorization rule", authorization, why="Authorization Rule"),
	Rule("a tax that is withheld from nobody", documents=withholding),
	Rule(
		"a tax that is withheld",
		documents=withholding,
		changed=lambda: customers("tax_withholding_category", "Withheld"),
		why=TERMS_OF_ITS_OWN,
		by=KNOWN,
	),
	Rule("a monthly distribution", distribution),
	Rule("a loyalty program", loyalty, why="There is a Loyalty Program"),
	Rule("a price for an item", lambda: pricing(apply_on="Item Code")),
	Rule(
		"a price for a transaction", lambda: pricing(apply_on="Transaction", apply_discount_on="Grand Total")
	),
	Rule("a promotional scheme", scheme),
	Rule(
		"a customer's credit limit",
		lambda: credit_limit("Customer", "Customer 1", 10**6),
		why="There is a Customer Credit Limit",
	),
	Rule(
		"a group's credit limit",
		lambda: credit_limit("Customer Group", "Individual", 1),
		why="There is a Customer Credit Limit",
	),
	Rule(
		"the company's credit limit",
		changed=lambda: [("Company", company(), "credit_limit", 1)],
		why="The company has a credit limit",
	),
	Rule("a customer's sales team", sales_team, why=TERMS_OF_ITS_OWN, by=KNOWN),
	Rule(
		"a customer's sales partner",
		lambda: [{"doctype": "Sales Partner", "name": "Partner", "partner_name": "Partner"}],
		changed=lambda: [
			*customers("default_sales_partner", "Partner"),
			*customers("default_commission_rate", 5),
		],
		by=KNOWN,
	),
	Rule(
		"a customer's terms of payment",
		terms,
		changed=lambda: customers("payment_terms", "Parts"),
		by=KNOWN,
	),
	Rule(
		"a group's terms of payment",
		terms,
		changed=lambda: [("Customer Group", "Individual", "payment_terms", "Parts")],
	),
	Rule(
		"terms of payment to which payments are allocated",
		lambda: terms(allocate_payment_based_on_payment_terms=1),
		changed=lambda: [("Company", company(), "payment_terms", "Parts")],
		why=ALLOCATED_TERMS,
	),
	Rule(
		"the company's terms of payment",
		terms,
		changed=lambda: [("Company", company(), "payment_terms", "Parts")],
	),
	Rule("accounts of an item", lambda: defaults("Item", "SKU-1")),
	Rule("accounts of a group of items", lambda: defaults("Item Group", "Products")),
	Rule(
		"accounts of a brand",
		lambda: [{"doctype": "Brand", "name": "Acme", "brand": "Acme"}, *defaults("Brand", "Acme")],
		changed=lambda: [("Item", "SKU-1", "brand", "Acme")],
	),
	Rule("a customer's language", changed=lambda: customers("language", "de"), by=KNOWN),
	Rule(
		"the company's finance book", changed=lambda: [("Company", company(), "default_finance_book", "Tax")]
	),
)


class TestRulesOfTheSite(RefusalTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.enterClassContext(budgets_by_department())

	def test_each_rule_is_booked_as_by_documents_or_left_to_them(self):
		ledger = self.learnt()
		for rule in RULES:
			with self.subTest(rule.name), self.set_up(rule):
				self.assert_booked_by(rule, ledger)

	@contextmanager
	def set_up(self, rule: Rule) -> Iterator[None]:
		"""By somebody else, past `modified`; as it was, afterwards."""
		with ExitStack() as undo:
			undo.callback(frappe.db.commit)
			for row in (*plant_all(rule.rows()), *insert_all(rule.documents())):
				undo.callback(frappe.db.delete, row.doctype, {"name": row.name})
			for doctype, name, field, value in rule.changed():
				before = frappe.db.get_value(doctype, name, field)
				undo.callback(frappe.db.set_value, doctype, name, field, before, update_modified=False)
				frappe.db.set_value(doctype, name, field, value, update_modified=False)
			frappe.db.commit()
			try:
				yield
			finally:
				frappe.db.rollback()

	def assert_booked_by(self, rule: Rule, ledger) -> None:
		bulk, told = ledger.bulk.proofs.total, ledger.bulk.proofs.total.documents
		written, before = self.in_bulk(ledger), dict(told)
		drafts = [self.of(rule) for _number in range(ORDERS)]
		with patch.object(proofs.Proofs, "_is_to_be_tried", return_value=True):
			booked = self.book(ledger, *drafts)
		new = {
			why: number - before.get(why, 0) for why, number in told.items() if number > before.get(why, 0)
		}
		if not rule.why:
			self.assertEqual({order.what for order in booked}, {"booked"}, booked[0].message)
			self.assertEqual((self.in_bulk(ledger) - written, new, bulk.failed), (ORDERS, {}, {}))
			return
		self.assertEqual(self.in_bulk(ledger), written)
		self.assertEqual([why for why in new if rule.why in why][:1], list(new)[:1], new)
		if rule.is_guard:
			found = [guard.what for guard in guards.search(book_settings())]
			self.assertTrue([what for what in found if rule.why in what], found)

	def of(self, rule: Rule) -> OrderDraft:
		if rule.by == NEW:
			return self.draft()
		return self.draft(customer=self.make.customer(1, "linked"), billing=self.make.address(1))
