"""Small orders and lines for the tests of identity, places, delivery and bundles."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from jarz_woocommerce_integration.store.payloads import LineItem, Order, Refund, parse
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name):
	return json.loads((FIXTURES / name).read_text(encoding="utf-8"), parse_float=Decimal)


def make_order(order_id=1, customer_id=0, billing=None, shipping=None, meta=(), **fields):
	body = {
		"id": order_id,
		"number": str(order_id),
		"status": "completed",
		"currency": "EGP",
		"date_created_gmt": "2026-03-01T10:00:00",
		"total": "0.00",
		"total_tax": "0.00",
		"customer_id": customer_id,
		"billing": billing or {},
		"shipping": shipping or {},
		"meta_data": [{"key": key, "value": value} for key, value in meta],
		"line_items": [],
		**fields,
	}
	return parse(Order, body)


def make_line(line_id, total="0.00", quantity=1, meta=None, subtotal=None, product_id=None, **fields):
	body = {
		"id": line_id,
		"name": f"Line {line_id}",
		"product_id": 1000 + line_id if product_id is None else product_id,
		"quantity": quantity,
		"subtotal": total if subtotal is None else subtotal,
		"total": total,
		"meta_data": [{"key": key, "value": value} for key, value in (meta or {}).items()],
		**fields,
	}
	return parse(LineItem, body)


def captured_shop():
	"""(orders, refunds by order id) of the captures: three pages of 10.9.4, one of 8.9.3, and all single bodies."""
	body = json.loads(gzip.decompress((FIXTURES / "captured_shop.json.gz").read_bytes()), parse_float=Decimal)
	refunds = {}
	for refund in body["refunds"]:
		refunds.setdefault(refund["parent_id"], []).append(parse(Refund, refund))
	return [parse(Order, order) for order in body["orders"]], refunds


def make_refund(refund_id, amount, order_id=1, **fields):
	body = {
		"id": refund_id,
		"parent_id": order_id,
		"date_created_gmt": "2026-03-05T10:00:00",
		"amount": amount,
		**fields,
	}
	return parse(Refund, body)


def translate(order, refunds=(), policy=None, lookups=None, related=None, **tables):
	"""The translation of one order under a policy with these tables."""
	translator = Translator(policy or Policy(**tables), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
	outcome = translator.translate(
		translator.prepare([order], related), {order.id: list(refunds)}, lookups or Lookups()
	)[0]
	return outcome.translation


def total_of(document):
	"""What the rows and charges of an invoice or credit note sum to."""
	return sum((row.amount for row in document.rows), Decimal(0)) + sum(
		(charge.amount for charge in document.charges), Decimal(0)
	)
