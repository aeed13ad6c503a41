"""A live sync under chaos: a thousand changes while webhooks are lost, the receiver is down and the shop fails.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/live_chaos.py SITE [--changes 1000] [--seconds 600] ...

The shop is migrated, kept in step while it changes, and proven at the end. Exit code 0 when the books are proven.
"""

import argparse
import sys
import time
from collections import Counter
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.tests.live.live_chaos import LiveChaos, Plan, Told, keep_in_step, spread
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.support.site import make_store

SHOWN = 10


def main() -> int:
	options = _options()
	open_site(options.site)
	wipe_books()
	sample = SampleStore(
		SampleShop(seed=options.seed, orders=options.orders, end=int(time.time()), plugins=True)
	)
	with sample.serve() as url:
		make_store(STORE, url=url, unknown_items="Create")
		order_sync.migrate_all_historical_orders_cli(max_pages=None, store=STORE)
		print(f"{options.orders:,} orders migrated", flush=True)
		keep_in_step(STORE, options.sync_every, options.requests_per_minute)
		print(f"{options.requests_per_minute} requests a minute are allowed", flush=True)
		plan = Plan(**{name: getattr(options, name) for name in Plan.__dataclass_fields__})
		started = time.monotonic()

		def say(line: str) -> None:
			print(f"{time.monotonic() - started:6.0f} s  {line}", flush=True)

		chaos = LiveChaos(STORE, sample, plan, say)
		told = chaos.run()
		if options.log:
			Path(options.log).write_text(chaos.log, encoding="utf-8")
		return _print(told, sample)


def _options() -> argparse.Namespace:
	parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
	plan = Plan()
	parser.add_argument("site")
	parser.add_argument("--orders", type=int, default=300, help="that the shop has when it is migrated")
	parser.add_argument("--changes", type=int, default=plan.changes)
	parser.add_argument("--seconds", type=float, default=plan.seconds, help="over which they are spread")
	parser.add_argument("--deliver-every", type=float, default=plan.deliver_every, help="the shop's cron")
	parser.add_argument("--lost", type=float, default=plan.lost, help="share of the webhooks")
	parser.add_argument("--repeated", type=float, default=plan.repeated, help="share of the webhooks")
	parser.add_argument(
		"--down", type=float, default=plan.down, help="seconds without the bench's web server"
	)
	parser.add_argument("--store-errors", type=float, default=plan.store_errors, help="share of the requests")
	parser.add_argument("--kills", type=int, default=5, help="of a worker, with what it works on")
	parser.add_argument("--workers", type=int, default=plan.workers, help="of the queue short")
	parser.add_argument(
		"--times-faster",
		type=float,
		default=plan.times_faster,
		help="the scheduler's time: 12 ticks each 5 s",
	)
	parser.add_argument("--sync-every", type=int, default=1, help="minutes between two looks at the shop")
	parser.add_argument("--requests-per-minute", type=int, default=600, help="the budget; 100 by default")
	parser.add_argument(
		"--patience", type=float, default=plan.patience, help="seconds for the inbox to be empty"
	)
	parser.add_argument("--log", metavar="FILE", help="where to write what the processes have printed")
	parser.add_argument("--seed", type=int, default=plan.seed)
	return parser.parse_args()


def _print(told: Told, sample: SampleStore) -> int:
	print(f"changes: {_counts(told.made)}")
	print(f"deliveries: {_counts(told.deliveries)}")
	print(f"the shop answered {sample.served:,} requests; failed {_counts(sample.faults.struck) or 'none'}")
	rows = {f"{source} {state}".lower(): count for (source, state), count in told.inbox.items()}
	print(f"inbox: {_counts(Counter(rows))}")
	print(f"orders in the books' map: {_counts(told.orders)}")
	print(f"from order to invoice, told by a webhook: {spread(told.with_webhook)}")
	print(f"from order to invoice, found by a look: {spread(told.without)}")
	print(f"orders with two invoices: {told.twice or 'none'}")
	print(f"books proven against the shop: {told.proof.proven}")
	for sentence in islice(told.proof.wrong(), SHOWN):
		print(f"  {sentence}")
	return 0 if told.proof.proven and not told.twice else 1


def _counts(counter: Counter) -> str:
	return ", ".join(f"{count:,} {name}" for name, count in counter.most_common())


if __name__ == "__main__":
	sys.exit(main())
