"""The proof of a WooCommerce Sync Run, prepared for its print format."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import frappe
from frappe.model.document import Document
from frappe.utils import format_datetime, get_number_format_info, get_system_timezone

from jarz_woocommerce_integration.services.comparison.printed import Writing, printed
from jarz_woocommerce_integration.services.proof.since import since_proof

DEFAULT_FORMAT = "#,###.##"


def proof_for_print(run: Document) -> dict | None:
	"""What the print format lays out, None where no proof was made of the run yet."""
	told = json.loads(run.verification or "{}")
	if "whole" not in told:
		return None  # or it is what an earlier version kept, which was less
	point, comma, _decimals = get_number_format_info(frappe.db.get_default("number_format") or DEFAULT_FORMAT)
	return {**printed(told, Writing(_moment_text, point or ".", comma)), "since": since_proof(run)}


def _moment_text(moment: datetime) -> str:
	local = moment.astimezone(ZoneInfo(get_system_timezone()))
	return format_datetime(local.replace(tzinfo=None))
