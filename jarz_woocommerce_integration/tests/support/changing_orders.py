"""One order of a shop that changes, booked by the real translation into the real ledger: what the tests of changes share."""

from copy import deepcopy
from decimal import Decimal
from zoneinfo import ZoneInfo

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

from jarz_woocommerce_integration.ledger.contract import Booked, OnChange, OnDeleted, PageRecord
from jarz_woocommerce_integration.services.proof.books import check_books
from jarz_woocommerce_integration.store.payloads import Order, Refund, parse
from jarz_woocommerce_integration.store.related import Related
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import STORE, ERPNextLedgerTestCase
from jarz_woocommerce_integration.tests.proof.proof_case import ensure_accounts, policy_with_accounts
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.policy import Gateway, Paid
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

ZERO = Decimal(0)
BANK = "Shop Bank - JT"
# All that is booked, times of change among it: equal where nothing was written.
BOOKS = (
	"SELECT name, docstatus, modified FROM `tabSales Invoice` ORDER BY name",
	"SELECT name, docstatus, modified FROM `tabPayment Entry` ORDER BY name",
	"SELECT name, docstatus, modified FROM `tabSales Order` ORDER BY name",
	"SELECT name, docstatus, modified FROM `tabDelivery Note` ORDER BY name",
	"SELECT voucher_no, account, debit, credit, against_voucher FROM `tabGL Entry` ORDER BY name",
	"SELECT voucher_no, against_voucher_no, amount, delinked FROM `tabPayment Ledger Entry` ORDER BY name",
)


class ShopOrder:
	"""An order as the store's API says it, two pieces for 50.00 each and 14 % tax, and how it may change."""

	def __init__(self, order_id: int):
		self.order_id = order_id
		self.refunds: dict[int, dict] = {}
		self.body = {
			"id": order_id,
			"number": str(order_id),
			"status": "pending",
			"currency": "EGP",
			"date_created_gmt": "2026-03-01T10:00:00",
			"date_modified_gmt": "2026-03-01T10:00:00",
			"customer_id": order_id,
			"billing": {
				"first_name": "Person",
				"last_name": str(order_id),
				"address_1": "1 Nile Street",
				"city": "Cairo",
				"country": "EG",
				"email": f"person{order_id}@example.com",
			},
			"payment_method": "cod",
			"payment_method_title": "Cash on delivery",
		}
		self.sell("2", "100.00")

	# --- what may happen to it ---

	def set(self, **fields) -> None:
		self.body.update(fields)

	def to(self, status: str, paid: bool = False) -> None:
		"""A shop keeps the date of completion of what is opened again."""
		moment = "2026-03-02T10:00:00" if paid else None
		self.set(
			status=status,
			date_paid_gmt=moment,
			date_completed_gmt=moment if status == "completed" else self.body.get("date_completed_gmt"),
		)

	def sell(self, quantity: str, net: str) -> None:
		tax = (Decimal(net) * Decimal("0.14")).quantize(Decimal("0.01"))
		line = {
			"id": 1,
			"name": "Shirt",
			"product_id": 17,
			"sku": "SHIRT",
			"quantity": Decimal(quantity),
			"subtotal": net,
			"total": net,
			"total_tax": str(tax),
			"taxes": [{"id": 1, "total": str(tax), "subtotal": str(tax)}],
		}
		tax_line = {
			"id": 2,
			"rate_id": 1,
			"rate_code": "EG-VAT-1",
			"label": "VAT",
			"tax_total": str(tax),
		}
		self.set(
			line_items=[line],
			tax_lines=[tax_line],
			total_tax=str(tax),
			total=str(Decimal(net) + tax),
		)

	def refund(self, refund_id: int, quantity: int, net: str) -> None:
		tax = (Decimal(net) * Decimal("0.14")).quantize(Decimal("0.01"))
		line = {
			"id": refund_id + 1000,
			"name": "Shirt",
			"quantity": Decimal(-quantity),
			"subtotal": f"-{net}",
			"total": f"-{net}",
			"total_tax": f"-{tax}",
			"taxes": [{"id": 1, "total": f"-{tax}", "subtotal": f"-{tax}"}],
			"meta_data": [{"id": 1, "key": "_refunded_item_id", "value": "1"}],
		}
		self.refunds[refund_id] = {
			"id": refund_id,
			"parent_id": self.order_id,
			"date_created_gmt": "2026-03-03T10:00:00",
			"amount": str(Decimal(net) + tax),
			"reason": "too small",
			"line_items": [line],
		}

	def take_back_refund(self, refund_id: int) -> None:
		del self.refunds[refund_id]

	# --- as it is read ---

	@property
	def total(self) -> Decimal:
		return Decimal(self.body["total"])

	@property
	def refunded(self) -> Decimal:
		return sum((Decimal(refund["amount"]) for refund in self.refunds.values()), ZERO)

	def read(self) -> tuple[Order, list[Refund]]:
		summaries = [
			{"id": refund["id"], "total": f"-{refund['amount']}", "reason": ""}
			for refund in self.refunds.values()
		]
		body = deepcopy({**self.body, "refunds": summaries})
		return parse(Order, body), [parse(Refund, deepcopy(refund)) for refund in self.refunds.values()]


