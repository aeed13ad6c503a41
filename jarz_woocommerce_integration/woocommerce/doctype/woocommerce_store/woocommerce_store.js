// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Store", {
	setup(frm) {
		jarz_woocommerce.times(frm, {
			migrated_until: __("Migrated until"),
			synced_until: __("Synced until"),
			live_since: __("Live since"),
		});
		filter_store_links(frm);
		filter_table_links(frm);
	},

	onload(frm) {
		// The shop makes the keys: how strong they are isn't the reader's to judge.
		["consumer_key", "consumer_secret", "webhook_secret"].forEach((name) =>
			frm.get_field(name).disable_password_checks()
		);
		offer_naming_series(frm);
	},

	refresh(frm) {
		stay_here_after_save(frm);
		show_last_check(frm);
		jarz_woocommerce.offer_choices(frm);
		jarz_woocommerce.name_zone(frm);
		jarz_woocommerce.mappings.show_guesses(frm);
		jarz_woocommerce.mappings.offer_conditions(frm);
		if (!frm.is_new()) add_buttons(frm);
	},

	after_save(frm) {
		// The filters of reports begin with it; what Frappe knows from the start is from before.
		frappe.boot.woocommerce_default_store ||= frm.doc.name;
		check_what_was_saved(frm);
	},

	company(frm) {
		if (frm.is_new() && frm.doc.company) suggest_accounts(frm);
	},
});

// --- what can be chosen ---

function filter_store_links(frm) {
	const of_company = (filters) => () => ({
		filters: { company: frm.doc.company, is_group: 0, ...filters },
	});
	const accounts = [
		"tax_account",
		"shipping_account",
		"fees_account",
		"discounts_account",
		"refunds_account",
		"rounding_account",
		"store_credit_account",
		"default_payment_account",
	];
	[...accounts, "cost_center", "warehouse"].forEach((name) => frm.set_query(name, of_company({})));
	frm.set_query("income_account", of_company({ root_type: "Income" }));
	frm.set_query("receivable_account", of_company({ account_type: "Receivable" }));
	frm.set_query("price_list", () => ({ filters: { selling: 1, enabled: 1 } }));
	frm.set_query("customer_group", () => ({ filters: { is_group: 0 } }));
}

function filter_table_links(frm) {
	const of_company = () => ({ filters: { company: frm.doc.company, is_group: 0 } });
	const links = {
		gateways: ["account", "fee_account", "refund_account"],
		tenders: ["account"],
		taxes: ["account"],
		shipping_methods: ["account"],
		fees: ["account"],
		territories: ["cost_center", "warehouse"],
	};
	for (const [table, names] of Object.entries(links)) {
		names.forEach((name) => frm.set_query(name, table, of_company));
	}
	frm.set_query("mail_print_format", () => ({ filters: { doc_type: "Sales Invoice", disabled: 0 } }));
	frm.set_query("mail_account", () => ({ filters: { enable_outgoing: 1 } }));
	frm.set_query("customer_group", "roles", () => ({ filters: { is_group: 0 } }));
	frm.set_query("customer", "roles", () => ({ filters: { disabled: 0, woo_customer_key: ["is", "not set"] } }));
	frm.set_query("price_list", "roles", () => ({ filters: { selling: 1, enabled: 1 } }));
	frm.set_query("pos_profile", "territories", () => ({ filters: { company: frm.doc.company } }));
	frm.set_query("item_tax_template", "tax_classes", () => ({
		filters: { company: frm.doc.company, disabled: 0 },
	}));
	frm.set_query("field", "mapped_fields", (doc, doctype, name) => ({
		query: "jarz_woocommerce_integration.api.store.mappable_fields",
		params: { document_type: locals[doctype][name].document_type },
	}));
	frm.set_query("receivable_account", "currencies", (doc, doctype, name) => ({
		filters: {
			company: doc.company,
			is_group: 0,
			account_type: "Receivable",
			// One in the company's currency takes all currencies, where ERPNext's setting allows it.
			account_currency: ["in", [locals[doctype][name].currency, erpnext.get_currency(doc.company)]],
		},
	}));
}

function offer_naming_series(frm) {
	frappe.model.with_doctype("Sales Invoice", () => {
		const series = frappe.meta.get_docfield("Sales Invoice", "naming_series");
		if (series) frm.set_df_property("naming_series", "options", `\n${series.options || ""}`);
	});
}

