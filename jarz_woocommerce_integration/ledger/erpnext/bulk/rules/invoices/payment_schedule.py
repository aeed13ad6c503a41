"""Payment Schedule: what is due when. One row, all of it due at once, or a row for each of the terms of a template; none for returns
and for invoices that are paid within."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from erpnext.controllers.accounts_controller import get_discount_date, get_due_date
from frappe.utils import getdate

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument, Rules

DOCTYPE = "Payment Schedule"


@dataclass(slots=True)
class Part:
	"""What is due of an invoice at one date.

	:ivar term: of the invoice's template of terms, None where all is due on the invoice's own due date
	:ivar kind: which template and which of its terms, () where there is none
	"""

	invoice: DraftDocument
	term: Mapping[str, Any] | None = None
	kind: tuple = ()

	@property
	def due_date(self) -> date:
		if self.term is None:
			return self.invoice.due_date
		posted = getdate(self.invoice.posting_date)
		due = get_due_date(self.term, posted)
		return max(getdate(due), posted) if due else posted

	def share_of(self, amount: float) -> float:
		portion = 100.0 if self.term is None else self.term["invoice_portion"]
		return self.invoice.site.money(amount * portion / 100)


def parts_of(invoice: DraftDocument) -> list[Part]:
	if not invoice.terms:
		return [Part(invoice)]
	terms = invoice.site.templates_of_terms[invoice.terms]
	return [Part(invoice, term, (invoice.terms, position)) for position, term in enumerate(terms)]


# `row` is a `Part`.
RULES: Rules = {
	"due_date": lambda part: part.due_date,
	"discount_date": lambda part: part.term
	and get_discount_date(part.term, getdate(part.invoice.posting_date)),
	"payment_amount": lambda part: part.share_of(part.invoice.grand_total),
	"outstanding": lambda part: part.share_of(part.invoice.grand_total),
	"base_payment_amount": lambda part: part.share_of(part.invoice.base_grand_total),
	"base_outstanding": lambda part: part.share_of(part.invoice.base_grand_total),
}
