"""The documentation for whoever uses the app: what the Desk's Help leads to."""

import frappe
from werkzeug.wrappers import Response

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.documents import pages

# A page has no scripts, and asks for nothing: its pictures are in it.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def page(page: str = pages.INDEX) -> Response:
	"""Answer with a page's HTML. :param page: its path below the docs"""
	return Response(pages.page_of(page), mimetype="text/html", headers={"Content-Security-Policy": POLICY})
