"""The report of taxes for orders and refunds of a real shop, beside sums that are made straight from its answers."""

import gzip
import json
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase

import jarz_woocommerce_integration
from jarz_woocommerce_integration.ledger.bulk.ledger import BulkLedger
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext import ERPNextLedger
from jarz_woocommerce_integration.services import site_store
from jarz_woocommerce_integration.store.payloads import Order, Refund, parse
from jarz_woocommerce_integration.tests.books import wipe_books
from jarz_woocommerce_integration.tests.site import ensure_company, make_store
from jarz_woocommerce_integration.translation.drafts import OrderDraft

FIXTURE = Path(jarz_woocommerce_integration.__file__).parents[1] / "tests" / "fixtures" / "shop11"
STORE = "Taxes Shop"
STATUSES = ("completed", "processing", "refunded")
REFUNDED, OTHERS = 75, 75
PAGE = 50
CAIRO = ZoneInfo("Africa/Cairo")
RATE = Decimal("47.5")
ZERO = Decimal(0)
Key = tuple[str, str, str, int]  # currency, month, country, rate id


def answers(name: str):
	return json.loads(gzip.decompress((FIXTURE / name).read_bytes()), parse_float=Decimal)


def chosen() -> tuple[list[dict], dict[str, list[dict]]]:
	"""150 booked orders, half of them with refunds; none whose total doesn't follow from its lines."""
	truth, refunds = answers("truth.json.gz")["orders"], answers("refunds.json.gz")
	orders = [
		order
		for order in answers("orders.json.gz")
		if order["status"] in STATUSES and Decimal(truth[str(order["id"])]["total_off_by"]) == 0
	]
	refunded = [order for order in orders if order["refunds"]][:REFUNDED]
	others = [order for order in orders if not order["refunds"]]
	spread = others[:: len(others) // OTHERS][:OTHERS]
	return sorted(refunded + spread, key=lambda order: order["id"]), refunds


# --- what the shop says ---


def month_of(document: dict) -> str:
	at = datetime.fromisoformat(document["date_created_gmt"] + "+00:00")
	return at.astimezone(CAIRO).strftime("%Y-%m")


def taxes_of(document: dict) -> dict[int, tuple[Decimal, Decimal]]:
	"""Rate id -> base and tax of an order or a refund, as the shop itemises them."""
	found: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
	for line in (*document["line_items"], *document["shipping_lines"], *document["fee_lines"]):
		for tax in line["taxes"]:
			if tax["total"] != "":
				found[tax["id"]][0] += Decimal(line["total"])
	for line in document["tax_lines"]:
		found[line["rate_id"]][1] += Decimal(line["tax_total"]) + Decimal(line["shipping_tax_total"])
	return {rate: (base, tax) for rate, (base, tax) in found.items()}


def expected(orders: list[dict], refunds: dict[str, list[dict]]) -> dict[Key, tuple[Decimal, Decimal]]:
	sums: dict[Key, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
	for order in orders:
		country = order["shipping"]["country"] or order["billing"]["country"]
		left = dict(taxes_of(order))

		def add(month: str, taxes: dict, order=order, country=country) -> None:
			for rate, (base, tax) in taxes.items():
				total = sums[order["currency"], month, country, rate]
				total[0] += base
				total[1] += tax

		add(month_of(order), left)
		told = sorted(refunds.get(str(order["id"]), ()), key=lambda refund: refund["id"])
		given_back = ZERO
		for refund in told:
			given_back += Decimal(refund["amount"])
			if given_back == Decimal(order["total"]):
				# It takes back all that is left, also where the shop names an amount only.
				taxes = {rate: (-base, -tax) for rate, (base, tax) in left.items()}
			else:
				taxes = taxes_of(refund)
			for rate, (base, tax) in taxes.items():
				left[rate] = (left[rate][0] + base, left[rate][1] + tax)
			add(max(month_of(refund), month_of(order)), taxes)
	return {key: (base, tax) for key, (base, tax) in sums.items() if base or tax}


class TestTheTaxesOfARealShop(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.company = ensure_company()
		wipe_books()
		frappe.db.set_single_value(
			"Accounts Settings", "allow_multi_currency_invoices_against_single_party_account", 1
		)
		cls.store = make_store(STORE, unknown_items="Placeholder")
		frappe.db.set_value("WooCommerce Store", STORE, {"time_zone": "Africa/Cairo", "country": "EG"})
		cls.store.reload()
		cls.orders, cls.refunds = chosen()

	def book(self, kind: type[ERPNextLedger]) -> None:
		wipe_books()
		frappe.db.commit()
		settings = site_store.book_settings_of(self.store)
		settings.exchange_rates["USD"] = RATE
		settings.receivables["USD"] = self.store.receivable_account
		translator = site_store.translator_of(self.store)
		with kind(settings) as ledger:
			opened = ledger.open_run({}, datetime.now(CAIRO))
			for start in range(0, len(self.orders), PAGE):
				orders = [parse(Order, order) for order in self.orders[start : start + PAGE]]
				refunds = {
					order.id: [parse(Refund, refund) for refund in self.refunds[str(order.id)]]
					for order in orders
					if order.refunds
				}
				prepared = translator.prepare(orders)
				lookups = ledger.lookups(translator.keys(prepared))
				outcomes = translator.translate(prepared, refunds, lookups)
				held = [o.translation for o in outcomes if not isinstance(o.translation, OrderDraft)]
				self.assertEqual(held, [])
				ledger.create_masters(outcomes)
				record = PageRecord(opened.run_id, start // PAGE + 1)
				booked = ledger.book_page(record, outcomes).orders
				self.assertEqual({order.what for order in booked}, {"booked"}, booked)

	def rows(self, **filters) -> list[dict]:
		years = {"from_date": "2024-01-01", "to_date": "2027-12-31"}
		answer = run(
			"WooCommerce Tax by Rate and Country",
			{"company": self.company, "store": STORE, **years, **filters},
		)
		return [row for row in answer["result"] if isinstance(row, dict)]

	def found(self) -> dict[Key, tuple[Decimal, Decimal]]:
		codes = dict(frappe.get_all("Country", fields=["name", "code"], as_list=True))
		sums: dict[Key, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
		for currency in ("EGP", "USD"):
			for row in self.rows(currency=currency):
				if row["rate_id"]:
					country = codes[row["country"]].upper()
					total = sums[currency, row["month"], country, int(row["rate_id"])]
					total[0] += Decimal(str(row["base"])).quantize(Decimal("0.01"))
					total[1] += Decimal(str(row["tax"])).quantize(Decimal("0.01"))
		return {key: (base, tax) for key, (base, tax) in sums.items() if base or tax}

	def check(self) -> None:
		wanted, found = expected(self.orders, self.refunds), self.found()
		self.assertEqual({key: (wanted.get(key), found.get(key)) for key in wanted.keys() ^ found.keys()}, {})
		self.assertEqual({key: (wanted[key], found[key]) for key in wanted if wanted[key] != found[key]}, {})
		rows = self.rows()
		self.assertNotIn("Booked before Version 1.4", {row["kind"] for row in rows})
		for currency in ("EGP", "USD"):
			sold = frappe.db.sql(
				"""SELECT CAST(sum(grand_total) AS CHAR) FROM `tabSales Invoice`
				WHERE woo_store = %s AND currency = %s AND docstatus = 1""",
				(STORE, currency),
			)[0][0]
			told = self.rows(currency=currency)
			sums = sum(Decimal(str(row["base"] or 0)) + Decimal(str(row["tax"])) for row in told)
			self.assertAlmostEqual(Decimal(sold), sums, 2)

	def test_base_and_tax_of_each_month_country_and_rate_are_the_shops(self):
		self.assertEqual(len(self.orders), REFUNDED + OTHERS)
		self.book(ERPNextLedger)
		self.check()
		self.check_against_the_shops_own_report()

	def test_the_same_in_bulk(self):
		self.book(BulkLedger)
		self.check()

	def check_against_the_shops_own_report(self) -> None:
		"""WooCommerce sums the tax lines of orders and of refunds by rate. Of orders that were refunded in full by amounts it
		leaves the tax in; without them the sums are equal to the cent."""
		itemised = [order for order in self.orders if not self._is_refunded_by_amount(order)]
		self.assertGreater(len(itemised), REFUNDED)
		shop: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
		for order in itemised:
			for document in (order, *self.refunds.get(str(order["id"]), ())):
				for line in document["tax_lines"]:
					tax = Decimal(line["tax_total"]) + Decimal(line["shipping_tax_total"])
					shop[order["currency"], line["rate_id"]] += tax
		books: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
		ids = [order["id"] for order in itemised]
		rows = frappe.db.sql(
			"""SELECT invoice.currency, row.woo_tax_rate_id, CAST(sum(row.tax_amount) AS CHAR)
			FROM `tabSales Taxes and Charges` row JOIN `tabSales Invoice` invoice ON invoice.name = row.parent
			WHERE invoice.woo_order_id IN %s AND row.woo_tax_rate_id > 0 GROUP BY invoice.currency, row.woo_tax_rate_id""",
			(ids,),
		)
		for currency, rate, tax in rows:
			books[currency, rate] += Decimal(tax)
		self.assertEqual(books, shop)

	def _is_refunded_by_amount(self, order: dict) -> bool:
		refunds = self.refunds.get(str(order["id"]), ())
		in_full = sum(Decimal(refund["amount"]) for refund in refunds) == Decimal(order["total"])
		return bool(refunds) and in_full and any(not refund["line_items"] for refund in refunds)
