"""What one worker of a run has proven, for the others, and for the next run: in the cache, which may forget it.
Then it is proven again.

What must not be forgotten, a kind that differs, is kept by the run itself (`report.failed_in`).
"""

from collections import Counter
from collections.abc import Iterable

import frappe
from redis.exceptions import RedisError

from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.kinds import Kind
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Known
from jarz_woocommerce_integration.ledger.erpnext.bulk.report import digest

SECONDS_KEPT = 6 * 3600
SECONDS_KEPT_FOR_NEXT_RUN = 14 * 24 * 3600
_NEXT_RUN = "woo_bulk_kept|"


def load(run_id: int) -> Known | None:
	return frappe.cache.get_value(_key(run_id), expires=True)


def save(run_id: int, known: Known) -> None:
	frappe.cache.set_value(_key(run_id), known, expires_in_sec=SECONDS_KEPT)


def kept(basis: str) -> Known | None:
	"""What an earlier run or rehearsal has proven on the same basis."""
	return frappe.cache.get_value(_NEXT_RUN + basis, expires=True)


def keep(basis: str, known: Known) -> None:
	"""For the next run. :param basis: digest of all that it depends on: the state of the site, the settings, the apps"""
	frappe.cache.set_value(_NEXT_RUN + basis, known, expires_in_sec=SECONDS_KEPT_FOR_NEXT_RUN)


def drop(basis: str) -> None:
	"""Something has differed: whatever was proven on this basis is proven again."""
	frappe.cache.delete_value(_NEXT_RUN + basis)


def written(run_id: int, state: str, kinds: Iterable[Kind]) -> Counter:
	"""How many all workers have written of these kinds in this state of the site; {} where the cache doesn't answer."""
	asked = list(kinds)
	if not asked:
		return Counter()
	try:
		found = frappe.cache.hmget(_counts_key(run_id, state), [digest(kind) for kind in asked])
	except RedisError:
		return Counter()
	return Counter({kind: int(number) for kind, number in zip(asked, found, strict=True) if number})


def add_written(run_id: int, state: str, counts: Counter) -> Counter:
	"""Add what this worker has written. :return: of all workers, {} where the cache doesn't answer"""
	key = _counts_key(run_id, state)
	try:
		pipeline = frappe.cache.pipeline(transaction=False)
		for kind, number in counts.items():
			pipeline.hincrby(key, digest(kind), number)
		pipeline.expire(key, SECONDS_KEPT)
		return Counter(dict(zip(counts, pipeline.execute(), strict=False)))
	except RedisError:
		return Counter()


def _counts_key(run_id: int, state: str) -> bytes:
	return frappe.cache.make_key(f"woo_bulk_written|{run_id}|{state}")


def _key(run_id: int) -> str:
	# Another key than those of 1.5 and before, whose workers keep other classes under them.
	return f"woo_bulk_proven|{run_id}"
