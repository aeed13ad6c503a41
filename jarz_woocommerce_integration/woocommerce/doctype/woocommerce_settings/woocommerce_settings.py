# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk import settings_rules


class WooCommerceSettings(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_alert_recipient.woocommerce_alert_recipient import (
			WooCommerceAlertRecipient,
		)

		alert_recipients: DF.TableMultiSelect[WooCommerceAlertRecipient]
		default_store: DF.Link | None
		held_alert_threshold: DF.Int
		job_timeout: DF.Int
		orders_per_commit: DF.Int
		page_size: DF.Int
		parallel_page_jobs: DF.Int
		requests_per_minute: DF.Int
		retention_days: DF.Int
		sync_attempts: DF.Int
	# end: auto-generated types

	def validate(self):
		settings_rules.validate_settings(self)
