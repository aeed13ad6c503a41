"""Whether an order is paid, and how its payments are booked."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.amounts.money import fits
from jarz_woocommerce_integration.translation.dates import stated
from jarz_woocommerce_integration.translation.drafts import Action, PaymentDraft
from jarz_woocommerce_integration.translation.policy import Gateway, Paid, Policy
from jarz_woocommerce_integration.translation.tenders.base import meta_value

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order

STRIPE_FEE = "_stripe_fee"


def payment_of(order: "Order", action: Action, policy: Policy) -> PaymentDraft | None:
	"""The payment of an order that the policy submits and pays, None while it is outstanding or nothing was charged."""
	gateway = policy.gateway(order.payment_method)
	if action is not Action.SUBMIT_AND_PAY or order.total <= 0 or not _is_paid(order, gateway):
		return None
	return PaymentDraft(
		amount=order.total,
		mode_of_payment=gateway.mode_of_payment,
		account=gateway.account,
		paid_at=stated(order.date_paid_gmt or order.date_completed_gmt or order.date_created_gmt),
		gateway=order.payment_method,
		gateway_title=order.payment_method_title,
		reference=order.transaction_id or f"Order {order.number or order.id}",
		fee=(fee := _fee(order, gateway, policy)),
		fee_account=gateway.fee_account if fee else "",
	)


def _fee(order: "Order", gateway: Gateway, policy: Policy) -> Decimal:
	"""What the gateway kept, as its plugin wrote it on the order; 0 where it isn't known or can't be a fee."""
	if not (gateway.fee_account and gateway.fee_meta_key):
		return Decimal(0)
	decimals = policy.money.decimals_of(order.currency)
	if gateway.fee_meta_key == STRIPE_FEE and not _stripe_fee_is_usable(order, decimals):
		return Decimal(0)
	for meta in order.meta_data:
		if meta.key == gateway.fee_meta_key:
			try:
				fee = Decimal(str(_fee_in(order, meta.value)).strip())
			except InvalidOperation:
				continue
			if fee.is_finite() and 0 < fee < order.total and fits(fee, decimals):
				return fee
	return Decimal(0)


def _fee_in(order: "Order", value: object) -> object:
	"""The fee as the meta value has it. PayPal's fees are an object; "" where its fee is in another currency."""
	if not isinstance(value, dict):
		return value
	fee = value.get("paypal_fee")
	if not isinstance(fee, dict) or str(fee.get("currency_code")).upper() != order.currency.upper():
		return ""
	return fee.get("value", "")


def _stripe_fee_is_usable(order: "Order", decimals: int) -> bool:
	"""Stripe's plugin writes fees in the currency of the account's balance, and divides by 100 where it must by 1000."""
	currency = meta_value(order.meta_data, "_stripe_currency")
	return decimals <= 2 and (not currency or str(currency).upper() == order.currency.upper())


def _is_paid(order: "Order", gateway: Gateway) -> bool:
	if gateway.paid is Paid.AT_ONCE:
		return True
	if gateway.paid is Paid.ON_DELIVERY:
		return order.status == "completed" or order.date_completed_gmt is not None
	return order.date_paid_gmt is not None
