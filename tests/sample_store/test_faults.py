"""Faults happen when they are planned, and the shop changes under its readers."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from jarz_woocommerce_integration.sample_store import FaultPlan, SampleShop, SampleStore
from jarz_woocommerce_integration.sample_store.http.exchange import Request

KEYS = "consumer_key=ck_sample&consumer_secret=cs_sample"
ORDERS = f"/wp-json/wc/v3/orders?{KEYS}&per_page=5"
MODULE = "jarz_woocommerce_integration.sample_store"


@pytest.mark.parametrize(
	("kind", "status", "content"),
	[
		("throttled", 429, "json"),
		("error_json", 500, "json"),
		("error_html", 500, "html"),
		("maintenance", 503, "html"),
		("html", 200, "html"),
		("redirect", 301, "html"),
		("bom", 200, "json"),
		("warning", 200, "json"),
		("truncated", 200, "json"),
	],
)
def test_the_nth_request_meets_its_fault(store, kind, status, content):
	store.faults.add(kind, at=[2])
	first, second, third = (store.answer(Request("GET", ORDERS)) for _request in range(3))
	assert first.status == third.status == 200
	assert json.loads(first.body) == json.loads(third.body)
	assert second.status == status
	assert content in second.content_type
	if status == 200:
		with pytest.raises(ValueError):
			json.loads(second.body.decode())
	assert store.faults.struck == {kind: 1}


def test_maintenance_is_the_captured_one(captures, store):
	store.faults.add("maintenance", at=[1])
	answer = store.answer(Request("GET", ORDERS))
	assert answer.header("Retry-After") == captures["maintenance_headers"]["Retry-After"] == "600"
	assert b"Briefly unavailable for scheduled maintenance" in answer.body


def test_retry_after_has_two_forms(store):
	store.faults.add("throttled", at=[1], retry_after=7)
	store.faults.add("throttled", at=[2], retry_after=7, as_date=True)
	first, second = (store.answer(Request("GET", ORDERS)).header("Retry-After") for _request in range(2))
	assert first == "7"
	assert second.endswith("GMT")


def test_chance_is_seeded_and_rules_may_be_narrow(shop):
	def struck(seed):
		store = SampleStore(shop, basic_over_http=True, faults=FaultPlan(seed))
		store.faults.add("error_json", share=0.3, match="/orders", times=10)
		assert store.answer(Request("GET", f"/wp-json/wc/v3/taxes?{KEYS}")).status == 200
		return [store.answer(Request("GET", ORDERS)).status for _request in range(100)]

	assert struck(1) == struck(1) != struck(2)
	assert struck(1).count(500) == 10


def test_a_poisoned_order_spoils_every_list_that_holds_it(shop, store, fetch, ask):
	order_id = fetch(store, "orders?per_page=5")[2]["id"]
	store.faults.poison(order_id)
	assert ask(store, "orders?per_page=5").status == 500
	assert ask(store, "orders?per_page=2").status == 200
	assert ask(store, f"orders/{order_id}").status == 500
	store.faults.clear()
	assert ask(store, "orders?per_page=5").status == 200


def test_the_shop_changes_in_the_middle_of_a_scan(shop, store, fetch):
	ids = shop.order_ids({"completed"})
	count = len(shop.order_ids())
	store.faults.after_list(1, "trash", ids[0])
	store.faults.after_list(1, "delete", ids[1])
	store.faults.after_list(2, "change_total", ids[2], by="3.00")
	store.faults.after_list(2, "add_order")
	total = shop.body(ids[2])["total"]
	fetch(store, "orders?per_page=5")
	assert shop.status(ids[0]) == "trash"
	assert ids[1] not in shop.order_ids()
	assert shop.body(ids[2])["total"] == total
	fetch(store, "orders?per_page=5")
	assert shop.body(ids[2])["total"] != total
	assert len(shop.order_ids()) == count
	assert store.faults.changed == [ids[0], ids[1], ids[2], shop.order_ids()[-1]]


def test_unknown_faults_are_refused(store):
	with pytest.raises(ValueError, match="No fault is called 'typo'"):
		store.faults.add("typo", at=[1])


# --- over sockets ---


def test_connections_are_kept_and_shared_by_threads(store):
	with store.serve() as url, requests.Session() as session:
		assert session.get(url + ORDERS).json() == session.get(url + ORDERS).json()
		head = session.head(url + ORDERS)
		assert (head.status_code, head.content) == (200, b"")
		assert head.headers["X-WP-Total"] == session.get(url + ORDERS).headers["X-WP-Total"]
		with ThreadPoolExecutor(8) as pool:
			answers = list(pool.map(lambda _n: requests.get(url + ORDERS).content, range(40)))
		assert len(set(answers)) == 1
	assert store.served == 44


def test_connections_that_end_early_and_answers_that_come_late(store):
	store.faults.add("cut_before", at=[1])
	store.faults.add("cut_middle", at=[2])
	store.faults.add("slow", at=[3], seconds=0.2)
	with store.serve() as url:
		connection = http.client.HTTPConnection(urlsplit(url).netloc)
		connection.request("GET", ORDERS)
		with pytest.raises(http.client.RemoteDisconnected):
			connection.getresponse()
		connection.close()
		connection.request("GET", ORDERS)
		with pytest.raises(http.client.IncompleteRead):
			connection.getresponse().read()
		connection.close()
		began = time.perf_counter()
		assert requests.get(url + ORDERS).status_code == 200
		assert time.perf_counter() - began >= 0.2


def test_faults_may_be_planned_over_http_where_it_is_allowed(shop):
	store = SampleStore(shop, basic_over_http=True, control=True)
	with store.serve() as url:
		first = shop.order_ids({"completed"})[0]
		plan = {
			"rules": [{"kind": "error_json", "at": [1]}],
			"changes": [{"after": 1, "action": "trash", "order_id": first}],
		}
		assert requests.post(f"{url}/_control/faults", json=plan).status_code == 200
		assert [requests.get(url + ORDERS).status_code for _request in range(2)] == [500, 200]
		state = requests.get(f"{url}/_control/state").json()
		assert (state["served"], state["struck"], state["changed"]) == (2, {"error_json": 1}, [first])
		wrong = requests.post(f"{url}/_control/faults", json={"rules": [{"kind": "typo"}]})
		assert wrong.status_code == 400 and "typo" in wrong.json()["error"]
		assert requests.delete(f"{url}/_control/faults").status_code == 200
	with SampleStore(shop).serve() as url:
		assert requests.post(f"{url}/_control/faults", json={}).status_code == 404


def started(*options):
	command = [sys.executable, "-m", MODULE, "--orders", "20", "--port", "0", *options]
	return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_process_says_where_it_is_and_ends_with_its_parent():
	with started("--exit-with-parent", "--basic-over-http") as process:
		url = process.stdout.readline().strip()
		assert len(requests.get(url + ORDERS).json()) == 5
		process.stdin.close()
		assert process.wait(10) == 0


def test_a_process_may_say_it_as_json_and_be_interrupted():
	with started("--json", "--version", "8.9.3", "--end", "2025-01-01") as process:
		ready = json.loads(process.stdout.readline())
		assert ready["home"] == "http://sample-shop.example.test"
		assert requests.get(ready["url"] + "/wp-json/").json()["home"] == ready["home"]
		assert requests.get(ready["url"] + ORDERS).status_code == 401
		os.kill(process.pid, signal.SIGINT)
		assert process.wait(10) == 0


def test_a_port_in_use_is_one_clear_message(store):
	with store.serve() as url:
		port = str(urlsplit(url).port)
		command = [sys.executable, "-m", MODULE, "--orders", "1", "--port", port]
		done = subprocess.run(command, capture_output=True, text=True, timeout=20)
	assert done.returncode == 1
	assert "can't listen on 127.0.0.1" in done.stderr


def test_memory_does_not_grow_with_what_was_read():
	shop = SampleShop(1, 400)
	store = SampleStore(shop, basic_over_http=True)
	for page in range(1, 5):
		uri = f"/wp-json/wc/v3/orders?{KEYS}&per_page=100&page={page}"
		assert store.answer(Request("GET", uri)).status == 200
	assert not shop._changed
