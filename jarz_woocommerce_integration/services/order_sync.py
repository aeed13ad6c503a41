"""The migration and the sync of orders, by the names that `bench execute` and other apps call.

	bench --site SITE execute jarz_woocommerce_integration.services.order_sync.NAME --kwargs "{...}"

All of it is thin: the engine is `services.migration.engine`, joined with the site in `services.session.migration`. Whatever is
called, an order is booked once, an unfinished migration goes on where it was, and a second call changes nothing.
`store` is the name of a WooCommerce Store everywhere; without it, the default store of WooCommerce Settings is meant.
"""

from collections.abc import Sequence

from frappe.model.document import Document

from jarz_woocommerce_integration.services.live import sync_again
from jarz_woocommerce_integration.services.migration.progress_lines import ProgressLines, closing_lines
from jarz_woocommerce_integration.services.migration.stopping import stopping_on_interrupt
from jarz_woocommerce_integration.services.page_jobs import control as run_control
from jarz_woocommerce_integration.services.session import runs as site_runs, single_orders
from jarz_woocommerce_integration.services.session.migration import Limits, migrate, open_session
from jarz_woocommerce_integration.store.orders import read_bodies, read_page

STORE = "WooCommerce Store"
ORDERS_AT_ONCE = 100

__all__ = [
	"fetch_orders_page",
	"migrate_all_historical_orders_cli",
	"migrate_all_historical_orders_optimized",
	"migrate_historical_orders",
	"migrate_historical_orders_parallel",
	"migrate_historical_orders_streaming",
	"process_order_phase1",
	"process_order_with_cache",
	"process_orders_bulk",
	"sync_orders",
]


# --- the whole history -------------------------------------------------------------------------


def migrate_all_historical_orders_cli(
	max_pages: int | None = 200, batch_size: int = 100, store: str | None = None
) -> dict:
	"""Book the shop's whole history, prove it against the shop, and say what came of it.

	Prints its progress every 500 orders or 10 seconds, and a summary at the end. Ctrl-C stops at a page boundary.
	The same call goes on from there, also after a crash.

	:param max_pages: so many pages in this call, None for all; :param batch_size: orders a page, 1 to 100
	:returns: counts and sums of the books, `complete`, `proven`, and what this call did
	:raises LedgerInUseError: another migration of this store is under way
	:raises StoreError: the store can't be read; the same call goes on later
	"""
	limits = Limits(pages=max_pages)
	with open_session(store, is_patient=True) as session, stopping_on_interrupt(print) as stop:
		ended = migrate(session, session.scope(page_size=int(batch_size)), limits, ProgressLines(print), stop)
		summary = ended.summary(session.ledger)
	for line in closing_lines(summary, ended.paused):
		print(line)
	return summary


def migrate_all_historical_orders_optimized(max_pages: int | None = 100, store: str | None = None) -> dict:
	"""The same engine as `migrate_all_historical_orders_cli`, with pages of a hundred and other defaults.

	There is one way to book, and it is the fast one: a fixed number of lookups for a page, one commit.
	"""
	return migrate_all_historical_orders_cli(max_pages=max_pages, batch_size=100, store=store)


def migrate_historical_orders_streaming(store: str | None = None) -> dict:
	"""The same engine without a bound: all orders, whatever their number, in the memory of three pages."""
	return migrate_all_historical_orders_cli(max_pages=None, batch_size=100, store=store)


def migrate_historical_orders_parallel(
	total_pages: int | None = 200, store: str | None = None, workers: int | None = None
) -> dict:
	"""Book the history by page jobs on the queue `long`, as many at once as the settings say, and prove it.

	Returns at once; the run's form and `bench woo status` show how it goes. Workers on other machines that share the
	site's Redis take part. Called again after it has paused or failed, it goes on.

	:param total_pages: pause after so many pages, None for all; :param workers: pages at once, None takes the settings'
	:returns: {"status": "queued", "total_pages": …, "run": name of the WooCommerce Sync Run, "workers": …}
	:raises LedgerInUseError: a migration of this store is under way
	:raises StoreError: the store can't be read
	"""
	run = run_control.start(store, workers, total_pages)
	return {
		"status": "queued",
		"total_pages": total_pages,
		"run": run,
		"workers": site_runs.read(run).workers,
	}


# --- a page, an order --------------------------------------------------------------------------


