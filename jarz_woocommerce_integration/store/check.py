"""What works between this machine and a store, in plain words, and what to do about what doesn't."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from jarz_woocommerce_integration.exceptions import StoreAuthenticationError, StoreError, StoreListError
from jarz_woocommerce_integration.findings import ERROR, OK, WARNING, Finding
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.date_check import check_dates
from jarz_woocommerce_integration.store.http.address import is_https, is_loopback
from jarz_woocommerce_integration.store.http.answers import ALLOWED_CLOCK_DIFFERENCE, Answer, clock_difference
from jarz_woocommerce_integration.store.http.authentication import QueryString
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.statuses import discover_statuses
from jarz_woocommerce_integration.store.writing.tracking import TrackingBy, find_tracking

OLDEST_TESTED = (8, 9)
REST_API_SETTINGS = "WooCommerce > Settings > Advanced > REST API"
SYSTEM_STATUS_FIELDS = (
	"environment.home_url",
	"environment.version",
	"environment.wp_version",
	"settings",
)
TAX_SETTINGS = (
	"woocommerce_prices_include_tax",
	"woocommerce_tax_based_on",
	"woocommerce_shipping_tax_class",
	"woocommerce_tax_round_at_subtotal",
	"woocommerce_tax_display_shop",
	"woocommerce_tax_display_cart",
	"woocommerce_tax_total_display",
)


@dataclass
class CheckReport:
	"""What was found. None and empty values are things that the store didn't say.

	:ivar permissions: of the key: "read", "write", "read/write" or ""
	:ivar clock_difference: the store's clock less ours, in seconds
	:ivar tracking: what of the shop shows tracking numbers (`store.writing.tracking.TrackingBy`)
	"""

	url: str
	home: str = ""
	permalinks: str = ""
	authentication: str = ""
	wordpress: str = ""
	woocommerce: str = ""
	hpos: bool | None = None
	statuses: tuple[str, ...] = ()
	currency: str = ""
	time_zone: str = ""
	decimals: int | None = None
	taxes_enabled: bool | None = None
	prices_include_tax: bool | None = None
	tax_settings: dict[str, str] = field(default_factory=dict)
	permissions: str = ""
	orders: int | None = None
	clock_difference: float | None = None
	budget: str = ""
	tracking: str = ""
	findings: list[Finding] = field(default_factory=list)

	@property
	def works(self) -> bool:
		"""Whether orders can be read."""
		return not any(finding.level == ERROR for finding in self.findings)

	def as_dict(self) -> dict[str, Any]:
		"""For JSON."""
		return {"works": self.works, **asdict(self)}

	def add(self, level: str, text: str, what_to_do: str = "") -> None:
		self.findings.append(Finding(level, text, what_to_do))


def check(client: StoreClient) -> CheckReport:
	"""Look at everything that reading orders needs. Each request is sent once; nothing in the store changes.

	:returns: a report also where nothing works; no `StoreError` leaves this function
	"""
	client = client.variant(attempts=1, timeout=(10, 20))
	report = CheckReport(client.url, budget=str(client.budget))
	try:
		_check_connection(client, report)
		_check_orders(client, report)
	except StoreError as error:
		report.add(ERROR, error.message, error.what_to_do)
		return report
	_check_dates(client, report)
	for part in (_check_system, _check_settings, _check_statuses, _check_tracking, _check_permission):
		try:
			part(client, report)
		except StoreError as error:
			report.add(
				WARNING, Sentence("Not everything could be checked. {0}", error.message), error.what_to_do
			)
	_summarise(report)
	return report


# --- what must work ---


def _check_connection(client: StoreClient, report: CheckReport) -> None:
	connection = client.connect()
	report.home = connection.home
	report.permalinks = connection.permalinks.value
	report.authentication = connection.authentication.name
	index = connection.index or {}
	offset = index.get("gmt_offset")
	report.time_zone = str(index.get("timezone_string") or (f"UTC{float(offset):+g}" if offset else ""))
	report.add(
		OK,
		Sentence(
			"WooCommerce answers at {0} ({1} permalinks) and takes the key by {2}.",
			client.url,
			connection.permalinks.value,
			connection.authentication.name,
		),
	)
	if connection.index is None:
		report.add(
			WARNING,
			"The public index (/wp-json/) is closed, so the shop's time zone and home URL are unknown.",
		)
	if isinstance(connection.authentication, QueryString):
		report.add(
			WARNING,
			"The host doesn't pass the Authorization header to WooCommerce, so the key is sent in the URL, "
			"and the web server's log keeps it.",
			"Ask the host to pass the Authorization header on to PHP (CGIPassAuth On, or a rewrite rule).",
		)
	if not is_https(client.url) and not is_loopback(client.url):
		report.add(
			WARNING,
			"Orders travel unencrypted: the address begins with http://.",
			"Use https:// if the shop has a certificate.",
		)


def _check_orders(client: StoreClient, report: CheckReport) -> None:
	answer = client.get("orders", {"per_page": 1, "_fields": "id"}, shape=list)
	report.orders = answer.total
	_check_clock(answer, report)


def _check_clock(answer: Answer, report: CheckReport) -> None:
	report.clock_difference = clock_difference(answer.headers)
	if report.clock_difference is None:
		return
	minutes = abs(report.clock_difference) / 60
	if abs(report.clock_difference) > ALLOWED_CLOCK_DIFFERENCE:
		report.add(
			WARNING,
			Sentence("The clocks of this machine and of the store are {0:.0f} minutes apart.", minutes),
			"Correct the clock that is wrong: otherwise orders of the last minutes are missed, and over http nothing works.",
		)


def _check_dates(client: StoreClient, report: CheckReport) -> None:
	"""Whether date filters give an order that they must give: the live sync would miss it without a sign."""
	try:
		order = check_dates(client)
	except StoreError as error:
		level = ERROR if isinstance(error, StoreListError) else WARNING
		report.add(level, Sentence("The check of dates failed: {0}", error.message), error.what_to_do)
		return
	if order:
		report.add(OK, Sentence("Lists by date are right: they have order {0}.", order.id))


# --- what is good to know ---


def _check_system(client: StoreClient, report: CheckReport) -> None:
	body = _optional(client, report, "system_status", {"_fields": SYSTEM_STATUS_FIELDS}, "the versions", dict)
	if body is None:
		return
	environment, settings = _object(body, "environment"), _object(body, "settings")
	report.wordpress = str(environment.get("wp_version") or "")
	report.woocommerce = str(environment.get("version") or "")
	report.currency = str(settings.get("currency") or "")
	decimals = settings.get("number_of_decimals")
	report.decimals = decimals if isinstance(decimals, int) else None
	# Stores from before HPOS don't name it, and have none.
	report.hpos = bool(settings.get("HPOS_enabled", False)) if settings else None
	version = tuple(int(part) for part in report.woocommerce.split(".")[:2] if part.isdecimal())
	if version and version < OLDEST_TESTED:
		report.add(
			WARNING,
			Sentence(
				"WooCommerce {0} is older than 8.9, the oldest version that this app is tested with.",
				report.woocommerce,
			),
			"Update WooCommerce, or rehearse with special care.",
		)


def _check_settings(client: StoreClient, report: CheckReport) -> None:
	general = _settings(client, report, "general")
	report.currency = report.currency or general.get("woocommerce_currency", "")
	decimals = general.get("woocommerce_price_num_decimals", "")
	if report.decimals is None and decimals.isdecimal():
		report.decimals = int(decimals)
	report.taxes_enabled = _yes(general.get("woocommerce_calc_taxes"))
	taxes = _settings(client, report, "tax")
	report.prices_include_tax = _yes(taxes.get("woocommerce_prices_include_tax"))
	report.tax_settings = {
		name.removeprefix("woocommerce_"): taxes[name] for name in TAX_SETTINGS if name in taxes
	}


def _settings(client: StoreClient, report: CheckReport, group: str) -> dict[str, str]:
	body = _optional(
		client, report, f"settings/{group}", {"_fields": "id,value"}, f"the {group} settings", list
	)
	return {
		str(setting["id"]): str(setting.get("value") or "")
		for setting in body or []
		if isinstance(setting, dict) and "id" in setting
	}


def _check_statuses(client: StoreClient, report: CheckReport) -> None:
	report.statuses, certain = discover_statuses(client)
	if not certain:
		report.add(
			WARNING,
			"The store doesn't say its order statuses; WooCommerce's own are assumed.",
			"Name the shop's custom statuses with --status, or their orders are not read.",
		)


TRACKING_SHOWN_BY = {
	TrackingBy.FULFILMENTS: Sentence("Tracking numbers are shown by WooCommerce's own fulfilments."),
	TrackingBy.ADVANCED: Sentence("Tracking numbers are shown by the plugin Advanced Shipment Tracking."),
	TrackingBy.PLUGIN: Sentence("Tracking numbers are shown by the plugin Shipment Tracking."),
	TrackingBy.NOTE: Sentence("Tracking numbers reach the customer as a note of the order."),
}


def _check_tracking(client: StoreClient, report: CheckReport) -> None:
	found = find_tracking(client)
	report.tracking = found.value
	report.add(OK, TRACKING_SHOWN_BY[found])


def _check_permission(client: StoreClient, report: CheckReport) -> None:
	"""Ask to change order 0, which never exists: WooCommerce looks at the key's permission before it says so."""
	try:
		client.request("PUT", "orders/0", body={})
	except StoreAuthenticationError:
		report.permissions = "read"
		report.add(
			WARNING,
			"The key may only read. That is enough to rehearse and to migrate.",
			Sentence(
				"Live sync also makes webhooks. Give the key Read/Write in {0} before you switch it on.",
				REST_API_SETTINGS,
			),
		)
		return
	except StoreError as error:
		report.permissions = "read/write" if error.code.startswith("woocommerce_rest_") else "read"
		return
	report.permissions = "read/write"


