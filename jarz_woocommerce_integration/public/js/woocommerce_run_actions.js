// What a person may do with a WooCommerce Sync Run: its buttons, and what is asked before.

frappe.provide("jarz_woocommerce.run_actions");

const RUN_ACTIONS = {
	resume: { label: __("Resume"), type: "primary", done: __("The run goes on.") },
	pause: { label: __("Pause"), done: __("No new page starts; pages that have begun are finished.") },
	retry_failed: { label: __("Retry Failed"), done: __("The failed pages are tried again.") },
	verify: { label: __("Verify"), done: __("The store and the books are compared in the background.") },
	stop: { label: __("Stop"), ask: ask_to_stop, done: __("The run ends.") },
	book_anew: {
		label: __("Book Anew"),
		type: "primary",
		ask: ask_to_book_anew,
		done: __("The orders are taken back and booked anew in the background."),
	},
	undo_again: { label: __("Go On Undoing"), method: "undo", done: __("The run is being undone.") },
	// Not "Undo": that is in the menu of every form.
	undo: {
		label: __("Undo Run"),
		type: "danger",
		ask: ask_to_undo,
		done: __("The run is being undone."),
	},
};
const PRINT_PROOF = __("Print Proof");

/** Show the buttons of these actions, and no others. */
jarz_woocommerce.run_actions.show = function (frm, allowed) {
	[...Object.values(RUN_ACTIONS).map(({ label }) => label), PRINT_PROOF].forEach((label) =>
		frm.remove_custom_button(label)
	);
	if (frm.doc.verification) frm.add_custom_button(PRINT_PROOF, () => print_proof(frm.doc.name));
	if (!jarz_woocommerce.can_manage()) return;
	for (const [name, action] of Object.entries(RUN_ACTIONS)) {
		if (!allowed.includes(name)) continue;
		const act = () => perform_action(frm, name, action);
		frm.add_custom_button(action.label, action.ask ? () => action.ask(frm, act) : act);
		if (action.type) frm.change_custom_button_type(action.label, null, action.type);
	}
};

async function perform_action(frm, name, { method, done }) {
	await jarz_woocommerce.call(`run.${method || name}`, { run: frm.doc.name }, __("One moment"));
	frappe.show_alert({ message: done, indicator: "green" });
	await frm.reload_doc();
}

function ask_to_stop(frm, act) {
	frappe.confirm(
		__(
			"Stop this run? Pages that have begun are finished, and what is booked stays. It can be resumed later."
		),
		act
	);
}

async function ask_to_book_anew(frm, act) {
	const { count } = await jarz_woocommerce.read("run.suspects", { run: frm.doc.name });
	frappe.confirm(
		[
			__(
				"Orders of this run that were booked in bulk as a kind that was found to be wrong later: {0}.",
				[format_number(count, null, 0)]
			),
			__(
				"Their invoices, payments and credit notes are cancelled and deleted; then the shop is asked for these orders, and they are booked as documents."
			),
			__("What somebody has changed since (a payment, an edit, a link) is kept and listed here."),
		]
			.map((paragraph) => `<p>${paragraph}</p>`)
			.join(""),
		act
	);
}

/** In red, with what will be gone afterwards. */
function ask_to_undo(frm, act) {
	const { counters, orders } = frm.run_progress.latest;
	const booked = counters.booked + counters.updated;
	const paragraphs = [
		__("Everything that run {0} booked is undone, newest first: {1} of its {2} orders.", [
			frm.doc.name,
			format_number(booked, null, 0),
			format_number(orders.done, null, 0),
		]),
		__(
			"Their invoices, payments and credit notes are cancelled and deleted, then the customers, contacts and addresses that this run made and nobody has used since."
		),
		__("What somebody has changed since (a payment, an edit, a link) is kept and listed here."),
		__("This can't be reversed, but a new migration books the orders again."),
	];
	const text = paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join("");
	frappe.warn(__("Undo Run {0}?", [frm.doc.name]), text, act, __("Undo Run"));
}

function print_proof(run) {
	const page = new URLSearchParams({
		doctype: "WooCommerce Sync Run",
		name: run,
		format: "WooCommerce Proof",
	});
	window.open(`/printview?${page}`, "_blank");
}
