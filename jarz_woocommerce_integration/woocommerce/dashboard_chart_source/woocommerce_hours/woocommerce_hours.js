frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["WooCommerce Hours"] = {
	method: "jarz_woocommerce_integration.api.health.by_hour",
	filters: [
		{
			fieldname: "what",
			label: __("What"),
			fieldtype: "Select",
			options: ["Received", "Written"],
			default: "Received",
			reqd: 1,
		},
	],
};
