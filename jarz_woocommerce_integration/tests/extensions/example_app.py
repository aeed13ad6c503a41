"""What another app's module with hooks for orders looks like; `docs/develop/hooks.md` shows it.

In its own hooks.py that app would have:

	woocommerce_order_draft = ["example_app.orders.name_the_project"]
	woocommerce_order_booked = ["example_app.orders.note_booked"]
"""

import frappe

seen: list[tuple[str, dict]] = []


def name_the_project(order, draft):
	"""A filter: VIP orders get a remark. What it doesn't change, it returns None for."""
	if not draft.remarks.startswith("VIP"):
		return None
	draft.remarks = f"Handle with care. {draft.remarks}"
	return draft


def gives_a_discount(order, draft):
	"""What no filter may do: the invoice isn't the order any more."""
	draft.invoice.total -= 1
	return draft


def breaks(order, draft):
	raise ValueError(f"{draft.customer.name} isn't known")


def note_booked(events):
	seen.extend(("booked", event) for event in events)
	for event in events:
		frappe.get_doc({"doctype": "ToDo", "description": f"pack {event['order_id']}"}).insert()


def note_changed(events):
	seen.extend(("changed", event) for event in events)


def note_refunded(events):
	seen.extend(("refunded", event) for event in events)


def break_with_a_name(events):
	frappe.get_doc({"doctype": "ToDo", "description": "half"}).insert()
	raise ValueError("Person 1 isn't known")


def break_the_first_time(events):
	frappe.get_doc({"doctype": "ToDo", "description": f"try {len(seen)}"}).insert()
	seen.append(("tried", events[0]))
	if len(seen) == 1:
		raise ValueError("The warehouse doesn't answer")