def migrate_historical_orders(limit: int = 100, page: int = 1, store: str | None = None) -> dict:
	"""Book one page of the shop's orders, in the order of their ids. What is booked already is skipped.

	A look at how it goes; where the migration itself stands is left as it is.

	:param limit: orders a page, 1 to 100; :param page: from 1
	:returns: {"total_processed", "created", "updated", "skipped", "held", "failed", "results": [{"status", "reason",
		"invoice", "woo_order_id"}]}
	:raises StoreError: the page can't be read
	"""
	with open_session(store) as session:
		scope, wants_refunds = session.scope(), session.translator.wants_refunds
		found = read_page(session.client, scope.window, int(page), int(limit), wants_refunds)
		results = single_orders.unreadable_results(found)
		if found.orders:
			results = single_orders.results_of(session, single_orders.book_page(session, found)) + results
	return single_orders.counts_of(results)


def fetch_orders_page(page: int, limit: int = 100, store: str | None = None) -> list[dict]:
	"""One page of the shop's orders as its JSON says them, in the order of their ids, in all statuses, trash too.

	:param page: from 1; :param limit: 1 to 100
	:raises StoreError: the page can't be read
	"""
	with open_session(store) as session:
		return read_bodies(session.client, session.scope().window, int(page), int(limit))


def process_orders_bulk(orders: Sequence[dict], settings: Document | str | None = None) -> dict:
	"""Book orders that came as the shop's JSON: a fixed number of lookups and one commit for each hundred.

	:param settings: the WooCommerce Store or its name, or WooCommerce Settings, which name the default store
	:returns: as `migrate_historical_orders`
	:raises StoreError: refunds of an order can't be read
	"""
	results: list[dict] = []
	with open_session(_store_name(settings)) as session:
		for start in range(0, len(orders), ORDERS_AT_ONCE):
			page = single_orders.book_bodies(session, orders[start : start + ORDERS_AT_ONCE])
			results += single_orders.results_of(session, page)
	return single_orders.counts_of(results)


def process_order_with_cache(
	order: dict, settings: Document | str | None, customer_cache: dict, item_cache: dict
) -> dict:
	"""Book one order that came as the shop's JSON.

	The caches are kept for callers of old: what the books had for the order is put there (customer key -> name, item
	code -> name), and nothing is read from them, because another worker may have changed it. For several orders,
	`process_orders_bulk` looks everything up at once.

	:returns: {"status", "reason", "invoice", "woo_order_id"}
	"""
	with open_session(_store_name(settings)) as session:
		result = single_orders.book_bodies(session, [order])
		customers, items = result.lookups.customers, result.lookups.items_by_code
		customer_cache.update({key: customer.name for key, customer in customers.items()})
		for item in (*items.values(), *result.lookups.items_by_product.values()):
			item_cache[item.code] = item.name
		return _only(single_orders.results_of(session, result))


def process_order_phase1(
	order: dict, settings: Document | str | None = None, is_historical: bool = False
) -> dict:
	"""Book one order that came as the shop's JSON.

	:param is_historical: nothing but the books: no stock is moved and nobody is notified
	:returns: {"status", "reason", "invoice", "woo_order_id"}
	"""
	with open_session(_store_name(settings), historical=bool(is_historical)) as session:
		return _only(single_orders.results_of(session, single_orders.book_bodies(session, [order])))


def sync_orders(store: str | None, order_ids: Sequence[int]) -> list[dict]:
	"""Read these orders from the shop as they are now and book them. One that is gone there is marked as deleted.

	Orders of the history are booked as the migration books them: no stock is moved and nobody is notified.

	:returns: for each {"status", "reason", "invoice", "woo_order_id"}
	:raises StoreError: the store can't be read; what isn't done yet is tried again in the background
	"""
	return sync_again.sync_now(store, order_ids)


def _only(results: list[dict]) -> dict:
	"""A body that isn't even a numbered order leaves no result of its own."""
	if results:
		return results[0]
	return {
		"status": "failed",
		"reason": "This is no order of the store.",
		"invoice": "",
		"woo_order_id": None,
	}


def _store_name(settings: Document | str | None) -> str | None:
	"""The store that is meant by a document or a name."""
	if settings is None or isinstance(settings, str):
		return settings
	return settings.name if settings.doctype == STORE else settings.get("default_store")
