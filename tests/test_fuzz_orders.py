"""Whatever stands in any field of an order or of its refunds, the order is booked exactly or is in a list. Nothing ends in a traceback.

Each run goes the way of an order in a migration, from the store's answer to the books: read by id, held where it can't be read,
translated, booked in the SQLite ledger.
"""

import copy
import gzip
import json
from contextlib import contextmanager
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from jarz_woocommerce_integration.exceptions import StoreNotFoundError
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.services.migration.page_booking import PageBooking
from jarz_woocommerce_integration.store.http.answers import Answer
from jarz_woocommerce_integration.store.orders import ORDER_IS_GONE
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator
from jarz_woocommerce_integration.translation.unforeseen import REASON as UNFORESEEN

CAPTURED = Path(__file__).parent / "translation" / "fixtures" / "captured_shop.json.gz"
# Between them they have every kind of line, a coupon, and refunds by lines, by amount, of shipping and of a fee.
REAL = (784, 796, 997, 1597)
LISTED = {OrderState.SYNCED, OrderState.HELD, OrderState.SKIPPED, OrderState.FAILED, OrderState.CANCELLED}
UNBALANCED = """
SELECT voucher FROM gl_entry WHERE order_id = ? GROUP BY voucher_type, voucher HAVING sum(debit) <> sum(credit)
"""
PARTS = """
SELECT (SELECT coalesce(sum(amount), 0) FROM invoice_row WHERE order_id = ?1)
	+ (SELECT coalesce(sum(amount), 0) FROM invoice_charge WHERE order_id = ?1), total FROM invoice WHERE order_id = ?1
"""

ODD = (
	None, True, False, 0, 1, -1, 2**31, 2**63, -(2**70), 10**40, Decimal("0.1"), Decimal("-1E-14"), Decimal("1E-400"), Decimal("1E+400"),
	Decimal("NaN"), "", " ", "0", "-0.00", "1", "-1", "--1.00", "1.005", "12,50", "1 000.00", "1_000", "20%", "٠١٢", "1e40", "9" * 32, "1e-9",
	"NaN", "sNaN", "-Infinity", "inf", "0x10", "null", "yes", "\ud83d", "\x00", "a\x00b", "x" * 5000, "\u200f\u202e", "<b>Tom</b> &amp; &#0; &#xD800;",
	"<script>", "'; --", "%s %(x)s {0}", "\n\r\t", "wc-completed", "refunded", "trash", "0000-00-00T00:00:00", "-0001-11-30T00:00:00",
	"1969-12-31T23:59:59", "2026-13-45", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2027-12-01T11:00:00", "2026-03-02",
	[], {}, [[]], [{}], [None], [[], {}, None], [1, 2], ["a"], {"a": 1}, {"1": {"id": 1}}, {"0": []}, {"id": 5}, [{"id": 7}], [{"id": None}],
	[{"key": [], "value": {}}], {"total": {"1": "2.00"}}, {"rendered": "text"},
)  # fmt: skip
deep = st.integers(1, 60).map(lambda depth: json.loads("[" * depth + "]" * depth))
odd = st.one_of(
	st.sampled_from(ODD),
	st.text(max_size=30),
	st.text(st.characters(categories=("Cs", "Cc", "Cf", "Lo", "Nd"))),
	st.integers(),
	st.decimals().filter(lambda value: not value.is_snan()),  # no text of JSON is a signalling one
	st.recursive(st.sampled_from(ODD), lambda inner: st.lists(inner, max_size=3)),
	st.dictionaries(st.sampled_from(("id", "key", "1", "total", "name")), st.sampled_from(ODD), max_size=3),
	deep,
)


def captured():
	"""order id -> the body of the order, the bodies of its refunds."""
	shop = json.loads(gzip.decompress(CAPTURED.read_bytes()), parse_float=Decimal)
	real = {order["id"]: (order, []) for order in shop["orders"] if order["id"] in REAL}
	for refund in shop["refunds"]:
		if refund["parent_id"] in real:
			real[refund["parent_id"]][1].append(refund)
	for order, refunds in real.values():
		told = {refund["id"] for refund in refunds}
		order["refunds"] = [summary for summary in order["refunds"] if summary["id"] in told]
		refunds.sort(key=lambda refund: [summary["id"] for summary in order["refunds"]].index(refund["id"]))
	return real


SHOP = captured()


def places(node, way=()):
	"""The way to every field of a body."""
	children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
	for key, child in children:
		if key != "_links":
			yield (*way, key)
			yield from places(child, (*way, key))


FIELDS = [
	(order_id, part, way)
	for order_id, (order, refunds) in SHOP.items()
	for part, body in (("order", order), *((number, refund) for number, refund in enumerate(refunds)))
	for way in places(body)
]


