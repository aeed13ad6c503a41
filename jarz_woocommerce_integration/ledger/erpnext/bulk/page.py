"""One page in bulk: what can be written as rows is proven and written, the rest is left to documents."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import LedgerError, NeedsDocumentsError
from jarz_woocommerce_integration.ledger.checks import hold_to_order, remark_of
from jarz_woocommerce_integration.ledger.contract import Booked
from jarz_woocommerce_integration.ledger.erpnext.books import ERPNextBooks
from jarz_woocommerce_integration.ledger.erpnext.bulk import checks, writer
from jarz_woocommerce_integration.ledger.erpnext.bulk.afterwards import Afterwards
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.page_names import PageNames
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.surroundings import Surroundings
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.vouchers import DraftVouchers
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Clock, Plan, project
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import ORDER_MAP, Oracle
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs, Provable
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import Buyer
from jarz_woocommerce_integration.ledger.erpnext.masters.order_masters import Order
from jarz_woocommerce_integration.ledger.erpnext.order_map.rows import Vouchers
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.translation.drafts import (
	AdvanceDraft,
	OrderDraft,
	OrderFacts,
	OrderState,
	Outcome,
	SalesOrderDraft,
)
from jarz_woocommerce_integration.translation.unforeseen import describe

logger = logging.getLogger(__name__)

REFUSED = "documents are to say why they refuse it"
NOT_PROVEN = "it isn't proven"
HAS_SALES_ORDER = "it has a Sales Order, or becomes one"
# An advance goes when its order is booked after all: that is for documents.
_BOOKED = """
SELECT woo_order_id FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND woo_order_id IN %(ids)s AND sales_invoice IS NOT NULL
UNION SELECT woo_order_id FROM `tabPayment Entry`
WHERE woo_store = %(store)s AND woo_order_id IN %(ids)s AND docstatus = 1
"""
_ORDERED = """
SELECT woo_order_id FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND woo_order_id IN %(ids)s AND sales_order IS NOT NULL AND sales_invoice IS NULL
"""


@dataclass(slots=True)
class Candidate(Provable):
	"""An order that may be written as rows.

	:ivar vouchers: what the Order Map will say of it; :ivar names: that its invoice and credit notes get
	"""

	order: OrderFacts
	draft: OrderDraft
	buyer: Buyer
	vouchers: Vouchers
	names: list[str]

	def beside(self) -> Captured:
		return {ORDER_MAP: [self.vouchers.as_row()]}

	def booked(self) -> Booked:
		remark = remark_of(self.draft)
		return Booked(self.order.order_id, OrderState.SYNCED, "booked", remark.reason, remark.message)


class BulkPage:
	"""The orders of one page, in its open transaction.

	:param books: the page's, prepared
	:param guarded: DocType -> what is in the way of its rows (`guards`)
	:ivar left: order id -> why documents are to book it, of the orders of which nothing is booked yet
	"""

	def __init__(
		self,
		settings: BookSettings,
		books: ERPNextBooks,
		site: SiteFacts,
		proofs: Proofs,
		afterwards: Afterwards,
		guarded: dict[str, str],
	):
		self.settings = settings
		self.books = books
		self.site = site
		self.proofs = proofs
		self.afterwards = afterwards
		self.guarded = guarded
		self.clock = Clock(now_datetime())
		self.left: dict[int, str] = {}

	def book(self, outcomes: Sequence[Outcome]) -> dict[int, Booked]:
		"""Write what can be written. :return: order id -> what became of it, of the orders that are booked by that"""
		candidates = self.plan(outcomes)
		self.left |= {each.order.order_id: NOT_PROVEN for each in candidates}
		oracle = Oracle(self.settings, self.books.facts, self.books.poster.run_id)
		chosen = self.proofs.choose(candidates, partial(self._prove, oracle))
		if chosen and not self._write(chosen):
			return {}
		for candidate in chosen:
			del self.left[candidate.order.order_id]
			self.proofs.note_written(candidate.plan, candidate.order.order_id)
			self.books.on_order(candidate.order.order_id)
		return {candidate.order.order_id: candidate.booked() for candidate in chosen}

	# --- which orders ---

	def plan(self, outcomes: Sequence[Outcome]) -> list[Candidate]:
		"""What could be written, before it is proven. The others are in `left`."""
		return self._candidates(self._with_buyers(outcomes), self.books.poster.run_id)

	def _with_buyers(self, outcomes: Sequence[Outcome]) -> list[tuple[OrderFacts, OrderDraft, Buyer]]:
		"""The orders that are booked for the first time, and for whom."""
		ready = []
		for order, draft in self._new(outcomes):
			try:
				hold_to_order(order, draft)
				buyer = self.books.masters.found_for(order, draft)
			except OF_THE_WHOLE_PAGE:
				raise
			except Exception as error:
				self._to_documents(order, error)  # which say it again, and list the order by it
			else:
				ready.append((order, draft, buyer))
		return ready

	def _new(self, outcomes: Sequence[Outcome]) -> list[Order]:
		"""Orders of which nothing is booked yet, and that are in the page once. Advances and Sales Orders are for documents."""
		times = Counter(outcome.order.order_id for outcome in outcomes)
		orders = [
			(outcome.order, outcome.translation)
			for outcome in outcomes
			if isinstance(outcome.translation, OrderDraft)
			and not isinstance(outcome.translation, AdvanceDraft)
			and times[outcome.order.order_id] == 1
		]
		ids = [order.order_id for order, _draft in orders]
		values = {"store": self.settings.store, "ids": ids}
		there = set(frappe.db.sql(_BOOKED, values, pluck=True)) if ids else set()
		ordered = set(frappe.db.sql(_ORDERED, values, pluck=True)) if ids else set()
		ordered |= {order.order_id for order, draft in orders if isinstance(draft, SalesOrderDraft)}
		for order, _draft in orders:
			if order.order_id in ordered:
				self._to_documents(order, NeedsDocumentsError(HAS_SALES_ORDER))
		return [(order, draft) for order, draft in orders if order.order_id not in there | ordered]

	def _candidates(self, ready: list[tuple[OrderFacts, OrderDraft, Buyer]], run_id: int) -> list[Candidate]:
		if not ready:
			return []
		drafts = [draft for _order, draft, _buyer in ready]
		surroundings = Surroundings(
			self.settings.company,
			[buyer.customer for _order, _draft, buyer in ready],
			[code for draft in drafts for code in draft.item_codes],
		)
		names = PageNames(self.books.names, drafts, self.settings.zone)
		vouchers = DraftVouchers(self.settings, self.books.facts, names, self.site, surroundings)
		found = (self._candidate(vouchers, names, *each, run_id) for each in ready)
		return [candidate for candidate in found if candidate]

	def _candidate(
		self,
		vouchers: DraftVouchers,
		names: PageNames,
		order: OrderFacts,
		draft: OrderDraft,
		buyer: Buyer,
		run_id: int,
	) -> Candidate | None:
		names.begin()
		try:
			made, linked = vouchers.make(order, draft, buyer)
			plan = project(made, run_id, self.clock)
			checks.check(plan, self.site)
			self._check_guards(plan)
		except (NeedsDocumentsError, LedgerError) as error:
			names.give_back()
			self._to_documents(order, error)
			return None
		except OF_THE_WHOLE_PAGE:
			raise
		except Exception as error:
			# Documents are booked by ERPNext, which may take it, or says of this one order why it doesn't.
			logger.error("Rows of order %s: %s", order.order_id, describe(error))
			names.give_back()
			self._to_documents(order, NeedsDocumentsError(f"an unforeseen error ({type(error).__name__})"))
			return None
		return Candidate(plan, order, draft, buyer, linked, names.taken)

	def _check_guards(self, plan: Plan) -> None:
		for table in plan.rows:
			if what := self.guarded.get(table.removeprefix("tab")):
				raise NeedsDocumentsError(what)

	def _to_documents(self, order: OrderFacts, error: Exception) -> None:
		why = error.reason if isinstance(error, NeedsDocumentsError) else REFUSED
		self.left[order.order_id] = why
		self.proofs.note_documents(why)

	def _prove(self, oracle: Oracle, candidate: Candidate) -> Captured:
		rows = _ask(oracle, candidate)
		self.books.on_order(candidate.order.order_id)  # most of a first page's time is spent here
		return rows

	# --- into the books ---

	def _write(self, chosen: list[Candidate]) -> bool:
		"""Write the rows of all, or none of them. :return: whether they are written"""
		plans = [candidate.plan for candidate in chosen]

		def write_all() -> None:
			writer.write(plans, self.proofs.templates)
			self.books.write_booked([(each.order, each.vouchers, remark_of(each.draft)) for each in chosen])

		if error := writer.written_or_rolled_back(write_all):
			self.proofs.note_documents(f"a page that couldn't be written ({error})", len(chosen))
			return False
		self.afterwards.note(plans, self.proofs.templates)
		return True


def _ask(oracle: Oracle, candidate: Candidate) -> Captured:
	return oracle.rows_of(candidate.order, candidate.draft, candidate.buyer, candidate.names)
