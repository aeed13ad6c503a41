"""What a new WooCommerce Store of a company most likely books to, found among the accounts that the company has.

Nothing is made: charts of accounts differ by country, and an account is the accountant's to add. Where none is suitable,
the suggestion is the income account, in which nothing is lost and from which it is moved by choosing another.
"""

import frappe

from jarz_woocommerce_integration.exceptions import StoreSetupError
from jarz_woocommerce_integration.sentences import Sentence

SHIPPING_WORDS = ("shipping", "delivery", "freight income", "freight")
FEE_WORDS = ("fee income", "fees", "service")
DISCOUNT_WORDS = ("sales discount", "discount allowed", "discount")
REFUND_WORDS = ("sales return", "refund", "returns")
TAX_WORDS = ("vat", "output tax", "sales tax", "gst", "tax")
INCOME_WORDS = ("sales",)
ROUNDING_WORDS = ("round",)
CLEARING_WORDS = ("clearing", "transit", "undeposited")
CREDIT_WORDS = (
	"gift card",
	"gift",
	"store credit",
	"customer credit",
	"customer deposit",
	"customer advance",
)
# Money that a customer pays, or a deduction from it, is revenue or (a deduction only) an expense.
REVENUE = ("Income",)
REVENUE_OR_EXPENSE = ("Income", "Expense")


class CompanyAccounts:
	"""The accounts of a company that vouchers can be booked to, read once."""

	def __init__(self, company: str):
		self.company = frappe.get_cached_doc("Company", company)
		self.rows = frappe.get_all(
			"Account",
			filters={"company": company, "is_group": 0, "disabled": 0},
			fields=["name", "account_name", "root_type", "account_type", "account_currency", "tax_rate"],
			order_by="lft",
		)
		self.names = {row.name for row in self.rows}

	def chosen(self, field: str) -> str:
		"""The account that the company itself names for this."""
		name = self.company.get(field)
		return name if name in self.names else ""

	def of_type(self, *types: str) -> str:
		"""The first account of the first of these types, in the company's own currency; none for clearing."""
		currencies = (None, "", self.company.default_currency)
		for kind in types:
			for row in self.rows:
				if row.account_type == kind and row.account_currency in currencies and not _is_clearing(row):
					return row.name
		return ""

	def type_of(self, account: str) -> str:
		return next((row.account_type or "" for row in self.rows if row.name == account), "")

	def named(self, words: tuple[str, ...], roots: tuple[str, ...], account_type: str | None = None) -> str:
		"""The first account whose name has the first of these words that any has."""
		for word in words:
			for row in self.rows:
				if word not in row.account_name.casefold() or row.root_type not in roots:
					continue
				if account_type is None or row.account_type == account_type:
					return row.name
		return ""


def suggest_accounts(company: str) -> dict[str, str]:
	"""Values for the fields of a new WooCommerce Store of this company.

	:returns: field -> value, for the accounts, the payment defaults, currency, cost centre, warehouse, price list,
		customer group, territory and item group; "" where the site has nothing for a field that may stay empty
	:raises StoreSetupError: there is no such company, or it has no accounts to book to
	"""
	if not frappe.db.exists("Company", company):
		raise StoreSetupError(Sentence('There is no Company "{0}".', company), "Choose one from the list.")
	accounts = CompanyAccounts(company)
	income = accounts.chosen("default_income_account") or accounts.named(INCOME_WORDS, REVENUE)
	income = income or accounts.named(("",), REVENUE)
	receivable = accounts.chosen("default_receivable_account") or accounts.of_type("Receivable")
	if not (income and receivable):
		raise StoreSetupError(
			Sentence("Company {0} needs an account of type Income and one of type Receivable.", company),
			"Complete its chart of accounts first.",
		)
	return {
		"income_account": income,
		"receivable_account": receivable,
		"tax_account": accounts.named(TAX_WORDS, ("Liability",), "Tax")
		or accounts.of_type("Tax")
		or accounts.named(TAX_WORDS, ("Liability",))
		or income,
		"shipping_account": accounts.named(SHIPPING_WORDS, REVENUE) or income,
		"fees_account": accounts.named(FEE_WORDS, REVENUE) or income,
		"discounts_account": accounts.chosen("default_discount_account")
		or accounts.named(DISCOUNT_WORDS, REVENUE_OR_EXPENSE)
		or income,
		"refunds_account": accounts.named(REFUND_WORDS, REVENUE_OR_EXPENSE) or income,
		"rounding_account": accounts.chosen("round_off_account")
		or accounts.of_type("Round Off")
		or accounts.named(ROUNDING_WORDS, REVENUE_OR_EXPENSE)
		or income,
		"store_credit_account": accounts.named(CREDIT_WORDS, ("Liability",)),
		**_payment_defaults(accounts),
		**_site_defaults(accounts),
	}


