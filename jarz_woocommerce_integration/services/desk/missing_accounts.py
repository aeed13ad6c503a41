"""The accounts that a store needs and its company's chart lacks, and how they are made, when a person says so.

What a store books to where the chart has nothing fitting is a makeshift (`defaults`, `MappingSuggestions`): shipping in the income account, all taxes
in one account, cards in the bank. An accountant wants each apart, so that it can be compared with what it is of: the tax
return with an account for each rate, a provider's statement with the clearing account of its gateway.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk.mapping_suggestions import (
	AT_THE_BANK,
	NOT_INSTALLED,
	ON_DELIVERY,
	SWITCHED_OFF,
)
from jarz_woocommerce_integration.services.rights.consent import may_create as may_make
from jarz_woocommerce_integration.translation.payments import WRITE_FEES

ACCOUNT = "Account"
# A shop that taxes by the customer's state has hundreds of rates, and its return is made from the report of taxes.
MOST_RATES = 12
EXPENSE_WORDS = ("bank charge", "charges", "commission", "administrative", "miscellaneous")


@dataclass(frozen=True)
class Use:
	"""A field of the form that books to an account. :ivar row: name of the table's row, "" for the store itself"""

	field: str
	row: str = ""


@dataclass
class MissingAccount:
	"""An account to be made.

	:ivar title: its name without the company's mark, by which it is asked for; :ivar parent: the group that takes it
	:ivar account_type: "" for none; :ivar purpose: what is booked to it, in words
	:ivar there: the account of this name, where the company has it already
	"""

	title: str
	parent: str
	purpose: str
	account_type: str = ""
	tax_rate: Decimal = Decimal(0)
	uses: list[Use] = field(default_factory=list)
	there: str = ""


def missing_accounts(store: Document) -> dict:
	"""What would be made.

	:returns: `accounts` ({"title", "parent", "account_type", "purpose", "there"} each), `may_create` (whether the user may),
		`refusal` (a sentence for whoever may not, else "")
	"""
	accounts = list(_Plan(store).accounts())
	may_create = may_make(ACCOUNT)
	return {
		"accounts": [
			{
				"title": account.title,
				"parent": account.parent,
				"account_type": account.account_type,
				"purpose": account.purpose,
				"there": account.there,
			}
			for account in accounts
		],
		"may_create": may_create,
		"refusal": "" if may_create else _refusal(),
	}


def create_accounts(store: Document, titles: Iterable[str]) -> list[str]:
	"""Make these of the missing accounts, and book to them; the store is saved, and says who did it.

	One that is there by now is taken as it is.

	:param titles: of `missing_accounts`; :returns: the names of the accounts
	:raises frappe.PermissionError: the user may not make accounts
	"""
	wanted = set(titles)
	chosen = [account for account in _Plan(store).accounts() if account.title in wanted]
	if any(not account.there for account in chosen) and not may_make(ACCOUNT):
		frappe.throw(_refusal(), frappe.PermissionError)
	names = []
	for account in chosen:
		name = account.there or _create(store.company, account)
		_book_to(store, account, name)
		names.append(name)
	if names:
		store.save()
		store.add_comment("Info", _("Accounts for this store: {0}").format(", ".join(names)))
	return names


def _refusal() -> str:
	return _(
		"You may not make accounts. Ask somebody with the role {0} to open this form and press Create Missing Accounts, or to make the"
		" accounts of this list."
	).format(_("Accounts Manager"))


def _create(company: str, account: MissingAccount) -> str:
	document = frappe.get_doc(
		doctype=ACCOUNT,
		account_name=account.title,
		parent_account=account.parent,
		company=company,
		account_type=account.account_type,
		tax_rate=account.tax_rate,
		is_group=0,
	)
	# Who asks may have us make these, and no others.
	return document.insert(ignore_permissions=True).name


def _book_to(store: Document, account: MissingAccount, name: str) -> None:
	rows = {row.name: row for table in ("gateways", "taxes", "shipping_methods") for row in store.get(table)}
	for use in account.uses:
		if not use.row:
			store.set(use.field, name)
		elif row := rows.get(use.row):
			row.set(use.field, name)
			row.look = 0


