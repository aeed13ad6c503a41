"""`jarz-woo` as its users meet it: what it prints, writes, returns, and says when something is wrong."""

import csv
import io
import json
import resource
import signal
import sqlite3
import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.cli.command_line import CommandLine

SUMMARY_KEYS = (
	"orders_seen by_state held_by_reason invoices credit_notes customers addresses store_total booked_total"
	" differences orders_per_minute requests seconds peak_rss_mb"
).split()
ORDER_COLUMNS = (
	"order_id status state reason currency order_total invoice_total credited_total customer".split()
)


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
	"""(command line, summary) after a rehearsal of 300 sample orders with all defaults."""
	command = CommandLine(tmp_path_factory.mktemp("rehearsed"))
	status, output, errors = command("rehearse", "--sample", 300, "--json", "-")
	assert status == 0, errors
	return command, json.loads(output)


# --- a rehearsal and what comes of it ----------------------------------------------------------


def test_the_summary_has_what_is_promised_and_closes(rehearsed):
	_command, summary = rehearsed
	assert set(SUMMARY_KEYS) <= set(summary)
	assert summary["orders_seen"] == sum(summary["by_state"].values()) == 300
	assert summary["by_state"]["Held"] == sum(summary["held_by_reason"].values())
	assert summary["invoices"] == summary["by_state"]["Synced"]
	assert summary["proven"] is True
	assert summary["differences"] == []
	for currency, total in summary["store_total"].items():
		parts = [Decimal(place.get(currency, 0)) for place in summary["store_total_by_state"].values()]
		assert sum(parts) == Decimal(total)


def test_json_on_standard_output_is_alone_there(rehearsed):
	command, _summary = rehearsed
	status, output, errors = command("rehearse", "--sample", 300, "--json", "-")
	assert status == 0
	summary = json.loads(output)
	assert summary["this_session"]["unchanged"] > 200
	assert "Proven" in errors
	assert f"{summary['customers_in_several_currencies']} customers buy in several currencies" in errors


def test_orders_lists_each_order_with_its_columns(rehearsed):
	command, summary = rehearsed
	status, output, _errors = command("orders", "--json", "-")
	assert status == 0
	orders = json.loads(output)
	assert len(orders) == summary["orders_seen"]
	assert all(set(ORDER_COLUMNS) <= set(order) for order in orders)
	for order in orders:
		if order["state"] == "Synced":
			sold = Decimal(order["order_total"]) + Decimal(order["tendered_total"])
			assert Decimal(order["invoice_total"]) == sold
		else:
			assert order["reason"]
	status, output, _errors = command("orders", "--state", "held")
	rows = list(csv.DictReader(io.StringIO(output)))
	assert len(rows) == summary["by_state"]["Held"]


def test_verify_manifest_check_and_report_work_on_the_same_ledger(rehearsed):
	command, summary = rehearsed
	status, output, _errors = command("verify", "--sample", 300, "--json", "-")
	verification = json.loads(output)
	assert (status, verification["proven"]) == (0, True)
	assert sum(group["orders"] for group in verification["groups"]) == 300
	ledger = "rehearsal/sample-300.sqlite"
	status, output, _errors = command("manifest", "--sample", 300, "--ledger", ledger, "--json", "-")
	manifest = json.loads(output)
	assert (status, len(manifest)) == (0, 300)
	assert all(entry["state"] for entry in manifest)
	status, output, _errors = command("check", "--sample", 300, "--ledger", ledger, "--json", "-")
	assert (status, json.loads(output)["woocommerce"]) == (0, "10.9.4")
	status, output, _errors = command("report", "--report", "again", "--json", "-")
	assert (status, json.loads(output)["orders_seen"]) == (0, summary["orders_seen"])
	assert (command.folder / "again" / "index.html").stat().st_size > 10_000


def test_verify_fails_where_something_is_unexplained(rehearsed, tmp_path):
	command, _summary = rehearsed
	ledger = command.folder / "rehearsal/sample-300.sqlite"
	copy = tmp_path / "copy.sqlite"
	with sqlite3.connect(ledger) as source, sqlite3.connect(copy) as target:
		source.backup(target)
	with sqlite3.connect(copy) as connection:
		connection.execute("PRAGMA foreign_keys = OFF")
		connection.execute("DELETE FROM order_map WHERE order_id = (SELECT max(order_id) FROM order_map)")
	connection.close()
	status, output, _errors = command("verify", "--sample", 300, "--ledger", copy, "--json", "-")
	verification = json.loads(output)
	assert (status, verification["proven"]) == (1, False)
	assert [difference["kind"] for difference in verification["differences"]] == ["missing"]


