"""What is proven in a run: what isn't yet is compared with what ERPNext writes, and a sample of the rest."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import frappe

from jarz_woocommerce_integration.exceptions import BookingRefusedError, LedgerError, NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk import writer
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan, Template, rows_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured, Difference, compare
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.kinds import Kind
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import UnfollowedWriteError, undone
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.repeated_reads import reads_remembered
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.row_values import values_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.tried import Tried, Values
from jarz_woocommerce_integration.ledger.erpnext.bulk.report import Failure, Tally, digest
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE, refusal_of

# The first draft of a kind gives the example, the next one is compared with it. A side kind has no example.
PROOFS = 2
PROOFS_OF_SIDE_KIND = 1
# A kind is compared once more when so many times as many orders of it were written as at the last comparison, at a
# place by chance between these: dense where the kind begins, and some seven times in a hundred thousand orders.
SAMPLED_AGAIN_AFTER = (3, 6)


@dataclass
class Known:
	"""What the other workers of the run may know, too.

	:ivar state: of the site, when this was proven (`site_state`)
	:ivar templates: (table, kind of row) -> how it is written
	:ivar equal: kind of a voucher or row -> how often both sides were equal
	:ivar tried: kind of a row -> what it was tried with
	:ivar written: kind -> how many orders of it were written; :ivar due: after how many it is compared again
	"""

	state: tuple = ()
	templates: dict[tuple, Template] = field(default_factory=dict)
	equal: Counter = field(default_factory=Counter)
	tried: dict[Kind, Tried] = field(default_factory=dict)
	written: Counter = field(default_factory=Counter)
	due: Counter = field(default_factory=Counter)

	def add(self, other: "Known") -> None:
		"""What another worker knows of the same state of the site."""
		for key, template in other.templates.items():
			self.templates.setdefault(key, template)
		self.equal |= other.equal
		self.written |= other.written
		self.due |= other.due
		for kind, tried in other.tried.items():
			self.tried.setdefault(kind, Tried()).add(tried.values)

	def for_next_run(self) -> "Known":
		"""What the next run begins with: the first order of each kind is compared there, too, and samples begin anew."""
		return Known(self.state, dict(self.templates), Counter(self.equal), dict(self.tried))


@dataclass(slots=True)
class Provable:
	"""Planned rows of one order, or of one customer.

	:ivar refused: why documents are to book it: what ERPNext said when it was asked; "" where it may be written
	:ivar depends: on what else is planned in the page, so that ERPNext can't be asked for it alone
	"""

	plan: Plan
	refused: str = field(default="", init=False)
	depends: bool = field(default=False, init=False)

	def beside(self) -> Captured:
		"""What is written beside the planned rows, and compared, too."""
		return {}


AnyProvable = TypeVar("AnyProvable", bound=Provable)


class Proofs:
	"""Kept over the pages of a run.

	:ivar state: digest of the site's state under which this is proven
	:ivar failed: digest of a kind -> what differed; it stays for the run, whatever else changes
	:ivar tally: counted since the last commit; :ivar total: counted in this process
	:ivar seconds: how long ERPNext was asked and compared with, in this process
	"""

	def __init__(self):
		self.known = Known()
		self.state = ""
		self.failed: dict[str, str] = {}
		self.tally = Tally()
		self.total = Tally()
		self.has_news = False
		self.seconds = 0.0
		self._wrong = False
		self._tried_enough: set[Kind] = set()
		self._written: Counter = Counter()

	# --- what is known ---

	@property
	def templates(self) -> dict[tuple, Template]:
		return self.known.templates

	def hold_to(self, state: tuple) -> bool:
		"""Where the site's settings have changed, what was proven under the old ones says nothing of the new ones.

		:return: whether they have
		"""
		if self.known.state == state:
			return False
		self.known = Known(state)
		self.state = digest(state)
		self._tried_enough = set()
		self._written = Counter()
		return True

	def join(self, others: Known | None, failed: dict[str, str]) -> None:
		"""Add what other workers of the run have found out."""
		self.failed = {**failed, **self.failed}
		if others is not None and others.state == self.known.state:
			self.known.add(others)

	# --- which rows may be written ---

	def choose(
		self, planned: Sequence[AnyProvable], ask: Callable[[AnyProvable], Captured]
	) -> list[AnyProvable]:
		"""Those that may be written. A sample that differs, or that ERPNext refuses, leaves the whole page to documents.

		:param ask: what ERPNext writes for one of them
		"""
		with reads_remembered():
			for each in sorted(planned, key=self._place):
				if not self._has_failed(each.plan):
					self._look_at(each, ask)
		willing = [each for each in planned if not each.refused]
		if self._was_wrong():
			self.note_documents("a sample that differed, or was refused, in its page", len(willing))
			return []
		chosen = [each for each in willing if not self._has_failed(each.plan)]
		self.note_documents("a kind that differs", len(willing) - len(chosen))
		for why, number in Counter(each.refused for each in planned if each.refused).items():
			self.note_documents(why, number)
		return chosen

	def _place(self, each: Provable) -> tuple[bool, int]:
		"""Those first whose comparison says most, so that a page needs few. What depends on others can't be compared alone."""
		known = self.known
		kinds = kinds_of_rows(each.plan)
		wanted = sum(known.equal[kind] < PROOFS or known.written[kind] >= known.due[kind] for kind in kinds)
		return each.depends, -wanted

	def _look_at(self, each: AnyProvable, ask: Callable[[AnyProvable], Captured]) -> None:
		kinds = kinds_of_rows(each.plan)
		is_proven = self._is_proven(each.plan, kinds)
		if each.depends:
			each.refused = "" if is_proven else "nothing to compare with"
		elif not is_proven or self._is_to_be_tried(each.plan, kinds):
			self._prove(each, ask, is_sample=is_proven)
		self.known.written.update(kinds)
		self._written.update(kinds)

	def _prove(self, each: AnyProvable, ask: Callable[[AnyProvable], Captured], is_sample: bool) -> None:
		started = time.monotonic()
		try:
			self._ask(each, ask, is_sample)
		finally:
			self.seconds += time.monotonic() - started

	def _ask(self, each: AnyProvable, ask: Callable[[AnyProvable], Captured], is_sample: bool) -> None:
		kinds = each.plan.kinds
		try:
			theirs = ask(each)
		except OF_THE_WHOLE_PAGE:
			raise
		except UnfollowedWriteError as error:
			self._note_failed(kinds, str(error), is_sample)
			return
		except Exception as error:
			# Documents will say the same of this one and list it by it. Before a kind is proven that says nothing of the
			# kind; afterwards others of it may have been written that ERPNext refuses, too.
			each.refused = _why_refused(error)
			if is_sample:
				self._note_failed(kinds, f"refused by ERPNext ({_rule_of(error)})", is_sample)
			return
		try:
			self._compare(each, theirs, is_sample)
		except OF_THE_WHOLE_PAGE:
			raise
		except NeedsDocumentsError as error:
			self._note_failed(kinds, error.reason, is_sample)
		except Exception as error:
			# What the database, or a site's own column, has against our rows is nothing against the order.
			self._note_failed(kinds, f"rows that can't be written ({type(error).__name__})", is_sample)

	def _compare(self, each: Provable, theirs: Captured, is_sample: bool) -> None:
		plan = each.plan
		predicted = self.learn(plan, theirs)
		if not self._has_examples(plan):
			counted: Captured = {table: [{}] * len(rows) for table, rows in plan.rows.items()}
			self._note_failed(plan.kinds, str(compare(theirs, counted | each.beside())), is_sample)
			return
		with undone():
			writer.write([plan], self.templates)
			ours = writer.read_back(plan) | each.beside()
		if difference := compare(theirs, ours):
			self._note_failed(_kinds_that_differ(difference, plan), str(difference), is_sample)
		else:
			self._note_equal(plan, is_sample, predicted)

	def _has_failed(self, plan: Plan) -> bool:
		return bool(self.failed) and any(digest(kind) in self.failed for kind in kinds_of_rows(plan))

	def _is_proven(self, plan: Plan, kinds: set[Kind]) -> bool:
		"""Whether each kind of this order was equal often enough."""
		equal = self.known.equal
		return self._has_examples(plan) and all(
			equal[kind] >= (PROOFS_OF_SIDE_KIND if kind in plan.side_kinds else PROOFS) for kind in kinds
		)

	def _has_examples(self, plan: Plan) -> bool:
		return all((row.table, row.kind) in self.templates for row in rows_of(plan))

	def _is_to_be_tried(self, plan: Plan, kinds: set[Kind]) -> bool:
		"""Whether this one is compared although its kinds are proven: as a sample, or for something that wasn't tried yet."""
		known = self.known
		if any(known.written[kind] >= known.due[kind] for kind in kinds):
			return True
		if all(kind in self._tried_enough for kind in kinds):
			return False
		return any(not self._tried(kind).covers(values) for kind, values in values_of(plan).items())

	def _tried(self, kind: Kind) -> Tried:
		return self.known.tried.setdefault(kind, Tried())

	# --- what is found out ---

	def learn(self, plan: Plan, theirs: Captured) -> set[Kind]:
		"""Take examples from what ERPNext wrote, for kinds of rows that there are none of yet.

		:return: of these, the kinds whose rows an example of another kind, from another order, would have predicted
		"""
		there = {(table, template.text): kind for (table, kind), template in self.templates.items()}
		predicted: set[Kind] = set()
		for table, rows in plan.rows.items():
			examples = theirs.get(table, [])
			if len(examples) != len(rows):
				continue  # the comparison says it
			for row, example in zip(rows, examples, strict=True):
				if (table, row.kind) not in self.templates:
					template = self.templates[table, row.kind] = Template(table, example, tuple(row.values))
					if (other := there.get((table, template.text))) is not None:
						predicted.add(row.kind)
						self._tried(row.kind).add(self._tried(other).values)
		return predicted

	def _note_equal(self, plan: Plan, is_sample: bool, predicted: set[Kind]) -> None:
		""":param predicted: kinds that need no second proof, for this one was no example alone"""
		kinds = kinds_of_rows(plan)
		values = values_of(plan)
		for kind in kinds:
			self.known.equal[kind] += PROOFS if kind in predicted else 1
			self.known.due[kind] = _next_due(self.known.written[kind])
			self._note_tried(kind, values.get(kind))
			self.tally.compared[kind] += 1
		self.tally.samples += is_sample
		self.tally.proofs += not is_sample
		self.has_news = True

	def _note_tried(self, kind: Kind, values: Values | None) -> None:
		""":param values: None for a kind whose rows have nothing that could be missing in an example"""
		tried = self._tried(kind)
		if values:
			tried.add(values)
		if values is None or tried.is_complete:
			self._tried_enough.add(kind)
		self.tally.tried[kind] = tried

	def _note_failed(self, kinds: Iterable[Kind], why: str, is_sample: bool = False) -> None:
		""":param kinds: that are booked in bulk no more"""
		for kind in kinds:
			self.failed[digest(kind)] = why
			self.tally.failed[kind] = Failure(why, self.state)
		self._wrong = self._wrong or is_sample
		self.has_news = True

	def _was_wrong(self) -> bool:
		"""Whether a sample differed since this was asked last."""
		wrong, self._wrong = self._wrong, False
		return wrong

	def note_written(self, plan: Plan, order_id: int | None = None) -> None:
		"""Rows are written in the open transaction. :param order_id: whose vouchers they are, None for a customer's"""
		kinds = kinds_of_rows(plan)
		self.tally.bulk[plan.kinds] += 1
		self.tally.of_kind.update(kinds)
		if order_id is not None:
			self.tally.kinds[order_id] = kinds

	def take_written(self) -> Counter:
		"""How many were written of each kind since this was asked last."""
		written, self._written = self._written, Counter()
		return written

	def note_documents(self, why: str, number: int = 1) -> None:
		if number:
			self.tally.documents[why] += number

	def take_tally(self) -> Tally:
		"""What was counted since the last commit. It is counted no more."""
		tally, self.tally = self.tally, Tally()
		self.total.add(tally)
		return tally