/** Fill what is empty, and what the company chosen before had filled. */
async function suggest_accounts(frm) {
	const suggested = await jarz_woocommerce.call("store.suggest_accounts", { company: frm.doc.company });
	const before = frm.suggested_accounts || {};
	for (const [name, value] of Object.entries(suggested)) {
		const is_ours = !frm.doc[name] || frm.doc[name] === before[name];
		if (frm.fields_dict[name] && is_ours) frm.set_value(name, value);
	}
	frm.suggested_accounts = suggested;
}

/** Frappe's first steps say "Action Complete" once it is saved, and lead away, though the check of the connection comes next. */
function stay_here_after_save(frm) {
	if (frm.is_new() && frappe.route_hooks) delete frappe.route_hooks.after_save;
}

// --- how it stands ---

function show_last_check(frm) {
	if (frm.is_new()) {
		frm.set_intro(
			__(
				"Enter the shop's address and keys, choose a company, and save: then the connection can be checked."
			),
			"blue"
		);
		return;
	}
	show_pause(frm);
	if (!frm.doc.enabled) frm.dashboard.add_indicator(__("Disabled: nothing is read"), "gray");
	if (!frm.doc.last_checked) {
		frm.dashboard.add_indicator(__("Not checked yet"), "orange");
		return;
	}
	const when = frappe.datetime.prettyDate(frm.doc.last_checked);
	frm.dashboard.add_indicator(...light_of_check(frm.doc.check_level, when));
}

/** Earlier versions kept no level with what they found. */
function light_of_check(level, when) {
	if (level === "error") return [__("The check failed {0}", [when]), "red"];
	if (level === "warning") return [__("Checked {0}, with warnings", [when]), "orange"];
	return [__("Checked {0}", [when]), level ? "green" : "gray"];
}

/** The shop asked to be left alone, or couldn't be read: until when, and how to ask it before. */
function show_pause(frm) {
	const until = frm.doc.__onload?.paused_until;
	if (!until) return;
	const text = __("The shop is left alone until {0}.", [frappe.datetime.str_to_user(until)]);
	frm.dashboard.add_indicator(text, "orange");
	if (!jarz_woocommerce.can_manage()) return;
	frm.add_custom_button(__("End the Pause"), async () => {
		await jarz_woocommerce.call("store.end_pause", { store: frm.doc.name });
		frm.reload_doc();
	});
}

// --- buttons ---

const GROUP = __("Actions");
const MIGRATION_GROUP = __("Migration");

function add_buttons(frm) {
	if (!jarz_woocommerce.can_manage()) return;
	const add = (label, action, group = GROUP) =>
		frm.add_custom_button(label, () => jarz_woocommerce.with_saved(frm, action), group);
	add(__("Check Connection"), check_connection);
	add(__("Preflight"), jarz_woocommerce.preflight.open);
	add(__("Fill Mappings from Store"), jarz_woocommerce.mappings.fill);
	add(__("Create Missing Accounts"), jarz_woocommerce.mappings.ask_for_accounts);
	add(__("Import Products"), jarz_woocommerce.products.open);
	add(__("Preview an Order"), () => jarz_woocommerce.preview.ask(frm.doc.name));
	add(__("Rehearse"), () => jarz_woocommerce.rehearsal.open(frm), MIGRATION_GROUP);
	add(__("Migrate"), jarz_woocommerce.preflight.migrate, MIGRATION_GROUP);
	frm.page.set_inner_btn_group_as_primary(MIGRATION_GROUP);
}

/** Whether the shop can be read is what a person wants to know next: of a new address or keys, or after a check that failed. */
function check_what_was_saved(frm) {
	const { enabled, last_checked, check_level } = frm.doc;
	if (!enabled || frm.saved_for_action || (last_checked && check_level !== "error")) return;
	// The form is still being drawn after the save, and Frappe waits for what is returned here.
	setTimeout(() => {
		// What an open window asks for comes first, also while it fades in.
		if (!$(".modal.show").length) check_connection(frm);
	}, 300);
}

async function check_connection(frm) {
	const report = await jarz_woocommerce.call(
		"store.check_connection",
		{ store: frm.doc.name },
		__("Asking the store")
	);
	await frm.reload_doc();
	const fill = () => jarz_woocommerce.with_saved(frm, jarz_woocommerce.mappings.fill);
	const is_next = report.works && !frm.doc.gateways.length;
	const dialog = jarz_woocommerce.show(
		report.works ? __("The Connection Works") : __("The Connection Doesn't Work Yet"),
		jarz_woocommerce.by_weight(report.findings).map(jarz_woocommerce.finding_line),
		is_next ? jarz_woocommerce.leading_to(__("Fill Mappings from Store"), fill, () => dialog) : {}
	);
}
