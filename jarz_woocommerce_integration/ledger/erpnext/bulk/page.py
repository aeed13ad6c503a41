"""One page in bulk: what can be written as rows is proven and written, the rest is left to documents."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import LedgerError
from jarz_woocommerce_integration.ledger.booking import hold_to_order, remark_of
from jarz_woocommerce_integration.ledger.contract import Booked
from jarz_woocommerce_integration.ledger.erpnext.books import ERPNextBooks
from jarz_woocommerce_integration.ledger.erpnext.bulk import checks, writer
from jarz_woocommerce_integration.ledger.erpnext.bulk.afterwards import Afterwards
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.page_names import PageNames
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.paper import Paper, PaperBooks
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import CantBeBulkError
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.surroundings import Surroundings
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Clock, Plan, project
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import Oracle
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.prover import Provable, prove_all
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.shape import shape_of
from jarz_woocommerce_integration.ledger.erpnext.documents.rates import Rates
from jarz_woocommerce_integration.ledger.erpnext.order_map import Vouchers
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderState, Outcome
from jarz_woocommerce_integration.translation.unforeseen import describe

logger = logging.getLogger(__name__)

# An advance goes when its order is booked after all: that is for documents.
_BOOKED = """
SELECT woo_order_id FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND woo_order_id IN %(ids)s AND sales_invoice IS NOT NULL
UNION SELECT woo_order_id FROM `tabPayment Entry`
WHERE woo_store = %(store)s AND woo_order_id IN %(ids)s AND docstatus = 1
"""


@dataclass(slots=True)
class Candidate(Provable):
	"""An order that may be written as rows."""

	outcome: Outcome = None
	vouchers: Vouchers = None
	names: list[str] = field(default_factory=list)


class BulkPage:
	"""The orders of one page, in its open transaction.

	:param books: the page's books of documents, prepared
	:param guarded: DocType -> what is in the way of its rows (`guards`)
	"""

	def __init__(
		self,
		books: ERPNextBooks,
		settings: BookSettings,
		rates: Rates,
		site: SiteFacts,
		proofs: Proofs,
		run_id: int,
		afterwards: Afterwards,
		guarded: dict[str, str],
	):
		self.books = books
		self.settings = settings
		self.rates = rates
		self.proofs = proofs
		self.run_id = run_id
		self.afterwards = afterwards
		self.guarded = guarded
		self.paper = Paper(site, run_id)
		self.oracle = Oracle(books, settings, rates, run_id)
		self.clock = Clock(now_datetime())

	def book(self, outcomes: Sequence[Outcome]) -> dict[int, Booked]:
		"""Write what can be written. :return: order id -> what became of it, of the orders that are booked by that"""
		candidates = self._candidates(outcomes)
		chosen = prove_all(candidates, self.proofs, self._ask)
		if chosen and not self._write(chosen):
			return {}
		for candidate in chosen:
			self.proofs.tally.bulk[candidate.shape] += 1
		return {candidate.outcome.order.order_id: _booked(candidate.outcome) for candidate in chosen}

	# --- which orders ---

	def _candidates(self, outcomes: Sequence[Outcome]) -> list[Candidate]:
		fresh = self._fresh(outcomes)
		if not fresh:
			return []
		ready = []
		for outcome in fresh:
			try:
				hold_to_order(outcome.order, outcome.translation)
				customer = self.books.masters.found_for(outcome.order, outcome.translation).customer
			except OF_THE_WHOLE_PAGE:
				raise
			except Exception as error:
				self._to_documents(error)  # which say it again, and list the order by it
			else:
				ready.append((outcome, customer))
		drafts = [outcome.translation for outcome, _customer in ready]
		self.paper.surroundings = Surroundings(
			self.settings.company,
			[customer for _outcome, customer in ready],
			[
				row.item_code
				for draft in drafts
				for part in (draft.invoice, *draft.credit_notes)
				for row in part.rows
			],
		)
		names = PageNames(self.books.names, drafts, self.settings.zone)
		paper = PaperBooks(self.books, self.paper, self.settings, names, self.rates)
		return list(filter(None, (self._candidate(paper, names, outcome) for outcome, _customer in ready)))

	def _fresh(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
		"""Drafts of orders of which nothing is booked yet, and are in the page once. Advances are for documents."""
		times = Counter(outcome.order.order_id for outcome in outcomes)
		drafts = [
			outcome
			for outcome in outcomes
			if type(outcome.translation) is OrderDraft and times[outcome.order.order_id] == 1
		]
		ids = [outcome.order.order_id for outcome in drafts]
		values = {"store": self.settings.store, "ids": ids}
		there = set(frappe.db.sql(_BOOKED, values, pluck=True)) if ids else ()
		return [outcome for outcome in drafts if outcome.order.order_id not in there]

	def _candidate(self, paper: PaperBooks, names: PageNames, outcome: Outcome) -> Candidate | None:
		names.begin()
		try:
			vouchers, linked = paper.vouchers_of(outcome.order, outcome.translation)
			shape = shape_of(vouchers)
			plan = project(shape, vouchers, self.run_id, self.clock)
			checks.check(plan)
			self._check_guards(plan)
		except (CantBeBulkError, LedgerError) as error:
			names.give_back()
			self._to_documents(error)
			return None
		except OF_THE_WHOLE_PAGE:
			raise
		except Exception as error:
			# Documents are booked by ERPNext, which may take it, or says of this one order why it doesn't.
			logger.error("Rows of order %s: %s", outcome.order.order_id, describe(error))
			names.give_back()
			self._to_documents(CantBeBulkError(f"an unforeseen error ({type(error).__name__})"))
			return None
		return Candidate(shape, plan, outcome=outcome, vouchers=linked, names=names.taken)

	def _check_guards(self, plan: Plan) -> None:
		for table in plan.rows:
			if what := self.guarded.get(table.removeprefix("tab")):
				raise CantBeBulkError(what)

	def _to_documents(self, error: Exception) -> None:
		why = (
			error.reason if isinstance(error, CantBeBulkError) else "documents are to say why they refuse it"
		)
		self.proofs.note_documents(why)

	def _ask(self, candidate: Candidate) -> Captured:
		return self.oracle.rows_of(candidate.outcome.order, candidate.outcome.translation, candidate.names)

	# --- into the books ---

	def _write(self, chosen: list[Candidate]) -> bool:
		"""Write the rows of all, or none of them. :return: whether they are written"""

		def write_all() -> None:
			writer.write([candidate.plan for candidate in chosen], self.proofs.patterns)
			self.books.write_booked(
				[
					(candidate.outcome.order, candidate.vouchers, remark_of(candidate.outcome.translation))
					for candidate in chosen
				]
			)

		if error := writer.written_or_taken_back(write_all):
			self.proofs.note_documents(f"a page that couldn't be written ({error})", len(chosen))
			return False
		self.afterwards.note([candidate.plan for candidate in chosen], self.proofs.patterns)
		return True


def _booked(outcome: Outcome) -> Booked:
	remark = remark_of(outcome.translation)
	return Booked(outcome.order.order_id, OrderState.SYNCED, "booked", remark.reason, remark.message)
