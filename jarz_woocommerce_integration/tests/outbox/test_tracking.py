"""Parcels as the shop shows them: WooCommerce's fulfilments with the lines of a delivery, and the plugins for tracking."""

import frappe

from jarz_woocommerce_integration.sample_store.http.tracking_routes import (
	ADVANCED,
	FULFILMENTS,
	PLUGIN,
	Parcels,
)
from jarz_woocommerce_integration.tests.outbox.outbox_case import STORE
from jarz_woocommerce_integration.tests.outbox.test_sending import LOST, SendingCase

ROUTES = {FULFILMENTS: "/fulfillments", ADVANCED: "/shipment-trackings", PLUGIN: "/shipment-trackings"}


class ParcelCase(SendingCase):
	shown_by = FULFILMENTS

	def setUp(self):
		super().setUp()
		self.tell("send_tracking")
		self.sample.parcels = Parcels()
		self.sample.parcels.shown_by = {self.shown_by}
		self.forget()
		self.addCleanup(self.forget)
		self.addCleanup(self.sample.parcels.shown_by.clear)

	def forget(self) -> None:
		"""What was found out about the shop."""
		frappe.cache.delete_value(f"woo_tracking|{STORE}")
		frappe.cache.delete_keys(f"woo_store_knowledge|{STORE}")

	def fulfilments(self, order_id: int) -> list[dict]:
		return [
			{entry["key"]: entry["value"] for entry in each["meta_data"]}
			for each in self.sample.parcels.fulfilments[order_id]
		]

	def numbers(self, order_id: int) -> list[str]:
		return [each["tracking_number"] for each in self.sample.parcels.trackings[order_id]]

	def cancel_delivery(self, delivery) -> None:
		delivery.reload()
		delivery.cancel()
		frappe.db.commit()


class TestFulfilments(ParcelCase):
	def quantities(self, order_id: int) -> dict[int, int]:
		return {line["id"]: line["quantity"] for line in self.shop.body(order_id)["line_items"]}

	def items(self, fulfilment: dict) -> dict[int, float]:
		return {item["item_id"]: item["qty"] for item in fulfilment["_items"]}

	def test_a_delivery_becomes_a_fulfilment_with_its_lines_and_the_shop_mails_the_customer(self):
		order_id = self.booked_order()
		delivery = self.deliver(order_id, "AB 123", "Aramex")
		self.send()
		(there,) = self.fulfilments(order_id)
		self.assertEqual(self.items(there), self.quantities(order_id))
		self.assertEqual(
			(there["_tracking_number"], there["_provider_name"], there["_erpnext_delivery_note"]),
			("AB 123", "Aramex", delivery.name),
		)
		(row,) = self.rows()
		self.assertEqual(
			(row.state, row.woo_id), ("Sent", self.sample.parcels.fulfilments[order_id][0]["id"])
		)
		self.assertEqual(self.sample.parcels.mails, [(order_id, "fulfilled")])
		self.assertEqual(self.notes_of(order_id), [], "nobody is told twice")

	def test_parts_of_an_order_are_fulfilled_by_line(self):
		order_id = self.booked_order()
		whole = self.quantities(order_id)
		self.deliver(order_id, "1", but=1)
		self.deliver(order_id, "2")
		self.send()
		first, second = map(self.items, self.fulfilments(order_id))
		self.assertEqual(sum(whole.values()) - 1, sum(first.values()))
		self.assertEqual(sum(second.values()), 1)
		self.assertEqual({line: first.get(line, 0) + second.get(line, 0) for line in whole}, whole)

	def test_a_second_parcel_of_a_delivery_stands_beside_the_first_one(self):
		order_id = self.booked_order()
		delivery = self.deliver(order_id, "1")
		self.send()
		frappe.get_doc(
			{
				"doctype": "Shipment",
				"docstatus": 1,
				"awb_number": "2",
				"tracking_url": "https://track.example/2",
				"carrier": "DHL",
				"shipment_delivery_note": [{"delivery_note": delivery.name}],
			}
		).run_method("on_change")
		frappe.db.commit()
		self.send()
		(there,) = self.fulfilments(order_id)
		self.assertEqual(
			(there["_tracking_number"], there["_tracking_url"]), ("1, 2", "https://track.example/2")
		)
		self.assertEqual(self.items(there), self.quantities(order_id))

	def test_a_cancelled_delivery_takes_its_fulfilment_back_and_the_next_one_takes_its_place(self):
		order_id = self.booked_order()
		delivery = self.deliver(order_id, "1")
		self.send()
		self.cancel_delivery(delivery)
		self.send()
		self.assertEqual(self.fulfilments(order_id), [])
		self.assertEqual([row.action for row in self.rows()], ["Tracking", "Cancelled Delivery"])
		again = self.deliver(order_id, "2")
		self.send()
		self.assertEqual(
			[each["_erpnext_delivery_note"] for each in self.fulfilments(order_id)], [again.name]
		)

	def test_a_delivery_that_is_cancelled_before_it_was_sent_never_reaches_the_shop(self):
		order_id = self.booked_order()
		delivery = self.deliver(order_id, "1")
		self.cancel_delivery(delivery)
		self.send()
		self.assertEqual(self.fulfilments(order_id), [])
		self.assertEqual(self.states(), ["Not Needed", "Sent"])

	def test_what_a_person_has_fulfilled_in_the_shop_is_not_fulfilled_again(self):
		order_id = self.booked_order()
		items = [{"item_id": line, "qty": count} for line, count in self.quantities(order_id).items()]
		meta = [{"key": "_items", "value": items}]
		self.sample.parcels.add(order_id, {"status": "fulfilled", "meta_data": meta})
		self.deliver(order_id, "1")
		self.send()
		self.assertEqual(len(self.fulfilments(order_id)), 1)
		(note,) = self.notes_of(order_id)
		self.assertIn("Tracking number: 1.", note["note"])

	def test_a_shop_whose_fulfilments_are_switched_off_gets_a_note(self):
		order_id = self.booked_order()
		self.deliver(order_id, "1")
		self.send()
		self.sample.parcels.shown_by = set()
		other = self.booked_order()
		self.deliver(other, "2")
		self.send()
		self.assertEqual((len(self.notes_of(other)), self.states(woo_order_id=other)), (1, ["Sent"]))

	def test_the_shop_is_asked_once_what_shows_its_parcels(self):
		order_ids = [self.booked_order() for _number in range(3)]
		for order_id in order_ids:
			self.deliver(order_id, "1")
		self.sample.requests.clear()
		self.send()
		asked = [line for line in self.sample.requests if "/orders/0/" in line]
		self.assertEqual(len(asked), 1, asked)


