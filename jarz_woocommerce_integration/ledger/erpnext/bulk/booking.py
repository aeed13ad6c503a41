"""The second writer of the ledger in ERPNext: rows, where they are proven to be what documents give."""

from collections.abc import Iterable, Sequence

import frappe
from frappe.utils import getdate

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.contract import Booked
from jarz_woocommerce_integration.ledger.erpnext.books import ERPNextBooks
from jarz_woocommerce_integration.ledger.erpnext.bulk import guards, report
from jarz_woocommerce_integration.ledger.erpnext.bulk.afterwards import Afterwards
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.numbered_customers import NumberedCustomers
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.erpnext.bulk.masters import BulkMasters
from jarz_woocommerce_integration.ledger.erpnext.bulk.page import BulkPage
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import shared_proofs, written_kinds
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.site_state import site_state
from jarz_woocommerce_integration.ledger.erpnext.bulk.rehearsed import Rehearsed, rehearsed
from jarz_woocommerce_integration.ledger.erpnext.bulk.report import Tally
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.masters.decisions import StandingDecision
from jarz_woocommerce_integration.ledger.erpnext.masters.order_masters import Order, OrderMasters
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.translation.drafts import Outcome


def ledger_of(settings: BookSettings) -> ERPNextLedger:
	"""The ledger for these settings: in bulk for the history where the site wants it, never for what comes in live."""
	in_bulk = settings.historical and settings.bulk_booking
	return bulk_ledger(settings) if in_bulk else ERPNextLedger(settings)


def bulk_ledger(settings: BookSettings) -> ERPNextLedger:
	return ERPNextLedger(settings, BulkBooking(settings))


class BulkBooking:
	"""For the history only. It is tried before documents, and says what it can't take.

	:ivar proofs: what is proven, and what was booked how
	:ivar guarded: DocType -> what is in the way of its rows (`guards`)
	:ivar left: order id -> why documents are to book it, of the last page
	"""

	def __init__(self, settings: BookSettings):
		self.settings = settings
		self.proofs = Proofs()
		self.afterwards = Afterwards()
		self.numbered = NumberedCustomers()
		self.site: SiteFacts | None = None
		self.guarded: dict[str, str] = {}
		self.left: dict[int, str] = {}
		self._known_of: int | None = None
		self._page_number = 0
		self._counted_before = self.proofs.tally.counts()
		self._in_run = False

	@property
	def proof_seconds(self) -> float:
		return self.proofs.seconds

	def look_around(self, run_id: int) -> SiteFacts:
		if self.proofs.hold_to(site_state()) or self.site is None:
			if self.site:
				compat.forget_settings()
			self.site = SiteFacts(self.settings)
			self._search_guards()
		self.site.today = getdate()
		others = None
		if self._known_of != run_id:
			others = shared_proofs.load(run_id) if run_id else None
			if others is None and (others := shared_proofs.kept(self._basis())):
				self.proofs.tally.proven_before = len(others.equal)
			self._known_of = run_id
		self.proofs.join(others, report.failed_in(run_id))
		if run_id and others:
			known = self.proofs.known
			known.written |= shared_proofs.written(run_id, self.proofs.state, known.equal)
		return self.site

	def keep_proofs(self, run_id: int) -> None:
		"""The run is complete, or the rehearsal has ended: the next one of the same store, site and apps begins with what was proven."""
		self.look_around(run_id)  # the process that ends a run of several workers has booked nothing itself
		if self.proofs.failed:
			shared_proofs.drop(self._basis())
		elif self.proofs.known.equal:
			shared_proofs.keep(self._basis(), self.proofs.known.for_next_run())

	def _basis(self) -> str:
		apps = [
			(app, getattr(frappe.get_module(app), "__version__", "")) for app in frappe.get_installed_apps()
		]
		return report.digest((self.proofs.known.state, repr(self.settings), tuple(apps)))

	def _search_guards(self) -> None:
		accepted = guards.accepted()
		self.guarded = {}
		for guard in guards.search(self.settings):
			if guard.rule not in accepted:
				for doctype in guard.doctypes:
					self.guarded.setdefault(doctype, guard.what)

	def create_masters(
		self, orders: list[Order], there: OrderMasters, poster: Poster
	) -> dict[int, StandingDecision] | None:
		site = self.site or self.look_around(poster.run_id)
		self._counted_before = self.proofs.tally.counts()
		masters = BulkMasters(there, poster, self.proofs, self.afterwards, self.guarded, site, self.numbered)
		return masters.create(orders)

	def book(self, books: ERPNextBooks, outcomes: Sequence[Outcome]) -> dict[int, Booked]:
		page = self._page(books)
		self._counted_before = self.proofs.tally.counts()
		self._page_number = books.record.number
		booked = page.book(outcomes)
		self.left = page.left
		return booked

	def rehearsed(self) -> Rehearsed:
		# Now, not at the end: a rehearsal may be killed before.
		self._drop_if_failed()
		return rehearsed(self.left, self._take_tally(), self.proofs.failed)

	def _page(self, books: ERPNextBooks) -> BulkPage:
		site = self.look_around(books.poster.run_id)
		return BulkPage(self.settings, books, site, self.proofs, self.afterwards, self.guarded)

	def note_booked(self, orders: Iterable[Booked]) -> None:
		done = (
			self.left[order.order_id]
			for order in orders
			if order.order_id in self.left and order.what == "booked"
		)
		self.proofs.tally.orders.update(done)

	def before_commit(self, run_id: int) -> None:
		tally = self.proofs.tally
		report.add_to_run(run_id, tally)
		written_kinds.note(run_id, self._page_number, self.proofs.state, tally.kinds)
		self._in_run = True

	def after_commit(self, run_id: int) -> None:
		self.afterwards.apply()
		if self._in_run:  # the commit of masters writes nothing into the run
			self._take_tally()
		if run_id and (written := self.proofs.take_written()):
			self.proofs.known.written |= shared_proofs.add_written(run_id, self.proofs.state, written)
		self._drop_if_failed()
		if self.proofs.has_news and run_id:
			self.proofs.join(shared_proofs.load(run_id), {})
			shared_proofs.save(run_id, self.proofs.known)
			self.proofs.has_news = False

	def _drop_if_failed(self) -> None:
		if self.proofs.failed and self.proofs.has_news:
			shared_proofs.drop(self._basis())

	def _take_tally(self) -> Tally:
		tally = self.proofs.take_tally()
		self._counted_before, self._in_run = self.proofs.tally.counts(), False
		return tally

	def forget(self) -> None:
		self.afterwards.forget()
		self.numbered.forget()
		self._in_run = False
		self.proofs.tally.take_back(self._counted_before)
