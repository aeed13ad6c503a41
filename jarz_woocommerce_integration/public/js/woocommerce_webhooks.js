// The webhooks of a WooCommerce Store: what the last look at the shop found, and the buttons.

frappe.provide("jarz_woocommerce");

frappe.ui.form.on("WooCommerce Store", {
	refresh(frm) {
		show_webhooks(frm);
		if (!frm.is_new() && jarz_woocommerce.can_manage()) add_webhook_buttons(frm);
	},
});

const WEBHOOK_GROUP = __("Webhooks");

function add_webhook_buttons(frm) {
	const is_registered = ["Active", "Needs Attention"].includes(frm.doc.webhooks_status);
	const add = (label, action) =>
		frm.add_custom_button(
			label,
			async () => {
				if (frm.is_dirty()) await frm.save();
				await action(frm);
			},
			WEBHOOK_GROUP
		);
	if (!is_registered) add(__("Register"), (frm) => ask_for_address(frm, __("Register Webhooks")));
	add(__("Check", null, "WooCommerce"), (frm) =>
		call_and_show(frm, "show_webhooks", {}, __("Asking the shop"))
	);
	if (is_registered) {
		add(__("Repair"), (frm) => ask_for_address(frm, __("Repair Webhooks")));
		add(__("Remove"), confirm_removal);
	}
}

// --- what they do ---

async function ask_for_address(frm, title) {
	const { address, own } = await jarz_woocommerce.call("webhooks.webhook_address", { store: frm.doc.name });
	const dialog = new frappe.ui.Dialog({
		title,
		fields: [
			{
				fieldname: "address",
				fieldtype: "Data",
				label: __("Address of This Site"),
				default: address,
				reqd: 1,
				description: __("As the shop's server reaches it. Your browser reaches it at {0}.", [own]),
			},
		],
		primary_action_label: __("Send to the Shop"),
		primary_action: async ({ address }) => {
			dialog.hide();
			await call_and_show(frm, "register_webhooks", { address }, __("Talking to the shop"));
		},
	});
	dialog.show();
}

function confirm_removal(frm) {
	const question = __(
		"The shop stops telling of changes. Orders are still found every few minutes. Webhooks that aren't ours stay."
	);
	frappe.confirm(question, () => call_and_show(frm, "remove_webhooks", {}, __("Talking to the shop")));
}

async function call_and_show(frm, method, args, message) {
	const found = await jarz_woocommerce.call(
		`webhooks.${method}`,
		{ store: frm.doc.name, ...args },
		message
	);
	await frm.reload_doc();
	if (found.status === "Not Registered") {
		frappe.show_alert({ message: __("The shop has no webhooks of this site."), indicator: "gray" });
		return;
	}
	jarz_woocommerce.show(__("Webhooks of {0}", [frm.doc.name]), [
		...found.doubts.map((text) => jarz_woocommerce.finding("orange", text)),
		...webhook_parts(found),
	]);
}

// --- what is shown ---

function show_webhooks(frm) {
	const wrapper = frm.get_field("webhooks_html").$wrapper.empty();
	const found = JSON.parse(frm.doc.webhooks_found || "{}");
	if (!found.webhooks || frm.doc.webhooks_status === "Not Registered") {
		const text = __(
			"The shop doesn't report changes yet: Webhooks > Register. Until then it is only asked."
		);
		wrapper.append(jarz_woocommerce.finding("gray", text, found.error));
		return;
	}
	wrapper.append(webhook_parts(found));
}

function webhook_parts({ webhooks, problems, error }) {
	const columns = [
		{ label: __("Topic"), value: (row) => row.topic },
		{ label: __("State", null, "WooCommerce"), value: (row) => state_badge(row.state) },
		{ label: __("Sends Here"), value: (row) => (row.address_ok ? __("Yes") : __("No")) },
		{
			label: __("Last Delivery"),
			value: (row) => row.last_delivery && frappe.datetime.prettyDate(row.last_delivery),
		},
	];
	const verdict = problems.length
		? problems.map(jarz_woocommerce.finding_line)
		: [jarz_woocommerce.finding("green", __("All webhooks are active and send here."))];
	if (error) verdict.push(jarz_woocommerce.finding("orange", __("The last look failed."), error));
	return [...verdict, jarz_woocommerce.table(columns, webhooks)];
}

function state_badge(state) {
	const color = { active: "green", paused: "orange" }[state] || "red";
	return $(`<span class='indicator-pill ${color}'>`).text(jarz_woocommerce.words(state));
}
