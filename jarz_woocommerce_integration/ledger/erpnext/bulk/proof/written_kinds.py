"""Which orders of a run were written as rows of which kinds: they are found where one of their kinds fails afterwards.

The record of a page has a line for each of its commits, a decision on a customer has the kinds of what was made for it. Both are
written in the transaction that writes the rows. A kind that fails says nothing of what was written of it under other settings
of the site: there it was proven anew.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.kinds import Kind
from jarz_woocommerce_integration.ledger.erpnext.bulk.report import RUN, FailedKind, digest, failed_kinds

# So much of a digest tells the kinds of one run apart. Where it didn't, an order too many would be listed.
DIGITS = 8
PAGES_READ_AT_ONCE = 100

_NOTE = """
UPDATE `tabWooCommerce Sync Page` SET bulk_kinds = CONCAT_WS('\n', bulk_kinds, %s) WHERE name = %s
"""
_PAGES = """
SELECT name, bulk_kinds FROM `tabWooCommerce Sync Page`
WHERE run = %(run)s AND name > %(after)s AND bulk_kinds REGEXP %(kinds)s ORDER BY name LIMIT %(limit)s
"""
# What was made for a customer, of this run, and whom it was made for.
_DECISIONS = """
SELECT decision.customer, decision.bulk_kinds FROM `tabWooCommerce Customer Decision` decision
WHERE decision.store = %(store)s AND decision.bulk_kinds REGEXP %(kinds)s AND decision.bulk_kinds LIKE %(of_run)s
"""
# An order that was booked anew since has an invoice of another run.
_STANDING = """
SELECT woo_order_id, name FROM `tabSales Invoice`
WHERE woo_run = %(run)s AND woo_store = %(store)s AND docstatus < 2 AND coalesce(woo_refund_id, 0) = 0 AND {which}
ORDER BY woo_order_id
"""
_RUNS = """
SELECT name FROM `tabWooCommerce Sync Run`
WHERE store = %s AND bulk_report LIKE '%%"fell_back": {"%%' AND status NOT IN ('Undoing', 'Undone') ORDER BY name
"""


class Suspect(NamedTuple):
	"""An order that was written as rows of a kind that has failed since. :ivar kind: in words; :ivar why: it has failed"""

	order_id: int
	invoice: str
	kind: str
	why: str

	@property
	def message(self) -> str:
		"""What the accountant reads of it."""
		return (
			f'{self.invoice} of order {self.order_id} was booked in bulk as "{self.kind}", which was found to be wrong later in'
			f" the run: {self.why.rstrip('.')}. Book it anew (button in the form of the run)."
		)


# --- what is written ---


def note(run_id: int, page: int, state: str, orders: Mapping[int, Collection[Kind]]) -> None:
	"""Add to the record of a page what was written as rows, in its transaction.

	:param state: digest of the site's state; :param orders: order id -> its kinds
	"""
	if orders:
		frappe.db.sql(_NOTE, (_line_of(state, orders), f"{run_id}-{page}"))


def mark_of(run_id: int, state: str, kinds: Collection[Kind]) -> str:
	"""What a decision on a customer keeps of what was written as rows for it."""
	return " ".join((str(run_id), state, *sorted(map(_short, kinds))))


def _line_of(state: str, orders: Mapping[int, Collection[Kind]]) -> str:
	places: dict[Kind, int] = {}
	groups: dict[tuple[int, ...], list[int]] = {}
	for order_id, kinds in orders.items():
		group = tuple(sorted(places.setdefault(kind, len(places)) for kind in kinds))
		groups.setdefault(group, []).append(order_id)
	line = {"state": state, "kinds": [_short(kind) for kind in places], "orders": list(groups.items())}
	return json.dumps(line, separators=(",", ":"))


def _short(kind: Kind) -> str:
	return digest(kind)[:DIGITS]


# --- what is found where a kind has failed ---


def suspects_of_store(store: str) -> Iterator[Suspect]:
	"""The suspects of all runs of a store that aren't undone."""
	for run in frappe.db.sql(_RUNS, store, pluck=True):
		yield from suspects(run)


def suspects(run: int) -> Iterator[Suspect]:
	"""The orders of a run that stand as they were written, of kinds that have failed since. Commits in between do no harm."""
	search = _Search(run)
	if not search.failed:
		return
	there: set[int] = set()
	for found in (search.by_pages(), search.by_customers()):
		for suspect in found:
			if suspect.order_id not in there:
				there.add(suspect.order_id)
				yield suspect


def has_suspects(run: int) -> bool:
	return next(suspects(run), None) is not None


def suspect_customers(run: int) -> dict[str, FailedKind]:
	"""Names of customers for whom the run has written rows of kinds that have failed since."""
	return _Search(run).customers()


class _Search:
	"""The orders of one run. :ivar failed: the beginning of a kind's digest -> what is known of it"""

	def __init__(self, run: int):
		self.run = run
		self.store = frappe.db.get_value(RUN, run, "store")
		self.failed = {kind[:DIGITS]: failed for kind, failed in failed_kinds(run).items()}

	@property
	def _pattern(self) -> str:
		return "|".join(self.failed)

	def by_pages(self) -> Iterator[Suspect]:
		after = ""
		while True:
			values = {
				"run": str(self.run),
				"after": after,
				"kinds": self._pattern,
				"limit": PAGES_READ_AT_ONCE,
			}
			pages = frappe.db.sql(_PAGES, values)
			for _name, lines in pages:
				why = {
					order_id: failed for line in lines.split("\n") for order_id, failed in self._of_line(line)
				}
				yield from self._standing("woo_order_id IN %(these)s", list(why), why)
			if len(pages) < PAGES_READ_AT_ONCE:
				return
			after = pages[-1][0]

	def _of_line(self, text: str) -> Iterator[tuple[int, FailedKind]]:
		line = json.loads(text)
		failed = {
			place: self.failed[kind]
			for place, kind in enumerate(line["kinds"])
			if kind in self.failed and self.failed[kind].state == line["state"]
		}
		for places, order_ids in line["orders"]:
			if why := next((failed[place] for place in places if place in failed), None):
				yield from ((order_id, why) for order_id in order_ids)

	def customers(self) -> dict[str, FailedKind]:
		"""Name of a customer -> what has failed of what was written for it."""
		if not self.failed:
			return {}
		values = {"store": self.store, "kinds": self._pattern, "of_run": f"{self.run} %"}
		found = {}
		for customer, mark in frappe.db.sql(_DECISIONS, values):
			_run, state, *kinds = mark.split(" ")
			why = (self.failed[kind] for kind in kinds if kind in self.failed)
			if failed := next((each for each in why if each.state == state), None):
				found[customer] = failed
		return found

	def by_customers(self) -> Iterator[Suspect]:
		for customer, failed in sorted(self.customers().items()):
			yield from self._standing("customer = %(these)s", customer, failed)

	def _standing(
		self, which: str, these: list[int] | str, why: dict[int, FailedKind] | FailedKind
	) -> Iterator[Suspect]:
		if not these:
			return
		values = {"run": self.run, "store": self.store, "these": these}
		for order_id, invoice in frappe.db.sql(_STANDING.format(which=which), values):
			failed = why if isinstance(why, FailedKind) else why[order_id]
			yield Suspect(order_id, invoice, failed.words, failed.why)
