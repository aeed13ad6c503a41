"""Everything that the report of a rehearsal shows; `report.queries` reads it.

Amounts are exact decimals in the currency of their row; nothing is ever added up across currencies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, TypeVar

from jarz_woocommerce_integration.ledger.contract import BookedOrder

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order

ZERO = Decimal(0)
LONGEST_LIST = 200
MOST_REASONS = 30
Row = TypeVar("Row")


@dataclass(slots=True, frozen=True)
class Sum:
	"""So many orders that come to so much. :ivar place: "Synced", "Draft", "Changed" or a state, "" for a sum of all"""

	orders: int = 0
	total: Decimal = ZERO
	place: str = ""


@dataclass(slots=True, frozen=True)
class CutList(Generic[Row]):
	"""The first rows of a list. :ivar count: of all its rows"""

	rows: tuple[Row, ...] = ()
	count: int = 0

	@property
	def rest(self) -> int:
		return self.count - len(self.rows)


@dataclass(slots=True, frozen=True)
class Reconciliation:
	"""What the store says in one currency, and where each part of it is.

	:ivar store: all orders as they were read, with the store's own totals
	:ivar parts: what became of them: booked and draft with the invoices' totals, all others with the orders' totals
	:ivar beside: what the invoices have and the orders' totals don't: paid by gift card or credit, or owed to the customer
	:ivar listed: the store's own list, read again after the run; None where it wasn't compared
	:ivar found: what the ledger has for the orders of that list; :ivar explained: whether all differences are
	:ivar refunded, credited: of the booked orders, by the store (with sub-orders, and what is owed) and by credit notes
	:ivar invoiced: by submitted invoices less credit notes; :ivar paid: payments less repayments
	"""

	currency: str
	store: Sum
	parts: tuple[Sum, ...]
	beside: Decimal = ZERO
	refunded: Decimal = ZERO
	credited: Decimal = ZERO
	invoiced: Decimal = ZERO
	paid: Decimal = ZERO
	listed: Sum | None = None
	found: Sum | None = None
	explained: bool = True

	@property
	def sum(self) -> Sum:
		"""What the parts come to, by the orders' totals."""
		total = sum((part.total for part in self.parts), ZERO) - self.beside
		return Sum(sum(part.orders for part in self.parts), total)

	@property
	def closes(self) -> bool:
		"""Whether every check of this currency comes out even, or what doesn't is listed with its reason."""
		listed_right = self.listed == self.found or self.explained
		return self.store == self.sum and self.refunded == self.credited and listed_right


@dataclass(slots=True, frozen=True)
class Month:
	"""One month of one currency, in the store's time zone. :ivar name: "2024-03"; :ivar credited: positive"""

	name: str
	currency: str
	invoices: int = 0
	invoiced: Decimal = ZERO
	credit_notes: int = 0
	credited: Decimal = ZERO

	@property
	def net(self) -> Decimal:
		return self.invoiced - self.credited


@dataclass(slots=True, frozen=True)
class StatusRow:
	"""Orders of one status in the store, and what becomes of them."""

	status: str
	currency: str
	becomes: tuple[Sum, ...]
	orders: int
	total: Decimal


@dataclass(slots=True, frozen=True)
class PaymentRow:
	"""One payment method of the store. :ivar invoiced: less credit notes; :ivar paid: less repayments"""

	method: str
	booked_as: str
	currency: str
	orders: int
	invoiced: Decimal
	paid: Decimal


@dataclass(slots=True, frozen=True)
class TaxRow:
	"""One tax rate. :ivar percent: None where the store doesn't say it; :ivar credited: by credit notes, positive"""

	label: str
	percent: Decimal | None
	account: str
	currency: str
	invoices: int
	charged: Decimal
	credited: Decimal


@dataclass(slots=True, frozen=True)
class OrderRow:
	"""One order in a list. :ivar kind: of a difference; :ivar breakdown: the parts of a sum that doesn't close"""

	order_id: int
	number: str
	message: str
	status: str = ""
	currency: str = ""
	total: Decimal | None = None
	invoice: str = ""
	customer_name: str = ""
	kind: str = ""
	explained: bool = True
	breakdown: tuple[tuple[str, Decimal], ...] = ()


@dataclass(slots=True, frozen=True)
class Reason:
	"""Orders that are held, or failed, for one reason. :ivar totals: (currency, total)"""

	code: str
	what_to_do: str
	orders: int
	totals: tuple[tuple[str, Decimal], ...]
	listing: CutList[OrderRow]


@dataclass(slots=True, frozen=True)
class MissingItem:
	"""What the ledger has no item for. :ivar name: the line's own name, or what is said of the orders held for it"""

	name: str
	sku: str
	store_product: str
	currency: str
	lines: int
	orders: int
	amount: Decimal
	example_id: int
	example_number: str
	held: bool = False


@dataclass(slots=True, frozen=True)
class UnmappedZone:
	"""A state or zone of the store that no Territory was found for, and how many booked orders go there."""

	code: str
	country: str
	orders: int


@dataclass(slots=True, frozen=True)
class AmbiguousCustomer:
	"""An order whose evidence points to more than one customer, and what was decided. :ivar candidates: (key, name)"""

	order_id: int
	number: str
	customer: str
	customer_name: str
	outcome: str
	evidence: str
	note: str
	candidates: tuple[tuple[str, str], ...]


