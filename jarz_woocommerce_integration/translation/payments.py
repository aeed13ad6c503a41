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
# Where plugins write the fee: Stripe, WooPayments, PayPal Payments, and PayPal's older plugins as a bare number.
FEE_KEYS = (STRIPE_FEE, "_wcpay_transaction_fee", "_ppcp_paypal_fees", "PayPal Transaction Fee")
# How the ids of these plugins' payment methods begin.
WRITE_FEES = ("stripe", "woocommerce_payments", "ppcp-", "ppec_paypal", "paypal")
_BEFORE_DELIVERY = frozenset({"pending", "on-hold", "processing"})


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
	if not gateway.fee_account:
		return Decimal(0)
	decimals = policy.money.decimals_of(order.currency)
	values = {meta.key: meta.value for meta in reversed(order.meta_data)}
	for key in (gateway.fee_meta_key,) if gateway.fee_meta_key else FEE_KEYS:
		if key in values:
			fee = _fee_in(order, key, values[key], decimals)
			if fee.is_finite() and 0 < fee < order.total and fits(fee, decimals):
				return fee
	return Decimal(0)


def _fee_in(order: "Order", key: str, value: object, decimals: int) -> Decimal:
	"""The fee in the order's currency, 0 where the value is none, or in another currency.

	PayPal's fees are an object. Stripe's are in the currency of the account's balance, and divided by 100 also where the
	currency's smallest unit is a thousandth.
	"""
	currency: object = ""
	if isinstance(value, dict):
		amount = value.get("paypal_fee")
		if not isinstance(amount, dict):
			return Decimal(0)
		currency, value = amount.get("currency_code"), amount.get("value")
	elif key == STRIPE_FEE:
		currency = meta_value(order.meta_data, "_stripe_currency")
	if currency and str(currency).upper() != order.currency.upper():
		return Decimal(0)
	try:
		fee = Decimal(str(value).strip())
	except InvalidOperation:
		return Decimal(0)
	return fee / 10 if key == STRIPE_FEE and decimals > 2 and fee.is_finite() else fee


def _is_paid(order: "Order", gateway: Gateway) -> bool:
	if gateway.paid is Paid.AT_ONCE:
		return True
	if gateway.paid is Paid.ON_DELIVERY:
		# WooCommerce keeps the date of an order that is opened again.
		delivered = order.date_completed_gmt is not None and order.status not in _BEFORE_DELIVERY
		return order.status == "completed" or delivered
	return order.date_paid_gmt is not None