class OneOrder:
	"""A store with one order and its refunds, as far as reading them needs it."""

	def __init__(self, order_id, order, refunds):
		self.order_id, self.order, self.refunds = order_id, order, refunds
		self.absent_routes = set()
		self.zone = ZoneInfo("Africa/Cairo")

	def get(self, route, params=None, *, shape=None):
		if route == "refunds":
			return Answer(self.refunds, {}, 200)
		if route == f"orders/{self.order_id}":
			return Answer(self.order, {}, 200)
		if route == f"orders/{self.order_id}/refunds":
			return Answer(self.refunds if params["page"] == 1 else [], {}, 200)
		if route == "orders":
			return Answer([self.order] if "include" in params else [], {}, 200)
		raise StoreNotFoundError("Not there.", status=404, code=ORDER_IS_GONE)


class Fuzz:
	"""Books one order after the other, each under an id of its own."""

	def __init__(self, ledger):
		self.ledger = ledger
		self.translator = Translator(
			Policy(money={"negative_total": "credit_note"}), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo")
		)
		self.run = ledger.open_run({}, datetime.now(timezone.utc))
		self.number = 0

	def book(self, order_id, changes):
		order, refunds = copy.deepcopy(SHOP[order_id])
		self.number += 1
		known_as = order["id"] = self.number * 100
		for place, (summary, refund) in enumerate(zip(order["refunds"], refunds, strict=False), 1):
			summary["id"] = refund["id"] = known_as + place
			refund["parent_id"] = known_as
		for part, way, value in changes:
			put(order if part == "order" else refunds[part], way, value)
		client = OneOrder(known_as, order, refunds)
		booking = PageBooking(client, self.ledger, self.translator)
		booking.book_ids([known_as], PageRecord(self.run.run_id, 0))
		self._check(known_as, booking)

	def _check(self, order_id, booking):
		row = self.ledger.find_orders([order_id]).get(order_id)
		if row is None:
			assert booking.result.failed[order_id]
			return
		assert row.state in LISTED
		assert row.reason not in (UNFORESEEN, "not_stored"), row.message
		if row.state is not OrderState.SYNCED:
			assert row.reason
			assert row.message
			return
		assert row.invoice_total == row.order_total
		((parts, total),) = self.ledger.connection.execute(PARTS, (order_id,))
		assert parts == total
		assert self.ledger.connection.execute(UNBALANCED, (order_id,)).fetchall() == []


def put(body, way, value):
	"""Put a value into a body, as far as the way is still there."""
	*outer, last = way
	for key in outer:
		try:
			body = body[key]
		except (KeyError, IndexError, TypeError):
			return
	if isinstance(body, dict) or (isinstance(body, list) and isinstance(last, int) and last < len(body)):
		body[last] = value


@contextmanager
def ledger_at(path):
	with SQLiteLedger(path, "shop.example") as ledger:
		ledger.connection.execute("PRAGMA synchronous = OFF")
		yield ledger


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory):
	with ledger_at(tmp_path_factory.mktemp("fuzz") / "ledger.sqlite") as ledger:
		yield Fuzz(ledger)


THOROUGH = {
	"deadline": None,
	"phases": (Phase.explicit, Phase.generate, Phase.shrink),
	"suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}


def test_real_orders_are_booked_when_nothing_is_odd(fuzz):
	for order_id in REAL:
		fuzz.book(order_id, [])
		row = fuzz.ledger.find_orders([fuzz.number * 100])[fuzz.number * 100]
		assert row.state is OrderState.SYNCED, row.message


@pytest.mark.parametrize("share", range(4))
def test_no_odd_value_in_any_field_breaks_anything(fuzz, share):
	"""Every field with some of the odd values, so that all of them meet fields of every kind."""
	for number, (order_id, part, way) in enumerate(FIELDS):
		if number % 4 == share:
			for turn in range(3):
				value = ODD[(number * 7 + turn * 31) % len(ODD)]
				fuzz.book(order_id, [(part, way, copy.deepcopy(value))])


@settings(max_examples=1500, **THOROUGH)
@given(st.sampled_from(FIELDS), odd)
def test_no_value_in_a_field_breaks_anything(fuzz, field, value):
	order_id, part, way = field
	fuzz.book(order_id, [(part, way, value)])


@settings(max_examples=800, **THOROUGH)
@given(st.sampled_from(REAL), st.data())
def test_no_values_in_several_fields_break_anything(fuzz, order_id, data):
	fields = [(part, way) for order, part, way in FIELDS if order == order_id]
	changes = data.draw(st.lists(st.tuples(st.sampled_from(fields), odd), min_size=2, max_size=5))
	fuzz.book(order_id, [(part, way, value) for (part, way), value in changes])
