"""What can be special about an order, and how often it is."""

from collections.abc import Sequence


class Kind:
	"""Bits, as plain ints: they are tested dozens of times for each order. `names_of` gives their names."""

	GUEST = 1 << 0
	NO_EMAIL = 1 << 1
	PLACEHOLDER_EMAIL = 1 << 2
	EMAIL_OF_CUSTOMER = 1 << 3
	NO_PHONE = 1 << 4
	UNREADABLE_PHONE = 1 << 5
	EMPTY_NAME = 1 << 6
	LONG_NAME = 1 << 7
	FREE_TEXT_STATE = 1 << 8
	NO_COUNTRY = 1 << 9
	FOREIGN = 1 << 10
	NO_ADDRESS = 1 << 11
	PRICES_INCLUDE_TAX = 1 << 12
	DOLLARS = 1 << 13
	RIYALS = 1 << 14
	COUPON_PERCENT = 1 << 15
	COUPON_FIXED = 1 << 16
	COUPON_PRODUCT = 1 << 17
	COUPON_FULL = 1 << 18
	COUPON_FREE_SHIPPING = 1 << 19
	FEE_TAXED = 1 << 20
	FEE_UNTAXED = 1 << 21
	FEE_NEGATIVE = 1 << 22
	NO_SHIPPING = 1 << 23
	TWO_SHIPPING_LINES = 1 << 24
	BUNDLE_WPC_FIXED_PRICE = 1 << 25
	BUNDLE_WPC_COMPONENT_PRICES = 1 << 26
	BUNDLE_PRODUCT_BUNDLES = 1 << 27
	BUNDLE_COMPOSITE = 1 << 28
	INDIVISIBLE = 1 << 29
	MANY_LINES = 1 << 30
	NO_LINES = 1 << 31
	ZERO_TOTAL = 1 << 32
	NEGATIVE_TOTAL = 1 << 33
	INCONSISTENT = 1 << 34
	DELIVERY = 1 << 35
	REFUND_FULL_LINES = 1 << 36
	REFUND_FULL_EMPTY = 1 << 37
	REFUND_LINE = 1 << 38
	REFUND_AMOUNT_OF_LINE = 1 << 39
	REFUND_AMOUNT = 1 << 40
	REFUND_SEVERAL = 1 << 41
	REFUND_WITH_SHIPPING = 1 << 42
	# What plugins and other settings make of orders: `SampleShop(plugins=True)`.
	GIFT_CARD_FIELD = 1 << 43
	GIFT_CARD_META = 1 << 44
	WALLET_FEE = 1 << 45
	STORE_CREDIT = 1 << 46
	GIFT_CARD_SOLD = 1 << 47
	ROUNDED_AT_SUBTOTAL = 1 << 48
	REVERSE_CHARGE = 1 << 49
	MARKETPLACE = 1 << 50
	SUB_ORDER = 1 << 51
	SEQUENTIAL_NUMBER = 1 << 52
	PAID_UNSOLD = 1 << 53
	PHP_OBJECTS = 1 << 54
	ENTITIES = 1 << 55
	REFUND_UNROUNDED_TAXES = 1 << 56
	REFUND_CENT_OVER = 1 << 57
	REFUND_POSITIVE = 1 << 58
	REFUND_SHIPPING_ONLY = 1 << 59
	REFUND_TAX_ONLY = 1 << 60
	REFUND_AMOUNTS_THEN_REST = 1 << 61
	REFUND_BUNDLE = 1 << 62


_NAMES = {bit: name.lower() for name, bit in vars(Kind).items() if name.isupper()}

REFUNDS = (
	Kind.REFUND_FULL_LINES
	| Kind.REFUND_FULL_EMPTY
	| Kind.REFUND_LINE
	| Kind.REFUND_AMOUNT_OF_LINE
	| Kind.REFUND_AMOUNT
	| Kind.REFUND_SEVERAL
	| Kind.REFUND_WITH_SHIPPING
	| Kind.REFUND_UNROUNDED_TAXES
	| Kind.REFUND_CENT_OVER
	| Kind.REFUND_POSITIVE
	| Kind.REFUND_SHIPPING_ONLY
	| Kind.REFUND_TAX_ONLY
	| Kind.REFUND_AMOUNTS_THEN_REST
	| Kind.REFUND_BUNDLE
)
# Paid in part by something that isn't the gateway: the total is less than what was sold.
TENDERS = Kind.GIFT_CARD_FIELD | Kind.GIFT_CARD_META | Kind.WALLET_FEE | Kind.STORE_CREDIT
BUNDLES = (
	Kind.BUNDLE_WPC_FIXED_PRICE
	| Kind.BUNDLE_WPC_COMPONENT_PRICES
	| Kind.BUNDLE_PRODUCT_BUNDLES
	| Kind.BUNDLE_COMPOSITE
)
ODD_BASKET = Kind.NO_LINES | Kind.ZERO_TOTAL | Kind.NEGATIVE_TOTAL | Kind.INCONSISTENT
NO_PARTIAL_REFUND = ODD_BASKET | Kind.COUPON_FULL

