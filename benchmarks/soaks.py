"""What migrations that are disturbed on purpose share: the undisturbed one, and the books of both side by side."""

import time
from itertools import islice

import frappe

from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.page_jobs import control as run_control, pages as site_pages
from jarz_woocommerce_integration.services.proof.proof import prove_store
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import open_session
from jarz_woocommerce_integration.tests.proof.proof_case import books_digest, invoiced_twice
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


def undisturbed(page_size: int) -> list[tuple]:
	"""The books after a migration in this process. They are wiped afterwards."""
	started = time.monotonic()
	order_sync.migrate_all_historical_orders_cli(max_pages=None, batch_size=page_size, store=STORE)
	print(f"undisturbed, in one process: {time.monotonic() - started:,.0f} s", flush=True)
	frappe.db.rollback()
	digest = books_digest()
	wipe_books()
	return digest


def start(page_size: int, workers: int) -> int:
	""":returns: name of the run"""
	with open_session(STORE) as session:
		return run_control.start_in(session, session.scope(page_size=page_size), workers)


def came_through(run: int, digest: list[tuple] | None, told: str) -> bool:
	"""Whether a run ended as it must, which is printed.

	:param digest: of the undisturbed books, None where there are none; :param told: how it was disturbed
	"""
	row = frappe.get_doc(site_runs.RUN, run)
	print(
		f"disturbed: {told}, {row.orders:,} orders, run {row.status},"
		f" proven {bool(row.proven)}, pages {site_pages.counts(run)}, {row.last_error or ''}"
	)
	twice = invoiced_twice()
	print(f"orders with two invoices: {twice or 'none'}")
	found = prove_store(STORE)
	print(f"books proven against the shop: {found.proven}")
	for sentence in islice(found.wrong(), 5):
		print(f"  {sentence}")
	equal = digest is None or books_digest() == digest
	if digest is not None:
		print(f"books equal to those of the undisturbed run: {equal}")
	return row.status == "Completed" and bool(row.proven) and found.proven and equal and not twice
