// What the forms of this app share: plain data shown as tables and dialogs.
// Everything that comes from a shop is set as text, never as HTML.

frappe.provide("jarz_woocommerce");

const LEVEL_COLORS = { ok: "green", warning: "orange", error: "red", unknown: "gray" };
const CHOICES = "jarz_woocommerce_integration.api.store.choices";
const EVIDENCE = {
	"store customer id": __("Account in the shop"),
	"e-mail": __("E-mail"),
	phone: __("Phone"),
	"e-mail and phone": __("E-mail and phone"),
	none: "",
};
const MANAGERS = ["WooCommerce Manager", "System Manager"];

Object.assign(jarz_woocommerce, {
	/** Whether the user may change things; the server checks it again. */
	can_manage() {
		return MANAGERS.some((role) => frappe.user.has_role(role));
	},

	/** Whether the user may have gateways pay back; the server checks it again. */
	can_approve() {
		return frappe.user.has_role("WooCommerce Refund Manager");
	},

	/** Call a method of the app's API while the page waits. A refusal is shown by the Desk, and ends what has called. */
	async call(method, args, freeze_message) {
		return request({ method, args, freeze: Boolean(freeze_message), freeze_message });
	},

	/** Call a method of the app's API that changes nothing, and takes GET. */
	async read(method, args) {
		return request({ method, args, type: "GET" });
	},

	/**
	 * As `read`, for a question that nobody has asked: past `frappe.call`, which would open a dialog at each failure.
	 *
	 * @throws {Error} in words
	 */
	async ask(method, args) {
		const address = `/api/method/jarz_woocommerce_integration.api.${method}`;
		let answer;
		try {
			answer = await fetch(`${address}?${new URLSearchParams(args)}`, {
				headers: { Accept: "application/json" },
			});
		} catch {
			throw new Error(__("The server can't be reached. It is tried again."));
		}
		if (!answer.ok)
			throw new Error(
				__("The server can't answer now (status {0}). It is tried again.", [answer.status])
			);
		return (await answer.json()).message;
	},

	/** "total_differs" as a person would write it. */
	words(code) {
		const known = frappe.boot.woocommerce_reasons?.[code];
		if (known) return known;
		if (String(code).startsWith("status_")) return __("Status {0}", [code.slice("status_".length)]);
		const text = String(code || "").replaceAll("_", " ");
		return __(text.charAt(0).toUpperCase() + text.slice(1));
	},

	/** By what a customer was found ("e-mail and phone"), for reading; nothing where nothing was found. */
	evidence(code) {
		return EVIDENCE[code] || code || "";
	},

	/** An exact amount (a string) for reading: all of its decimals, at least two, and the currency's code. */
	money(amount, currency) {
		if (is_empty(amount)) return "";
		const [, decimals = ""] = String(amount).split(".");
		const shown = Math.max(2, decimals.replace(/0+$/, "").length);
		return `${format_number(amount, get_number_format(currency), shown)} ${currency}`;
	},

	/** Two texts side by side that may run in different directions: each is read for itself. */
	beside(...texts) {
		return texts
			.filter(Boolean)
			.map((text) => `\u2068${text}\u2069`)
			.join(" \u00b7 ");
	},

	/** The user's day of a column in UTC. */
	utc_day(value) {
		if (!value) return "";
		const day = moment.utc(value).tz(frappe.boot.time_zone.user).format("YYYY-MM-DD");
		return frappe.datetime.str_to_user(day, false, true);
	},

	/**
	 * Show the times of a form in the user's zone, and name the zone once, below all of them.
	 *
	 * @param {Object} utc fieldname -> label of columns that are kept in UTC
	 */
	times(frm, utc = {}) {
		for (const field of frm.meta.fields) {
			if (field.fieldtype !== "Datetime") continue;
			field.hide_timezone = 1;
			if (!utc[field.fieldname]) continue;
			field.label = utc[field.fieldname];
			field.formatter = (value) =>
				value ? frappe.utils.escape_html(jarz_woocommerce.moment_text(value)) : "";
		}
	},

	name_zone(frm) {
		const { wrapper } = frm.layout;
		const zone = frappe.boot.time_zone.user;
		Object.values(frm.fields_dict).forEach((field) => leave_out_zone(field, zone));
		wrapper.find(".woo-zone").remove();
		const text = __("Times are of the zone {0}.", [zone]);
		wrapper.append($("<p class='woo-zone text-muted small px-4 pt-2'>").text(text));
	},

	/** An ISO time in UTC as the user's clock shows it. */
	moment_text(text) {
		const of_site = moment.utc(text).tz(frappe.boot.time_zone.system);
		return frappe.datetime.str_to_user(of_site.format(frappe.defaultDatetimeFormat));
	},

	/**
	 * @param {Array} columns of {label, value(row), numeric}
	 * @param {Array} rows
	 * @param {Object} [total] a last row, set in bold
	 */
	table(columns, rows, total) {
		const head = $("<tr>").append(columns.map((column) => cell("th", column, column.label)));
		const body = rows.map((row) => table_row(columns, row));
		if (total) body.push(table_row(columns, total).addClass("font-weight-bold"));
		const table = $("<table class='table table-bordered table-sm small mb-3'>").append(
			$("<thead class='text-muted'>").append(head),
			$("<tbody>").append(body)
		);
		// On a phone it is scrolled, also by keys.
		return $("<div class='table-responsive' tabindex='0'>").append(table);
	},

	/** Parts of a list in one line, each in its own direction. */
	in_line(parts) {
		return parts
			.filter(Boolean)
			.map((part) => `\u2068${part}\u2069`)
			.join(", ");
	},

	/** Pairs of a label and a text; those without a text are left out. */
	facts(pairs) {
		const shown = pairs.filter(([, text]) => !is_empty(text));
		return $("<dl class='row small mb-2'>").append(
			shown.flatMap(([label, text]) => [
				$("<dt class='col-sm-3 text-muted font-weight-normal'>").text(label),
				$("<dd class='col-sm-9 mb-1'>").append($("<bdi>").text(text)),
			])
		);
	},

	/** How long something takes, as people say it. */
	duration(seconds) {
		if (seconds < 60) return __("{0} seconds", [Math.round(seconds)]);
		const minutes = Math.round(seconds / 60);
		if (minutes === 1) return __("a minute");
		if (minutes < 60) return __("{0} minutes", [minutes]);
		return __("{0} h {1} min", [Math.floor(minutes / 60), minutes % 60]);
	},

	/** @param {number} percent; @param {string} color of Frappe's palette */
	progress_bar(percent, color) {
		const bar = $("<div class='progress-bar' role='progressbar' aria-valuemin='0' aria-valuemax='100'>")
			.attr({ "aria-valuenow": Math.round(percent), "aria-label": __("Progress") })
			.css({ width: `${percent}%`, background: `var(--${color}-600)` });
		return $("<div class='progress mb-2' style='height: 8px; background: var(--control-bg)'>").append(
			bar
		);
	},

	/** A link to a document, among texts that are none; its name alone for whom no role lets open it. */
	document_link(doctype, name, text) {
		if (!frappe.model.can_read(doctype)) return $("<bdi>").text(text || name);
		return $("<a dir='auto' style='text-decoration: underline'>")
			.attr("href", frappe.utils.get_form_link(doctype, name))
			.text(text || name);
	},

	heading(text) {
		return $("<h5 class='mt-3 mb-2'>").text(text);
	},

	paragraph(text, classes = "") {
		return $("<p>").addClass(classes).text(text);
	},

	/** Frappe's own dots are hardly seen in the dark theme. */
	dot(color) {
		return $("<span aria-hidden='true'>").css({
			display: "inline-block",
			width: "8px",
			height: "8px",
			borderRadius: "50%",
			marginInlineEnd: "8px",
			background: `var(--${color}-500)`,
		});
	},

	/** A sentence with a coloured dot, and what to do about it below. */
	finding(color, text, what_to_do) {
		const line = $("<div class='mb-2'>").append(jarz_woocommerce.dot(color), $("<bdi>").text(text));
		if (what_to_do) line.append($("<div class='text-muted small ml-4'>").text(what_to_do));
		return line;
	},

	/** As `finding`, of a `Finding` of the server. Those of earlier versions that are kept have no level. */
	finding_line({ level, text, what_to_do }) {
		return jarz_woocommerce.finding(LEVEL_COLORS[level] || "red", text, what_to_do);
	},

	/** Findings, those first that need a person. */
	by_weight(findings) {
		const order = ["error", "warning", "ok"];
		return [...findings].sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level));
	},

	/** The parts of an order's total and their sum, as a hold keeps them: [[label, amount], ...]. */
	breakdown(parts, currency) {
		const columns = [
			{ label: __("Part"), value: ([label]) => label },
			{
				label: __("Amount", null, "WooCommerce"),
				value: ([, amount]) => jarz_woocommerce.money(amount, currency),
				numeric: true,
			},
		];
		return jarz_woocommerce.table(columns, parts);
	},

	/** What became of orders that were synced again: results of {woo_order_id, status, reason, invoice}. */
	show_synced(results) {
		const queued = results.filter((row) => row.status === "queued").length;
		if (queued > 1 && queued === results.length) {
			const text = __("{0} orders are read in the background.", [queued]);
			frappe.show_alert({ message: text, indicator: "blue" });
			return;
		}
		const columns = [
			{ label: __("Order", null, "WooCommerce"), value: (row) => row.woo_order_id },
			{ label: __("Result"), value: (row) => jarz_woocommerce.words(row.status) },
			{ label: __("Sales Invoice"), value: (row) => row.invoice },
			{ label: __("Reason"), value: (row) => row.reason },
		];
		jarz_woocommerce.show(__("Synced Again"), [jarz_woocommerce.table(columns, results)]);
	},

	/** Let the user choose names in the link fields of a form, also from lists that no role lets them open. */
	offer_choices(frm) {
		for (const { df, grid } of Object.values(frm.fields_dict)) {
			jarz_woocommerce.offer_names(frm.fields_dict[df.fieldname], df);
			for (const column of grid?.docfields || []) {
				jarz_woocommerce.offer_names(grid.get_field(column.fieldname), column);
			}
		}
	},

	/** The same for one field; `df` is its definition. */
	offer_names(field, df) {
		if (df.fieldtype !== "Link" || df.offers_names) return;
		if (frappe.model.can_read(df.options) || frappe.model.can_select(df.options)) return;
		const own = field.get_query;
		field.get_query = (...args) => ({ ...own?.(...args), query: CHOICES });
		// Frappe 15 would ask for the right to read what was chosen.
		Object.assign(df, { offers_names: true, ignore_link_validation: true });
	},

	/** Have rows of the outbox that were given up sent again. */
	async send_again(names) {
		const again = await jarz_woocommerce.call("outbox.send_again", { names });
		const text = again
			? __("Messages that are sent again: {0}", [again])
			: __("None of them was given up.");
		frappe.show_alert({ message: text, indicator: again ? "green" : "orange" });
	},

	/** Have gateways pay back refunds that wait for approval. */
	async approve_refunds(names) {
		const approved = await jarz_woocommerce.call("outbox.approve_refunds", { names });
		const text = approved
			? __("Refunds that are sent: {0}", [approved])
			: __("None of them waited for approval.");
		frappe.show_alert({ message: text, indicator: approved ? "green" : "orange" });
	},

	/** Do something with a form's document on the server, which works with what is saved. */
	async with_saved(frm, action) {
		frm.saved_for_action = true;
		try {
			if (frm.is_dirty()) await frm.save();
		} finally {
			frm.saved_for_action = false;
		}
		await action(frm);
	},

	/** Options of a dialog whose button closes it and leads to what comes next; who closes it otherwise leaves that for later. */
	leading_to(label, action, get_dialog) {
		return {
			primary_action_label: label,
			primary_action() {
				get_dialog().hide();
				action();
			},
		};
	},

	/** A dialog that only shows; `parts` are elements or null. */
	show(title, parts, options = {}) {
		const dialog = new frappe.ui.Dialog({ title, size: "large", ...options });
		dialog.$body.addClass("p-3").append(parts.filter(Boolean));
		dialog.show();
		return dialog;
	},
});

