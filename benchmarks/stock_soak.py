"""A real WooCommerce and the books sell, take back and adjust the same goods at once, while workers are killed and the shop is out.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped), against a shop of no
importance (its stock is set, and it gets orders; its permalinks must be pretty, its checkout takes cash on delivery in EG):

	WOO_CONSUMER_KEY=ck_… WOO_CONSUMER_SECRET=cs_… ../env/bin/python …/benchmarks/stock_soak.py SITE http://127.0.0.1:8081 [--events 1200]

The catalogue becomes items, the shop's stock the opening stock, then both sides are kept in step while things happen. At the end all products
are compared, and each order's pieces. Exit code 0 when both sides are equal, nothing was oversold, and no order differs.
"""

import os
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))

import frappe
from bench_site import open_site, site_arguments
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from erpnext.stock.doctype.stock_entry.stock_entry_utils import make_stock_entry
from frappe.utils import nowdate
from real_shop import RealShop, ShopLife, taken_by

from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.products import applying, imports, jobs as product_jobs
from jarz_woocommerce_integration.services.proof.proof import prove_store
from jarz_woocommerce_integration.services.stock import levels, opening
from jarz_woocommerce_integration.services.webhooks import registration as webhooks
from jarz_woocommerce_integration.tests.live.live_chaos import APP
from jarz_woocommerce_integration.tests.processes.workers import (
	OwnRedis,
	Ticker,
	WebServer,
	Workers,
	queue_at,
	scheduled,
	wait_until,
)
from jarz_woocommerce_integration.tests.stock.stock_case import CHOSEN, TABLES
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.support.site import make_store

LEVEL, LINK = "WooCommerce Stock Level", "WooCommerce Item Link"
ONE_OF_EACH = 40
# So many stay when the books issue or sell: what the shop may sell before it hears of it.
KEPT = 15
SHOP_THREADS = 2
_BY_ORDER = """
SELECT invoice.woo_order_id, row.item_code, sum(row.stock_qty) FROM `tabSales Invoice` invoice
JOIN `tabSales Invoice Item` row ON row.parent = invoice.name
WHERE invoice.woo_store = %s AND invoice.docstatus = 1 AND invoice.update_stock = 1 GROUP BY 1, 2
"""
_UNEQUAL = f"SELECT count(*) FROM `tab{LEVEL}` WHERE store = %s AND (state NOT IN ('In Step', 'Left Alone') OR next_attempt IS NOT NULL)"


