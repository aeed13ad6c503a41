"""Orders that are odd but sound: dates, names of invoices, phones that say nothing, SKUs, variations that are gone, mistakes of the app."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from jarz_woocommerce_integration.translation import translate as translate_module
from jarz_woocommerce_integration.translation.drafts import Failure, Hold, OrderDraft
from jarz_woocommerce_integration.translation.lookups import KnownItem, Lookups
from jarz_woocommerce_integration.translation.orders import making, prepared
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator
from tests.translation.building import make_line, make_order, make_refund, translate

CAIRO = ZoneInfo("Africa/Cairo")


def sold(order_id=1, total="10.00", **fields):
	line = {"id": 1, "name": "Soap", "quantity": 1, "subtotal": total, "total": total, "product_id": 501}
	return make_order(order_id, total=total, line_items=[{**line, **fields.pop("line", {})}], **fields)


def translate_all(orders, lookups=None, policy=None):
	translator = Translator(policy or Policy(), TerritoryIndex([], {}), CAIRO)
	return [
		outcome.translation
		for outcome in translator.translate(translator.prepare(orders), {}, lookups or Lookups())
	]


class TestDates:
	def test_the_date_of_payment_stands_for_one_that_is_missing(self):
		order = sold(
			date_created_gmt=None,
			date_paid_gmt="2024-05-06T10:00:00",
			date_completed_gmt="2024-05-07T10:00:00",
		)
		assert translate(order).invoice.posted_at.isoformat() == "2024-05-06T10:00:00+00:00"

	def test_then_that_of_completion(self):
		order = sold(date_created_gmt=None, date_completed_gmt="2024-05-07T10:00:00")
		assert translate(order).invoice.posted_at.isoformat() == "2024-05-07T10:00:00+00:00"

	@pytest.mark.parametrize(("local", "utc"), [("2024-07-01T12:00:00", "09"), ("2024-01-01T12:00:00", "10")])
	def test_then_the_shops_own_time_in_its_zone(self, local, utc):
		order = sold(date_created_gmt=None, date_created=local)
		assert translate(order).invoice.posted_at.isoformat() == f"{local[:11]}{utc}:00:00+00:00"

	def test_without_any_date_it_is_held_with_advice_that_spoils_none(self):
		hold = translate(sold(date_created_gmt=None))
		assert (type(hold), hold.reason) == (Hold, "no_date")
		assert hold.what_to_do.startswith("Don't save the order in the shop")

	def test_a_refund_without_a_date_takes_the_shops_own_time_or_is_held(self):
		order = sold(refunds=[{"id": 5, "total": "-4.00"}])
		dated = make_refund(5, "4.00", date_created_gmt=None, date_created="2026-03-05T12:00:00")
		[note] = translate(order, [dated]).credit_notes
		assert note.posted_at.isoformat() == "2026-03-05T10:00:00+00:00"
		hold = translate(order, [make_refund(5, "4.00", date_created_gmt=None)])
		assert (hold.reason, "refund 5" in hold.message) == ("no_date", True)


class TestNames:
	@pytest.mark.parametrize(
		("number", "name"),
		[
			("#A/2026 001", "WOO-#A/2026 001"),
			("INV-1<2>", "WOO-INV-1(2)"),
			("  ", "WOO-7"),
			("", "WOO-7"),
			("17\x00", "WOO-17"),
			("two\nlines", "WOO-two lines"),
		],
	)
	def test_a_number_makes_a_name_that_the_books_take(self, number, name):
		assert translate(sold(7, number=number)).invoice.name == name

	def test_a_long_number_leaves_room_for_what_tells_two_apart(self):
		assert len(translate(sold(7, number="N" * 300)).invoice.name) <= 90


class TestSharedPhones:
	def walk_in(self, order_id, first, last, **billing):
		person = {"first_name": first, "last_name": last, "phone": "01001234567", "country": "EG", **billing}
		return sold(order_id, billing=person)

	def customers(self, *orders, lookups=None):
		return [draft.customer for draft in translate_all(orders, lookups)]

	def test_a_phone_of_many_names_makes_nobody_one_customer(self):
		lookups = Lookups()
		people = (("Hana", "Zaki"), ("Omar", "Said"), ("Lina", "Aziz"))
		orders = [self.walk_in(number, *name) for number, name in enumerate(people, 1)]
		assert [customer.key for customer in self.customers(*orders, lookups=lookups)] == ["O1", "O2", "O3"]
		[fourth] = self.customers(self.walk_in(4, "Rami", "Fathy"), lookups=lookups)
		assert (fourth.key, fourth.phones, fourth.phone_text) == ("O4", (), "+201001234567")
		assert "many different names" in fourth.decision.note

	def test_a_family_or_another_spelling_is_not_many(self):
		people = (("Mohamed", "Ali"), ("Mohammed", "Ali"), ("Mona", "Ali"), ("Ali", "Hassan"))
		orders = [self.walk_in(number, *name) for number, name in enumerate(people, 1)]
		assert len({customer.key for customer in self.customers(*orders)}) == 1

	def test_another_name_that_only_the_phone_speaks_for_is_marked(self):
		first, second = self.customers(self.walk_in(1, "Hana", "Zaki"), self.walk_in(2, "Omar", "Said"))
		assert first.key == second.key
		assert (first.decision.ambiguous, second.decision.ambiguous) == (False, True)

	def test_the_email_decides_where_the_phone_says_nothing(self):
		people = (("Hana", "Zaki"), ("Omar", "Said"), ("Lina", "Aziz"), ("Hana", "Zaki"))
		orders = [self.walk_in(n, *name, email=f"{name[0]}@mail.example") for n, name in enumerate(people, 1)]
		keys = [customer.key for customer in self.customers(*orders)]
		assert keys[0] == keys[3]
		assert len(set(keys)) == 3


class TestItems:
	def item_of(self, line, *items):
		lookups = Lookups()
		lookups.add_items(items)
		return translate(sold(line=line), lookups=lookups).invoice.rows[0]

	@pytest.mark.parametrize("sku", ["wid-1", " WID-1 ", "Wid-1"])
	def test_case_and_spaces_make_no_other_sku(self, sku):
		assert self.item_of({"sku": sku}, KnownItem("WID-1", "Soap", sku="WID-1")).item_code == "WID-1"

	def test_the_same_spelling_comes_first(self):
		items = KnownItem("A", "Soap", sku="wid"), KnownItem("B", "Soap", sku="WID")
		assert self.item_of({"sku": "WID"}, *items).item_code == "B"
		assert self.item_of({"sku": "Wid"}, *items).unknown

	@pytest.mark.parametrize("name", ["Shirt - L", "Shirt - L, Red", "Shirt - Red, L"])
	def test_a_line_that_lost_its_variation_is_not_the_parents_item(self, name):
		meta = [{"key": "Size", "value": "L"}]
		parent = KnownItem("PAR-1", "Shirt", sku="PAR-1")
		assert self.item_of({"name": name, "sku": "PAR-1", "meta_data": meta}, parent).unknown

	@pytest.mark.parametrize("meta", [{"key": "Gift wrap", "value": "Yes"}, {"key": "_note", "value": "L"}])
	def test_other_meta_data_makes_no_variation(self, meta):
		item = KnownItem("PAR-1", "Shirt", sku="PAR-1")
		assert (
			self.item_of({"name": "Shirt - L", "sku": "PAR-1", "meta_data": [meta]}, item).item_code
			== "PAR-1"
		)


class TestContact:
	def test_a_draft_has_the_orders_own_email_and_phone(self):
		lookups = Lookups()
		person = {"first_name": "Hana", "email": "Hana@Mail.example", "phone": "01001234567", "country": "EG"}
		translate_all([sold(1, billing=person)], lookups)
		[draft] = translate_all([sold(2, billing={**person, "phone": "01112345678"})], lookups)
		assert (draft.contact_email, draft.contact_phone) == ("hana@mail.example", "+201112345678")


class TestMistakesOfTheApp:
	@pytest.mark.parametrize(
		("module", "broken"),
		[(prepared, "evidence_of"), (translate_module, "facts_of"), (making, "charges_of")],
		ids=lambda value: getattr(value, "__name__", value).rpartition(".")[2],
	)
	def test_what_breaks_on_one_order_fails_that_order_alone(self, monkeypatch, caplog, module, broken):
		working = getattr(module, broken)

		def break_on_2(order, *others):
			if order.id == 2:
				raise KeyError("Hana Zaki, 01001234567")
			return working(order, *others)

		monkeypatch.setattr(module, broken, break_on_2)
		first, second, third = translate_all([sold(1), sold(2), sold(3)])
		assert isinstance(first, OrderDraft)
		assert isinstance(third, OrderDraft)
		assert (type(second), second.reason) == (Failure, "unforeseen")
		place = module.__name__.removeprefix("jarz_woocommerce_integration.").replace(".", "/")
		assert f"KeyError in {place}.py, line" in second.message
		assert "Order 2: KeyError" in caplog.text
		assert "Hana" not in second.message + caplog.text

	def test_a_quantity_finer_than_the_books_count_is_one_piece(self):
		line = make_line(1, "10.00", quantity=Decimal("1E-9"))
		[row] = translate(make_order(total="10.00", line_items=[line.model_dump()])).invoice.rows
		assert (row.quantity, row.amount) == (1, Decimal("10.00"))
