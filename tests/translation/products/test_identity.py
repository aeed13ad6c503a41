"""No product twice, no two products in one item, and the same plan whatever order the pages come in."""

from dataclasses import asdict

from hypothesis import given, settings, strategies as st

from jarz_woocommerce_integration.store.products.reading import Catalogue
from jarz_woocommerce_integration.translation.products.drafts import Act, Found, MatchedBy, ProductKey
from jarz_woocommerce_integration.translation.products.facts import ItemFact
from jarz_woocommerce_integration.translation.products.planner import plan
from jarz_woocommerce_integration.translation.text import fold_code
from tests.translation.products.building import attribute, facts_of, simple, variable, variation

SKUS = st.sampled_from(["", "", "A", "a", "B", "C ", "É", "WOO-1", "WOO-3", "A-Red", "x" * 150])
NAMES = st.sampled_from(["Tea", "Coffee", "tea ", "", "Tea - Red"])
BARCODES = st.sampled_from(["", "", "4006381333931", "036000291452"])
COLORS = st.sampled_from(["Red", "red", "Blue", ""])
FIELDS = st.fixed_dictionaries(
	{
		"name": NAMES,
		"global_unique_id": BARCODES,
		"status": st.sampled_from(["publish", "publish", "draft", "private"]),
		"manage_stock": st.sampled_from([True, False, "parent"]),
	}
)


@st.composite
def bodies(draw):
	"""Products 1 to 4, some of which have variations, 11 and more."""
	found = []
	for identifier in draw(st.lists(st.integers(1, 4), unique=True)):
		fields, sku = draw(FIELDS), draw(SKUS)
		if draw(st.booleans()):
			count = draw(st.integers(0, 3))
			ids = [identifier * 10 + number for number in range(count)]
			found.append(variable(identifier, sku, ids, **fields))
			found += [variation(identifier, each, draw(SKUS), draw(COLORS), **draw(FIELDS)) for each in ids]
		else:
			kind = draw(st.sampled_from(["simple", "simple", "grouped", "external", "woosb"]))
			found.append(simple(identifier, sku, **fields, type=kind))
	return found


@st.composite
def facts(draw):
	codes = draw(st.lists(st.sampled_from(["A", "B", "C", "WOO-1", "T", "T-Red"]), unique=True))
	items = [
		ItemFact(
			code,
			draw(NAMES),
			has_variants=code == "T",
			variant_of="T" if code == "T-Red" else "",
			attributes=(("color", "red"),) if code == "T-Red" else (("color", ""),) if code == "T" else (),
			disabled=draw(st.integers(0, 9)) == 0,
		)
		for code in codes
	]
	keys = draw(st.lists(st.sampled_from([(1, 0), (2, 0), (2, 20), (9, 0)]), unique=True))
	links = {key: [draw(st.sampled_from(codes))] for key in keys} if codes else {}
	barcodes = {"4006381333931": draw(st.sampled_from(codes))} if codes and draw(st.booleans()) else {}
	sku_links = {"C": [draw(st.sampled_from(codes))]} if codes and draw(st.booleans()) else {}
	gone = draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
	return facts_of(items, links, barcodes, [attribute("Color", "Red")], sku_links=sku_links, gone=gone)


def lines_of(given_bodies, given_facts):
	catalogue = Catalogue()
	catalogue.add(given_bodies)
	return plan(catalogue.products, catalogue.categories, given_facts)


@given(bodies(), facts())
@settings(deadline=None, max_examples=400)
def test_each_product_has_one_line(given_bodies, given_facts):
	lines = lines_of(given_bodies + given_bodies, given_facts)
	keys = [line.key for line in lines]
	expected = {
		ProductKey(body.get("parent_id") or body["id"], body["id"] if body.get("parent_id") else 0)
		for body in given_bodies
	}
	assert len(set(keys)) == len(keys) and set(keys) == expected


@given(bodies(), facts())
@settings(deadline=None, max_examples=400)
def test_no_two_products_become_one_item_unless_a_person_linked_them_so(given_bodies, given_facts):
	lines = lines_of(given_bodies, given_facts)
	linked = {fold_code(line.item) for line in lines if line.is_linked}
	others = [
		fold_code(line.item if line.act is Act.LINK else line.draft.code)
		for line in lines
		if line.act is not Act.LEAVE and not line.is_linked
	]
	assert len(set(others)) == len(others)
	assert not linked & set(others)


@given(bodies(), facts())
@settings(deadline=None, max_examples=200)
def test_what_is_made_has_a_code_that_no_item_has(given_bodies, given_facts):
	for line in lines_of(given_bodies, given_facts):
		if line.draft:
			assert given_facts.item(line.draft.code) is None and 0 < len(line.draft.code) <= 140
		if line.act is Act.CREATE:
			assert line.found is Found.NEW and line.draft
		if line.matched_by is MatchedBy.NAME:
			assert line.act is Act.LEAVE


@given(bodies(), facts(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=200)
def test_the_order_of_pages_means_nothing_and_planning_twice_gives_the_same(
	given_bodies, given_facts, random
):
	lines = lines_of(given_bodies, given_facts)
	shuffled = list(given_bodies)
	random.shuffle(shuffled)
	assert [asdict(line) for line in lines_of(shuffled, given_facts)] == [asdict(line) for line in lines]
