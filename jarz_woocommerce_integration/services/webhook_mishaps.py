"""What Frappe answers in the endpoint's place.

Frappe parses a JSON body, and reads keys such as `cmd` and `_lang` from it, before any of our code runs. A body that is
cut off, nested too deeply or of the wrong types fails there: with 500 and an Error Log, and anybody could fill that from
outside. No hook runs before it, so the answer is put right by the one that runs after: whoever hasn't signed is told what
the endpoint would have told, and what was logged of it is taken back. Where a shop has signed something that could be
noted, the failure is not the sender's: answer and log stay.
"""

import json
from contextlib import suppress

import frappe
from redis.exceptions import RedisError
from werkzeug.wrappers import Request, Response

from jarz_woocommerce_integration.services.webhook_delivery import METHOD, OLDER_METHOD, answer, count, judge

PATHS = frozenset(
	f"/api/{version}method/{method}" for version in ("", "v1/", "v2/") for method in (METHOD, OLDER_METHOD)
)
# A body that breaks something, and JSON that is neither an object nor a list.
OF_FRAPPE = (500, 417)
# Frappe's own list of Error Logs that its scheduler is to insert, and how many of the last may be others' by now.
LOGS = "insert_queue_for_Error Log"
LAST = 50
SHOWN = 200


def put_right(response: Response | None, request: Request) -> None:
	"""After each request of the site: look at those of the endpoint that didn't reach it."""
	if request.path not in PATHS or response is None or response.status_code not in OF_FRAPPE:
		return
	verdict = judge(request)
	if verdict.thing:
		return
	count(verdict)
	told = answer(verdict)
	response.status, response.mimetype = told.status, told.mimetype
	response.set_data(told.get_data())
	with suppress(RedisError):
		_take_back_log(request)


def _take_back_log(request: Request) -> None:
	"""Of the last Error Logs, the newest whose traceback shows this request; it shows the beginning of long addresses."""
	shown = repr(request)[:SHOWN]
	for record in reversed(frappe.cache.lrange(LOGS, -LAST, -1)):
		log = json.loads(record)
		if isinstance(log, dict) and shown in log.get("error", ""):
			frappe.cache.lrem(frappe.cache.make_key(LOGS), -1, record)
			return
