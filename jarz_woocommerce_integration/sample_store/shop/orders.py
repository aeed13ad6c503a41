"""Order bodies as WooCommerce 10.9.4 and 8.9.3 write them, each made from the shop's seed and the order's place."""

from collections.abc import Sequence
from datetime import tzinfo
from random import Random
from typing import Any, NamedTuple
from zlib import crc32

from jarz_woocommerce_integration.sample_store.shop import coupons, people, plugins
from jarz_woocommerce_integration.sample_store.shop.amounts import from_money, money, rounded
from jarz_woocommerce_integration.sample_store.shop.baskets import Entry, basket
from jarz_woocommerce_integration.sample_store.shop.catalogue import Catalogue
from jarz_woocommerce_integration.sample_store.shop.clock import DAY, gmt, local
from jarz_woocommerce_integration.sample_store.shop.index import PAID_STATUSES
from jarz_woocommerce_integration.sample_store.shop.kinds import Kind
from jarz_woocommerce_integration.sample_store.shop.order_lines import (
	META_PER_ORDER,
	Sums,
	fee_line,
	product_line,
	shipping_line,
	shipping_rates,
	tax_lines,
)
from jarz_woocommerce_integration.sample_store.shop.taxes import Rate, rates_of

PAYMENT_METHODS = (
	("cod", "الدفع عند الاستلام"),
	("bacs", "تحويل بنكي مباشر"),
	("paymob", "بطاقة بنكية"),
	("fawry", "فوري"),
	("", ""),
)
SHIPPING_METHODS = (
	("توصيل القاهرة", "flat_rate", "1", 5000),
	("شحن المحافظات", "flat_rate", "4", 8550),
	("شحن سريع", "flat_rate", "4", 3333),
	("شحن مجاني", "free_shipping", "2", 0),
	("استلام من الفرع", "local_pickup", "3", 0),
)
_SYMBOLS = {"EGP": "EGP", "USD": "$", "SAR": "ر.س"}
_CREATED_VIA = ("checkout", "checkout", "checkout", "store-api", "admin", "rest-api", "")
_NOTES = (
	"اتصل قبل الوصول",
	"رجاء التوصيل بعد العصر",
	'Leave at door & "ring" the bell',
	"الدور الثالث\nبجوار الصيدلية",
)
_SLOTS = ("من ٤ إلى ٦ مساءً", "10:00 - 12:00", "12:00 - 15:00", "01:00 PM – 03:00 PM", "5-7 مساءً", "بعد العصر")
_WEEKDAYS = ("Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday")
_GIFT = {"to": "ماما", "msg": "سطر أول\nسطر ثان", "wrap": True}
_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Outline(NamedTuple):
	"""What the index knows of an order. `entries`: its basket, where that doesn't follow from the seed."""

	number: int
	id: int
	status: str
	created: int
	modified: int
	kinds: int
	customer_id: int
	entries: Sequence[Entry] | None = None


