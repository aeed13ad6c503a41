// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Order Map", {
	setup(frm) {
		frm.get_docfield("reason").formatter = jarz_woocommerce.words;
		jarz_woocommerce.times(frm, {
			created_gmt: __("Created in Store"),
			paid_gmt: __("Paid"),
			modified_gmt: __("Modified in Store"),
		});
	},

	refresh(frm) {
		// The number stands for itself in a Desk that is read from the right: U+2068 and U+2069 are what <bdi> is in a page.
		const number = frm.doc.order_number || frm.doc.woo_order_id;
		frm.page.set_title(__("Order {0}", [`\u2068${number}\u2069`]));
		for (const field of ["order_number", "message", "what_to_do"]) {
			frm.get_field(field)?.$wrapper.find(".control-value").attr("dir", "auto");
		}
		frm.disable_save(); // the rows are the sync's own
		jarz_woocommerce.name_zone(frm);
		show_breakdown(frm);
		show_reason(frm);
		jarz_woocommerce.trail.show(frm);
		frm.add_custom_button(__("Open in Store"), () => open_in_store(frm));
		if (frm.doc.sales_invoice || frm.doc.sales_order)
			frm.add_custom_button(__("Show What Was Booked"), () => show_booked(frm));
		if (!jarz_woocommerce.can_manage()) return;
		frm.add_custom_button(__("Show What Differs"), () => show_differences(frm));
		frm.add_custom_button(__("Sync Again"), () => sync_again(frm));
		if (frm.doc.state === "Held") {
			add_resolutions(frm);
			const free = () => jarz_woocommerce.held.open([frm.doc.name], () => frm.reload_doc());
			frm.add_custom_button(__("Free This Order"), free);
			frm.change_custom_button_type(__("Free This Order"), null, "primary");
		}
		if (frm.doc.state === "Skipped" && frm.doc.resolution === "Booked by Hand") {
			frm.add_custom_button(__("Book It After All"), () => withdraw(frm));
		}
		if (frm.doc.anonymised) {
			frm.add_custom_button(__("Erase Personal Data"), () => erase(frm));
		}
		if (frm.doc.customer) add_customer_choices(frm);
	},
});

async function add_customer_choices(frm) {
	const name = frm.doc.name;
	const choices = await jarz_woocommerce.read("order_map.customer_choices", { name });
	if (frm.doc.name !== name) return; // the form shows another order by now
	const group = __("Customer");
	for (const { customer } of choices.accept) {
		const label = __("Accept {0}", [frappe.utils.escape_html(customer)]);
		const told = __(
			"{0} is the customer of this order. New orders of the same customer are booked to {0}.",
			[customer]
		);
		frm.add_custom_button(label, () => decide(frm, "accept_customer", customer, told), group);
	}
	for (const { customer } of choices.split) {
		const label = __("Split {0}", [frappe.utils.escape_html(customer)]);
		const told = __("{0} is a customer by itself. New orders are booked to {0}.", [customer]);
		frm.add_custom_button(label, () => decide(frm, "split_customer", customer, told), group);
	}
}

async function decide(frm, method, customer, told) {
	await jarz_woocommerce.call(`order_map.${method}`, { name: frm.doc.name, customer });
	frappe.show_alert({ message: frappe.utils.escape_html(told), indicator: "green" });
	frm.reload_doc();
}

// What a decision does to the books, for the person who takes it.
const EFFECTS = {
	"Book as Charged": __(
		"The invoice comes to the order's total. The difference is booked to the rounding account."
	),
	"Paid by Credit": __(
		"The invoice comes to what was sold. The difference is booked as paid from the account for store credit."
	),
};

async function add_resolutions(frm) {
	const name = frm.doc.name;
	const choices = await jarz_woocommerce.call("order_map.resolutions", { name });
	if (frm.doc.name !== name) return; // the form shows another order by now
	for (const choice of choices) {
		frm.add_custom_button(__(choice.kind), () => resolve(frm, choice));
	}
}

function resolve(frm, choice) {
	const difference = jarz_woocommerce.money(choice.amount, choice.currency);
	frappe.prompt(
		[
			{
				fieldtype: "HTML",
				options: `<p>${frappe.utils.escape_html(EFFECTS[choice.kind])}</p>
					<p>${__("Difference")}: <b>${frappe.utils.escape_html(difference)}</b></p>`,
			},
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				description: __("It is kept with your name and the time."),
				reqd: 1,
			},
		],
		async ({ reason }) => {
			const results = await jarz_woocommerce.call(
				"order_map.resolve",
				{ name: frm.doc.name, kind: choice.kind, reason },
				__("Booking the order")
			);
			jarz_woocommerce.show_synced(results);
			frm.reload_doc();
		},
		__("{0}: Order {1}", [__(choice.kind), frm.doc.order_number || frm.doc.woo_order_id]),
		__(choice.kind)
	);
}

