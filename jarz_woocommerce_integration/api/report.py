"""The report of a store's last dry run, as a page that the browser shows."""

import frappe
from werkzeug.wrappers import Response

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.api.rights import store_of
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.dry_run.dry_run import read_report

# The page has no scripts and needs nothing of the site: whatever a shop's text holds, it can do nothing here.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def rehearsal_report(store: str) -> Response:
	"""Answer with the report's HTML."""
	return Response(
		read_report(store_of(store, "read").name),
		mimetype="text/html",
		headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"},
	)
