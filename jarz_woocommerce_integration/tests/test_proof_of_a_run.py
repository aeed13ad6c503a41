"""The proof of a run: a sound migration is proven, and each lie in the books is found and named with its order."""

import json

import frappe

from jarz_woocommerce_integration.services import order_sync, proof, site_runs
from jarz_woocommerce_integration.services.site_migration import open_session
from jarz_woocommerce_integration.tests.shop_on_site import STORE, ShopOnSiteTestCase

OWN = "docstatus = 1 AND coalesce(woo_refund_id, 0) = 0 AND is_return = 0 AND woo_order_id > 0"


class TestProofOfARun(ShopOnSiteTestCase):
	orders = 70

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		order_sync.migrate_historical_orders_streaming(store=STORE)
		cls.run_name = site_runs.last_completed(STORE)
		frappe.db.commit()

	def tearDown(self):
		frappe.db.rollback()
		super().tearDown()

	def prove(self, sample_size: int = 100, seed: int = 1) -> proof.Proof:
		with open_session(STORE) as session:
			return proof.prove(session, session.scope(), sample_size, seed)

	def test_x(self):
		p = self.prove()
		open("/tmp/proof.json", "w").write(json.dumps(p.as_dict(), indent=1, ensure_ascii=False))
		print(p.proven, list(p.wrong()))
