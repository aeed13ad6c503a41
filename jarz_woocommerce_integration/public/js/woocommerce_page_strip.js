// The pages of a run as a strip of coloured cells: how it stands at a glance, for five pages and for two thousand.

frappe.provide("jarz_woocommerce.page_strip");

const PAGE_STATES = { D: "Done", R: "Running", Q: "Queued", P: "Planned", T: "Retry", F: "Failed" };

// The states differ in brightness as well as in colour; what waits to be tried again is outlined, what failed is struck
// through, and what is being worked on pulses.
const STRIP_STYLE = `
.woo-strip { display: flex; flex-wrap: wrap; gap: 2px; }
.woo-cell { display: inline-block; width: 12px; height: 12px; border-radius: 2px; flex: none; cursor: pointer; }
.woo-strip.few .woo-cell { width: 24px; height: 24px; border-radius: 4px; }
.woo-strip.many { gap: 1px; }
.woo-strip.many .woo-cell { width: 7px; height: 7px; border-radius: 1px; }
.woo-past .woo-cell { opacity: 0.45; }
.woo-strip .woo-cell:hover { outline: 2px solid var(--text-color); }
.woo-legend { display: flex; flex-wrap: wrap; gap: 2px 14px; }
.woo-legend .woo-cell { cursor: default; margin-inline-end: 5px; vertical-align: -1px; }
.woo-cell-P { box-shadow: inset 0 0 0 1px var(--gray-400); }
.woo-cell-Q { background: var(--gray-400); }
.woo-cell-D { background: var(--green-600); }
.woo-cell-R { background: var(--blue-700); animation: woo-at-work 1.5s ease-in-out infinite; }
.woo-cell-T { background: var(--amber-300); box-shadow: inset 0 0 0 1px var(--amber-800); }
.woo-cell-F { background: linear-gradient(45deg, transparent 44%, white 44% 56%, transparent 56%), var(--red-800); }
[data-theme="dark"] .woo-cell-P { box-shadow: inset 0 0 0 1px var(--gray-600); }
[data-theme="dark"] .woo-cell-Q { background: var(--gray-700); }
[data-theme="dark"] .woo-cell-D { background: var(--green-700); }
[data-theme="dark"] .woo-cell-R { background: var(--blue-300); }
[data-theme="dark"] .woo-cell-T { background: var(--amber-800); box-shadow: inset 0 0 0 1px var(--amber-300); }
[data-theme="dark"] .woo-cell-F { background: linear-gradient(45deg, transparent 44%, black 44% 56%, transparent 56%), var(--red-400); }
@keyframes woo-at-work { 50% { opacity: 0.6; } }
@media (prefers-reduced-motion: reduce) { .woo-cell-R { animation: none; } }
`;

const FEW_PAGES = 60;
const MANY_PAGES = 600;

/** An empty strip with its legend, to be filled by `update`. Clicking a cell opens its page. */
jarz_woocommerce.page_strip.make = function (run) {
	if (!document.getElementById("woo-strip-style")) frappe.dom.set_style(STRIP_STYLE, "woo-strip-style");
	const strip = $("<div class='woo-strip my-2' role='img'>").on("click", ".woo-cell", (event) =>
		frappe.set_route("Form", "WooCommerce Sync Page", `${run}-${event.target.dataset.page}`)
	);
	return $("<div>").append(strip, $("<div class='woo-legend small text-muted'>"));
};

/**
 * Show the states; only the cells that have changed are touched, so that a title under the mouse stays.
 *
 * @param {jQuery} element made by `make`
 * @param {Object} pages {strip: [{first, states}], by_state}
 */
jarz_woocommerce.page_strip.update = function (element, { strip, by_state }) {
	const cells = strip.flatMap(({ first, states }) =>
		[...states].map((state, index) => [first + index, state])
	);
	const box = element.children(".woo-strip");
	box.toggleClass("few", cells.length <= FEW_PAGES).toggleClass("many", cells.length > MANY_PAGES);
	const made = box.children().get();
	made.slice(cells.length).forEach((cell) => cell.remove());
	box.append(cells.slice(made.length).map(() => document.createElement("span")));
	box.children().each((index, cell) => set_cell(cell, ...cells[index]));
	const counts = Object.entries(PAGE_STATES)
		.filter(([, state]) => by_state[state])
		.map(([letter, state]) => [letter, `${__(state)} ${format_number(by_state[state], null, 0)}`]);
	box.attr("aria-label", `${__("Pages")}: ${counts.map(([, text]) => text).join(", ")}`);
	element.children(".woo-legend").empty().append(counts.map(legend_entry));
};

function set_cell(cell, number, state) {
	if (cell.dataset.state === state && cell.dataset.page === String(number)) return;
	cell.className = `woo-cell woo-cell-${state}`;
	cell.dataset.state = state;
	cell.dataset.page = number;
	cell.title = __("Page {0}: {1}", [number, __(PAGE_STATES[state])]);
}

function legend_entry([letter, text]) {
	return $("<span class='text-nowrap'>").append(
		$(`<span class='woo-cell woo-cell-${letter}'>`),
		document.createTextNode(text)
	);
}
