"""What of an order goes into the merchant's own fields."""

from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from jarz_woocommerce_integration.store.payloads import Payload, parse
from jarz_woocommerce_integration.store.related import Related
from jarz_woocommerce_integration.translation.drafts import OrderDraft
from jarz_woocommerce_integration.translation.fields.mapping import MappedField
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.orders.facts import payload_hash
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator
from tests.translation.building import make_line, make_order, translate

INVOICE, LINE, CUSTOMER = "Sales Invoice", "Sales Invoice Item", "Customer"


def of(path, target=INVOICE, field="own_field", **more):
	return {"path": path, "target": target, "field": field, **more}


def draft_of(order, *rows, lookups=None, **tables) -> OrderDraft:
	draft = translate(order, lookups=lookups, fields=rows, **tables)
	assert isinstance(draft, OrderDraft)
	return draft


def value_of(order, path, **more):
	draft = draft_of(order, of(path, **more))
	return draft.mapped.of(INVOICE)["own_field"], [finding.reason for finding in draft.findings]


ORDER = make_order(
	billing={"company": "ACME Ltd", "first_name": "Ann"},
	customer_note="Ring twice",
	date_paid_gmt="2026-03-01T22:30:00",
	meta=(
		("_billing_po", "PO 17"),
		("a.b", "dotted"),
		("_object", {"inner": {"deep": "7"}}),
		("_list", ["x", "y", "x"]),
		("_twice", "first"),
		("_twice", "second"),
		("_empty", ""),
	),
	shipping_lines=[
		{"id": 1, "method_title": "Courier", "total": "0.00"},
		{"id": 2, "method_title": "Pickup", "total": "0.00"},
	],
	a_plugins_own={"code": "Z"},
)


@pytest.mark.parametrize(
	("path", "expected"),
	[
		("customer_note", "Ring twice"),
		("billing.company", "ACME Ltd"),
		("meta_data._billing_po", "PO 17"),
		("meta_data.a.b", "dotted"),
		("meta_data._object.inner.deep", "7"),
		("meta_data._list", "x, y"),
		("meta_data._twice", "first, second"),
		("meta_data._empty", ""),
		("meta_data._missing", ""),
		("shipping_lines.method_title", "Courier, Pickup"),
		("a_plugins_own.code", "Z"),
		("nothing.of.this", ""),
	],
)
def test_a_path_leads_through_fields_lists_and_meta_data(path, expected):
	assert value_of(ORDER, path) == (expected, [])


@pytest.mark.parametrize("path", ["model_dump", "billing.__class__", "total.as_tuple", "customer_note.upper"])
def test_a_path_never_leads_to_a_method(path):
	assert value_of(ORDER, path)[0] == ""


@pytest.mark.parametrize(
	"path", ["", "a b", "billing[0]", "total + 1", "{{ total }}", "billing..company", ".billing"]
)
def test_what_is_no_path_is_refused(path):
	with pytest.raises(ValidationError):
		Policy(fields=[of(path)])


@pytest.mark.parametrize(
	("value", "more", "expected"),
	[
		("12.5", {"kind": "number"}, Decimal("12.5")),
		(12, {"kind": "number", "decimals": 0}, Decimal(12)),
		("١٢", {"kind": "number"}, Decimal(12)),
		("1.23456", {"kind": "number", "decimals": 3}, Decimal("1.235")),
		("2026-03-31", {"kind": "date"}, date(2026, 3, 31)),
		("31/03/2026", {"kind": "date"}, date(2026, 3, 31)),
		("yes", {"kind": "check"}, True),
		("0", {"kind": "check"}, False),
		(True, {"kind": "check"}, True),
		("gold", {"options": ("", "gold")}, "gold"),
	],
)
def test_a_value_is_kept_as_what_its_field_holds(value, more, expected):
	assert value_of(make_order(meta=(("_own", value),)), "meta_data._own", **more) == (expected, [])