class _Plan:
	"""Which accounts a store lacks. Only what is a makeshift is replaced: a field that a person has set stays."""

	def __init__(self, store: Document):
		self.store = store
		self.rows = frappe.get_all(
			ACCOUNT,
			filters={"company": store.company},
			fields=[
				"name",
				"account_name",
				"parent_account",
				"root_type",
				"account_type",
				"is_group",
				"disabled",
			],
			order_by="lft",
		)
		self.by_name = {row.name: row for row in self.rows}

	def accounts(self) -> Iterable[MissingAccount]:
		by_title: dict[str, MissingAccount] = {}
		for account in (*self._revenue(), *self._taxes(), *self._clearing(), *self._gateway_fees()):
			if not account.parent:
				continue
			account.there = self._there(account.title)
			# Two gateways of one title share an account.
			first = by_title.setdefault(account.title.casefold(), account)
			if first is not account:
				first.uses += account.uses
		return by_title.values()

	def _there(self, title: str) -> str:
		for row in self.rows:
			if not (row.is_group or row.disabled) and row.account_name.casefold() == title.casefold():
				return row.name
		return ""

	# --- what is booked where ---

	def _revenue(self) -> Iterator[MissingAccount]:
		income = self.store.income_account
		parent = self._parent_of(income)
		if self.store.shipping_account == income:
			methods = [row for row in self.store.shipping_methods if row.account == income]
			uses = [Use("shipping_account"), *(Use("account", row.name) for row in methods)]
			title, purpose = _("Shipping Income"), _("What customers pay for shipping")
			yield MissingAccount(title, parent, purpose, uses=uses)
		if self.store.fees_account == income:
			title, purpose = _("Fee Income"), _("Fees that customers pay beside the goods")
			yield MissingAccount(title, parent, purpose, uses=[Use("fees_account")])

	def _taxes(self) -> Iterator[MissingAccount]:
		by_rate: dict[Decimal, list[Document]] = {}
		for row in self.store.taxes:
			if row.look and row.rate:
				by_rate.setdefault(Decimal(str(row.rate)), []).append(row)
		if len(by_rate) > MOST_RATES:
			return
		for rate, rows in sorted(by_rate.items()):
			names = {row.title or _("VAT") for row in rows}
			name = names.pop() if len(names) == 1 else _("VAT")
			percent = f"{rate.normalize():f}%"
			yield MissingAccount(
				name if percent.rstrip("%") in name else f"{name} {percent}",
				self._tax_parent(),
				_("Tax at the rate of {0}").format(percent),
				"Tax",
				rate,
				[Use("account", row.name) for row in rows],
			)

	def _clearing(self) -> Iterator[MissingAccount]:
		for row in self.store.gateways:
			if not row.look or row.gateway in AT_THE_BANK:
				continue
			name = row.title or row.gateway
			for note in (SWITCHED_OFF, NOT_INSTALLED):
				name = name.removesuffix(f"({note})").strip()
			name = name or row.gateway
			is_cash = row.gateway in ON_DELIVERY
			yield MissingAccount(
				_("{0} Clearing").format(name),
				self._clearing_parent(),
				_("What {0} has collected and not paid out yet").format(name),
				# Of the types from which a Payment Entry can bring the money to the bank.
				"Cash" if is_cash else "Bank",
				uses=[Use("account", row.name)],
			)

	def _gateway_fees(self) -> Iterator[MissingAccount]:
		"""Only of gateways that say what they took."""
		rows = [
			row
			for row in self.store.gateways
			if not row.fee_account and (row.fee_meta_key or row.gateway.startswith(WRITE_FEES))
		]
		if rows:
			purpose = _("What payment gateways keep of each payment")
			uses = [Use("fee_account", row.name) for row in rows]
			yield MissingAccount(_("Payment Gateway Fees"), self._expense_parent(), purpose, uses=uses)

	# --- under which group ---

	def _parent_of(self, account: str) -> str:
		row = self.by_name.get(account)
		return row.parent_account if row else ""

	def _tax_parent(self) -> str:
		"""The group of taxes among the liabilities; else where the store's tax account is, or what is owed to suppliers."""
		for row in self.rows:
			if row.is_group and row.account_type == "Tax" and row.root_type == "Liability":
				return row.name
		own = self.by_name.get(self.store.tax_account)
		if own and own.root_type == "Liability":
			return own.parent_account
		return self._parent_of_first(
			lambda row: row.root_type == "Liability" and row.account_type == "Tax"
		) or (self._group_above(lambda row: row.root_type == "Liability" and row.account_type == "Payable"))

	def _clearing_parent(self) -> str:
		"""Beside the group of banks, not in it: the money isn't at the bank."""
		for kind in ("Bank", "Cash", "Receivable"):
			if above := self._group_above(lambda row: row.root_type == "Asset" and row.account_type == kind):  # noqa: B023  # asked at once
				return above
		return ""

	def _expense_parent(self) -> str:
		for word in EXPENSE_WORDS:
			parent = self._parent_of_first(
				lambda row: row.root_type == "Expense" and word in row.account_name.casefold()  # noqa: B023  # asked at once
			)
			if parent:
				return parent
		return self._parent_of_first(lambda row: row.root_type == "Expense")

	def _parent_of_first(self, fits) -> str:
		"""The group of the first account that fits."""
		return next((row.parent_account for row in self.rows if not row.is_group and fits(row)), "")

	def _group_above(self, fits) -> str:
		"""The group in which the group of the first account that fits is; of one in no group but a root, that root."""
		group = next((row for row in self.rows if row.is_group and fits(row)), None)
		found = group.name if group else self._parent_of_first(fits)
		row = self.by_name.get(found)
		return (row.parent_account or row.name) if row else ""
