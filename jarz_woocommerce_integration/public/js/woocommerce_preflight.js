// "Preflight" and "Migrate" of a WooCommerce Store: what is in the way, what can be mended on the spot, and the start.

frappe.provide("jarz_woocommerce.preflight");

jarz_woocommerce.preflight.open = function (frm) {
	const dialog = jarz_woocommerce.show(__("Preflight of {0}", [frm.doc.name]), []);
	const $body = $("<div>").appendTo(dialog.$body);
	look_at_site(frm, dialog, $body);
};

jarz_woocommerce.preflight.migrate = async function (frm) {
	const workers = await frappe.db.get_single_value("WooCommerce Settings", "parallel_page_jobs");
	const dialog = new frappe.ui.Dialog({
		title: __("Migrate {0}", [frm.doc.name]),
		size: "large",
		fields: [
			{ fieldname: "about", fieldtype: "HTML" },
			{ fieldname: "preflight", fieldtype: "HTML" },
			{ fieldtype: "Section Break", label: __("How Much, How Fast") },
			{
				fieldname: "orders",
				fieldtype: "Int",
				label: __("First Orders Only"),
				non_negative: 1,
				description: __("The run pauses after about so many orders; Resume goes on. Empty: all."),
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "until",
				fieldtype: "Date",
				label: __("Orders until"),
				description: __("Orders made after this day are left to a later run. Empty: all."),
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "workers",
				fieldtype: "Int",
				label: __("Pages at Once"),
				default: workers || 2,
				reqd: 1,
				non_negative: 1,
				description: __("One for each worker on the queue long. More pages only wait."),
			},
			{ fieldtype: "Section Break" },
			{
				fieldname: "read_all",
				fieldtype: "Check",
				label: __("Read every order again"),
				description: __(
					"Also orders of which the shop's list doesn't show that they have changed. It takes as long as the first migration."
				),
			},
		],
		primary_action_label: __("Start Anyway"),
		primary_action: (values) => start_run(frm, dialog, values),
	});
	const html = (name) => dialog.get_field(name).$wrapper;
	html("about").append(ABOUT_MIGRATION.map((text) => jarz_woocommerce.paragraph(text, "text-muted")));
	dialog.show();
	const button = dialog.get_primary_btn();
	look_at_site(frm, dialog, $("<div>").appendTo(html("preflight")), (report) =>
		name_start_button(button, report)
	);
};

const ABOUT_MIGRATION = [
	__(
		"Every order of the shop is booked with its customer, payments and refunds, in pages that run in the background. Orders that are booked already are compared and stay."
	),
	__(
		"The run's own form shows how far it is. There it can be paused, resumed, stopped, and undone afterwards."
	),
];

/** "Start" where nothing is in the way; else who starts says that it is meant. */
function name_start_button(button, report) {
	button.text(report?.ready ? __("Start") : __("Start Anyway"));
	button.toggleClass("btn-primary", Boolean(report?.ready));
	button.toggleClass("btn-danger", Boolean(report) && !report.ready);
	button.toggleClass("btn-default", !report);
}

async function start_run(frm, dialog, { workers, orders, until, read_all }) {
	const run = await jarz_woocommerce.call(
		"run.start",
		{ store: frm.doc.name, workers, orders, until, read_all },
		__("Starting")
	);
	dialog.hide();
	frappe.set_route("Form", "WooCommerce Sync Run", run);
}

// --- the preflight ---

async function look_at_site(frm, dialog, $body, done = () => {}) {
	$body
		.empty()
		.append(
			jarz_woocommerce.finding("blue", __("Looking at the site and the store. This takes a moment."))
		);
	done(null);
	let report;
	try {
		report = await jarz_woocommerce.call("store.preflight", { store: frm.doc.name });
	} catch {
		$body
			.empty()
			.append(
				jarz_woocommerce.finding(
					"red",
					__("The preflight couldn't be made. Close this window, and try again.")
				)
			);
		return;
	}
	const again = () => look_at_site(frm, dialog, $body, done);
	const look_again = $("<button type='button' class='btn btn-default btn-xs mb-3'>")
		.text(__("Look Again"))
		.on("click", again);
	$body
		.empty()
		.append(
			preflight_plan(report.plan),
			preflight_verdict(report),
			preflight_findings(frm, dialog, report, again),
			look_again
		);
	done(report);
}

function preflight_plan(plan) {
	if (!plan) return null;
	const number = (value) => format_number(value, null, 0);
	return jarz_woocommerce.facts([
		[__("Orders in the shop"), number(plan.orders)],
		[__("Never seen here"), number(plan.left)],
		[__("Made from"), plan.days && plan.days.map((day) => frappe.datetime.str_to_user(day)).join(" – ")],
		[__("Time, with one worker"), plan.left ? __("about {0}", [plan.time]) : ""],
	]);
}

