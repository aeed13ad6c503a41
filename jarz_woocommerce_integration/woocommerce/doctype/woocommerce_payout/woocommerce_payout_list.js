// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.listview_settings["WooCommerce Payout"] = {
	add_fields: ["open_lines", "docstatus"],
	hide_name_column: true,
	has_indicator_for_draft: true,
	has_indicator_for_cancelled: true,

	get_indicator(doc) {
		if (doc.docstatus === 0 && doc.open_lines) return [__("Open Lines"), "orange", "open_lines,>,0|docstatus,=,0"];
		if (doc.docstatus === 0) return [__("Ready to Book"), "blue", "open_lines,=,0|docstatus,=,0"];
		if (doc.docstatus === 2) return [__("Cancelled"), "gray", "docstatus,=,2"];
		return doc.open_lines
			? [__("Booked, Open Lines"), "yellow", "open_lines,>,0|docstatus,=,1"]
			: [__("Booked", null, "WooCommerce"), "green", "open_lines,=,0|docstatus,=,1"];
	},

	onload(listview) {
		listview.page.set_title(__("Payouts"));
		if (!frappe.model.can_create("WooCommerce Payout")) return;
		listview.page.add_inner_button(__("Import Statement"), () => import_statement(listview));
	},
};

function import_statement(listview) {
	const dialog = new frappe.ui.Dialog({
		title: __("Import Statement"),
		fields: [
			{ fieldname: "store", fieldtype: "Link", options: "WooCommerce Store", label: __("Store"), reqd: 1, onchange: () => offer(dialog) },
			{ fieldname: "gateway", fieldtype: "Autocomplete", label: __("Payment Gateway"), reqd: 1 },
			{
				fieldname: "payout_format",
				fieldtype: "Link",
				options: "WooCommerce Payout Format",
				label: __("Payout Format"),
				description: __("Leave it empty for the files of Stripe and PayPal."),
			},
			{ fieldname: "file", fieldtype: "HTML" },
		],
		primary_action_label: __("Import"),
		async primary_action({ store, gateway, payout_format }) {
			const file = input.files[0];
			if (!file) return frappe.msgprint(__("Choose the CSV file of the statement."));
			const content = await file.text();
			const outcome = await jarz_woocommerce.call(
				"books.payouts.import_statement",
				{ store, gateway, content, payout_format: payout_format || "" },
				__("Reading the statement …")
			);
			dialog.hide();
			frappe.show_alert({ message: frappe.utils.escape_html(outcome.message), indicator: "green" }, 10);
			listview.refresh();
		},
	});
	const input = document.createElement("input");
	input.type = "file";
	input.accept = ".csv,.txt,.tsv,text/csv";
	input.setAttribute("aria-label", __("CSV file"));
	dialog.fields_dict.file.$wrapper.append(input);
	dialog.show();
}

async function offer(dialog) {
	const store = dialog.get_value("store");
	if (!store) return;
	const gateways = await jarz_woocommerce.read("books.payouts.gateways_of", { store });
	dialog.fields_dict.gateway.set_data(
		gateways.map((row) => ({ value: row.gateway, label: row.title || row.gateway }))
	);
}
