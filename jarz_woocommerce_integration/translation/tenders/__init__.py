"""Tenders: what an order was paid with beside its gateway, and lines that sell what is paid with later.

WooCommerce's `total` is what the gateway had to take. Where a gift card or store credit has paid a part of the sale, the
lines and taxes come to more: they are what was sold, and the difference is a payment from a liability. A small file for
each plugin finds what the order says of it (`TenderPlugin`); this module decides which of it the total leaves out.
docs/use/tenders.md says how to add a plugin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.amounts.money import unit_of
from jarz_woocommerce_integration.translation.dates import stated
from jarz_woocommerce_integration.translation.drafts import ChargeKind, ChargeRow, Finding, PaymentDraft
from jarz_woocommerce_integration.translation.policy import CardsAsCoupons, Policy, TenderKind
from jarz_woocommerce_integration.translation.tenders import (
	account_funds,
	advanced_coupons,
	gift_cards,
	pw_gift_cards,
	terawallet,
	yith_gift_cards,
)
from jarz_woocommerce_integration.translation.tenders.base import Tendered, TenderPlugin, meta_value

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import CouponLine, LineItem, Order

__all__ = [
	"PLUGINS",
	"TenderPlugin",
	"Tendered",
	"left_out",
	"redeemed_as_coupons",
	"redeemed_charge",
	"sold_credit",
	"taken_as_discount",
	"tender_payments",
	"tendered_of",
	"unexplained_credit",
	"without_fee_lines",
]

PLUGINS: tuple[TenderPlugin, ...] = (
	gift_cards.PLUGIN,
	yith_gift_cards.PLUGIN,
	pw_gift_cards.PLUGIN,
	advanced_coupons.PLUGIN,
	account_funds.PLUGIN,
	terawallet.PLUGIN,
)
ZERO = Decimal(0)
REDEEMED = "Gift cards and credit taken as coupons"
LONGEST_REFERENCE = 80
# More tenders than this on one order are taken all or none.
MOST_COMBINED = 8


def tendered_of(order: Order, decimals: int) -> list[Tendered]:
	"""What an order says was paid by credit, in whole smallest units: plugins keep floats ("159.60000000000002")."""
	unit = unit_of(decimals)
	found = [tendered for plugin in PLUGINS for tendered in plugin.tendered(order)]
	return [
		Tendered(tendered.kind, amount, tendered.reference, tendered.fee_line_id)
		for tendered in found
		if (amount := tendered.amount if tendered.fee_line_id else tendered.amount.quantize(unit))
	]


def left_out(tendered: Sequence[Tendered], difference: Decimal) -> list[Tendered]:
	"""Those that the order's total leaves out, so that its parts come to more.

	A plugin may have lowered the lines by what it also notes in meta; then the parts come to the total without it. So
	those are taken that explain the difference best, none where none explains more of it than nothing does.

	:param difference: of the parts (with the fee lines of tenders) and the order's total
	"""
	by_fee = [tender for tender in tendered if tender.fee_line_id]
	others = [tender for tender in tendered if not tender.fee_line_id]
	counts = range(len(others) + 1) if len(others) <= MOST_COMBINED else (0, len(others))
	choices = [chosen for count in counts for chosen in combinations(others, count)]
	return [*by_fee, *min(choices, key=lambda chosen: abs(difference - _sum(chosen)))]


def without_fee_lines(charges: Sequence[ChargeRow], tendered: Sequence[Tendered]) -> list[ChargeRow]:
	"""The charges without those fee lines that are what a wallet paid: they take nothing off what was sold."""
	fee_lines = {tender.fee_line_id for tender in tendered if tender.fee_line_id}
	return [
		charge for charge in charges if charge.kind is not ChargeKind.FEE or charge.source_id not in fee_lines
	]


def unexplained_credit(amount: Decimal) -> Tendered:
	"""What a person says was paid by credit though the order doesn't name it: the rest of the parts over the total."""
	return Tendered(TenderKind.STORE_CREDIT, amount, "unnamed")


