// The whole way, from the first steps to the undo, as script/test-desk starts it. Ends with 1 where something is found.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { Desk } from "./desk.mjs";

const { DESK_URL, DESK_SHOP, DESK_PASSWORD, DESK_SCREENSHOTS, DESK_PYTHON, DESK_SITE } = process.env;
const DESK_SITE_SCRIPT = fileURLToPath(new URL("../../script/desk_site.py", import.meta.url));
const SHOP = JSON.parse(DESK_SHOP);
const STORE = "Sample Shop";
const USERS = { en: "en-walk@jarz.test", ar: "ar-walk@jarz.test" };
const MINUTES = 60_000;
const MOST_CLICKS = 10; // to the first order that is booked, with signing in

const findings = new Map(); // what was found -> where
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const open = (look) => Desk.open(browser, { url: DESK_URL, screenshots: DESK_SCREENSHOTS, findings }, look);

// --- the way in ---

async function connect(desk) {
	await desk.click(
		desk.page.locator(".desk-sidebar .item-anchor:visible", {
			hasText: "WooCommerce",
		})
	);
	const first_step = desk.page.locator(".onboarding-step-footer:visible button").first();
	await first_step.waitFor();
	await desk.stop("workspace");
	await desk.click(first_step);
	await desk.page.waitForFunction(() => cur_frm?.doctype === "WooCommerce Store");
	await desk.settle();
	await leave_tour(desk);
	await fill(desk, "store_name", STORE);
	await fill(desk, "url", SHOP.url);
	await fill(desk, "consumer_key", SHOP.consumer_key);
	await fill(desk, "consumer_secret", SHOP.consumer_secret);
	await save(desk);
	await primary_button(desk).waitFor(); // it is checked by itself
	await desk.stop("checked");
}

/** The tour of the form says what each field is for; who knows it closes it. */
async function leave_tour(desk) {
	const close = desk.page.locator(".driver-close-btn:visible");
	await desk.page.waitForTimeout(1000);
	if (await close.count()) await desk.click(close.first());
}

async function fill(desk, fieldname, value) {
	const input = desk.page.locator(`.frappe-control[data-fieldname="${fieldname}"] input:visible`).first();
	await input.fill(value);
	await input.press("Tab");
	await desk.settle();
}

async function save(desk) {
	await desk.click(desk.page.locator(".page-container:visible .page-head .primary-action:visible"));
	await desk.page.waitForFunction(() => !cur_frm.is_new() && !cur_frm.is_dirty());
	await desk.settle();
}

function primary_button(desk) {
	return desk.dialog().locator(".btn-modal-primary:visible");
}

/** The next dialog is there when its button is. */
async function leads_to(desk, label) {
	const [text] = await desk.words(label);
	await primary_button(desk).and(desk.page.getByText(text, { exact: true })).waitFor();
	await desk.settle();
}

/** Each dialog's button leads to the next one. */
async function map(desk) {
	await desk.click(primary_button(desk));
	await leads_to(desk, "Create Missing Accounts");
	await desk.stop("mappings");
	await desk.click(primary_button(desk));
	await leads_to(desk, "Rehearse");
	await desk.stop("accounts");
}

async function rehearse(desk) {
	await desk.click(primary_button(desk));
	const [done] = await desk.words("The rehearsal is done. Nothing was booked.");
	await desk
		.dialog()
		.getByText(done)
		.waitFor({ timeout: 5 * MINUTES });
	await desk.stop("rehearsal");
}

// --- the run ---

async function migrate(desk, began) {
	await desk.click(primary_button(desk));
	await desk.dialog().locator("details summary").waitFor();
	await desk.stop("migrate");
	await desk.click(primary_button(desk));
	await desk.page.waitForFunction(() => cur_frm?.doctype === "WooCommerce Sync Run");
	await desk.settle();
	const run = await desk.page.evaluate(() => cur_frm.doc.name);
	await until(desk, run, ({ counters }) => counters.booked > 0);
	const seconds = Math.round((Date.now() - began) / 1000);
	console.log(`First order booked after ${desk.clicks} clicks and ${seconds} seconds.`);
	if (desk.clicks > MOST_CLICKS) findings.set(`It took ${desk.clicks} clicks.`, ["run"]);
	await desk.stop("run");
	await until(desk, run, ({ status, verifying }) => status === "Completed" && !verifying);
	await desk.page.waitForFunction(() => cur_frm.doc.status === "Completed" && cur_frm.doc.verification);
	await desk.stop("proof", { whole: true });
	return run;
}

