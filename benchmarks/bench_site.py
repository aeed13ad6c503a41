"""A site of no importance, whose books a benchmark may wipe and fill: any site, with any company."""

import argparse
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document
from machine import machine_line

from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.session.session import book_settings_of
from jarz_woocommerce_integration.tests.support.draft_factory import DraftFactory
from jarz_woocommerce_integration.tests.support.site import ensure_company

CONTEXT = multiprocessing.get_context("spawn")


def site_arguments(description: str) -> argparse.ArgumentParser:
	"""What every benchmark on a site is called with."""
	parser = argparse.ArgumentParser(description=description.partition("\n")[0])
	parser.add_argument("site")
	parser.add_argument(
		"--company", default="", help="whose books are filled; the site's first one without it"
	)
	return parser


def open_site(name: str, company: str = "") -> str:
	"""Connect to it, and print what is measured on. The working directory is the bench's `sites`.

	:returns: the company; where the site has none, ERPNext's setup makes one
	"""
	frappe.init(site=name)
	frappe.connect()
	frappe.set_user("Administrator")
	frappe.flags.in_test = True  # lets the books be wiped
	found = ensure_company()
	company = company or found
	if not frappe.db.exists("Company", company):
		there = ", ".join(frappe.get_all("Company", pluck="name", order_by="name"))
		raise SystemExit(f'{name} has no Company "{company}". It has {there}.')
	print(machine_line())
	print(site_line(name, company), flush=True)
	return company


def site_line(name: str, company: str) -> str:
	"""The line that says on what site a figure was measured."""
	currency, country = frappe.db.get_value("Company", company, ["default_currency", "country"])
	versions = ", ".join(f"{app} {frappe.get_attr(f'{app}.__version__')}" for app in ("frappe", "erpnext"))
	((database,),) = frappe.db.sql("SELECT VERSION()")
	return f"{name}: {company} ({currency}, {country}), {versions}, database {database}"


def books_of(store: Document) -> tuple[BookSettings, DraftFactory]:
	"""What a store's orders are booked with, and a maker of drafts that names the accounts of its form."""
	factory = DraftFactory(
		income=store.income_account,
		tax=store.tax_account,
		fees=store.fees_account,
		receivable=store.receivable_account,
		cash=store.default_payment_account,
		mode_of_payment=store.default_mode_of_payment,
		currency=store.currency,
	)
	return book_settings_of(store), factory


@contextmanager
def served_shop(seed: int, orders: int) -> Iterator[str]:
	"""A sample shop in a process of its own, so that its work isn't ours. Gives its address."""
	address, is_over = CONTEXT.Queue(), CONTEXT.Event()
	shop = CONTEXT.Process(target=_serve, args=(seed, orders, address, is_over), daemon=True)
	shop.start()
	try:
		yield address.get(timeout=600)
	finally:
		is_over.set()
		shop.join(10)


def _serve(seed: int, orders: int, address, is_over) -> None:
	with SampleStore(SampleShop(seed=seed, orders=orders, plugins=True)).serve() as url:
		address.put(url)
		is_over.wait()
