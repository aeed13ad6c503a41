"""An order that is read while the shop refunds it isn't taken for what it will be."""

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from jarz_woocommerce_integration.translation.refunds.unfinished import LONGEST, is_being_refunded

NOON = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


def is_unfinished(changed, *refunds, now=NOON + SECOND):
	order = SimpleNamespace(date_modified_gmt=changed)
	return is_being_refunded(order, [SimpleNamespace(date_created_gmt=each) for each in refunds], now)


def test_a_refund_that_is_younger_than_the_last_change_of_its_order_is_not_finished():
	assert is_unfinished(NOON - SECOND, NOON)
	assert is_unfinished(NOON - SECOND, NOON - 2 * SECOND, NOON)


@pytest.mark.parametrize("changed", [NOON, NOON + SECOND])
def test_a_refund_whose_order_was_changed_with_it_is_finished(changed):
	assert not is_unfinished(changed, NOON)


def test_a_refund_that_never_changed_its_order_is_waited_for_so_long():
	long_ago = NOON - timedelta(days=1)
	assert is_unfinished(long_ago, NOON, now=NOON + LONGEST - SECOND)
	assert not is_unfinished(long_ago, NOON, now=NOON + LONGEST)


def test_a_refund_dated_in_the_future_is_not_waited_for():
	assert not is_unfinished(NOON, NOON + timedelta(days=1))


def test_nobody_waits_for_orders_without_refunds_or_without_times():
	assert not is_unfinished(NOON)
	assert not is_unfinished(None, NOON)
	assert not is_unfinished(NOON, None)