def bank_or_cash_account(accounts: CompanyAccounts, cash_first: bool = False) -> str:
	"""Where money arrives that no account is named for: the company's bank, or its cash box."""
	bank = accounts.chosen("default_bank_account") or accounts.of_type("Bank")
	cash = accounts.chosen("default_cash_account") or accounts.of_type("Cash")
	return (cash or bank) if cash_first else (bank or cash)


def clearing_account(accounts: CompanyAccounts, *names: str) -> str:
	"""The account in which what a provider has collected stands until it pays out: one for clearing that is named after it."""
	wanted = [name.strip().casefold() for name in names if name and name.strip()]
	for row in accounts.rows:
		if row.root_type == "Asset" and _is_clearing(row):
			if any(name in row.account_name.casefold() for name in wanted):
				return row.name
	return ""


def _is_clearing(account: frappe._dict) -> bool:
	return any(word in account.account_name.casefold() for word in CLEARING_WORDS)


def _payment_defaults(accounts: CompanyAccounts) -> dict[str, str]:
	account = bank_or_cash_account(accounts)
	is_cash = any(row.name == account and row.account_type == "Cash" for row in accounts.rows)
	kind = "Cash" if is_cash else "Bank"
	# A mode of the account's own kind; the plainest of them where there are several.
	modes = frappe.get_all(
		"Mode of Payment", filters={"enabled": 1}, fields=["name", "type"], order_by="name"
	)
	preferred = ("Cash",) if is_cash else ("Wire Transfer", "Bank Transfer", "Credit Card")
	fitting = [mode.name for mode in modes if mode.type == kind] or [mode.name for mode in modes]
	mode = next((name for name in preferred if name in fitting), fitting[0] if fitting else "")
	return {"default_mode_of_payment": mode, "default_payment_account": account}


def _site_defaults(accounts: CompanyAccounts) -> dict[str, str]:
	selling, stock = frappe.get_single("Selling Settings"), frappe.get_single("Stock Settings")
	company = accounts.company
	return {
		"currency": company.default_currency,
		"cost_center": company.cost_center or "",
		"warehouse": _warehouse(company.name, stock.default_warehouse),
		"price_list": _price_list(selling.selling_price_list, company.default_currency),  # type: ignore[dict-item]  # None where there is none
		"customer_group": selling.customer_group or _leaf("Customer Group", "Individual"),
		"territory": selling.territory or _root("Territory"),
		"item_group": stock.item_group or _leaf("Item Group", "Products"),
	}


def _warehouse(company: str, preferred: str | None) -> str:
	filters = {"company": company, "is_group": 0, "disabled": 0}
	if preferred and frappe.db.exists("Warehouse", {**filters, "name": preferred}):
		return preferred
	warehouses = frappe.get_all("Warehouse", filters=filters, pluck="name", limit=2)
	# Of several, which one the shop sells from is for a person to say.
	return warehouses[0] if len(warehouses) == 1 else ""


def _price_list(preferred: str | None, currency: str) -> str | None:
	selling = frappe.get_all(
		"Price List", filters={"selling": 1, "enabled": 1}, fields=["name", "currency"], order_by="name"
	)
	own = [row.name for row in selling if row.currency == currency]
	return preferred if preferred in own or not own else own[0]


def _leaf(doctype: str, usual: str) -> str:
	if frappe.db.exists(doctype, {"name": usual, "is_group": 0}):
		return usual
	return frappe.db.get_value(doctype, {"is_group": 0}, "name", order_by="lft asc") or _root(doctype)


def _root(doctype: str) -> str:
	return frappe.db.get_value(doctype, {"is_group": 1}, "name", order_by="lft asc") or ""