class ChangingOrdersTestCase(ERPNextLedgerTestCase):
	"""Orders of one shop that change, one ledger that amends."""

	on_change = OnChange.AMEND
	run_id = 7
	related: Related | None = None  # what the shop has beside the order

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		ensure_accounts()
		_ensure_bank()
		cls.policy = policy_with_accounts(
			gateways={
				"cod": _gateway("Cash - JT", Paid.ON_DELIVERY),
				"stripe": _gateway("Cash - JT"),
				"bacs": _gateway(BANK),
			}
		)

	def setUp(self):
		super().setUp()
		self.translator = Translator(self.policy, TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
		self.last_order = 0
		self.wrong_before: set[tuple[str, int]] = set()

	# --- ways of saying it ---

	def ledger_that(self, **settings):
		return self.open_ledger(**{"on_change": self.on_change, **settings})

	def book(self, shop: ShopOrder, **settings) -> Booked:
		"""Read the order from the shop and book it."""
		ledger = self.ledger_that(**settings)
		order, refunds = shop.read()
		prepared = self.translator.prepare([order], self.related)
		lookups = ledger.lookups(self.translator.keys(prepared))
		outcomes = self.translator.translate(prepared, {shop.order_id: refunds}, lookups)
		ledger.create_masters(outcomes)
		record = PageRecord(self.run_id, 0, self.translator.policy_hash, source="webhook")
		return ledger.book_page(record, outcomes).orders[0]

	def delete(self, shop: ShopOrder, on_deleted: OnDeleted) -> None:
		self.ledger_that(on_deleted=on_deleted).mark_deleted([shop.order_id])

	def new_order(self) -> ShopOrder:
		self.last_order += 1
		return ShopOrder(self.last_order)

	def unpaid(self, **settings) -> ShopOrder:
		shop = self.new_order()
		shop.to("processing")
		self.book(shop, **settings)
		return shop

	def paid(self, **settings) -> ShopOrder:
		shop = self.new_order()
		shop.set(payment_method="stripe")
		shop.to("processing", paid=True)
		self.book(shop, **settings)
		return shop

	def pay(self, shop: ShopOrder, amount: str):
		payment = get_payment_entry("Sales Invoice", self.invoice_of(shop).name, party_amount=float(amount))
		payment.update(
			{"reference_no": "by hand", "reference_date": "2026-03-04", "posting_date": "2026-03-04"}
		)
		payment.insert()
		payment.submit()
		frappe.db.commit()
		return payment

	def row_of(self, shop: ShopOrder):
		return self.ledger_that().find_orders([shop.order_id]).get(shop.order_id)

	def invoice_of(self, shop: ShopOrder):
		"""The invoice that the Order Map links."""
		name = frappe.db.get_value("WooCommerce Order Map", self._key(shop), "sales_invoice")
		return frappe.get_doc("Sales Invoice", name) if name else None

	def payment_of(self, shop: ShopOrder):
		name = frappe.db.get_value("WooCommerce Order Map", self._key(shop), "payment_entry")
		return frappe.get_doc("Payment Entry", name) if name else None

	def notes_of(self, shop: ShopOrder) -> list:
		"""The submitted credit notes of an order."""
		filters = {"woo_order_id": shop.order_id, "woo_refund_id": (">", 0), "docstatus": 1}
		return frappe.get_all(
			"Sales Invoice", filters, ["name", "amended_from", "grand_total"], order_by="name"
		)

	def notes_in_map(self, shop: ShopOrder) -> list:
		"""The credit notes that the Order Map links."""
		parent = frappe.db.get_value("WooCommerce Order Map", self._key(shop), "name")
		fields = ["refund_id", "sales_invoice", "payment_entry"]
		return frappe.get_all("WooCommerce Order Map Credit Note", {"parent": parent}, fields, order_by="idx")

	def amend_by_hand(self, shop: ShopOrder, **row_changes):
		"""Cancel the invoice and amend it, as a person does in the Desk, where amendments keep what copies don't."""
		invoice = self.invoice_of(shop)
		invoice.cancel()
		amended = frappe.copy_doc(invoice)
		amended.amended_from, amended.docstatus = invoice.name, 0
		amended.items[0].update(row_changes)
		amended.flags.ignore_version = False
		amended.insert()
		amended.submit()
		return amended

	def _key(self, shop: ShopOrder) -> dict:
		return {"store": STORE, "woo_order_id": shop.order_id}

	# --- what must be so whatever happened ---

	def assert_sound(self) -> None:
		"""Nothing is wrong in the books, but what was before (a person may have made it so)."""
		self.assertEqual(findings() - self.wrong_before, set())

	def assert_outstanding(self, shop: ShopOrder, paid: Decimal = ZERO) -> None:
		"""The customer owes what was sold less what was credited, paid, and not paid back."""
		owed = frappe.db.sql(
			"SELECT coalesce(sum(amount), 0) FROM `tabPayment Ledger Entry` WHERE delinked = 0 AND party = %s",
			self.invoice_of(shop).customer,
		)[0][0]
		self.assertEqual(Decimal(str(owed)).quantize(Decimal("0.01")), shop.total - shop.refunded - paid)

	def assert_state(self, shop: ShopOrder, state: OrderState) -> None:
		row = self.row_of(shop)
		self.assertEqual(row.state, state, row.message or row.changed)


def findings() -> set[tuple[str, int]]:
	"""What is wrong in the books: kind and order."""
	frappe.db.rollback()
	return {(finding.kind, finding.order_id) for finding in check_books(STORE).findings}


def books_digest() -> list[tuple]:
	frappe.db.rollback()
	return [tuple(frappe.db.sql(query)) for query in BOOKS]


def _gateway(account: str, paid: Paid = Paid.DATE_PAID) -> Gateway:
	return Gateway(mode_of_payment="Cash", account=account, paid=paid)


def _ensure_bank() -> None:
	if frappe.db.exists("Account", BANK):
		return
	parent = frappe.db.get_value("Account", {"account_type": "Bank", "is_group": 1, "company": "Jarz Test"})
	account = {"doctype": "Account", "account_name": "Shop Bank", "parent_account": parent}
	frappe.get_doc(
		{**account, "company": "Jarz Test", "account_type": "Bank", "account_currency": "EGP"}
	).insert()
	frappe.db.commit()
