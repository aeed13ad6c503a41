"""docs/use/changes.md, row by row: each cell is a word, and here is what each word promises."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import frappe

import jarz_woocommerce_integration
from jarz_woocommerce_integration.ledger.contract import OnChange, OnDeleted
from jarz_woocommerce_integration.store.shapes import label
from jarz_woocommerce_integration.tests.support.changing_orders import (
	ChangingOrdersTestCase,
	ShopOrder,
	books_digest,
	findings,
)
from jarz_woocommerce_integration.translation.drafts import OrderState

DOCUMENT = Path(jarz_woocommerce_integration.__file__).parent.parent / "docs" / "use" / "changes.md"
WHOLE = Decimal("114.00")
REFUND = 71


# --- the columns: how an order stands ---


def _not_booked(shop: ShopOrder) -> None:
	shop.to("pending")


def _draft(shop: ShopOrder) -> None:
	shop.to("on-hold")


def _unpaid(shop: ShopOrder) -> None:
	shop.to("processing")


def _paid(shop: ShopOrder) -> None:
	shop.set(payment_method="stripe", payment_method_title="Card")
	shop.to("processing", paid=True)


def _returned(shop: ShopOrder) -> None:
	_paid(shop)
	shop.refund(REFUND, 1, "10.00")


COLUMNS: dict[str, list[Callable[[ShopOrder], None]]] = {
	"not booked": [_not_booked],
	"draft": [_draft],
	"unpaid": [_unpaid],
	"paid": [_paid],
	"partly returned": [_returned],
	"cancelled": [_paid, lambda shop: shop.set(status="cancelled")],
}

# --- the rows: what happens to it in the shop ---


def _in_full(shop: ShopOrder) -> None:
	shop.to("refunded", paid=bool(shop.body.get("date_paid_gmt")) or shop.body["status"] == "on-hold")
	if shop.body["payment_method"] == "cod" and shop.body["date_paid_gmt"]:
		shop.set(date_completed_gmt=shop.body["date_paid_gmt"])
	left = Decimal("90.00") if shop.refunds else Decimal("100.00")
	shop.refund(REFUND + 1, 1 if shop.refunds else 2, str(left))


def _other_customer(shop: ShopOrder) -> None:
	billing = {**shop.body["billing"], "email": f"other{shop.order_id}@example.com", "last_name": "Other"}
	shop.set(customer_id=shop.order_id + 1000, billing=billing)


def _refund_again(shop: ShopOrder, net: str) -> None:
	shop.take_back_refund(REFUND)
	shop.refund(REFUND, 1, net)


def _another_refund(shop: ShopOrder, net: str) -> None:
	shop.take_back_refund(REFUND)
	shop.refund(REFUND + 1, 1, net)


def _without_refund_for_more(shop: ShopOrder) -> None:
	shop.take_back_refund(REFUND)
	shop.sell("3", "150.00")


CHANGES: dict[str, Callable[[ShopOrder], None]] = {
	"status to failed (ignored)": lambda shop: shop.set(status="failed"),
	"status to on-hold (draft)": lambda shop: shop.set(status="on-hold"),
	"status to processing, not paid": lambda shop: shop.to("processing"),
	"status to completed, paid": lambda shop: shop.to("completed", paid=True),
	"status to cancelled": lambda shop: shop.set(status="cancelled"),
	"moved to the trash": lambda shop: shop.set(status="trash"),
	"a line costs more": lambda shop: shop.sell("3", "150.00"),
	"a line costs less": lambda shop: shop.sell("2", "60.00"),
	"other lines for the same total": lambda shop: shop.sell("4", "100.00"),
	"the address": lambda shop: shop.set(billing={**shop.body["billing"], "address_1": "9 Other Street"}),
	"the customer": _other_customer,
	"the payment method": lambda shop: shop.set(payment_method="bacs", payment_method_title="Bank transfer"),
	"the customer's note": lambda shop: shop.set(customer_note="Ring <b>twice</b>"),
	"a refund is added": lambda shop: shop.refund(REFUND + 1, 1, "20.00"),
	"refunded in full": _in_full,
	"the refund is deleted": lambda shop: shop.take_back_refund(REFUND),
	"the refund is of another amount": lambda shop: _refund_again(shop, "25.00"),
	"the refund is deleted and made again": lambda shop: _another_refund(shop, "10.00"),
	"the refund is deleted and made again, of another amount": lambda shop: _another_refund(shop, "25.00"),
	"the refund is deleted, a line costs more": _without_refund_for_more,
}
DELETIONS = {
	"deleted for good (*Keep*)": OnDeleted.KEEP,
	"deleted for good (*Cancel*)": OnDeleted.CANCEL,
}


def tables() -> Iterator[tuple[str, list[str], list[list[str]]]]:
	"""Heading, columns and rows of each table of the document."""
	for part in re.split(r"^## ", DOCUMENT.read_text(encoding="utf-8"), flags=re.M)[1:]:
		heading, _line, text = part.partition("\n")
		for lines in re.findall(r"(?:^\|.*\n)+", text, flags=re.M):
			rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines.splitlines()]
			yield heading, rows[0], rows[2:]


def table(heading: str) -> tuple[list[str], list[list[str]]]:
	"""The last table below a heading: one before it explains words."""
	return [(columns, rows) for name, columns, rows in tables() if name == heading][-1]


class Words:
	"""What each word of the document promises. Mixed into a test case; `self.before` is how the order stood."""

	def nothing(self, shop: ShopOrder) -> None:
		self.assertEqual(books_digest(), self.digest)
		self.assertEqual(self.booked.what, "unchanged", self.booked.message)

	def skipped(self, shop: ShopOrder) -> None:
		self.assertIsNone(self.invoice_of(shop))
		self.assert_state(shop, OrderState.SKIPPED)

	def draft(self, shop: ShopOrder) -> None:
		self.assert_invoice(shop, docstatus=0)

	def submitted(self, shop: ShopOrder) -> None:
		self.assert_invoice(shop, docstatus=1)
		self.assertIsNone(self.payment_of(shop))
		self.assert_outstanding(shop)

	def submitted_and_paid(self, shop: ShopOrder) -> None:
		self.assert_invoice(shop, docstatus=1)
		self.assert_paid(shop)

	def in_place(self, shop: ShopOrder) -> None:
		self.assertEqual(self.invoice_of(shop).name, self.before.name)
		self.assertNotEqual(books_digest(), self.digest)
		self.assert_invoice(shop, docstatus=0)
		invoice, billing = self.invoice_of(shop), shop.body["billing"]
		self.assertIn(billing["address_1"], invoice.address_display)
		self.assertEqual(invoice.customer_name, f"{billing['first_name']} {billing['last_name']}")
		self.assertEqual(invoice.contact_email, billing["email"])

	def deleted(self, shop: ShopOrder) -> None:
		self.assertIsNone(self.invoice_of(shop))
		self.assertFalse(frappe.db.exists("Sales Invoice", self.before.name))

	def follows(self, shop: ShopOrder) -> None:
		self.assert_amended(shop, docstatus=1)
		self.assertEqual(sum(note.grand_total for note in self.notes_of(shop)), -float(shop.refunded))
		if self.payment_of(shop):
			self.assert_paid(shop)
		else:
			self.assert_outstanding(shop, self.by_hand)

	def draft_follows(self, shop: ShopOrder) -> None:
		self.assert_amended(shop, docstatus=0)

	def cancelled(self, shop: ShopOrder) -> None:
		for doctype in ("Sales Invoice", "Payment Entry"):
			filters = {"woo_order_id": shop.order_id, "docstatus": ("<", 2)}
			self.assertEqual(frappe.get_all(doctype, filters, pluck="name"), [])
		self.assertTrue(self.invoice_of(shop).woo_cancelled)

	def payment_added(self, shop: ShopOrder) -> None:
		self.assertEqual(self.invoice_of(shop).name, self.before.name)
		self.assert_paid(shop)

	def credit_note_added(self, shop: ShopOrder) -> None:
		self.assertEqual(self.invoice_of(shop).name, self.before.name)
		self.assertEqual(len(self.notes_of(shop)), len(shop.refunds))
		self.assert_credited(shop)

	def credit_note_cancelled(self, shop: ShopOrder) -> None:
		self.assertEqual(self.invoice_of(shop).name, self.before.name)
		self.assertEqual(self.notes_of(shop), [])
		self.assert_credited(shop)

	def credit_note_replaced(self, shop: ShopOrder) -> None:
		(note,) = self.notes_of(shop)
		self.assertEqual(note.amended_from, f"WOO-{shop.order_id}-R{REFUND}")
		self.assertEqual(note.name, f"WOO-{shop.order_id}-R{REFUND}-1")
		self.assert_credited(shop)

	def credit_note_booked_anew(self, shop: ShopOrder) -> None:
		(note,) = self.notes_of(shop)
		self.assertEqual((note.name, note.amended_from), (f"WOO-{shop.order_id}-R{REFUND + 1}", None))
		(row,) = self.notes_in_map(shop)
		self.assertEqual((row.refund_id, row.sales_invoice), (REFUND + 1, note.name))
		self.assert_credited(shop)

	def details(self, shop: ShopOrder) -> None:
		invoice = self.invoice_of(shop)
		self.assertEqual((invoice.name, invoice.docstatus), (self.before.name, 1))
		self.assertEqual(invoice.woo_payment_method, shop.body["payment_method_title"])
		# Tags are taken away where a text is read.
		self.assertEqual(invoice.woo_customer_note or "", label(shop.body.get("customer_note", "")))
		self.assertEqual(invoice.remarks, self.before.remarks)
		self.assertNotEqual(invoice.modified, self.before.modified)

	def listed(self, shop: ShopOrder) -> None:
		row = self.row_of(shop)
		self.assertNotEqual(row.changed, "")
		self.assertNotEqual(row.what_to_do, "")

	def gone(self, shop: ShopOrder) -> None:
		self.assert_state(shop, OrderState.DELETED)

	# --- what they share ---

	def check(self, words: str, shop: ShopOrder) -> None:
		"""Each of the words, and what is true whatever they are."""
		names = [word.strip().replace(" ", "_") for word in words.split(",")]
		for name in names:
			getattr(self, name)(shop)
		if names in (["listed"], ["gone"]):
			self.assertEqual(books_digest(), self.digest)
		if "gone" not in names:
			self.assertEqual(self.row_of(shop).status, shop.body["status"])
			self.assertEqual("listed" in names, self.row_of(shop).changed != "", self.row_of(shop).changed)
		self.assert_sound()

	def assert_invoice(self, shop: ShopOrder, docstatus: int) -> None:
		invoice = self.invoice_of(shop)
		self.assertEqual((invoice.docstatus, Decimal(str(invoice.grand_total))), (docstatus, shop.total))
		others = {"woo_order_id": shop.order_id, "docstatus": ("<", 2), "woo_refund_id": 0}
		self.assertEqual(frappe.get_all("Sales Invoice", others, pluck="name"), [invoice.name])
		self.assert_state(shop, OrderState.SYNCED)

	def assert_amended(self, shop: ShopOrder, docstatus: int) -> None:
		self.assert_invoice(shop, docstatus)
		invoice, before = self.invoice_of(shop), self.before.name
		self.assertEqual((invoice.amended_from, invoice.name), (before, f"WOO-{shop.order_id}-1"))
		self.assertEqual(frappe.db.get_value("Sales Invoice", before, "docstatus"), 2)
		self.assertEqual(invoice.posting_date, self.before.posting_date)

	def assert_paid(self, shop: ShopOrder) -> None:
		payment, invoice = self.payment_of(shop), self.invoice_of(shop)
		self.assertEqual((payment.docstatus, Decimal(str(payment.woo_amount))), (1, shop.total))
		self.assertEqual([row.reference_name for row in payment.references], [invoice.name])
		self.assertEqual((payment.unallocated_amount, invoice.outstanding_amount), (0, 0))

	def assert_credited(self, shop: ShopOrder) -> None:
		self.assertEqual(sum(note.grand_total for note in self.notes_of(shop)), -float(shop.refunded))
		repaid = frappe.get_all(
			"Payment Entry",
			{"woo_order_id": shop.order_id, "woo_refund_id": (">", 0), "docstatus": 1},
			pluck="woo_amount",
		)
		self.assertEqual(sum(repaid), float(shop.refunded) if self.payment_of(shop) else 0)


class ChangesTestCase(Words, ChangingOrdersTestCase):
	by_hand = Decimal(0)

	def stand(self, column: str) -> ShopOrder:
		"""An order that stands in the books as a column says."""
		shop = self.new_order()
		for step in COLUMNS[column]:
			step(shop)
			booked = self.book(shop)
			self.assertNotIn(booked.what, ("held", "failed", "changed"), booked.message)
		return shop

	def remember(self, shop: ShopOrder) -> None:
		self.before, self.digest, self.wrong_before = self.invoice_of(shop), books_digest(), findings()

	def happen(self, row: str, shop: ShopOrder) -> None:
		"""What the row says, in the shop and then in the books; and the same once more, which changes nothing."""
		if row in DELETIONS:
			self.delete(shop, DELETIONS[row])
			return
		CHANGES[row](shop)
		self.booked = self.book(shop)

	def assert_once(self, row: str, shop: ShopOrder) -> None:
		digest, stands = books_digest(), self.row_of(shop)
		if row in DELETIONS:
			self.delete(shop, DELETIONS[row])
		else:
			again = self.book(shop)
			self.assertIn(again.what, ("unchanged", "changed"))
		self.assertEqual(books_digest(), digest)
		self.assertEqual(self.row_of(shop), stands)

	def hold_to(self, heading: str, rows: list[str]) -> None:
		columns, table_rows = table(heading)
		for name, *cells in table_rows:
			if name not in rows:
				continue
			for column, words in zip(columns[1:], cells, strict=False):
				if words:
					with self.subTest(row=name, column=column):
						shop = self.stand(column)
						self.remember(shop)
						self.happen(name, shop)
						self.check(words, shop)
						self.assert_once(name, shop)


class TestChangesWithAmend(ChangesTestCase):
	pass


class TestChangesWithHold(ChangesTestCase):
	on_change = OnChange.HOLD


class TestTheDocument(ChangingOrdersTestCase):
	def test_it_has_each_row_and_says_known_words(self):
		rows = [name for name, *_cells in table("A store that amends")[1]]
		self.assertEqual(rows, [*CHANGES, *DELETIONS])
		self.assertLessEqual(
			{name for name, *_cells in table("A store that holds")[1]}, set(CHANGES), "a row without a test"
		)
		for heading in ("A store that amends", "A store that holds", "What stands in the way"):
			for _name, *cells in table(heading)[1]:
				for word in ", ".join(filter(None, cells)).split(","):
					self.assertTrue(hasattr(Words, word.strip().replace(" ", "_")), word)


def tests_of(case: type, heading: str) -> None:
	"""A test for each row of a table, named after it."""
	for name, *_cells in table(heading)[1]:

		def test(self, name=name):
			self.hold_to(heading, [name])

		words = re.sub(r"\W+", "_", name).strip("_").lower()
		setattr(case, f"test_{words}", test)


tests_of(TestChangesWithAmend, "A store that amends")
tests_of(TestChangesWithHold, "A store that holds")
