"""How refunds were paid back: by the gateway, by hand, or into store credit, where no money leaves.

`refunded_payment` of a refund is true where the shop had the gateway pay it back. False says nothing by itself: refunds
made in a gateway's own dashboard carry it though money went back, and so do refunds into a wallet, where none did, and
the one that WooCommerce makes when a status is set by hand, where nothing moved at all. So there is evidence, then the
policy of the gateway (`Gateway.repaid`), and what neither can decide is listed with the order.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.dates import stated
from jarz_woocommerce_integration.translation.drafts import Finding, PaymentDraft
from jarz_woocommerce_integration.translation.policy import Gateway, Policy, Repaid, TenderKind
from jarz_woocommerce_integration.translation.tenders.base import amount_of, meta_value

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order, Refund

ZERO = Decimal(0)
TENDERS = frozenset(kind.value for kind in TenderKind)
UNPROVEN = "repayment_unknown"
STRIPE_DASHBOARD = "Refunded via Stripe Dashboard"
TERAWALLET = "Wallet refund #"


class Repayments:
	"""The repayments of one order's refunds. :ivar findings: what can't be known of them

	:param payments: of the order
	:param refunds: all of them: what the shop says of one is evidence for another
	"""

	def __init__(
		self, order: "Order", payments: Sequence[PaymentDraft], refunds: "Sequence[Refund]", policy: Policy
	):
		self.order = order
		self.policy = policy
		self.refunds = refunds
		# A payment method may be called "wallet" as well: then the wallet is the order's own gateway.
		self.paid = [payment for payment in payments if not (payment.key and payment.gateway in TENDERS)]
		self.by_credit_alone = bool(payments) and not self.paid
		self.left = {payment.key: payment.amount for payment in self.paid}
		self.findings: list[Finding] = []
		extra = amount_of(meta_value(order.meta_data, "_woo_wallet_partial_refunded_total"))
		if extra and policy.refunds.repay:
			self._find(
				Sentence(
					"TeraWallet paid {0} back into the wallet without a refund in the shop. This amount isn't booked.",
					extra,
				)
			)
		beyond = _count(paid_back_ids(order)) - len(order.refunds)
		left = order.total - sum((abs(refund.total) for refund in order.refunds), ZERO)
		if beyond > 0 and left > 0 and policy.refunds.repay:
			# Mollie makes no refund in the shop of a part that was paid back in its dashboard.
			self._find(
				Sentence(
					"The gateway has paid back {0} more times than the shop has refunds. What that was isn't known, and isn't booked.",
					beyond,
				)
			)

	def of(self, refund: "Refund") -> PaymentDraft | None:
		"""What went back for a refund; None where nothing did, or where that can't be known."""
		if not self.policy.refunds.repay:
			return None
		if kind := credited_as(refund):
			return self._into_credit(refund, kind)
		if not self.paid:
			if self.by_credit_alone:
				self._find(
					Sentence(
						"The order was paid by credit, and the shop doesn't say how refund {0} of {1}"
						" {2} was paid back. No repayment is booked.",
						refund.id,
						refund.amount,
						self.order.currency,
					)
				)
			return None
		payment = self._payment_for(refund.amount)
		gateway = self.policy.gateway(payment.gateway)
		account = payment.account
		if not is_proven(self.order, refund, self.refunds):
			if not self._is_taken_as_paid(refund, gateway):
				return None
			account = gateway.refund_account if gateway.repaid is Repaid.BY_HAND else account
		return self._repayment(refund, payment, account)

	def _payment_for(self, amount: Decimal) -> PaymentDraft:
		"""The last payment that covers the amount, else the one of which the most is left."""
		covering = [payment for payment in self.paid if self.left[payment.key] >= amount]
		return covering[-1] if covering else max(self.paid, key=lambda payment: self.left[payment.key])

	def _is_taken_as_paid(self, refund: "Refund", gateway: Gateway) -> bool:
		"""What the policy says of a refund that nothing proves. Whether its repayment is booked."""
		if gateway.repaid in (Repaid.AS_PAID, Repaid.BY_HAND):
			return True
		# Where the gateway paid others of the order's refunds by itself, this one it didn't.
		others = any(other.refunded_payment for other in self.refunds)
		booked = gateway.repaid is Repaid.LIST and not others
		what = Sentence(
			"The shop doesn't say how refund {0} of {1} {2} was paid back.",
			refund.id,
			refund.amount,
			self.order.currency,
		)
		how = (
			Sentence("The repayment is booked the way the order was paid.")
			if booked
			else Sentence("No repayment is booked.")
		)
		self._find(f"{what} {how}")
		return booked

	def _repayment(self, refund: "Refund", payment: PaymentDraft, account: str) -> PaymentDraft | None:
		amount = min(refund.amount, self.left[payment.key])
		if amount < refund.amount:
			self._find(
				Sentence(
					"Refund {0} is {1}, but only {2} is left of what {3} took. No repayment is booked for the rest.",
					refund.id,
					refund.amount,
					amount,
					payment.gateway or Sentence("its gateway"),
				)
			)
		if amount <= 0:
			return None
		self.left[payment.key] -= amount
		return replace(
			payment,
			amount=amount,
			account=account,
			paid_at=stated(refund.date_created_gmt),
			reference=f"Refund {refund.id}",
			fee=ZERO,
			fee_account="",
			key="",
		)

	def _into_credit(self, refund: "Refund", kind: TenderKind) -> PaymentDraft:
		credit = self.policy.tender(kind)
		return PaymentDraft(
			amount=refund.amount,
			mode_of_payment=credit.mode_of_payment,
			account=credit.account,
			paid_at=stated(refund.date_created_gmt),
			gateway=kind.value,
			gateway_title=kind.value.replace("_", " ").capitalize(),
			reference=f"Refund {refund.id}",
		)

	def _find(self, message: str) -> None:
		self.findings.append(Finding(UNPROVEN, message))


def credited_as(refund: "Refund") -> TenderKind | None:
	"""The kind of credit that a refund was given as, None where it wasn't."""
	if meta_value(refund.meta_data, "acfw_refund_order_store_credit_entry_id"):
		return TenderKind.STORE_CREDIT
	if not refund.refunded_payment and refund.reason.startswith(TERAWALLET):
		return TenderKind.WALLET
	return None


def is_proven(order: "Order", refund: "Refund", refunds: "Sequence[Refund]") -> bool:
	"""Whether the shop says that the gateway has paid a refund back."""
	if refund.refunded_payment or refund.reason.startswith(STRIPE_DASHBOARD):
		return True
	# Each of the order's refunds must be one of the gateway's.
	listed = paid_back_ids(order)
	return listed is not None and _count(listed) >= len(refunds)


def paid_back_ids(order: "Order") -> Any:
	"""The gateway's refunds as its plugin lists them on the order, None where it lists none."""
	keys = (key for beginning, key in _LISTS.items() if order.payment_method.startswith(beginning))
	return next((meta_value(order.meta_data, key) for key in keys), None)


_LISTS = {"ppcp": "_ppcp_refunds", "mollie_wc_gateway": "_mollie_processed_refund_ids"}


def _count(value: Any) -> int:
	return len(value) if isinstance(value, list | dict) else 0