class Soak:
	"""One run."""

	def __init__(self, options, company: str):
		self.options = options
		self.company = company
		self.shop = RealShop(options.shop, os.environ["WOO_CONSUMER_KEY"], os.environ["WOO_CONSUMER_SECRET"])
		self.random = Random(options.seed)
		self.made: Counter = Counter()
		self.moved: dict[tuple[int, int], int] = defaultdict(int)
		self.least: dict[tuple[int, int], int] = {}
		self.sold_here: list[str] = []
		self.started = time.monotonic()

	def say(self, line: str) -> None:
		print(f"{time.monotonic() - self.started:6.0f} s  {line}", flush=True)

	# --- before ---

	def prepare(self) -> None:
		"""Items of the whole catalogue, the shop's stock as opening stock, both kept in step."""
		wipe_books()
		for table in TABLES:
			frappe.db.delete(table)
		frappe.db.set_single_value("Stock Settings", "allow_negative_stock", 1)
		self.warehouse = frappe.db.get_value(
			"Warehouse", {"company": self.company, "is_group": 0, "warehouse_name": "Stores"}
		)
		self.products = self._stock_of_shop()
		keys = {"consumer_key": self.shop.key, "consumer_secret": self.shop.secret}
		given = {
			"company": self.company,
			"unknown_items": "Hold",
			"warehouse": self.warehouse,
			**CHOSEN,
			**keys,
		}
		store = make_store(STORE, url=self.options.shop, **{**given, "send_stock": "List Differences"})
		frappe.db.set_single_value(
			"WooCommerce Settings", "requests_per_minute", self.options.requests_per_minute
		)
		frappe.db.commit()
		self._make_items(store)
		store.reload()
		store.update({"live_sync": 1, "sync_every": 1})
		store.save()
		frappe.db.commit()
		self._take_over(store)
		store.reload()
		store.send_stock = "Keep in Step"
		store.save()
		frappe.db.commit()
		levels.compare_now(STORE)
		levels.approve(STORE)
		frappe.db.commit()
		self.say(f"stock levels: {levels.by_state(STORE)}")

	def _stock_of_shop(self) -> list:
		for product_id in self.options.shared:
			self.shop.share_stock(product_id)
		products = self.shop.products()
		for key in {product.key for product in products}:
			self.shop.set_stock(key, stock_quantity=ONE_OF_EACH)
		self.say(
			f"{len({product.key for product in products})} stocks of {ONE_OF_EACH} in the shop, {len(products)} products and variations take from them"
		)
		return products

	def _make_items(self, store) -> None:
		document = imports.start(store, {"price_list": "", "images": 0})
		frappe.db.commit()
		self.say(f"product import: {product_jobs.run_here(document.name)}")
		applying.approve(document.name)
		frappe.db.commit()
		self.say(f"applied: {product_jobs.run_here(document.name)}")
		links = frappe.get_all(LINK, {"store": STORE}, ["item", "product_id", "variation_id"])
		self.item_of = {(row.product_id, row.variation_id): row.item for row in links}
		self.keys = sorted({product.key for product in self.products if product.key in self.item_of})
		self.products = [product for product in self.products if product.key in self.keys]
		for key in self.keys:
			frappe.db.set_value("Item", self.item_of[key], "valuation_rate", 10)
			frappe.clear_document_cache("Item", self.item_of[key])
		frappe.db.commit()
		self.say(f"{len(links)} links; stock of {len(self.keys)} is followed")

	def _take_over(self, store) -> None:
		taken = opening.take_over(store)
		frappe.get_doc("Stock Reconciliation", taken["name"]).submit()
		frappe.db.commit()
		self.say(f"opening stock: {taken['rows']} rows")

	# --- while it goes on ---

	def run(self) -> bool:
		self.prepare()
		self.life = ShopLife(self.shop, self.products, self.options.seed)
		with ExitStack() as stack:
			redis = stack.enter_context(OwnRedis(keeps=False))
			stack.enter_context(queue_at(redis.url))
			web = stack.enter_context(WebServer(redis.url))
			self.workers = stack.enter_context(Workers(1, redis.url, "short"))
			self.others = stack.enter_context(Workers(1, redis.url, "default,long"))
			self.ticker = stack.enter_context(Ticker(redis.url, scheduled(APP, self.options.times_faster)))
			webhooks.register(frappe.get_doc("WooCommerce Store", STORE), web.url)
			frappe.db.commit()
			self._live()
			self._settle()
			if self.options.log:
				told = (each.told() for each in (web, self.ticker, self.workers, self.others))
				Path(self.options.log).write_text("\n".join(told), encoding="utf-8")
		return self._is_well()

	def _live(self) -> None:
		options, begun = self.options, time.monotonic()
		self.over, self.out = threading.Event(), threading.Event()
		self.pace = options.seconds / options.events
		threads = [threading.Thread(target=self._shop_lives) for _number in range(SHOP_THREADS)]
		for thread in threads:
			thread.start()
		down_at, kill_at, kills = options.seconds / 2, options.seconds / (options.kills + 1), 0
		is_down = was_down = False
		try:
			while (now := time.monotonic() - begun) < options.seconds or self._events() < options.events:
				if options.stop and not was_down and now >= down_at:
					self._command(options.stop)
					self.out.set()
					is_down = was_down = True
					self.say("the shop is out")
				if is_down and now >= down_at + options.down:
					self._command(options.start)
					self.out.clear()
					is_down = False
					self.say("the shop is back")
				if kills < options.kills and now >= kill_at * (kills + 1):
					(self.workers if kills % 2 else self.others).kill(0)
					kills += 1
				self.workers.keep_up()
				self.others.keep_up()
				self._books_live()
				self._note_least()
				time.sleep(max(self.pace * 3 - (time.monotonic() - begun - now), 0))
				if self._events() % 100 < 2:
					self.say(f"{self._events()} events, {self._counts()}")
		finally:
			self.over.set()
			for thread in threads:
				thread.join()
		self.say(
			f"over: shop {dict(sorted(self.life.made.items()))}, books {dict(self.made)}, {kills} workers killed"
		)

	def _shop_lives(self) -> None:
		while not self.over.is_set():
			if self.out.is_set():
				time.sleep(0.5)
				continue
			begun = time.monotonic()
			self.life.happen()
			time.sleep(max(self.pace * SHOP_THREADS * 1.5 - (time.monotonic() - begun), 0))

	def _events(self) -> int:
		return self.made.total() + sum(
			count for name, count in list(self.life.made.items()) if "(" not in name
		)

	def _counts(self) -> str:
		frappe.db.rollback()
		return f"inbox {frappe.db.count(inbox.INBOX, {'state': 'Waiting'})}, levels {levels.by_state(STORE)}"

	@staticmethod
	def _command(words: str) -> None:
		subprocess.run(words, shell=True, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

	# --- the books ---

	def _there(self) -> dict:
		"""How many there are of each, of both sides."""
		taken = self.life.taken()
		return {key: ONE_OF_EACH + self.moved[key] - taken.get(key, 0) for key in self.keys}

	def _note_least(self) -> None:
		for key, quantity in self._there().items():
			self.least[key] = min(self.least.get(key, quantity), quantity)

	def _books_live(self) -> None:
		event = self.random.choice((self._receipt, self._receipt, self._issue, self._sale, self._return))
		try:
			if event():
				self.made[event.__name__.strip("_")] += 1
			frappe.db.commit()
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError) as error:
			frappe.db.rollback()
			self.made[type(error).__name__] += 1

	def _receipt(self) -> bool:
		key, quantity = self.random.choice(self.keys), self.random.randint(1, 6)
		make_stock_entry(item_code=self.item_of[key], target=self.warehouse, qty=quantity, rate=10)
		frappe.db.commit()
		self.moved[key] += quantity
		return True

	def _with_enough(self, quantity: int) -> tuple[int, int] | None:
		found = [key for key, there in self._there().items() if there - quantity >= KEPT]
		return self.random.choice(found) if found else None

	def _issue(self) -> bool:
		quantity = self.random.randint(1, 4)
		if not (key := self._with_enough(quantity)):
			return False
		self.moved[key] -= quantity
		make_stock_entry(item_code=self.item_of[key], source=self.warehouse, qty=quantity)
		return True

	def _sale(self) -> bool:
		"""Somebody buys at the counter."""
		quantity = self.random.randint(1, 3)
		if not (key := self._with_enough(quantity)):
			return False
		self.moved[key] -= quantity
		invoice = frappe.get_doc(
			{
				"doctype": "Sales Invoice",
				"customer": self._counter(),
				"company": self.company,
				"update_stock": 1,
				"posting_date": nowdate(),
				"items": [
					{"item_code": self.item_of[key], "qty": quantity, "rate": 15, "warehouse": self.warehouse}
				],
			}
		)
		invoice.insert().submit()
		frappe.db.commit()
		self.sold_here.append((invoice.name, key, quantity))
		return True

	def _return(self) -> bool:
		"""What was bought at the counter comes back."""
		if not self.sold_here:
			return False
		name, key, quantity = self.sold_here.pop(self.random.randrange(len(self.sold_here)))
		make_sales_return(name).insert().submit()
		frappe.db.commit()
		self.moved[key] += quantity
		return True

	def _counter(self) -> str:
		if not frappe.db.exists("Customer", "Counter"):
			frappe.get_doc(
				{"doctype": "Customer", "customer_name": "Counter", "customer_type": "Individual"}
			).insert()
		return "Counter"

	# --- the end ---

	def _settle(self) -> None:
		"""Nobody does anything but the scheduler, until all is booked and equal."""
		begun = time.monotonic()
		said = [0.0]

		def is_equal() -> bool:
			self.workers.keep_up()
			self.others.keep_up()
			frappe.db.rollback()
			waits = frappe.db.count(inbox.INBOX, {"state": "Waiting"})
			((unequal,),) = frappe.db.sql(_UNEQUAL, STORE)
			if time.monotonic() - said[0] > 30:
				said[0] = time.monotonic()
				self.say(
					f"settling: {waits} in the inbox, {unequal} levels not settled, {levels.by_state(STORE)}"
				)
			return not waits and not unequal

		wait_until(is_equal, self.options.patience, "it doesn't settle", every=2)
		self.say(f"settled by itself {time.monotonic() - begun:.0f} s after the last event")

	def _is_well(self) -> bool:
		frappe.db.rollback()
		shop = self.shop.stock()
		bins = dict(
			frappe.db.sql(
				"SELECT item_code, sum(actual_qty) FROM `tabBin` WHERE warehouse = %s GROUP BY 1",
				self.warehouse,
			)
		)
		unequal = {
			self.item_of[key]: (shop.get(key), bins.get(self.item_of[key], 0))
			for key in self.keys
			if shop.get(key) != bins.get(self.item_of[key], 0)
		}
		print(f"stock in {len(self.keys)} places, shop / books unequal: {unequal or 'none'}")
		negative = {item: quantity for item, quantity in bins.items() if quantity < 0}
		print(f"below zero in the books: {negative or 'none'}")
		print(
			f"least of both sides together at any moment: {min(self.least.values())}; pieces at the end: {sum(bins.values()):g}"
		)
		differ = self._orders_that_differ()
		print(f"orders whose pieces differ: {differ or 'none'}")
		states = Counter(frappe.get_all("WooCommerce Order Map", {"store": STORE}, pluck="state"))
		print(f"orders in the books' map: {dict(states)}")
		held = frappe.get_all(
			"WooCommerce Order Map",
			{"store": STORE, "state": ("in", ("Held", "Failed"))},
			["woo_order_id", "reason", "message"],
		)
		for row in held[:10]:
			print(f"  {row}")
		found = prove_store(STORE)
		print(f"books proven against the shop: {found.proven}")
		for sentence in list(found.wrong())[:10]:
			print(f"  {sentence}")
		return not (unequal or negative or differ or held) and found.proven and min(self.least.values()) >= 0

	def _orders_that_differ(self) -> dict:
		"""Order -> (what the shop has taken, what the books have)."""
		books: dict[int, dict[str, float]] = defaultdict(dict)
		for order_id, item, quantity in frappe.db.sql(_BY_ORDER, STORE):
			if quantity and item in self.items_followed:
				books[order_id][item] = float(quantity)
		differ, count = {}, 0
		stock_of = {product.sold_as: product.key for product in self.products}
		for order in self.shop.all(
			"orders", status="pending,processing,on-hold,completed,cancelled,refunded,failed,trash"
		):
			count += 1
			taken: dict[str, float] = {}
			if order["status"] != "trash":
				for sold_as, quantity in taken_by(order).items():
					if quantity and sold_as in stock_of:
						item = self.item_of[stock_of[sold_as]]
						taken[item] = taken.get(item, 0) + quantity
			has = books.pop(order["id"], {})
			if has != taken:
				differ[order["id"]] = (order["status"], taken, has)
		differ |= {order_id: ("not in the shop", {}, has) for order_id, has in books.items()}
		print(f"{count} orders were compared piece by piece")
		return differ

	@property
	def items_followed(self) -> set[str]:
		return {self.item_of[key] for key in self.keys}


