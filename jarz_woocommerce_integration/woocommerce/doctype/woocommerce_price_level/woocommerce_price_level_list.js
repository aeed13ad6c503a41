// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

const STATE_COLORS = {
	New: "gray",
	"In Step": "green",
	Differs: "orange",
	"Waiting for Approval": "orange",
	Waiting: "blue",
	Sending: "yellow",
	Failed: "red",
	"Left Alone": "gray",
};

frappe.listview_settings["WooCommerce Price Level"] = {
	add_fields: ["state", "currency"],
	hide_name_column: true,

	// 0 says that there is none
	formatters: {
		sale_price: price_or_nothing,
		shop_sale_price: price_or_nothing,
	},

	get_indicator(doc) {
		return [__(doc.state), STATE_COLORS[doc.state] || "gray", `state,=,${doc.state}`];
	},

	onload(listview) {
		listview.page.set_title(__("Price Levels"));
		if (!jarz_woocommerce.can_manage()) return;
		listview.page.add_actions_menu_item(__("Approve"), () => approve_checked(listview), true);
	},
};

function price_or_nothing(value, df, doc) {
	return value ? frappe.format(value, df, { only_value: true }, doc) : "";
}

async function approve_checked(listview) {
	const names = listview.get_checked_items(true);
	const approved = await jarz_woocommerce.call("prices.levels.approve_prices", { names }, __("Saving"));
	frappe.show_alert({
		message: __("Differences that are sent now: {0}", [approved]),
		indicator: approved ? "green" : "orange",
	});
	listview.clear_checked_items();
	listview.refresh();
}