function withdraw(frm) {
	frappe.confirm(
		__("The order is read from the shop and booked. Cancel the document that has it before."),
		async () => {
			const results = await jarz_woocommerce.call(
				"order_map.withdraw",
				{ name: frm.doc.name },
				__("Booking the order")
			);
			jarz_woocommerce.show_synced(results);
			frm.reload_doc();
		}
	);
}

const HEADLINE_COLORS = { Held: "orange", Failed: "red", "Deleted in Store": "purple" };

function show_reason(frm) {
	const color = HEADLINE_COLORS[frm.doc.state];
	if (!color) return;
	const reason = frm.doc.reason ? `: ${jarz_woocommerce.words(frm.doc.reason)}` : "";
	frm.dashboard.set_headline(frappe.utils.escape_html(__(frm.doc.state) + reason), color);
}

function show_breakdown(frm) {
	const field = frm.get_field("breakdown_html");
	const parts = frm.doc.breakdown ? JSON.parse(frm.doc.breakdown) : [];
	field.$wrapper.empty();
	frm.toggle_display("breakdown_html", parts.length > 0);
	if (!parts.length) return;
	field.$wrapper.append(
		jarz_woocommerce.paragraph(__("How the total is calculated"), "text-muted small mb-1"),
		jarz_woocommerce.breakdown(parts, frm.doc.currency)
	);
}

async function open_in_store(frm) {
	const tab = window.open("", "_blank"); // opened at the click, or the browser blocks it
	try {
		tab.location = await jarz_woocommerce.call("order_map.store_url", { name: frm.doc.name });
	} catch {
		tab.close(); // the Desk has shown the reason
	}
}

async function sync_again(frm) {
	const results = await jarz_woocommerce.call(
		"order_map.sync_again",
		{ names: [frm.doc.name] },
		__("Reading the order from the store")
	);
	jarz_woocommerce.show_synced(results);
	frm.reload_doc();
}

function erase(frm) {
	frappe.confirm(
		__(
			"The shop has erased the personal data of this order. Erase its texts here, and the customer's contacts and addresses where no other order needs them? Documents of the books are kept. This can't be undone."
		),
		async () => {
			const done = await jarz_woocommerce.call(
				"order_map.erase",
				{ name: frm.doc.name },
				__("Erasing personal data")
			);
			jarz_woocommerce.show(__("Personal Data of Order {0}", [frm.doc.woo_order_id]), [
				...done.erased.map((text) => jarz_woocommerce.finding("green", `${__("Erased")}: ${text}`)),
				...done.kept.map((text) => jarz_woocommerce.finding("gray", `${__("Kept")}: ${text}`)),
			]);
			frm.reload_doc();
		}
	);
}

/** Also for people whom no role of ERPNext's lets open the documents themselves. */
async function show_booked(frm) {
	const documents = await jarz_woocommerce.read("order_map.booked", { name: frm.doc.name });
	const title = __("Order {0}: What Was Booked", [frm.doc.order_number || frm.doc.woo_order_id]);
	jarz_woocommerce.show(title, documents.flatMap(booked_document), { size: "extra-large" });
}

function booked_document({ doctype, name, refusal, facts, tables }) {
	const heading = jarz_woocommerce.heading("").append($("<bdi>").text(`${__(doctype)} ${name}`));
	if (refusal) return [heading, jarz_woocommerce.finding("orange", refusal)];
	return [heading, jarz_woocommerce.facts(facts), ...tables.flatMap(booked_table)];
}

function booked_table({ title, columns, rows }) {
	const shown = columns.map((column, place) => ({ ...column, value: (row) => row[place] }));
	return [jarz_woocommerce.paragraph(title, "text-muted small mb-1"), jarz_woocommerce.table(shown, rows)];
}

async function show_differences(frm) {
	const differences = await jarz_woocommerce.call(
		"order_map.differences",
		{ name: frm.doc.name },
		__("Comparing the store with the books")
	);
	const title = __("Order {0}: Store and Books", [frm.doc.order_number || frm.doc.woo_order_id]);
	jarz_woocommerce.show(title, [differences_of(differences)]);
}

function differences_of(differences) {
	if (!differences.length) {
		return jarz_woocommerce.finding("green", __("The store and the books agree."));
	}
	return jarz_woocommerce.table(
		[
			{ label: __("What"), value: (row) => __(row.what) },
			{ label: __("Store"), value: (row) => row.store },
			{ label: __("Books"), value: (row) => row.books },
		],
		differences
	);
}
