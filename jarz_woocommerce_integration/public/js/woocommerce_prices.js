// The prices of a WooCommerce Store: comparing them with the shop, and approving differences.

frappe.provide("jarz_woocommerce");

frappe.ui.form.on("WooCommerce Store", {
	setup(frm) {
		["regular_price_list", "sale_price_list"].forEach((name) =>
			frm.set_query(name, () => ({ filters: { selling: 1, enabled: 1 } }))
		);
	},

	refresh(frm) {
		if (frm.is_new() || !frm.doc.send_prices || frm.doc.send_prices === "Off") return;
		show_prices(frm);
		if (jarz_woocommerce.can_manage()) add_price_buttons(frm);
	},
});

const PRICES_GROUP = __("Prices");

function add_price_buttons(frm) {
	const add = (label, action) =>
		frm.add_custom_button(
			label,
			async () => {
				if (frm.is_dirty()) await frm.save();
				await action(frm);
			},
			PRICES_GROUP
		);
	add(__("Show Differences"), show_price_differences);
	add(__("Compare All"), compare_prices);
	if (frm.doc.send_prices === "Keep in Step") add(__("Approve All Differences"), ask_to_approve_prices);
}

/** How many products wait for a person, or couldn't be sent. */
async function show_prices(frm) {
	const name = frm.doc.name;
	const states = await jarz_woocommerce.read("prices.levels.prices_by_state", { store: name });
	if (frm.doc.name !== name) return;
	const waiting = (states["Waiting for Approval"] || 0) + (states["Differs"] || 0);
	if (waiting) frm.dashboard.add_indicator(__("Prices that differ: {0}", [waiting]), "orange");
	if (states["Failed"])
		frm.dashboard.add_indicator(__("Prices that couldn't be sent: {0}", [states["Failed"]]), "red");
}

function show_price_differences(frm) {
	frappe.set_route("List", "WooCommerce Price Level", {
		store: frm.doc.name,
		state: ["not in", ["In Step", "Left Alone", "New"]],
	});
}

async function compare_prices(frm) {
	await jarz_woocommerce.call("prices.levels.compare_prices", { store: frm.doc.name }, __("One moment"));
	frappe.show_alert({
		message: __("It is compared in the background; the result is shown in the list of price levels."),
		indicator: "green",
	});
}

function ask_to_approve_prices(frm) {
	const question = __(
		"Send all prices that wait for approval? The shop then sells at the prices of the price lists."
	);
	frappe.confirm(question, async () => {
		const args = { store: frm.doc.name };
		const approved = await jarz_woocommerce.call("prices.levels.approve_all_prices", args, __("Saving"));
		frappe.show_alert({
			message: __("Differences that are sent now: {0}", [approved]),
			indicator: approved ? "green" : "orange",
		});
	});
}