async function until(desk, run, is_so) {
	for (const began = Date.now(); Date.now() - began < 10 * MINUTES; ) {
		if (is_so(await desk.ask("run.progress", { run }))) return;
		await desk.page.waitForTimeout(500);
	}
	throw new Error(`run ${run} didn't come that far in ten minutes`);
}

// --- what was booked, and what wasn't ---

async function read_report(desk) {
	await desk.go("Form", "WooCommerce Store", STORE);
	await desk.stop("store", { whole: true });
	await desk.press("Migration", "Rehearse");
	const link = desk.dialog().locator("a[target=_blank]");
	const [report] = await Promise.all([desk.context.waitForEvent("page"), desk.click(link)]);
	await report.waitForLoadState();
	if (!(await report.locator("table").count()))
		findings.set("The report of the rehearsal has no table.", ["rehearsal"]);
	await report.close();
	await desk.close_dialog();
}

const LIST = ["List", "WooCommerce Order Map", "List"];
const REPORTS = [
	"WooCommerce Tax by Rate and Country",
	"WooCommerce Shop against Books by Month",
	"WooCommerce Held Orders by Value",
	"WooCommerce Received but not Booked",
	"WooCommerce Clearing Account",
];

async function orders_of(desk, state) {
	await desk.page.evaluate((state) => (frappe.route_options = { state }), state);
	await desk.go(...LIST);
	await desk.page.locator(".list-row-container .list-row:visible").first().waitFor();
}

async function order(desk) {
	await orders_of(desk, "Synced");
	await desk.stop("orders");
	await desk.click(desk.page.locator(".list-row:visible .list-subject a").first());
	await desk.page.waitForFunction(() => cur_frm?.doctype === "WooCommerce Order Map");
	await desk.stop("order");
	await desk.press_alone("Show What Was Booked");
	await desk.dialog().locator("table").first().waitFor();
	await desk.stop("booked");
	await desk.close_dialog();
}

async function reports(desk) {
	for (const report of REPORTS) {
		await desk.go("query-report", report);
		await desk.stop(report.toLowerCase().replace("woocommerce ", "report ").replaceAll(" ", "-"));
	}
}

async function free_held(desk) {
	await orders_of(desk, "Held");
	await desk.click(desk.page.locator(".list-header-subject:visible .list-check-all"));
	await desk.click(desk.page.locator(".actions-btn-group:visible > button"));
	const [free, book] = await desk.words("Free Held Orders", "Map Statuses and Book");
	await desk.click(desk.page.locator(".actions-btn-group .dropdown-menu.show").getByText(free));
	await desk.dialog().waitFor();
	await desk.stop("held");
	await desk.dialog().locator("select:visible").first().selectOption("Submit");
	await desk.click(desk.dialog().getByText(book));
	await desk.stop("freed");
}

async function undo(desk, run) {
	await desk.go("Form", "WooCommerce Sync Run", run);
	await desk.press_alone("Undo Run");
	await desk.dialog().waitFor();
	await desk.stop("undo");
	await desk.click(
		desk.dialog().locator(".btn-modal-primary:visible, .modal-footer .btn-danger:visible").first()
	);
	await desk.stop("undoing");
	await until(desk, run, ({ status }) => status === "Undone");
	await desk.page.waitForFunction(() => cur_frm.doc.status === "Undone");
	await desk.stop("undone", { whole: true });
}

async function compare(desk) {
	await desk.go("Form", "WooCommerce Store", STORE);
	await desk.press("Compare with the Shop", "Whole Shop");
	const show = () => desk.page.evaluate(() => cur_frm.scroll_to_field("reconciliation_html"));
	await show();
	await desk.stop("comparing");
	await desk.page.waitForFunction(() => cur_frm.doc.__onload?.reconciliation?.whole?.when);
	await show(); // the form was read again
	await desk.stop("compared");
}