def test_ctrl_c_stops_at_a_page_boundary_and_says_how_to_go_on(jarz_woo, sample_store):
	store, url = sample_store
	store.faults.add("slow", share=1.0, seconds=0.15)
	asked = ("rehearse", "--url", url, "--page-size", 20, "--ledger", "l.sqlite", "--requests-per-minute", 0)
	process = jarz_woo.start(*asked)
	while sum("page=3&" in uri for uri in list(store.requests)) == 0:
		time.sleep(0.05)
	process.send_signal(signal.SIGINT)
	output, errors = process.communicate(timeout=60)
	assert process.returncode == 130, errors
	assert "Start the same command again" in output
	store.faults.clear()
	assert jarz_woo(*asked)[0] == 0


def test_a_pause_that_the_store_asks_for_is_told_and_kept(jarz_woo, sample_store):
	store, url = sample_store
	store.faults.add("throttled", match="page=2&", at=(1,), retry_after=6)
	started = time.monotonic()
	status, _output, errors = jarz_woo(
		"rehearse", "--url", url, "--page-size", 100, "--requests-per-minute", 0
	)
	assert status == 0, errors
	assert "Waiting for 6 seconds" in errors
	assert time.monotonic() - started > 6


# --- bad input: one clear message, nothing half-written ----------------------------------------


def refused(command, *arguments):
	"""The message of a command that can't be carried out."""
	status, output, errors = command(*arguments)
	assert status == 2, (status, output, errors)
	assert "cs_sample" not in output + errors
	return errors


def test_a_wrong_secret_is_told(jarz_woo, sample_store):
	_store, url = sample_store
	jarz_woo.environment["WOO_CONSUMER_SECRET"] = "cs_wrong"
	told = refused(jarz_woo, "rehearse", "--url", url)
	assert "secret" in told.lower()
	assert "cs_wrong" not in told
	assert not list(jarz_woo.folder.rglob("*.sqlite"))


def test_an_unknown_key_is_told(jarz_woo, sample_store):
	_store, url = sample_store
	jarz_woo.environment["WOO_CONSUMER_KEY"] = "ck_unknown"
	assert "key" in refused(jarz_woo, "rehearse", "--url", url).lower()


def test_missing_credentials_are_told_and_a_file_may_hold_them(jarz_woo, sample_store):
	_store, url = sample_store
	del jarz_woo.environment["WOO_CONSUMER_SECRET"]
	assert "WOO_CONSUMER_SECRET" in refused(jarz_woo, "check", "--url", url)
	(jarz_woo.folder / "keys").write_text(
		"WOO_CONSUMER_KEY=ck_sample\nexport WOO_CONSUMER_SECRET='cs_sample'\n"
	)
	assert jarz_woo("check", "--url", url, "--credentials", "keys")[0] == 0
	assert "can't be read" in refused(jarz_woo, "check", "--url", url, "--credentials", "nothing")


class Page(BaseHTTPRequestHandler):
	def do_GET(self):
		body = b"<html><body>Welcome to my blog</body></html>"
		self.send_response(200)
		self.send_header("Content-Type", "text/html")
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def log_message(self, *arguments):
		pass


def test_a_page_that_is_not_woocommerce_is_told(jarz_woo):
	server = HTTPServer(("127.0.0.1", 0), Page)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	try:
		address = f"http://127.0.0.1:{server.server_port}"
		status, output, _errors = jarz_woo("check", "--url", address)
		assert status == 1
		assert "WooCommerce" in output
		assert "WooCommerce" in refused(jarz_woo, "rehearse", "--url", address)
	finally:
		server.shutdown()
		server.server_close()


def test_a_wrong_url_is_told(jarz_woo):
	assert refused(jarz_woo, "rehearse", "--url", "ftp://shop.example")
	assert "No store is named" in refused(jarz_woo, "check")
	assert jarz_woo("rehearse", "--url", "https://a.example", "--sample", 5)[0] == 2


def test_a_policy_with_a_mistake_is_told_before_anything_is_read(jarz_woo, sample_store):
	store, url = sample_store
	(jarz_woo.folder / "policy.toml").write_text('[statuses]\nshipped = "book"\n')
	told = refused(jarz_woo, "rehearse", "--url", url, "--policy", "policy.toml")
	assert "statuses.shipped" in told
	assert not store.requests
	assert not list(jarz_woo.folder.rglob("*.sqlite"))


def test_a_status_or_date_that_does_not_exist_is_told(jarz_woo, sample_store):
	_store, url = sample_store
	assert "nonsense" in refused(jarz_woo, "rehearse", "--url", url, "--status", "nonsense")
	assert "no date" in refused(jarz_woo, "rehearse", "--url", url, "--after", "yesterday")


def test_the_ledger_of_another_shop_is_refused(rehearsed, sample_store):
	command, _summary = rehearsed
	_store, url = sample_store
	told = refused(command, "rehearse", "--url", url, "--ledger", "rehearsal/sample-300.sqlite")
	assert "sample-300-1.example.test" in told