@pytest.mark.parametrize(
	("value", "more", "empty"),
	[
		("a lot", {"kind": "number"}, Decimal(0)),
		("1,234.50", {"kind": "number"}, Decimal(0)),
		("NaN", {"kind": "number"}, Decimal(0)),
		("2.5", {"kind": "number", "decimals": 0}, Decimal(0)),
		("99999999999", {"kind": "number", "decimals": 0}, Decimal(0)),
		("tomorrow", {"kind": "date"}, None),
		("maybe", {"kind": "check"}, False),
		("silver", {"options": ("", "gold")}, ""),
		("x" * 141, {"length": 140}, ""),
		({"an": "object"}, {}, ""),
	],
)
def test_what_cannot_be_kept_is_listed_and_the_order_is_booked(value, more, empty):
	order = make_order(meta=(("_own", value),))
	assert value_of(order, "meta_data._own", **more) == (empty, ["field_unreadable"])


def test_a_moment_is_a_day_of_the_shop_or_stays_a_moment():
	moment = datetime(2026, 3, 1, 22, 30, tzinfo=timezone.utc)
	assert value_of(ORDER, "date_paid_gmt", kind="date")[0] == date(2026, 3, 2)  # in Cairo
	assert value_of(ORDER, "date_paid_gmt", kind="date", with_time=True)[0] == moment


def test_a_link_names_a_document_that_is_there_as_it_is_written_there():
	lookups = Lookups()
	lookups.add_link("Project", "House")
	row = of("meta_data._project", kind="link", link_to="Project")
	found = draft_of(make_order(meta=(("_project", "house "),)), row, lookups=lookups)
	missing = draft_of(make_order(meta=(("_project", "Boat"),)), row, lookups=lookups)
	assert found.mapped.of(INVOICE) == {"own_field": "House"} and not found.findings
	assert missing.mapped.of(INVOICE) == {"own_field": None}
	assert [finding.reason for finding in missing.findings] == ["field_unreadable"]


def test_each_line_has_its_own_value_and_a_row_without_a_line_an_empty_one():
	lines = [make_line(1, meta={"engraving": "Ann"}).model_dump(), make_line(2).model_dump()]
	draft = draft_of(make_order(line_items=lines), of("line_items.meta_data.engraving", LINE))
	assert [draft.mapped.of_line(line) for line in (1, 2, 0)] == [
		{"own_field": "Ann"},
		{"own_field": ""},
		{"own_field": ""},
	]


def test_a_field_of_a_line_has_the_path_of_a_line():
	with pytest.raises(ValidationError):
		Policy(fields=[of("customer_note", LINE)])


def test_a_customer_is_filled_when_made_and_not_where_all_orders_have_one():
	with pytest.raises(ValidationError):
		Policy(fields=[of("customer_note", CUSTOMER, follows=True)])
	row = of("billing.company", CUSTOMER)
	assert draft_of(ORDER, row).mapped.of(CUSTOMER) == {"own_field": "ACME Ltd"}
	assert not draft_of(ORDER, row, customers={"mode": "one_customer"}).mapped.of(CUSTOMER)


def hash_of(order, *rows):
	policy = Policy(fields=rows)
	(prepared,) = Translator(policy, TerritoryIndex([], {}), timezone.utc).prepare([order])
	return payload_hash(prepared.order, prepared.beside)


def with_po(po):
	return make_order(meta=(("_po", po),))


def test_a_changed_value_is_a_change_of_the_order_only_where_it_follows():
	follows, kept = of("meta_data._po", follows=True), of("meta_data._po")
	assert hash_of(with_po("1"), follows) != hash_of(with_po("2"), follows)
	assert hash_of(with_po("1"), kept) == hash_of(with_po("2"), kept)


def test_an_order_without_values_has_the_hash_that_it_had_before():
	rows = (of("meta_data._po", follows=True), of("line_items.meta_data.x", LINE, follows=True))
	lines = [make_line(1).model_dump()]
	assert hash_of(make_order(line_items=lines), *rows) == hash_of(make_order(line_items=lines))


