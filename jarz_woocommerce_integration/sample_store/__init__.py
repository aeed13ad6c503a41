"""A small WooCommerce-compatible store with made-up orders: to rehearse with, and to test against.

`SampleShop` knows its orders, `SampleStore` serves them:

        store = SampleStore(SampleShop(seed=1, orders=500))
        with store.serve() as url:
                ...

Requests over http are signed with OAuth 1.0a, key `ck_sample` and secret `cs_sample`, for the shop's own home URL.
"""

from jarz_woocommerce_integration.sample_store.faults import FaultPlan
from jarz_woocommerce_integration.sample_store.http.authentication import ApiKey
from jarz_woocommerce_integration.sample_store.server import SampleStore
from jarz_woocommerce_integration.sample_store.shop.generator import SampleShop
from jarz_woocommerce_integration.sample_store.shop.kinds import Kind

__all__ = ["ApiKey", "FaultPlan", "Kind", "SampleShop", "SampleStore"]
