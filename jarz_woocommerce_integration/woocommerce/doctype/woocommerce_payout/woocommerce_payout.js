// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Payout", {
	setup(frm) {
		const of_company = () => ({ filters: { company: frm.doc.company, is_group: 0, disabled: 0 } });
		for (const name of ["clearing", "bank", "fee", "dispute", "reserve", "adjustment"])
			frm.set_query(`${name}_account`, of_company);
		frm.set_query("cost_center", () => ({ filters: { company: frm.doc.company, is_group: 0 } }));
	},

	refresh(frm) {
		jarz_woocommerce.offer_choices(frm);
		if (frm.doc.store) offer_gateways(frm);
		if (frm.is_new()) return;
		show_state(frm);
		frm.add_custom_button(__("Match Again"), async () => {
			await jarz_woocommerce.call("books.payouts.match_again", { name: frm.doc.name }, __("Matching …"));
			frm.reload_doc();
		});
		frm.add_custom_button(__("Clearing Account"), () =>
			frappe.set_route("query-report", "WooCommerce Clearing Account", {
				account: frm.doc.clearing_account,
				day: frm.doc.payout_date,
			})
		);
	},

	store: offer_gateways,

	gateway(frm) {
		const found = (frm.gateways || []).find((row) => row.gateway === frm.doc.gateway);
		for (const [name, value] of Object.entries(found || {}))
			if (name.endsWith("_account") && value && !frm.doc[name]) frm.set_value(name, value);
	},
});

async function offer_gateways(frm) {
	if (!frm.doc.store || !frm.perm[0]?.write) return;
	frm.gateways = await jarz_woocommerce.read("books.payouts.gateways_of", { store: frm.doc.store });
	frm.fields_dict.gateway.set_data?.(
		frm.gateways.map((row) => ({ value: row.gateway, label: row.title || row.gateway }))
	);
}

function show_state(frm) {
	if (frm.doc.docstatus === 2) return;
	if (!frm.doc.open_lines) {
		frm.dashboard.set_headline(__("All lines are in the books as the gateway has them."), "green");
		return;
	}
	frm.dashboard.set_headline(
		__("{0} of {1} lines aren't in the books as the gateway has them. The column State says why.", [
			frm.doc.open_lines,
			frm.doc.lines.length,
		]),
		"orange"
	);
}
