"""The background work of product imports: one job an import, whose lock says who is at it. What was killed goes on with the next minute."""

import threading
from collections.abc import Callable

import frappe
from frappe.model.document import Document
from redis.exceptions import RedisError

from jarz_woocommerce_integration.exceptions import LedgerInUseError, WooCommerceIntegrationError
from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.products import applying, images, imports, planning, undoing
from jarz_woocommerce_integration.services.session import jobs
from jarz_woocommerce_integration.services.session.background import (
	LOCK_ERRORS,
	in_words,
	timeout_behind,
	without_traces,
)
from jarz_woocommerce_integration.services.session.work_states import state_of

OnProgress = Callable[[dict[str, int]], None]

LOCK = "woo_product_import"
QUEUE = "long"
# Ten thousand products are read in some minutes at a hundred requests a minute, and made in ten; a slow shop takes longer.
TIMEOUT = 2 * 3600
_WORK = {imports.APPLYING: applying.apply, imports.UNDOING: undoing.undo}


_ALERTS = {imports.READING: "plan", imports.APPLYING: "apply", imports.UNDOING: "undo"}


def enqueue(name: int) -> None:
	"""Have an import worked on, once what was written is committed."""
	jobs.enqueue_after_commit([_job(name)], product_import=int(name))


@without_traces
def work_on(product_import: int) -> dict:
	"""The job: whatever the import is to become next."""
	with named_lock(LOCK, product_import) as held:
		if not held:
			return {"status": "others work on it"}
		document = imports.get(product_import)
		try:
			counts = run(product_import)
		except WooCommerceIntegrationError as error:
			_tell(document, error=in_words(error))
			raise
		if document.status in _ALERTS:
			_tell(document, counts)
		return counts


def _tell(document: Document, counts: dict[str, int] | None = None, error: str = "") -> None:
	"""Whoever had it done. Commits."""
	user = document.started_by if document.status == imports.READING else document.approved_by
	if user:
		what = _ALERTS.get(document.status, "")
		alerts.product_import_ended(int(document.name), document.store, user, what, counts, error)
		frappe.db.commit()


def run(
	name: int, on_progress: OnProgress = lambda counts: None, stop: threading.Event | None = None
) -> dict[str, int]:
	"""Do what an import is at, and keep what it ends with. The caller holds its lock, or nobody does. Commits."""
	status = frappe.db.get_value(imports.IMPORT, name, "status")
	try:
		if status == imports.READING:
			return planning.read_plan(name, lambda count: on_progress({"products": count}))
		if status in _WORK:
			return _WORK[status](name, on_progress, stop)
	except Exception as error:
		if timeout_behind(error) or isinstance(error, LOCK_ERRORS):
			raise  # the next job goes on
		frappe.db.rollback()
		imports.write(name, status=imports.FAILED, last_error=in_words(error))
		frappe.db.commit()
		raise
	return {}


def run_here(
	name: int, on_progress: OnProgress = lambda counts: None, stop: threading.Event | None = None
) -> dict[str, int]:
	"""As the job, in this process. :raises LedgerInUseError: a job is at it"""
	with named_lock(LOCK, name) as held:
		if not held:
			raise LedgerInUseError(
				Sentence("Product import {0} is being worked on in the background.", name),
				"Wait until it is done.",
			)
		return run(name, on_progress, stop)


@without_traces
def fetch_images(product_import: int) -> dict[str, int]:
	"""The job: images that items of an import wait for. It holds the import's lock, as whatever else is done with it."""
	with named_lock(LOCK, product_import) as held:
		return images.fetch(product_import) if held else {}


@without_traces
def sweep() -> None:
	"""Go on with imports at which nobody works though they aren't done, and fetch their images. Called by the scheduler."""
	try:
		for name in frappe.get_all(imports.IMPORT, {"status": ("in", imports.AT_WORK)}, pluck="name"):
			_job(name).start(product_import=int(name))
		for name in images.waiting_imports():
			_images_job(name).start(product_import=int(name))
	except RedisError:
		frappe.logger().warning("WooCommerce products: the queue can't be reached")


def state(name: int) -> str | None:
	"""Whether the work waits or is being done; see `work_states.state_of`."""
	job = _job(name)
	return state_of([job.id], job.lock, QUEUE)


def _job(name: int) -> jobs.Job:
	return jobs.Job(
		f"{__name__}.{work_on.__name__}", f"woo_products_{name}", QUEUE, TIMEOUT, (LOCK, int(name))
	)


def _images_job(name: int) -> jobs.Job:
	return jobs.Job(
		f"{__name__}.{fetch_images.__name__}", f"woo_images_{name}", QUEUE, TIMEOUT, (LOCK, int(name))
	)
