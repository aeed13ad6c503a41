"""Orders and refunds of a real shop (WooCommerce 11.0.1), booked from its answers, with the truth of its tables beside them."""

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import frappe
from frappe.tests.utils import FrappeTestCase

import jarz_woocommerce_integration
from jarz_woocommerce_integration.ledger.contract import Booked, PageRecord
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.store.payloads import Order, Refund, parse
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.site import allow_one_receivable, ensure_company, make_store
from jarz_woocommerce_integration.translation.drafts import Outcome

FIXTURE = Path(jarz_woocommerce_integration.__file__).parents[1] / "tests" / "fixtures" / "shop11"
PAGE = 50
CAIRO = ZoneInfo("Africa/Cairo")
RATE = Decimal("47.5")


def answers(name: str):
	return json.loads(gzip.decompress((FIXTURE / name).read_bytes()), parse_float=Decimal)


class RealOrdersCase(FrappeTestCase):
	""":cvar store_name: of the WooCommerce Store"""

	store_name = "Real Orders"

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.company = ensure_company()
		wipe_books()
		allow_one_receivable(True)
		cls.store = make_store(cls.store_name, unknown_items="Placeholder")
		frappe.db.set_value(
			"WooCommerce Store", cls.store_name, {"time_zone": "Africa/Cairo", "country": "EG"}
		)
		cls.store.reload()
		cls.store.append("statuses", {"status": "shipped", "action": "Submit and Pay"})

	@classmethod
	def book(
		cls, kind: Callable[..., ERPNextLedger], orders: list[dict], refunds: dict[str, list[dict]]
	) -> tuple[list[Outcome], list[Booked]]:
		"""Book into empty books. :return: what each order became, and what the ledger did with it"""
		wipe_books()
		frappe.db.commit()
		settings = site_store.book_settings_of(cls.store)
		settings.exchange_rates["USD"] = RATE
		settings.receivables["USD"] = cls.store.receivable_account
		translator = site_store.translator_of(cls.store)
		became: list[Outcome] = []
		done: list[Booked] = []
		with kind(settings) as ledger:
			opened = ledger.open_run({}, datetime.now(CAIRO))
			for start in range(0, len(orders), PAGE):
				page = [parse(Order, order) for order in orders[start : start + PAGE]]
				details = {
					order.id: [parse(Refund, refund) for refund in refunds[str(order.id)]]
					for order in page
					if order.refunds
				}
				prepared = translator.prepare(page)
				outcomes = translator.translate(prepared, details, ledger.lookups(translator.keys(prepared)))
				ledger.create_masters(outcomes)
				done += ledger.book_page(PageRecord(opened.run_id, start // PAGE + 1), outcomes).orders
				became += outcomes
		return became, done
