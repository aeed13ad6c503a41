"""What must be true of the form of a WooCommerce Store before it is saved, in the words of the form."""

import re
from collections.abc import Callable
from datetime import datetime, timezone

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html

from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError
from jarz_woocommerce_integration.findings import WARNING
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import (
	SETTING_LABEL,
	allows_one_receivable,
)
from jarz_woocommerce_integration.sentences import translated
from jarz_woocommerce_integration.services.desk import role_rules, shops as site_shops
from jarz_woocommerce_integration.services.prices import options as price_options
from jarz_woocommerce_integration.services.products import coverage
from jarz_woocommerce_integration.services.session.policy import TABLES, label_of, lines, policy_of
from jarz_woocommerce_integration.services.session.session import BY_SERIES
from jarz_woocommerce_integration.services.stock import options as stock_options
from jarz_woocommerce_integration.store.http.address import host_of, normalise
from jarz_woocommerce_integration.translation.policy import Policy

RECEIVABLE = "Receivable"
SECRETS = ("consumer_key", "consumer_secret", "webhook_secret")
COMPANY_ACCOUNTS = (
	"income_account",
	"receivable_account",
	"tax_account",
	"shipping_account",
	"fees_account",
	"discounts_account",
	"refunds_account",
	"rounding_account",
	"store_credit_account",
	"default_payment_account",
)
# Table -> fields of a row that name an account of the company.
ROW_ACCOUNTS = {
	"gateways": ("account", "fee_account", "refund_account"),
	"tenders": ("account",),
	"taxes": ("account",),
	"shipping_methods": ("account",),
	"fees": ("account",),
	"currencies": ("receivable_account",),
}
# Other documents that belong to one company.
COMPANY_DOCUMENTS = {"cost_center": "Cost Center", "warehouse": "Warehouse", "pos_profile": "POS Profile"}
TAX_TEMPLATE = "Item Tax Template"
TERMS, BY_TERM = "Payment Terms Template", "allocate_payment_based_on_payment_terms"
STANDARD_CLASS = "standard"
# What migrations, the live sync and the reconciliation write while the form is open.
KEPT_BY_LIVE_SYNC = (
	"migrated_until",
	"last_run",
	"live_since",
	"noted_until",
	"synced_until",
	"last_synced",
	"sync_error",
	"sync_stopped",
	"last_reconciled",
	"last_reconciled_whole",
	"reconciliation",
	"currencies_found",
	"incidents",
	"stock_compared",
	"prices_compared",
)
PLACEHOLDER_EMAIL = re.compile(r"[^@\s]+@[^@\s]+|@[^@\s]+|[^@\s]+@")


def add_usual_statuses(store: Document) -> None:
	"""A new store knows WooCommerce's own statuses, or each of its orders would be held."""
	if not store.statuses:
		for status, action in Policy().statuses.items():
			store.append("statuses", {"status": status, "action": label_of(action)})


def naming_series_options() -> list[str]:
	"""The naming series that the site has for Sales Invoices."""
	options = frappe.get_meta("Sales Invoice").get_options("naming_series") or ""
	return [option for option in options.split("\n") if option]


def validate_store(store: Document) -> None:
	""":raises frappe.ValidationError: names the field, and the row of a table"""
	_tidy(store)
	_in_plain_words(lambda: _set_url(store))
	_check_keys(store)
	site_shops.check_shop(store)
	_check_naming(store)
	_check_lines(store)
	_check_tables(store)
	_check_accounts(store)
	_check_tax_classes(store)
	_check_payment_terms(store)
	role_rules.validate(store)
	_check_places(store)
	_check_live_sync(store)
	stock_options.validate(store)
	price_options.validate(store)
	# With the orders of the history fewer rows count.
	_in_plain_words(lambda: policy_of(store, historical=False))


def _in_plain_words(action: Callable) -> None:
	try:
		action()
	except WooCommerceIntegrationError as error:
		shown = error
	else:
		return
	frappe.throw(
		escape_html(f"{translated(shown.message, _)} {translated(shown.what_to_do, _)}"),
		title=_("WooCommerce Store"),
	)


def _tidy(store: Document) -> None:
	"""Spaces around what a person pastes are never meant."""
	for table, (key, _value) in TABLES.items():
		for row in store.get(table):
			row.set(key, (row.get(key) or "").strip())
	for row in store.statuses:
		row.status = row.status.removeprefix("wc-")
	for row in store.actions:
		for field in ("status", "gateway", "shipping_method"):
			row.set(field, (row.get(field) or "").strip())
		row.status = row.status.removeprefix("wc-")
	for row in store.tax_classes:
		row.tax_class = "-".join(row.tax_class.casefold().split()).removesuffix("-class") or STANDARD_CLASS
	store.phone_country = (store.phone_country or "").strip().upper()


