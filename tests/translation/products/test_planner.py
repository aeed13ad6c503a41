"""What becomes of each product of a shop: its item, why, and what its item would be."""

from decimal import Decimal

import pytest

from jarz_woocommerce_integration.translation.products.drafts import (
	Act,
	Found,
	Kind,
	MatchedBy,
	PriceDraft,
	ProductDraft,
)
from jarz_woocommerce_integration.translation.products.facts import ItemFact, StockItems
from tests.translation.products.building import (
	SHOP11,
	TODAY,
	attribute,
	facts_of,
	planned,
	simple,
	variable,
	variation,
)

TEMPLATE = ItemFact("T", "Shirt", has_variants=True, attributes=(("color", ""),))
RED = ItemFact("T-RED", "Shirt-Red", variant_of="T", attributes=(("color", "red"),))


def found(line):
	return line.found, line.act, line.matched_by, line.item


class TestMatching:
	def test_a_link_is_the_item_whatever_the_sku_says(self):
		facts = facts_of(["A", "B"], links={(1, 0): ["B"]})
		line = planned(simple(1, "A"), facts=facts)[1, 0]
		assert found(line) == (Found.MATCHED, Act.LINK, MatchedBy.LINK, "B")
		assert line.is_linked and line.draft is None

	def test_a_sku_that_one_item_has_is_that_item_in_any_case(self):
		line = planned(simple(1, "abc "), facts=facts_of(["ABC"]))[1, 0]
		assert found(line) == (Found.MATCHED, Act.LINK, MatchedBy.SKU, "ABC")

	def test_a_sku_that_a_link_without_product_names_is_its_item(self):
		line = planned(simple(1, "X"), facts=facts_of(["A"], sku_links={"X": ["A"]}))[1, 0]
		assert found(line) == (Found.MATCHED, Act.LINK, MatchedBy.SKU, "A")

	def test_a_sku_of_two_items_is_a_conflict(self):
		line = planned(simple(1, "X"), facts=facts_of(["A", "X"], sku_links={"X": ["A"]}))[1, 0]
		assert (line.found, line.act) == (Found.CONFLICT, Act.LEAVE)
		assert line.reason == "Several items have its SKU: A, X."

	def test_a_barcode_that_an_item_has_is_that_item(self):
		facts = facts_of(["A"], barcodes={"4006381333931": "A"})
		line = planned(simple(1, global_unique_id="4-006381-333931"), facts=facts)[1, 0]
		assert found(line) == (Found.MATCHED, Act.LINK, MatchedBy.BARCODE, "A")

	def test_a_sku_and_a_barcode_of_different_items_are_a_conflict(self):
		facts = facts_of(["A", "B"], barcodes={"4006381333931": "B"})
		line = planned(simple(1, "A", global_unique_id="4006381333931"), facts=facts)[1, 0]
		assert line.reason == "By its SKU it is item A, by its barcode item B."

	def test_a_name_is_only_a_suggestion(self):
		line = planned(simple(1, name="Café Latte"), facts=facts_of([ItemFact("A", "Cafe  latte")]))[1, 0]
		assert found(line) == (Found.CONFLICT, Act.LEAVE, MatchedBy.NAME, "A")
		assert line.draft.code == "WOO-1"

	def test_an_item_with_the_code_that_its_own_would_get_is_a_suggestion(self):
		line = planned(simple(7), facts=facts_of(["WOO-7"]))[7, 0]
		assert (line.found, line.act, line.item, line.draft) == (Found.CONFLICT, Act.LEAVE, "WOO-7", None)

	def test_an_item_of_another_product_is_not_taken(self):
		line = planned(simple(1, "A"), simple(2), facts=facts_of(["A"], links={(2, 0): ["A"]}))[1, 0]
		assert line.reason == "Item A is linked to product 2 already."

	def test_an_item_of_a_product_that_was_deleted_and_made_anew_is_taken(self):
		facts = facts_of(["A"], links={(2, 0): ["A"]}, gone=[(2, 0)])
		assert found(planned(simple(1, "A"), facts=facts)[1, 0]) == (
			Found.MATCHED,
			Act.LINK,
			MatchedBy.SKU,
			"A",
		)

	@pytest.mark.parametrize(
		"item, reason",
		[
			(ItemFact("A", "", has_variants=True), "Item A is a template, and the product is sold itself."),
			(ItemFact("A", "", disabled=True), "Item A is disabled."),
		],
	)
	def test_an_item_that_cannot_be_sold_as_it_is_a_conflict(self, item, reason):
		line = planned(simple(1, "A"), facts=facts_of([item]))[1, 0]
		assert (line.found, line.reason) == (Found.CONFLICT, reason)
		assert line.draft.code == "WOO-1"

	def test_a_link_to_an_item_that_is_disabled_is_a_conflict(self):
		facts = facts_of([ItemFact("A", "", disabled=True)], links={(1, 0): ["A"]})
		line = planned(simple(1), facts=facts)[1, 0]
		assert (line.found, line.reason) == (Found.CONFLICT, "Item A is disabled.")

	def test_two_products_with_one_sku_are_a_conflict_each_with_a_code_of_its_own(self):
		lines = planned(simple(1, "A"), simple(2, "a"))
		assert [line.found for line in lines.values()] == [Found.CONFLICT] * 2
		assert [line.draft.code for line in lines.values()] == ["A", "WOO-2"]

	def test_two_products_that_are_found_to_be_one_item_are_a_conflict(self):
		facts = facts_of(["A"], barcodes={"4006381333931": "A"})
		lines = planned(simple(1, "A"), simple(2, global_unique_id="4006381333931"), facts=facts)
		assert {line.reason for line in lines.values()} == {"2 products of the shop are found to be item A."}

	def test_two_products_that_a_person_has_linked_to_one_item_stay_so(self):
		lines = planned(simple(1), simple(2), facts=facts_of(["A"], links={(1, 0): ["A"], (2, 0): ["A"]}))
		assert [line.is_linked for line in lines.values()] == [True, True]

	def test_a_variation_is_the_variant_of_its_matched_template_that_has_its_attributes(self):
		lines = planned(
			variable(1, "T"),
			variation(1, 2, "T"),
			facts=facts_of([TEMPLATE, RED], attributes=[attribute("Color", "Red")]),
		)
		assert found(lines[1, 0]) == (Found.MATCHED, Act.LINK, MatchedBy.SKU, "T")
		assert found(lines[1, 2]) == (Found.MATCHED, Act.LINK, MatchedBy.ATTRIBUTES, "T-RED")


