// What is looked at where the walk stops: the console, the answers of the server, texts outside their boxes, and what axe-core finds.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SERIOUS = ["serious", "critical"];

// What is ours: the forms, lists, reports and the workspace below Frappe's bar and beside its sidebars; or the dialog before them.
const OURS = ".modal.show .modal-content, body:not(.modal-open) .layout-main-section";

// What Frappe draws itself within them, and what is the matter with it.
export const FRAPPES_OWN = [
	// The name of a shortcut lacks the number that stands beside it.
	{ rule: "label-content-name-mismatch", selector: ".shortcut-widget-box" },
	// Labels of fields stand beside them and don't name them.
	{ rule: "label", selector: ".frappe-control[data-fieldname]" },
	{ rule: "select-name", selector: ".frappe-control[data-fieldname]" },
	// Icons without a name.
	{
		rule: "button-name",
		selector: ".btn-modal-close, .btn-new, .btn-new-workspace, .chart-menu, .grid-row",
	},
	{ rule: "aria-allowed-attr", selector: ".widget-control, .chart-actions" },
	{ rule: "button-name", selector: ".filter-button" },
	// Colours of its palette.
	{
		rule: "color-contrast",
		selector:
			".like-disabled-input, .btn-danger, .indicator-pill, .page-form, .grid-heading-row, .grid-shortcuts",
	},
	// The boxes to tick rows of a table.
	{ rule: "label", selector: ".grid-row-check" },
	// Tabs are items of what has the role of a list of tabs.
	{ rule: "listitem", selector: ".form-tabs" },
	{ rule: "aria-required-children", selector: ".form-tabs" },
	{ rule: "aria-required-parent", selector: ".form-tabs" },
	// Rows of a list and the boxes to tick them.
	{ rule: "label", selector: ".list-row-checkbox" },
	{ rule: "label-title-only", selector: ".list-check-all" },
	{ rule: "tabindex", selector: ".list-row-container" },
	// The table of a report.
	{ rule: "label", selector: ".datatable" },
	{ rule: "label-title-only", selector: ".datatable" },
	{ rule: "tabindex", selector: ".datatable" },
];

/** Keeps what goes wrong in a page: errors of the console and of scripts, and answers of 400 and above. */
export class Listener {
	constructor(page) {
		this.heard = [];
		page.on("pageerror", (error) => this.heard.push(`script: ${error.stack || error.message}`));
		page.on("console", (message) => {
			if (message.type() === "error") this.heard.push(`console: ${message.text()}`);
		});
		page.on("response", (response) => {
			if (response.status() < 400) return;
			const { pathname } = new URL(response.url());
			this.heard.push(`answer: ${response.status()} ${response.request().method()} ${pathname}`);
		});
	}

	/** What was heard since this was asked last. */
	take() {
		return this.heard.splice(0);
	}
}

/** Texts of ours that stick out of their box or of the screen, where nothing scrolls. */
export function texts_outside(page) {
	return page.evaluate(find_texts_outside, OURS);
}

/** Runs in the page. */
function find_texts_outside(ours) {
	const SLACK = 2; // pixels; glyphs lean over
	const scrolls = (style) => ["auto", "scroll"].includes(style.overflowX);
	const is_inline = (style) => style.display.startsWith("inline") && style.display !== "inline-block";
	const found = new Set();
	const look_at = (text) => {
		const range = document.createRange();
		range.selectNodeContents(text);
		const box = range.getBoundingClientRect();
		if (!box.width || !text.parentElement.checkVisibility({ visibilityProperty: true })) return;
		let holder = null;
		for (let each = text.parentElement; each; each = each.parentElement) {
			const style = getComputedStyle(each);
			if (scrolls(style) || style.textOverflow === "ellipsis" || each.closest("svg, .sr-only")) return;
			if (!holder && !is_inline(style)) holder = each.getBoundingClientRect();
			if (style.position === "fixed") break;
		}
		const sticks_out = (bounds) => box.left < bounds.left - SLACK || box.right > bounds.right + SLACK;
		if (sticks_out(holder) || sticks_out({ left: 0, right: document.documentElement.clientWidth })) {
			const { className, tagName } = text.parentElement;
			found.add(`${tagName.toLowerCase()}.${className}: ${text.data.trim().slice(0, 60)}`);
		}
	};
	for (const root of document.querySelectorAll(ours)) {
		if (!root.checkVisibility()) continue;
		const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
		while (texts.nextNode()) if (texts.currentNode.data.trim()) look_at(texts.currentNode);
	}
	return [...found];
}

/** Serious and critical findings of axe-core within what is ours, less what is Frappe's own. */
export async function barriers(page) {
	if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
	const violations = await page.evaluate(
		async ([ours, levels]) => {
			const include = [...document.querySelectorAll(ours)].filter((each) => each.checkVisibility());
			const { violations } = await window.axe.run({ include }, { resultTypes: ["violations"] });
			return violations
				.filter(({ impact }) => levels.includes(impact))
				.flatMap(({ id, nodes }) =>
					nodes.map(({ target, html, any }) => {
						return {
							id,
							target: target.flat().join(" "),
							html,
							why: any[0]?.message || "",
						};
					})
				);
		},
		[OURS, SERIOUS]
	);
	const told = [];
	for (const { id, target, html, why } of violations) {
		const own = await page.evaluate(
			([target, exceptions, id]) => {
				const element = document.querySelector(target);
				return exceptions.some((each) => each.rule === id && element?.closest(each.selector));
			},
			[target, FRAPPES_OWN, id]
		);
		if (!own) told.push(`${id}: ${html.replace(/\s+/g, " ").slice(0, 160)} ${why}`.trim());
	}
	return told;
}
