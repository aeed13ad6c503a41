"""What really happened with the money of each order of tests/translation/fixtures/plugins, by the plugins' own tables."""

from dataclasses import dataclass

from tests.cases.expectations import GATEWAY

CARDS, WALLETS, CREDIT = "Gift Cards", "Wallets", "Store Credit"
UNTOLD = "untold"  # where nothing says how a refund was paid back


@dataclass(frozen=True)
class Truth:
	"""A sale.

	:ivar paid: by account; None: the whole by the order's gateway
	:ivar back: (amount, account that paid it back) of each refund; None: nothing left any account
	:ivar owed: what was sold as credit, by account
	:ivar says: what must be told of it; :ivar unlike: where the books can't tell the truth, and why
	"""

	sold: str
	tax: str
	paid: dict | None = None
	back: tuple = ()
	owed: dict | None = None
	says: str = ""
	unlike: str = ""
	waits_for: str = ""


@dataclass(frozen=True)
class Unbooked:
	"""What is no sale, or can't be booked: its state, its reason, and what is told."""

	state: str
	reason: str
	says: str = ""
	waits_for: str = ""


def by_gateway(*amounts: str) -> tuple:
	return tuple((amount, GATEWAY) for amount in amounts)


EDITED = "The order was edited after its payment; no field of it tells what was paid."