def _set_url(store: Document) -> None:
	store.url = normalise(store.url or "")
	if not store.is_new() and store.has_value_changed("url"):
		# Another address is another shop until it has been asked.
		store.update({"time_zone": None, "last_checked": None, "check_result": None})
		if host_of(store.url) != host_of(store.get_doc_before_save().url):
			_empty_secrets(store)


def _empty_secrets(store: Document) -> None:
	"""What one host was given isn't another one's: whoever may write an address could have the keys sent there."""
	emptied = [field for field in SECRETS if store.get(field) and store.is_dummy_password(store.get(field))]
	store.update(dict.fromkeys(emptied))
	if not emptied:
		return
	store.enabled = cint(store.enabled) and int(not {"consumer_key", "consumer_secret"} & set(emptied))
	message = _("The URL leads to another host, so these were emptied: {0}.").format(
		", ".join(_label(store, field) for field in emptied)
	)
	if not store.enabled:
		message += " " + _("Enter the keys of the shop at that address, and enable the store again.")
	frappe.msgprint(message, title=_("WooCommerce Store"), indicator="orange")


def _check_keys(store: Document) -> None:
	for field in ("consumer_key", "consumer_secret"):
		if cint(store.enabled) and not (store.get(field) or "").strip():
			frappe.throw(
				_("{0} is needed to enable the store.").format(_label(store, field)), frappe.MandatoryError
			)


def _check_naming(store: Document) -> None:
	if store.invoice_naming != BY_SERIES:
		site_shops.check_prefix(store)
		return
	options = naming_series_options()
	if store.naming_series not in options:
		frappe.throw(
			_("{0} must be one of the Sales Invoice's: {1}").format(
				_label(store, "naming_series"), ", ".join(options)
			)
		)


def _check_lines(store: Document) -> None:
	for entry in lines(store.placeholder_emails):
		if not PLACEHOLDER_EMAIL.fullmatch(entry):
			frappe.throw(
				_('{0}: "{1}" is no address, @domain or name@.').format(
					_label(store, "placeholder_emails"), entry
				)
			)
	if store.phone_country and not re.fullmatch(r"[A-Z]{2}", store.phone_country):
		frappe.throw(_("{0} must be two letters, such as EG or DE.").format(_label(store, "phone_country")))


def _check_tables(store: Document) -> None:
	for table, (key, _value) in TABLES.items():
		seen: dict[str, int] = {}
		for row in store.get(table):
			folded = row.get(key).casefold()
			if not folded:
				continue  # mandatory, which Frappe itself says
			if folded in seen:
				frappe.throw(
					_('{0}: row {1} repeats "{2}" of row {3}. Remove one of them.').format(
						_label(store, table), row.idx, row.get(key), seen[folded]
					)
				)
			seen[folded] = row.idx
	for row in store.currencies:
		if row.exchange_rate and row.exchange_rate < 0:
			frappe.throw(
				_("{0}: the exchange rate in row {1} is negative.").format(
					_label(store, "currencies"), row.idx
				)
			)


# --- what belongs to the company ---


def _check_accounts(store: Document) -> None:
	for field in COMPANY_ACCOUNTS:
		_check_account(store, store.get(field), _label(store, field))
	for table, fields in ROW_ACCOUNTS.items():
		for row in store.get(table):
			for field in fields:
				place = _("{0}, row {1}: {2}").format(_label(store, table), row.idx, _label(row, field))
				_check_account(store, row.get(field), place)
	currency = frappe.get_cached_value("Company", store.company, "default_currency")
	_check_receivable(store.receivable_account, currency, _label(store, "receivable_account"))
	for row in store.currencies:
		place = _("{0}, row {1}").format(_label(store, "currencies"), row.idx)
		_check_receivable(row.receivable_account, row.currency, place, one_for_all=currency)


def _check_account(store: Document, name: str | None, place: str) -> None:
	account = _account(name)
	if not account:
		return  # an empty field, or a name that Frappe itself refuses
	if account.company != store.company:
		frappe.throw(
			_("{0}: {1} is an account of {2}, not of {3}.").format(
				place, name, account.company, store.company
			)
		)
	if account.is_group:
		frappe.throw(_("{0}: {1} is a group; choose an account in it.").format(place, name))
	if account.disabled:
		frappe.throw(_("{0}: {1} is disabled.").format(place, name))