class TestRules:
	def test_a_simple_product_becomes_an_item(self):
		line = planned(
			simple(1, "A", name="Tea &amp; Co", tax_class="reduced-rate"),
			tax_classes={"reduced-rate": "VAT 5"},
		)[1, 0]
		assert (line.found, line.act, line.kind) == (Found.NEW, Act.CREATE, Kind.ITEM)
		assert (line.draft.code, line.draft.name, line.draft.tax_template) == ("A", "Tea & Co", "VAT 5")
		assert line.draft.prices == (PriceDraft(Decimal("10")),)

	def test_a_variable_product_becomes_a_template_with_a_variant_for_each_variation(self):
		lines = planned(
			variable(1, "S", variations=(2, 3)),
			variation(1, 2, "S-R"),
			variation(1, 3, "S", color="Dark Blue", manage_stock=True),
		)
		template, red, blue = lines.values()
		assert [line.kind for line in lines.values()] == [Kind.TEMPLATE, Kind.VARIANT, Kind.VARIANT]
		assert [(each.name, each.values) for each in template.draft.attributes] == [
			("Color", ("Red", "Blue", "Dark Blue"))
		]
		assert (red.draft.code, red.name) == ("S-R", "Product 1 - Red")
		# Its SKU is its product's: it has none of its own.
		assert (blue.sku, blue.draft.code) == ("", "S-Dark-Blue")
		assert [line.draft.is_stock_item for line in lines.values()] == [True, False, True]
		assert template.draft.prices == ()

	def test_attributes_and_values_are_spelled_as_erpnext_has_them(self):
		facts = facts_of(attributes=[attribute("COLOR", "RED")])
		lines = planned(variable(1, "S"), variation(1, 2, "S-R"), facts=facts)
		assert [(each.name, each.values) for each in lines[1, 0].draft.attributes] == [
			("COLOR", ("RED", "Blue"))
		]
		assert lines[1, 2].draft.attributes[0].values == ("RED",)

	def test_an_attribute_with_a_range_of_numbers_is_a_conflict(self):
		lines = planned(
			variable(1), variation(1, 2), facts=facts_of(attributes=[attribute("Color", is_numeric=True)])
		)
		assert {line.found for line in lines.values()} == {Found.CONFLICT}

	def test_a_template_without_the_attribute_is_a_conflict(self):
		facts = facts_of([ItemFact("S", "", has_variants=True, attributes=(("size", ""),))])
		line = planned(variable(1, "S"), variation(1, 2, "S-R"), facts=facts)[1, 2]
		assert (line.found, line.reason) == (Found.CONFLICT, "The template S has no attribute Color.")

	def test_two_variations_with_the_same_attributes_are_one_variant_and_a_conflict(self):
		lines = planned(variable(1, variations=(2, 3)), variation(1, 2), variation(1, 3))
		assert [line.found for line in lines.values()] == [Found.NEW, Found.NEW, Found.CONFLICT]

	def test_variations_without_attributes_are_items_of_their_own(self):
		lines = planned(variable(1, attributes=[]), variation(1, 2, "V", color=""))
		assert (lines[1, 0].found, lines[1, 0].kind) == (Found.IGNORED, Kind.NONE)
		assert (lines[1, 2].found, lines[1, 2].kind, lines[1, 2].draft.code) == (Found.NEW, Kind.ITEM, "V")

	def test_a_variation_whose_product_cannot_be_read_is_a_conflict(self):
		assert planned(variation(1, 2, "V"))[1, 2].found is Found.CONFLICT

	@pytest.mark.parametrize(
		"fields, reason, has_draft",
		[
			(
				{"type": "grouped"},
				"It only shows other products, each of which has a line of its own.",
				False,
			),
			({"type": "variable"}, "It has no variations, so that nobody can buy it.", False),
			({"type": "external"}, "It is sold by another shop.", True),
			({"status": "draft"}, "It isn't published yet (draft).", True),
			({"status": "pending"}, "It isn't published yet (pending).", True),
		],
	)
	def test_what_nobody_buys_here_is_ignored(self, fields, reason, has_draft):
		line = planned(simple(1, "A", **fields))[1, 0]
		assert (line.found, line.act, line.reason) == (Found.IGNORED, Act.LEAVE, reason)
		assert bool(line.draft) is has_draft

	def test_a_private_product_is_sold_to_some_and_a_switched_off_variation_to_nobody(self):
		lines = planned(variable(1, status="private"), variation(1, 2, status="private"))
		assert [line.found for line in lines.values()] == [Found.NEW, Found.IGNORED]

	def test_variations_of_a_draft_are_ignored_with_it(self):
		assert planned(variable(1, status="draft"), variation(1, 2))[1, 2].found is Found.IGNORED

	@pytest.mark.parametrize("what", ["virtual", "downloadable"])
	def test_what_is_not_shipped_is_no_stock_item(self, what):
		line = planned(simple(1, manage_stock=True, **{what: True}), stock_items=StockItems.GOODS)[1, 0]
		assert (line.found, line.draft.is_stock_item) == (Found.NEW, False)

	@pytest.mark.parametrize(
		"choice, managed, other",
		[(StockItems.MANAGED, True, False), (StockItems.GOODS, True, True), (StockItems.NONE, False, False)],
	)
	def test_stock_items_are_those_that_a_person_chose(self, choice, managed, other):
		lines = planned(simple(1, manage_stock=True), simple(2), stock_items=choice)
		assert [line.draft.is_stock_item for line in lines.values()] == [managed, other]

	def test_an_item_that_nobody_taxes_gets_no_template_and_says_so(self):
		line = planned(simple(1, tax_status="none"), tax_classes={"standard": "VAT"})[1, 0]
		assert line.draft.tax_template == "" and len(line.notes) == 1

	def test_a_tax_class_that_is_not_mapped_is_named(self):
		assert planned(simple(1, tax_class="odd"))[1, 0].notes == [
			"The tax class odd has no Item Tax Template in the store's table."
		]


