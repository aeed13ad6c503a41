"""The log of requests, for whoever looks for what is wrong between the site and a shop: switched on in WooCommerce Settings, until a time.

It is the file `logs/woocommerce_requests.log` of the site. No key, no signature and nothing of a person gets into it.
"""

import logging
from collections.abc import Callable

import frappe
from frappe.utils import get_datetime, now_datetime

from jarz_woocommerce_integration.store.http.sent_requests import SentRequest

NAME = "woocommerce_requests"
FILES = 5


def request_log(store: str, until: object) -> Callable[[SentRequest], None] | None:
	""":param until: when it ends, in the time zone of the site; :return: what a client calls with each request, None where it is off"""
	if not until or get_datetime(until) <= now_datetime():
		return None
	ends = get_datetime(until)
	logger = frappe.logger(NAME, allow_site=True, file_count=FILES)
	logger.setLevel(logging.INFO)

	def write(sent: SentRequest) -> None:
		if now_datetime() < ends:
			answer = "no answer" if sent.status is None else sent.status
			logger.info("%s: %s %s -> %s in %.2f s", store, sent.method, sent.address, answer, sent.seconds)

	return write
