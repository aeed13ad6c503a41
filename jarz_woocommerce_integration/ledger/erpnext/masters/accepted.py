"""Records of customers that a person has accepted as one, or split again (`services.desk.customer_links`). Nothing here commits."""

import json

import frappe
from frappe.utils import now_datetime

_LINK = """
UPDATE `tabCustomer` SET woo_main_customer = %(other)s,
	woo_split_from = nullif(woo_split_from, %(other)s), modified = %(now)s, modified_by = %(user)s
WHERE name = %(own)s OR woo_main_customer = %(own)s
"""
_SPLIT = """
UPDATE `tabCustomer` SET woo_main_customer = IF(name = %(own)s, NULL, %(own)s),
	woo_split_from = IF(name = %(own)s, %(other)s, woo_split_from), modified = %(now)s, modified_by = %(user)s
WHERE name = %(own)s OR (woo_main_customer = %(other)s AND woo_account_currency <> ''
	AND woo_customer_key = concat(%(key)s, '@', woo_account_currency))
"""
# The decisions that name the other customer are judged with this.
_JUDGED = """
UPDATE `tabWooCommerce Customer Decision` decision
LEFT JOIN `tabWooCommerce Order Map` map ON map.store = decision.store AND map.woo_order_id = decision.woo_order_id
SET decision.ambiguous = 0, map.customer_ambiguous = 0
WHERE decision.store = %(store)s AND decision.customer = %(own)s AND instr(decision.candidates, %(candidate)s) > 0
"""


def link(own: str, other: str) -> None:
	"""The record `own`, and those of its other currencies, are records of `other` from now on."""
	frappe.db.sql(_LINK, {**_by_me(), "own": own, "other": other})


def split(own: str, other: str, key: str) -> None:
	"""The record `own` is by itself again, with those of its other currencies. :param key: its `woo_customer_key`"""
	frappe.db.sql(_SPLIT, {**_by_me(), "own": own, "other": other, "key": key})


def note_judged(store: str, own: str, other: str) -> None:
	"""The decisions for `own` that name `other` wait for nobody any more."""
	candidate = json.dumps(other, ensure_ascii=False)  # as it stands in the list of candidates
	frappe.db.sql(_JUDGED, {"store": store, "own": own, "candidate": candidate})


def _by_me() -> dict:
	return {"now": now_datetime(), "user": frappe.session.user}