def test_a_newer_ledger_and_a_file_that_is_none_are_refused_and_kept(jarz_woo, sample_store):
	_store, url = sample_store
	assert jarz_woo("rehearse", "--url", url, "--ledger", "l.sqlite", "--status", "failed")[0] == 0
	with sqlite3.connect(jarz_woo.folder / "l.sqlite") as connection:
		connection.execute("PRAGMA user_version = 99")
	connection.close()
	assert "newer" in refused(jarz_woo, "rehearse", "--url", url, "--ledger", "l.sqlite")
	other = jarz_woo.folder / "letter.txt"
	other.write_text("Dear accountant" * 100)
	for options in ((), ("--fresh",)):
		refused(jarz_woo, "rehearse", "--url", url, "--ledger", other, *options)
	assert other.read_text() == "Dear accountant" * 100


def test_a_full_disk_is_told_and_the_same_command_goes_on_later(jarz_woo, sample_store):
	_store, url = sample_store
	asked = ("rehearse", "--url", url, "--ledger", "l.sqlite", "--page-size", 50, "--requests-per-minute", 0)

	def small_disk():
		signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
		resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

	process = jarz_woo.start(*asked, preexec_fn=small_disk)
	_output, errors = process.communicate(timeout=60)
	assert process.returncode == 2
	assert "Traceback" not in errors
	assert "disk" in errors.lower() or "full" in errors.lower()
	status, output, errors = jarz_woo(*asked)
	assert status == 0, errors
	assert "Proven" in output


def test_two_rehearsals_on_one_ledger_are_refused(jarz_woo, sample_store):
	store, url = sample_store
	store.faults.add("slow", share=1.0, seconds=0.2)
	asked = ("rehearse", "--url", url, "--ledger", "l.sqlite", "--page-size", 20, "--requests-per-minute", 0)
	first = jarz_woo.start(*asked)
	while not any("page=2&" in uri for uri in list(store.requests)):
		time.sleep(0.05)
	for options in ((), ("--fresh",)):
		assert "l.sqlite" in refused(jarz_woo, *asked, *options)
	store.faults.clear()
	assert first.wait(timeout=60) == 0


def test_fresh_starts_anew(jarz_woo, sample_store):
	_store, url = sample_store
	asked = ("rehearse", "--url", url, "--ledger", "l.sqlite", "--status", "failed", "--json", "s.json")
	for options, what in (((), "skipped"), ((), "unchanged"), (("--fresh",), "skipped")):
		assert jarz_woo(*asked, *options)[0] == 0
		session = json.loads((jarz_woo.folder / "s.json").read_text())["this_session"]
		assert session[what] == session["orders"] > 0


def test_fresh_removes_nothing_while_the_store_does_not_answer(jarz_woo, sample_store):
	_store, url = sample_store
	asked = ("rehearse", "--url", url, "--ledger", "l.sqlite", "--status", "failed")
	assert jarz_woo(*asked)[0] == 0
	jarz_woo.environment["WOO_CONSUMER_SECRET"] = "cs_wrong"
	refused(jarz_woo, *asked, "--fresh")
	assert (jarz_woo.folder / "l.sqlite").exists()


def test_a_folder_that_can_not_be_made_is_told(jarz_woo, sample_store):
	_store, url = sample_store
	(jarz_woo.folder / "file").write_text("in the way")
	assert "can't be made" in refused(jarz_woo, "rehearse", "--url", url, "--ledger", "file/l.sqlite")


# --- what the merchant already has -------------------------------------------------------------


def test_items_customers_and_territories_come_from_csv(jarz_woo, sample_store):
	store, url = sample_store
	person = store.shop.body(store.shop.order_ids({"completed"})[0])
	(jarz_woo.folder / "items.csv").write_text("item_code,item_name,sku\nOUR-1,Ours,SKU-001\n")
	(jarz_woo.folder / "territories.csv").write_text("territory,code\nCairo,EGC\n")
	(jarz_woo.folder / "customers.csv").write_text(
		f"customer,customer_name,email\nCUST-1,Known,{person['billing']['email'] or 'x@example.test'}\n"
	)
	status, _output, errors = jarz_woo(
		"rehearse", "--url", url, "--ledger", "l.sqlite", "--items", "items.csv", "--customers", "customers.csv",
		"--territories", "territories.csv", "--requests-per-minute", 0,
	)  # fmt: skip
	assert status == 0, errors
	with sqlite3.connect(jarz_woo.folder / "l.sqlite") as connection:
		assert connection.execute("SELECT count(*) FROM item WHERE source = 'loaded'").fetchone() == (1,)
		assert connection.execute("SELECT count(*) FROM territory").fetchone() == (1,)
		# A customer of other making is a person's to accept: it is named, and nothing is booked to it.
		assert connection.execute("SELECT count(*) FROM invoice WHERE customer = 'CUST-1'").fetchone() == (0,)
		named = "SELECT count(*) FROM customer_decision WHERE ambiguous AND candidates LIKE '%CUST-1%'"
		assert connection.execute(named).fetchone()[0] > 0
	connection.close()
	(jarz_woo.folder / "items.csv").write_text("code of item\nX\n")
	told = refused(jarz_woo, "rehearse", "--url", url, "--ledger", "m.sqlite", "--items", "items.csv")
	assert "items.csv" in told
