"""What must come out of every case of tests/fixtures/cases, and why where it isn't what the case itself expects."""

from dataclasses import dataclass, field

from jarz_woocommerce_integration.exceptions import (
	StoreAnswerNotJSONError,
	StoreAuthenticationError,
	StorePagingError,
	StoreRedirectedError,
)

GATEWAY, CREDIT = "WooCommerce Payments", "Store Credit"


@dataclass(frozen=True)
class Booked:
	"""An order in the books. Amounts are texts with two decimals.

	:ivar paid: (direction, account, amount); None: the total by the order's gateway
	:ivar rows: (item name, quantity, rate, amount); None: not what the case is about
	:ivar notes: the totals of the credit notes; :ivar note_rows: (item name, quantity, amount)
	:ivar left: what stands on each account after all of it; None: not what the case is about
	:ivar says: parts of the order's message
	"""

	total: str
	charges: tuple = ()
	rows: tuple | None = None
	paid: tuple | None = None
	notes: tuple = ()
	note_rows: tuple = ()
	note_charges: tuple = ()
	left: dict | None = None
	reason: str = ""
	says: tuple = ()
	changed: str = ""


@dataclass(frozen=True)
class Listed:
	"""An order that isn't booked, with its reason and parts of what is said of it."""

	state: str
	reason: str
	says: tuple = ()
	breakdown: dict | None = None
	received: str = "0.00"


@dataclass(frozen=True)
class Case:
	"""
	:ivar customers: the names of the customers that must be there
	:ivar instead: why the result is another one than the case's `expect`
	:ivar waits_for: whose work makes it right; until then the test is expected to fail
	"""

	orders: dict
	customers: tuple = ("Ansel Brook",)
	instead: str = ""
	waits_for: str = ""


@dataclass(frozen=True)
class Refused:
	"""A shop that can't be read: the error's class and parts of its message and advice."""

	error: type
	says: tuple = field(default=())
	instead: str = ""
	waits_for: str = ""


def held(reason: str, *says: str, **more) -> Listed:
	return Listed("Held", reason, says, **more)


def skipped(reason: str, *says: str, **more) -> Listed:
	return Listed("Skipped", reason, says, **more)


def out(*amounts: str) -> tuple:
	"""Repayments by the gateway."""
	return tuple(("out", GATEWAY, amount) for amount in amounts)


def came_in(amount: str, account: str = GATEWAY) -> tuple:
	return (("in", account, amount),)


def zeroed(total: str, **fields) -> Booked:
	"""An order that was given back wholly: nothing stands on any account."""
	return Booked(total, left={}, **fields)


SOAP = Booked("10.00", rows=(("Soap", "1", "10.00", "10.00"),))
SOAPS = dict.fromkeys(range(3001, 3251), SOAP)

TENDERS = {
	"g01-gift-card-field": Case(
		{
			1101: Booked(
				"120.00",
				charges=(("tax", "20.00"),),
				paid=came_in("30.00", CREDIT) + came_in("90.00"),
				left={CREDIT: "30.00", "Sales": "-100.00", "VAT": "-20.00", GATEWAY: "90.00"},
			)
		}
	),
	"g03-account-funds": Case(
		{1103: Booked("36.00", charges=(("tax", "6.00"),), paid=came_in("32.00", CREDIT) + came_in("4.00"))}
	),
	"g05-sub-orders": Case(
		{
			1105: Booked(
				"100.00", rows=(("Clay bowl", "1", "60.00", "60.00"), ("Wood spoon", "1", "40.00", "40.00"))
			),
			1106: skipped("sub_order", "order 1105"),
			1107: skipped("sub_order", "order 1105"),
		},
	),
	"g06-deposit": Case(
		{
			1108: held("unknown_status", '"partial-payment"'),
			1109: held("part_of_order", "order 1108", "one more payment"),
		},
		customers=(),
	),
	"g07-pos-partial-payments": Case(
		{
			1110: held(
				"paid_otherwise",
				"50.00 EUR is missing",
				'"_wcpos_partial" is 50.00',
				breakdown={"Order total": "25.00"},
			)
		},
		customers=(),
	),
}

