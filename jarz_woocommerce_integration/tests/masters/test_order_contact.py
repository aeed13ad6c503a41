"""How an invoice says that its customer is reached: as its own order does, whatever the customer's first order said."""

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN

INVOICE = "Sales Invoice"
CONTACT = ("contact_email", "contact_mobile")


class TestOrderContact(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()

	def drafts(self) -> list:
		"""Three orders of one customer, who gives another e-mail and phone each time, and none at last; one is refunded."""
		told = (("first@example.com", "+201001234567"), ("second@example.com", "+201112345678"), ("", ""))
		outcomes = []
		for number, (email, phone) in enumerate(told, 1):
			customer = self.make.customer(1, "new" if number == 1 else "known")
			draft = self.make.draft(number, customer=customer, contact_email=email, contact_phone=phone)
			if number == 2:
				draft.credit_notes = [self.make.credit_note(70, "10.00")]
			outcomes.append(self.make.booked(number, draft))
		return outcomes

	def book(self, ledger, outcomes) -> None:
		run = ledger.open_run({}, WHEN)
		ledger.create_masters(outcomes)
		ledger.book_page(PageRecord(run.run_id, 1), outcomes)

	def contacts(self) -> dict[str, tuple[str, str]]:
		rows = frappe.get_all(INVOICE, fields=["name", *CONTACT], order_by="name")
		return {row.name: (row.contact_email or "", row.contact_mobile or "") for row in rows}

	def assert_its_own(self) -> None:
		second = ("second@example.com", "+201112345678")
		self.assertEqual(
			self.contacts(),
			{
				"WOO-1": ("first@example.com", "+201001234567"),
				"WOO-2": second,
				"WOO-3": ("", ""),
				"WOO-R70": second,
			},
		)

	def test_documents_show_the_orders_own(self):
		self.book(self.open_ledger(), self.drafts())
		self.assert_its_own()

	def test_rows_show_the_same_as_documents(self):
		told = {number: (f"order{number}@example.com", f"+2011{number:08d}") for number in range(1, 13)}
		told[5] = told[6] = ("", "")
		drafts = {
			number: self.make.draft(number, contact_email=email, contact_phone=phone)
			for number, (email, phone) in told.items()
		}
		with bulk_ledger(book_settings()) as ledger:
			self.book(ledger, [self.make.booked(number, draft) for number, draft in drafts.items()])
			counted = ledger.bulk.proofs.total
			self.assertEqual((dict(counted.documents), counted.failed), ({}, {}))
		self.assertEqual(self.contacts(), {f"WOO-{number}": each for number, each in told.items()})

	def test_what_the_site_takes_for_no_address_is_left_out(self):
		draft = self.make.draft(1, contact_email="a@b@c", contact_phone="call me")
		self.book(self.open_ledger(), [self.make.booked(1, draft)])
		self.assertEqual(self.contacts(), {"WOO-1": ("", "")})
