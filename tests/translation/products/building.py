"""Products of a shop and what ERPNext has, with as little said as a test needs."""

import gzip
import json
from datetime import date
from pathlib import Path

from jarz_woocommerce_integration.store.products.reading import Catalogue
from jarz_woocommerce_integration.translation.products.drafts import ProductKey
from jarz_woocommerce_integration.translation.products.facts import AttributeFact, Facts, ItemFact, Options
from jarz_woocommerce_integration.translation.products.planner import plan
from jarz_woocommerce_integration.translation.text import fold_code

TODAY = date(2026, 11, 30)
SHOP11 = json.loads(
	gzip.decompress((Path(__file__).parents[2] / "fixtures" / "shop11" / "catalogue.json.gz").read_bytes())
)


def simple(identifier, sku="", **fields):
	return {
		"id": identifier,
		"type": "simple",
		"status": "publish",
		"name": f"Product {identifier}",
		"sku": sku,
		"regular_price": "10",
		**fields,
	}


def variable(identifier, sku="", variations=(1,), **fields):
	attributes = [{"id": 1, "name": "Color", "variation": True, "options": ["Red", "Blue"]}]
	return simple(
		identifier,
		sku,
		**{"type": "variable", "variations": list(variations), "attributes": attributes, **fields},
	)


def variation(parent, identifier, sku="", color="Red", **fields):
	attributes = [{"id": 1, "name": "Color", "option": color}] if color else []
	return simple(
		identifier, sku, **{"type": "variation", "parent_id": parent, "attributes": attributes, **fields}
	)


def facts_of(
	items=(), links=None, barcodes=None, attributes=(), groups=(), gone=(), sku_links=None, **options
):
	facts = Facts(
		options=Options(**{"today": TODAY, **options}),
		links={ProductKey(*key): codes for key, codes in (links or {}).items()},
		gone={ProductKey(*key) for key in gone},
		sku_links={fold_code(sku): codes for sku, codes in (sku_links or {}).items()},
		barcodes=barcodes or {},
		attributes={fold_code(each.name): each for each in attributes},
		groups={fold_code(name): name for name in groups},
	)
	for item in items:
		facts.add_item(item if isinstance(item, ItemFact) else ItemFact(item, f"Name of {item}"))
	return facts


def attribute(name, *values, is_numeric=False):
	return AttributeFact(name, {fold_code(value): value for value in values}, is_numeric)


def catalogue_of(*bodies, categories=()):
	catalogue = Catalogue()
	catalogue.add(bodies)
	catalogue.add_categories(categories)
	assert not catalogue.malformed
	return catalogue


def planned(*bodies, categories=(), facts=None, **options):
	"""The lines, by product and variation."""
	catalogue = catalogue_of(*bodies, categories=categories)
	lines = plan(catalogue.products, catalogue.categories, facts or facts_of(**options))
	return {tuple(line.key): line for line in lines}
