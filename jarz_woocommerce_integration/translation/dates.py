"""When an order or a refund was made, also where the store doesn't say it in UTC (orders that were imported into the shop)."""

from datetime import datetime, timezone, tzinfo
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order, Refund


def dated_order(order: "Order", zone: tzinfo) -> "Order":
	"""The order with a date: its own, else that of its payment or completion, else the shop's local one.

	:param zone: the shop's; without any date the order is given back as it is
	"""
	if order.date_created_gmt:
		return order
	made = order.date_paid_gmt or order.date_completed_gmt or in_utc(order.date_created, zone)
	return order.model_copy(update={"date_created_gmt": made}) if made else order


def dated_refund(refund: "Refund", zone: tzinfo) -> "Refund":
	"""The refund with a date: its own, else the shop's local one."""
	if refund.date_created_gmt or not refund.date_created:
		return refund
	return refund.model_copy(update={"date_created_gmt": in_utc(refund.date_created, zone)})


def in_utc(local: datetime | None, zone: tzinfo) -> datetime | None:
	return local and local.replace(tzinfo=zone).astimezone(timezone.utc)


def stated(moment: datetime | None) -> datetime:
	"""A moment that is there: what has no date in the store is held before it is booked."""
	return cast(datetime, moment)
