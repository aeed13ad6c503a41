"""ERPNext keeps nine decimals of an exchange rate: where that is too few, it is said before the first order is booked."""

from collections import Counter

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.services.desk.currencies import StoreCurrencies
from jarz_woocommerce_integration.store.order_sample import OrderSample
from jarz_woocommerce_integration.tests.support.site import allow_one_receivable, make_store

STORE = "Rates Shop"


class TestRateDecimals(FrappeTestCase):
	def findings(self, rate: float):
		allow_one_receivable(1)
		self.addCleanup(allow_one_receivable, 0)
		store = make_store(STORE, currencies=[{"currency": "IRR", "exchange_rate": rate}])
		self.addCleanup(frappe.db.rollback)
		(finding,) = StoreCurrencies(store).findings(OrderSample(Counter({"IRR": 3}), 3))
		return finding

	def test_a_small_rate_is_a_warning(self):
		finding = self.findings(0.000023811)
		self.assertEqual(finding.level, "warning")
		for words in ("0.000023811", "nine decimals", "0.0021 %"):
			self.assertIn(words, finding.text)
		self.assertIn("accountant", finding.what_to_do)

	def test_a_rate_that_nine_decimals_hold_is_none(self):
		for rate in (0.0005, 0.020491803, 1.1, 48.123456789):
			with self.subTest(rate):
				self.assertNotIn("nine decimals", self.findings(rate).text)
