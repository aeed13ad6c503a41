// The tables that map a shop to the books: filling them, the rows that are guesses, and the accounts that lack.

frappe.provide("jarz_woocommerce.mappings");

// Table -> its DocType, and what a person decides in a row.
const MAPPING_TABLES = {
	statuses: { doctype: "WooCommerce Store Status", decided: ["action"] },
	gateways: {
		doctype: "WooCommerce Store Gateway",
		decided: ["mode_of_payment", "account", "paid"],
	},
	taxes: { doctype: "WooCommerce Store Tax", decided: ["account"] },
	shipping_methods: { doctype: "WooCommerce Store Shipping Method", decided: ["account"] },
	territories: { doctype: "WooCommerce Store Territory", decided: ["territory"] },
	currencies: {
		doctype: "WooCommerce Store Currency",
		decided: ["receivable_account", "exchange_rate"],
	},
};

for (const { doctype, decided } of Object.values(MAPPING_TABLES)) {
	// Who chooses has looked.
	const looked = (frm, cdt, cdn) => frappe.model.set_value(cdt, cdn, "look", 0);
	const handlers = Object.fromEntries(decided.map((field) => [field, looked]));
	frappe.ui.form.on(doctype, { ...handlers, look: mark_rows });
}

/** Rows that are guesses stand out, and the form says how many there are. */
jarz_woocommerce.mappings.show_guesses = function (frm) {
	const guesses = Object.keys(MAPPING_TABLES)
		.flatMap((table) => frm.doc[table] || [])
		.filter((row) => row.look).length;
	mark_rows(frm);
	if (!guesses) return;
	const text = __("Look at the rows of the mapping that are guesses: {0}", [guesses]);
	const indicator = frm.dashboard.add_indicator(text, "yellow");
	indicator.css("cursor", "pointer").on("click", () => frm.scroll_to_field("statuses"));
};

function mark_rows(frm) {
	for (const table of Object.keys(MAPPING_TABLES)) {
		for (const row of frm.fields_dict[table]?.grid.grid_rows || []) {
			row.wrapper.css("background-color", row.doc?.look ? "var(--yellow-highlight-color)" : "");
		}
	}
}

/** What a row of actions may name is what the tables beside it have from the shop. Other names may be typed, too. */
jarz_woocommerce.mappings.offer_conditions = function (frm) {
	const methods = (frm.doc.shipping_methods || []).map((row) => row.method);
	const offered = {
		status: (frm.doc.statuses || []).map((row) => row.status),
		gateway: (frm.doc.gateways || []).map((row) => row.gateway),
		shipping_method: [...new Set(methods.flatMap((method) => [method.split(":")[0], method]))],
	};
	const grid = frm.fields_dict.actions.grid;
	for (const [field, names] of Object.entries(offered)) {
		grid.update_docfield_property(field, "ignore_validation", 1);
		grid.update_docfield_property(field, "options", names.filter(Boolean).join("\n"));
	}
};

jarz_woocommerce.mappings.fill = async function (frm) {
	const filled = await jarz_woocommerce.call(
		"store.fill_mappings",
		{ store: frm.doc.name },
		__("Reading the store's statuses, payment gateways, taxes, shipping methods and zones")
	);
	await frm.reload_doc();
	const added = Object.entries(filled.added).map(([table, rows]) => added_rows(frm, table, rows));
	const left = () =>
		[...filled.left_to_you, ...filled.unread].map((text) => jarz_woocommerce.finding("orange", text));
	const parts = [
		...(added.length ? added : [jarz_woocommerce.finding("gray", __("Nothing new in the store."))]),
		...left(),
	];
	if (!filled.accounts.accounts.length) {
		show_before_rehearsal(frm, parts);
		return;
	}
	parts.push(jarz_woocommerce.heading(__("Accounts that are missing")));
	show_accounts(frm, __("Mappings"), filled.accounts, parts, left);
};

/** What was filled in; a rehearsal, which books nothing, shows what comes of it. */
function show_before_rehearsal(frm, parts) {
	const rehearse = () => rehearse_filled(frm);
	const dialog = jarz_woocommerce.show(
		__("Mappings"),
		[...parts, jarz_woocommerce.paragraph(__("A rehearsal shows what becomes of each order. It books nothing."))],
		jarz_woocommerce.leading_to(__("Rehearse"), rehearse, () => dialog)
	);
}

function rehearse_filled(frm) {
	return jarz_woocommerce.with_saved(frm, () => jarz_woocommerce.rehearsal.open(frm, { starts: true }));
}

function added_rows(frm, table, rows) {
	const label = __(frappe.meta.get_label(frm.doctype, table));
	return jarz_woocommerce.finding("green", __("{0}: {1} added", [label, rows.length]), rows.join(", "));
}

// --- accounts ---

jarz_woocommerce.mappings.ask_for_accounts = async function (frm) {
	const missing = await jarz_woocommerce.read("store.missing_accounts", { store: frm.doc.name });
	if (!missing.accounts.length) {
		const text = __("No account is missing for what the store books now.");
		frappe.show_alert({ message: text, indicator: "green" });
		return;
	}
	show_accounts(frm, __("Missing Accounts"), missing, []);
};

/**
 * Which accounts would be made under which groups, each to be left out, and the button that makes them.
 *
 * @param {Function} [left] makes the findings that are still left to a person, where a rehearsal comes next
 */
function show_accounts(frm, title, { accounts, may_create, refusal }, parts, left) {
	const boxes = new Map();
	const box = (account) => {
		const input = $("<input type='checkbox' checked>").attr("aria-label", account.title);
		boxes.set(account.title, input);
		return $("<label class='mb-0'>").append(input.prop("disabled", !may_create));
	};
	const table = jarz_woocommerce.table(
		[
			{ label: __("Create"), value: box },
			{ label: __("Account"), value: (account) => account.title },
			{
				label: __("Under"),
				value: (account) => (account.there ? __("Is there already") : account.parent),
			},
			{ label: __("Type"), value: (account) => account.account_type && __(account.account_type) },
			{ label: __("For", null, "WooCommerce"), value: (account) => account.purpose },
		],
		accounts
	);
	const about = may_create
		? jarz_woocommerce.paragraph(
				__("The accounts that are ticked are created, and the store books to them.")
		  )
		: jarz_woocommerce.finding("orange", refusal);
	const rehearse = left && (() => rehearse_filled(frm));
	const options = may_create
		? {
				primary_action_label: __("Create Missing Accounts"),
				primary_action: () => create_accounts(frm, dialog, boxes, left),
		  }
		: rehearse
		? jarz_woocommerce.leading_to(__("Rehearse without Them"), rehearse, () => dialog)
		: {};
	const dialog = jarz_woocommerce.show(title, [...parts, about, table], options);
}

async function create_accounts(frm, dialog, boxes, left) {
	const titles = [...boxes].filter(([, input]) => input.prop("checked")).map(([title]) => title);
	const names = await jarz_woocommerce.call(
		"store.create_accounts",
		{ store: frm.doc.name, titles },
		__("Creating accounts")
	);
	dialog.hide();
	await frm.reload_doc();
	const message = __("{0} accounts are there, and the store books to them.", [names.length]);
	const created = jarz_woocommerce.finding("green", message, names.join(", "));
	if (left) show_before_rehearsal(frm, [created, ...left()]);
	else frappe.show_alert({ message, indicator: "green" });
}