# --- helpers ---


def _optional(
	client: StoreClient, report: CheckReport, route: str, params: dict[str, Any], what: str, shape: type
) -> Any | None:
	"""A route that a key may not be allowed to see, or that a version lacks."""
	try:
		return client.get(route, params, shape=shape).body
	except StoreError as error:
		report.add(
			WARNING,
			Sentence("The store doesn't say {0}. {1}", what, error.message),
			f"A key of an administrator sees them ({REST_API_SETTINGS})."
			if isinstance(error, StoreAuthenticationError)
			else "",
		)
		return None


def _summarise(report: CheckReport) -> None:
	"""What is well, as sentences."""
	lines: list[tuple[Any, Callable[[], str]]] = [
		(report.woocommerce, lambda: f"WooCommerce {report.woocommerce} on WordPress {report.wordpress}."),
		(
			report.hpos is not None,
			lambda: "Orders are in their own tables (HPOS)."
			if report.hpos
			else "Orders are stored as posts (no HPOS): pages take about four times as long.",
		),
		(report.orders is not None, lambda: f"{report.orders:,} orders (trash and drafts not counted)."),
		(report.statuses, lambda: f"Order statuses: {', '.join(report.statuses)}."),
		(report.currency, lambda: f"Currency {report.currency} with {report.decimals} decimals."),
		(report.time_zone, lambda: f"Time zone {report.time_zone}."),
		(report.prices_include_tax is not None, lambda: _about_taxes(report)),
		(report.permissions == "read/write", lambda: "The key may read and write."),
		(report.budget, lambda: f"Requests: {report.budget}."),
	]
	for known, text in lines:
		if known:
			report.add(OK, text())


def _about_taxes(report: CheckReport) -> str:
	if report.taxes_enabled is False:
		return "Taxes are switched off."
	entered = "with" if report.prices_include_tax else "without"
	rounded = "per subtotal" if report.tax_settings.get("tax_round_at_subtotal") == "yes" else "line by line"
	based = report.tax_settings.get("tax_based_on") or "an address that isn't known"
	return (
		f"Prices are entered {entered} tax; taxes follow the address for {based} and are rounded {rounded}."
	)


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
	value = body.get(name)
	return value if isinstance(value, dict) else {}


def _yes(value: str | None) -> bool | None:
	return None if value is None else value == "yes"
