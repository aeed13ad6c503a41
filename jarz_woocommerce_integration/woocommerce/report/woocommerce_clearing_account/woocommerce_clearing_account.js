// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

const CLEARING_ACCOUNTS = "jarz_woocommerce_integration.api.books.payouts.clearing_accounts";

frappe.query_reports["WooCommerce Clearing Account"] = {
	async onload(report) {
		report.page.set_title(__("Clearing Account"));
		// On a phone Frappe cuts it at a quarter of the width.
		report.page.$title_area.find(".title-text").css({ maxWidth: "min(100vw - 90px, 480px)" });
		const { message: accounts } = await frappe.call({ method: CLEARING_ACCOUNTS, type: "GET" });
		const filter = report.get_filter("account");
		filter.set_data(accounts);
		if (!filter.get_value() && accounts.length) filter.set_value(accounts[0]);
	},
	filters: [
		{
			fieldname: "account",
			label: __("Clearing Account"),
			// Those of gateways alone, also for who may open no list of accounts.
			fieldtype: "Autocomplete",
		},
		{
			fieldname: "day",
			label: __("Until"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
	],
};