def main() -> int:
	parser = site_arguments(__doc__)
	parser.add_argument("shop", help="its address")
	parser.add_argument("--events", type=int, default=1200, help="on both sides together")
	parser.add_argument("--seconds", type=float, default=900, help="over which they are spread")
	parser.add_argument("--kills", type=int, default=20, help="of a worker, with what it works on")
	parser.add_argument("--stop", default="", help="the command that stops the shop, in the middle")
	parser.add_argument("--start", default="", help="the command that starts it again")
	parser.add_argument("--down", type=float, default=60, help="seconds without the shop")
	parser.add_argument(
		"--shared",
		type=int,
		nargs="*",
		default=[],
		help="variable products that are to count for their variations",
	)
	parser.add_argument("--times-faster", type=float, default=6, help="the scheduler's time")
	parser.add_argument("--requests-per-minute", type=int, default=600, help="the budget; 100 by default")
	parser.add_argument("--patience", type=float, default=1200, help="seconds until all is equal")
	parser.add_argument("--log", metavar="FILE", help="where to write what the processes have printed")
	parser.add_argument("--seed", type=int, default=17)
	options = parser.parse_args()
	return 0 if Soak(options, open_site(options.site, options.company)).run() else 1


if __name__ == "__main__":
	sys.exit(main())
