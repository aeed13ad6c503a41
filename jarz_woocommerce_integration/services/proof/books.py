"""The books of a site against themselves.

The Order Map only says which invoice is whose. Totals come from Sales Invoice, balances from the general
ledger, and an invoice that the map knows nothing of is found as well as a row whose invoice is gone.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.written_kinds import suspects_of_store
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.services.proof import books_queries

MOST_FINDINGS = 1000
MOST_IDS = 10_000
# Rows that were written in bulk, of a kind that has failed since.
BULK = "bulk"


@dataclass(slots=True)
class Finding:
	"""One thing that is wrong in the books.

	:ivar kind: a key of `books_queries.CHECKS`, "account", or `BULK`; :ivar order_id: 0 where it isn't one order's
	"""

	kind: str
	order_id: int
	voucher: str
	message: str


@dataclass(slots=True)
class AccountSum:
	"""One account in the company's currency: what the invoices' rows say, and what the general ledger says."""

	account: str
	currency: str
	root_type: str
	documents: Decimal
	ledger: Decimal


@dataclass
class BooksCheck:
	"""What the books say of themselves.

	:ivar findings: the first thousand of each kind; :ivar counts: of all findings by kind
	:ivar orders: ids of orders by kind, the first ten thousand of each
	:ivar accounts: revenue, tax, shipping and other accounts that invoices touch, without receivables and tills
	:ivar sums: submitted invoices and credit notes by posting date and currency; :ivar payments: by kind and account
	"""

	findings: list[Finding] = field(default_factory=list)
	counts: dict[str, int] = field(default_factory=dict)
	orders: dict[str, list[int]] = field(default_factory=dict)
	accounts: list[AccountSum] = field(default_factory=list)
	sums: list[dict] = field(default_factory=list)
	payments: list[dict] = field(default_factory=list)

	@property
	def sound(self) -> bool:
		return not self.counts

	def order_ids(self) -> Iterator[tuple[str, int]]:
		"""(kind, order id) of what is wrong."""
		for kind, ids in self.orders.items():
			yield from ((kind, order_id) for order_id in ids)

	def accounts_text(self) -> list[dict]:
		"""The accounts as plain data."""
		return [
			{**asdict(row), "documents": str(row.documents), "ledger": str(row.ledger)}
			for row in self.accounts
		]


def check_books(store: str) -> BooksCheck:
	"""The books of a store alone: one invoice for each order, balanced vouchers, receivables, credit notes, accounts."""
	check = BooksCheck()
	for kind in (*books_queries.CHECKS, BULK):
		count = 0
		for finding in _suspects(store) if kind == BULK else _findings(kind, store):
			count += 1
			if finding.order_id and count <= MOST_IDS:
				check.orders.setdefault(kind, []).append(finding.order_id)
			if count <= MOST_FINDINGS:
				check.findings.append(finding)
		if count:
			check.counts[kind] = count
	check.accounts = [_account(row) for row in _rows(books_queries.ACCOUNTS, store)]
	for row in check.accounts:
		if row.documents != row.ledger:
			message = f"The invoices' rows put {row.documents} on {row.account}, the general ledger has {row.ledger}."
			check.findings.append(Finding("account", 0, row.account, message))
			check.counts["account"] = check.counts.get("account", 0) + 1
	check.sums = [_plain(row) for row in _rows(books_queries.SUMS, store)]
	check.payments = [_plain(row) for row in _rows(books_queries.PAYMENTS, store)]
	return check


def _findings(kind: str, store: str) -> Iterator[Finding]:
	says, query = books_queries.CHECKS[kind]
	for row in _rows(query.replace("{vouchers}", books_queries.VOUCHERS), store):
		values = {name: _amount(row.get(name)) for name in ("a", "b")}
		values["account"] = row.get("account") or ""
		voucher = row.voucher or ""
		yield Finding(
			kind, row.order_id, voucher, says.format(order_id=row.order_id, voucher=voucher, **values)
		)


def _suspects(store: str) -> Iterator[Finding]:
	for suspect in suspects_of_store(store):
		yield Finding(BULK, suspect.order_id, suspect.invoice, suspect.message)


def _rows(query: str, store: str) -> list:
	return frappe.db.sql(query, {"store": store}, as_dict=True)


def _account(row) -> AccountSum:
	amounts = (exact(row.documents or "0"), exact(row.ledger or "0"))
	return AccountSum(row.account or "", row.currency or "", row.root_type or "", *amounts)


def _plain(row) -> dict:
	"""Dates and amounts as text, counts as numbers."""
	texts = ("total", "base_total", "outstanding")
	plain: dict[str, Any] = {
		name: str(exact(value or "0")) if name in texts else value for name, value in row.items()
	}
	for name in ("documents", "credit_notes", "payments"):
		if name in plain:
			plain[name] = int(plain[name] or 0)
	if "day" in plain:
		plain["day"] = plain["day"].isoformat()
	return plain


def _amount(value: str | None) -> str:
	"""What a finding shows: an amount without trailing zeros, or the text itself."""
	if value is None:
		return ""
	return str(exact(value)) if value.lstrip("-").replace(".", "", 1).isdigit() else value