class TestDrafts:
	def test_a_sale_price_has_its_days(self):
		body = simple(
			1, sale_price="8", date_on_sale_from="2026-12-01T00:00:00", date_on_sale_to="2026-12-31T23:59:59"
		)
		prices = planned(body)[1, 0].draft.prices
		assert [
			(price.rate, price.sale, str(price.valid_from), str(price.valid_upto)) for price in prices
		] == [
			(Decimal("10"), False, "None", "None"),
			(Decimal("8"), True, "2026-12-01", "2026-12-31"),
		]

	def test_a_sale_without_days_begins_today_and_one_that_is_over_is_none(self):
		lines = planned(
			simple(1, sale_price="8"), simple(2, sale_price="8", date_on_sale_to="2026-11-29T23:59:59")
		)
		assert [price.valid_from for price in lines[1, 0].draft.prices] == [None, TODAY]
		assert len(lines[2, 0].draft.prices) == 1

	def test_no_price_is_made_up(self):
		line = planned(simple(1, regular_price="", price="9"))[1, 0]
		assert line.draft.prices == () and line.notes == ["The shop has no price for it."]

	def test_a_barcode_has_its_type_where_its_check_digit_fits(self):
		codes = ["4006381333931", "4006381333932", "036000291452", "no code!", "4006381333931"]
		lines = planned(*(simple(number, global_unique_id=code) for number, code in enumerate(codes, 1)))
		assert [(line.draft.barcode, line.draft.barcode_type) for line in lines.values()] == [
			("4006381333931", "EAN"),
			("4006381333932", ""),
			("036000291452", "UPC-A"),
			("", ""),
			("", ""),
		]

	def test_an_item_is_in_the_group_of_its_deepest_category(self):
		categories = [
			{"id": 1, "name": "Clothing"},
			{"id": 2, "name": "Shoes", "parent": 1},
			{"id": 3, "name": "Sale"},
			{"id": 9, "name": "Uncategorized", "slug": "uncategorized"},
		]
		lines = planned(
			simple(1, categories=[{"id": 3}, {"id": 2}]),
			simple(2, categories=[{"id": 9}]),
			categories=categories,
			groups=["CLOTHING"],
		)
		assert [line.draft.groups for line in lines.values()] == [("CLOTHING", "Shoes"), ()]

	def test_two_categories_of_one_name_are_two_groups(self):
		categories = [
			{"id": 1, "name": "Men"},
			{"id": 2, "name": "Women"},
			{"id": 3, "name": "Shoes", "parent": 1},
			{"id": 4, "name": "Shoes", "parent": 2},
		]
		lines = planned(
			simple(1, categories=[{"id": 3}]), simple(2, categories=[{"id": 4}]), categories=categories
		)
		assert [line.draft.groups[-1] for line in lines.values()] == ["Shoes (Men)", "Shoes (Women)"]

	def test_a_description_has_nothing_that_runs(self):
		text = '<p onclick="x()">Good <script>steal()</script><b>tea</b> &lt;3</p><img src=x onerror=y>[gallery ids="1"]'
		assert (
			planned(simple(1, short_description=text))[1, 0].draft.description
			== "<p>Good <b>tea</b> &lt;3</p>"
		)

	def test_a_bundle_with_fixed_parts_has_them(self):
		woosb = simple(
			1, type="woosb", manage_stock=True, meta_data=[{"key": "woosb_ids", "value": "7/2,8/1,7/1"}]
		)
		bundle = simple(
			2,
			type="bundle",
			bundled_items=[{"product_id": 7, "quantity_min": 2, "quantity_max": 2}],
		)
		yith = simple(
			3,
			type="yith_bundle",
			meta_data=[
				{"key": "_yith_wcpb_bundle_data", "value": {"1": {"product_id": "7", "bp_quantity": "3"}}}
			],
		)
		lines = planned(woosb, bundle, yith)
		assert [
			[(part.product_id, part.quantity) for part in line.draft.parts] for line in lines.values()
		] == [
			[(7, 3), (8, 1)],
			[(7, 2)],
			[(7, 3)],
		]
		assert {(line.kind, line.draft.is_stock_item) for line in lines.values()} == {(Kind.BUNDLE, False)}

	def test_a_bundle_whose_parts_the_buyer_chooses_is_an_item_alone(self):
		optional = [{"product_id": 7, "quantity_min": 1, "quantity_max": 5}]
		lines = planned(simple(1, type="bundle", bundled_items=optional), simple(2, type="mix-and-match"))
		assert [line.draft.parts for line in lines.values()] == [(), ()]
		assert all(len(line.notes) == 1 for line in lines.values())

	def test_a_bundle_of_a_product_with_variations_leaves_the_choice_to_the_buyer(self):
		bundle = simple(1, type="woosb", meta_data=[{"key": "woosb_ids", "value": "5/1"}])
		assert planned(bundle, variable(5), variation(5, 51))[1, 0].draft.parts == ()
		of_one = [{"product_id": 5, "quantity_min": 1, "quantity_max": 1, "allowed_variations": [51]}]
		lines = planned(simple(1, type="bundle", bundled_items=of_one), variable(5), variation(5, 51))
		assert [part.product_id for part in lines[1, 0].draft.parts] == [51]

	@pytest.mark.parametrize(
		("entry", "meta"),
		[
			({"id": 8, "qty": 1, "min": "", "max": "", "optional": "1"}, {}),
			({"id": 8, "qty": 1}, {"woosb_optional_products": "on"}),
			({"id": 0, "qty": 1, "sku": "MUG"}, {}),
		],
	)
	def test_a_part_of_wpc_that_may_be_left_out_or_is_not_known_makes_no_bundle(self, entry, meta):
		ids = {"ab": {"id": 7, "qty": 2}, "cd": entry}
		data = [{"key": key, "value": value} for key, value in {"woosb_ids": ids, **meta}.items()]
		assert planned(simple(1, type="woosb", meta_data=data))[1, 0].draft.parts == ()

	def test_headings_and_choices_of_before_are_no_parts_of_wpc(self):
		ids = {
			"ab": {"type": "h3", "text": "For the morning"},
			"cd": {"id": "7", "sku": "TEA", "qty": "2", "min": "0", "max": "9", "optional": "0"},
			"ef": {"id": "8", "qty": "0", "min": "", "max": ""},
		}
		data = [{"key": "woosb_ids", "value": ids}, {"key": "woosb_optional_products", "value": "on"}]
		(part,) = planned(simple(1, type="woosb", meta_data=data))[1, 0].draft.parts
		assert (part.product_id, part.quantity) == (7, 2)

	@pytest.mark.parametrize(
		"address",
		["javascript:x()", "/a.jpg", 'https://x/a.jpg" onerror="x()', "https://x/a b.jpg", "data:x"],
	)
	def test_an_image_is_an_address_and_nothing_else(self, address):
		images = [{"id": 1, "src": address}]
		assert planned(simple(1, images=images))[1, 0].draft.image == ""
		sound = [{"id": 1, "src": "https://shop.example/صورة-1.jpg?w=1&h=2"}]
		assert planned(simple(1, images=sound))[1, 0].draft.image == sound[0]["src"]

	def test_a_draft_survives_json(self):
		import json

		body = simple(1, "A", sale_price="8", type="woosb", meta_data=[{"key": "woosb_ids", "value": "7/2"}])
		draft = planned(body)[1, 0].draft
		assert ProductDraft.of_dict(json.loads(json.dumps(draft.as_dict()))) == draft


def test_a_real_shop_becomes_items_as_an_accountant_would_make_them():
	lines = planned(*SHOP11["products"], *SHOP11["variations"])
	assert len(lines) == 59 + 75
	kinds = {}
	for line in lines.values():
		kinds[line.found, line.kind] = kinds.get((line.found, line.kind), 0) + 1
	assert kinds == {
		(Found.NEW, Kind.ITEM): 46,
		(Found.NEW, Kind.TEMPLATE): 12,
		(Found.NEW, Kind.VARIANT): 75,
		(Found.IGNORED, Kind.NONE): 1,
	}
	codes = [line.draft.code for line in lines.values() if line.draft]
	assert len({code.casefold() for code in codes}) == len(codes)
	assert lines[66, 67].draft.code == "VAR-04-أحمر-Red-S"  # a variation that shows its product's SKU
	assert lines[17, 0].draft.code == "WOO-17"
	assert lines[44, 45].draft.is_stock_item and not lines[54, 55].draft.is_stock_item