class OrderWriter:
	"""Writes order bodies.

	:param modern: WooCommerce 10 rather than 8: three more fields and a link
	"""

	def __init__(self, seed: int, catalogue: Catalogue, home: str, version: str, modern: bool, zone: tzinfo):
		self._seed = seed
		self._catalogue = catalogue
		self._home = home
		self._version = version
		self._modern = modern
		self._zone = zone

	def write(self, outline: Outline) -> tuple[dict[str, Any], Sums, Random]:
		"""The body, without refunds; with its sums and what is left of its random numbers, for the refunds."""
		random = Random((self._seed << 40) + outline.number)
		sums = Sums(outline.id, self._modern)
		billed, shipped = self._addresses(outline, random)
		body = self._head(outline, billed, shipped, random)
		self._fill_lines(body, outline, billed, sums, random)
		self._fill_sums(body, sums)
		if outline.kinds & Kind.INCONSISTENT:
			_spoil(body, random)
		plugins.apply(body, outline.kinds, sums)
		self._finish(body, outline)
		return body, sums, random

	def _addresses(self, outline: Outline, random: Random) -> tuple[dict[str, str], dict[str, str]]:
		kinds = outline.kinds
		if outline.customer_id:
			person = people.customer(self._seed, outline.customer_id)
		else:
			# Guests come back too, every one to a few orders.
			person = people.guest(
				Random((self._seed << 40) + (1 << 37) + outline.number // 3), outline.number // 3
			)
		if kinds & Kind.EMAIL_OF_CUSTOMER:
			known = people.customer(self._seed, 2 + int(random.random() * 20))
			person = people.guest_with_email_of(person, known, random.random())
		billed = people.billing(person, kinds, random)
		return billed, people.shipping(person, billed, random)

	def _head(self, outline: Outline, billed: dict, shipped: dict, random: Random) -> dict[str, Any]:
		"""All fields in WooCommerce's order; those that follow from the lines are filled in later."""
		draw = random.random
		kinds, status = outline.kinds, outline.status
		currency = "USD" if kinds & Kind.DOLLARS else "SAR" if kinds & Kind.RIYALS else "EGP"
		method, title = PAYMENT_METHODS[int(draw() * len(PAYMENT_METHODS))]
		paid, completed = _payment_dates(outline, method, draw())
		via = _CREATED_VIA[int(draw() * len(_CREATED_VIA))]
		value = draw()
		key = "wc_order_" + "".join(random.choices(_KEY_LETTERS, k=13))
		return {
			"id": outline.id,
			"parent_id": 0,
			"status": status,
			"currency": currency,
			"version": self._version,
			"prices_include_tax": bool(kinds & Kind.PRICES_INCLUDE_TAX),
			"date_created": local(outline.created, self._zone),
			"date_modified": local(outline.modified, self._zone),
			"discount_total": "0.00",
			"discount_tax": "0.00",
			"shipping_total": "0.00",
			"shipping_tax": "0.00",
			"cart_tax": "0.00",
			"total": "0.00",
			"total_tax": "0.00",
			"customer_id": outline.customer_id,
			"order_key": key,
			"billing": billed,
			"shipping": shipped,
			"payment_method": method,
			"payment_method_title": title,
			"transaction_id": str(int(value * 1e9)) if method in ("paymob", "fawry") and paid else "",
			"customer_ip_address": f"192.0.2.{int(value * 254) + 1}",
			"customer_user_agent": "" if via in ("admin", "rest-api") else "Mozilla/5.0 sample",
			"created_via": via,
			"customer_note": _NOTES[int(value * 100) % len(_NOTES)] if value * 10 % 1 < 0.3 else "",
			"date_completed": local(completed, self._zone),
			"date_paid": local(paid, self._zone),
			"cart_hash": f"{random.getrandbits(128):032x}" if via == "store-api" else "",
			"number": plugins.number_of(outline.id, outline.kinds),
			"meta_data": _meta_data(outline, value, billed),
			"line_items": [],
			"tax_lines": [],
			"shipping_lines": [],
			"fee_lines": [],
			"coupon_lines": [],
			"refunds": [],
			"payment_url": f"{self._home}/checkout/order-pay/{outline.id}/?pay_for_order=true&key={key}",
			"is_editable": status in ("pending", "on-hold"),
			"needs_payment": False,
			"needs_processing": False,
			"date_created_gmt": gmt(outline.created),
			"date_modified_gmt": gmt(outline.modified),
			"date_completed_gmt": gmt(completed),
			"date_paid_gmt": gmt(paid),
			"currency_symbol": _SYMBOLS[currency],
		}

	def _fill_lines(self, body: dict, outline: Outline, billed: dict, sums: Sums, random: Random) -> None:
		kinds, country, state = outline.kinds, billed["country"], billed["state"]
		bought = outline.entries
		entries = basket(kinds, self._catalogue, random) if bought is None else list(bought)
		rates = [rates_of(entry.product.tax_class, country, state) for entry in entries]
		off = [0] * len(entries)
		used = [
			(coupon, coupons.take_off(coupon, entries, off))
			for coupon in coupons.coupons_of(kinds, random.random())
		]
		lines, include_tax = self._catalogue.lines, body["prices_include_tax"]
		body["line_items"] = [
			product_line(sums, entry, off[place], rates[place], lines[entry.product.id], include_tax)
			for place, entry in enumerate(entries)
		]
		zone_rates = rates_of("", country, state)
		ship_rates = shipping_rates(rates, zone_rates)
		free = bool(kinds & Kind.COUPON_FREE_SHIPPING)
		body["shipping_lines"] = [
			shipping_line(sums, *method, ship_rates) for method in _shipping_methods(kinds, free, random)
		]
		body["fee_lines"] = _fees(sums, kinds, zone_rates, random)
		body["tax_lines"] = tax_lines(sums)
		body["coupon_lines"] = _coupon_lines(sums, used)
		body["needs_processing"] = _needs_processing(entries)

	def _fill_sums(self, body: dict, sums: Sums) -> None:
		body["discount_total"] = money(sums.net_before_discount - sums.net)
		body["discount_tax"] = money(sums.item_tax_before_discount - sum(sums.item_taxes.values()))
		body["shipping_total"] = money(sums.shipping)
		body["shipping_tax"] = money(sums.shipping_tax)
		body["cart_tax"] = money(sums.cart_tax)
		body["total"] = money(sums.total)
		body["total_tax"] = money(sums.cart_tax + sums.shipping_tax)
		body["needs_payment"] = sums.total > 0 and body["status"] in ("pending", "failed", "checkout-draft")

	def _finish(self, body: dict, outline: Outline) -> None:
		orders = f"{self._home}/wp-json/wc/v3/orders"
		own = f"{orders}/{outline.id}"
		links = {
			"self": [{"href": own, "targetHints": {"allow": _EVERY_METHOD}}],
			"collection": [{"href": orders}],
		}
		if self._modern:
			links["email_templates"] = [{"embeddable": True, "href": f"{own}/actions/email_templates"}]
		if outline.customer_id:
			links["customer"] = [{"href": f"{self._home}/wp-json/wc/v3/customers/{outline.customer_id}"}]
		body["_links"] = links


def _payment_dates(outline: Outline, method: str, value: float) -> tuple[int | None, int | None]:
	"""When it was paid and completed. Cash on delivery is paid when the order is completed."""
	span = outline.modified - outline.created
	completed = outline.created + span * 3 // 4 if outline.status in ("completed", "refunded") else None
	if outline.status not in PAID_STATUSES:
		return None, None
	if method == "cod":
		return completed, completed
	return outline.created + min(span // 2, int(value * 1200)), completed


def _meta_data(outline: Outline, value: float, billed: dict) -> list[dict[str, Any]]:
	"""Order meta, sorted by key as WooCommerce gives it. Keys repeat, values are of any type."""
	entries: list[tuple[str, Any]] = []
	if outline.kinds & Kind.DELIVERY:
		day = outline.created + (1 + int(value * 4)) * DAY
		date = gmt(day)[:10]  # type: ignore[index]  # `day` isn't None
		if value * 50 % 1 < 0.08:
			date = f"{_WEEKDAYS[day // DAY % 7]}, {date}"
		entries.append(("_delivery_date", date))
		entries.append(
			("delivery_time", _SLOTS[int(value * 100) % 3 if value < 0.9 else int(value * 100) % 6])
		)
	if outline.kinds & Kind.REVERSE_CHARGE:
		number = crc32(billed["company"].encode()) % 10**9
		entries += [("_billing_eu_vat_number", f"DE{number:09d}"), ("is_vat_exempt", "yes")]
	elif billed["company"] and value * 70 % 1 < 0.7:
		# As EU VAT Number keeps it: the same person always has the same number.
		entries.append(("_billing_vat_number", f"EG{crc32(billed['last_name'].encode()) % 10**9:09d}"))
	if value * 20 % 1 < 0.1:
		entries.append(("_gift", _GIFT))
	if value * 30 % 1 < 0.08:
		entries += [("dup_key", "1"), ("dup_key", "2")]
	if value * 40 % 1 < 0.04:
		entries.append(("empty_meta", ""))
	if value * 60 % 1 < 0.45:
		entries += [
			("_wc_order_attribution_device_type", "Mobile"),
			("_wc_order_attribution_session_pages", str(1 + int(value * 19))),
			("_wc_order_attribution_source_type", "utm"),
			("_wc_order_attribution_utm_source", "instagram"),
		]
	first = outline.id * META_PER_ORDER - META_PER_ORDER // 2
	data = [{"id": first + place, "key": key, "value": text} for place, (key, text) in enumerate(entries)]
	return sorted(data, key=lambda entry: entry["key"])


def _shipping_methods(kinds: int, free: bool, random: Random) -> list[tuple[str, str, str, int]]:
	if kinds & Kind.NO_SHIPPING:
		return []
	count = 2 if kinds & Kind.TWO_SHIPPING_LINES else 1
	chosen = random.sample(SHIPPING_METHODS, count)
	return [(title, method, instance, 0 if free else cost) for title, method, instance, cost in chosen]


def _fees(sums: Sums, kinds: int, rates: tuple[Rate, ...], random: Random) -> list[dict[str, Any]]:
	lines = []
	if kinds & Kind.FEE_TAXED:
		name, amount = ("تغليف هدية", 2500) if random.random() < 0.6 else ("رسوم الدفع عند الاستلام", 1000)
		lines.append(fee_line(sums, name, amount, rates))
	if kinds & Kind.FEE_UNTAXED:
		lines.append(fee_line(sums, "Small order fee", 777, taxed=False))
	if kinds & (Kind.FEE_NEGATIVE | Kind.NEGATIVE_TOTAL):
		lines.append(fee_line(sums, "خصم خاص", -1500))
	return lines


def _coupon_lines(sums: Sums, used: list[tuple[coupons.Coupon, int]]) -> list[dict[str, Any]]:
	"""Each coupon with its part of the order's discount; the last one takes what rounding leaves."""
	discount = sums.net_before_discount - sums.net
	tax = sums.item_tax_before_discount - sum(sums.item_taxes.values())
	whole = sum(off for _coupon, off in used)
	lines = []
	for place, (coupon, off) in enumerate(used, start=1):
		last = place == len(used)
		part = discount if last else rounded(discount * off, whole or 1)
		part_of_tax = tax if last else rounded(tax * off, whole or 1)
		discount, tax, whole = discount - part, tax - part_of_tax, whole - off
		lines.append(coupons.coupon_line(sums, coupon, part, part_of_tax))
	return lines


def _needs_processing(entries: list[Entry]) -> bool:
	return any(not entry.product.virtual and entry.product.state != "deleted" for entry in entries)


def _spoil(body: dict[str, Any], random: Random) -> None:
	"""A plugin changed a line and nobody recalculated the order."""
	line = body["line_items"][0]
	more = 1 + int(random.random() * 9999)
	line["subtotal"] = money(from_money(line["subtotal"]) + more)
	line["total"] = money(from_money(line["total"]) + more)
