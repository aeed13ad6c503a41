"""The buttons of the form of a WooCommerce Sync Run, and what it shows while a run goes on."""

import frappe
from frappe.utils import cint

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.api.rights import row_of, store_of
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.page_jobs import control as run_control, progress as run_progress
from jarz_woocommerce_integration.services.proof import jobs as run_verification
from jarz_woocommerce_integration.services.undo import book_anew as anew, undo as rollback

RUN = "WooCommerce Sync Run"


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def progress(run: int | str) -> dict:
	"""How the run stands; see `services.page_jobs.progress`."""
	return run_progress.run_progress(row_of(RUN, cint(run)).name)


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def start(
	store: str,
	workers: int | str | None = None,
	orders: int | str | None = None,
	until: str | None = None,
	read_all: bool | int | str = 0,
) -> int:
	"""Start a migration of the store's history, so many pages at once.

	:param orders: pause after about so many, "" for all; :param until: the last day whose orders are read, "" for today
	:param read_all: read every order again, also those of which nothing shows that they have changed
	:returns: the run's name
	"""
	return run_control.start(
		store_of(store, "write").name,
		workers=cint(workers) or None,
		orders=cint(orders) or None,
		until=until or None,
		read_all=bool(cint(read_all)),
	)


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def pause(run: int | str) -> None:
	"""Hand out no more pages; those that are being booked are finished."""
	run_control.pause(_steerable(run))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def resume(run: int | str) -> None:
	"""Go on where the run was paused, stopped or broke off."""
	run_control.resume(_steerable(run))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def stop(run: int | str) -> None:
	"""End the run before its end."""
	run_control.stop(_steerable(run))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def retry_failed(run: int | str) -> None:
	"""Try failed pages and orders again."""
	run_control.retry_failed(_steerable(run))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def verify(run: int | str) -> None:
	"""Make the proof again, in the background."""
	run_verification.start(_steerable(run))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def undo(run: int | str) -> None:
	"""Take back what the run booked, in the background."""
	rollback.start_undo(_steerable(run))


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def suspects(run: int | str) -> dict:
	"""The orders that stand as they were booked in bulk, of kinds that have failed since; see `services.undo.book_anew`."""
	return anew.suspects(row_of(RUN, cint(run)).name)


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def book_anew(run: int | str) -> None:
	"""Take those orders back and book them as documents, in the background."""
	anew.start(_steerable(run))


def _steerable(run: int | str) -> int:
	return row_of(RUN, cint(run), to_change=True).name
