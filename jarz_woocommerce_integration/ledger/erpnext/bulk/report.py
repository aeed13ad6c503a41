"""What a run says of its bulk booking: counted in the transaction of each page, whichever worker books it."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import frappe
from frappe import _

from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.kinds import Kind, Kinds, in_words, kind_in_words
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.tried import MOST_KEPT, Tried

RUN = "WooCommerce Sync Run"
MOST_LINES = 12
_OF_BOOKINGS = ("bulk", "documents", "orders", "of_kind", "kinds")


class Failure(NamedTuple):
	"""Why a kind isn't booked in bulk any more. :ivar state: digest of the site's state (`site_state`) in which that was found"""

	why: str
	state: str


class FailedKind(NamedTuple):
	"""A kind that has failed, as the run keeps it. :ivar words: the kind in words"""

	words: str
	why: str
	state: str = ""


@dataclass
class Tally:
	"""Counted since the last commit.

	:ivar bulk: kinds of an order -> how many were written as rows; :ivar documents: reason -> how many went through documents
	:ivar orders: reason -> how many orders documents have booked; the others are held, or customers
	:ivar failed: kind of a voucher or row -> what differed
	:ivar of_kind: kind of a voucher or row -> how many orders were written with it; :ivar compared: how often it was equal to ERPNext's
	:ivar tried: kind -> what it was tried with by now
	:ivar proven_before: so many kinds were proven by an earlier run or rehearsal, in the same state of the site
	:ivar kinds: order id -> all its kinds, of those that were written as rows. They are written with the page and added to nothing
	"""

	bulk: Counter = field(default_factory=Counter)
	documents: Counter = field(default_factory=Counter)
	orders: Counter = field(default_factory=Counter)
	failed: dict[Kind, Failure] = field(default_factory=dict)
	of_kind: Counter = field(default_factory=Counter)
	compared: Counter = field(default_factory=Counter)
	tried: dict[Kind, Tried] = field(default_factory=dict)
	kinds: dict[int, set[Kind]] = field(default_factory=dict)
	proofs: int = 0
	samples: int = 0
	proven_before: int = 0

	def add(self, other: "Tally") -> None:
		self.bulk += other.bulk
		self.documents += other.documents
		self.orders += other.orders
		self.failed |= other.failed
		self.proofs += other.proofs
		self.samples += other.samples

	def counts(self) -> dict[str, Any]:
		"""A copy of what is counted of orders and customers, to `take_back` to."""
		return {name: copy(getattr(self, name)) for name in _OF_BOOKINGS}

	def take_back(self, counts: Mapping[str, Any]) -> None:
		"""The bookings since then were rolled back. What was found out about kinds stays."""
		for name, value in counts.items():
			setattr(self, name, copy(value))

	@property
	def written(self) -> int:
		"""How many orders and customers were written as rows."""
		return sum(self.bulk.values())

	def as_dict(self) -> dict:
		"""Plain data. Kinds are keyed by a digest: two may be the same in words."""
		return {
			"bulk": {digest(kinds): [in_words(kinds), orders] for kinds, orders in self.bulk.items()},
			"documents": {why: orders for why, orders in self.documents.items() if orders},
			"orders": dict(self.orders),
			"fell_back": {
				digest(kind): [kind_in_words(kind), *failure] for kind, failure in self.failed.items()
			},
			"proofs": self.proofs,
			"samples": self.samples,
			"proven_before": self.proven_before,
			"kinds": {digest(kind): self._kind(kind) for kind in {*self.of_kind, *self.compared}},
		}

	def _kind(self, kind: Kind) -> dict:
		return {
			"kind": kind_in_words(kind),
			"written": self.of_kind[kind],
			"compared": self.compared[kind],
			"tried": self.tried[kind].as_dict() if kind in self.tried else {},
		}


def digest(kind: Kind | Kinds) -> str:
	return hashlib.blake2b(repr(kind).encode(), digest_size=8).hexdigest()


def add_to_run(run_id: int, tally: Tally) -> None:
	"""Add what was counted to the run's own, in the page's transaction, which has the run's row anyway."""
	rows = frappe.db.sql(f"SELECT bulk_report FROM `tab{RUN}` WHERE name = %s FOR UPDATE", run_id)
	if not rows:
		return
	report = merged(json.loads(rows[0][0] or "{}"), tally.as_dict())
	frappe.db.sql(
		f"UPDATE `tab{RUN}` SET bulk_report = %s, bulk_booking = %s WHERE name = %s",
		(json.dumps(report, ensure_ascii=False), text_of(report), run_id),
	)


