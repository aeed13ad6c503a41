"""What the ledger already has for the keys of one page of orders: asked for once a page, in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.text import fold_code


@dataclass(slots=True, frozen=True)
class LookupKeys:
	"""Every key of a page by which something may be known.

	:ivar products: (product id, variation id) of the lines; :ivar phones: E.164; :ivar emails: trimmed, case-folded
	:ivar item_codes: codes that the policy's aliases name
	:ivar links: (DocType, name) of documents that mapped fields link to
	"""

	order_ids: frozenset[int] = frozenset()
	store_customer_ids: frozenset[int] = frozenset()
	emails: frozenset[str] = frozenset()
	phones: frozenset[str] = frozenset()
	products: frozenset[tuple[int, int]] = frozenset()
	skus: frozenset[str] = frozenset()
	item_codes: frozenset[str] = frozenset()
	links: frozenset[tuple[str, str]] = frozenset()


class ResolutionKind(str, Enum):
	"""What a person has decided about an order that was held. The values are those of the Order Map's form."""

	AS_CHARGED = "Book as Charged"  # the difference goes to the rounding account
	PAID_BY_CREDIT = "Paid by Credit"  # the rest was paid by a gift card or store credit
	BOOKED_BY_HAND = "Booked by Hand"  # a person's own document has it


@dataclass(slots=True, frozen=True)
class Resolution:
	"""A person's decision about a held order. It holds for this very difference: another one is held again.

	:ivar amount: the order's total less its parts, in the order's currency; of one that is booked by hand, its total
	"""

	kind: ResolutionKind
	amount: Decimal


@dataclass(slots=True, frozen=True)
class KnownOrder:
	"""A row of the Order Map.

	:ivar invoice: name of the booked invoice, "" where there is none; :ivar invoice_status: "Draft", "Submitted", "Cancelled" or ""
	:ivar fingerprint: the booked invoice's (`InvoiceDraft.fingerprint`)
	:ivar policy_hash: of the policy under which it got its state
	"""

	order_id: int
	state: OrderState
	payload_hash: str
	policy_hash: str = ""
	invoice: str = ""
	invoice_status: str = ""
	fingerprint: str = ""
	paid: bool = False
	refund_ids: frozenset[int] = frozenset()
	customer_key: str = ""
	resolution: Resolution | None = None


@dataclass(slots=True, frozen=True)
class KnownCustomer:
	"""A customer with all the evidence that the ledger has for them.

	:ivar company: the company that the customer was made as, "" for a person and for who was made by somebody else
	:ivar tax_id: the Tax ID that the ledger has
	:ivar own_emails: those with which it was made, and those that a person or the shop itself gave it; others came with orders
	:ivar is_foreign: made by hand or from another store, and no person has accepted it for this one
	:ivar others: keys of customers of whom a person has said that they are others
	"""

	key: str
	name: str
	store_customer_id: int | None = None
	emails: frozenset[str] = frozenset()
	phones: frozenset[str] = frozenset()
	company: str = ""
	tax_id: str = ""
	own_emails: frozenset[str] = frozenset()
	is_foreign: bool = False
	others: frozenset[str] = frozenset()


@dataclass(slots=True, frozen=True)
class KnownItem:
	"""An item. `has_variants`: a template (a variable product's parent), which is never sold itself."""

	code: str
	name: str
	product_id: int = 0
	variation_id: int = 0
	sku: str = ""
	has_variants: bool = False


@dataclass(slots=True)
class Lookups:
	"""The ledger's answer. Lists hold every candidate, sorted by key, so that decisions don't depend on row order.

	:ivar customers: by key, those of the other three indexes and of known orders
	:ivar names_by_phone: the names, each with its e-mails, under which the orders of the page give a phone
	:ivar links: (DocType, name without case) -> the name of a document that is there
	"""

	orders: dict[int, KnownOrder] = field(default_factory=dict)
	customers: dict[str, KnownCustomer] = field(default_factory=dict)
	customers_by_store_id: dict[int, str] = field(default_factory=dict)
	customers_by_email: dict[str, list[str]] = field(default_factory=dict)
	customers_by_phone: dict[str, list[str]] = field(default_factory=dict)
	names_by_phone: dict[str, set[tuple[str, frozenset[str]]]] = field(default_factory=dict)
	items_by_product: dict[tuple[int, int], KnownItem] = field(default_factory=dict)
	items_by_sku: dict[str, list[KnownItem]] = field(default_factory=dict)
	items_by_folded_sku: dict[str, list[KnownItem]] = field(default_factory=dict)
	items_by_code: dict[str, KnownItem] = field(default_factory=dict)
	links: dict[tuple[str, str], str] = field(default_factory=dict)

	def add_customer(self, customer: KnownCustomer) -> None:
		"""Make a customer findable: one that the ledger has, or one that an earlier order of the page brings."""
		self.customers[customer.key] = customer
		if customer.store_customer_id:
			self.customers_by_store_id[customer.store_customer_id] = customer.key
		for index, values in (
			(self.customers_by_email, customer.emails),
			(self.customers_by_phone, customer.phones),
		):
			for value in values:
				keys = index.setdefault(value, [])
				if customer.key not in keys:
					keys.append(customer.key)
					keys.sort()

	def add_items(self, items: Iterable[KnownItem]) -> None:
		for item in items:
			self.items_by_code[item.code] = item
			if item.product_id:
				self.items_by_product[item.product_id, item.variation_id] = item
			if item.sku:
				self.items_by_sku.setdefault(item.sku, []).append(item)
				self.items_by_folded_sku.setdefault(fold_code(item.sku), []).append(item)

	def add_link(self, doctype: str, name: str) -> None:
		self.links[doctype, fold_code(name)] = name

	def items_of_sku(self, sku: str) -> list[KnownItem]:
		"""Those with this SKU; where there is none, those whose SKU differs by case or spaces alone."""
		return self.items_by_sku.get(sku) or self.items_by_folded_sku.get(fold_code(sku), [])


@dataclass(slots=True, frozen=True)
class Territory:
	"""A Territory of the ledger: its name, the store's zone code for it (`custom_woo_code`) and further labels."""

	name: str
	code: str = ""
	labels: tuple[str, ...] = ()
