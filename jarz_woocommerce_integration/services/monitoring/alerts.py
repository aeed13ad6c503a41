"""Telling people how a run stands: an e-mail and a notification in the Desk, to those named in WooCommerce Settings.

Whoever has started something is notified in the Desk when it ends, too.

An alert is queued in the caller's transaction, and goes out when that is committed. A mail that the site can't
send takes nothing with it: the notification is there in any case.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

import frappe
from frappe import _, are_emails_muted
from frappe.desk.doctype.notification_settings.notification_settings import is_notifications_enabled
from frappe.utils import cint, escape_html, format_datetime, get_url_to_form
from frappe.utils.jinja_globals import is_rtl

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk.reason_words import words_of
from jarz_woocommerce_integration.services.desk.stored_texts import shown
from jarz_woocommerce_integration.services.session.session import SETTINGS, settings

RUN = "WooCommerce Sync Run"
STORE = "WooCommerce Store"
REASONS_SHOWN = 5
LONGEST_ERROR = 500
# Between these a text is put in order by itself, whichever way the text around it runs.
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"

# Of several workers that reach the threshold at once, one alerts people.
_CLAIM_HELD_ALERT = """
UPDATE `tabWooCommerce Sync Run` SET held_alert_sent = 1
WHERE name = %s AND held_alert_sent = 0 AND held >= %s
"""
_RECIPIENTS = """
SELECT user.name, user.email FROM `tabWooCommerce Alert Recipient` recipient JOIN `tabUser` user
	ON user.name = recipient.user
