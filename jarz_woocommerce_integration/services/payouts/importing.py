"""A statement's payouts as drafts. Nothing is booked by that."""

import frappe
from frappe import _
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import StatementError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk.stored_texts import shown
from jarz_woocommerce_integration.services.payouts.payout import PAYOUT, row_of
from jarz_woocommerce_integration.translation.payouts.formats import FIELDS, ColumnMap, read_statement
from jarz_woocommerce_integration.translation.payouts.lines import LineKind, PayoutStatement, payouts_of
from jarz_woocommerce_integration.translation.payouts.values import of_strptime

FORMAT = "WooCommerce Payout Format"
# What the next payout of a gateway has from the one before it.
REMEMBERED = (
	"bank_account",
	"fee_account",
	"dispute_account",
	"reserve_account",
	"adjustment_account",
	"cost_center",
)


def import_statement(store: Document, gateway: str, content: str, format_name: str = "") -> dict:
	"""Make a draft of each payout that a statement has and that isn't there yet. Commits nothing.

	:param content: of the CSV file; :param format_name: a WooCommerce Payout Format, "" for the known ones
	:returns: {"made": names, "known": payout ids that are there, "left": lines that are in no payout yet}
	:raises StatementError: the file can't be read, or the store has no such gateway
	"""
	defaults = accounts_of(store, gateway)
	lines = read_statement(content, _column_map(format_name))
	payouts, left = payouts_of(lines)
	if not payouts:
		raise StatementError(
			"The file holds no payout.",
			"Export the statement of a time in which the gateway has paid out to the bank.",
		)
	known = set(
		frappe.get_all(
			PAYOUT,
			{
				"store": store.name,
				"gateway": gateway,
				"docstatus": ("<", 2),
				"payout_id": ("in", [each.payout_id for each in payouts]),
			},
			pluck="payout_id",
		)
	)
	made = [
		_make(store, gateway, defaults, payout).name for payout in payouts if payout.payout_id not in known
	]
	return {"made": made, "known": sorted(known), "left": len(left)}


def accounts_of(store: Document, gateway: str) -> dict:
	"""The accounts for a payout: those of the store's gateway, and those of its last payout.

	:raises StatementError: the store has no such gateway
	"""
	row = next((row for row in store.gateways if row.gateway == gateway), None)
	if row is None:
		raise StatementError(
			Sentence('The store {0} has no payment gateway "{1}".', store.name, gateway),
			"Choose a gateway of the store's form.",
		)
	before = {"store": store.name, "gateway": gateway, "docstatus": ("<", 2)}
	last = frappe.get_all(PAYOUT, before, [*REMEMBERED], order_by="creation desc", limit=1)
	remembered = {name: value for name, value in (last[0] if last else {}).items() if value}
	bank = frappe.get_cached_value("Company", store.company, "default_bank_account")
	return {
		"clearing_account": row.account,
		"fee_account": row.fee_account,
		"bank_account": bank,
	} | remembered


def _make(store: Document, gateway: str, defaults: dict, payout: PayoutStatement) -> Document:
	if not payout.day:
		raise StatementError(
			Sentence("The payout {0} has no date.", payout.payout_id),
			"Export the statement with the date of the payout.",
		)
	document = frappe.get_doc(
		{
			"doctype": PAYOUT,
			"store": store.name,
			"company": store.company,
			"gateway": gateway,
			"payout_id": payout.payout_id,
			"payout_date": payout.day,
			"currency": payout.currency,
			"amount": float(payout.amount),
			"leaves_balance": int(payout.leaves_balance),
			**defaults,
			"lines": [row_of(line) for line in payout.lines],
		}
	)
	if not document.bank_account:
		raise StatementError(
			"No bank account is known for the payouts of this gateway.",
			Sentence("Set the Default Bank Account of the company {0}.", store.company),
		)
	return document.insert()


def validate_format(document: Document) -> None:
	""":raises frappe.ValidationError: a WooCommerce Payout Format that reads no date"""
	try:
		of_strptime(document.date_format or "")
	except StatementError as error:
		frappe.throw(_("Date Format: {0}").format(shown(str(error))))


def _column_map(name: str) -> ColumnMap | None:
	if not name:
		return None
	document = frappe.get_doc(FORMAT, name)
	document.check_permission("read")
	columns = {field: document.get(f"{field}_column") for field in FIELDS}
	return ColumnMap(
		columns={field: column for field, column in columns.items() if column},
		kinds={row.text: LineKind(row.kind) for row in document.kinds},
		decimal_comma=bool(document.decimal_comma),
		fee_is_negative=bool(document.fee_is_negative),
		date_format=document.date_format or "",
		currency=document.currency_of_file or "",
	)


def summary_of(outcome: dict) -> str:
	"""What an import has done, as a sentence for the person who asked for it."""
	parts = [_("Payouts that were read: {0}.").format(len(outcome["made"]))]
	if outcome["known"]:
		parts.append(_("There already: {0}.").format(len(outcome["known"])))
	if outcome["left"]:
		parts.append(_("Lines in no payout yet: {0}.").format(outcome["left"]))
	return " ".join(parts)