class OnceEach:
	"""Whatever is lost or killed on the way, the shop has the parcel once, and none of a cancelled delivery."""

	def shown(self, order_id: int) -> list[str]:
		if self.shown_by == FULFILMENTS:
			return [each["_tracking_number"] for each in self.fulfilments(order_id)]
		return self.numbers(order_id)

	def test_a_parcel_whose_answer_is_lost_is_looked_for_and_not_made_again(self):
		for kind in LOST:
			with self.subTest(kind):
				order_id = self.booked_order()
				self.deliver(order_id, "1", "Aramex")
				# The first request of this route reads what is there, the second one writes.
				self.lose_answer(f"/orders/{order_id}{ROUTES[self.shown_by]}", kind, 2)
				self.assertEqual(self.send()["again"], 1)
				self.send_now()
				self.assertEqual(self.shown(order_id), ["1"])
				self.assertEqual(self.states(woo_order_id=order_id), ["Sent"])

	def test_one_who_is_killed_after_the_shop_has_it_leaves_it_there_once(self):
		order_id = self.booked_order()
		self.deliver(order_id, "1", "Aramex")
		self.killed_while_sending()
		self.assertEqual(self.states(), ["Sending"])
		self.send_now()
		self.assertEqual((self.shown(order_id), self.states()), (["1"], ["Sent"]))

	def test_a_cancelled_delivery_is_taken_back_once_though_its_answer_is_lost(self):
		order_id = self.booked_order()
		kept, gone = self.deliver(order_id, "1", but=1), self.deliver(order_id, "2")
		self.send()
		self.cancel_delivery(gone)
		self.lose_answer(f"/orders/{order_id}{ROUTES[self.shown_by]}/", "truncated", 1)
		self.send()
		self.send_now()
		self.assertEqual((self.shown(order_id), kept.docstatus), (["1"], 1))
		self.assertEqual(self.states(), ["Sent"] * 3)

	def test_one_who_is_killed_while_taking_back_leaves_nothing_there(self):
		order_id = self.booked_order()
		delivery = self.deliver(order_id, "1")
		self.send()
		self.cancel_delivery(delivery)
		self.killed_while_sending()
		self.send_now()
		self.assertEqual((self.shown(order_id), self.states()), ([], ["Sent", "Sent"]))


class TestFulfilmentsOnceEach(OnceEach, ParcelCase):
	pass


class TestPluginOnceEach(OnceEach, ParcelCase):
	shown_by = ADVANCED


class TestPlugin(ParcelCase):
	shown_by = PLUGIN

	def test_a_number_is_added_with_its_carrier_and_no_note_is_sent(self):
		order_id = self.booked_order()
		self.deliver(order_id, "AB 123", "Aramex")
		self.send()
		(there,) = self.sample.parcels.trackings[order_id]
		self.assertEqual((there["tracking_number"], there["tracking_provider"]), ("AB 123", "Aramex"))
		self.assertEqual(self.notes_of(order_id), [])

	def test_a_number_that_another_delivery_has_too_stays(self):
		order_id = self.booked_order()
		self.deliver(order_id, "1", but=1)
		other = self.deliver(order_id, "1")
		self.send()
		self.assertEqual(self.numbers(order_id), ["1"])
		self.cancel_delivery(other)
		self.send()
		self.assertEqual(self.numbers(order_id), ["1"])


class TestNote(ParcelCase):
	shown_by = ""

	def test_the_number_of_a_cancelled_delivery_leaves_the_orders_meta_data(self):
		order_id = self.booked_order()
		self.deliver(order_id, "1", but=1)
		gone = self.deliver(order_id, "2")
		self.send()
		self.cancel_delivery(gone)
		self.send()
		meta = {entry["key"]: entry["value"] for entry in self.shop.body(order_id)["meta_data"]}
		self.assertEqual(meta["_tracking_number"], "1")
