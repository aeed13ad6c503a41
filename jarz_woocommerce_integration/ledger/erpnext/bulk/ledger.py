"""The ledger in ERPNext, with orders booked in bulk where that is proven to give what documents give."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from frappe.utils import getdate

from jarz_woocommerce_integration.ledger.booking import OrderBooking
from jarz_woocommerce_integration.ledger.contract import Booked, PageRecord
from jarz_woocommerce_integration.ledger.erpnext.books import ERPNextBooks
from jarz_woocommerce_integration.ledger.erpnext.bulk import guards, report
from jarz_woocommerce_integration.ledger.erpnext.bulk.afterwards import Afterwards
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.erpnext.bulk.masters import BulkMasters
from jarz_woocommerce_integration.ledger.erpnext.bulk.page import BulkPage
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import shared_proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.site_state import site_state
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import booking_environment
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.translation.drafts import Failure, Hold, Outcome


def ledger_of(settings: BookSettings) -> ERPNextLedger:
	"""The ledger for these settings: in bulk for the history where the site wants it, never for what comes in live."""
	in_bulk = settings.historical and settings.bulk_booking
	return BulkLedger(settings) if in_bulk else ERPNextLedger(settings)


class BulkLedger(ERPNextLedger):
	"""For the history only.

	:ivar proofs: what is proven, and what was booked how
	"""

	def __init__(self, settings: BookSettings):
		super().__init__(settings)
		self.proofs = Proofs()
		self.afterwards = Afterwards()
		self.site: SiteFacts | None = None
		self.guarded: dict[str, str] = {}
		self.masters = BulkMasters(settings, self.proofs, self.afterwards, self.guarded)
		self._known_of = 0
		self._only_documents = False

	def create_masters(self, outcomes: Sequence[Outcome]) -> None:
		fresh_snapshot()  # nothing is pending; what was read so far must not hide what others change
		self._look_around()
		super().create_masters(outcomes)

	def _book(self, page: PageRecord, outcomes: Sequence[Outcome]) -> list[Booked]:
		self.afterwards.forget()
		books = self._books(page)
		books.claim(outcome.order.order_id for outcome in outcomes)
		with booking_environment(self.settings.historical):
			books.prepare(outcomes)
			booked = {} if self._only_documents else self._book_in_bulk(books, outcomes)
			booking = OrderBooking(books)
			return [booked.get(outcome.order.order_id) or booking.book(outcome) for outcome in outcomes]

	def _book_in_bulk(self, books: ERPNextBooks, outcomes: Sequence[Outcome]) -> dict[int, Booked]:
		self._look_around()
		page = BulkPage(
			books,
			self.settings,
			self.rates,
			self.site,
			self.proofs,
			self.run_id,
			self.afterwards,
			self.guarded,
		)
		return page.book(outcomes)

	def check_page(
		self, outcomes: Sequence[Outcome], rehearsed: Mapping[str, str] = MappingProxyType({})
	) -> dict[int, Hold | Failure]:
		"""With documents only: it is their refusals that are asked for."""
		self._only_documents = True
		try:
			return super().check_page(outcomes, rehearsed)
		finally:
			self._only_documents = False

	def _look_around(self) -> None:
		"""Whoever changes the site's settings in the middle of a run, and what other workers found out: before each page."""
		if self.proofs.hold_to(site_state()) or self.site is None:
			self.site = SiteFacts(self.settings)
			self._search_guards()
		self.site.today = getdate()
		if self.run_id:
			others = shared_proofs.load(self.run_id) if self._known_of != self.run_id else None
			self.proofs.join(others, report.failed_in(self.run_id))
			self._known_of = self.run_id

	def _search_guards(self) -> None:
		accepted = guards.accepted()
		found = [guard for guard in guards.search(self.settings) if guard.rule not in accepted]
		self.guarded.clear()
		for guard in found:
			for doctype in guard.doctypes:
				self.guarded.setdefault(doctype, guard.what)

	def _commit(self) -> None:
		if not self._only_documents:
			report.add_to_run(self.run_id, self.proofs.take_tally())
		super()._commit()
		self.afterwards.tell()
		if self.proofs.has_news and self.run_id:
			self.proofs.join(shared_proofs.load(self.run_id), {})
			shared_proofs.save(self.run_id, self.proofs.known)
			self.proofs.has_news = False