function preflight_verdict({ ready, errors, warnings }) {
	if (!ready) {
		return jarz_woocommerce.finding("red", __("Errors that prevent the migration: {0}", [errors]));
	}
	return warnings
		? jarz_woocommerce.finding(
				"orange",
				__("Nothing prevents the migration. To be looked at: {0}", [warnings])
		  )
		: jarz_woocommerce.finding("green", __("Nothing prevents the migration."));
}

/** What needs a person first, each with a button where it can be mended here; what is well is folded up. */
function preflight_findings(frm, dialog, report, again) {
	const lines = { open: [], well: [] };
	const offered = new Set();
	for (const point of report.points) {
		for (const finding of jarz_woocommerce.by_weight(point.findings)) {
			const line = jarz_woocommerce.finding_line({
				...finding,
				text: `${__(point.title)}: ${finding.text}`,
			});
			const remedy = REMEDIES[finding.remedy];
			// One button for all findings that it mends.
			if (remedy && !offered.has(remedy)) line.append(remedy_button(frm, dialog, remedy, again));
			offered.add(remedy);
			lines[finding.level === "ok" ? "well" : "open"].push([finding.level, line]);
		}
	}
	const errors_first = lines.open.sort(([one], [other]) => (one === other ? 0 : one === "error" ? -1 : 1));
	return [
		...errors_first.map(([, line]) => line),
		$("<details class='mb-3'>").append(
			$("<summary class='text-muted'>").text(__("What is well: {0}", [lines.well.length])),
			lines.well.map(([, line]) => line)
		),
	];
}

// --- what can be mended here ---

const open_mapping_tab = (frm, dialog) => {
	dialog.hide();
	frm.scroll_to_field("statuses");
};

const REMEDIES = {
	backup: {
		label: __("Back Up Now"),
		async act(frm) {
			await jarz_woocommerce.call("store.back_up", { store: frm.doc.name }, __("One moment"));
			const message = __("The database is backed up in the background. Look again in a minute.");
			frappe.show_alert({ message, indicator: "blue" });
		},
	},
	fiscal_years: {
		label: __("Create Fiscal Years"),
		async act(frm) {
			const years = await jarz_woocommerce.call(
				"store.create_fiscal_years",
				{ store: frm.doc.name },
				__("Creating fiscal years")
			);
			const message = __("Fiscal years: {0}", [frappe.utils.escape_html(years.join(", "))]);
			frappe.show_alert({ message, indicator: "green" });
		},
		looks_again: true,
	},
	mapping: { label: __("Open Mapping"), act: open_mapping_tab },
	fill_mappings: {
		label: __("Fill Mappings from Store"),
		async act(frm, dialog) {
			dialog.hide();
			await jarz_woocommerce.mappings.fill(frm);
		},
	},
	currencies: {
		label: __("Open Currencies"),
		act(frm, dialog) {
			dialog.hide();
			frm.scroll_to_field("currencies");
		},
	},
	workers: { label: __("Show How"), act: show_workers },
	rehearse: {
		label: __("Rehearse"),
		act(frm, dialog) {
			dialog.hide();
			jarz_woocommerce.rehearsal.open(frm);
		},
	},
	enable: {
		label: __("Enable the Store"),
		async act(frm) {
			await frm.set_value("enabled", 1);
			await frm.save();
		},
		looks_again: true,
	},
	settings: {
		label: __("Open Settings"),
		act(frm, dialog) {
			dialog.hide();
			frappe.set_route("Form", "WooCommerce Settings");
		},
	},
};

function remedy_button(frm, dialog, { label, act, looks_again }, again) {
	return $("<button type='button' class='btn btn-default btn-xs ml-4 mt-1'>")
		.text(label)
		.on("click", async () => {
			await act(frm, dialog);
			if (looks_again) again();
		});
}

function show_workers() {
	const command = (text) => $("<pre class='small' dir='ltr'>").text(text);
	jarz_woocommerce.show(__("More Workers"), [
		jarz_woocommerce.paragraph(
			__(
				"Workers are processes of the server, so an administrator adds them there. Each books a page at a time."
			)
		),
		jarz_woocommerce.heading(__("For this migration only, in a terminal, once for each worker")),
		command("bench worker --queue long"),
		jarz_woocommerce.heading(__("With supervisor, to stay")),
		command(
			"bench config set-common-config -c background_workers 4\nbench setup supervisor && sudo supervisorctl reread && sudo supervisorctl update"
		),
		jarz_woocommerce.heading(__("In Docker")),
		command("docker compose up -d --scale queue-long=4"),
	]);
}
