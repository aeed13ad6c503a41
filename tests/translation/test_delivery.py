"""When the customer wants the goods (failure-modes 48, 49)."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.translation.delivery import delivery_of
from jarz_woocommerce_integration.translation.drafts import Delivery
from jarz_woocommerce_integration.translation.policy import Policy
from tests.translation.building import fixture, make_order

CAIRO = ZoneInfo("Africa/Cairo")
DAY = date(2026, 3, 15)


def delivery(*meta, zone=CAIRO, policy=None):
	return delivery_of(make_order(meta=meta), policy or Policy(), zone)


@pytest.mark.parametrize(
	"value",
	[
		"2026-03-15",
		"2026-03-15T00:00:00",
		"2026/3/15 00:00",
		"15/03/2026",
		"15-3-2026",
		"15.03.2026",
		"03/15/2026",
		"20260315",
		"15 March, 2026",
		"15 Mar 2026",
		"15th of March 2026",
		"March 15, 2026",
		"Sunday, 15 March 2026",
		"Sunday 15/03/2026",
		"الأحد، ١٥ مارس ٢٠٢٦",
		"الأحد ١٥ آذار ۲۰۲۶",
		"١٥/٠٣/٢٠٢٦",
		"1773532800",  # midnight in UTC
		"1773525600",  # midnight in Cairo
		1773532800,
		1773532800000,
		["2026-03-15"],
		{"date": "2026-03-15", "label": "Sunday"},
	],
)
def test_days(value):
	assert delivery(("_delivery_date", value)) == Delivery(DAY)


@pytest.mark.parametrize("zone", ["Africa/Cairo", "America/New_York", "Pacific/Auckland"])
def test_a_stamp_of_midnight_in_utc_is_that_day_everywhere(zone):
	assert delivery(("_orddd_timestamp", "1773532800"), zone=ZoneInfo(zone)).day == DAY


@pytest.mark.parametrize("value", ["soon", "15/03/26", "32/01/2026", "15 March", "2026", "99999999"])
def test_what_is_no_day_for_certain_is_kept_and_flagged(value):
	assert delivery(("_delivery_date", value)) == Delivery(None, text=value, flagged=True)


@pytest.mark.parametrize(
	"value, slot_from, slot_to",
	[
		("10:00 - 12:00", "10:00", "12:00"),
		("10:00 – 12:00", "10:00", "12:00"),
		("10:00—12:00", "10:00", "12:00"),
		("10:00:00 - 12:00:00", "10:00", "12:00"),
		("10 - 12", "10:00", "12:00"),
		("12:00 - 15:00", "12:00", "15:00"),
		("22:00 - 02:00", "22:00", "02:00"),
		("01:00 PM – 03:00 PM", "13:00", "15:00"),
		("01:00 - 03:00", "01:00", "03:00"),
		("1pm-3pm", "13:00", "15:00"),
		("1:00 p.m. to 3:00 p.m.", "13:00", "15:00"),
		("10 - 2 pm", "10:00", "14:00"),
		("10am - 2", "10:00", "14:00"),
		("12 PM - 3 PM", "12:00", "15:00"),
		("10 PM - 2 AM", "22:00", "02:00"),
		("12:00 AM", "00:00", ""),
		("12:00 AM - 02:00 AM", "00:00", "02:00"),
		("10:00 AM - 12:00 AM", "10:00", "00:00"),
		("16:30", "16:30", ""),
		("from 10:00 until 12:00", "10:00", "12:00"),
		("Morning (10:00 - 12:00)", "10:00", "12:00"),
		("Evening: 6 - 8", "18:00", "20:00"),
		("من ٤ إلى ٦ مساءً", "16:00", "18:00"),
		("من 10 صباحا الى 2 ظهرا", "10:00", "14:00"),
		("من ٩ صباحاً إلى ١٢ ظهراً", "09:00", "12:00"),
		("٠١:٠٠ م - ٠٣:٠٠ م", "13:00", "15:00"),
		("من ۴ إلى ۶ مساء", "16:00", "18:00"),
		(["10:00", "12:00"], "10:00", "12:00"),
		({"from": "1:00 PM", "to": "3:00 PM"}, "13:00", "15:00"),
	],
)
def test_slots(value, slot_from, slot_to):
	assert delivery(("delivery_time", value)) == Delivery(None, slot_from, slot_to)


@pytest.mark.parametrize(
	"value", ["as soon as possible", "4 - 6", "5", "25:00 - 26:00", "10:70", "10:00 - 12:00 or later", "غدا"]
)
def test_what_is_no_slot_for_certain_is_kept_and_flagged(value):
	assert delivery(("delivery_time", value)) == Delivery(text=value, flagged=True)


def test_one_of_both_can_be_unreadable():
	told = delivery(("_delivery_date", "2026-03-15"), ("delivery_time", "asap"))
	assert told == Delivery(DAY, text="asap", flagged=True)


@pytest.mark.parametrize("value", ["", None, [], {}, "  "])
def test_nothing_is_no_delivery(value):
	assert delivery() == delivery(("_delivery_date", value), ("other", "2026-03-15")) == Delivery()


def test_the_first_that_can_be_read_wins():
	assert delivery(
		("_orddd_timestamp", "1773705600"),
		("_delivery_date", "soon"),
		("_delivery_date", "2026-03-15"),
		("_delivery_date", "2026-03-16"),
	) == Delivery(DAY)


def test_keys_come_from_the_policy():
	policy = Policy(delivery={"date": ["ship_on"], "slot": ["ship_at"]})
	told = delivery(("ship_on", "2026-03-15"), ("ship_at", "10:00 - 12:00"), policy=policy)
	assert told == Delivery(DAY, "10:00", "12:00")


def test_captured_deliveries():
	"""All captured dates and slots are read."""
	slots = {
		"10:00 - 12:00": ("10:00", "12:00"),
		"12:00 - 15:00": ("12:00", "15:00"),
		"من ٤ إلى ٦ مساءً": ("16:00", "18:00"),
	}
	for day, slot in fixture("captured_evidence.json")["deliveries"]:
		told = delivery(("_delivery_date", day), ("delivery_time", slot))
		assert told == Delivery(date.fromisoformat(day), *slots[slot])
	for body in fixture("captured_orders.json"):
		assert not delivery_of(parse(Order, body), Policy(), CAIRO).flagged


json_values = st.recursive(
	st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
	lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
	max_leaves=6,
)


@given(json_values, json_values)
def test_any_value_is_survived(day, slot):
	told = delivery(("_delivery_date", day), ("delivery_time", slot))
	assert told.flagged == bool(told.text)
