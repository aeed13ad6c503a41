"""What has been proven in a run: which shapes are booked in bulk, by which examples, and which aren't, and why."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Pattern, Plan, rows_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.shape import Part, Shape
from jarz_woocommerce_integration.ledger.erpnext.bulk.report import Tally, digest

# The first draft of a kind gives the example, the next one is compared with it. A trait has no example.
PROOFS = 2
PROOFS_OF_TRAIT = 1
SAMPLE_ONE_OF = 200
FEWEST_SAMPLES = 20
# Until there are so many samples, one of so few is taken.
SAMPLE_ONE_OF_AT_FIRST = 5


@dataclass
class Known:
	"""What may be told to other workers of the run.

	:ivar state: of the site, when this was proven (`site_state`)
	:ivar patterns: (table, kind of row) -> how it is written
	:ivar equal: kind of a voucher or row -> how often both sides were equal
	:ivar sampled: how often a sample was compared
	"""

	state: tuple = ()
	patterns: dict[tuple, Pattern] = field(default_factory=dict)
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
	def patterns(self) -> dict[tuple, Pattern]:
		return self.known.patterns

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
		for key, pattern in others.patterns.items():
			self.known.patterns.setdefault(key, pattern)
		self.known.equal |= others.equal

	def has_failed(self, shape: Shape, plan: Plan) -> bool:
		return bool(self.failed) and any(digest(part) in self.failed for part in _parts_of(shape, plan))

	def is_proven(self, shape: Shape, plan: Plan) -> bool:
		"""Whether this order may be written without asking ERPNext."""
		equal = self.known.equal
		return self.has_examples(plan) and all(
			equal[part] >= (PROOFS_OF_TRAIT if part in plan.traits else PROOFS)
			for part in _parts_of(shape, plan)
		)

	def has_examples(self, plan: Plan) -> bool:
		return all((row.table, row.pattern) in self.patterns for row in rows_of(plan))

	def is_sample(self) -> bool:
		"""Whether the next one is compared although its shape is proven."""
		one_of = SAMPLE_ONE_OF if self.known.sampled >= FEWEST_SAMPLES else SAMPLE_ONE_OF_AT_FIRST
		return random.randrange(one_of) == 0

	# --- what is found out ---

	def learn(self, plan: Plan, theirs: Captured) -> set[Part]:
		"""Take examples from what ERPNext wrote, for kinds of rows that there are none of yet.

		:return: of these, the kinds whose rows an example of another kind, from another order, would have foretold
		"""
		there = {(pattern.table, pattern.text) for pattern in self.patterns.values()}
		foretold: set[Part] = set()
		for table, rows in plan.rows.items():
			examples = theirs.get(table, [])
			if len(examples) != len(rows):
				continue  # told by the comparison
			for row, example in zip(rows, examples, strict=True):
				if (table, row.pattern) not in self.patterns:
					pattern = self.patterns[table, row.pattern] = Pattern(table, example, tuple(row.values))
					if (table, pattern.text) in there:
						foretold.add(row.pattern)
		return foretold

	def note_equal(self, shape: Shape, plan: Plan, is_sample: bool, foretold: set[Part]) -> None:
		""":param foretold: kinds that need no second proof, for this one was no example alone"""
		for part in _parts_of(shape, plan):
			self.known.equal[part] += PROOFS if part in foretold else 1
		self.known.sampled += is_sample
		self.tally.samples += is_sample
		self.tally.proofs += not is_sample
		self.has_news = True

	def note_failed(self, parts: Iterable[Part], why: str, is_sample: bool = False) -> None:
		""":param parts: that are booked in bulk no more"""
		for part in parts:
			self.failed[digest(part)] = why
			self.tally.failed[part] = why
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
		"""What was counted since the last commit. It counts from now on as told."""
		tally, self.tally = self.tally, Tally()
		self.total.add(tally)
		return tally


def _parts_of(shape: Shape, plan: Plan) -> set[Part]:
	return {*shape, *plan.traits, *(row.pattern for row in rows_of(plan))}
