"""How a background job ends badly: with the class and the place of its error, and nothing of the shop, its keys or its people.

Frappe writes the variables of each frame of an error into the Error Log, Sentry takes them too, and RQ keeps the error's text.
So what leaves a job has no frames but our last one, and a text of our own.
"""

import functools
from collections.abc import Callable

import frappe
from rq.timeouts import BaseTimeoutException

from jarz_woocommerce_integration.exceptions import (
	UnforeseenError,
	WooCommerceIntegrationError,
	without_frames,
)
from jarz_woocommerce_integration.ledger.erpnext.transactions import LOCK_ERRORS
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.unforeseen import describe

# What Frappe or RQ looks at to see whether the job is to be tried again. Their texts have nothing of an order.
KEPT = (*LOCK_ERRORS, BaseTimeoutException, frappe.RetryBackgroundJobError)
LONGEST_TITLE = 140


def without_traces(method: Callable) -> Callable:
	"""Let an error of `method` (a job, or what a stranger calls) leave it without what its frames held.

	An error of ours stays the same, and so does what Frappe tries again; any other becomes an `UnforeseenError`.
	"""

	@functools.wraps(method)
	def call(*args, **kwargs):
		try:
			return method(*args, **kwargs)
		except Exception as error:
			timeout = timeout_behind(error)
			found = without_frames(timeout) if timeout else _to_be_shown(error)
			if timeout or frappe.db.is_interface_error(error):
				# A query was interrupted: the connection is closed, or what it says next would answer that one.
				frappe.db.close()
				frappe.db.connect()
		# Outside of the handler: what is raised in one remembers the error that was handled.
		raise found

	return call


def timeout_behind(error: BaseException | None) -> BaseTimeoutException | None:
	"""The end of the job's time, which may be hidden behind what broke because of it (a lock that can't be given back)."""
	while error and not isinstance(error, BaseTimeoutException):
		error = error.__context__
	return error


def _to_be_shown(error: Exception) -> BaseException:
	if isinstance(error, (WooCommerceIntegrationError, *KEPT)):
		return without_frames(error)
	return unforeseen(error)


def unforeseen(error: Exception) -> UnforeseenError:
	"""What is shown instead of an error that isn't ours."""
	return UnforeseenError(
		Sentence("The app broke: {0}.", describe(error)), "Report this sentence as a mistake of the app."
	)


def in_words(error: BaseException) -> str:
	"""What may be kept of an error in a column or a log: the text of one that is ours, of any other its class and place."""
	return str(error) if isinstance(error, WooCommerceIntegrationError) else describe(error)


def log(title: str, text: str) -> None:
	"""Write into the Error Log. To be called outside of `except`: Sentry takes the frames of an error that is being handled."""
	frappe.log_error(title=title[:LONGEST_TITLE], message=text)
