// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.query_reports["WooCommerce Shop against Books by Month"] = {
	onload(report) {
		report.page.set_title(__("Shop against Books by Month"));
		// On a phone Frappe cuts it at a quarter of the width.
		report.page.$title_area.find(".title-text").css({ maxWidth: "min(100vw - 90px, 480px)" });
	},
	after_datatable_render() {
		const { chart_options } = frappe.query_report;
		if (!chart_options) return;
		// Months follow each other: where there is no room, some are left out and none is cut. Frappe has set the axis by itself.
		Object.assign(chart_options.axisOptions, { xIsSeries: 1, seriesLabelSpaceRatio: 0.45 });
		frappe.query_report.render_chart(chart_options);
	},
	filters: [
		{
			fieldname: "store",
			label: __("Store"),
			fieldtype: "Link",
			options: "WooCommerce Store",
			reqd: 1,
			default: frappe.boot.woocommerce_default_store,
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_start(), -11),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.month_end(),
			reqd: 1,
		},
	],
};
