"""Sold lines as invoice rows that cost exactly what the store charged."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.amounts.money import split_amount, unit_of
from jarz_woocommerce_integration.translation.amounts.taxes import RowsOfLine
from jarz_woocommerce_integration.translation.drafts import ChargeKind, ChargeRow, Hold, InvoiceRow, ItemDraft
from jarz_woocommerce_integration.translation.items import ItemChoice, alias_keys, choose_item
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.policy import Policy

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem
	from jarz_woocommerce_integration.translation.bundles import SoldLine

ZERO = Decimal(0)
ONE = Decimal(1)
NO_SKU = "none"
# Kept with the order, and read again to offer an item for the line.
_UNKNOWN = re.compile(
	r'No item is known for the line "(.*)" \(product (\d+), variation (\d+), SKU (.+)\)\.', re.DOTALL
)
STANDARD = "standard"  # how the store calls the tax class whose name is empty in a line


class Rows:
	"""The rows of one invoice while they are gathered, with the items to be made and the first reason to hold.

	:param decimals: of the amounts of each row
	:ivar rows_of_line: which rows carry the money of a line of the order
	"""

	def __init__(self, lookups: Lookups, policy: Policy, decimals: int):
		self.lookups = lookups
		self.policy = policy
		self.decimals = decimals
		self.rows: list[InvoiceRow] = []
		self.charges: list[ChargeRow] = []
		self.items: list[ItemDraft] = []
		self.rows_of_line: RowsOfLine = {}
		self.hold: Hold | None = None

	def add(self, line: "SoldLine") -> None:
		"""Add what was charged for one line. Nothing for nothing adds no row."""
		quantity = line.quantity.quantize(unit_of(self.policy.items.quantity_decimals)).normalize()
		if not quantity:
			if not line.total:
				return
			quantity = ONE
		if quantity < 0 or line.total < 0:
			self._add_deduction(line)
			return
		item = choose_item(line, self.lookups, self.policy.items)
		if item is None:
			self._hold_unknown(line)
			return
		if item.create:
			self.items.append(item.create)
		for source in line.sources:
			self.rows_of_line.setdefault(source, []).append((len(self.rows), line.total))
		self.rows += invoice_rows(line, item, quantity, self.decimals, self.policy)

	@property
	def sells(self) -> bool:
		"""Whether there are goods among the rows, at whatever price."""
		return any(row.order_line_id for row in self.rows)

	def add_nothing(self, what: str) -> None:
		"""A row without an amount: an invoice needs one, and an order may have none."""
		self.rows.append(
			InvoiceRow(
				item_code=self.policy.items.placeholder,
				item_name=what,
				description=what,
				quantity=ONE,
				rate=ZERO,
				amount=ZERO,
				price_list_rate=ZERO,
				account=self.policy.accounts.income,
				unknown=True,
			)
		)

	def _add_deduction(self, line: "SoldLine") -> None:
		"""A line that gives money back (quantity -1, made by hand or by a plugin): an invoice has no such rows."""
		if line.total:
			self.charges.append(
				ChargeRow(
					ChargeKind.DISCOUNT, self.policy.accounts.discounts, line.name, line.total, line.line.id
				)
			)

	def _hold_unknown(self, line: "SoldLine") -> None:
		self.hold = self.hold or Hold(
			"unknown_item",
			Sentence(
				'No item is known for the line "{0}" (product {1}, variation {2}, SKU {3}).',
				line.name,
				line.product_id,
				line.variation_id,
				line.sku or NO_SKU,
			),
			"Make an item with the SKU as its code, or say which item the product is (WooCommerce Item Link). Then sync the"
			" order again.",
		)


class UnknownLine(NamedTuple):
	"""A line for which no item is known. :ivar sku: "" for none"""

	name: str
	product_id: int
	variation_id: int
	sku: str


def unknown_line(message: str) -> UnknownLine | None:
	"""The line of which the message of a hold speaks."""
	if found := _UNKNOWN.fullmatch(message):
		name, product_id, variation_id, sku = found.groups()
		return UnknownLine(name, int(product_id), int(variation_id), "" if sku == NO_SKU else sku)
	return None


def template_of(line: "LineItem", policy: Policy) -> str:
	"""The Item Tax Template of a line's tax class. One that taxes says nothing true of a line that has no tax."""
	tax_class = policy.tax_classes.get(line.tax_class or STANDARD)
	if tax_class is None:
		return ""
	is_taxed = line.total_tax or any(tax.total for tax in line.taxes)
	return tax_class.item_tax_template if is_taxed or tax_class.zero_rated else ""


def invoice_rows(
	line: "SoldLine", item: ItemChoice, quantity: Decimal, decimals: int, policy: Policy
) -> list[InvoiceRow]:
	"""One row, or two where the rate doesn't divide. The list rate shows what it cost before the discount."""
	list_rate = None
	if line.subtotal > line.total:
		list_rate = (line.subtotal / quantity).quantize(unit_of(decimals))
	description = f"{line.name} {line.note}".strip() if line.note else line.name
	return [
		InvoiceRow(
			item_code=item.code,
			item_name=(line.name if item.unknown else item.name)[:140],
			description=description,
			quantity=part,
			rate=rate,
			amount=amount,
			price_list_rate=max(list_rate, rate) if list_rate is not None else rate,
			account=policy.accounts.income,
			order_line_id=line.line.id,
			sku=line.sku,
			store_product=alias_keys(line)[0] if line.product_id else "",
			unknown=item.unknown,
			tax_class=line.line.tax_class,
			item_tax_template=template_of(line.line, policy),
		)
		for part, rate, amount in split_amount(line.total, quantity, decimals, policy.items.quantity_decimals)
	]
