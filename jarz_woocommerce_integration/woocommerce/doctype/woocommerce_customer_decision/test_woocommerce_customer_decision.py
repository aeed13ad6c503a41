# Copyright (c) 2026, Jarz and Contributors
# See license.txt

# import frappe
from frappe.tests.utils import FrappeTestCase


class TestWooCommerceCustomerDecision(FrappeTestCase):
	pass
