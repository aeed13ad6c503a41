"""The ledger in ERPNext, with orders booked in bulk where that is proven to give what documents give."""

from collections.abc import Sequence

from jarz_woocommerce_integration.ledger.booking import OrderBooking
from jarz_woocommerce_integration.ledger.bulk.masters import BulkMasters
from jarz_woocommerce_integration.ledger.bulk.page import BulkPage
from jarz_woocommerce_integration.ledger.bulk.proofs import Proofs
from jarz_woocommerce_integration.ledger.bulk.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.contract import Booked, PageRecord
from jarz_woocommerce_integration.ledger.erpnext import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext_posting import booking_environment
from jarz_woocommerce_integration.ledger.erpnext_settings import BookSettings
from jarz_woocommerce_integration.translation.drafts import Outcome


class BulkLedger(ERPNextLedger):
	"""For the history only: what comes in live goes through documents."""

	def __init__(self, settings: BookSettings):
		super().__init__(settings)
		self.proofs = Proofs()
		if settings.historical:
			self.masters = BulkMasters(settings, self.proofs)

	def _book(self, page: PageRecord, outcomes: Sequence[Outcome]) -> list[Booked]:
		books = self._books(page)
		books.claim(outcome.order.order_id for outcome in outcomes)
		with booking_environment(self.settings.historical):
			books.prepare(outcomes)
			site = SiteFacts(self.settings)
			bulk = BulkPage(books, self.settings, self.rates, site, self.proofs, self.run_id)
			booked = bulk.book(outcomes) if self.settings.historical else {}
			booking = OrderBooking(books)
			return [booked.get(outcome.order.order_id) or booking.book(outcome) for outcome in outcomes]
