"""Refunds of generated orders: in full, by line, by amount, with tax and shipping, several for an order."""

from collections.abc import Sequence
from datetime import tzinfo
from random import Random
from typing import Any

from jarz_woocommerce_integration.sample_store.shop.amounts import from_money, money, number, precise, rounded
from jarz_woocommerce_integration.sample_store.shop.clock import gmt, local
from jarz_woocommerce_integration.sample_store.shop.kinds import REFUNDS, Kind
from jarz_woocommerce_integration.sample_store.shop.order_lines import META_PER_ORDER, Sums

_REASONS = ("Customer changed mind", "منتج تالف", "", "تعويض")
_COMPENSATION = 500
ODD_REFUNDS = (
	Kind.REFUND_UNROUNDED_TAXES
	| Kind.REFUND_POSITIVE
	| Kind.REFUND_SHIPPING_ONLY
	| Kind.REFUND_TAX_ONLY
	| Kind.REFUND_BUNDLE
)


def refunds_of(
	order: dict[str, Any], kinds: int, sums: Sums, random: Random, home: str, moment: int, zone: tzinfo
) -> list[dict[str, Any]]:
	"""The refunds of an order, oldest first. An order of no value has none, whatever its kinds say."""
	if not kinds & REFUNDS or sums.total <= 0:
		return []
	writer = RefundWriter(order, sums, home, moment, zone)
	reason = _REASONS[int(random.random() * len(_REASONS))]
	identifier, total = order["id"] + 1, sums.total
	if kinds & Kind.REFUND_AMOUNTS_THEN_REST and total > 3:
		part = total // 3
		amounts = (part, part, total - 2 * part)
		return [writer.of_amount(identifier + place, amount, reason) for place, amount in enumerate(amounts)]
	if kinds & Kind.REFUND_CENT_OVER:
		return [writer.of_everything_and_a_cent(identifier, reason)]
	if kinds & Kind.REFUND_FULL_LINES:
		return [writer.of_everything(identifier, reason)]
	if kinds & Kind.REFUND_FULL_EMPTY:
		return [writer.of_amount(identifier, total, reason)]
	if kinds & Kind.REFUND_AMOUNT:
		return [writer.of_amount(identifier, min(total, _COMPENSATION), reason)]
	line = next((line for line in order["line_items"] if from_money(line["total"]) > 0), None)
	if line and kinds & ODD_REFUNDS:
		odd = odd_refund(writer, identifier, line, kinds, reason)
		if 0 < from_money(odd["amount"]) <= total:
			return [odd]
	first = writer.of_lines(identifier, line, kinds, reason) if line else None
	if first is None or from_money(first["amount"]) > total:
		first = writer.of_amount(identifier, (total + 1) // 2, reason)
	left = total - from_money(first["amount"])
	if kinds & Kind.REFUND_SEVERAL and left:
		return [first, writer.of_amount(identifier + 1, min(left, _COMPENSATION), "تعويض")]
	return [first]


def odd_refund(
	writer: "RefundWriter", identifier: int, line: dict[str, Any], kinds: int, reason: str
) -> dict[str, Any]:
	"""A refund in one of the shapes that apps and older versions write."""
	if kinds & Kind.REFUND_SHIPPING_ONLY:
		return writer.of_shipping(identifier, reason)
	if kinds & Kind.REFUND_TAX_ONLY:
		return writer.of_tax(identifier, line, reason)
	if kinds & Kind.REFUND_BUNDLE:
		return writer.of_one_set(identifier, line, reason)
	refund = writer.of_lines(identifier, line, Kind.REFUND_LINE, reason)
	return (
		_with_positive_lines(refund)
		if kinds & Kind.REFUND_POSITIVE
		else writer.with_unrounded_taxes(refund, line)
	)


def _with_positive_lines(refund: dict[str, Any]) -> dict[str, Any]:
	"""As a point of sale stored them: quantity and amounts without their signs."""
	lines = [
		line
		| {name: line[name].removeprefix("-") for name in ("subtotal", "subtotal_tax", "total", "total_tax")}
		| {
			"quantity": -line["quantity"],
			"taxes": [
				tax | {name: tax[name].removeprefix("-") for name in ("total", "subtotal")}
				for tax in line["taxes"]
			],
		}
		for line in refund["line_items"]
	]
	return refund | {"line_items": lines}


def summary(refund: dict[str, Any], modern: bool) -> dict[str, Any]:
	"""How an order names one of its refunds."""
	entry = {
		"id": refund["id"],
		"reason": refund["reason"],
		"total": money(-from_money(refund["amount"])),
	}
	if modern:
		lines = (*refund["line_items"], *refund["shipping_lines"], *refund["fee_lines"])
		entry["total_tax"] = money(sum(from_money(line["total_tax"]) for line in lines))
	return entry


class RefundWriter:
	"""Writes the refunds of one order.

	:param sums: of the order, for the ids of lines; :param moment: when it was refunded
	"""

	def __init__(self, order: dict[str, Any], sums: Sums, home: str, moment: int, zone: tzinfo):
		self._order = order
		self._sums = sums
		self._home = home
		self._moment = moment
		self._zone = zone

	def of_amount(self, identifier: int, amount: int, reason: str) -> dict[str, Any]:
		"""A sum of money that belongs to no line."""
		return self._body(identifier, amount, reason)

	def of_these(
		self, identifier: int, amount: int, reason: str, lines: Sequence[dict[str, Any]]
	) -> dict[str, Any]:
		"""An amount, with what whoever refunds says of lines. Whether those sum to it nobody asks."""
		told = {line["id"]: line for line in lines}
		parts = {
			kind: [self._told(line, told[line["id"]]) for line in self._order[kind] if line["id"] in told]
			for kind in ("line_items", "shipping_lines", "fee_lines")
		}
		if not any(parts.values()):
			return self.of_amount(identifier, amount, reason)
		body = self._of(identifier, reason, *parts.values())
		return body | {"amount": money(amount)}

	def _told(self, line: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
		taxes = {tax["id"]: from_money(str(tax["refund_total"])) for tax in told.get("refund_tax", ())}
		net, quantity = from_money(str(told.get("refund_total", "0"))), told.get("quantity", 0)
		refunded = self._refunded(
			line, -quantity, net, taxes, number(net / quantity / 100) if quantity else 0
		)
		return {name: value for name, value in refunded.items() if name in line}

	def of_everything(self, identifier: int, reason: str) -> dict[str, Any]:
		"""All lines, mirrored."""
		order = self._order
		items = [self._item(line, line["quantity"]) for line in order["line_items"]]
		charges = [self._charge(line) for line in order["shipping_lines"]]
		fees = [self._charge(line) for line in order["fee_lines"]]
		return self._of(identifier, reason, items, charges, fees)

	def of_everything_and_a_cent(self, identifier: int, reason: str) -> dict[str, Any]:
		"""All lines, one of them a cent too much, as rounding by itself makes it: the amount is the order's total."""
		body = self.of_everything(identifier, reason)
		line = next((line for line in body["line_items"] if from_money(line["total"])), None)
		if line:
			line["total"] = line["subtotal"] = money(from_money(line["total"]) - 1)
		return body

	def of_shipping(self, identifier: int, reason: str) -> dict[str, Any]:
		charges = [self._charge(charge) for charge in self._order["shipping_lines"]]
		return self._of(identifier, reason, [], charges, [])

	def of_tax(self, identifier: int, line: dict[str, Any], reason: str) -> dict[str, Any]:
		"""The tax of a line alone, as for a buyer who was exempt."""
		taxes = {tax["id"]: from_money(tax["total"]) for tax in line["taxes"]}
		return self._of(identifier, reason, [self._refunded(line, 0, 0, taxes, 0)], [], [])

	def of_one_set(self, identifier: int, parent: dict[str, Any], reason: str) -> dict[str, Any]:
		"""One of the sets of a bundle: its price with the parent, its components at zero."""
		sets = parent["quantity"]
		key = str(parent["product_id"])
		components = [
			line
			for line in self._order["line_items"]
			if any(meta["key"] == "_woosb_parent_id" and meta["value"] == key for meta in line["meta_data"])
		]
		items = [self._item(parent, 1)] + [self._item(line, line["quantity"] // sets) for line in components]
		return self._of(identifier, reason, items, [], [])

	def with_unrounded_taxes(self, refund: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
		"""The taxes of the lines with six decimals beside their rounded sum, as before WooCommerce 10."""
		whole = {tax["id"]: from_money(tax["total"]) for tax in line["taxes"]}
		items = [
			item
			| {
				"taxes": [
					tax | {"total": precise(whole[tax["id"]] * item["quantity"], line["quantity"])}
					for tax in item["taxes"]
				]
			}
			for item in refund["line_items"]
		]
		return refund | {"line_items": items}

	def of_lines(self, identifier: int, line: dict[str, Any], kinds: int, reason: str) -> dict[str, Any]:
		"""Some of a line; with the order's shipping and fees where its kind says so."""
		order = self._order
		if kinds & Kind.REFUND_AMOUNT_OF_LINE:
			return self._of(identifier, reason, [self._part_of_amount(line)], [], [])
		items = [self._item(line, (line["quantity"] + 1) // 2)]
		if not kinds & Kind.REFUND_WITH_SHIPPING:
			return self._of(identifier, reason, items, [], [])
		charges = [self._charge(charge) for charge in order["shipping_lines"]]
		fees = [self._charge(fee) for fee in order["fee_lines"] if not fee["total"].startswith("-")]
		return self._of(identifier, reason, items, charges, fees)

	def _item(self, line: dict[str, Any], quantity: int) -> dict[str, Any]:
		"""So many of a line given back."""
		ordered = line["quantity"]
		net = rounded(from_money(line["total"]) * quantity, ordered)
		taxes = {tax["id"]: rounded(from_money(tax["total"]) * quantity, ordered) for tax in line["taxes"]}
		return self._refunded(line, -quantity, net, taxes, number(net / quantity / 100) if quantity else 0)

	def _part_of_amount(self, line: dict[str, Any]) -> dict[str, Any]:
		"""Half of a line's price, goods kept: quantity 0 and no tax."""
		return self._refunded(line, 0, (from_money(line["total"]) + 1) // 2, {}, 0)

	def _refunded(
		self, line: dict[str, Any], quantity: int, net: int, taxes: dict[int, int], price: float
	) -> dict[str, Any]:
		tax = money(-sum(taxes.values()))
		return line | {
			"id": self._sums.next_item(),
			"quantity": quantity,
			"subtotal": money(-net),
			"subtotal_tax": tax,
			"total": money(-net),
			"total_tax": tax,
			"taxes": [
				{"id": rate, "total": money(-part), "subtotal": money(-part)}
				for rate, part in taxes.items()
				if part
			],
			"meta_data": self._origin(line),
			"price": price,
		}

	def _charge(self, line: dict[str, Any]) -> dict[str, Any]:
		"""A shipping line or a fee, given back whole."""
		return line | {
			"id": self._sums.next_item(),
			"total": money(-from_money(line["total"])),
			"total_tax": money(-from_money(line["total_tax"])),
			"taxes": [
				{"id": tax["id"], "total": money(-from_money(tax["total"])), "subtotal": ""}
				for tax in line["taxes"]
				if from_money(tax["total"])
			],
			"meta_data": self._origin(line),
		}

	def _origin(self, line: dict[str, Any]) -> list[dict[str, Any]]:
		text = str(line["id"])
		return self._sums.meta([("_refunded_item_id", "_refunded_item_id", text, text)])

	def _of(self, identifier: int, reason: str, items: list, charges: list, fees: list) -> dict[str, Any]:
		lines = (*items, *charges, *fees)
		amount = -sum(from_money(line["total"]) + from_money(line["total_tax"]) for line in lines)
		body = self._body(identifier, amount, reason)
		return body | {
			"line_items": items,
			"shipping_lines": charges,
			"tax_lines": self._tax_lines(items + fees, charges),
			"fee_lines": fees,
			"_links": body["_links"],
		}

	def _tax_lines(self, cart: list[dict[str, Any]], charges: list[dict[str, Any]]) -> list[dict[str, Any]]:
		lines = []
		for tax_line in self._order["tax_lines"]:
			rate = tax_line["rate_id"]
			of_cart, of_shipping = (
				sum(from_money(tax["total"]) for line in part for tax in line["taxes"] if tax["id"] == rate)
				for part in (cart, charges)
			)
			if of_cart or of_shipping:
				amounts = {"tax_total": money(of_cart), "shipping_tax_total": money(of_shipping)}
				lines.append(tax_line | {"id": self._sums.next_item()} | amounts)
		return lines

	def _body(self, identifier: int, amount: int, reason: str) -> dict[str, Any]:
		order = f"{self._home}/wp-json/wc/v3/orders/{self._order['id']}"
		full = amount == from_money(self._order["total"])
		kind = {
			"id": identifier * META_PER_ORDER,
			"key": "_refund_type",
			"value": "full" if full else "partial",
		}
		return {
			"id": identifier,
			"date_created": local(self._moment, self._zone),
			"date_created_gmt": gmt(self._moment),
			"amount": money(amount),
			"reason": reason,
			"refunded_by": 1,
			"refunded_payment": False,
			"meta_data": [kind],
			"line_items": [],
			"shipping_lines": [],
			"tax_lines": [],
			"fee_lines": [],
			"_links": {
				"self": [
					{"href": f"{order}/refunds/{identifier}", "targetHints": {"allow": ["GET", "DELETE"]}}
				],
				"collection": [{"href": f"{order}/refunds"}],
				"up": [{"href": order}],
			},
		}
