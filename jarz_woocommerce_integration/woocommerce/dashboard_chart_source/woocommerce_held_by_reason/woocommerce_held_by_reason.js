frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["WooCommerce Held by Reason"] = {
	method: "jarz_woocommerce_integration.api.health.held_by_reason",
	filters: [],
};
