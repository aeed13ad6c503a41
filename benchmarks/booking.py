"""How fast orders are booked through documents, beside ERPNext's own insert and submit of the same documents.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are filled):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/booking.py SITE [--orders 100] [--rounds 5]

Each order has a new customer with contact and address, an invoice of three lines with VAT and shipping, and a payment.
Rounds alternate, so that the machine's drift falls on both sides; the ratio of the medians is what counts.
"""

import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import books_of, open_site, site_arguments

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import BookedFacts, Buyer
from jarz_woocommerce_integration.ledger.erpnext.documents.invoices import Invoices
from jarz_woocommerce_integration.ledger.erpnext.documents.payments import Payments
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.documents.rates import Rates
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import Receivables
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.draft_factory import DraftFactory
from jarz_woocommerce_integration.tests.support.site import make_store
from jarz_woocommerce_integration.translation.drafts import ChargeKind, OrderDraft, Outcome
from jarz_woocommerce_integration.translation.lookups import LookupKeys

STORE = "Contract Shop"


class TwoPasses(Poster):
	"""ERPNext's own way: insert, then submit."""

	def submit(self, document, name=None):
		document.flags.ignore_permissions = True
		document.insert(set_name=name)
		document.submit()
		return document


def main() -> None:
	parser = site_arguments(__doc__)
	parser.add_argument("--orders", type=int, default=100)
	parser.add_argument("--rounds", type=int, default=5)
	arguments = parser.parse_args()
	company = open_site(arguments.site, arguments.company)
	wipe_books()
	settings, drafts = books_of(make_store(STORE, company=company))
	frappe.flags.in_test = False
	ours, theirs, lookups = [], [], []
	for number in range(arguments.rounds * 2):
		outcomes = make_outcomes(drafts, number * arguments.orders + 1, arguments.orders)
		if number % 2:
			theirs.append(timed(book_with_two_passes, settings, outcomes))
		else:
			looked, took = book_with_the_ledger(settings, outcomes)
			ours.append(took)
			lookups.append(looked)
		print(
			f"round {number // 2 + 1}: {'insert + submit' if number % 2 else 'this app':<16}"
			f"{60 * arguments.orders / (theirs if number % 2 else ours)[-1]:>8,.0f} orders a minute",
			flush=True,
		)
	ratio = statistics.median(theirs) / statistics.median(ours)
	print(f"ratio {ratio:.2f}; lookups {100 * sum(lookups) / sum(ours):.2f} % of this app's time")


def make_outcomes(make: DraftFactory, first: int, count: int) -> list[Outcome]:
	"""In whole amounts, which each currency has."""
	outcomes = []
	for order_id in range(first, first + count):
		rows = [make.row("6", "2"), make.row("4", "1"), make.row("90", "1", item=1)]
		charges = [make.charge("14.00"), make.charge("30.00", ChargeKind.SHIPPING)]
		draft = make.draft(
			order_id, invoice=make.invoice(order_id, rows, charges), payments=[make.payment("144.00")]
		)
		draft.customer = replace(draft.customer, key=f"C{order_id}", name=f"Customer {order_id}")
		outcomes.append(make.booked(order_id, draft))
	return outcomes


def timed(function, *arguments) -> float:
	started = time.perf_counter()
	function(*arguments)
	return time.perf_counter() - started


def book_with_the_ledger(settings: BookSettings, outcomes: list[Outcome]) -> tuple[float, float]:
	""":return: seconds of the lookups, and of everything"""
	with ERPNextLedger(settings) as ledger:
		run = ledger.open_run({"benchmark": True}, before=outcomes[0].order.created_at)
		started = time.perf_counter()
		ledger.lookups(keys_of(outcomes))
		looked = time.perf_counter() - started
		ledger.create_masters(outcomes)
		booked = ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes)
		took = time.perf_counter() - started
	assert {order.what for order in booked.orders} == {"booked"}, booked.orders[0]
	return looked, took


def keys_of(outcomes: list[Outcome]) -> LookupKeys:
	drafts = [outcome.translation for outcome in outcomes]
	return LookupKeys(
		order_ids=frozenset(outcome.order.order_id for outcome in outcomes),
		store_customer_ids=frozenset(outcome.order.order_id for outcome in outcomes),
		emails=frozenset(email for draft in drafts for email in draft.customer.emails),
		phones=frozenset(phone for draft in drafts for phone in draft.customer.phones),
		products=frozenset((item.product_id, 0) for draft in drafts for item in draft.items),
		skus=frozenset(row.sku for draft in drafts for row in draft.invoice.rows),
	)


def book_with_two_passes(settings: BookSettings, outcomes: list[Outcome]) -> None:
	poster = TwoPasses(historical=True)
	facts = BookedFacts(Rates(settings))
	invoices, payments = Invoices(settings, poster, facts), Payments(settings, poster, facts)
	for outcome in outcomes:
		order, draft = outcome.order, outcome.translation
		customer, address = make_masters(draft, settings)
		name = f"{draft.invoice.name}-2"
		account = Receivables(settings).accepted(draft.currency, draft.receivable_account)[0].account
		buyer = Buyer(customer, {draft.billing.signature: address}, account)
		document = invoices.book(order, draft, buyer, name)
		payments.book(order, document, draft.payment)
		frappe.db.commit()


def make_masters(draft: OrderDraft, settings: BookSettings) -> tuple[str, str]:
	customer = frappe.get_doc(
		doctype="Customer",
		customer_name=draft.customer.name,
		customer_type="Individual",
		customer_group=settings.customer_group,
		territory=settings.territory,
	).insert()
	links = [{"link_doctype": "Customer", "link_name": customer.name}]
	address = frappe.get_doc(
		doctype="Address",
		address_title=draft.customer.name,
		address_type="Billing",
		address_line1=draft.billing.line_1,
		city=draft.billing.city,
		country="Egypt",
		links=links,
	).insert()
	frappe.flags.in_import = True  # else a contact with an e-mail asks for its picture on the internet
	frappe.get_doc(
		doctype="Contact",
		first_name=draft.customer.name,
		email_ids=[{"email_id": draft.customer.emails[0], "is_primary": 1}],
		phone_nos=[{"phone": draft.customer.phones[0], "is_primary_mobile_no": 1}],
		links=links,
	).insert()
	frappe.flags.in_import = False
	return customer.name, address.name


if __name__ == "__main__":
	main()