def failed_in(run_id: int) -> dict[str, str]:
	"""Digest of a kind -> what differed, of all workers of the run."""
	return {kind: failed.why for kind, failed in failed_kinds(run_id).items()} if run_id else {}


def failed_kinds(run_id: int) -> dict[str, FailedKind]:
	"""Digest of a kind -> what the run knows of it, of the kinds that aren't booked in bulk any more."""
	report = json.loads(frappe.db.get_value(RUN, run_id, "bulk_report") or "{}")
	return {kind: FailedKind(*entry) for kind, entry in report.get("fell_back", {}).items()}


def merged(report: dict, more: dict) -> dict:
	bulk = dict(report.get("bulk", {}))
	for kinds, (words, orders) in more["bulk"].items():
		bulk[kinds] = [words, orders + bulk.get(kinds, [words, 0])[1]]
	documents = Counter(report.get("documents", {}))
	documents.update(more["documents"])
	orders = Counter(report.get("orders", {}))
	orders.update(more["orders"])
	return {
		"bulk": bulk,
		"documents": dict(documents),
		"orders": dict(orders),
		"fell_back": {**more["fell_back"], **report.get("fell_back", {})},
		"proofs": report.get("proofs", 0) + more["proofs"],
		"samples": report.get("samples", 0) + more["samples"],
		"proven_before": max(report.get("proven_before", 0), more["proven_before"]),
		"kinds": _merged_kinds(report.get("kinds", {}), more["kinds"]),
	}


def _merged_kinds(kinds: dict[str, dict], more: dict[str, dict]) -> dict[str, dict]:
	merged = dict(kinds)
	for key, kind in more.items():
		if key in merged:
			before = merged[key]
			tried = {**before["tried"], **kind["tried"]}
			for name, values in tried.items():
				tried[name] = sorted({*before["tried"].get(name, ()), *values})[:MOST_KEPT]
			counts = {name: before[name] + kind[name] for name in ("written", "compared")}
			kind = {**before, **counts, "tried": tried}
		merged[key] = kind
	return merged


def text_of(report: dict) -> str:
	"""What a person reads in the run's form."""
	kinds: Counter = Counter()
	for words, count in report["bulk"].values():
		kinds[words.partition(" ")[0]] += count
	customers, more = kinds.pop("customer", 0), kinds.pop("address", 0) + kinds.pop("contact", 0)
	lines = [
		_(
			"Booked in bulk: {0} orders, {1} new customers, new details of {2} known ones."
			" Compared with ERPNext: {3} to prove their kinds, {4} as a sample."
		).format(kinds.total(), customers, more, report["proofs"], report["samples"])
	]
	if before := report.get("proven_before"):
		lines.append(
			_(
				"Kinds that an earlier run or rehearsal had proven in the same state of the site: {0}."
				" The first order of each was compared again."
			).format(before)
		)
	if orders := sum(report.get("orders", {}).values()):
		lines.append(_("Orders that documents have booked: {0}.").format(orders))
	for why, count in Counter(report["documents"]).most_common(MOST_LINES):
		lines.append(_("Through documents ({0}): {1}.").format(count, why.rstrip(".")))
	for words, why, *_state in list(report["fell_back"].values())[:MOST_LINES]:
		lines.append(_("Not booked in bulk any more: {0}. {1}.").format(words, why.rstrip(".")))
	return "\n".join(lines)
