"""The ledger in ERPNext, with orders booked in bulk where that is proven to give what documents give."""

from collections.abc import Sequence

import frappe
from frappe.utils import getdate

from jarz_woocommerce_integration.ledger.booking import OrderBooking
from jarz_woocommerce_integration.ledger.bulk.afterwards import Afterwards
from jarz_woocommerce_integration.ledger.bulk.masters import BulkMasters
from jarz_woocommerce_integration.ledger.bulk.page import BulkPage
from jarz_woocommerce_integration.ledger.bulk.proofs import Proofs
from jarz_woocommerce_integration.ledger.bulk.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.bulk.site_state import site_state
from jarz_woocommerce_integration.ledger.contract import Booked, PageRecord
from jarz_woocommerce_integration.ledger.erpnext import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext_books import ERPNextBooks
from jarz_woocommerce_integration.ledger.erpnext_posting import booking_environment
from jarz_woocommerce_integration.ledger.erpnext_settings import BookSettings
from jarz_woocommerce_integration.translation.drafts import Outcome


class BulkLedger(ERPNextLedger):
	"""For the history only: what comes in live goes through documents."""

	def __init__(self, settings: BookSettings):
		super().__init__(settings)
		self.proofs = Proofs()
		self.afterwards = Afterwards()
		self.site: SiteFacts | None = None
		if settings.historical:
			self.masters = BulkMasters(settings, self.proofs, self.afterwards)

	def create_masters(self, outcomes: Sequence[Outcome]) -> None:
		frappe.db.rollback()  # nothing is pending; what was read so far must not hide what others change
		self._look_at_the_site()
		super().create_masters(outcomes)

	def _book(self, page: PageRecord, outcomes: Sequence[Outcome]) -> list[Booked]:
		self.afterwards.forget()
		books = self._books(page)
		books.claim(outcome.order.order_id for outcome in outcomes)
		with booking_environment(self.settings.historical):
			books.prepare(outcomes)
			booked = self._book_in_bulk(books, outcomes) if self.settings.historical else {}
			booking = OrderBooking(books)
			return [booked.get(outcome.order.order_id) or booking.book(outcome) for outcome in outcomes]

	def _book_in_bulk(self, books: ERPNextBooks, outcomes: Sequence[Outcome]) -> dict[int, Booked]:
		self._look_at_the_site()
		self.site.today = getdate()
		page = BulkPage(
			books, self.settings, self.rates, self.site, self.proofs, self.run_id, self.afterwards
		)
		return page.book(outcomes)

	def _look_at_the_site(self) -> None:
		"""Whoever changes the site's settings in the middle of a run: it is noticed before the next page."""
		state = site_state()
		if self.proofs.state != state or self.site is None:
			self.proofs.hold_to(state)
			self.site = SiteFacts(self.settings)

	def _commit(self) -> None:
		super()._commit()
		self.afterwards.tell()
