// "Rehearse" of a WooCommerce Store: the migration without the booking, followed until it ends.

frappe.provide("jarz_woocommerce.rehearsal");

const ASKED_EVERY = 3000; // milliseconds

/** @param {boolean} starts whether it starts at once: who asks has pressed a button that says so */
jarz_woocommerce.rehearsal.open = async function (frm, { starts } = {}) {
	const store = frm.doc.name;
	const status = await jarz_woocommerce.call("store.rehearsal_status", { store }, __("Looking"));
	const dialog = jarz_woocommerce.show(__("Rehearsal of {0}", [store]), [], {
		primary_action: () => {},
		secondary_action: () => {},
	});
	// Not `dialog.display`: while a window fades in, that says the same as of one that is closed.
	dialog.onhide = () => {
		dialog.is_closed = true;
		dialog.stop_following?.();
	};
	dialog.rehearsal_actions = {
		start: () => act("store.rehearse", __("Starting")),
		cancel: () => act("store.cancel_rehearsal", __("One moment")),
		migrate() {
			dialog.hide();
			jarz_woocommerce.with_saved(frm, jarz_woocommerce.preflight.migrate);
		},
	};

	async function act(method, freeze_message) {
		show_status(dialog, await jarz_woocommerce.call(method, { store }, freeze_message));
		follow(store, dialog);
	}

	show_status(dialog, status);
	if (starts && !UNDER_WAY.includes(status.state)) await dialog.rehearsal_actions.start();
	else follow(store, dialog);
};

const UNDER_WAY = ["queued", "no_worker", "running", "cancelling"];

/** Show how far the rehearsal is, until it ends or the dialog is closed: when it says so, and every few seconds. */
function follow(store, dialog) {
	dialog.stop_following?.();
	const on_change = (change) => change.store === store && look();
	let timer;
	let looks = false;
	dialog.stop_following = () => {
		clearTimeout(timer);
		frappe.realtime.off("woo_rehearsal", on_change);
	};
	if (dialog.is_closed || !UNDER_WAY.includes(dialog.rehearsal_state)) return;

	async function look() {
		if (looks) return;
		clearTimeout(timer);
		looks = true;
		try {
			show_status(dialog, await jarz_woocommerce.ask("store.rehearsal_status", { store }));
		} catch {
			// The server is away for a moment: it is asked again.
		}
		looks = false;
		if (dialog.is_closed || !UNDER_WAY.includes(dialog.rehearsal_state)) return dialog.stop_following();
		timer = setTimeout(look, ASKED_EVERY);
	}

	frappe.realtime.on("woo_rehearsal", on_change);
	timer = setTimeout(look, ASKED_EVERY);
}

const ABOUT = __(
	"All orders of the shop are read and every document is built and validated, but nothing is booked. Thousands of orders take minutes; this window may be closed meanwhile."
);

function show_status(dialog, status) {
	dialog.rehearsal_state = status.state;
	dialog.$body.empty().append(jarz_woocommerce.paragraph(ABOUT, "text-muted"), status_parts(status));
	const [next, other] = jarz_woocommerce.can_manage() ? offered(dialog, status.state) : [];
	if (next) dialog.set_primary_action(...next);
	if (other) {
		dialog.set_secondary_action(other[1]);
		dialog.set_secondary_action_label(other[0]);
	}
	dialog.get_primary_btn().toggle(Boolean(next));
	dialog.get_secondary_btn().toggle(Boolean(other));
}

/** What the two buttons do: each a label and an action, or null. */
function offered({ rehearsal_actions: { start, cancel, migrate } }, state) {
	if (state === "cancelling") return [];
	if (UNDER_WAY.includes(state)) return [null, [__("Cancel the Rehearsal"), cancel]];
	// The migration's own dialog asks before anything is booked.
	if (state === "done")
		return [
			[__("Migrate"), migrate],
			[__("Rehearse Again"), start],
		];
	return [[__("Start"), start], null];
}

// --- how it stands ---

const STATES = {
	none: ["gray", __("There was no rehearsal yet.")],
	queued: ["blue", __("The rehearsal waits for a worker that is busy with something else.")],
	no_worker: ["red", __("No worker listens to the queue long, so the rehearsal can't begin.")],
	running: ["blue", __("The rehearsal is running.")],
	cancelling: ["orange", __("The rehearsal ends after the orders at hand.")],
	cancelled: ["orange", __("The rehearsal was cancelled. Nothing was booked.")],
	done: ["green", __("The rehearsal is done. Nothing was booked.")],
	failed: ["red", __("The rehearsal failed.")],
};
const PHASES = {
	counting: __("The shop is asked how many orders it has."),
	reading: __("Orders are read and tried."),
	settling: __("What changed meanwhile is read again."),
	verifying: __("The shop's list and what was tried are compared."),
};
const START_A_WORKER = __("Ask your administrator to start one: bench worker --queue long");

function status_parts({ state, summary, report_url }) {
	const [color, text] = STATES[state];
	const told = summary || {};
	const what_to_do = state === "no_worker" ? START_A_WORKER : told.message;
	return [
		jarz_woocommerce.finding(color, text, what_to_do),
		["running", "cancelling"].includes(state) ? so_far(told) : result(told),
		report_url ? report_link(report_url) : null,
	].filter(Boolean);
}

function so_far({ phase, orders, total, seconds_left }) {
	const number = (value) => format_number(value, null, 0);
	const parts = [jarz_woocommerce.paragraph(PHASES[phase] || "", "text-muted mb-1")];
	if (orders === undefined) return $("<div>").append(parts);
	const share = phase === "reading" ? orders / (total || Infinity) : 1;
	if (total) parts.push(jarz_woocommerce.progress_bar(Math.min(share * 100, 100), "blue"));
	const numbers = [
		total
			? __("{0} of {1} orders", [number(Math.min(orders, total)), number(total)])
			: __("{0} orders", [number(orders)]),
	];
	if (phase === "reading" && typeof seconds_left === "number") {
		numbers.push(__("about {0} left", [jarz_woocommerce.duration(seconds_left)]));
	}
	parts.push(jarz_woocommerce.paragraph(numbers.join(", ")));
	return $("<div>").append(parts);
}

function result({ orders_seen, by_state, held_by_reason }) {
	if (orders_seen === undefined) return null;
	const parts = [
		jarz_woocommerce.paragraph(__("Orders that were read: {0}.", [format_number(orders_seen, null, 0)])),
		counts_table(__("State", null, "WooCommerce"), by_state, (state) => __(state)),
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
		{
			label: __("Orders", null, "WooCommerce"),
			value: ([, count]) => format_number(count, null, 0),
			numeric: true,
		},
	];
	return jarz_woocommerce.table(columns, Object.entries(counts || {}));
}

function report_link(url) {
	return $("<a class='btn btn-default btn-sm' target='_blank'>")
		.attr("href", url)
		.text(__("Open the Report"));
}
