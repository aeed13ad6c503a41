"""Orders a second through the translation alone, on one core, beside what parsing and JSON cost.

	.venv/bin/python benchmarks/translation.py [orders]

Prints, for pages of 100 sample orders: JSON decoding, payload models, keys and drafts (the translation), each as
orders a second, and their ratio to JSON decoding, which drifts with the machine as they do.
"""

import json
import sys
import time
from decimal import Decimal
from zoneinfo import ZoneInfo

from machine import machine_line

from jarz_woocommerce_integration.sample_store import masters
from jarz_woocommerce_integration.sample_store.shop.generator import SampleShop
from jarz_woocommerce_integration.store.payloads import Order, Refund, parse
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

EVERY_STATUS = (
	"completed processing on-hold pending cancelled refunded failed shipped checkout-draft trash"
).split()


def measure(work, items):
	"""What `work` makes of each item, and the best of three passes in seconds."""
	best, made = None, []
	for _pass in range(3):
		started = time.perf_counter()
		made = [work(item) for item in items]
		seconds = time.perf_counter() - started
		best = seconds if best is None else min(best, seconds)
	return made, best


def main() -> None:
	orders = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
	shop = SampleShop(seed=1, orders=orders, plugins=True)
	ids = shop.order_ids()
	pages = [json.dumps([shop.body(i) for i in ids[at : at + 100]]) for at in range(0, len(ids), 100)]
	refunds = {i: [parse(Refund, body) for body in shop.refunds(i)] for i in ids}
	policy = Policy(statuses={status: "submit_and_pay" for status in EVERY_STATUS})
	translator = Translator(policy, TerritoryIndex(masters.territories(), {}), ZoneInfo("Africa/Cairo"))

	def translate(page):
		prepared = translator.prepare(page)
		translator.keys(prepared)
		return translator.translate(prepared, refunds, Lookups())

	decoded, json_seconds = measure(lambda page: json.loads(page, parse_float=Decimal), pages)
	parsed, model_seconds = measure(lambda page: [parse(Order, body) for body in page], decoded)
	_drafts, draft_seconds = measure(translate, parsed)
	print(machine_line())
	for name, seconds in (
		("JSON decoding", json_seconds),
		("payload models", model_seconds),
		("translation", draft_seconds),
	):
		print(
			f"{name:15} {len(ids) / seconds:9,.0f} orders a second   {seconds / json_seconds:5.2f} x JSON decoding"
		)


if __name__ == "__main__":
	main()
