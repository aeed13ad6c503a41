"""An order of a page with what is worked out once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.amounts.rounding import with_all_decimals
from jarz_woocommerce_integration.translation.bundles import SoldLine, sold_lines
from jarz_woocommerce_integration.translation.customers.anonymised import is_anonymised, without_erased
from jarz_woocommerce_integration.translation.customers.evidence import Evidence, evidence_of
from jarz_woocommerce_integration.translation.customers.tax_numbers import VatFacts, vat_facts_of
from jarz_woocommerce_integration.translation.dates import dated_order
from jarz_woocommerce_integration.translation.drafts import Failure
from jarz_woocommerce_integration.translation.fields.reading import Beside, ReadFields, read_fields
from jarz_woocommerce_integration.translation.policy import Policy, SubOrders, TenderKind
from jarz_woocommerce_integration.translation.sub_orders import refunds_on_parent
from jarz_woocommerce_integration.translation.tenders import Tendered, sold_credit, tendered_of
from jarz_woocommerce_integration.translation.unforeseen import failure_of

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order, Refund
	from jarz_woocommerce_integration.store.related import Related


class PreparedOrder:
	"""An order of a page with what is worked out once and used twice: for its keys and for its draft.

	:ivar order: with a date, where anything says one
	:ivar anonymised: the shop has erased the order's personal data
	:ivar failure: what the app broke on while it worked that out, None where it didn't
	:ivar sub_orders: parts of the order that a marketplace lists beside it; :ivar sub_refunds: their refunds
	:ivar payments: its payments that no list gives; :ivar unread: why something of these couldn't be read, "" else
	:ivar total_is_cut: the order's total lost decimals when the shop showed it; :ivar exact_refunds: with all decimals
	:ivar sold_credit: the kind of credit that a line sells, by the line's id
	:ivar fields: what the order says in the fields that the merchant has mapped
	"""

	__slots__ = (
		"anonymised",
		"evidence",
		"exact_refunds",
		"failure",
		"fields",
		"lines",
		"order",
		"payments",
		"sold_credit",
		"sub_orders",
		"sub_refunds",
		"tendered",
		"total_is_cut",
		"unread",
		"vat",
	)

	def __init__(self, order: "Order", policy: Policy, time_zone: tzinfo, related: "Related | None" = None):
		self.order = order
		self.sub_orders: Sequence[Order] = related.sub_orders.get(order.id, ()) if related else ()
		self.payments: Sequence[Order] = related.payments.get(order.id, ()) if related else ()
		self.unread: str = related.unread.get(order.id, "") if related else ""
		self.exact_refunds: Sequence[Refund] = related.exact_refunds.get(order.id, ()) if related else ()
		self.total_is_cut = False
		self.failure: Failure | None = None
		self.anonymised = False
		self.evidence = Evidence()
		self.lines: list[SoldLine] = []
		self.tendered: list[Tendered] = []
		self.sub_refunds: list[Refund] = []
		self.sold_credit: dict[int, TenderKind] = {}
		self.vat = VatFacts()
		self.fields = ReadFields()
		try:
			self._prepare(policy, time_zone, related)
		except Exception as error:
			self.failure = failure_of(error, order.id)

	def _prepare(self, policy: Policy, time_zone: tzinfo, related: "Related | None") -> None:
		exact = related.exact.get(self.order.id) if related else None
		order, self.total_is_cut = with_all_decimals(self.order, exact, policy.money)
		order = dated_order(order, time_zone)
		self.payments = [dated_order(payment, time_zone) for payment in self.payments]
		self.anonymised = is_anonymised(order)
		self.order = without_erased(order) if self.anonymised else order
		refunds = related.refunds if related and policy.sub_orders is SubOrders.PARENT else {}
		sub_refunds = refunds_on_parent(self.order, self.sub_orders, refunds)
		vat = vat_facts_of(self.order, policy)
		known = related.known_accounts.get(self.order.customer_id) if related else None
		evidence = evidence_of(self.order, policy, vat.number, known)
		if self.anonymised:
			evidence = replace(evidence, anonymised=True)
		lines = sold_lines(self.order.line_items, policy.items.bundles)
		sold = {line.id: kind for line in self.order.line_items if (kind := sold_credit(self.order, line))}
		tendered = tendered_of(self.order, policy.money.decimals_of(self.order.currency))
		self.evidence, self.lines, self.tendered = evidence, lines, tendered
		self.sub_refunds, self.sold_credit, self.vat = sub_refunds, sold, vat
		# A person who was erased is read no more.
		account = related.accounts.get(self.order.customer_id) if related and not self.anonymised else None
		beside = Beside(account, related.products if related else {})
		self.fields = read_fields(self.order, policy.mapping, time_zone, beside)

	@property
	def beside(self) -> list[object]:
		"""What belongs to the order, or stands in its meta data, and matters to the books."""
		found: list[object] = [*self.tendered, *([self.vat] if self.vat != VatFacts() else [])]
		found += [(payment.id, payment.status, payment.total) for payment in self.payments]
		found += [(refund.id, refund.amount) for refund in self.sub_refunds]
		return [*found, *self.fields.values.following()]
