"""How one store's orders are booked on a site: what the ledger in ERPNext needs to know beside the drafts."""

from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal

from jarz_woocommerce_integration.ledger.contract import OnChange, OnDeleted
from jarz_woocommerce_integration.translation.drafts import DeliveryNotes, OrderDraft


@dataclass(frozen=True, slots=True)
class Place:
	"""Where revenue of one territory is booked. "" takes the store's."""

	cost_center: str = ""
	warehouse: str = ""
	pos_profile: str = ""


@dataclass(frozen=True, slots=True)
class BookSettings:
	"""The side of a WooCommerce Store that the ledger reads. All names are those of documents of the site.

	:ivar store: name of the WooCommerce Store; :ivar zone: the site's time zone, in which documents are dated
	:ivar naming_series: "" names invoices by order number
	:ivar pos_payments: book the payment of an order that is paid in full within its invoice
	:ivar update_stock: move stock with the invoice; in historical mode only what a Sales Order has reserved
	:ivar restock_refunds: what a refund has put back into the shop's stock comes back with its credit note
	:ivar delivery_notes: of completed orders that have a Sales Order, whenever they were made
	:ivar historical: nothing but the books: no stock, no notifications, no e-mails
	:ivar on_change: what becomes of a submitted invoice whose order has other money now
	:ivar on_deleted: what becomes of the invoice of an order that is gone from the store
	:ivar bulk_booking: book the history as rows where that is proven (`ledger.erpnext.bulk`)
	:ivar orders_per_commit: 0 commits whole pages
	:ivar further_records: a person whose entries are in another currency gets a further Customer; False holds the order
	:ivar receivables: currency -> receivable account in it; :ivar exchange_rates: currency -> rate of one unit
	:ivar places: by Territory
	"""

	store: str
	company: str
	company_currency: str
	zone: tzinfo
	cost_center: str
	customer_group: str
	territory: str
	item_group: str
	stock_uom: str = "Nos"
	warehouse: str = ""
	price_list: str = ""
	naming_series: str = ""
	pos_payments: bool = False
	update_stock: bool = False
	restock_refunds: bool = False
	delivery_notes: DeliveryNotes = DeliveryNotes.NONE
	historical: bool = True
	on_change: OnChange = OnChange.HOLD
	on_deleted: OnDeleted = OnDeleted.KEEP
	bulk_booking: bool = False
	orders_per_commit: int = 0
	further_records: bool = True
	receivables: dict[str, str] = field(default_factory=dict)
	exchange_rates: dict[str, Decimal] = field(default_factory=dict)
	places: dict[str, Place] = field(default_factory=dict)

	def delivery_notes_of(self, draft: OrderDraft) -> DeliveryNotes:
		"""Of one order: what the policy says of its gateway or shipping method, else the store's own."""
		return self.delivery_notes if draft.delivery_notes is None else draft.delivery_notes