SERVERS = {
	"h01-page-ignored": Refused(StorePagingError, ("same entries", "cache")),
	"h02-no-total-headers": Case(SOAPS),
	"h03-order-twice": Case(dict.fromkeys(range(3001, 3006), SOAP)),
	"h04-rest-not-logged-in": Refused(StoreAuthenticationError, ("plugin", "REST API")),
	"h05-challenge": Refused(StoreAuthenticationError, ("The firewall Cloudflare", "/wp-json")),
	"h06-www-redirect": Refused(
		StoreRedirectedError, ("Use http://localhost:18999/h06 as the store's address",)
	),
	"h07-refunds-hidden": Case({3301: held("unreadable", "refund 2300", "plugin hides it"), 3302: SOAP}),
	"h08-notice-with-one-order": Case(
		dict.fromkeys(range(3401, 3406), SOAP),
		instead="The answer behind the notice is whole: it is read, and every order booked.",
	),
	"h11-soon-page": Refused(StoreAnswerNotJSONError, ("coming-soon page", "answers instead of the store")),
}

MONEY = {
	"m01-round-at-subtotal": Case(
		{
			1001: Booked(
				"43.50",
				charges=(("shipping", "3.13"), ("tax", "4.67"), ("rounding", "-0.01")),
				reason="rounded",
				says=("-0.01 EUR", "rounding account"),
			)
		}
	),
	"m02-zero-decimals-shop": Case(
		{
			1002: Booked(
				"246.00",
				charges=(("tax", "49.00"), ("rounding", "-1.00")),
				reason="rounded",
				says=("-1 NOK",),
			)
		}
	),
	"m03-four-decimals-shop": Case(
		{1003: held("too_many_decimals", "44.7840", "more decimals than the books keep", "money.decimals")},
		customers=(),
	),
	"m04-two-rates-cent": Case(
		{
			1004: Booked(
				"221.62",
				charges=(("tax", "30.64"), ("tax", "1.94"), ("rounding", "0.01")),
				reason="rounded",
				says=("0.01 EUR",),
			)
		}
	),
	"m06-compound": Case({1006: Booked("115.46", charges=(("tax", "5.00"), ("tax", "10.47")))}),
	"m07-string-rate-id": Case({1007: Booked("108.63", charges=(("tax", "6.63"), ("tax", "2.00")))}),
	"m19-rappen": Case(
		{
			1019: Booked(
				"43.55", charges=(("tax", "3.26"), ("rounding", "0.02")), reason="rounded", says=("0.02 CHF",)
			)
		}
	),
	"m35-jpy-thirds": Case(
		{1035: Booked("1000.00", rows=(("Soba", "2", "333", "666.00"), ("Soba", "1", "334", "334.00")))}
	),
}