def tender_payments(order: Order, tendered: Sequence[Tendered], policy: Policy) -> list[PaymentDraft]:
	"""The payments from liabilities, each with a key of its own within the order."""
	payments: dict[str, PaymentDraft] = {}
	for tender in tendered:
		booked = policy.tender(tender.kind)
		key = f"{tender.kind.value}:{_plain(tender.reference)}" if tender.reference else tender.kind.value
		while key in payments:
			key += "+"
		payments[key] = PaymentDraft(
			amount=tender.amount,
			mode_of_payment=booked.mode_of_payment,
			account=booked.account,
			paid_at=stated(order.date_paid_gmt or order.date_created_gmt),
			gateway=tender.kind.value,
			gateway_title=tender.kind.value.replace("_", " ").capitalize(),
			reference=tender.reference or f"Order {order.number or order.id}",
			key=key,
		)
	return list(payments.values())


def _plain(reference: str) -> str:
	"""A reference as every ledger keeps it letter by letter, so that its payment is found again."""
	return re.sub(r"[^0-9A-Z_.:-]", "-", reference.upper())[:LONGEST_REFERENCE]


def taken_as_discount(order: Order, policy: Policy) -> list[Finding]:
	"""Cards and credit that the shop took as coupons: it lowered the lines and their tax, and the liability stays as it was.

	Such a coupon has no id (`coupon_info` of YITH: [0, "code", null, amount]), or the mark of Advanced Coupons.
	"""
	if policy.cards_as_coupons is not CardsAsCoupons.DISCOUNT:
		return []
	return [
		Finding(
			"credit_as_discount",
			Sentence(
				'The shop took the gift card or store credit "{0}" as a discount of {1} before tax.'
				" It is booked as this discount, and the amount that is owed on the card isn't reduced.",
				coupon.code,
				coupon.discount,
			),
		)
		for coupon in order.coupon_lines
		if _kind_of(coupon)
	]


def redeemed_as_coupons(order: Order, policy: Policy) -> list[Tendered]:
	"""The same as payments, where the policy has them so: what each card or credit lost.

	A card loses what it took off the prices as the shop has them, with tax or without; store credit what it took off
	before tax (Advanced Coupons).
	"""
	if policy.cards_as_coupons is not CardsAsCoupons.PAYMENT:
		return []
	redeemed = []
	for coupon in order.coupon_lines:
		kind = _kind_of(coupon)
		with_tax = kind is TenderKind.GIFT_CARD and order.prices_include_tax
		amount = coupon.discount + (coupon.discount_tax if with_tax else ZERO)
		if kind and amount > 0:
			redeemed.append(Tendered(kind, amount, coupon.code if kind is TenderKind.GIFT_CARD else ""))
	return redeemed


def redeemed_charge(redeemed: Sequence[Tendered], policy: Policy) -> ChargeRow:
	"""What the sale is worth more than its lines: they are less by what was redeemed, and the shop charged no tax on it."""
	return ChargeRow(ChargeKind.DISCOUNT, policy.accounts.discounts, REDEEMED, _sum(redeemed))


def _kind_of(coupon: CouponLine) -> TenderKind | None:
	if meta_value(coupon.meta_data, "acfw_store_credits_order_coupon_meta") is not None:
		return TenderKind.STORE_CREDIT
	return TenderKind.GIFT_CARD if _is_card(coupon) else None


def _is_card(coupon: CouponLine) -> bool:
	info = meta_value(coupon.meta_data, "coupon_info")
	try:
		info = json.loads(info) if isinstance(info, str) else info
	except ValueError:
		return False
	return isinstance(info, list) and len(info) == 4 and info[0] == 0 and info[2] is None


def sold_credit(order: Order, line: LineItem) -> TenderKind | None:
	"""The kind of credit that a line sells, None for goods: what it costs is owed to whoever holds the card."""
	return next(filter(None, (plugin.sells(order, line) for plugin in PLUGINS)), None)


def _sum(tendered: Sequence[Tendered]) -> Decimal:
	return sum((tender.amount for tender in tendered), ZERO)