@given(
	st.recursive(
		st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.decimals(allow_nan=False)),
		lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
		max_leaves=6,
	),
	st.sampled_from(("text", "number", "date", "check")),
	st.booleans(),
)
def test_whatever_a_plugin_writes_the_order_is_booked(value, kind, with_time):
	order = make_order(meta=(("_own", value),))
	row = MappedField.model_validate(of("meta_data._own", kind=kind, with_time=with_time))
	assert "own_field" in draft_of(order, row).mapped.of(INVOICE)


# --- beside the order ---

BOUGHT = make_order(
	line_items=[
		make_line(1, "10.00", product_id=7).model_dump(),
		make_line(2, "5.00", product_id=8).model_dump(),
	],
	customer_id=3,
)
RELATED = Related(
	accounts={
		3: parse(Payload, {"id": 3, "username": "ann", "meta_data": [{"key": "vat", "value": "EG 1"}]})
	},
	products={
		7: parse(Payload, {"id": 7, "weight": "1.5", "meta_data": [{"key": "origin", "value": "Cairo"}]}),
		8: parse(Payload, {"id": 8, "weight": "2", "meta_data": [{"key": "origin", "value": "Giza"}]}),
	},
)


def read_beside(order, related, *rows):
	translator = Translator(
		Policy.model_validate({"fields": list(rows)}), TerritoryIndex([], {}), timezone.utc
	)
	(prepared,) = translator.prepare([order], related)
	return translator, prepared.fields


def test_a_field_of_the_account_and_of_products_is_read_as_one_of_the_order():
	_translator, found = read_beside(
		BOUGHT,
		RELATED,
		of("customer.meta_data.vat", CUSTOMER),
		of("customer.username"),
		of("line_items.product.meta_data.origin", field="own_origins"),
		of("line_items.product.weight", LINE, kind="number", decimals=3),
	)
	assert found.values.of(CUSTOMER) == {"own_field": "EG 1"}
	assert found.values.of(INVOICE) == {"own_field": "ann", "own_origins": "Cairo, Giza"}
	assert [found.values.of_line(line)["own_field"] for line in (1, 2)] == [
		Decimal("1.500"),
		Decimal("2.000"),
	]
	assert found.findings == []


def test_what_the_shop_does_not_give_is_empty_and_listed():
	rows = of("customer.username"), of("line_items.product.weight", LINE)
	_translator, found = read_beside(BOUGHT, Related(products={7: RELATED.products[7]}), *rows)
	assert [finding.reason for finding in found.findings] == ["field_unreadable"] * 2
	assert found.values.of(INVOICE) == {"own_field": ""}
	assert [found.values.of_line(line)["own_field"] for line in (1, 2)] == ["1.5", ""]


def test_a_guest_has_no_account_and_nothing_is_listed():
	guest = make_order(line_items=[make_line(1, "10.00").model_dump()], customer_id=0)
	translator, found = read_beside(guest, Related(), of("customer.username"))
	assert (found.values.of(INVOICE), found.findings) == ({"own_field": ""}, [])
	assert translator.mapped_account(guest) == 0


def test_accounts_and_products_are_wanted_only_by_a_mapping_that_reads_them():
	translator, _found = read_beside(BOUGHT, RELATED, of("billing.company"))
	assert (translator.mapped_account(BOUGHT), translator.mapped_products(BOUGHT)) == (0, set())
	rows = of("customer.username"), of("line_items.product.weight", LINE)
	translator, _found = read_beside(BOUGHT, RELATED, *rows)
	assert (translator.mapped_account(BOUGHT), translator.mapped_products(BOUGHT)) == (3, {7, 8})


def test_an_order_by_itself_does_not_say_what_follows_its_account():
	translator, _found = read_beside(BOUGHT, RELATED, of("customer.username", follows=True))
	assert translator.facts_by_itself(BOUGHT) is None
	translator, _found = read_beside(BOUGHT, RELATED, of("customer.username"))
	assert translator.facts_by_itself(BOUGHT)
