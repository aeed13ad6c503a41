"""A proof in a few lines for the terminal: what is wrong comes first, the verdict last."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from jarz_woocommerce_integration.services.migration.progress_lines import unlisted_lines

SHOWN = 20


def proof_lines(proof: dict, wrong: Sequence[str], wrong_in_all: int, kept_on: int | None) -> Iterator[str]:
	"""
	:param proof: the proof as plain data; :param wrong: a sentence for each thing that is wrong, or for the first of them
	:param kept_on: the WooCommerce Sync Run on which the proof is kept, None where it is kept nowhere
	"""
	yield from wrong[:SHOWN]
	if wrong_in_all > SHOWN:
		yield f"and {wrong_in_all - SHOWN:,} more (--json has them)"
	for row in proof["by_status"]:
		yield (
			f"{row['status']} ({row['currency']}): {row['orders']:,} orders of {row['store_total']} in the store;"
			f" {row['booked']:,} of {row['booked_total']} booked, {row['listed']:,} of {row['listed_total']} listed"
		)
	yield from _taxes(proof["taxes"])
	yield from _refund_taxes(proof["refund_taxes"])
	yield from _documents(proof["sums"])
	for row in proof["accounts"]:
		yield f"{row['account']}: {row['ledger']} in the general ledger, {row['documents']} by the invoices' rows"
	yield from _sample(proof["sample"])
	yield from _territories(proof["territories"])
	for row in proof["received_unbooked"] or ():
		yield (
			f"Received, not booked: {row['received']} {row['currency']} for {row['orders']:,} orders in status {row['status']}"
		)
	yield from unlisted_lines(proof["unlisted_statuses"])
	if explained := proof["differences_explained"]:
		yield f"{explained:,} orders differ and are listed with their reason."
	if kept_on:
		yield f"The proof is kept on WooCommerce Sync Run {kept_on}, where it can be printed."
	if proof["proven"]:
		yield (
			f"Proven: each of the {proof['store_orders']:,} orders that the store lists is booked exactly or listed, and the"
			" books are sound."
		)
	else:
		yield f"Not proven: {wrong_in_all:,} points are wrong."


def _taxes(rates: Sequence[dict]) -> Iterator[str]:
	for row in rates:
		line = f"{row['rate']}: {row['store']} {row['currency']} in the store, {row['books']} in the books"
		if Decimal(row["credited"]):
			line += f"; credit notes return {-Decimal(row['credited'])}, {row['left']} remain"
		if row["orders_aside"]:
			line += f"; left out: {row['aside']} on {row['orders_aside']:,} orders that aren't booked or are listed as different"
		yield line


def _refund_taxes(currencies: Sequence[dict]) -> Iterator[str]:
	for row in currencies:
		line = f"Taxes of refunds ({row['currency']}): {row['store']} in the store, {row['books']} in credit notes"
		if row["orders_in_full"]:
			line += (
				f"; {row['in_full']} more on {row['orders_in_full']:,} orders that were refunded in full by an amount, for which"
				" the shop names no tax"
			)
		if row["orders_untold"]:
			line += f"; left out: {row['untold']} on {row['orders_untold']:,} orders, because the shop names no tax for their refunds"
		yield line


def _documents(days: Sequence[dict]) -> Iterator[str]:
	"""What is submitted in the books, whatever the shop says of it."""
	sums: dict[str, list] = {}
	for day in days:
		total = sums.setdefault(day["currency"], [0, 0, Decimal(0)])
		total[0] += day["documents"] - day["credit_notes"]
		total[1] += day["credit_notes"]
		total[2] += Decimal(day["total"])
	for currency, (invoices, notes, total) in sorted(sums.items()):
		yield (
			f"Books ({currency}): {invoices:,} submitted invoices less {notes:,} credit notes come to {total}; drafts are left"
			" out"
		)


def _sample(sample: dict) -> Iterator[str]:
	yield (
		f"Sample of {sample['compared']:,} of {sample['drawn_from']:,} booked orders (seed {sample['seed']}):"
		f" {sample['equal']:,} equal, {sample['different']:,} different, {sample['changed']:,} changed in the store since,"
		f" {sample['gone'] + sample['unreadable']:,} not readable; {sample['fields']:,} fields compared"
	)


def _territories(coverage: dict) -> Iterator[str]:
	if coverage["percent"] is not None:
		line = f"Territories: {coverage['percent']} % of {coverage['orders']:,} booked orders with a zone have the Territory of their address"
		if coverage["without_zone"]:
			line += f"; left out: {coverage['without_zone']:,} orders whose address names no zone"
		yield line
	for zone in coverage["codes"][:SHOWN]:
		yield f"  not mapped: {zone['country']} {zone['code']}: {zone['orders']:,} orders"