WHERE recipient.parent = %s AND recipient.parentfield = 'alert_recipients' AND user.enabled = 1
ORDER BY recipient.idx
"""
_HELD_REASONS = """
SELECT reason, count(*) FROM `tabWooCommerce Order Map` WHERE store = %s AND state = 'Held'
GROUP BY reason ORDER BY count(*) DESC, reason LIMIT %s
"""


class Message(NamedTuple):
	"""Plain text. :ivar lines: what happened, then what to do"""

	subject: str
	lines: Sequence[str]


def run_finished(run: int) -> None:
	"""The run has come to its end: what it did, and whether that is proven."""
	_tell_of(run, _finished, with_starter=True)


def run_failed(run: int) -> None:
	"""The run broke off; its last error is written already."""
	_tell_of(run, _failed, with_starter=True)


def run_paused(run: int) -> None:
	"""The first part of the run that was asked for is booked."""
	_tell_starter_of(run, _paused)


def undo_ended(run: int) -> None:
	"""What the run booked is undone, but for what was kept."""
	_tell_starter_of(run, _undone)


def undo_failed(run: int) -> None:
	"""The undo broke off; its error is written already."""
	_tell_starter_of(run, _undo_failed)


def booked_anew(run: int) -> None:
	"""What the run had booked as kinds that differ is taken back, and handed over to be booked as documents."""
	_tell_starter_of(run, _booked_anew)


def anew_failed(run: int) -> None:
	"""That broke off; its error is written already."""
	_tell_starter_of(run, _anew_failed)


def compared(store: str, user: str, result: dict) -> None:
	"""The comparison that this user has asked for is done. :param result: of `reconciliation.jobs`"""
	with compat.in_language_of(user):
		_notify(user, _compared(store, result), (STORE, store))


def proof_made(run: int) -> None:
	"""A person had the run proven again."""
	_tell_starter_of(run, _proof_again)


def rehearsal_ended(store: str, user: str, error: str = "", orders: int = 0, held: int = 0) -> None:
	"""The rehearsal that this user has started is done, or broke off with an error."""
	with compat.in_language_of(user):
		_notify(user, _rehearsed(store, error, orders, held), (STORE, store))


def product_import_ended(
	product_import: int,
	store: str,
	user: str,
	what: str,
	counts: dict[str, int] | None = None,
	error: str = "",
) -> None:
	"""What this user had done with a product import is done, or broke off with an error.

	:param what: "plan", "apply" or "undo"; :param counts: by the names of the import's fields
	"""
	with compat.in_language_of(user):
		message = _products_imported(store, what, counts or {}, error)
		_notify(user, message, ("WooCommerce Product Import", product_import))


def held_orders(run: int) -> bool:
	"""Tell, once for a run, that it has held as many orders as the settings name. To be called after each page.

	:returns: whether people were alerted just now
	"""
	threshold = cint(settings().held_alert_threshold)
	if not threshold:
		return False
	frappe.db.sql(_CLAIM_HELD_ALERT, (run, threshold))
	if not frappe.db._cursor.rowcount:
		return False
	_tell_of(run, _held)
	return True


def circuit_opened(run: int) -> None:
	"""The shop failed so often that it is left alone for a while. To be called by whoever opens the circuit, then only."""
	_tell_of(run, _circuit)


def send(store: str, subject: str, lines: Sequence[str], run: int | None = None) -> None:
	"""Tell the same plain text to all recipients.

	:param store: name of the WooCommerce Store that it is about
	:param subject: in English; each reads it, and the lines, in their own language; :param lines: one paragraph each
	:param run: the WooCommerce Sync Run that is linked; without one the store is
	"""
	_deliver(store, run, lambda: Message(_naming(store, subject), [shown(line) for line in lines]))


def _tell_of(run: int, message: Callable[[frappe._dict], Message], with_starter: bool = False) -> None:
	record = frappe.db.get_value(RUN, run, "*", as_dict=True)
	told = _deliver(record.store, run, lambda: message(record))
	if with_starter and record.started_by not in told:
		_tell_starter(record, message)


def _tell_starter_of(run: int, message: Callable[[frappe._dict], Message]) -> None:
	_tell_starter(frappe.db.get_value(RUN, run, "*", as_dict=True), message)


def _tell_starter(run: frappe._dict, message: Callable[[frappe._dict], Message]) -> None:
	if not frappe.db.get_value("User", {"name": run.started_by, "enabled": 1}):
		return
	with compat.in_language_of(run.started_by):
		_notify(run.started_by, message(run), (RUN, run.name))


# --- what is said ---


def _naming(store: str, subject: str) -> str:
	if not isinstance(subject, Sentence):
		return shown(subject)
	values = [_by_itself(store) if value == store else value for value in subject.values]
	return shown(Sentence(subject.template, *values))


def _by_itself(name: str) -> str:
	"""A name of the shop's, which may run from left to right, in a sentence that doesn't."""
	return f"{FIRST_STRONG_ISOLATE}{name}{POP_ISOLATE}" if is_rtl() else name


def _finished(run: frappe._dict) -> Message:
	counts = _("Orders that were read: {0}; {1} booked, {2} held, {3} failed, {4} skipped.").format(
		*(f"{cint(run[name]):,}" for name in ("orders", "booked", "held", "failed", "skipped"))
	)
	if run.proven:
		subject = _("{0}: the migration is complete and proven").format(_by_itself(run.store))
		proof = _("Each order of the shop is booked exactly, or listed with the reason why not.")
		what_to_do = _("Look at the orders that are held, and sign the proof.")
	else:
		subject = _("{0}: the migration is complete, but not proven").format(_by_itself(run.store))
		proof = _("The shop and the books have differences that aren't explained.")
		what_to_do = _("Open the run: its proof lists the differences. Start the migration again after that.")
	return Message(subject, (counts, proof, what_to_do))


def _failed(run: frappe._dict) -> Message:
	return Message(
		_("{0}: the migration has failed").format(_by_itself(run.store)),
		(
			_("It stopped after {0} orders: {1}").format(
				f"{cint(run.orders):,}", shown(run.last_error)[:LONGEST_ERROR]
			),
			_("What was booked stays. The same command, or Resume in the run, continues from there."),
		),
	)


def _paused(run: frappe._dict) -> Message:
	return Message(
		_("{0}: the first part of the migration is booked").format(_by_itself(run.store)),
		(
			_("Orders that were read: {0}; {1} booked, {2} held, {3} failed, {4} skipped.").format(
				*(f"{cint(run[name]):,}" for name in ("orders", "booked", "held", "failed", "skipped"))
			),
			_("Look at the orders and their invoices. Resume in the run's form books the others."),
		),
	)


def _undone(run: frappe._dict) -> Message:
	kept = (
		_(
			"Documents that were kept, since somebody has changed or used them: {0}. The run's form lists them."
		).format(f"{cint(run.kept):,}")
		if run.kept
		else _("Nothing of it is left.")
	)
	return Message(
		_("{0}: run {1} is undone").format(_by_itself(run.store), run.name),
		(_("Orders that were undone: {0}.").format(f"{cint(run.undone):,}"), kept),
	)


def _undo_failed(run: frappe._dict) -> Message:
	return Message(
		_("{0}: the undo of run {1} has failed").format(_by_itself(run.store), run.name),
		(
			_("It stopped after {0} orders: {1}").format(
				f"{cint(run.undone):,}", shown(run.last_error)[:LONGEST_ERROR]
			),
			_("Go On Undoing in the run's form continues from there."),
		),
	)


def _rehearsed(store: str, error: str, orders: int, held: int) -> Message:
	if error:
		subject = _("{0}: the rehearsal has failed").format(_by_itself(store))
		return Message(subject, (shown(error), _("Nothing was booked. Start it again.")))
	counts = _("Orders that were read: {0}; {1} would be held. Nothing was booked.")
	return Message(
		_("{0}: the rehearsal is done").format(_by_itself(store)),
		(counts.format(f"{orders:,}", f"{held:,}"), _("Rehearse in the store's form opens the report.")),
	)


def _booked_anew(run: frappe._dict) -> Message:
	kept = (
		_(
			"Documents that were kept, since somebody has changed or used them: {0}. The run's form lists them."
		).format(f"{cint(run.kept):,}")
		if run.kept
		else _("Nothing was kept.")
	)
	return Message(
		_("{0}: the orders of run {1} are booked anew").format(_by_itself(run.store), run.name),
		(_("They are taken back. The inbox reads them again and books them as documents."), kept),
	)


def _anew_failed(run: frappe._dict) -> Message:
	return Message(
		_("{0}: booking the orders of run {1} anew has failed").format(_by_itself(run.store), run.name),
		(shown(run.last_error)[:LONGEST_ERROR], _("Book Anew in the run's form continues from there.")),
	)


def _compared(store: str, result: dict) -> Message:
	if result["error"]:
		return Message(
			_("{0}: the comparison with the shop has failed").format(_by_itself(store)),
			(shown(result["error"]),),
		)
	compared, differ = (f"{cint(result[name]):,}" for name in ("compared", "differ"))
	return Message(
		_("{0}: orders that differ from the shop: {1}").format(_by_itself(store), differ)
		if result["differ"]
		else _("{0}: the books agree with the shop").format(_by_itself(store)),
		(
			_("Orders that were compared: {0}.").format(compared),
			_("The store's form shows what differs, and what is done about it."),
		),
	)


def _products_imported(store: str, what: str, counts: dict[str, int], error: str) -> Message:
	if error:
		return Message(_("{0}: the product import has failed").format(_by_itself(store)), (shown(error),))
	subject, shown_counts = {
		"plan": (
			_("{0}: the plan of the products is ready"),
			("matched", "new", "conflicts", "ignored"),
		),
		"apply": (_("{0}: the products are imported"), ("done", "refused")),
		"undo": (_("{0}: the product import is undone"), ("undone", "kept")),
	}[what]
	meta = frappe.get_meta("WooCommerce Product Import")
	text = ", ".join(f"{_(meta.get_label(name))}: {counts.get(name, 0):,}" for name in shown_counts)
	return Message(subject.format(_by_itself(store)), (text,))


def _proof_again(run: frappe._dict) -> Message:
	if run.proven:
		subject = _("{0}: run {1} is proven").format(_by_itself(run.store), run.name)
		return Message(
			subject, (_("Each order of the shop is booked exactly, or listed with the reason why not."),)
		)
	subject = _("{0}: run {1} is not proven").format(_by_itself(run.store), run.name)
	return Message(subject, (_("The run's form lists what differs, or why no proof could be made."),))


def _held(run: frappe._dict) -> Message:
	reasons = frappe.db.sql(_HELD_REASONS, (run.store, REASONS_SHOWN))
	return Message(
		_("{0}: orders that are held: {1}").format(_by_itself(run.store), f"{cint(run.held):,}"),
		(
			_("The migration goes on; these orders are not in the books. The most frequent reasons are:"),
			*(f"{words_of(reason)}: {count:,}" for reason, count in reasons),
			_(
				"Each row of the WooCommerce Order Map in state Held says what to do. If one reason holds most of them, pause"
				" the run, correct it, and resume."
			),
		),
	)


def _circuit(run: frappe._dict) -> Message:
	until = run.circuit_open_until
	return Message(
		_("{0}: the shop doesn't answer").format(_by_itself(run.store)),
		(
			_("It failed {0} times in a row, so nothing is sent to it until {1}.").format(
				cint(run.store_failures), format_datetime(until) if until else _("it answers again")
			),
			_("Nothing is lost. If the shop answers again by itself, you need to do nothing."),
			_("If it doesn't, check whether the shop opens in a browser, and ask its host."),
		),
	)


# --- to whom, and how ---


def _deliver(store: str, run: int | None, message: Callable[[], Message]) -> set[str]:
	""":returns: the users to whom it was sent"""
	about = (RUN, run) if run else (STORE, store)
	told = set()
	for user, email in _recipients():
		with compat.in_language_of(user):
			text = message()
			_notify(user, text, about)
			_mail(email, text, about)
		told.add(user)
	return told


def _recipients() -> Iterable[tuple[str, str]]:
	"""Users (name, e-mail) who may still log in."""
	return frappe.db.sql(_RECIPIENTS, SETTINGS)


def _notify(user: str, message: Message, about: tuple) -> None:
	if not is_notifications_enabled(user):
		return
	doctype, name = about
	frappe.get_doc(
		doctype="Notification Log",
		type="Alert",
		for_user=user,
		from_user=frappe.session.user,
		subject=escape_html(message.subject),
		email_content=_html(message.lines),
		document_type=doctype,
		document_name=str(name),
	).insert(ignore_permissions=True)


def _mail(email: str, message: Message, about: tuple) -> None:
	if are_emails_muted():
		return
	doctype, name = about
	link = f'<p><a href="{escape_html(get_url_to_form(doctype, str(name)))}">{escape_html(f"{_(doctype)} {name}")}</a></p>'
	# A site may have no account to send from. Frappe puts that into the user's messages, whose doing it isn't.
	with suppress(frappe.OutgoingEmailError), compat.messages_kept():
		frappe.sendmail(
			recipients=[email],
			subject=message.subject,
			message=_html(message.lines) + link,
			reference_doctype=doctype,
			reference_name=str(name),
			add_unsubscribe_link=0,
		)


def _html(lines: Sequence[str]) -> str:
	"""What comes from a shop in part is shown as text."""
	return "".join(f"<p>{escape_html(line)}</p>" for line in lines)
