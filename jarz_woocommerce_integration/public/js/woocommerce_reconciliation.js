// The reconciliation of a WooCommerce Store: what the last comparisons with the shop found, and the button for one now.

frappe.provide("jarz_woocommerce");

frappe.ui.form.on("WooCommerce Store", {
	setup(frm) {
		frappe.realtime.on("woo_reconciled", ({ store }) => {
			if (store !== frm.doc.name) return;
			if (!frm.is_dirty()) return frm.reload_doc();
			frm.comparison_has_ended = true;
			show_reconciliation(frm);
		});
	},

	refresh(frm) {
		show_reconciliation(frm);
		frm.comparison_has_ended = false;
		if (!frm.is_new()) follow_comparisons(frm);
		if (!frm.is_new() && jarz_woocommerce.can_manage()) add_comparison_buttons(frm);
	},
});

const COMPARISON_GROUP = __("Compare with the Shop");

function add_comparison_buttons(frm) {
	const add = (label, asked) =>
		frm.add_custom_button(label, () => compare_with_shop(frm, asked), COMPARISON_GROUP);
	add(__("Last Day"), {});
	add(__("Whole Shop"), { whole: 1 });
	// A large shop is compared by its numbers of orders, a part of it order by order.
	add(__("Whole Shop, Order by Order"), { whole: 1, read_all: 1 });
}

async function compare_with_shop(frm, asked) {
	if (frm.is_dirty()) await frm.save();
	const args = { store: frm.doc.name, ...asked };
	const begun = await jarz_woocommerce.call("reconciliation.compare", args, __("One moment"));
	frappe.show_alert({
		message: begun
			? __("It is compared in the background; the result is shown in this form.")
			: __("It is being compared already."),
		indicator: begun ? "green" : "blue",
	});
	follow_comparisons(frm);
}

const COMPARISONS_ASKED_EVERY = 5000; // milliseconds
const COMPARISON_STATES = {
	waiting: ["blue", __("A comparison waits for a worker that is busy with something else.")],
	nobody: ["red", __("A comparison waits: no worker listens to the queue long.")],
	at_work: ["blue", __("It is being compared now.")],
};

/** Show which comparisons wait or are at work, until none does; then what they found is in the form. */
async function follow_comparisons(frm) {
	clearTimeout(frm.comparisons_timer);
	const store = frm.doc.name;
	const is_shown = () => frm.doc.name === store && frappe.get_route()[2] === store;
	let states = {};
	try {
		states = await jarz_woocommerce.ask("reconciliation.states", { store });
	} catch {
		// The server is away for a moment: the form says what it said.
	}
	if (!is_shown()) return;
	const had_some = frm.comparisons && Object.values(frm.comparisons).some(Boolean);
	const has_some = Object.values(states).some(Boolean);
	frm.comparisons = states;
	if (had_some && !has_some) {
		if (!frm.is_dirty()) return frm.reload_doc();
		frm.comparison_has_ended = true;
	}
	show_reconciliation(frm);
	if (has_some) frm.comparisons_timer = setTimeout(() => follow_comparisons(frm), COMPARISONS_ASKED_EVERY);
}

// --- what is shown ---

const DIFFERENCES = {
	missing: __("In the shop, not in the Order Map"),
	gone: __("In the Order Map, not in the shop's list"),
	back: __("Marked as deleted, but in the shop again"),
	currency: __("Another currency"),
	total: __("Another total"),
	status: __("Another status"),
	refunds: __("Other refunds"),
	stamp: __("Changed since it was read"),
	failed: __("Couldn't be booked"),
	books: __("Changed in the books"),
	hidden: __("In no list of the shop, but found by its number"),
};
const WHAT_IS_DONE = {
	noted: ["blue", __("Is corrected automatically: it is read again")],
	waiting: ["blue", __("Is corrected automatically: it waits in the inbox")],
	given_up: ["red", __("Waits for a person: each attempt failed")],
	stays: ["red", __("Waits for a person: it was read again and still differs")],
	listed: ["orange", __("Waits for a person")],
};

