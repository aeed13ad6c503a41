"""Which names the database takes for the same."""

from collections.abc import Iterable

import frappe

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import keep_small

# Between a customer's name and its number.
BETWEEN = " - "
_COLLATION = """
SELECT collation_name FROM information_schema.columns
WHERE table_schema = %s AND table_name = 'tabCustomer' AND column_name = 'name'
"""


def folded(name: str) -> str:
	"""Equal for names that the database takes for the same, which folds case, accents and forms of letters."""
	if name not in _known():
		fold([name])
	return _known()[name]


def is_folded(name: str) -> bool:
	"""Whether the database was asked for this name."""
	return name in _known()


def fold(names: Iterable[str]) -> None:
	"""Ask the database at once what it makes of some names."""
	known = _known()
	unknown = list(dict.fromkeys(name for name in names if name not in known))
	if unknown:
		keep_small(known)
		# The table's names are compared without regard to spaces at their ends.
		weight = f"HEX(WEIGHT_STRING(%s COLLATE {collation()}))"
		weights = frappe.db.sql(
			f"SELECT {', '.join([weight] * len(unknown))}", [name.rstrip(" ") for name in unknown]
		)[0]
		known.update(zip(unknown, weights, strict=True))


def _known() -> dict[str, str]:
	return compat.known_in_process("woo_bulk_folded")


def collation() -> str:
	""":return: of the names of customers"""
	known = compat.known_in_process("woo_bulk_collation")
	if "names" not in known:
		known["names"] = frappe.db.sql(_COLLATION, frappe.conf.db_name)[0][0]
	return known["names"]


def folded_before_number(name: str) -> str:
	"""How folded names begin that are this one and a number. What a text is folded to is what its parts are folded to."""
	known = compat.known_in_process("woo_bulk_collation")
	if "between" not in known:
		between = f"SELECT HEX(WEIGHT_STRING(%s COLLATE {collation()}))"
		known["between"] = frappe.db.sql(between, BETWEEN)[0][0]
	return folded(name) + known["between"]