def _check_tax_classes(store: Document) -> None:
	for row in store.tax_classes:
		template = row.item_tax_template and frappe.get_cached_value(
			TAX_TEMPLATE, row.item_tax_template, ["company", "disabled"], as_dict=True
		)
		if not template:
			continue  # an empty field, or a name that Frappe itself refuses
		place = _("{0}, row {1}").format(_label(store, "tax_classes"), row.idx)
		if template.company != store.company:
			frappe.throw(
				_("{0}: {1} is a template of {2}, not of {3}.").format(
					place, row.item_tax_template, template.company, store.company
				)
			)
		if template.disabled:
			frappe.throw(_("{0}: {1} is disabled.").format(place, row.item_tax_template))


def _check_payment_terms(store: Document) -> None:
	for row in store.gateways:
		if row.payment_terms and frappe.get_cached_value(TERMS, row.payment_terms, BY_TERM):
			frappe.throw(
				_(
					"{0}, row {1}: payments would have to name the terms of {2} that they pay. Choose a template without {3}."
				).format(
					_label(store, "gateways"),
					row.idx,
					row.payment_terms,
					_(frappe.get_meta(TERMS).get_label(BY_TERM)),
				)
			)


def _check_receivable(name: str | None, currency: str, place: str, one_for_all: str = "") -> None:
	""":param one_for_all: the company's currency, in which one account may take the orders of all currencies"""
	account = _account(name)
	if not account:
		return
	if account.account_type != RECEIVABLE:
		frappe.throw(_("{0}: {1} is not of type Receivable.").format(place, name))
	if not account.account_currency or account.account_currency == currency:
		return
	message = _("{0}: {1} is in {2}, and an account in {3} is needed.").format(
		place, name, account.account_currency, currency
	)
	if account.account_currency != one_for_all:
		frappe.throw(message)
	if not allows_one_receivable():
		frappe.throw(
			message
			+ " "
			+ _(
				"Or let ERPNext book all currencies to one receivable account: the button Allow One Receivable Account"
				" above the table switches it on (Accounts Settings: {0})."
			).format(_(SETTING_LABEL))
		)


def _account(name: str | None) -> frappe._dict | None:
	fields = ["company", "is_group", "disabled", "account_type", "account_currency"]
	return name and frappe.get_cached_value("Account", name, fields, as_dict=True)


def _check_places(store: Document) -> None:
	for field in ("cost_center", "warehouse"):
		_check_company_of(store, field, store.get(field), _label(store, field))
	places: dict[str, Document] = {}
	for row in store.territories:
		for field in COMPANY_DOCUMENTS:
			place = _("{0}, row {1}: {2}").format(_label(store, "territories"), row.idx, _label(row, field))
			_check_company_of(store, field, row.get(field), place)
		if not any(row.get(field) for field in COMPANY_DOCUMENTS):
			continue
		first = places.setdefault(row.territory, row)
		if any(row.get(field) != first.get(field) for field in COMPANY_DOCUMENTS):
			frappe.throw(
				_(
					"{0}: rows {1} and {2} book {3} to different places. Make them equal, or leave one empty."
				).format(_label(store, "territories"), first.idx, row.idx, row.territory)
			)


def _check_company_of(store: Document, field: str, name: str | None, place: str) -> None:
	if not name:
		return
	doctype = COMPANY_DOCUMENTS[field]
	company = frappe.get_cached_value(doctype, name, "company")
	if company and company != store.company:
		frappe.throw(_("{0}: {1} belongs to {2}, not to {3}.").format(place, name, company, store.company))
	if frappe.get_meta(doctype).has_field("is_group") and frappe.get_cached_value(doctype, name, "is_group"):
		frappe.throw(_("{0}: {1} is a group; choose one in it.").format(place, name))


# --- the live sync ---


def _check_live_sync(store: Document) -> None:
	if not 1 <= cint(store.sync_every) <= 60:
		frappe.throw(_("{0} must be from 1 to 60.").format(_label(store, "sync_every")))
	_keep_what_the_sync_wrote(store)
	if cint(store.live_sync) and store.has_value_changed("live_sync"):
		_warn_of_products_without_items(store)
	if cint(store.live_sync) and not store.live_since:
		store.live_since = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def _warn_of_products_without_items(store: Document) -> None:
	"""Whoever switches it on may not know that orders are held then which a migration books on the placeholder."""
	warnings = [finding for finding in coverage.findings(store) if finding.level == WARNING]
	if warnings:
		texts = [translated(finding.text, _) for finding in warnings]
		texts.append(translated(warnings[0].what_to_do, _))
		frappe.msgprint(
			"<br>".join(map(escape_html, texts)), title=_("Products without Items"), indicator="orange"
		)


def _keep_what_the_sync_wrote(store: Document) -> None:
	"""Meanwhile the sync has gone on, and a form that was opened before says what was then."""
	if not store.is_new():
		store.update(frappe.db.get_value(store.doctype, store.name, KEPT_BY_LIVE_SYNC, as_dict=True))


def _label(document: Document, field: str) -> str:
	return _(document.meta.get_label(field))
