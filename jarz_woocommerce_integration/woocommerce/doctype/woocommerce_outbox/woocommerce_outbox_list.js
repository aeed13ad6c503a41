// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

const STATE_COLORS = {
	Waiting: "blue",
	"Awaiting Approval": "orange",
	Sending: "yellow",
	Sent: "green",
	"Not Needed": "gray",
	"Given Up": "red",
};

frappe.listview_settings["WooCommerce Outbox"] = {
	add_fields: ["state"],
	hide_name_column: true,

	get_indicator(doc) {
		return [__(doc.state), STATE_COLORS[doc.state] || "gray", `state,=,${doc.state}`];
	},

	onload(listview) {
		listview.page.set_title(__("Outbox"));
		if (jarz_woocommerce.can_approve()) {
			listview.page.add_actions_menu_item(__("Approve"), () => approve_checked(listview), true);
		}
		if (!jarz_woocommerce.can_manage()) return;
		listview.page.add_actions_menu_item(__("Send Again"), () => send_checked(listview), true);
	},
};

async function send_checked(listview) {
	await jarz_woocommerce.send_again(listview.get_checked_items(true));
	listview.clear_checked_items();
	listview.refresh();
}

async function approve_checked(listview) {
	await jarz_woocommerce.approve_refunds(listview.get_checked_items(true));
	listview.clear_checked_items();
	listview.refresh();
}