REFUNDS = {
	"m08-two-rates-id-0-refund": Case(
		{
			1008: Booked(
				"108.63",
				charges=(("tax", "6.63"), ("tax", "2.00")),
				paid=came_in("108.63") + out("54.32"),
				notes=("-54.32",),
				note_rows=(("Desk fan", "-1", "-50.00"),),
				note_charges=(("tax", "-3.32"), ("tax", "-1.00")),
			)
		}
	),
	"m10-refund-fee-unrounded-taxes": Case(
		{
			1010: Booked(
				"70.53",
				charges=(("fee", "14.70"), ("tax", "2.59"), ("tax", "3.24")),
				paid=came_in("70.53") + out("16.03"),
				notes=("-16.03",),
				note_rows=(("Refund 2010", "-1", "0.00"),),
				note_charges=(("fee", "-14.70"), ("tax", "-0.59"), ("tax", "-0.74")),
				left={"Sales": "-50.00", "VAT": "-4.50", GATEWAY: "54.50"},
			)
		}
	),
	"m11-refund-line-unrounded-taxes": Case(
		{
			1011: Booked(
				"20.00",
				charges=(("tax", "3.33"),),
				paid=came_in("20.00") + out("10.00"),
				notes=("-10.00",),
				note_rows=(("Mug", "-1", "-8.33"),),
				note_charges=(("tax", "-1.67"),),
			)
		}
	),
	"m12-refund-cent-over": Case(
		{
			1012: zeroed(
				"179.25",
				charges=(("tax", "29.88"),),
				paid=came_in("179.25") + out("179.25"),
				notes=("-179.25",),
				note_rows=(("Garden glove", "-3", "-44.79"), ("Garden glove", "-7", "-104.58")),
				note_charges=(("tax", "-29.88"),),
			)
		},
		instead="A refund in full gives back what was booked, so that no rounding is left to book.",
	),
	"m13-pos-refund-positive": Case(
		{
			1013: Booked(
				"80.00",
				paid=came_in("80.00") + out("32.00"),
				notes=("-32.00",),
				note_rows=(("Candle", "-2", "-32.00"),),
			)
		}
	),
	"m14-two-amount-refunds": Case(
		{
			1014: zeroed(
				"120.00",
				charges=(("tax", "20.00"),),
				paid=came_in("120.00") + out("30.00", "90.00"),
				notes=("-30.00", "-90.00"),
				note_rows=(("late", "-1", "-30.00"), ("Wall clock", "-1", "-100.00")),
				note_charges=(("refund", "30.00"), ("tax", "-20.00")),
			)
		}
	),
	"m16-refund-more-than-fee": Case(
		{
			1016: Booked(
				"60.00",
				charges=(("fee", "10.00"),),
				paid=came_in("60.00") + out("20.00"),
				notes=("-20.00",),
				note_rows=(("Refund 2017", "-1", "0.00"),),
				note_charges=(("fee", "-20.00"),),
			)
		}
	),
	"m17-double-minus": Case({1017: held("refund_unclear", "Refund 2018", "-10.00")}, customers=()),
	"m20-refund-shipping-with-tax": Case(
		{
			1020: Booked(
				"66.00",
				charges=(("shipping", "5.00"), ("tax", "11.00")),
				paid=came_in("66.00") + out("6.00"),
				notes=("-6.00",),
				note_rows=(("Refund 2020", "-1", "0.00"),),
				note_charges=(("shipping", "-5.00"), ("tax", "-1.00")),
				left={"Sales": "-50.00", "VAT": "-10.00", GATEWAY: "60.00"},
			)
		}
	),
	"m21-edited-after-refund": Case(
		{1021: held("refund_exceeds_invoice", "refund 2021", "more than the order's total")}, customers=()
	),
	"m22-line-deleted-refund-smaller": Case(
		{
			1022: Booked(
				"40.00",
				paid=came_in("40.00") + out("20.00"),
				notes=("-20.00",),
				note_rows=(("Chair", "-1", "-20.00"),),
				left={"Sales": "-40.00", "Sales Returns": "20.00", GATEWAY: "20.00"},
			)
		}
	),
	"m25-refund-fee-account": Case(
		{
			1025: Booked(
				"60.00",
				charges=(("fee", "10.00"),),
				paid=came_in("60.00") + out("10.00"),
				notes=("-10.00",),
				note_rows=(("Refund 2026", "-1", "0.00"),),
				note_charges=(("fee", "-10.00"),),
				left={"Sales": "-50.00", GATEWAY: "50.00"},
			)
		}
	),
	"m26-refund-without-shipping-lines": Case(
		{
			1026: zeroed(
				"66.00",
				charges=(("shipping", "5.00"), ("tax", "11.00")),
				paid=came_in("66.00") + out("66.00"),
				notes=("-66.00",),
				note_rows=(("Teapot", "-1", "-50.00"),),
				note_charges=(("shipping", "-5.00"), ("tax", "-11.00")),
			)
		}
	),
	"m30-manual-refund-flag": Case(
		{
			1030: Booked(
				"100.00",
				paid=came_in("100.00") + out("20.00"),
				notes=("-20.00", "-80.00"),
				note_rows=(("Desk (amount only)", "-1", "-20.00"), ("Desk", "-1", "-80.00")),
				left={"Debtors": "-80.00", GATEWAY: "80.00"},
				reason="repayment_unknown",
				says=("refund 2033", "80.00 EUR"),
			)
		}
	),
	"m31-refund-amount-empty": Case(
		{1031: held("refund_contradicts", "Refund 2034", "6.00 in its order", "0 when it is read alone")},
		customers=(),
	),
	"m32-refund-amount-differs": Case(
		{1032: held("refund_contradicts", "Refund 2035", "6.00 in its order", "5.00 when it is read alone")},
		customers=(),
	),
	"p07-refund-recreated": Case(
		{
			1321: Booked(
				"10.00",
				paid=came_in("10.00") + out("5.00"),
				notes=("-5.00",),
				note_rows=(("Refund 2321", "-1", "-5.00"),),
				reason="changed_in_store",
				changed="refund 2321 was deleted and made again as 2322",
			)
		}
	),
}

