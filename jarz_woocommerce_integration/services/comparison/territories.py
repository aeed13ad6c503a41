"""How many booked orders stand in the Territory of their address, and the zones of the shop that none is mapped to.

Of free text, which shops without a list of states take, only so many spellings are distinguished.
"""

from collections import Counter

from jarz_woocommerce_integration.store.payloads import Address, DetailedEntry
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.text import clean

MOST_ZONES = 1000
HUNDRED = 100


class TerritoryCoverage:
	"""Gathers booked orders one by one.

	:ivar mapped: the zone is a Territory's, and the invoice stands in it
	:ivar elsewhere: the zone is a Territory's now, and the invoice stands in another: it was mapped since, or somebody
		moved the invoice
	:ivar unmapped: by (country, state or city), the most frequent thousand or so; :ivar without_zone: no address names one
	"""

	def __init__(self, territories: TerritoryIndex):
		self.territories = territories
		self.mapped = 0
		self.elsewhere = 0
		self.without_zone = 0
		self.unmapped: Counter[tuple[str, str]] = Counter()
		self.unmapped_in_all = 0

	def add(self, entry: DetailedEntry, territory: str) -> None:
		"""Count a booked order. :param territory: of its invoice"""
		zones = [zone for zone in map(_zone, (entry.shipping, entry.billing)) if zone]
		if not zones:
			self.without_zone += 1
			return
		found = next(filter(None, (self.territories.resolve(*zone) for zone in zones)), None)
		if found is None:
			country, state, city = zones[0]
			self._add_unmapped(country, state or city)
		elif found == territory:
			self.mapped += 1
		else:
			self.elsewhere += 1

	def _add_unmapped(self, country: str, code: str) -> None:
		self.unmapped_in_all += 1
		if (country, code) in self.unmapped or len(self.unmapped) < MOST_ZONES:
			self.unmapped[country, code] += 1

	@property
	def orders(self) -> int:
		"""Booked orders whose address names a zone."""
		return self.mapped + self.elsewhere + self.unmapped_in_all

	def as_dict(self) -> dict:
		"""Plain data; `percent` has one decimal, rounded down, so that 100.0 is all of them. None where there are none."""
		return {
			"orders": self.orders,
			"mapped": self.mapped,
			"elsewhere": self.elsewhere,
			"unmapped": self.unmapped_in_all,
			"without_zone": self.without_zone,
			"percent": _percent(self.mapped, self.orders),
			"codes": [
				{"country": country, "code": code, "orders": count}
				for (country, code), count in sorted(
					self.unmapped.items(), key=lambda item: (-item[1], item[0])
				)
			],
			"codes_left_out": self.unmapped_in_all - self.unmapped.total(),
		}


def _zone(address: Address | None) -> tuple[str, str, str] | None:
	if address is None:
		return None
	state, city = clean(address.state), clean(address.city)
	return (clean(address.country).upper(), state, city) if state or city else None


def _percent(part: int, whole: int) -> str | None:
	if not whole:
		return None
	tenths = part * HUNDRED * 10 // whole
	return f"{tenths // 10}.{tenths % 10}"
