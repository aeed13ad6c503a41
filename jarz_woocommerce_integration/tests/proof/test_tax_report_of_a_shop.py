"""The report of taxes for orders and refunds of a real shop, beside sums that are made straight from its answers."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import frappe
from frappe.desk.query_report import run

from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.tests.real_shop.real_orders_case import CAIRO, PAGE, RealOrdersCase, answers
from jarz_woocommerce_integration.translation.drafts import OrderDraft

STORE = "Taxes Shop"
STATUSES = ("completed", "processing", "refunded")
REFUNDED, OTHERS = 75, 75
ZERO = Decimal(0)
PERCENTS = {1: Decimal(14), 2: Decimal(5)}
Key = tuple[str, str, str, int]  # currency, month, country, rate id


def chosen(refunded_orders: int, other_orders: int) -> tuple[list[dict], dict[str, list[dict]]]:
	"""So many booked orders with refunds and without; none whose total doesn't follow from its lines."""
	truth, refunds = answers("truth.json.gz")["orders"], answers("refunds.json.gz")
	orders = [
		order
		for order in answers("orders.json.gz")
		if order["status"] in STATUSES and Decimal(truth[str(order["id"])]["total_off_by"]) == 0
	]
	refunded = [order for order in orders if order["refunds"]][:refunded_orders]
	others = [order for order in orders if not order["refunds"]]
	spread = others[:: len(others) // other_orders][:other_orders]
	return sorted(refunded + spread, key=lambda order: order["id"]), refunds


# --- what the shop says ---


def month_of(document: dict) -> str:
	at = datetime.fromisoformat(document["date_created_gmt"] + "+00:00")
	return at.astimezone(CAIRO).strftime("%Y-%m")


def bases_of(line: dict) -> dict[int, Decimal]:
	"""Rate id -> what of a line it was charged on. Two rates of this shop never tax the same amount: a fee that gives money
	off is shared out between them, as the taxes say."""
	rates = [(tax["id"], Decimal(tax["total"])) for tax in line["taxes"] if tax["total"] != ""]
	total = Decimal(line["total"])
	if len(rates) < 2:
		return {rate: total for rate, _tax in rates}
	(first, tax), (second, other) = rates
	one, two = 100 * tax / PERCENTS[first], 100 * other / PERCENTS[second]
	cent = Decimal("0.01")
	if abs(one + two) < abs(total) - 1:
		return {first: one.quantize(cent), second: two.quantize(cent)}  # the rest is on goods without tax
	share = (total * one / (one + two)).quantize(cent)
	return {first: share, second: total - share}


def taxes_of(document: dict) -> dict[int, tuple[Decimal, Decimal]]:
	"""Rate id -> base and tax of an order or a refund, as the shop itemises them."""
	found: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
	for line in (*document["line_items"], *document["shipping_lines"], *document["fee_lines"]):
		for rate, base in bases_of(line).items():
			found[rate][0] += base
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


class TestTheTaxesOfARealShop(RealOrdersCase):
	store_name = STORE

	def book_all(self, kind: Callable[..., ERPNextLedger]) -> None:
		outcomes, booked = self.book(kind, self.orders, self.refunds)
		self.assertEqual([o.translation for o in outcomes if not isinstance(o.translation, OrderDraft)], [])
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
			rounding = frappe.db.sql(
				"""SELECT CAST(coalesce(sum(row.tax_amount), 0) AS CHAR) FROM `tabSales Taxes and Charges` row
				JOIN `tabSales Invoice` invoice ON invoice.name = row.parent
				WHERE invoice.woo_store = %s AND invoice.currency = %s AND row.account_head = %s""",
				(STORE, currency, self.store.rounding_account),
			)[0][0]
			self.assertEqual(round(sums + Decimal(rounding), 2), round(Decimal(sold), 2))

	def test_base_and_tax_of_each_month_country_and_rate_are_the_shops(self):
		self.orders, self.refunds = chosen(REFUNDED, OTHERS)
		self.assertEqual(len(self.orders), REFUNDED + OTHERS)
		self.book_all(ERPNextLedger)
		self.check()
		self.check_against_the_shops_own_report()

	def test_the_same_in_bulk(self):
		self.orders, self.refunds = chosen(PAGE // 2, PAGE // 2)
		self.book_all(bulk_ledger)
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
