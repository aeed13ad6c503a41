// "Rehearse" of a WooCommerce Store: the migration without the booking, followed until it ends.

frappe.provide("jarz_woocommerce.rehearsal");

const ASKED_EVERY = 3000; // milliseconds

jarz_woocommerce.rehearsal.open = async function (store) {
	const status = await jarz_woocommerce.call("store.rehearsal_status", { store }, __("Looking"));
	const dialog = jarz_woocommerce.show(__("Rehearsal of {0}", [store]), [], {
		primary_action_label: __("Start"),
		primary_action: async () => {
			show_status(dialog, await jarz_woocommerce.call("store.rehearse", { store }, __("Starting")));
			follow(store, dialog);
		},
	});
	show_status(dialog, status);
	if (status.state === "running") follow(store, dialog);
};

/** Show how far the rehearsal is, until it ends or the dialog is closed. */
function follow(store, dialog) {
	setTimeout(async () => {
		if (!dialog.display) return;
		const status = await jarz_woocommerce.call("store.rehearsal_status", { store });
		show_status(dialog, status);
		if (status.state === "running") follow(store, dialog);
	}, ASKED_EVERY);
}

const ABOUT = __(
	"All orders of the shop are read and every document is built and validated, but nothing is booked. Thousands of orders take minutes; this window may be closed meanwhile."
);

function show_status(dialog, status) {
	dialog.$body.empty().append(jarz_woocommerce.paragraph(ABOUT, "text-muted"), status_parts(status));
	dialog.get_primary_btn().toggle(status.state !== "running");
}

// --- how it stands ---

const STATES = {
	none: ["gray", __("There was no rehearsal yet.")],
	running: ["blue", __("The rehearsal is running.")],
	done: ["green", __("The rehearsal is done. Nothing was booked.")],
	failed: ["red", __("The rehearsal failed.")],
};

function status_parts({ state, summary, report_url }) {
	const [color, text] = STATES[state];
	const told = summary || {};
	return [
		jarz_woocommerce.finding(color, text, told.message),
		state === "running" ? so_far(told) : result(told),
		report_url ? report_link(report_url) : null,
	].filter(Boolean);
}

function so_far({ orders, pages }) {
	if (!pages) return jarz_woocommerce.paragraph(__("Waiting for a worker."), "text-muted");
	const numbers = [format_number(orders, null, 0), pages];
	return jarz_woocommerce.paragraph(__("{0} orders in {1} pages so far", numbers), "text-muted");
}

function result({ orders_seen, by_state, held_by_reason }) {
	if (orders_seen === undefined) return null;
	const parts = [
		jarz_woocommerce.paragraph(__("{0} orders were read.", [format_number(orders_seen, null, 0)])),
		counts_table(__("State"), by_state, (state) => __(state)),
	];
	if (Object.keys(held_by_reason || {}).length) {
		parts.push(
			jarz_woocommerce.heading(__("Held by Reason")),
			counts_table(__("Reason"), held_by_reason, jarz_woocommerce.words)
		);
	}
	return $("<div>").append(parts);
}

function counts_table(label, counts, shown) {
	const columns = [
		{ label, value: ([name]) => shown(name) },
		{ label: __("Orders"), value: ([, count]) => format_number(count, null, 0), numeric: true },
	];
	return jarz_woocommerce.table(columns, Object.entries(counts || {}));
}

function report_link(url) {
	return $("<a class='btn btn-default btn-sm' target='_blank'>")
		.attr("href", url)
		.text(__("Open the Report"));
}
