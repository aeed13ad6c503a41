// How a WooCommerce Sync Run stands, in its form: read again every few seconds while it works and somebody looks.

frappe.provide("jarz_woocommerce.run_progress");

const POLLED_EVERY = 3000; // milliseconds
const POLLED_AFTER_FAILURE = 15000;
const POLLED_AT_REST = 30000; // somebody else may begin something with the run, and not every site has socketio
const SHOWN_PAGE_NUMBERS = 8;

/** Show the run of the form, and follow it. Called at each refresh of the form. */
jarz_woocommerce.run_progress.show = function (frm) {
	if (!frm.run_progress || frm.run_progress.run !== frm.doc.name) {
		if (frm.run_progress) frm.run_progress.leave();
		frm.run_progress = new RunProgress(frm);
	}
	frm.run_progress.buttons = null; // a refresh has cleared them
	return frm.run_progress.ask();
};

class RunProgress {
	constructor(frm) {
		this.frm = frm;
		this.run = frm.doc.name;
		this.asked = 0;
		this.parts = {};
		// Somebody else has begun something with the run, or it has come further.
		this.on_change = ({ run }) => {
			if (String(run) !== String(this.run)) return;
			// An answer that is under way may be older than the change.
			if (this.asks) this.asks_again = true;
			else this.ask();
		};
		frappe.realtime.on("woo_run_changed", this.on_change);
		this.strip = jarz_woocommerce.page_strip.make(this.run);
		const part = (name) => (this.parts[name] = { element: $("<div>"), shown: null }).element;
		frm.get_field("progress_html")
			.$wrapper.empty()
			.append(
				part("problem"),
				part("headline"),
				part("waiting"),
				part("worker"),
				part("bar"),
				this.strip,
				$("<div class='row mt-3'>").append(
					$("<div class='col-md-6'>").append(part("facts"), part("workers")),
					$("<div class='col-md-6'>").append(part("outcome"), part("held"), part("errors"))
				)
			);
	}

	stop() {
		clearTimeout(this.timer);
		this.asked += 1; // an answer under way comes too late
	}

	leave() {
		this.stop();
		frappe.realtime.off("woo_run_changed", this.on_change);
	}

	async ask() {
		this.stop();
		this.asks_again = false;
		if (!this.is_on_screen()) return; // the form's next refresh asks again
		if (document.hidden) {
			$(document).one("visibilitychange", () => this.ask());
			return;
		}
		const asked = this.asked;
		this.asks = true;
		let wait;
		try {
			const progress = await jarz_woocommerce.ask("run.progress", { run: this.run });
			if (asked !== this.asked) return;
			this.draw("problem", null, () => null);
			this.show(progress);
			wait = progress.work ? POLLED_EVERY : POLLED_AT_REST;
		} catch (error) {
			if (asked !== this.asked) return;
			this.draw("problem", error.message, () => notice("red", error.message));
			wait = POLLED_AFTER_FAILURE;
		} finally {
			this.asks = false;
		}
		this.timer = setTimeout(() => this.ask(), this.asks_again ? 0 : wait);
	}

	is_on_screen() {
		const [view, doctype, name] = frappe.get_route();
		return view === "Form" && doctype === this.frm.doctype && String(name) === String(this.run);
	}

	show(progress) {
		this.latest = progress;
		this.draw("headline", headline_of(progress), run_headline);
		this.draw("waiting", progress.waiting_for, (text) => text && notice("orange", text));
		this.draw("worker", progress.work, (work) => work === "nobody" && notice("red", START_A_WORKER));
		this.draw("bar", shares_of(progress), progress_bar);
		jarz_woocommerce.page_strip.update(this.strip, progress.pages);
		this.strip.toggle(progress.pages.strip.length > 0);
		this.strip.toggleClass("woo-past", ["Undoing", "Undone", "Replaced"].includes(progress.status));
		this.draw("facts", facts_of(progress), jarz_woocommerce.facts);
		this.draw("workers", progress.workers_seen, workers_table);
		this.draw("outcome", progress.counters, outcome_of_orders);
		this.draw("held", progress.held, (held) => held_orders(this.run, held));
		this.draw("errors", [progress.failed_pages, progress.failed_orders], ([pages, orders]) =>
			errors_by_kind(this.run, pages, orders)
		);
		this.show_buttons(progress);
		this.reload_at_a_turn(progress);
	}

	/** Draw a part where its data has changed, so that nothing moves under the mouse. */
	draw(name, data, render) {
		const part = this.parts[name];
		const text = JSON.stringify(data ?? null);
		if (part.shown === text) return;
		part.shown = text;
		part.element.empty().append(render(data));
	}

	show_buttons({ can, status, work, verifying, booking_anew }) {
		const undoes = status === "Undoing" && work !== "gone";
		const under_way = { verify: verifying, book_anew: booking_anew, undo_again: undoes };
		const buttons = can.filter((action) => !under_way[action]).join();
		if (this.buttons === buttons) return;
		this.buttons = buttons;
		jarz_woocommerce.run_actions.show(this.frm, buttons.split(","));
	}

