"""How long one order takes from its webhook's POST to its submitted invoice, on a site that has nothing else to do; and where the time goes.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/webhook_to_invoice.py SITE [--orders 20] [--history 300]

gunicorn serves the site, `bench worker` works on the queue `short`, and the sample store sells one order at a time: its two
webhooks (created, updated) are sent, and the next order is made when nobody works any more. --history orders are migrated
before, so that some customers and items are known. Nothing is measured inside of the processes: the steps are what the shop
sees of its requests, what RQ says of the job and what the rows say of themselves. Processor seconds are those of the worker
with all that it began, and of the web server.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import frappe
import psutil
from frappe.utils import get_system_timezone
from frappe.utils.background_jobs import get_job, get_queue

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site, site_arguments

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.webhooks import registration as webhooks
from jarz_woocommerce_integration.tests.live.live_chaos import keep_in_step
from jarz_woocommerce_integration.tests.processes.workers import (
	OwnRedis,
	WebServer,
	Workers,
	queue_at,
	wait_until,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.site import make_store

STORE = "Benchmark Shop"
PATIENCE = 60.0
EVERY = 0.01  # seconds between two looks for the invoice
STEPS = {
	"answered": "the webhook is noted and answered",
	"begun": "a worker has begun the job",
	"asked": "loaded, connected; the shop is asked first",
	"read": "the shop has given all that was asked of it",
	"invoice": "translated, masters made; the invoice is begun",
	"payment": "the invoice is submitted, the payment is begun",
	"booked": "the payment is submitted, all is committed and seen",
}

_INVOICE = """
SELECT invoice.creation, payment.creation FROM `tabSales Invoice` invoice
LEFT JOIN `tabPayment Entry` payment ON payment.woo_order_id = invoice.woo_order_id AND payment.woo_store = invoice.woo_store
WHERE invoice.woo_store = %s AND invoice.woo_order_id = %s AND invoice.docstatus = 1
"""
_STATE = "SELECT state, reason FROM `tabWooCommerce Order Map` WHERE store = %s AND woo_order_id = %s AND state <> ''"


class WatchedStore(SampleStore):
	"""Remembers when it was asked. :ivar asked: (begin, end) of each request since somebody emptied it"""

	def __init__(self, shop: SampleShop):
		super().__init__(shop)
		self.asked: list[tuple[float, float]] = []

	def answer(self, request):
		began = time.time()
		try:
			return super().answer(request)
		finally:
			self.asked.append((began, time.time()))


def main() -> None:
	parser = site_arguments(__doc__)
	parser.add_argument("--orders", type=int, default=20, help="that are measured")
	parser.add_argument("--warm-up", type=int, default=2, help="orders before, which aren't measured")
	parser.add_argument("--history", type=int, default=300, help="orders that are migrated before")
	parser.add_argument("--seed", type=int, default=5)
	arguments = parser.parse_args()
	company = open_site(arguments.site, arguments.company)
	with _live_site(arguments, company) as (sample, web, worker):
		for _order in range(arguments.warm_up):
			_order_to_invoice(sample)
		before = _processor(web), _processor(worker)
		measured = [_order_to_invoice(sample) for _order in range(arguments.orders)]
		after = _processor(web), _processor(worker)
	_report([steps for steps in measured if steps], arguments.orders)
	for what, was, now in zip(("web server", "worker"), before, after, strict=True):
		print(f"{what}: {(now - was) / arguments.orders:.2f} processor seconds an order")


@contextmanager
def _live_site(arguments, company: str) -> Iterator[tuple[WatchedStore, psutil.Process, psutil.Process]]:
	"""The shop, whose history is migrated, and the processes that keep the site in step with it."""
	wipe_books()
	sample = WatchedStore(SampleShop(seed=arguments.seed, orders=arguments.history, end=int(time.time())))
	with ExitStack() as stack:
		url = stack.enter_context(sample.serve())
		fill_mappings(make_store(STORE, url=url, company=company, unknown_items="Create"))
		order_sync.migrate_all_historical_orders_cli(max_pages=None, store=STORE)
		keep_in_step(STORE)
		redis = stack.enter_context(OwnRedis(keeps=False))
		stack.enter_context(queue_at(redis.url))
		web = stack.enter_context(WebServer(redis.url))
		workers = stack.enter_context(Workers(1, redis.url, "short"))
		sample.webhooks.hookshot.dials[web.site] = web.address
		webhooks.register(frappe.get_doc("WooCommerce Store", STORE), web.url)
		frappe.db.commit()
		yield sample, *(psutil.Process(each.processes[0].pid) for each in (web, workers))


def _order_to_invoice(sample: WatchedStore) -> dict[str, float] | None:
	"""Seconds from the POST to the end of each step; None where the order is no invoice by the rules, and says why."""
	wait_until(_nobody_works, PATIENCE, "the worker doesn't come to its end")
	order_id = sample.shop.add_order()
	sample.shop.set_status(order_id, "processing")
	sample.asked.clear()
	posted = time.time()
	sample.deliver()
	wait_until(lambda: _state_of(order_id), PATIENCE, f"order {order_id} isn't booked", every=EVERY)
	seen = time.time()
	state, reason = _state_of(order_id)
	rows = _looked_up(_INVOICE, STORE, order_id)
	if not rows:
		print(f"  order {order_id} is {state}: {reason}")
		return None
	begun, paid = (moment and _epoch(moment) for moment in rows[0])
	job = get_job(inbox.WORK.places(STORE)[0].id)
	delivery = sample.webhooks.done[-2]
	return {
		"answered": delivery.at - posted,
		"begun": job.started_at.replace(tzinfo=timezone.utc).timestamp() - posted,
		"asked": sample.asked[0][0] - posted,
		"read": max(end for _begin, end in sample.asked if end < begun) - posted,
		"invoice": begun - posted,
		"payment": (paid or seen) - posted,
		"booked": seen - posted,
	}


def _nobody_works() -> bool:
	working = (get_job(place.id) for place in inbox.WORK.places(STORE))
	return not get_queue("short").count and all(not job or job.is_finished for job in working)


def _state_of(order_id: int) -> tuple[str, str] | None:
	rows = _looked_up(_STATE, STORE, order_id)
	return rows[0] if rows else None


def _looked_up(query: str, *values) -> tuple:
	frappe.db.rollback()  # what others have committed since
	return frappe.db.sql(query, values)


def _epoch(moment: datetime) -> float:
	return moment.replace(tzinfo=ZoneInfo(get_system_timezone())).timestamp()


def _processor(process: psutil.Process) -> float:
	"""Processor seconds so far, of all that it began and that still works, too."""
	ended = process.cpu_times()
	living = [each.cpu_times() for each in process.children(recursive=True)]
	return ended.children_user + ended.children_system + sum(t.user + t.system for t in (ended, *living))


def _report(measured: list[dict[str, float]], orders: int) -> None:
	whole = [steps["booked"] for steps in measured]
	print(
		f"{len(measured)} of {orders} orders are invoices; from the POST to the submitted invoice:"
		f" median {statistics.median(whole):.2f} s, 95 % within {statistics.quantiles(whole, n=20)[-1]:.2f} s"
	)
	total, before = statistics.median(whole), "posted"
	for step, meaning in STEPS.items():
		took = statistics.median(steps[step] - steps.get(before, 0.0) for steps in measured)
		print(f"  {step:<10}{took:6.2f} s {100 * took / total:5.0f} %  {meaning}")
		before = step


if __name__ == "__main__":
	main()
