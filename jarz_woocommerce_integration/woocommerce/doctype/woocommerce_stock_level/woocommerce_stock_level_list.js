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

frappe.listview_settings["WooCommerce Stock Level"] = {
	add_fields: ["state"],
	hide_name_column: true,

	formatters: { wanted: quantity, shop_quantity: quantity, difference: quantity },

	get_indicator(doc) {
		return [__(doc.state), STATE_COLORS[doc.state] || "gray", `state,=,${doc.state}`];
	},

	onload(listview) {
		listview.page.set_title(__("Stock Levels"));
		if (!jarz_woocommerce.can_manage()) return;
		listview.page.add_actions_menu_item(__("Approve"), () => approve_checked(listview), true);
	},
};

/** Whole numbers without decimals, 0 like all others. */
function quantity(value) {
	return format_number(value || 0, null, Number.isInteger(flt(value)) ? 0 : null);
}

async function approve_checked(listview) {
	const names = listview.get_checked_items(true);
	const approved = await jarz_woocommerce.call("stock.levels.approve", { names }, __("Saving"));
	frappe.show_alert({
		message: __("Differences that are sent now: {0}", [approved]),
		indicator: approved ? "green" : "orange",
	});
	listview.clear_checked_items();
	listview.refresh();
}
