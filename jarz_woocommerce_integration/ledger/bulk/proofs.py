"""What has been proven in a run: which shapes are booked in bulk, by which examples, and which aren't, and why."""

import random
from collections import Counter
from dataclasses import dataclass, field

from jarz_woocommerce_integration.ledger.bulk.comparison import Captured
from jarz_woocommerce_integration.ledger.bulk.projection import Pattern, Plan, rows_of
from jarz_woocommerce_integration.ledger.bulk.shape import Shape, told

# The first draft of a shape gives the example, the next one is compared with it.
PROOFS = 2
SAMPLE_ONE_OF = 200
FEWEST_SAMPLES = 20
# Until there are so many samples, one of so few orders is taken.
SAMPLE_ONE_OF_AT_FIRST = 5


@dataclass
class Proofs:
	"""Kept over the pages of a run.

	:ivar patterns: (table, kind of row) -> how it is written
	:ivar equal: shape, or (table, kind of row) -> how often both sides were equal
	:ivar state: of the site, when all this was proven (`site_state`)
	:ivar failed: shape -> what differed
	:ivar bulk: shape -> orders that were booked in bulk; :ivar documents: reason -> orders that went through documents
	"""

	patterns: dict[tuple, Pattern] = field(default_factory=dict)
	equal: Counter = field(default_factory=Counter)
	failed: dict[Shape, str] = field(default_factory=dict)
	bulk: Counter = field(default_factory=Counter)
	documents: Counter = field(default_factory=Counter)
	state: tuple = ()
	proven: int = 0
	sampled: int = 0
	_wrong: bool = False

	def is_proven(self, shape: Shape, plan: Plan) -> bool:
		"""Whether this order may be written without asking ERPNext."""
		return (
			self.equal[shape] >= PROOFS
			and self.has_examples(plan)
			and all(self.equal[key] >= PROOFS for key in _items_of(plan))
		)

	def has_examples(self, plan: Plan) -> bool:
		return all((row.table, row.pattern) in self.patterns for row in rows_of(plan))

	def is_sample(self) -> bool:
		"""Whether the next order is one of those that are compared anyway."""
		one_of = SAMPLE_ONE_OF if self.sampled >= FEWEST_SAMPLES else SAMPLE_ONE_OF_AT_FIRST
		return random.randrange(one_of) == 0

	def learn(self, plan: Plan, theirs: Captured) -> None:
		"""Take examples from what ERPNext wrote, for kinds of rows that there are none of yet."""
		for table, rows in plan.rows.items():
			examples = theirs.get(table, [])
			if len(examples) != len(rows):
				continue  # told by the comparison
			for row, example in zip(rows, examples, strict=True):
				if (table, row.pattern) not in self.patterns:
					self.patterns[table, row.pattern] = Pattern(table, example, tuple(row.values))

	def note_equal(self, shape: Shape, plan: Plan, is_sample: bool) -> None:
		self.equal[shape] += 1
		for key in _items_of(plan):
			self.equal[key] += 1
		self.proven += not is_sample
		self.sampled += is_sample

	def note_failed(self, shape: Shape, why: str, is_sample: bool = False) -> None:
		self.failed.setdefault(shape, why)
		self._wrong = self._wrong or is_sample

	def was_wrong(self) -> bool:
		"""Whether a sample differed since this was asked last."""
		wrong, self._wrong = self._wrong, False
		return wrong

	def hold_to(self, state: tuple) -> None:
		"""Where the site's settings have changed, what was proven under the old ones says nothing of the new ones.

		What differed under the old ones is let be.
		"""
		if self.state != state:
			self.state = state
			self.patterns.clear()
			self.equal.clear()

	def report(self) -> dict:
		"""Plain data: what was booked how, and why."""
		return {
			"bulk": sum(self.bulk.values()),
			"documents": sum(self.documents.values()),
			"shapes": [{"shape": told(shape), "orders": orders} for shape, orders in self.bulk.most_common()],
			"fell_back": [{"shape": told(shape), "why": why} for shape, why in self.failed.items()],
			"reasons": [{"why": why, "orders": orders} for why, orders in self.documents.most_common()],
			"proofs": self.proven,
			"samples": self.sampled,
		}


def _items_of(plan: Plan) -> set[tuple]:
	"""The kinds of items, which are proven beside the shapes."""
	return {(row.table, row.pattern) for row in rows_of(plan) if row.pattern[0] == "item"}
