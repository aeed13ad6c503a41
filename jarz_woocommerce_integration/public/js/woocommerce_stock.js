// The stock of a WooCommerce Store: comparing it with the shop, approving differences, and the shop's opening stock.

frappe.provide("jarz_woocommerce");

frappe.ui.form.on("WooCommerce Store", {
	setup(frm) {
		frm.set_query("stock_warehouses", () => ({ filters: { company: frm.doc.company } }));
	},

	refresh(frm) {
		if (frm.is_new() || !frm.doc.send_stock || frm.doc.send_stock === "Off") return;
		show_stock(frm);
		if (jarz_woocommerce.can_manage()) add_stock_buttons(frm);
	},
});

const STOCK_GROUP = __("Stock");

function add_stock_buttons(frm) {
	const add = (label, action) =>
		frm.add_custom_button(
			label,
			async () => {
				if (frm.is_dirty()) await frm.save();
				await action(frm);
			},
			STOCK_GROUP
		);
	add(__("Show Differences"), show_differences);
	add(__("Compare All"), compare_all);
	if (frm.doc.send_stock === "Keep in Step") add(__("Approve All Differences"), ask_to_approve_all);
	add(__("Take Over Opening Stock"), ask_to_take_over);
}

/** How many products wait for a person, or couldn't be sent. */
async function show_stock(frm) {
	const name = frm.doc.name;
	const states = await jarz_woocommerce.read("stock.levels.by_state", { store: name });
	if (frm.doc.name !== name) return;
	const waiting = (states["Waiting for Approval"] || 0) + (states["Differs"] || 0);
	if (waiting) frm.dashboard.add_indicator(__("Stock that differs: {0}", [waiting]), "orange");
	if (states["Failed"])
		frm.dashboard.add_indicator(__("Stock that couldn't be sent: {0}", [states["Failed"]]), "red");
}

function show_differences(frm) {
	frappe.set_route("List", "WooCommerce Stock Level", {
		store: frm.doc.name,
		state: ["not in", ["In Step", "Left Alone", "New"]],
	});
}

async function compare_all(frm) {
	await jarz_woocommerce.call("stock.levels.compare_all", { store: frm.doc.name }, __("One moment"));
	frappe.show_alert({
		message: __("It is compared in the background; the result is shown in the list of stock levels."),
		indicator: "green",
	});
}

function ask_to_approve_all(frm) {
	const question = __(
		"Send all differences that wait for approval? The shop then offers what the books have, also where the shop's own number was right."
	);
	frappe.confirm(question, async () => {
		const args = { store: frm.doc.name };
		const approved = await jarz_woocommerce.call("stock.levels.approve_all", args, __("Saving"));
		frappe.show_alert({
			message: __("Differences that are sent now: {0}", [approved]),
			indicator: approved ? "green" : "orange",
		});
	});
}

function ask_to_take_over(frm) {
	const question = __(
		"Make a draft of a Stock Reconciliation of what the shop has? Nothing is booked before you submit it."
	);
	frappe.confirm(question, async () => {
		const args = { store: frm.doc.name };
		const made = await jarz_woocommerce.call("stock.levels.take_over", args, __("Asking the store"));
		const title = made.name
			? __("Products in the draft: {0}", [made.rows])
			: __("There is nothing to take over");
		const lines = made.left_out.map((text) => $("<p>").text(text));
		if (lines.length) jarz_woocommerce.show(title, lines);
		if (made.name) frappe.set_route("Form", "Stock Reconciliation", made.name);
	});
}