PEOPLE_AND_PRACTICE = {
	"p01-cancelled-but-paid": Case(
		{
			1301: skipped("status_cancelled", received="10.00"),
			1302: skipped("status_failed", received="20.00"),
			1303: skipped("status_pending", received="30.00"),
		},
		customers=(),
	),
	"p03-fee-only": Case(
		{
			1305: Booked(
				"90.00",
				charges=(("fee", "75.00"), ("tax", "15.00")),
				left={"Fee Income": "-75.00", "VAT": "-15.00", GATEWAY: "90.00"},
			)
		}
	),
	"p04-shop-phone": Case(
		dict.fromkeys((1306, 1307, 1308), SOAP), customers=("Hana Zaki", "Lina Aziz", "Omar Said")
	),
	"p05-negative-shipping": Case(
		{1310: Booked("15.00", charges=(("shipping", "8.00"), ("shipping", "-3.00")))}
	),
	"p09-b2b-name": Case({1330: SOAP}, customers=("Kost & Sohn GmbH",)),
}

CUT = "Soap "  # what is left of "Soap" with half an emoji behind it

SHAPES = {
	"s01-meta-object": Case({1201: SOAP}),
	"s03-meta-empty-entries": Case({1203: SOAP}),
	"s04-lines-object": Case({1204: SOAP}),
	"s05-html-name": Case(
		{1205: Booked("10.00", rows=(("Salt & Pepper – 200 g", "1", "10.00", "10.00"),))},
		customers=("Zoë O'Dell",),
	),
	"s06-address": Case({1257: SOAP}, customers=("Lu Fern",)),
	"s06-coupon": Case({1254: SOAP}),
	"s06-fee": Case({1259: Booked("10.00", charges=(("fee", "2.00"),))}),
	"s06-lone-surrogate": Case(
		{
			1206: Booked(
				"12.00",
				charges=(("fee", "2.00"),),
				paid=came_in("12.00") + out("2.00"),
				notes=("-2.00",),
				note_rows=(("sad ", "-1", "-2.00"),),
			),
			1207: SOAP,
		},
		customers=("Ansel Brook", "Co"),
	),
	"s06-method": Case({1258: SOAP}),
	"s06-name": Case({1250: Booked("10.00", rows=((CUT, "1", "10.00", "10.00"),))}),
	"s06-note": Case({1251: SOAP}),
	"s06-phone": Case({1256: SOAP}, customers=("Lu Fern",)),
	"s06-title": Case({1252: SOAP}),
	"s07-nul": Case({1208: SOAP}, customers=("Ina Hol m",)),
	"s08-comma-decimals": Case({1209: held("unreadable", "line_items.0", "12,50")}, customers=()),
	"s10-compound-empty": Case({1211: Booked("12.00", charges=(("tax", "2.00"),))}),
	"s11-percent-text": Case({1212: Booked("12.00", charges=(("tax", "2.00"),))}),
	"s12-no-gmt-date": Case({1213: SOAP}),
	"s14-future-order": Case({1215: SOAP}),
	"s15-currency-odd": Case(
		{
			1216: held("unreadable", "field currency", "found ''"),
			1217: held("unreadable", "field currency", "'USDT'"),
		},
		customers=(),
	),
	"s16-number-prefix": Case(dict.fromkeys((1218, 1219, 1220, 1221), SOAP)),
	"s17-number-clash": Case(
		{
			order_id: Booked(total)
			for order_id, total in zip(
				range(1222, 1228), ("10.00", "11.00", "12.00", "10.00", "11.00", "12.00"), strict=True
			)
		}
	),
	"s19-wc-prefix": Case({1232: SOAP}),
	"s20-quantity": Case({1233: Booked("41.00", left={"Sales": "-41.00", GATEWAY: "41.00"})}),
	"s22-variable-parent": Case({1235: Booked("10.00", rows=(("Shirt - L", "1", "10.00", "10.00"),))}),
	"s23-stripe-fee-currency": Case(
		{
			1236: Booked(
				"100.00", paid=came_in("100.00", "Stripe"), left={"Sales": "-100.00", "Stripe": "100.00"}
			)
		}
	),
	"s24-shipping-tax-no-line": Case({1237: Booked("13.00", charges=(("tax", "3.00"),))}),
	"s25-customers": Case(
		dict.fromkeys(range(1240, 1246), SOAP),
		customers=("Guest 1245", "Nord Trade Ltd", "Ola Nord", "Ola Nord", "🌸 🐝"),
	),
}

EXPECTED = {**TENDERS, **SERVERS, **MONEY, **REFUNDS, **PEOPLE_AND_PRACTICE, **SHAPES}
