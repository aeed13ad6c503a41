"""What a kind was tried with. A column counts as constant only after examples that differ in what it might depend on.

Where an order has nothing that wasn't tried, it may be written all the same: a shop that sells each thing once has no second quantity.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

DATE, AMOUNT, QUANTITY, CUSTOMER, ITEM = "date", "amount", "quantity", "customer", "item"
DIFFERING_IN = (DATE, AMOUNT, QUANTITY, CUSTOMER, ITEM)
# So many values of each are enough to say that a column doesn't depend on it.
ENOUGH = 2
MOST_KEPT = 5
Values = dict[str, set]


@dataclass(slots=True)
class Tried:
	"""The different values that the examples of a kind had, the first ones of each: by `DIFFERING_IN`."""

	values: Values = field(default_factory=dict)

	def add(self, values: Mapping[str, set]) -> None:
		for name, found in values.items():
			there = self.values.setdefault(name, set())
			for value in found:
				if len(there) >= MOST_KEPT:
					break
				there.add(value)

	@property
	def is_complete(self) -> bool:
		return all(len(self.values.get(name, ())) >= ENOUGH for name in DIFFERING_IN)

	def covers(self, values: Mapping[str, set]) -> bool:
		"""Whether a row with these values has nothing that might change a column, and wasn't tried."""
		for name, found in values.items():
			there = self.values.get(name, set())
			if len(there) < ENOUGH and not found <= there:
				return False
		return True

	def as_dict(self) -> dict[str, list[str]]:
		"""Plain data. Customers have no names in it."""
		return {name: sorted(map(str, found)) for name, found in self.values.items()}
