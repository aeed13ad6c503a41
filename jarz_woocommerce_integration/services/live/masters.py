"""Customers and products that were changed in the shop: what the books know of them is kept up, nothing else.

Nobody becomes a customer here: orders do that. No product becomes an item, unless the store says that new ones do. What a person wrote is never changed.
"""

from collections.abc import Collection, Sequence

from jarz_woocommerce_integration.services.products import follow_up, imports
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import SiteSession
from jarz_woocommerce_integration.store.catalogue import (
	Product,
	customers_by_id,
	ids_of_products,
	products_by_id,
	products_by_sku,
	variations_of,
)
from jarz_woocommerce_integration.translation.customers.evidence import evidence_of_account
from jarz_woocommerce_integration.translation.drafts import ProductFacts


def refresh_customers(session: SiteSession, ids: Collection[int]) -> None:
	"""Add e-mails and phones of these accounts to the customers who have them, so that their next order is recognised.

	:raises StoreError: the shop is out; :raises Exception: what the site says when it refuses one
	"""
	known = session.ledger.known_accounts(ids)
	if not known:
		return
	accounts = customers_by_id(session.client, known)
	session.ledger.run_id = site_runs.run_of_today(session.store.name)
	session.ledger.add_accounts(
		[evidence_of_account(account, session.translator.policy) for account in accounts]
	)


def refresh_products(session: SiteSession, ids: Collection[int]) -> None:
	"""Keep the item links of these products and their variations: SKU and name of today, and whether they are there.

	A product without a link gets one where its SKU, which no other product has, is an item's.

	:raises StoreError: the shop is out
	"""
	products, deleted = products_by_id(session.client, ids)
	variations = {
		product.id: variations_of(session.client, product.id)
		for product in products
		if product.has_variations
	}
	lines = [_facts(product) for product in (*products, *(v for some in variations.values() for v in some))]
	whole = {product_id: {v.id for v in some} for product_id, some in variations.items()}
	unlinked = session.ledger.refresh_products(lines, deleted, whole)
	if ours := _with_their_own_sku(session, unlinked):
		session.ledger.run_id = site_runs.run_of_today(session.store.name)
		session.ledger.link_products(ours)
	keys = [(line.product_id, line.variation_id) for line in lines]
	follow_up.follow(session.store, session.client, keys, deleted, whole)


def mark_vanished_products(session: SiteSession) -> set[int]:
	"""Mark the links of products and variations that the shop doesn't have any more: no webhook reports that one was deleted for good.

	The lines of the store's open import are compared with the shop, too.

	:returns: their ids
	:raises StoreError: the shop is out
	"""
	linked = session.ledger.linked_products()
	if not linked and not imports.open_import(session.store.name):
		return set()
	there = ids_of_products(session.client)
	follow_up.compare(session.store.name, there, linked)
	missing = linked - there
	if not missing:
		return set()
	# A product that a plugin hides in lists is still there on its own route.
	_there, deleted = products_by_id(session.client, missing)
	session.ledger.refresh_products([], deleted, {})
	return deleted


def _with_their_own_sku(session: SiteSession, products: Sequence[ProductFacts]) -> list[ProductFacts]:
	"""Those whose SKU is no other product's. A variation without one shows its product's, which would be ambiguous."""
	having: dict[str, set[int]] = {}
	for product in products_by_sku(session.client, (product.sku for product in products)):
		having.setdefault(product.sku, set()).add(product.id)
	return [p for p in products if having.get(p.sku) == {p.variation_id or p.product_id}]


def _facts(product: Product) -> ProductFacts:
	if product.parent_id and product.type == "variation":
		return ProductFacts(product.parent_id, product.id, product.sku, product.name)
	return ProductFacts(product.id, 0, product.sku, product.name, is_template=product.has_variations)