/** The Desk has shown what is wrong: whoever waits for the answer ends, and the console has nothing more to say. */
class ShownError extends Error {}

async function request({ method, ...options }) {
	try {
		const answer = await frappe.call({
			method: `jarz_woocommerce_integration.api.${method}`,
			...options,
		});
		return answer.message;
	} catch {
		const error = new ShownError(method);
		error.is_shown_by_desk = true;
		throw error;
	}
}

// On a phone Frappe cuts titles at a quarter of the width, though there is room beside the buttons.
const WIDER_TITLES = `
@media (max-width: 575px) {
	body[data-route^="List/WooCommerce"] .page-title .title-text { max-width: calc(100vw - 170px); }
	body[data-route^="Form/WooCommerce"] .page-title .title-text { max-width: 44vw; }
}`;

if (!jarz_woocommerce.is_listening) {
	jarz_woocommerce.is_listening = true;
	$("<style>").text(WIDER_TITLES).appendTo("head");
	window.addEventListener("unhandledrejection", (event) => {
		if (event.reason?.is_shown_by_desk) event.preventDefault();
	});
}

/** The Desk names the zone below each time, in forms that were drawn before `times` was called, too. */
function leave_out_zone(field, zone) {
	if (field.df.fieldtype !== "Datetime") return;
	field.df.hide_timezone = 1;
	if (field.df.description !== zone) return;
	field.df.description = "";
	field.set_description();
}

function is_empty(value) {
	return value === null || value === undefined || value === "";
}

function cell(tag, column, content) {
	const element = $(`<${tag}>`);
	if (column.numeric) element.addClass("text-nowrap").css("text-align", "end");
	// What a shop writes may run the other way than the Desk: it is read for itself, and stands where its column begins.
	return element.append(content instanceof $ ? content : $("<bdi>").text(is_empty(content) ? "" : content));
}

function table_row(columns, row) {
	return $("<tr>").append(columns.map((column) => cell("td", column, column.value(row))));
}
