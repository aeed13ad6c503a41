"""Giving invoices to Frappe's Email Queue, each once: the row of the queue and what our own says are one transaction."""

import frappe
from frappe import _
from frappe.model.document import Document
from redis.exceptions import RedisError

from jarz_woocommerce_integration.compat import as_administrator, in_language
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.mailing import rows
from jarz_woocommerce_integration.services.session.background import in_words, timeout_behind, without_traces
from jarz_woocommerce_integration.services.session.policy import lines
from jarz_woocommerce_integration.services.session.work_queue import DONE
from jarz_woocommerce_integration.translation.customers.evidence import is_placeholder

INVOICE = "Sales Invoice"


@without_traces
def tick() -> None:
	"""Begin to mail what is due, where nobody does, and note what was sent. Called by the scheduler each minute."""
	rows.note_sent()
	try:
		for store in rows.stores_with_due():
			rows.WORK.enqueue_where_nobody_works(store)
	except RedisError:
		frappe.logger().warning("WooCommerce invoices by e-mail: the queue can't be reached")


@without_traces
def send(store: str) -> dict:
	"""Give everything of a store that is due to the Email Queue. What was done is committed.

	:returns: {"status", "queued", "left_out", "again"}
	"""
	return rows.WORK.work(store, _send, lambda name: name in rows.stores_with_due())


def _send(store: str) -> dict:
	counts = {"queued": 0, "left_out": 0, "again": 0}
	with as_administrator():
		while row := rows.next_due(store):
			counts[_send_row(row)] += 1
			frappe.db.commit()
	frappe.db.commit()
	return {"status": DONE, **counts}


def _send_row(row: frappe._dict) -> str:
	try:
		return _queue(row)
	except Exception as error:
		# A template, a print format or the site's hooks may raise anything. It concerns this one mail, and its row says it.
		if timeout_behind(error):
			raise
		why = (
			str(error)
			if isinstance(error, frappe.ValidationError | frappe.OutgoingEmailError)
			else in_words(error)
		)
	frappe.db.rollback()
	frappe.clear_messages()
	rows.try_again(row, why)
	return "again"


def _queue(row: frappe._dict) -> str:
	if frappe.db.get_value(INVOICE, row.sales_invoice, "docstatus") != 1:
		return _left_out(row, Sentence("The invoice was cancelled before it was mailed."))
	invoice = frappe.get_doc(INVOICE, row.sales_invoice)
	options = rows.options_of(invoice.woo_store)
	if not (options and options.mail_invoices):
		return _left_out(row, Sentence("The store mails no invoices any more."))
	recipient = invoice.contact_email
	if not recipient or is_placeholder(recipient, lines(options.placeholder_emails)):
		return _left_out(row, Sentence("The order names no e-mail address of its customer."))
	language = language_of(invoice.woo_language, options.mail_language)
	with in_language(language):
		subject, message = _words(invoice, options.mail_template)
	queued = frappe.sendmail(
		recipients=[recipient],
		sender=options.mail_account
		and frappe.db.get_value("Email Account", options.mail_account, "email_id"),
		subject=subject,
		message=message,
		reference_doctype=INVOICE,
		reference_name=invoice.name,
		add_unsubscribe_link=0,
		attachments=[_printed(invoice, options, language)],
	)
	if not queued:
		return _left_out(row, Sentence("E-mails are muted on this site, or this address has unsubscribed."))
	rows.set_state(row.name, rows.QUEUED, email_queue=queued.name, language=language)
	return "queued"


def _left_out(row: frappe._dict, why: str) -> str:
	rows.set_state(row.name, rows.LEFT_OUT, why)
	return "left_out"


def _words(invoice: Document, template: str | None) -> tuple[str, str]:
	"""Subject and text, by the store's Email Template where it names one."""
	if template:
		made = frappe.get_doc("Email Template", template).get_formatted_email(invoice.as_dict())
		return made["subject"], made["message"]
	return (
		_("Invoice for your order {0}").format(invoice.woo_order_number),
		_("Thank you for your order. The invoice is attached."),
	)


def _printed(invoice: Document, options: frappe._dict, language: str) -> dict:
	"""What the Email Queue prints when it sends."""
	return {
		"print_format_attachment": 1,
		"doctype": INVOICE,
		"name": invoice.name,
		"print_format": options.mail_print_format or None,
		"letterhead": options.mail_letter_head or None,
		"print_letterhead": 1,
		"lang": language,
	}


def language_of(code: str | None, default: str | None) -> str:
	"""The site's Language for what a shop says ("de", "de_AT", "pt-br"); the store's where it says none that the site has."""
	known = {name.casefold(): name for name in frappe.get_all("Language", {"enabled": 1}, pluck="name")}
	wanted = (code or "").casefold().replace("_", "-")
	for part in (wanted, "-".join(wanted.split("-")[:2]), wanted.partition("-")[0]):
		if part in known:
			return known[part]
	return default or frappe.db.get_single_value("System Settings", "language") or "en"
