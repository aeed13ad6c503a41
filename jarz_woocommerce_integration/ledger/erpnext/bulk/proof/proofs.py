"""What has been proven in a run: which kinds are booked in bulk, by which examples, which aren't, and why."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan, Template, rows_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.kinds import Kind
from jarz_woocommerce_integration.ledger.erpnext.bulk.report import Tally, digest

# The first draft of a kind gives the example, the next one is compared with it. A side kind has no example.
PROOFS = 2
PROOFS_OF_SIDE_KIND = 1
SAMPLE_ONE_OF = 200
FEWEST_SAMPLES = 20
# Until there are so many samples, one of so few is taken.
SAMPLE_ONE_OF_AT_FIRST = 5


@dataclass
class Known:
	"""What the other workers of the run may know, too.

	:ivar state: of the site, when this was proven (`site_state`)
	:ivar templates: (table, kind of row) -> how it is written
	:ivar equal: kind of a voucher or row -> how often both sides were equal
	:ivar sampled: how often a sample was compared
	"""

	state: tuple = ()
	templates: dict[tuple, Template] = field(default_factory=dict)
	equal: Counter = field(default_factory=Counter)
	sampled: int = 0


class Proofs:
	"""Kept over the pages of a run.

	:ivar failed: digest of a kind -> what differed; it stays for the run, whatever else changes
	:ivar tally: counted since the last commit; :ivar total: counted in this process
	"""

	def __init__(self):
		self.known = Known()
		self.failed: dict[str, str] = {}
		self.tally = Tally()
		self.total = Tally()
		self.has_news = False
		self._wrong = False

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
		self.known = Known(state, sampled=self.known.sampled)
		return True

	def join(self, others: Known | None, failed: dict[str, str]) -> None:
		"""Add what other workers of the run have found out."""
		self.failed = {**failed, **self.failed}
		if others is None:
			return
		self.known.sampled = max(self.known.sampled, others.sampled)
		if others.state != self.known.state:
			return
		for key, template in others.templates.items():
			self.known.templates.setdefault(key, template)
		self.known.equal |= others.equal

	def has_failed(self, plan: Plan) -> bool:
		return bool(self.failed) and any(digest(kind) in self.failed for kind in _kinds_of(plan))

	def is_proven(self, plan: Plan) -> bool:
		"""Whether this order may be written without asking ERPNext."""
		equal = self.known.equal
		return self.has_examples(plan) and all(
			equal[kind] >= (PROOFS_OF_SIDE_KIND if kind in plan.side_kinds else PROOFS)
			for kind in _kinds_of(plan)
		)

	def has_examples(self, plan: Plan) -> bool:
		return all((row.table, row.kind) in self.templates for row in rows_of(plan))

	def is_sample(self) -> bool:
		"""Whether the next one is compared although its kinds are proven."""
		one_of = SAMPLE_ONE_OF if self.known.sampled >= FEWEST_SAMPLES else SAMPLE_ONE_OF_AT_FIRST
		return random.randrange(one_of) == 0

	# --- what is found out ---

	def learn(self, plan: Plan, theirs: Captured) -> set[Kind]:
		"""Take examples from what ERPNext wrote, for kinds of rows that there are none of yet.

		:return: of these, the kinds whose rows an example of another kind, from another order, would have predicted
		"""
		there = {(template.table, template.text) for template in self.templates.values()}
		predicted: set[Kind] = set()
		for table, rows in plan.rows.items():
			examples = theirs.get(table, [])
			if len(examples) != len(rows):
				continue  # the comparison says it
			for row, example in zip(rows, examples, strict=True):
				if (table, row.kind) not in self.templates:
					template = self.templates[table, row.kind] = Template(table, example, tuple(row.values))
					if (table, template.text) in there:
						predicted.add(row.kind)
		return predicted

	def note_equal(self, plan: Plan, is_sample: bool, predicted: set[Kind]) -> None:
		""":param predicted: kinds that need no second proof, for this one was no example alone"""
		for kind in _kinds_of(plan):
			self.known.equal[kind] += PROOFS if kind in predicted else 1
		self.known.sampled += is_sample
		self.tally.samples += is_sample
		self.tally.proofs += not is_sample
		self.has_news = True

	def note_failed(self, kinds: Iterable[Kind], why: str, is_sample: bool = False) -> None:
		""":param kinds: that are booked in bulk no more"""
		for kind in kinds:
			self.failed[digest(kind)] = why
			self.tally.failed[kind] = why
		self._wrong = self._wrong or is_sample
		self.has_news = True

	def was_wrong(self) -> bool:
		"""Whether a sample differed since this was asked last."""
		wrong, self._wrong = self._wrong, False
		return wrong

	def note_documents(self, why: str, number: int = 1) -> None:
		if number:
			self.tally.documents[why] += number

	def take_tally(self) -> Tally:
		"""What was counted since the last commit. It is counted no more."""
		tally, self.tally = self.tally, Tally()
		self.total.add(tally)
		return tally


def _kinds_of(plan: Plan) -> set[Kind]:
	return {*plan.kinds, *plan.side_kinds, *(row.kind for row in rows_of(plan))}
