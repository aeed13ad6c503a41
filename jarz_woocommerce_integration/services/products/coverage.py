"""How much of what the shop sells has an item: for who switches the live sync on, which holds the orders of the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, today

from jarz_woocommerce_integration.findings import OK, WARNING, Finding
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.products import imports

DAYS = 90
CREATE = "Create"
IMPORT_THEM = (
	"Actions > Import Products in the store's form makes items of them, by a plan that you approve first."
)

# A template is sold as its variants.
_WITHOUT_ITEM = """
SELECT count(*) FROM `tabWooCommerce Product Import Line`
WHERE product_import = %s AND state IN ('Open', 'Refused', 'Undone') AND found <> 'Ignored' AND kind <> 'Template'
"""
_TURNOVER = """
SELECT CAST(coalesce(sum(row.base_net_amount), 0) AS CHAR),
	CAST(coalesce(sum(CASE WHEN row.item_code = %(placeholder)s THEN row.base_net_amount ELSE 0 END), 0) AS CHAR)
FROM `tabSales Invoice` invoice JOIN `tabSales Invoice Item` row ON row.parent = invoice.name
WHERE invoice.woo_store = %(store)s AND invoice.docstatus = 1 AND invoice.is_return = 0 AND invoice.posting_date >= %(since)s
"""
_HELD = """
SELECT count(*) FROM `tabWooCommerce Order Map` WHERE store = %s AND state = 'Held' AND reason = 'unknown_item'
"""


@dataclass(frozen=True)
class Coverage:
	"""What has no item.

	:ivar products: products and variations, None where no import knows them
	:ivar turnover: net, of the last `DAYS` days in the company's currency; :ivar unknown: of it what stands on the placeholder
	:ivar held: orders that are held because a product has no item
	"""

	products: int | None
	turnover: Decimal
	unknown: Decimal
	held: int

	@property
	def share(self) -> Decimal:
		"""Per cent of the turnover, to one decimal."""
		if self.turnover <= 0:
			return Decimal(0)
		return (self.unknown * 100 / self.turnover).quantize(Decimal("0.1"))


def coverage(store: Document) -> Coverage:
	"""As the books and the store's open import say; the shop isn't asked."""
	name = imports.open_import(store.name)
	values = {"store": store.name, "placeholder": store.placeholder_item, "since": add_days(today(), -DAYS)}
	((turnover, unknown),) = frappe.db.sql(_TURNOVER, values)
	return Coverage(
		products=frappe.db.sql(_WITHOUT_ITEM, name)[0][0] if name else None,
		turnover=exact(turnover),
		unknown=exact(unknown),
		held=frappe.db.sql(_HELD, store.name)[0][0],
	)


def findings(store: Document) -> Iterator[Finding]:
	"""What of the shop's products has no item, where orders of such products are held."""
	if store.unknown_items == CREATE:
		yield Finding(OK, "Orders of products without an item make one: the store says so (Unknown Items).")
		return
	found = coverage(store)
	if found.products is None:
		yield Finding(
			WARNING,
			"The shop's products were never imported: the live sync holds each order of a product that has no item.",
			IMPORT_THEM,
		)
	elif found.products:
		yield Finding(
			WARNING,
			Sentence(
				"{0:,} products of the shop have no item: the live sync holds their orders.", found.products
			),
			IMPORT_THEM,
		)
	if found.unknown:
		yield Finding(
			WARNING,
			Sentence(
				"{0} % of the last {1} days' turnover were products without an item.", found.share, DAYS
			),
			IMPORT_THEM,
		)
	if found.held:
		yield Finding(
			WARNING,
			Sentence("{0:,} orders are held because a product has no item.", found.held),
			"They are booked by themselves once their products have items.",
		)
	if found == Coverage(0, found.turnover, Decimal(0), 0):
		yield Finding(OK, "All products of the shop have an item.")