/** On a site whose fiscal years don't reach back to the shop's first orders. */
async function create_fiscal_years(desk) {
	execFileSync(DESK_PYTHON, [DESK_SITE_SCRIPT, "--without-past-years", DESK_SITE]);
	await desk.go("Form", "WooCommerce Store", STORE);
	await desk.press("Migration", "Migrate");
	const [label] = await desk.words("Create Fiscal Years");
	const button = desk.dialog().getByText(label, { exact: true });
	await button.waitFor();
	await desk.stop("years-lack");
	await desk.click(button);
	await desk.dialog().locator("details summary").waitFor();
	await desk.stop("years-made");
	if (await button.count()) findings.set("Fiscal years lack after they were created.", ["years-made"]);
	await desk.close_dialog();
}

// --- all again, by others, who book nothing ---

/** The page changes its width again and again while its charts are drawn. */
async function shake(desk) {
	await desk.page.evaluate(async () => {
		for (let time = 0; time < 40; time += 1) {
			window.dispatchEvent(new Event("resize"));
			await new Promise((done) => setTimeout(done, 50));
		}
	});
}

async function look_around(desk, run) {
	await desk.go("Workspaces", "WooCommerce");
	await shake(desk);
	await desk.stop("workspace");
	await desk.go("Form", "WooCommerce Store", STORE);
	await desk.stop("store", { whole: true });
	await desk.press("Migration", "Rehearse");
	await desk.stop("rehearsal");
	await desk.close_dialog();
	await desk.press("Migration", "Migrate");
	await desk.dialog().locator("details summary").waitFor();
	await desk.stop("migrate");
	await desk.close_dialog();
	await desk.go("Form", "WooCommerce Sync Run", run);
	await desk.stop("run");
	await desk.stop("proof", { whole: true });
	await order(desk);
	await reports(desk);
}

/** The pages themselves, without what opens from them: in this look they are drawn as in another one of the same language or width. */
async function look_at_pages(desk, run) {
	await desk.go("Workspaces", "WooCommerce");
	await desk.stop("workspace");
	await desk.go("Form", "WooCommerce Store", STORE);
	await desk.stop("store", { whole: true });
	await desk.go("Form", "WooCommerce Sync Run", run);
	await desk.stop("proof", { whole: true });
	await orders_of(desk, "Synced");
	await desk.stop("orders");
	await desk.go("query-report", REPORTS[0]);
	await desk.stop("report");
}

const OTHERS = [
	{ language: "en", width: 1280, theme: "Dark", visit: look_around },
	{ language: "en", width: 390, theme: "Light", visit: look_around },
	{ language: "en", width: 390, theme: "Dark", visit: look_at_pages },
	{ language: "ar", width: 1280, theme: "Light", visit: look_around },
	{ language: "ar", width: 1280, theme: "Dark", visit: look_at_pages },
	{ language: "ar", width: 390, theme: "Light", visit: look_at_pages },
	{ language: "ar", width: 390, theme: "Dark", visit: look_around },
];

/** Ends the names of a look's screenshots: what differs from English, 1,280 pixels and light. */
function name_of({ language, width, theme }) {
	const parts = [language !== "en" && language, theme === "Dark" && "dark", width !== 1280 && width];
	return parts
		.filter(Boolean)
		.map((part) => `-${part}`)
		.join("");
}

try {
	const desk = await open({
		name: "",
		language: "en",
		width: 1280,
		theme: "Light",
	});
	const began = Date.now();
	await desk.sign_in(USERS.en, DESK_PASSWORD);
	await connect(desk);
	await map(desk);
	await rehearse(desk);
	const run = await migrate(desk, began);
	await read_report(desk);
	await order(desk);
	await reports(desk);
	await free_held(desk);
	for (const { visit, ...look } of OTHERS) {
		const other = await open({ name: name_of(look), ...look });
		await other.sign_in(USERS[look.language], DESK_PASSWORD);
		await visit(other, run);
		await other.close();
	}
	await compare(desk);
	await undo(desk, run);
	await create_fiscal_years(desk);
} catch (error) {
	const [page] = browser.contexts().at(-1).pages();
	if (DESK_SCREENSHOTS) await page.screenshot({ path: join(DESK_SCREENSHOTS, "error.png") });
	findings.set(`The walk ended early: ${error.stack}`, ["walk"]);
} finally {
	await browser.close();
}
for (const [finding, places] of findings) console.error(`- ${finding}\n  at ${places.join(", ")}`);
console.log(`${findings.size || "Nothing"} found.`);
process.exit(findings.size ? 1 : 0);
