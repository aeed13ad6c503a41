"""The form's table of actions by gateway and shipping method, and the terms of payment of its gateways."""

import frappe

from jarz_woocommerce_integration.services.session.policy import policy_of
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import ERPNextLedgerTestCase
from jarz_woocommerce_integration.tests.support.site import ensure_terms, make_store
from jarz_woocommerce_integration.translation.drafts import Action, DeliveryNotes
from jarz_woocommerce_integration.translation.orders.actions import ActionRow

STORE = "Actions Shop"


class TestActionsForm(ERPNextLedgerTestCase):
	def test_rows_count_for_orders_as_they_come_in_and_for_the_history_where_that_is_ticked(self):
		rows = [
			{"status": " wc-processing ", "gateway": "bacs ", "action": "Sales Order"},
			{"shipping_method": "local_pickup", "delivery_note": "None", "historical": 1},
		]
		store = make_store(STORE, actions=rows)
		by_transfer = ActionRow(status="processing", gateway="bacs", action=Action.SALES_ORDER)
		pickup = ActionRow(shipping_method="local_pickup", delivery_notes=DeliveryNotes.NONE)
		self.assertEqual(policy_of(store, historical=False).actions, (by_transfer, pickup))
		self.assertEqual(policy_of(store).actions, (pickup,))

	def test_what_a_row_says_of_delivery_notes_counts_for_the_history_too(self):
		"""Its orders with a Sales Order are delivered as any."""
		row = {
			"status": "completed",
			"shipping_method": "local_pickup",
			"action": "Submit",
			"delivery_note": "None",
		}
		store = make_store(STORE, actions=[row])
		said = ActionRow(
			status="completed", shipping_method="local_pickup", delivery_notes=DeliveryNotes.NONE
		)
		self.assertEqual(policy_of(store).actions, (said,))

	def test_a_row_that_says_too_little_is_refused_with_its_number(self):
		good = {"status": "processing", "gateway": "bacs", "action": "Sales Order"}
		for row, told in (
			({"gateway": "bacs", "action": "Submit"}, "an action needs a status"),
			({"status": "processing", "action": "Submit"}, "a gateway or a shipping method"),
			({"status": "processing", "gateway": "bacs"}, "an action or a delivery note"),
		):
			with self.assertRaisesRegex(frappe.ValidationError, f"Shipping Method 2 .*{told}"):
				make_store(STORE, actions=[good, row])

	def test_a_gateway_has_terms_unless_payments_would_have_to_name_them(self):
		gateway = {"gateway": "bacs", "mode_of_payment": "Cash", "account": "Cash - JT", "paid": "When Paid"}
		gateway |= {"payment_terms": ensure_terms()}
		store = make_store(STORE, gateways=[gateway])
		self.assertEqual(policy_of(store).gateway("bacs").payment_terms, "Woo Parts")
		terms = frappe.get_doc("Payment Terms Template", "Woo Parts")
		self.addCleanup(terms.db_set, "allocate_payment_based_on_payment_terms", 0, commit=True)
		terms.db_set("allocate_payment_based_on_payment_terms", 1, commit=True)
		frappe.clear_document_cache("Payment Terms Template", "Woo Parts")
		with self.assertRaisesRegex(frappe.ValidationError, "Payment Gateways, row 1: .*Woo Parts"):
			store.save()