	/** The form's own fields are read once at each turn of the run, not at each question. */
	reload_at_a_turn({ status, phase, verifying, booking_anew }) {
		const { doc } = this.frm;
		const before = this.turn || [doc.status, doc.phase || "", verifying, booking_anew].join();
		this.turn = [status, phase || "", verifying, booking_anew].join();
		if (this.turn !== before) this.frm.reload_doc();
	}
}

// --- in words ---

function headline_of(progress) {
	const [color, text] = status_in_words(progress);
	return { color, text, detail: details_in_words(progress).join(", ") };
}

// What was asked for and hasn't begun: in colour and words, by what there is to do it.
const NOT_BEGUN = {
	waiting: (what) => ["blue", __("{0}: waits for a worker that is busy with something else", [what])],
	nobody: (what) => ["red", __("{0}: no worker listens to the queue long", [what])],
	gone: (what) => ["red", __("{0}: nobody works on it; it was interrupted", [what])],
};

function status_in_words(progress) {
	return progress.work in NOT_BEGUN
		? NOT_BEGUN[progress.work](asked_for(progress))
		: work_in_words(progress);
}

/** What was asked for and isn't done yet, as a noun. */
function asked_for({ status, phase, verifying, booking_anew }) {
	if (booking_anew) return __("Booking anew");
	if (verifying) return __("Proof");
	if (status === "Undoing") return __("Undo");
	return (
		{ Planning: __("Planning"), Settling: __("Settling"), Proving: __("Proof") }[phase] || __("Booking")
	);
}

function work_in_words({ status, phase, settling_round, verifying, booking_anew, undone, kept }) {
	if (booking_anew) return ["blue", __("Orders are taken back to be booked anew")];
	if (verifying) return ["blue", __("A proof is being made")];
	if (status === "Running") {
		const phases = {
			Planning: __("Planning: the list of orders is read"),
			Settling: __("Settling, round {0}: what changed meanwhile is read again", [settling_round || 1]),
			Proving: __("Proving: the store and the books are compared"),
		};
		return ["blue", phases[phase] || __("Booking")];
	}
	const undone_orders = __("Orders undone: {0}", [whole(undone)]);
	return {
		Paused: ["orange", __("Paused")],
		Stopped: ["orange", __("Stopped")],
		Failed: ["red", __("Failed")],
		Completed: ["green", __("Completed")],
		Replaced: ["gray", __("Replaced by a later run")],
		Undoing: ["purple", `${__("Undoing")}: ${undone_orders}`],
		Undone: [
			kept ? "orange" : "gray",
			`${__("Undone")}: ${undone_orders}` +
				(kept ? `, ${__("documents kept: {0}", [whole(kept)])}` : ""),
		],
	}[status];
}

function details_in_words({ status, verifying, orders, seconds }) {
	if (["Undoing", "Undone"].includes(status)) return [];
	const { planned, done, a_minute, a_minute_overall, seconds_left } = orders;
	const parts = [
		planned ? __("{0} of {1} orders", [whole(done), whole(planned)]) : __("{0} orders", [whole(done)]),
	];
	if (status === "Running") {
		if (a_minute) parts.push(__("{0} a minute", [whole(a_minute)]));
		if (seconds_left !== null)
			parts.push(__("about {0} left", [jarz_woocommerce.duration(seconds_left)]));
	} else if (seconds && !verifying) {
		parts.push(__("in {0}", [jarz_woocommerce.duration(seconds)]));
		if (a_minute_overall) parts.push(__("{0} a minute", [whole(a_minute_overall)]));
	}
	return parts;
}

const START_A_WORKER = __(
	"Nothing happens until a worker of the queue long is there. Ask your administrator to start one: bench worker --queue long"
);

function whole(number) {
	return format_number(number || 0, null, 0);
}

// --- as elements ---

function run_headline({ color, text, detail }) {
	return $("<div class='mb-2' style='font-size: var(--text-lg)'>").append(
		jarz_woocommerce.dot(color),
		$("<b>").append($("<bdi>").text(text), detail ? ": " : ""),
		$("<bdi>").text(detail)
	);
}

function notice(color, text) {
	return $("<div class='rounded px-3 py-2 mb-2 small'>")
		.css({ background: `var(--bg-${color})`, color: `var(--text-on-${color})` })
		.text(text);
}

/** Shares of the planned orders in per cent. */
function shares_of({ status, orders, counters, undone }) {
	if (status === "Undoing" || status === "Undone") {
		const booked = counters.booked + counters.updated;
		return booked ? { color: "purple", percent: Math.min((undone / booked) * 100, 100) } : null;
	}
	if (!orders.planned) return null;
	return { color: "green", percent: Math.min((orders.done / orders.planned) * 100, 100) };
}

function progress_bar(share) {
	return share && jarz_woocommerce.progress_bar(share.percent, share.color);
}