def kinds_of_rows(plan: Plan) -> set[Kind]:
	"""All kinds of an order, or of what is new of a customer: of its vouchers, of its rows, and its side kinds."""
	return {*plan.kinds, *plan.side_kinds, *(row.kind for row in rows_of(plan))}


def _next_due(written: int) -> int:
	fewest, most = (times * (written + 1) for times in SAMPLED_AGAIN_AFTER)
	return written + random.randint(fewest, most)


def _why_refused(error: Exception) -> str:
	"""What the run says of an order that ERPNext didn't write. An error of other kinds may be a mistake of this app."""
	if isinstance(error, frappe.ValidationError | LedgerError):
		return f"ERPNext's own refusal ({_rule_of(error)})"
	return f"an error while ERPNext was asked ({type(error).__name__})"


def _rule_of(error: Exception) -> str:
	"""The name of the rule by which the site refuses: its message may name a person, and the run keeps this."""
	refusal = refusal_of(error)
	return refusal.reason if isinstance(refusal, BookingRefusedError) else type(error).__name__


def _kinds_that_differ(difference: Difference, plan: Plan) -> Iterable[Kind]:
	"""What isn't booked in bulk any more: the kind of the row that differs, or the vouchers as a whole."""
	if difference.position < 0 or difference.table not in plan.rows:
		return plan.kinds
	return (plan.rows[difference.table][difference.position].kind,)