TRUTHS = {
	# --- bundles ---
	"woo-product-bundle/fixed-price-set": Truth("474.10", "58.22", back=by_gateway("200.00")),
	"woo-product-bundle/auto-price-set": Truth("178.48", "21.92", back=by_gateway("17.99")),
	"woo-product-bundle/mixed-tax-set": Truth("204.40", "25.10"),
	"yith-woocommerce-product-bundles/set-twice-one-refunded": Truth(
		"441.87", "54.26", back=by_gateway("171.00")
	),
	"wpc-composite-products/base-price-only": Truth("159.90", "19.64", back=by_gateway("60.00")),
	"wpc-composite-products/include": Truth("181.63", "22.31", back=by_gateway("141.74")),
	# --- gift cards, wallets, store credit ---
	"pw-woocommerce-gift-cards/sold-taxed": Truth(
		"253.90", "31.18", back=by_gateway("114.00"), owed={CARDS: "87.72"}
	),
	"pw-woocommerce-gift-cards/sold-two-taxed": Truth("500.00", "61.40", owed={CARDS: "438.60"}),
	"pw-woocommerce-gift-cards/redeemed-part-refunded": Unbooked(
		"Held", "paid_otherwise", "153.90 EGP is missing"
	),
	"pw-woocommerce-gift-cards/redeemed-part-line-refunded": Unbooked(
		"Held", "paid_otherwise", "50.00 EGP is missing"
	),
	"pw-woocommerce-gift-cards/redeemed-whole": Unbooked("Held", "paid_otherwise", "153.90 EGP is missing"),
	"pw-woocommerce-gift-cards/redeemed-cancelled": Unbooked("Skipped", "status_cancelled"),
	"yith-woocommerce-gift-cards/sold-refunded": Truth(
		"334.20", "4.20", back=by_gateway("300.00"), owed={CARDS: "300.00"}
	),
	"yith-woocommerce-gift-cards/redeemed-as-coupon-refunded": Truth(
		"147.90",
		"18.16",
		back=by_gateway("54.00"),
		unlike="120.00 of 267.90 were paid by a card that the shop took as a coupon: the invoice is as the shop charged.",
	),
	"yith-woocommerce-gift-cards/redeemed-whole-meta": Truth("287.89", "35.35", paid={CARDS: "287.89"}),
	"woo-wallet/topup-taxed": Truth("600.00", "73.68", owed={WALLETS: "526.32"}),
	"woo-wallet/card-refunded-to-wallet": Truth("267.90", "32.90", back=(("57.00", WALLETS),)),
	"woo-wallet/paid-by-wallet-refunded": Truth(
		"153.90",
		"18.90",
		paid={WALLETS: "153.90"},
		back=(("114.00", None),),
		says="refund 2504 of 114.00 EGP",
	),
	"woo-wallet/part-by-wallet-refunded": Truth(
		"495.90",
		"60.90",
		paid={WALLETS: "100.00", GATEWAY: "395.90"},
		back=by_gateway("114.00"),
		says="28.8 back into the wallet without a refund",
	),
	"advanced-coupons-for-woocommerce-free/after-tax-refunded-to-credit": Truth(
		"302.10", "37.10", paid={CREDIT: "100.00", GATEWAY: "202.10"}, back=(("114.00", CREDIT),)
	),
	"advanced-coupons-for-woocommerce-free/as-coupon-refunded": Truth(
		"195.33", "23.99", back=by_gateway("3.93")
	),
	"wt-smart-coupons-for-woocommerce/giveaway-refunded": Truth("267.90", "32.90", back=by_gateway("114.00")),
	# --- deposits ---
	"deposits-partial-payments-for-woocommerce/fully-paid-refunded": Truth(
		"267.90",
		"32.90",
		paid={GATEWAY: "267.90"},
		back=by_gateway("114.00"),
		says="refund 2542 of 114.00 EGP",
		unlike="It was given back by hand, which nothing proves: it is booked by the gateway's policy, and listed.",
	),
	"deposits-partial-payments-for-woocommerce/partially-paid": Truth(
		"302.10", "37.10", paid={GATEWAY: "142.50"}
	),
	# --- marketplaces ---
	"dokan-lite/two-vendors": Truth(
		"547.77", "67.27", back=by_gateway("79.99"), says="refund 2559 of 79.99 EGP"
	),
	"dokan-lite/two-vendors-sub-1": Unbooked("Skipped", "sub_order", "order 2552"),
	"dokan-lite/two-vendors-sub-2-refunded": Unbooked("Skipped", "sub_order", "order 2552"),
	"dokan-lite/one-vendor": Truth("324.90", "39.90"),
	"dc-woocommerce-multi-vendor/two-vendors-refunded": Truth("507.87", "62.37", back=by_gateway("114.00")),
	"dc-woocommerce-multi-vendor/two-vendors-sub-1": Unbooked("Skipped", "sub_order", "order 2571"),
	"dc-woocommerce-multi-vendor/two-vendors-sub-2": Unbooked("Skipped", "sub_order", "order 2571"),
	"dc-woocommerce-multi-vendor/one-vendor": Truth("324.90", "39.90"),
	"dc-woocommerce-multi-vendor/one-vendor-sub": Unbooked("Skipped", "sub_order", "order 2577"),
	"wc-multivendor-marketplace/two-vendors-refunded": Truth("507.87", "62.37", back=by_gateway("79.99")),
	# --- subscriptions ---
	"subscriptions-for-woocommerce/first-order": Truth("116.89", "14.35"),
	"subscriptions-for-woocommerce/sign-up-fee-refunded": Truth("119.70", "11.90", back=by_gateway("57.00")),
	"subscriptions-for-woocommerce/renewal-paid": Truth("57.00", "7.00"),
	"subscriptions-for-woocommerce/renewal-pending": Unbooked("Skipped", "status_pending"),
	# --- taxes of the European Union ---
	"eu-vat-for-woocommerce/reverse-charge-refunded": Truth("767.54", "0.00", back=by_gateway("100.00")),
	"eu-vat-for-woocommerce/not-exempt-de": Truth("877.37", "109.83"),
	"woocommerce-germanized/split-tax-shipping-refunded": Truth("829.87", "88.59", back=by_gateway("369.00")),
	"woocommerce-germanized/main-service-fr-refunded": Truth("814.52", "60.01", back=by_gateway("211.00")),
	# --- other plugins ---
	"woocommerce-sequential-order-numbers/first-refunded": Truth("193.88", "23.81", back=by_gateway("50.00")),
	"woocommerce-sequential-order-numbers/collides-with-the-id-of-another": Truth("421.88", "51.81"),
	"woocommerce-sequential-order-numbers/other-of-the-collision": Truth("275.88", "33.88"),
	"order-delivery-date-for-woocommerce/date-and-slot": Truth("193.88", "23.81"),
	"woo-advanced-shipment-tracking/completed": Truth("173.89", "21.35"),
	"woo-checkout-field-editor-pro/fields": Truth("153.90", "18.90"),
	"woo-multi-currency/usd-refunded": Truth("6.83", "0.83", back=by_gateway("0.42")),
	"woocommerce-currency-switcher/kwd-coupon-refunded": Unbooked("Held", "decimals_not_shown", "KWD"),
	# --- WooCommerce's own options ---
	"woocommerce-options/compound-gst-qst": Truth("839.89", "72.35"),
	"woocommerce-options/coupons-with-cents-refunded": Truth("145.18", "17.83", back=by_gateway("34.14")),
	"woocommerce-options/edited-fee-and-line-after-refund": Truth(
		"342.08", "42.01", back=by_gateway("19.99"), unlike=EDITED
	),
	"woocommerce-options/edited-qty-below-refunded": Unbooked(
		"Held", "refund_exceeds_invoice", "more than the order's total"
	),
	"woocommerce-options/egp-zero-decimals-refunded": Truth("438.00", "33.00", back=by_gateway("35.00")),
	"woocommerce-options/ie-23": Truth("875.07", "107.53"),
	"woocommerce-options/jpy-one-of-three": Truth("214.00", "26.00", back=by_gateway("20.00")),
	"woocommerce-options/jpy-percent-two-rates-refunded": Truth("438.00", "33.00", back=by_gateway("35.00")),
	"woocommerce-options/kwd-one-of-three": Truth("213.87", "26.265", back=by_gateway("19.99")),
	"woocommerce-options/net-prices-percent-refunded": Truth("253.04", "23.82", back=by_gateway("19.94")),
	"woocommerce-options/net-prices-round-at-subtotal-refunded": Truth(
		"253.04", "23.82", back=by_gateway("19.94")
	),
	"woocommerce-options/rate-changed-recalculated-after-refund": Truth(
		"347.42", "45.31", back=by_gateway("114.00"), unlike=EDITED
	),
	"woocommerce-options/rate-made-again-recalculated-after-refund": Truth(
		"182.48", "22.41", back=by_gateway("19.99"), unlike=EDITED
	),
	"woocommerce-options/round-at-subtotal-one-of-three": Truth("156.87", "19.26", back=by_gateway("19.99")),
	"woocommerce-options/round-at-subtotal-percent-two-rates": Truth(
		"537.71", "45.32", back=by_gateway("126.86")
	),
	"woocommerce-options/same-rate-twice-refunded": Truth("340.89", "41.87", back=by_gateway("109.37")),
	"woocommerce-options/three-refunded-one-by-one": Truth(
		"213.87", "26.26", back=by_gateway("19.99", "19.99", "19.99")
	),
}

# No list gives these, and no money moves by them alone.
UNLISTED = {
	"deposits-partial-payments-for-woocommerce/fully-paid-child-deposit",
	"deposits-partial-payments-for-woocommerce/fully-paid-child-second",
	"deposits-partial-payments-for-woocommerce/partially-paid-child-deposit",
	"deposits-partial-payments-for-woocommerce/partially-paid-child-second",
	"subscriptions-for-woocommerce/subscription-itself",
}

# The same orders, read when the shop kept two decimals.
TRUTHS_AT_TWO_DECIMALS = {
	"woocommerce-options/egp-zero-decimals-refunded": Truth("438.00", "33.00", back=by_gateway("35.00")),
	"woocommerce-options/jpy-one-of-three": Truth("214.00", "26.00", back=by_gateway("20.00")),
	"woocommerce-options/jpy-percent-two-rates-refunded": Truth("438.00", "33.00", back=by_gateway("35.00")),
	"woocommerce-options/kwd-one-of-three": Unbooked("Held", "decimals_not_shown", "KWD"),
}
