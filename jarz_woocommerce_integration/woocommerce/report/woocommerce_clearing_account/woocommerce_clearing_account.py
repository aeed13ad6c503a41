# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

from jarz_woocommerce_integration.services.payouts.clearing import report_of


def execute(filters=None):
	return report_of(filters)
