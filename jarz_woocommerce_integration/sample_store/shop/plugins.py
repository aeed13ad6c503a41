"""What plugins and other settings make of an order, as real shops sent it: cards, wallets, vendors, numbers, texts."""

from typing import Any

from jarz_woocommerce_integration.sample_store.shop.amounts import from_money, money
from jarz_woocommerce_integration.sample_store.shop.kinds import TENDERS, Kind
from jarz_woocommerce_integration.sample_store.shop.order_lines import META_PER_ORDER, Sums

_FIRST_META = META_PER_ORDER // 4  # of a plugin, before the order's own by its id
_FIRST_NUMBER = 749


def number_of(order_id: int, kinds: int) -> str:
	"""The order's number. Sequential numbers begin with 1, so that many are the ids of other orders."""
	return str(order_id - _FIRST_NUMBER + 1) if kinds & Kind.SEQUENTIAL_NUMBER else str(order_id)


def apply(body: dict[str, Any], kinds: int, sums: Sums) -> None:
	"""Change a body whose lines and sums are written."""
	if kinds & Kind.SUB_ORDER:
		_make_sub_order(body)
	if kinds & TENDERS and sums.total > 300:
		_pay_by_credit(body, kinds, sums)
	if kinds & Kind.GIFT_CARD_SOLD and body["line_items"]:
		_sell_card(body["line_items"][0], sums)
	if kinds & Kind.ROUNDED_AT_SUBTOTAL and sums.cart_tax:
		# REST rounds each tax by itself; what was charged is the rounded sum.
		body["total"] = money(sums.total - 1)
	if kinds & Kind.MARKETPLACE:
		_add_meta(body, ("has_sub_order", "1"))
	if kinds & Kind.PAID_UNSOLD and sums.total > 0:
		_pay(body)
	if kinds & Kind.ENTITIES:
		_write_entities(body)


def as_php_objects(body: dict[str, Any]) -> dict[str, Any]:
	"""The body with objects where lists are, as PHP writes a list from which something was taken out."""
	lines = [line | {"meta_data": _as_object(line["meta_data"])} for line in body["line_items"]]
	return body | {"meta_data": [[], *body["meta_data"]], "line_items": _as_object(lines)}


def _as_object(values: list[Any]) -> dict[str, Any] | list[Any]:
	return {str(place): value for place, value in enumerate(values, 1)} if values else values


def _add_meta(body: dict[str, Any], *entries: tuple[str, Any]) -> None:
	first = body["id"] * META_PER_ORDER - _FIRST_META
	added = [{"id": first + place, "key": key, "value": value} for place, (key, value) in enumerate(entries)]
	body["meta_data"] = sorted([*body["meta_data"], *added], key=lambda entry: entry["key"])


def _pay_by_credit(body: dict[str, Any], kinds: int, sums: Sums) -> None:
	"""A third of what was sold isn't paid by the gateway: lines and taxes stay whole, the total is less."""
	credit = sums.total // 3
	code = f"GIFT-{body['id']:08d}"
	if kinds & Kind.GIFT_CARD_FIELD:
		body["gift_cards"] = [{"id": body["id"], "code": code, "amount": float(money(credit))}]
	elif kinds & Kind.GIFT_CARD_META:
		_add_meta(
			body,
			("_ywgc_applied_gift_cards", {code: float(money(credit))}),
			("_ywgc_applied_gift_cards_totals", money(credit)),
			("_ywgc_applied_gift_cards_order_total", money(sums.total - credit)),
		)
	elif kinds & Kind.STORE_CREDIT:
		paid = {
			"amount": float(money(credit)),
			"raw_amount": float(money(credit)),
			"currency": body["currency"],
		}
		_add_meta(body, ("acfw_store_credits_order_paid", paid), ("acfw_store_credits_version", "4.6.3.1"))
		body["discount_total"] = money(from_money(body["discount_total"]) + credit)
	else:
		_add_meta(body, ("_partial_pay_through_wallet_compleate", str(body["id"])))
		body["fee_lines"].append(_wallet_fee(credit, sums))
	body["total"] = money(sums.total - credit)


def _wallet_fee(credit: int, sums: Sums) -> dict[str, Any]:
	return {
		"id": sums.next_item(),
		"name": "دفع بالمحفظة",
		"tax_class": "",
		"tax_status": "none",
		"amount": money(-credit),
		"total": money(-credit),
		"total_tax": "0.00",
		"taxes": [],
		"meta_data": sums.meta(
			[
				(
					"_legacy_fee_key",
					"_legacy_fee_key",
					"_via_wallet_partial_payment",
					"_via_wallet_partial_payment",
				)
			]
		),
	}


def _sell_card(line: dict[str, Any], sums: Sums) -> None:
	entries = [("pw_gift_card_number", f"CARD-{line['id']}"), ("pw_gift_card_amount", line["total"])]
	line["meta_data"] += sums.meta([(key, key, value, value) for key, value in entries])


def _make_sub_order(body: dict[str, Any]) -> None:
	"""A vendor's part of the order whose basket this is: the goods with their taxes, without shipping and fees."""
	body |= {"created_via": "dokan", "transaction_id": "", "shipping_lines": [], "fee_lines": []}
	lines = body["line_items"]
	tax = sum(from_money(line["total_tax"]) for line in lines)
	for tax_line in body["tax_lines"]:
		own = [entry for line in lines for entry in line["taxes"] if entry["id"] == tax_line["rate_id"]]
		tax_line["tax_total"] = money(sum(from_money(entry["total"]) for entry in own))
		tax_line["shipping_tax_total"] = "0.00"
	body |= {
		"shipping_total": "0.00",
		"shipping_tax": "0.00",
		"cart_tax": money(tax),
		"total_tax": money(tax),
	}
	body["total"] = money(sum(from_money(line["total"]) for line in lines) + tax)
	_add_meta(body, ("_dokan_vendor_id", str(1 + body["id"] % 7)))


def _pay(body: dict[str, Any]) -> None:
	"""The gateway took the money, and the shop cancelled the order for lack of it."""
	for field in ("date_paid", "date_paid_gmt"):
		body[field] = body[field.replace("paid", "modified")]
	body["transaction_id"] = f"ch_{body['id']}"
	body["payment_method"], body["payment_method_title"] = "paymob", "بطاقة بنكية"


def _write_entities(body: dict[str, Any]) -> None:
	billing = body["billing"]
	if billing["last_name"]:
		body["billing"] = billing | {"last_name": f"{billing['last_name']} O&#039;Dell"}
	for line in body["line_items"]:
		line["name"] = f"<b>{line['name']}</b> &amp; &quot;gift&quot;"
