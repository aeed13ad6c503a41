"""Checks and guards that are missing on purpose, one at a time: the proof, or a sample, finds what ERPNext refuses all the same.

The rows of docs/develop/refusals.md that say "same check", "guard" or "documents", as far as the history meets them. Each is met twice: as
it is, so that nothing is planned, and without what looks at it, so that ERPNext has to say it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.bulk import checks
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import BulkBooking
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft import surroundings, vouchers
from jarz_woocommerce_integration.ledger.erpnext.bulk.page import BulkPage, _ask
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs, Provable, kinds_of_rows
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.payments import payment_entry
from jarz_woocommerce_integration.tests.bulk import test_site_rules as rules
from jarz_woocommerce_integration.tests.support.books import forget_what_was_cached
from jarz_woocommerce_integration.tests.support.proven_orders import ProvenOrdersTestCase
from jarz_woocommerce_integration.tests.support.site import freeze_accounts
from jarz_woocommerce_integration.translation.drafts import ChargeKind, Outcome

FEWEST = 40
DAY = "2026-03-01"
PAGE = "jarz_woocommerce_integration.ledger.erpnext.bulk.page"


@dataclass(frozen=True)
class Missing:
	"""A situation that ERPNext refuses.

	:ivar begin: what changes on the site; :ivar without: what looks at it, patched away; guards are always
	:ivar order: that meets it; :ivar differs: ERPNext doesn't refuse it here, but writes something else
	"""

	name: str
	begin: Callable[["TestMissingChecks"], object] = lambda case: None
	without: tuple[Callable[["TestMissingChecks"], AbstractContextManager], ...] = ()
	order: Callable[["TestMissingChecks"], Outcome] = lambda case: case.spare
	differs: Callable[[], bool] = lambda: False


def site(case: "TestMissingChecks"):
	"""What is known of the site is what it was before: its settings, accounts, names."""
	return patch.object(BulkBooking, "look_around", lambda *_arguments: case.site)


def things(case: "TestMissingChecks"):
	"""What is known of customers and items is what they were before."""
	return patch(f"{PAGE}.Surroundings", lambda *_arguments: case.surroundings)


def buyers(case: "TestMissingChecks"):
	"""The orders are booked to whom they were before."""

	def with_buyers(_page, outcomes):
		return [(outcome.order, outcome.translation, case.buyer) for outcome in outcomes]

	return patch.object(BulkPage, "_with_buyers", with_buyers)


def amounts(_case):
	return patch.object(vouchers, "_check_amounts")


def differences(_case):
	return patch.object(payment_entry, "check_difference")


def values(_case):
	return patch.object(checks, "check")


def displays(_case):
	return patch.object(surroundings.Party, "display", lambda _party, address: address)


def templates(_case):
	return patch.object(surroundings, "display_of", lambda _address: "somewhere")


def changed(doctype: str, name: Callable[["TestMissingChecks"], str], **fields):
	return lambda case: frappe.db.set_value(doctype, name(case), fields, update_modified=False)


def planted(rows: Callable[["TestMissingChecks"], list[dict]]):
	return lambda case: list(rules.plant_all(rows(case)))


def inserted(documents: Callable[["TestMissingChecks"], list[dict]]):
	return lambda case: list(rules.insert_all(documents(case)))


def both(*steps):
	return lambda case: [step(case) for step in steps]


def removed(doctype: str, name: Callable[["TestMissingChecks"], str]):
	return lambda case: frappe.db.delete(doctype, {"name": name(case)})


def setting(doctype: str, field: str, value):
	return lambda case: frappe.db.set_single_value(doctype, field, value)


def setter(doctype: str, field: str, name: str, value: str):
	"""A Property Setter."""
	document = {"doctype": "Property Setter", "doctype_or_field": "DocField", "doc_type": doctype}
	kind = {"reqd": "Check", "non_negative": "Check", "length": "Int"}.get(name, "Data")
	document |= {"field_name": field, "property": name, "property_type": kind, "value": value}
	return both(planted(lambda case: [document]), lambda case: case.reload(doctype))


def customer(case) -> str:
	return case.buyer.customer


def item(case) -> str:
	return case.spare.translation.invoice.rows[0].item_code


def income(case) -> str:
	return case.make.income


def cash(case) -> str:
	return case.make.cash


def cost_center(case) -> str:
	return case.ledger.settings.cost_center


def closed_period(case) -> list[dict]:
	row = {"doctype": "Closed Document", "parentfield": "closed_documents", "closed": 1}
	period = {"doctype": "Accounting Period", "period_name": "March", "company": rules.company()}
	return [
		{**period, "start_date": DAY, "end_date": "2026-03-31"},
		{**row, "document_type": "Sales Invoice"},
	]


def closed_year(case) -> list[dict]:
	year = {"doctype": "Period Closing Voucher", "company": rules.company(), "docstatus": 1}
	return [{**year, "period_start_date": "2026-01-01", "period_end_date": "2026-12-31"}]


def no_year(case) -> None:
	covering = {"year_start_date": ("<=", DAY), "year_end_date": (">=", DAY)}
	frappe.db.set_value("Fiscal Year", covering, "disabled", 1, update_modified=False)


def other_company(case) -> list[dict]:
	return [{"doctype": "Company", "name": "Other", "company_name": "Other", "abbr": "O", "country": "Egypt"}]


def entry_in_dollars(case) -> list[dict]:
	entry = {"doctype": "GL Entry", "company": rules.company(), "account": case.make.receivable}
	party = {"party_type": "Customer", "party": customer(case), "account_currency": "USD"}
	return [{**entry, **party, "docstatus": 1, "posting_date": DAY, "debit": 1}]


def deletion(case) -> None:
	record = {"doctype": "Transaction Deletion Record", "company": rules.company(), "docstatus": 1}
	(document,) = rules.plant_all([{**record, "status": "Running"}])
	# ERPNext 16 asks for a mark that the deletion leaves in the cache.
	case.marks["deletion_running_doctype:Sales Invoice"] = document.name


def workflow(case) -> list[dict]:
	document = {"doctype": "Workflow", "name": "Planted", "document_type": "Sales Invoice", "is_active": 1}
	state = {"doctype": "Workflow Document State", "parentfield": "states", "state": "Approved"}
	return [{**document, "workflow_name": "Planted", "workflow_state_field": "customer_name"}, state]


def script(case) -> list[dict]:
	document = {"doctype": "Server Script", "name": "Planted", "script_type": "DocType Event"}
	event = {"reference_doctype": "Sales Invoice", "doctype_event": "Before Save"}
	return [{**document, **event, "script": "frappe.throw('not today')"}]


def mandatory_field(case) -> list[dict]:
	field = {"doctype": "Custom Field", "dt": "Sales Invoice", "fieldname": "planted", "label": "Planted"}
	return [{**field, "name": "Sales Invoice-planted", "fieldtype": "Data", "reqd": 1}]


def limits(parenttype: str, parent: Callable):
	return planted(lambda case: rules.credit_limit(parenttype, parent(case), 1))


ACCOUNT_OF_RENAMED = "UPDATE `tabAccount` SET name = 'Renamed' WHERE name = %s"
ORDERS = (
	# Dates
	Missing("frozen until", lambda case: freeze_accounts("2026-06-30"), (site,)),
	Missing("a closed period", planted(closed_period), (site,)),
	Missing("a closed year", planted(closed_year), (site,)),
	Missing("no fiscal year", no_year, (site,)),
	# Accounts and cost centres
	Missing("a disabled account", changed("Account", income, disabled=1), (site,)),
	Missing("an account that is a group", changed("Account", income, is_group=1), (site,)),
	Missing("a frozen account", changed("Account", income, freeze_account="Yes"), (site,)),
	Missing("income on the debit side", changed("Account", income, balance_must_be="Debit"), (site,)),
	Missing("cash on the credit side", changed("Account", cash, balance_must_be="Credit"), (site,)),
	Missing("a disabled account of a payment", changed("Account", cash, disabled=1), (site,)),
	Missing(
		"another company's account",
		both(planted(other_company), changed("Account", income, company="Other")),
		(site,),
	),
	Missing("a renamed account", lambda case: frappe.db.sql(ACCOUNT_OF_RENAMED, income(case)), (site,)),
	Missing("a cost centre that is a group", changed("Cost Center", cost_center, is_group=1), (site,)),
	Missing(
		"another company's cost centre",
		both(planted(other_company), changed("Cost Center", cost_center, company="Other")),
		(site,),
	),
	Missing("a cost centre that is gone", removed("Cost Center", cost_center), (site,)),
	Missing("a mandatory dimension", planted(lambda case: rules.dimension(mandatory_for_pl=1))),
	Missing("a dimension of the balance sheet", planted(lambda case: rules.dimension(mandatory_for_bs=1))),
	Missing("a filter of dimensions", planted(lambda case: rules.dimension_filter())),
	Missing(
		"a budget",
		both(
			changed("Account", lambda case: case.make.fees, root_type="Expense"),
			inserted(lambda case: rules.budget(case.make.fees)),
		),
		order=lambda case: case.with_fee("2.00"),
	),
	# Customers as parties
	Missing("a disabled customer", changed("Customer", customer, disabled=1), (things,)),
	Missing("a frozen customer", changed("Customer", customer, is_frozen=1), (things,)),
	Missing("entries in another currency", planted(entry_in_dollars), (things, buyers)),
	Missing(
		"an address of somebody else",
		without=(displays,),
		order=lambda case: case.to_an_address_of_another(),
	),
	Missing("no template of addresses", lambda case: frappe.db.delete("Address Template"), (templates,)),
	Missing("a customer's credit limit", limits("Customer", customer), (things,)),
	Missing(
		"a group's credit limit", limits("Customer Group", lambda case: case.ledger.settings.customer_group)
	),
	Missing("the company's credit limit", changed("Company", lambda case: rules.company(), credit_limit=1)),
	Missing("an approval", planted(lambda case: rules.authorization("Nobody"))),
	Missing("a deletion of transactions", deletion),
	Missing(
		"a tax that is withheld",
		both(
			inserted(lambda case: rules.withholding()),
			changed("Customer", customer, tax_withholding_category="Withheld"),
		),
		(things,),
		# ERPNext 16 withholds of rows that a person has marked, and notes the category on the others.
		differs=lambda: frappe.get_meta("Sales Invoice").has_field("tax_withholding_entries"),
	),
	# Items and amounts
	Missing("a disabled item", changed("Item", item, disabled=1), (things,)),
	Missing("an item that isn't sold", changed("Item", item, is_sales_item=0), (things,)),
	Missing("an item that has variants", changed("Item", item, has_variants=1), (things,)),
	Missing("an item at its end of life", changed("Item", item, end_of_life="2020-01-01"), (things,)),
	Missing(
		"an item of deferred revenue",
		changed("Item", item, enable_deferred_revenue=1),
		(things,),
		differs=lambda: True,
	),
	Missing("an item that is gone", removed("Item", item), (things,)),
	Missing(
		"a discount above the maximum",
		changed("Item", item, max_discount=50),
		(things,),
		lambda case: case.of_rows(replace(case.row("0.00"), price_list_rate=Decimal(10))),
	),
	Missing(
		"a rate below the cost",
		both(
			setting("Selling Settings", "validate_selling_price", 1),
			changed("Item", item, last_purchase_rate=10**7),
		),
	),
	Missing(
		"an item in several rows",
		setting("Selling Settings", "allow_multiple_items", 0),
		(amounts,),
		lambda case: case.of_rows(case.row("5.00")),
	),
	Missing("a negative rate", without=(amounts,), order=lambda case: case.of_rows(case.less(rate=-20))),
	Missing(
		"a negative quantity", without=(amounts,), order=lambda case: case.of_rows(case.less(quantity=-1))
	),
	Missing(
		"no quantity",
		without=(amounts,),
		order=lambda case: case.of_rows(replace(case.row("0.00"), quantity=Decimal(0))),
	),
	Missing(
		"a return that gives nothing back", without=(amounts,), order=lambda case: case.giving_nothing_back()
	),
	Missing("a payment of nothing", without=(differences,), order=lambda case: case.with_fee("whole")),
	# Names and values
	Missing(
		"a territory that is gone", without=(values,), order=lambda case: case.in_territory("No Such Town")
	),
	Missing("a unit that is gone", removed("UOM", lambda case: "Nos"), (site,)),
	Missing("a mode of payment that is gone", removed("Mode of Payment", lambda case: "Cash"), (site,)),
	Missing(
		"a description of which nothing is left", without=(values,), order=lambda case: case.described("<br>")
	),
	Missing(
		"a text that is too long",
		without=(values,),
		order=lambda case: case.of_tax_class("<b>x</b>" + "a < b " * 22),
	),
	# Rules of the site
	Missing("a mandatory field", setter("Sales Invoice", "project", "reqd", "1")),
	Missing(
		"a mandatory custom field", both(planted(mandatory_field), lambda case: case.reload("Sales Invoice"))
	),
	Missing("a shorter field", setter("Payment Entry", "party_name", "length", "3")),
	Missing(
		"a field that may not be negative",
		setter("Sales Invoice", "total_taxes_and_charges", "non_negative", "1"),
		order=lambda case: case.with_discount(),
	),
	Missing("a workflow", both(planted(workflow), lambda case: case.reload("Sales Invoice"))),
	Missing("a server script", planted(script)),
)
# What refuses a new customer.
CUSTOMERS = (
	Missing("a country that is gone", removed("Country", lambda case: "Egypt"), (values,)),
	Missing(
		"a customer group that is gone",
		removed("Customer Group", lambda case: case.ledger.settings.customer_group),
		(values,),
	),
	Missing(
		"a type of address that is gone", setter("Address", "address_type", "options", "Office"), (values,)
	),
)


class TestMissingChecks(ProvenOrdersTestCase):
	@classmethod
	def setUpClass(cls):
		cls.enterClassContext(rules.budgets_by_department())
		super().setUpClass()
		cls.found = Counter()
		cls.site = cls.ledger.bulk.site
		page = cls.page(cls.ledger, [cls.spare])
		((_order, draft, cls.buyer),) = page._with_buyers([cls.spare])
		cls.surroundings = surroundings.Surroundings(
			cls.ledger.settings.company, [cls.buyer.customer], draft.item_codes
		)
		cls.marks: dict[str, str] = {}
		cls.reloaded: set[str] = set()

	@classmethod
	def tearDownClass(cls):
		print(", ".join(f"{number} missing checks found by {by}" for by, number in sorted(cls.found.items())))
		super().tearDownClass()

	def test_enough_of_them(self):
		self.assertGreaterEqual(len(ORDERS) + len(CUSTOMERS), FEWEST)

	def test_what_refuses_an_order(self):
		self.enable_server_scripts()
		for missing in ORDERS:
			with self.subTest(missing.name), self.site_of(missing):
				outcome = missing.order(self)
				guarded = self.page(self.ledger, [outcome])
				guarded.guarded = self.ledger.bulk.guarded
				self.assertEqual(guarded.plan([outcome]), [], "nobody looks at it")
				with ExitStack() as patches:
					for without in missing.without:
						patches.enter_context(without(self))
					page = self.page(self.ledger, [outcome])
					planned = page.plan([outcome])
				self.assertEqual(len(planned), 1, dict(page.proofs.tally.documents))
				self.find(missing, self.pairs[0], planned, partial(_ask, self.oracle(page)))

	def test_what_refuses_a_customer(self):
		for missing in CUSTOMERS:
			with self.subTest(missing.name), self.site_of(missing):
				planned = self.masters(self.ledger)._planned(self.orders_of_new())
				self.assertLess(len(planned), len(self.new), "nobody looks at it")
				with ExitStack() as patches:
					for without in missing.without:
						patches.enter_context(without(self))
					new = self.masters(self.ledger)
					planned = new._planned(self.orders_of_new())
				self.assertEqual(len(planned), len(self.new))
				self.find(missing, self.pairs[-1], planned[:1], new._ask)

	def find(self, missing: Missing, pair: list[Provable], planned: list[Provable], ask: Callable) -> None:
		proofs = self.proven(pair)
		is_known = proofs._is_proven(planned[0].plan, kinds_of_rows(planned[0].plan))
		with patch.object(Proofs, "_is_to_be_tried", return_value=True):
			chosen = proofs.choose(planned, ask)
		self.assertEqual(chosen, [], "nobody has found it")
		if not missing.differs():
			self.assertIn("ERPNext's own refusal", planned[0].refused)
			self.assertEqual(bool(proofs.failed), is_known)
		self.found["a sample" if is_known else "the proof"] += 1

	@contextmanager
	def site_of(self, missing: Missing) -> Iterator[None]:
		frappe.db.savepoint("one_fault")
		try:
			with ExitStack() as self.patches:
				missing.begin(self)
				self.forget()
				for mark, value in self.marks.items():
					frappe.cache.set_value(mark, value)
				yield
		finally:
			frappe.db.rollback(save_point="one_fault")
			self.marks.clear()
			while self.reloaded:
				frappe.clear_cache(doctype=self.reloaded.pop())
			self.forget()

	def forget(self) -> None:
		forget_what_was_cached()
		compat.forget_settings()

	def reload(self, doctype: str) -> None:
		frappe.clear_cache(doctype=doctype)
		self.reloaded.add(doctype)

	def enable_server_scripts(self) -> None:
		for enabled in (
			patch.dict(frappe.local.conf, {"server_script_enabled": 1}),
			patch("frappe.utils.safe_exec.is_safe_exec_enabled", return_value=True),
		):
			enabled.start()
			self.addCleanup(enabled.stop)

	# --- orders ---

	def row(self, amount: str):
		return replace(self.make.row(amount, "1", self.last % 2), order_line_id=2)

	def less(self, quantity: int = 1, rate: int = 20):
		"""A row of -20.00."""
		values = {"quantity": Decimal(quantity), "rate": Decimal(rate), "amount": Decimal(quantity * rate)}
		return replace(self.row("20.00"), **values, price_list_rate=Decimal(0), item_code=self.other_item())

	def other_item(self) -> str:
		return self.make.item_codes[1 - self.last % 2]

	def changed_order(self, rows=None, charges=None, **changes) -> Outcome:
		draft = self.spare.translation
		invoice = self.make.invoice(self.last, rows or draft.invoice.rows, charges or draft.invoice.charges)
		payments = [self.make.payment(str(invoice.total))]
		return self.make.booked(
			self.last, replace(draft, invoice=invoice, **{"payments": payments, **changes})
		)

	def of_rows(self, *more) -> Outcome:
		return self.changed_order([*self.spare.translation.invoice.rows, *more])

	def of_tax_class(self, tax_class: str) -> Outcome:
		first, *others = self.spare.translation.invoice.rows
		return self.changed_order([replace(first, tax_class=tax_class), *others])

	def described(self, description: str) -> Outcome:
		return self.changed_order(charges=[replace(self.make.charge("14.00"), description=description)])

	def with_discount(self) -> Outcome:
		return self.changed_order(charges=[self.make.charge("-5.00", ChargeKind.DISCOUNT)])

	def with_fee(self, fee: str) -> Outcome:
		total = self.spare.translation.invoice.total
		fee = total if fee == "whole" else Decimal(fee)
		payment = replace(self.make.payment(str(total)), fee=fee, fee_account=self.make.fees)
		return self.changed_order(payments=[payment])

	def giving_nothing_back(self) -> Outcome:
		note = self.make.credit_note(10**6 + self.last, "9.50")
		row = replace(
			self.make.row("9.50", "1", self.last % 2), rate=Decimal("-9.50"), amount=Decimal("-9.50")
		)
		outcome = self.changed_order(credit_notes=[replace(note, rows=[row])])
		return replace(outcome, order=replace(outcome.order, refunded_total=Decimal("9.50")))

	def in_territory(self, territory: str) -> Outcome:
		shipping = self.spare.translation.shipping
		return self.changed_order(shipping=replace(shipping, territory=territory))

	def to_an_address_of_another(self) -> Outcome:
		signature = self.spare.translation.billing.signature
		others = {
			"link_doctype": "Customer",
			"parenttype": "Address",
			"link_name": ("!=", self.buyer.customer),
		}
		other = frappe.get_all("Dynamic Link", others, pluck="parent", limit=1)[0]
		buyer = self.buyer._replace(addresses={**self.buyer.addresses, signature: other})
		self.patches.enter_context(patch.object(TestMissingChecks, "buyer", buyer))
		self.patches.enter_context(buyers(self))
		return self.spare
