"""What one worker of a run has proven, for the others: in the cache, which may forget it. Then it is proven again.

What must not be forgotten, a kind that differs, is kept by the run itself (`report.failed_in`).
"""

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Known

SECONDS_KEPT = 6 * 3600


def load(run_id: int) -> Known | None:
	return frappe.cache.get_value(_key(run_id), expires=True)


def save(run_id: int, known: Known) -> None:
	frappe.cache.set_value(_key(run_id), known, expires_in_sec=SECONDS_KEPT)


def _key(run_id: int) -> str:
	# Another key than that of 1.5, whose workers keep classes of other names under it.
	return f"woo_bulk_known|{run_id}"