# Each table: of which one kind (or none) is drawn, with its share of all orders.
BASKETS = (
	(Kind.BUNDLE_WPC_FIXED_PRICE, 0.02),
	(Kind.BUNDLE_WPC_COMPONENT_PRICES, 0.012),
	(Kind.BUNDLE_PRODUCT_BUNDLES, 0.012),
	(Kind.BUNDLE_COMPOSITE, 0.004),
	(Kind.INDIVISIBLE, 0.03),
	(Kind.MANY_LINES, 0.01),
	(Kind.NO_LINES, 0.002),
	(Kind.ZERO_TOTAL, 0.006),
	(Kind.NEGATIVE_TOTAL, 0.002),
	(Kind.INCONSISTENT, 0.01),
)
COUPONS = (
	(Kind.COUPON_PERCENT, 0.05),
	(Kind.COUPON_FIXED, 0.04),
	(Kind.COUPON_PRODUCT, 0.015),
	(Kind.COUPON_FULL, 0.008),
	(Kind.COUPON_FREE_SHIPPING, 0.015),
	(Kind.COUPON_PERCENT | Kind.COUPON_FIXED, 0.01),
)
FEES = (
	(Kind.FEE_TAXED, 0.06),
	(Kind.FEE_UNTAXED, 0.03),
	(Kind.FEE_NEGATIVE, 0.02),
	(Kind.FEE_TAXED | Kind.FEE_NEGATIVE, 0.005),
)
SHIPPING = ((Kind.NO_SHIPPING, 0.2), (Kind.TWO_SHIPPING_LINES, 0.03))
CURRENCIES = ((Kind.DOLLARS, 0.015), (Kind.RIYALS, 0.01))
GUESTS = (
	(Kind.GUEST, 0.29),
	(Kind.GUEST | Kind.NO_EMAIL, 0.04),
	(Kind.GUEST | Kind.PLACEHOLDER_EMAIL, 0.03),
	(Kind.GUEST | Kind.EMAIL_OF_CUSTOMER, 0.03),
)
PEOPLE = (
	(Kind.NO_PHONE, 0.015),
	(Kind.UNREADABLE_PHONE, 0.015),
	(Kind.EMPTY_NAME, 0.004),
	(Kind.LONG_NAME, 0.002),
)
PLACES = (
	(Kind.FREE_TEXT_STATE, 0.07),
	(Kind.NO_COUNTRY, 0.01),
	(Kind.FOREIGN, 0.01),
	(Kind.NO_ADDRESS, 0.008),
)
PARTIAL_REFUNDS = (
	(Kind.REFUND_LINE, 0.03),
	(Kind.REFUND_AMOUNT_OF_LINE, 0.015),
	(Kind.REFUND_AMOUNT, 0.015),
	(Kind.REFUND_SEVERAL, 0.012),
	(Kind.REFUND_WITH_SHIPPING, 0.012),
)

# Of orders that are sold and have no refund; of those that were given back in part or wholly; of those without a sale.
PLUGINS = (
	(Kind.GIFT_CARD_FIELD, 0.006),
	(Kind.GIFT_CARD_META, 0.006),
	(Kind.WALLET_FEE, 0.006),
	(Kind.STORE_CREDIT, 0.006),
	(Kind.GIFT_CARD_SOLD, 0.006),
	(Kind.ROUNDED_AT_SUBTOTAL, 0.008),
	(Kind.REVERSE_CHARGE, 0.006),
	(Kind.MARKETPLACE, 0.006),
	(Kind.REFUND_UNROUNDED_TAXES, 0.005),
	(Kind.REFUND_POSITIVE, 0.004),
	(Kind.REFUND_SHIPPING_ONLY, 0.004),
	(Kind.REFUND_TAX_ONLY, 0.004),
)
FULL_REFUNDS = ((Kind.REFUND_AMOUNTS_THEN_REST, 0.15), (Kind.REFUND_CENT_OVER, 0.12))
UNSOLD = ((Kind.PAID_UNSOLD, 0.08),)
TEXTS = ((Kind.PHP_OBJECTS, 0.006), (Kind.ENTITIES, 0.008), (Kind.SEQUENTIAL_NUMBER, 0.01))


def draw_from(table: Sequence[tuple[int, float]], value: float) -> int:
	"""The entry of a table on whose share `value` (0 to 1) falls; 0 for none."""
	for entry, share in table:
		value -= share
		if value < 0:
			return entry
	return 0


def names_of(kinds: int) -> frozenset[str]:
	"""Names of the kinds in lower case, as "guest" and "refund_line"."""
	return frozenset(name for bit, name in _NAMES.items() if kinds & bit)


def refunds_of(kinds: int) -> int:
	"""How many refunds an order of such kinds has."""
	if kinds & Kind.REFUND_AMOUNTS_THEN_REST:
		return 3
	return 2 if kinds & Kind.REFUND_SEVERAL else 1 if kinds & REFUNDS else 0
