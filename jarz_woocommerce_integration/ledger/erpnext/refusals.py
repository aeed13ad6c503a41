"""Why the site refused a document: the rule by its name, from the exception and the way it came."""

from collections.abc import Iterator
from types import TracebackType

import frappe
from erpnext.accounts.doctype.accounting_period.accounting_period import ClosedAccountingPeriod
from erpnext.accounts.doctype.budget.budget import BudgetError
from erpnext.accounts.utils import FiscalYearError
from erpnext.exceptions import (
	InvalidAccountCurrency,
	InvalidAccountDimensionError,
	MandatoryAccountDimensionError,
	PartyDisabled,
	PartyFrozen,
)
from erpnext.stock.stock_ledger import NegativeStockError
from frappe.model.workflow import WorkflowPermissionError, WorkflowStateError, WorkflowTransitionError
from frappe.utils import strip_html
from rq.timeouts import BaseTimeoutException

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import BookingRefusedError, LedgerError, OrderNotStoredError
from jarz_woocommerce_integration.sentences import Sentence

OWN_APPS = {"frappe", "erpnext", "jarz_woocommerce_integration"}
SERVER_SCRIPT = "<serverscript>"
LONGEST_MESSAGE = 1000

# These end the transaction, or can't be distinguished from the end of the connection: they are the page's, not one order's.
OF_THE_WHOLE_PAGE = (
	frappe.QueryDeadlockError,
	frappe.QueryTimeoutError,
	*compat.OPERATIONAL_ERRORS,
	*compat.INTERFACE_ERRORS,
	BaseTimeoutException,  # a background job's time is over
)

_NOT_STORABLE = (
	*compat.DATA_ERRORS,
	*compat.INTEGRITY_ERRORS,
	frappe.NameError,
	UnicodeEncodeError,
	OverflowError,
)

# Error class -> reason and what to do. The first that fits counts.
_BY_CLASS: tuple[tuple[type[Exception], str, str], ...] = (
	(
		ClosedAccountingPeriod,
		"closed_period",
		Sentence("Open the accounting period, or book this order by hand."),
	),
	(FiscalYearError, "no_fiscal_year", Sentence("Make a fiscal year for the order's date.")),
	(
		MandatoryAccountDimensionError,
		"mandatory_dimension",
		Sentence("Give the accounting dimension a default."),
	),
	(
		InvalidAccountDimensionError,
		"accounting_dimension",
		Sentence("Check the accounting dimension's filter."),
	),
	(PartyFrozen, "customer_frozen", Sentence("Unfreeze the customer.")),
	(PartyDisabled, "customer_disabled", Sentence("Enable the customer.")),
	(InvalidAccountCurrency, "account_currency", Sentence("Choose an account in the order's currency.")),
	(
		NegativeStockError,
		"negative_stock",
		Sentence("Receive the stock, or switch off Update Stock in the store."),
	),
	(BudgetError, "budget", Sentence("Raise the budget, or change its action when it is exceeded.")),
	(frappe.MandatoryError, "mandatory_field", Sentence("Make the field optional, or give it a default.")),
	(
		frappe.LinkExistsError,
		"linked",
		Sentence("First cancel or unlink the document that the message names."),
	),
	(
		frappe.LinkValidationError,
		"missing_link",
		Sentence("Create the document that the message names, or correct the store's settings."),
	),
	(
		frappe.CharacterLengthExceededError,
		"text_too_long",
		Sentence("Make the field longer, or book this order by hand."),
	),
	(
		frappe.DataTooLongException,
		"text_too_long",
		Sentence("Make the field longer, or book this order by hand."),
	),
	(
		WorkflowStateError,
		"workflow",
		Sentence("Change the workflow of the document so that it allows this step."),
	),
	(
		WorkflowPermissionError,
		"workflow",
		Sentence("Change the workflow of the document so that it allows this step."),
	),
	(
		WorkflowTransitionError,
		"workflow",
		Sentence("Change the workflow of the document so that it allows this step."),
	),
	(frappe.PermissionError, "permission", Sentence("Start the run as a user who may book invoices.")),
)
# ERPNext throws these without a class of their own: the function on the way -> reason and what to do.
_BY_FUNCTION = {
	"check_freezing_date": (
		"accounts_frozen",
		Sentence("Unfreeze the accounts, or book this order by hand."),
	),
	"check_credit_limit": ("credit_limit", Sentence("Raise the customer's credit limit.")),
	"validate_approving_authority": ("authorization_rule", Sentence("Change the authorization rule.")),
	"so_dn_required": ("sales_order_required", Sentence("Switch this requirement off in Selling Settings.")),
	"validate_uom_is_integer": (
		"whole_units",
		Sentence("Allow fractions in the item's unit of measure (switch Must be Whole Number off)."),
	),
	"validate_party_account_currency": (
		"account_currency",
		Sentence("Set a receivable account in that currency in the store's form."),
	),
	"validate_against_pcv": ("closed_year", Sentence("Book this order by hand.")),
}
_OTHERWISE = ("site_refuses", Sentence("Correct what the site's message names, then sync the order again."))


def refusal_of(error: Exception) -> LedgerError:
	"""What one order's error means for the order: refused by a rule of the site, or not storable at all."""
	if isinstance(error, LedgerError):
		return error
	message = message_of(error)
	frames = list(_frames(error.__traceback__))
	if script := next((f for f in reversed(frames) if f[0].startswith(SERVER_SCRIPT)), None):
		name = script[0].removeprefix(SERVER_SCRIPT).strip(": ") or "a server script"
		return _refused(
			Sentence("The server script {0} refuses: {1}", name, message),
			"server_script",
			"Change the script.",
		)
	if other := next((f for f in reversed(frames) if f[2] not in OWN_APPS), None):
		_file, function, app, module = other
		return _refused(
			Sentence("The app {0} refuses ({1}.{2}): {3}", app, module, function, message),
			"other_app",
			Sentence("Change what {0} requires of the document, or book this order by hand.", app),
		)
	for kind, reason, what_to_do in _BY_CLASS:
		if isinstance(error, kind):
			return _refused(message, reason, what_to_do)
	for _file, function, _app, _module in reversed(frames):
		if function in _BY_FUNCTION:
			return _refused(message, *_BY_FUNCTION[function])
	if isinstance(error, frappe.ValidationError):
		return _refused(message, *_OTHERWISE)
	if isinstance(error, _NOT_STORABLE):
		return OrderNotStoredError(Sentence("ERPNext can't store this order: {0}", message))
	return OrderNotStoredError(
		Sentence("An error in ERPNext stopped this order ({0}): {1}", type(error).__name__, message)
	)


def message_of(error: Exception) -> str:
	"""The error's text as a person reads it: without HTML, cut."""
	text = " ".join(strip_html(str(error)).split()) or type(error).__name__
	if isinstance(error, frappe.MandatoryError):
		text = f"Mandatory: {text.rpartition(':')[2].strip()} ({text})"
	return text[:LONGEST_MESSAGE]


def _refused(message: str, reason: str, what_to_do: str) -> BookingRefusedError:
	return BookingRefusedError(message, what_to_do, reason)


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, str, str, str]]:
	"""File, function, app and module of each step, outermost first; code that belongs to no app counts as frappe's."""
	apps = set(frappe.get_installed_apps())
	while traceback:
		frame = traceback.tb_frame
		module = frame.f_globals.get("__name__") or ""
		app = module.partition(".")[0]
		code = frame.f_code
		yield code.co_filename, code.co_name, app if app in apps else "frappe", module
		traceback = traceback.tb_next
