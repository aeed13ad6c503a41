"""The proof of a run, made again in the background for whoever asks for it in the run's form."""

import json
from dataclasses import replace

import frappe
from frappe.utils.background_jobs import is_job_enqueued
from redis.exceptions import RedisError

from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError
from jarz_woocommerce_integration.ledger.erpnext_runs import RUN
from jarz_woocommerce_integration.ledger.erpnext_values import from_utc_column
from jarz_woocommerce_integration.services.migration import Scope
from jarz_woocommerce_integration.services.site_migration import SiteSession, open_session
from jarz_woocommerce_integration.services.site_runs import LONGEST_ERROR

# A shop's whole manifest at a store's hundred requests a minute.
LONGEST = 2 * 3600


def start(run: int) -> None:
	"""Queue the proof of a run in `long`; one that is waiting or under way is left alone."""
	frappe.enqueue(prove_run, queue="long", timeout=LONGEST, job_id=_job(run), deduplicate=True, run=int(run))


def is_under_way(run: int) -> bool:
	"""Whether a proof of this run is waiting or being made; no where the queue can't be asked."""
	try:
		return is_job_enqueued(_job(run))
	except RedisError:
		return False


def prove_run(run: int) -> None:
	"""The job itself: compare the run's orders with the books, and keep the proof with the run."""
	from jarz_woocommerce_integration.services import proof

	store = frappe.db.get_value(RUN, run, "store")
	try:
		with open_session(store) as session:
			proof.keep(run, proof.prove(session, scope_of_run(session, run)))
	except WooCommerceIntegrationError as error:
		# The form shows it; as a failed job it would be told a second time, with a traceback.
		frappe.db.set_value(RUN, run, "last_error", str(error)[:LONGEST_ERROR])


def scope_of_run(session: SiteSession, run: int) -> Scope:
	"""The orders that the run was about: those that were made before it began, unless it was asked for older ones."""
	row = frappe.db.get_value(RUN, run, ("parameters", "before_gmt"), as_dict=True)
	asked = Scope.of(json.loads(row.parameters or "{}"))
	scope = session.scope(asked.statuses, asked.after)
	return replace(scope, before=asked.before or from_utc_column(row.before_gmt))


def _job(run: int) -> str:
	return f"woo_proof_{run}"