function facts_of({ store, workers, orders, seconds, requests }) {
	const { of_run, used, limit } = requests;
	const this_minute = limit ? __("{0} of {1} requests", [whole(used), whole(limit)]) : __("no limit");
	return [
		[__("Store"), store],
		[__("Time"), seconds === null ? "" : jarz_woocommerce.duration(seconds)],
		[__("Overall"), orders.a_minute_overall && __("{0} orders a minute", [orders.a_minute_overall])],
		[__("Requests in all"), whole(of_run)],
		[__("This minute"), used === null ? "" : this_minute],
		[__("Pages at once"), workers ? whole(workers) : __("one process")],
	];
}

function workers_table(workers) {
	if (!workers.length) return null;
	const name = ({ worker }) =>
		$("<span class='d-inline-block text-truncate' style='max-width: 110px'>")
			.attr("title", worker)
			.text(worker);
	const at_work = {
		label: __("Works on"),
		value: ({ page, running_for }) =>
			page === null ? "" : __("page {0}, {1} s", [page, whole(running_for)]),
	};
	const memory = {
		label: __("Peak Memory"),
		value: ({ memory_mb }) => (memory_mb ? __("{0} MB", [whole(memory_mb)]) : ""),
		numeric: true,
	};
	const is_at_work = workers.some(({ page }) => page !== null);
	return jarz_woocommerce.table(
		[{ label: __("Worker"), value: name }, ...(is_at_work ? [at_work] : []), memory],
		workers
	);
}

const OUTCOME_COLORS = {
	booked: "green",
	updated: "green",
	unchanged: "gray",
	changed: "orange",
	held: "orange",
	failed: "red",
	skipped: "gray",
	cancelled: "gray",
};

/** What became of the orders; counters that are 0 say nothing. */
function outcome_of_orders(counters) {
	const pills = Object.entries(OUTCOME_COLORS)
		.filter(([name]) => counters[name])
		.map(([name, color]) => {
			const label = __(
				frappe.meta.get_label("WooCommerce Sync Run", name),
				null,
				"WooCommerce Sync Run"
			);
			return $(`<span class='indicator-pill no-indicator-dot mr-2 mb-2 ${color}'>`).text(
				`${label}: ${whole(counters[name])}`
			);
		});
	return pills.length ? $("<div class='d-flex flex-wrap mb-2'>").append(pills) : null;
}

function held_orders(run, held) {
	if (!held.length) return null;
	const link = ({ reason }) =>
		list_link("woocommerce-order-map", { run, state: "Held", reason }, jarz_woocommerce.words(reason));
	return jarz_woocommerce.table(
		[
			{ label: __("Held Orders"), value: link },
			count_column(__("Orders", null, "WooCommerce"), "orders"),
		],
		held
	);
}

function errors_by_kind(run, pages, orders) {
	const page_kind = ({ kind }) =>
		list_link("woocommerce-sync-page", { run, error_kind: kind }, kind_in_words(kind));
	const order_kind = ({ reason }) =>
		list_link("woocommerce-order-map", { run, state: "Failed", reason }, kind_in_words(reason));
	const tables = [];
	if (pages.length) {
		tables.push(
			jarz_woocommerce.table(
				[
					{ label: __("Pages with Errors"), value: (row) => error_cell(page_kind(row), row) },
					{ label: __("Pages"), value: (row) => page_links(run, row) },
				],
				pages
			)
		);
	}
	if (orders.length) {
		tables.push(
			jarz_woocommerce.table(
				[
					{ label: __("Failed Orders"), value: (row) => error_cell(order_kind(row), row) },
					count_column(__("Orders", null, "WooCommerce"), "orders"),
				],
				orders
			)
		);
	}
	return tables;
}

function kind_in_words(kind) {
	return kind ? jarz_woocommerce.words(kind) : __("Unknown");
}

function count_column(label, field) {
	return { label, value: (row) => whole(row[field]), numeric: true };
}

function error_cell(link, { example }) {
	return $("<div>").append(link, $("<div class='text-muted' dir='auto'>").text(example));
}

function page_links(run, { count, pages }) {
	const shown = pages.slice(0, SHOWN_PAGE_NUMBERS);
	const links = shown.flatMap((number) => [
		link_to(["woocommerce-sync-page", `${run}-${number}`], "", number),
		" ",
	]);
	const more = count - shown.length;
	return $("<span>").append(links, more > 0 ? __("and {0} more", [whole(more)]) : null);
}

/** A link to a list with these filters; those that are empty are left out. */
function list_link(list, filters, text) {
	const set = Object.entries(filters).filter(([, value]) => value !== "");
	return link_to([list], `?${new URLSearchParams(set)}`, text);
}

/** A link of the Desk that looks like one, among figures that aren't. */
function link_to(route, query, text) {
	const address = frappe.router.make_url(route) + query; // the Desk is at /app or /desk
	return $("<a style='text-decoration: underline'>").attr("href", address).text(text);
}