function show_reconciliation(frm) {
	const wrapper = frm.get_field("reconciliation_html").$wrapper.empty();
	if (frm.comparison_has_ended)
		wrapper.append(
			jarz_woocommerce.finding("blue", __("A comparison has ended. Save this form to see what it found."))
		);
	const kept = frm.doc.__onload?.reconciliation || {};
	wrapper.append(
		comparison_parts(frm, __("Last Day"), kept.recent, frm.comparisons?.recent),
		comparison_parts(frm, __("Whole Shop"), kept.whole, frm.comparisons?.whole)
	);
}

function comparison_parts(frm, title, result, state) {
	const parts = [jarz_woocommerce.heading(title)];
	if (state) parts.push(jarz_woocommerce.finding(...COMPARISON_STATES[state]));
	if (result && result.failed) parts.push(failed_line(result.failed));
	if (!result || !result.when) {
		if (!state) parts.push(jarz_woocommerce.paragraph(__("Not compared yet."), "text-muted"));
		return parts;
	}
	parts.push(verdict(result));
	if (result.too_many_gone) parts.push(too_many_gone(result.too_many_gone));
	const found = Object.keys(DIFFERENCES).filter((kind) => result.kinds[kind]);
	if (found.length) parts.push(differences_table(frm, result.kinds, found));
	parts.push(...result.unread.map((text) => jarz_woocommerce.finding("orange", text)));
	return parts;
}

function failed_line({ when, message }) {
	const text = __("The comparison {0} broke off; the next one does it.", [
		frappe.datetime.prettyDate(when),
	]);
	return jarz_woocommerce.finding("orange", text, message);
}

function verdict({ when, compared, differ, heals }) {
	const text = __("{0} orders compared {1}, {2} differ", [
		format_number(compared, null, 0),
		frappe.datetime.prettyDate(when),
		format_number(differ, null, 0),
	]);
	const off = __("The store isn't kept in step, so differences are only listed.");
	return jarz_woocommerce.finding(differ ? "orange" : "green", text, differ && !heals ? off : null);
}

function too_many_gone(count) {
	return jarz_woocommerce.finding(
		"red",
		__("The shop doesn't list {0} orders any more: too many to be believed", [
			format_number(count, null, 0),
		]),
		__("Look whether they are in the shop. Until then nothing is done about them.")
	);
}

function differences_table(frm, kinds, found) {
	const columns = [
		{ label: __("What Differs"), value: (kind) => orders_of(DIFFERENCES[kind], kinds[kind]) },
		{
			label: __("Orders", null, "WooCommerce"),
			value: (kind) => orders_link(frm, kind, kinds[kind]),
			numeric: true,
		},
		{ label: __("What Happens"), value: (kind) => what_happens(kind, kinds[kind]) },
		{ label: __("Since"), value: (kind) => frappe.datetime.prettyDate(kinds[kind].since) },
	];
	return jarz_woocommerce.table(columns, found);
}

/** What differs, with the first orders below it when it is opened. */
function orders_of(title, { orders }) {
	const lines = orders.map(({ id, message }) =>
		$("<li>").append($("<bdi>").text(__("Order {0}: {1}", [id, message])))
	);
	return $("<details>").append($("<summary>").text(title), $("<ul class='small pl-4 mb-0'>").append(lines));
}

/** Leads to the rows of the first of them; an order that is missing has none. */
function orders_link(frm, kind, { count, orders }) {
	const number = format_number(count, null, 0);
	if (kind === "missing") return number;
	const filters = { store: frm.doc.name, woo_order_id: ["in", orders.map(({ id }) => id)] };
	return $("<a href='#'>")
		.text(number)
		.on("click", (event) => {
			event.preventDefault();
			frappe.set_route("List", "WooCommerce Order Map", filters);
		});
}

function what_happens(kind, { orders }) {
	if (kind === "hidden") return $("<div>").text(__("Nothing is wrong: its own page in the shop is there"));
	const ways = Object.keys(WHAT_IS_DONE).filter((way) => orders.some(({ what }) => what === way));
	return $("<div>").append(
		ways.map((way) => jarz_woocommerce.finding(...WHAT_IS_DONE[way]).addClass("mb-0"))
	);
}
