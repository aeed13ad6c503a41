"""How fast orders are booked in bulk, beside ERPNext's own insert and submit of the same documents.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are filled):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/bulk_booking.py SITE [--orders 1000] [--rounds 3] [--theirs 60]

Each order has a new customer with contact and address, an invoice of three lines with VAT and shipping, and a payment.
Rounds alternate, so that the machine's drift falls on both sides; the ratio of the medians is what counts. The proof's cost
is told apart: what the run spends on asking ERPNext, for the shapes and for the sample.
"""

import resource
import statistics
import sys
import time
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import books_of, open_site, site_arguments
from booking import STORE, book_with_two_passes, keys_of, make_outcomes, timed

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs  # nosemgrep  # it is timed
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.site import make_store
from jarz_woocommerce_integration.translation.drafts import Outcome

PAGE = 100


class Proving:
	"""Counts the seconds that a run spends on its proof."""

	def __init__(self):
		self.seconds = 0.0
		prove = Proofs._prove

		def timed(*arguments, **options):
			started = time.perf_counter()
			prove(*arguments, **options)
			self.seconds += time.perf_counter() - started

		Proofs._prove = timed


def main() -> None:
	parser = site_arguments(__doc__)
	parser.add_argument("--orders", type=int, default=1000, help="of each round in bulk")
	parser.add_argument("--rounds", type=int, default=3)
	parser.add_argument("--theirs", type=int, default=60, help="of each round of insert + submit")
	arguments = parser.parse_args()
	company = open_site(arguments.site, arguments.company)
	wipe_books()
	settings, drafts = books_of(make_store(STORE, company=company))
	frappe.flags.in_test = False
	proving = Proving()
	ours, proofs, theirs = [], [], []
	first = 1
	with bulk_ledger(settings) as ledger:
		for number in range(arguments.rounds):
			outcomes = make_outcomes(drafts, first, arguments.orders)
			took, proof = book_in_bulk(ledger, outcomes, proving)
			ours.append((took - proof) / arguments.orders)
			proofs.append(proof)
			first += arguments.orders
			outcomes = make_outcomes(drafts, first, arguments.theirs)
			first += arguments.theirs
			theirs.append(timed(book_with_two_passes, settings, outcomes) / arguments.theirs)
			print(
				f"round {number + 1}: in bulk {60 / ours[-1]:>7,.0f} a minute, with the proof"
				f" {60 * arguments.orders / took:>7,.0f}; insert + submit {60 / theirs[-1]:>5,.0f}",
				flush=True,
			)
		counted = ledger.bulk.proofs.total
	total = arguments.orders * arguments.rounds
	alone = statistics.median(theirs) / statistics.median(ours)
	whole = statistics.median(ours) * total + sum(proofs)
	print(f"ratio {alone:.1f} without the proof, {statistics.median(theirs) * total / whole:.1f} with it")
	each = sum(proofs) / max(counted.proofs + counted.samples, 1)
	print(
		f"proof: {counted.proofs} for shapes, {counted.samples} samples, {1000 * each:.0f} ms each,"
		f" {100 * sum(proofs) / whole:.0f} % of {total:,} orders"
	)
	at_10000 = each * (counted.proofs + 20 + 2 * 10_000 / 200)
	share = at_10000 / (statistics.median(ours) * 10_000 + at_10000)
	print(f"       {100 * share:.0f} % of a run of 10,000 (an order and a new customer are a sample each)")
	print(
		f"in bulk {counted.written:,} orders and customers, through documents {sum(counted.documents.values())}"
	)
	print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def book_in_bulk(ledger: ERPNextLedger, orders: list[Outcome], proving: Proving) -> tuple[float, float]:
	""":return: seconds of everything, and of the proof"""
	proving.seconds = 0.0
	took = 0.0
	for start in range(0, len(orders), PAGE):
		outcomes = orders[start : start + PAGE]
		run = ledger.open_run({"benchmark": True}, before=outcomes[0].order.created_at)
		started = time.perf_counter()
		ledger.lookups(keys_of(outcomes))
		ledger.create_masters(outcomes)
		booked = ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes)
		took += time.perf_counter() - started
		assert {order.what for order in booked.orders} == {"booked"}, booked.orders[0]
	return took, proving.seconds


if __name__ == "__main__":
	main()
