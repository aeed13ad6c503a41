"""What ERPNext has for the plan of a product import, in six queries."""

from collections import defaultdict

import frappe

from jarz_woocommerce_integration.translation.products.barcodes import barcode_of
from jarz_woocommerce_integration.translation.products.drafts import ProductKey
from jarz_woocommerce_integration.translation.products.facts import AttributeFact, Facts, ItemFact, Options
from jarz_woocommerce_integration.translation.text import fold_code

_LINKS = """
SELECT product_id, variation_id, coalesce(sku, ''), item, deleted_in_store FROM `tabWooCommerce Item Link`
WHERE store = %s ORDER BY creation, name
"""
_ITEMS = "SELECT name, coalesce(item_name, ''), has_variants, coalesce(variant_of, ''), disabled FROM `tabItem` ORDER BY name"
_ATTRIBUTES_OF_ITEMS = """
SELECT parent, attribute, coalesce(attribute_value, '') FROM `tabItem Variant Attribute` WHERE parenttype = 'Item' ORDER BY parent, idx
"""
_BARCODES = "SELECT barcode, parent FROM `tabItem Barcode` WHERE parenttype = 'Item' ORDER BY name"
_ATTRIBUTES = """
SELECT attribute.name, attribute.numeric_values, value.attribute_value FROM `tabItem Attribute` attribute
LEFT JOIN `tabItem Attribute Value` value ON value.parent = attribute.name ORDER BY attribute.name, value.idx
"""
_GROUPS = "SELECT name FROM `tabItem Group`"


def read_facts(store: str, options: Options) -> Facts:
	""":param store: whose item links count"""
	facts = Facts(options)
	for product_id, variation_id, sku, item, deleted in frappe.db.sql(_LINKS, store):
		if not product_id:
			facts.sku_links.setdefault(fold_code(sku), []).append(item)
			continue
		key = ProductKey(product_id, variation_id)
		facts.links.setdefault(key, []).append(item)
		if deleted:
			facts.gone.add(key)
	attributes: dict[str, list[tuple[str, str]]] = defaultdict(list)
	for item, attribute, value in frappe.db.sql(_ATTRIBUTES_OF_ITEMS):
		attributes[item].append((fold_code(attribute), fold_code(value)))
	for code, name, has_variants, variant_of, disabled in frappe.db.sql(_ITEMS):
		of_item = tuple(sorted(attributes[code]))
		facts.add_item(ItemFact(code, name, bool(has_variants), variant_of, bool(disabled), of_item))
	facts.barcodes = {barcode_of(barcode)[0] or barcode: item for barcode, item in frappe.db.sql(_BARCODES)}
	for name, is_numeric, value in frappe.db.sql(_ATTRIBUTES):
		known = facts.attributes.setdefault(fold_code(name), AttributeFact(name, {}, bool(is_numeric)))
		if value:
			known.values[fold_code(value)] = value
	facts.groups = {fold_code(name): name for name in frappe.db.sql(_GROUPS, pluck=True)}
	return facts
