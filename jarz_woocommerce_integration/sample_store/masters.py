"""What the books of the sample shop's merchant already have."""

from jarz_woocommerce_integration.sample_store.shop.people import GOVERNORATES
from jarz_woocommerce_integration.translation.lookups import Territory

# Left out on purpose, so that a rehearsal has unmapped zones to show.
UNMAPPED = frozenset({"EGMT", "EGWAD"})
_DISTRICTS = ("Nasr City - مدينه نصر", "Heliopolis - مصر الجديدة", "6th of October - السادس من اكتوبر")


def territories() -> list[Territory]:
	"""The merchant's territories: governorates with WooCommerce's codes, and districts known by label only."""
	governorates = [
		Territory(name=f"{english} - {arabic}", code=code, labels=())
		for code, english, arabic, _town in GOVERNORATES
		if code not in UNMAPPED
	]
	return governorates + [Territory(name=label, code="", labels=()) for label in _DISTRICTS]
