"""The codes by which held, failed and skipped orders are grouped, as a person reads them. What is stored are the codes."""

from frappe import _

STATUS = "status_"
SKIPPED_STATUSES = ("pending", "failed", "cancelled", "trash", "checkout-draft", "draft", "auto-draft")


def labels() -> dict[str, str]:
	"""Code -> words, in the reader's language. Codes that aren't here are read as they are (`words_of`)."""
	return {
		**{f"{STATUS}{status}": _("Status {0}").format(status) for status in SKIPPED_STATUSES},
		**_of_the_shop(),
		**_of_the_books(),
	}


def words_of(code: str | None) -> str:
	"""What a person reads for a code; "" for none."""
	if not code:
		return ""
	if known := labels().get(code):
		return known
	if code.startswith(STATUS):
		return _("Status {0}").format(code.removeprefix(STATUS))
	return code.replace("_", " ").capitalize()


def _of_the_shop() -> dict[str, str]:
	"""What the order itself says."""
	return {
		"amount_not_exact": _("Amount isn't exact"),
		"booked_by_hand": _("Booked by hand"),
		"changed_in_store": _("Changed in the shop"),
		"decimals_not_shown": _("Decimals not shown by the shop"),
		"deposit": _("Paid in parts"),
		"deposit_differs": _("Paid parts exceed the total"),
		"deposit_unread": _("Paid parts can't be read"),
		"negative_total": _("Total below zero"),
		"no_credit_account": _("No account for store credit"),
		"no_date": _("No date"),
		"no_sales_order": _("No Sales Order below zero"),
		"paid_otherwise": _("Paid by something the shop doesn't name"),
		"parent_of_sub_orders": _("Booked by its vendors' orders"),
		"part_of_order": _("Part of another order"),
		"payment_of_order": _("Payment of another order"),
		"refund_contradicts": _("Refund contradicts itself"),
		"refund_exceeds_invoice": _("Refunds exceed the order"),
		"refund_incomplete": _("Refunds don't reach the total"),
		"refund_on_parent": _("Refund on the customer's order"),
		"refund_unclear": _("Refund is unclear"),
		"repayment_unknown": _("How it was paid back is unknown"),
		"sales_order": _("Sales Order, not invoiced yet"),
		"sub_order": _("Vendor's part of an order"),
		"sub_orders_differ": _("Vendors' orders differ from the whole"),
		"tax_not_itemised": _("Tax isn't itemised"),
		"too_many_decimals": _("More decimals than the currency has"),
		"total_differs": _("Parts don't meet the total"),
		"unknown_item": _("No item for a line"),
		"unknown_status": _("Status isn't mapped"),
		"unreadable": _("The shop's answer can't be read"),
	}


def _of_the_books() -> dict[str, str]:
	"""What the site says to it."""
	return {
		"account_currency": _("Account in another currency"),
		"accounts_frozen": _("Accounts are frozen"),
		"authorization_rule": _("Authorization rule"),
		"budget": _("Budget exceeded"),
		"closed_period": _("Accounting period is closed"),
		"closed_year": _("Year is closed"),
		"credit_limit": _("Credit limit exceeded"),
		"currency_changed": _("Currency has changed"),
		"customer_currency": _("Customer has another currency"),
		"customer_disabled": _("Customer is disabled"),
		"customer_frozen": _("Customer is frozen"),
		"customer_missing": _("Customer is missing"),
		"edited": _("Edited by hand"),
		"error": _("Error, tried again"),
		"field_unreadable": _("A field of your own is empty"),
		"gave_up": _("Given up after several attempts"),
		"hook_failed": _("Another app's hook broke"),
		"ledger_refused": _("Refused by the books"),
		"mandatory_field": _("A mandatory field is empty"),
		"missing_link": _("A linked document is missing"),
		"negative_stock": _("Not enough stock"),
		"no_exchange_rate": _("No exchange rate"),
		"no_fiscal_year": _("No fiscal year"),
		"no_receivable_account": _("No receivable account"),
		"not_stored": _("Can't be stored"),
		"payment_twice": _("Paid twice"),
		"permission": _("Permission is missing"),
		"site_refuses": _("Refused by the site"),
		"taken_back": _("Taken back to be booked anew"),
		"text_too_long": _("Text is too long"),
		"total_differs_on_site": _("The site computes another total"),
		"whole_units": _("Fraction of a whole unit"),
		"workflow": _("Held up by a workflow"),
	}
