"""How every whitelisted method begins and ends: roles first, and our errors as messages that a person can act on."""

import functools
from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import escape_html

from jarz_woocommerce_integration.exceptions import UnforeseenError, WooCommerceIntegrationError
from jarz_woocommerce_integration.sentences import translated
from jarz_woocommerce_integration.services.session import background

SYSTEM_MANAGER = "System Manager"


def for_roles(*roles: str) -> Callable:
	"""Let only these roles call the method (and System Managers), and show errors of ours in plain words.

	A message comes from the shop in part, so it is escaped: the Desk shows messages as HTML.
	"""

	def decorate(method: Callable) -> Callable:
		@functools.wraps(method)
		def call(*args, **kwargs):
			frappe.only_for((*roles, SYSTEM_MANAGER))
			try:
				return method(*args, **kwargs)
			except WooCommerceIntegrationError as error:
				shown, title = error, _("WooCommerce")
			except Exception as error:
				if getattr(error, "http_status_code", 500) < 500:
					raise  # what Frappe shows the user, and doesn't log
				shown, title = background.unforeseen(error), _("WooCommerce")
			if isinstance(shown, UnforeseenError):
				background.log(method.__name__, str(shown))
			# Outside of the handler: a traceback of the client could show what it sent.
			text = "<br>".join(
				escape_html(translated(part, _)) for part in (shown.message, shown.what_to_do) if part
			)
			frappe.throw(text, title=title)

		return call

	return decorate