@dataclass(slots=True, frozen=True)
class BookedRow:
	"""One row of an invoice, or a charge, a credit note (negative), a payment, a repayment (negative) of it."""

	description: str
	amount: Decimal
	detail: str = ""
	quantity: Decimal | None = None
	rate: Decimal | None = None
	list_rate: Decimal | None = None
	at: datetime | None = None


@dataclass(slots=True, frozen=True)
class SpotCheck:
	"""An order as the store says it now, beside what the ledger has for it."""

	order: Order
	booked: BookedOrder | None
	posted_at: datetime | None = None
	rows: tuple[BookedRow, ...] = ()
	charges: tuple[BookedRow, ...] = ()
	credit_notes: tuple[BookedRow, ...] = ()
	payments: tuple[BookedRow, ...] = ()

	@property
	def agrees(self) -> bool:
		"""The rows, the invoice and the order come to the same, and the credit notes to the order's refunds."""
		if self.booked is None or not self.booked.invoice or self.booked.currency != self.order.currency:
			return False
		refunded = -sum((refund.total for refund in self.order.refunds), ZERO)
		parts = sum((row.amount for row in (*self.rows, *self.charges)), ZERO)
		sold = self.order.total + self.booked.tendered_total
		refunded += self.booked.refunded_elsewhere
		return parts == self.booked.invoice_total == sold and (
			self.booked.invoice_status == "Draft" or refunded == self.booked.credited_total
		)


@dataclass(slots=True, frozen=True)
class SiteCheck:
	"""How the site has checked the orders, where it books in bulk.

	:ivar passed: orders whose rows passed, since their kinds are proven; :ivar left: (reason, orders that documents checked)
	:ivar kinds: that were proven; :ivar compared: orders and customers that were compared with ERPNext's documents for that
	:ivar samples: that were compared once more; :ivar differing: (kind, what differs), which documents book
	"""

	passed: int
	left: tuple[tuple[str, int], ...]
	kinds: int
	compared: int
	samples: int
	differing: tuple[tuple[str, str], ...]


@dataclass(slots=True, frozen=True)
class Pace:
	"""How long it took; None where it isn't known. :ivar with_breaks: the time from the run's start to its end"""

	seconds: float | None = None
	orders_per_minute: float | None = None
	requests: int | None = None
	peak_rss_mb: float | None = None
	with_breaks: bool = False


@dataclass
class ReportData:
	"""All that the page shows.

	:ivar zone: the store's, in which all days and months are
	:ivar places: place of an order (see `Sum`) -> orders
	:ivar compared: whether the ledger was compared with the store's own list after the run
	:ivar unexplained: differences that nothing in the ledger explains
	:ivar received: orders that were paid and aren't booked; :ivar received_totals: (currency, sum) of them
	:ivar unlisted_statuses: that the store's lists can't show -> orders in them that the ledger knows
	:ivar found: booked orders of which something is listed (how a refund was paid back)
	:ivar coverage: booked orders (that go to a Territory, that go to a state or city at all)
	:ivar site_check: None for a rehearsal without a site, or on one that doesn't book in bulk
	"""

	store_url: str
	ledger_file: str
	made_at: datetime
	zone: tzinfo = timezone.utc
	finished: bool = True
	compared: bool = False
	unexplained: int = 0
	unbalanced: int = 0
	pace: Pace = field(default_factory=Pace)
	places: dict[str, int] = field(default_factory=dict)
	counts: dict[str, int] = field(default_factory=dict)
	reconciliations: list[Reconciliation] = field(default_factory=list)
	differences: CutList[OrderRow] = field(default_factory=CutList)
	months: list[Month] = field(default_factory=list)
	statuses: list[StatusRow] = field(default_factory=list)
	payment_methods: list[PaymentRow] = field(default_factory=list)
	taxes: list[TaxRow] = field(default_factory=list)
	held: CutList[Reason] = field(default_factory=CutList)
	failed: CutList[Reason] = field(default_factory=CutList)
	missing_items: CutList[MissingItem] = field(default_factory=CutList)
	unmapped_zones: CutList[UnmappedZone] = field(default_factory=CutList)
	coverage: tuple[int, int] = (0, 0)
	ambiguous: CutList[AmbiguousCustomer] = field(default_factory=CutList)
	changed: CutList[OrderRow] = field(default_factory=CutList)
	deleted: CutList[OrderRow] = field(default_factory=CutList)
	received: CutList[OrderRow] = field(default_factory=CutList)
	received_totals: tuple[tuple[str, Decimal], ...] = ()
	unlisted_statuses: dict[str, int] = field(default_factory=dict)
	found: CutList[OrderRow] = field(default_factory=CutList)
	spot_checks: list[SpotCheck] = field(default_factory=list)
	site_check: SiteCheck | None = None

	@property
	def orders_seen(self) -> int:
		return sum(self.places.values())

	@property
	def problems(self) -> int:
		"""What stands between the books and the store without a reason that the ledger knows."""
		open_sums = sum(not reconciliation.closes for reconciliation in self.reconciliations)
		wrong = sum(
			not check.agrees for check in self.spot_checks if check.booked and not check.booked.changed
		)
		return max(self.unexplained + self.unbalanced, open_sums, wrong)
