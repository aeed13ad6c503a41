"""Which orders a migration reads where the ledger has most of them already: those that the shop's list shows as changed, and
those of which something else may have changed.

What an entry of the list says (status, total, currency, refunds, the stamp of the last change) is compared with the ledger's
row. A refund that is deleted doesn't raise the stamp, so the refunds are compared by themselves.
"""

from jarz_woocommerce_integration.ledger.contract import BookedOrder, Ledger
from jarz_woocommerce_integration.services.migration.verification import other_refunds, outdated
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import OrderWindow, count_orders
from jarz_woocommerce_integration.store.payloads import EntryWithRefunds
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.translate import Translator

# Of the shop's orders, in percent. Below it reading pages takes fewer requests than the list with pages of ids.
MOST = 90
LIVING = ("Draft", "Submitted")


def count_of_known(client: StoreClient, ledger: Ledger, window: OrderWindow) -> int | None:
	"""How many orders the window has, if the ledger has nearly all of them; else None. One request, and none for an empty
	ledger.

	:raises StoreError: the store can't be read
	"""
	known = ledger.count_orders(window.after, window.before, window.statuses)
	there = count_orders(client, window) if known else None
	return there if there and there * MOST <= known * 100 else None


def is_to_be_read(
	entry: EntryWithRefunds, row: BookedOrder | None, translator: Translator, run_id: int
) -> bool:
	"""Whether the order is to be read in full.

	:param row: what the ledger has of it; :param run_id: the migration, whose own orders aren't read a second time by it
	"""
	if row is None:
		return True
	if row.run_id == run_id:
		# What has changed since then the final pass finds.
		return False
	if outdated(entry, row) or other_refunds(entry, row):
		return True
	if not row.payload_hash or not translator.is_unchanged(
		row.state, row.payload_hash, row.policy_hash, row.payload_hash
	):
		# Held, failed, marked as deleted, skipped by other rules than today's: the same order may come to something else now.
		return True
	# The ledger looks for another invoice of the order, which a person may have made instead.
	return row.state is OrderState.SYNCED and row.invoice_status not in LIVING
