"""What Frappe answers in the endpoint's place.

Frappe parses a JSON body, and reads keys such as `cmd` and `_lang` from it, before any of our code runs. A body that is
cut off, nested too deeply or of the wrong types fails there: with 500 and an Error Log, and anybody could fill that from
outside. So whoever hasn't signed gets what the endpoint would have answered, and no Error Log is made of it. Where a shop has
signed something that could be noted, the failure is not the sender's: answer and log stay.

An Error Log that is queued already is never touched: which of them is whose isn't known, and a stranger could have
somebody else's removed.
"""

import frappe
from frappe.core.doctype.error_log.error_log import ErrorLog
from werkzeug.wrappers import Request, Response

from jarz_woocommerce_integration.services.webhooks.delivery import METHOD, OLDER_METHOD, answer, count, judge

PATHS = frozenset(
	f"/api/{version}method/{method}" for version in ("", "v1/", "v2/") for method in (METHOD, OLDER_METHOD)
)
# A body that breaks something, and JSON that is neither an object nor a list.
OF_FRAPPE = (500, 417)


class ErrorLogOfRequest(ErrorLog):
	"""Frappe's Error Log, which isn't made of what strangers send to the endpoint."""

	def deferred_insert(self) -> None:
		request = getattr(frappe.local, "request", None)
		if not (request and request.path in PATHS and _is_a_strangers(request)):
			super().deferred_insert()


def _is_a_strangers(request: Request) -> bool:
	try:
		return not judge(request).subject
	except Exception:
		return False  # the database is away: what is being logged is worth more than who sent it


def put_right(response: Response | None, request: Request) -> None:
	"""After each request of the site: look at those of the endpoint that didn't reach it."""
	if request.path not in PATHS or response is None or response.status_code not in OF_FRAPPE:
		return
	verdict = judge(request)
	if verdict.subject:
		return
	count(verdict)
	right = answer(verdict)
	response.status, response.mimetype = right.status, right.mimetype
	response.set_data(right.get_data())
