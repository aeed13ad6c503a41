"""Webhooks of the sample store against what real stores did: their routes, their deliveries, and how they are lost."""

import gzip
import hashlib
import hmac
import json
import re
import subprocess
import sys
import threading
from base64 import b64encode
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.sample_store.__main__ import main
from jarz_woocommerce_integration.sample_store.webhooks import DeliveryFaults

API = json.loads((Path(__file__).parent / "fixtures" / "webhooks_api.json").read_text(encoding="utf-8"))
DELIVERIES = json.loads(
	gzip.decompress((Path(__file__).parents[1] / "store" / "fixtures" / "webhooks.json.gz").read_bytes())
)
KEYS = "consumer_key=ck_sample&consumer_secret=cs_sample"
MODULE = "jarz_woocommerce_integration.sample_store"
SECRET = "s3cr3t&<x>"
ORDER_TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")


class Receiver:
	"""An address that webhooks may be sent to.

	:ivar got: (headers in order, body) of each request; :ivar status: what it answers, None drops the connection
	:ivar meanwhile: called while a request waits for its answer
	"""

	def __init__(self):
		self.got: list[tuple[list[tuple[str, str]], bytes]] = []
		self.status: int | None = 200
		self.meanwhile = lambda: None

	@contextmanager
	def listen(self):
		receiver = self

		class Handler(BaseHTTPRequestHandler):
			def do_POST(self):
				body = self.rfile.read(int(self.headers["Content-Length"]))
				receiver.got.append((self.headers.items(), body))
				receiver.meanwhile()
				if receiver.status is None:
					return
				self.send_response(receiver.status)
				self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/moved")
				self.send_header("Content-Length", "0")
				self.end_headers()

			def log_message(self, *arguments):
				"""Nothing."""

		with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
			self.url = f"http://127.0.0.1:{server.server_port}/hook"
			thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
			thread.start()
			yield self
			server.shutdown()
			thread.join()

	def topics(self) -> list[tuple[str, int]]:
		"""(topic, id) of what was delivered, without the pings."""
		return [
			(dict(headers)["X-WC-Webhook-Topic"], json.loads(body)["id"])
			for headers, body in self.got
			if body.startswith(b"{")
		]


@pytest.fixture
def receiver():
	with Receiver().listen() as receiver:
		yield receiver


@pytest.fixture
def create(ask, store, receiver):
	"""Makes a webhook, and forgets its ping."""

	def create(topic: str, **fields) -> int:
		wanted = {"topic": topic, "delivery_url": receiver.url, "secret": SECRET, **fields}
		answer = ask(store, "webhooks", "POST", wanted)
		assert answer.status == 201, answer.body
		receiver.got.clear()
		return json.loads(answer.body)["id"]

	return create


@pytest.fixture
def all_topics(create) -> dict[str, int]:
	return {topic: create(topic) for topic in ORDER_TOPICS}


# --- routes ---


def like_captured(body: dict, captured: dict) -> dict:
	"""The body with the stamps, the id and the home of the captured one."""
	stamps = {name: captured[name] for name in captured if name.startswith("date_")}
	return body | stamps | {"id": captured["id"], "_links": captured["_links"]}


@pytest.mark.parametrize("name", sorted(name for name in API if API[name]["asked"] and name != "reenable"))
def test_creating_answers_as_real_stores_did(name, ask, store):
	captured = API[name]
	answer = ask(store, "webhooks", "POST", captured["asked"])
	body = json.loads(answer.body)
	assert answer.status == captured["status"]
	assert list(body) == list(captured["body"])
	if captured["status"] == 400:
		assert body == captured["body"]
		return
	if "name" not in captured["asked"]:
		form = re.compile(r"Webhook created on [A-Z][a-z]{2} \d\d, \d{4} @ \d\d:\d\d [AP]M")
		assert form.fullmatch(body["name"]) and form.fullmatch(captured["body"]["name"])
		body["name"] = captured["body"]["name"]
	assert body["date_modified"] is body["date_modified_gmt"] is None
	assert answer.header("Location") == body["_links"]["self"][0]["href"]
	assert answer.header("Location").endswith(f"/wp-json/wc/v3/webhooks/{body['id']}")
	assert body["_links"].keys() == captured["body"]["_links"].keys()
	assert like_captured(body, captured["body"]) == captured["body"]
	assert SECRET.encode() not in answer.body and b"secret" not in answer.body


def test_the_list_is_newest_first_and_can_be_narrowed(ask, fetch, store, create):
	first, second = create("order.created"), create("order.updated")
	ask(store, f"webhooks/{first}", "PUT", {"status": "paused"})
	answer = ask(store, "webhooks?per_page=100")
	assert [webhook["id"] for webhook in json.loads(answer.body)] == [second, first]
	assert answer.header("X-WP-Total") == "2"
	assert list(json.loads(answer.body)[0]) == list(API["list"]["body"][0])
	ascending = fetch(store, "webhooks?orderby=id&order=asc")
	assert [webhook["id"] for webhook in ascending] == [first, second]
	assert [webhook["id"] for webhook in fetch(store, "webhooks?status=paused")] == [first]
	assert fetch(store, f"webhooks/{first}")["status"] == "paused"
	assert ask(store, "webhooks?status=gone").status == ask(store, "webhooks?orderby=topic").status == 400


def test_deleting_needs_force(ask, store, create):
	webhook = create("order.created")
	refused = ask(store, f"webhooks/{webhook}", "DELETE")
	assert (refused.status, json.loads(refused.body)["code"]) == (501, "woocommerce_rest_trash_not_supported")
	before = json.loads(ask(store, f"webhooks/{webhook}").body)
	assert json.loads(ask(store, f"webhooks/{webhook}?force=true", "DELETE").body) == before
	assert ask(store, f"webhooks/{webhook}").status == 400
	assert ask(store, f"webhooks/{webhook}", "PUT", {}).status == 400
	assert ask(store, f"webhooks/{webhook}?force=true", "DELETE").status == 404


@pytest.mark.parametrize(
	"fields", [{"status": "on"}, {"topic": "order.nonsense"}, {"delivery_url": "ftp://x"}]
)
def test_what_a_webhook_can_not_become(fields, ask, fetch, store, create):
	webhook = create("order.created")
	before = fetch(store, f"webhooks/{webhook}")
	assert ask(store, f"webhooks/{webhook}", "PUT", fields).status == 400
	assert fetch(store, f"webhooks/{webhook}") == before


def test_writing_needs_a_key_that_may(store):
	uri = "/wp-json/wc/v3/webhooks?consumer_key=ck_sample_read&consumer_secret=cs_sample_read"
	with store.serve() as url:
		assert requests.get(url + uri, timeout=5).status_code == 200
		assert requests.post(url + uri, json={"topic": "order.created"}, timeout=5).status_code == 401


# --- pings ---


def test_the_ping_is_the_captured_one(ask, store, receiver):
	answer = ask(store, "webhooks", "POST", {"topic": "order.updated", "delivery_url": receiver.url})
	((headers, body),) = receiver.got
	assert body == b"webhook_id=%d" % json.loads(answer.body)["id"]
	captured = next(d for d in DELIVERIES if d["body"].startswith("webhook_id"))["headers"]
	assert set(dict(headers)) == set(captured)
	for name in set(captured) - {"Host", "Content-Length"}:
		assert dict(headers)[name] == captured[name]


@pytest.mark.parametrize("status", [500, 201, None])
def test_a_ping_that_fails_changes_nothing(status, ask, fetch, store, receiver):
	receiver.status = status
	wanted = {"topic": "order.updated", "delivery_url": receiver.url}
	created = json.loads(ask(store, "webhooks", "POST", wanted).body)
	assert fetch(store, f"webhooks/{created['id']}") == created
	assert (created["status"], store.webhooks.get(created["id"]).failures) == ("active", 0)


def test_without_a_secret_one_is_made_up_and_never_told(ask, store, create):
	webhook = create("order.updated", secret="")
	secret = store.webhooks.get(webhook).secret
	assert len(secret) == 50 and not secret.isalnum()
	assert json.dumps(secret)[1:-1].encode() not in ask(store, f"webhooks/{webhook}").body


# --- deliveries ---


def test_a_delivery_has_the_captured_headers_and_is_the_order(ask, shop, store, receiver, create):
	webhook = create("order.updated")
	order_id = shop.order_ids(["processing"])[0]
	shop.set_status(order_id, "completed")
	assert receiver.got == []
	assert store.deliver() == 1
	((headers, body),) = receiver.got
	assert body == ask(store, f"orders/{order_id}").body
	captured = next(d for d in DELIVERIES if d["headers"].get("X-WC-Webhook-Topic") == "order.updated")
	assert [name for name, _value in headers] == list(captured["headers"])
	own = ("Host", "Content-Length", "X-WC-Webhook-Source", "X-WC-Webhook-Signature")
	for name in set(captured["headers"]) - {*own, "X-WC-Webhook-ID", "X-WC-Webhook-Delivery-ID"}:
		assert dict(headers)[name] == captured["headers"][name]
	signature = b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
	assert dict(headers)["X-WC-Webhook-Signature"] == signature
	assert dict(headers)["X-WC-Webhook-Source"] == f"{shop.home}/"
	assert dict(headers)["X-WC-Webhook-ID"] == str(webhook)
	assert re.fullmatch(r"[0-9a-f]{32}", dict(headers)["X-WC-Webhook-Delivery-ID"])


def test_delivery_ids_repeat_within_a_second(shop, store, receiver, create):
	create("order.updated")
	now = [1_800_000_000.4]
	store.webhooks.clock = lambda: now[0]
	first, second, third = shop.order_ids(["processing"])[:3]
	for order_id in (first, second):
		shop.update(order_id, {})
	store.deliver()
	now[0] += 1
	shop.update(third, {})
	store.deliver()
	ids = [dict(headers)["X-WC-Webhook-Delivery-ID"] for headers, _body in receiver.got]
	assert ids[0] == ids[1] != ids[2]


def test_several_changes_before_the_run_are_one_delivery_of_the_state_then(shop, store, receiver, create):
	create("order.updated")
	order_id = shop.order_ids(["processing"])[0]
	for status in ("on-hold", "processing", "completed"):
		shop.set_status(order_id, status)
	store.deliver()
	((_headers, body),) = receiver.got
	assert json.loads(body)["status"] == "completed"
	assert store.deliver() == 0


def test_a_change_while_a_delivery_is_under_way_is_another_one(shop, store, receiver, create):
	create("order.updated")
	order_id = shop.order_ids(["processing"])[0]

	def change_once():
		receiver.meanwhile = lambda: None
		shop.set_status(order_id, "completed")

	receiver.meanwhile = change_once
	shop.update(order_id, {})
	store.deliver()
	assert [json.loads(body)["status"] for _headers, body in receiver.got] == ["processing", "completed"]


@pytest.mark.parametrize("seed", range(3))
def test_a_new_order_is_told_as_created_and_as_updated(seed, ask, receiver):
	shop = SampleShop(seed, 20)
	store = SampleStore(shop, basic_over_http=True)
	for topic in ORDER_TOPICS:
		ask(store, "webhooks", "POST", {"topic": topic, "delivery_url": receiver.url})
	receiver.got.clear()
	order_id = shop.add_order()
	if shop.status(order_id) == "checkout-draft":
		shop.set_status(order_id, "processing")
	store.deliver()
	assert sorted(receiver.topics()) == [("order.created", order_id), ("order.updated", order_id)]


def test_of_a_new_order_either_may_be_told_first(shop, store, receiver, all_topics):
	for _order in range(12):
		shop.add_order()
	store.deliver()
	first = {}
	for topic, order_id in receiver.topics():
		first.setdefault(order_id, topic)
	assert set(first.values()) == {"order.created", "order.updated"}


def test_a_draft_is_told_when_it_becomes_an_order(shop, store, receiver, all_topics):
	draft = shop.order_ids(["pending"])[0]
	shop.set_status(draft, "checkout-draft")
	shop.update(draft, {"customer_note": "x"})
	assert store.deliver() == 0
	shop.set_status(draft, "processing")
	store.deliver()
	assert sorted(receiver.topics()) == [("order.created", draft), ("order.updated", draft)]


def changed(shop, *statuses):
	return next(order_id for order_id in shop.order_ids(statuses) if float(shop.body(order_id)["total"]) > 50)


def test_trash_tells_the_id_alone_and_restoring_is_no_update(shop, store, receiver, all_topics):
	order_id = changed(shop, "processing")
	shop.trash(order_id)
	store.deliver()
	(_headers, body) = receiver.got.pop()
	assert (body, receiver.got) == (b'{"id":%d}' % order_id, [])
	shop.restore(order_id)
	store.deliver()
	assert receiver.topics() == [("order.restored", order_id)]
	assert json.loads(receiver.got[0][1])["status"] == "processing"


def test_a_refund_is_one_update_and_its_deletion_is_told_to_nobody(shop, store, receiver, all_topics):
	order_id = changed(shop, "processing")
	refund = shop.refund(order_id, "5.00")
	store.deliver()
	assert receiver.topics() == [("order.updated", order_id)]
	shop.delete_refund(order_id, refund["id"])
	shop.delete(order_id)
	assert store.deliver() == 0


def test_an_order_that_is_gone_by_then_is_told_as_its_route_answers(shop, store, receiver, create):
	create("order.updated")
	order_id = shop.order_ids(["processing"])[0]
	shop.update(order_id, {})
	shop.delete(order_id)
	store.deliver()
	((_headers, body),) = receiver.got
	assert json.loads(body)["code"] == "woocommerce_rest_shop_order_invalid_id"


def test_customers_and_products_are_told_too(ask, fetch, shop, store, receiver, create):
	create("customer.updated")
	create("product.updated")
	product = next(p for p in shop.catalogue.sold if p.type == "simple" and p.sku and p.state == "publish")
	before = fetch(store, "customers/2")
	assert ask(store, "customers/2", "PUT", {"first_name": "ليلى", "billing": {"city": "طنطا"}}).status == 200
	assert ask(store, f"products/{product.id}", "PUT", {"sku": "NEW-SKU"}).status == 200
	store.deliver()
	assert receiver.topics() == [("customer.updated", 2), ("product.updated", product.id)]
	customer, renamed = (json.loads(body) for _headers, body in receiver.got)
	assert (customer["first_name"], customer["billing"]["city"]) == ("ليلى", "طنطا")
	assert customer["billing"]["phone"] == before["billing"]["phone"]
	assert customer["date_modified_gmt"] > before["date_modified_gmt"]
	assert (renamed["sku"], renamed["name"]) == ("NEW-SKU", product.name)
	assert fetch(store, "products?sku=NEW-SKU")[0]["id"] == product.id


def test_a_renamed_sku_shows_on_old_orders_without_modifying_them(shop):
	order_id, line = next(
		(order_id, line)
		for order_id in shop.order_ids()
		for line in shop.body(order_id)["line_items"]
		if line["sku"] and not line["variation_id"]
	)
	shop.update(order_id, {})
	before = [shop.body(each)["date_modified_gmt"] for each in shop.order_ids()]
	shop.update_product(line["product_id"], sku="NEW-SKU")
	shown = {
		each["sku"]
		for order in shop.order_ids()
		for each in shop.body(order)["line_items"]
		if each["product_id"] == line["product_id"]
	}
	assert shown == {"NEW-SKU"}
	assert [shop.body(each)["date_modified_gmt"] for each in shop.order_ids()] == before


# --- failures ---


@pytest.mark.parametrize(
	("status", "failures"),
	[(200, 0), (201, 0), (301, 0), (302, 0), (303, 1), (401, 1), (404, 1), (500, 1), (None, 1)],
)
def test_what_counts_as_delivered(status, failures, shop, store, receiver, create):
	webhook = create("order.updated")
	receiver.status = status
	shop.update(shop.order_ids(["processing"])[0], {})
	store.deliver()
	assert store.webhooks.get(webhook).failures == failures
	assert len(receiver.got) == 1, "no redirect is followed"
	assert store.deliver() == 0, "nothing is tried again"


def fail(shop, store, times: int) -> None:
	for _time in range(times):
		shop.update(shop.order_ids(["processing"])[0], {})
		store.deliver()


def test_the_seventh_failure_in_a_row_disables(fetch, shop, store, receiver, create):
	webhook = create("order.updated")
	receiver.status = 500
	fail(shop, store, 6)
	assert fetch(store, f"webhooks/{webhook}")["status"] == "active"
	fail(shop, store, 1)
	body = fetch(store, f"webhooks/{webhook}")
	assert (body["status"], list(body)) == ("disabled", list(API["get_disabled"]["body"]))
	assert store.webhooks.get(webhook).failures == 6
	fail(shop, store, 3)
	assert len(receiver.got) == 7, "of what happens meanwhile nothing is kept"


def test_one_success_begins_anew(shop, store, receiver, create):
	webhook = create("order.updated")
	receiver.status = 500
	fail(shop, store, 6)
	receiver.status = 200
	fail(shop, store, 1)
	assert store.webhooks.get(webhook).failures == 0


@pytest.mark.parametrize(("status", "after"), [(500, ("disabled", 6)), (200, ("active", 0))])
def test_enabling_again_pings_nobody_and_keeps_the_count(status, after, ask, shop, store, receiver, create):
	number = create("order.updated")
	receiver.status = 500
	fail(shop, store, 7)
	receiver.got.clear()
	answer = ask(store, f"webhooks/{number}", "PUT", API["reenable"]["asked"])
	assert json.loads(answer.body)["status"] == "active"
	webhook = store.webhooks.get(number)
	assert (receiver.got, webhook.failures) == ([], 6)
	receiver.status = status
	fail(shop, store, 1)
	assert (webhook.status, webhook.failures) == after


def test_what_was_queued_before_is_told_though_the_webhook_is_paused_since(
	ask, shop, store, receiver, create
):
	webhook = create("order.updated")
	order_id = shop.order_ids(["processing"])[0]
	shop.update(order_id, {})
	ask(store, f"webhooks/{webhook}", "PUT", {"status": "paused"})
	shop.update(shop.order_ids(["processing"])[1], {})
	store.deliver()
	assert receiver.topics() == [("order.updated", order_id)]


def test_a_removed_webhook_tells_nothing_more(ask, shop, store, receiver, create):
	webhook = create("order.updated")
	shop.update(shop.order_ids(["processing"])[0], {})
	ask(store, f"webhooks/{webhook}?force=true", "DELETE")
	assert (store.deliver(), receiver.got) == (0, [])


def test_a_receiver_that_is_silent_fails(shop, store, receiver, create):
	webhook = create("order.updated")
	silent = threading.Event()
	receiver.meanwhile = lambda: silent.wait(5)
	store.webhooks.hookshot.timeout = 0.05
	fail(shop, store, 1)
	silent.set()
	assert store.webhooks.get(webhook).failures == 1


def test_a_run_ends_when_its_time_is_over(shop, store, receiver, create):
	create("order.updated")
	for order_id in shop.order_ids(["processing"])[:5]:
		shop.update(order_id, {})
	assert store.webhooks.deliver(seconds=0) == 0
	assert store.webhooks.waiting() == 5


# --- faults on the way ---


def touched(shop) -> list[int]:
	ids = shop.order_ids(["processing", "completed"])[:100]
	for order_id in ids:
		shop.update(order_id, {})
	return ids


def test_a_share_is_lost_and_a_share_comes_twice(shop, store, receiver, create):
	create("order.updated")
	ids = touched(shop)
	store.webhooks.faults = DeliveryFaults(lost=0.3, repeated=0.3)
	assert store.deliver() == 100
	times = Counter(order_id for _topic, order_id in receiver.topics())
	assert set(times.values()) == {1, 2}
	lost = {delivery.resource_id for delivery in store.webhooks.done if delivery.lost}
	assert lost and lost == set(ids) - set(times)


def test_a_run_may_be_out_of_order(shop, store, receiver, create):
	create("order.updated")
	ids = touched(shop)
	store.webhooks.faults = DeliveryFaults(shuffled=True)
	store.deliver()
	told = [order_id for _topic, order_id in receiver.topics()]
	assert told != ids and sorted(told) == ids


def test_a_receiver_that_is_down_fails_until_the_webhook_is_disabled(shop, store, receiver, create):
	webhook = create("order.updated")
	touched(shop)
	store.webhooks.faults.down = True
	store.deliver()
	assert (receiver.got, store.webhooks.get(webhook).status) == ([], "disabled")
	assert {delivery.status for delivery in store.webhooks.done} == {None}


# --- as a process, and by itself ---


def test_the_cron_delivers_by_itself(ask, shop, store, receiver):
	came = threading.Event()
	with store.serve(deliver_every=0.02):
		ask(store, "webhooks", "POST", {"topic": "order.updated", "delivery_url": receiver.url})
		receiver.meanwhile = came.set
		shop.update(shop.order_ids(["processing"])[0], {})
		assert came.wait(5)


def test_a_host_that_no_dns_knows_may_be_dialled(shop, store, receiver, create):
	port = receiver.url.split(":")[2]
	create("order.updated", delivery_url=f"http://site.example.test:{port}")
	store.webhooks.hookshot.dials["site.example.test"] = "127.0.0.1"
	shop.update(shop.order_ids(["processing"])[0], {})
	store.deliver()
	((headers, _body),) = receiver.got
	assert dict(headers)["Host"].startswith("site.example.test:")


def test_a_process_delivers_too(receiver):
	came = threading.Event()
	options = ("--deliver-every", "0.05", "--dial", "site.example.test=127.0.0.1", "--exit-with-parent")
	command = [sys.executable, "-m", MODULE, "--orders", "20", "--control", "--basic-over-http", *options]
	with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
		url = process.stdout.readline().strip()
		wanted = {
			"topic": "order.created",
			"delivery_url": receiver.url.replace("127.0.0.1", "site.example.test"),
		}
		made = requests.post(f"{url}/wp-json/wc/v3/webhooks?{KEYS}", json=wanted, timeout=5)
		assert (made.status_code, len(receiver.got)) == (201, 1)
		receiver.meanwhile = came.set
		for _order in range(3):  # one may be a draft
			requests.post(f"{url}/_control/change", json={"action": "add_order"}, timeout=5)
		assert came.wait(10)
		process.stdin.close()
		assert process.wait(10) == 0


@pytest.mark.parametrize(
	"options", [("--deliver-every", "soon"), ("--deliver-every", "0"), ("--dial", "site.example.test")]
)
def test_options_that_can_not_be_understood(options, capsys):
	with pytest.raises(SystemExit):
		main(options)
	assert options[1] in capsys.readouterr().err


def test_delivering_and_its_faults_over_http(shop, receiver):
	store = SampleStore(shop, basic_over_http=True, control=True)
	with store.serve() as url:

		def control(path, body=None):
			return requests.post(f"{url}/_control/{path}", json=body, timeout=5).status_code

		store.webhooks.add("order.updated", receiver.url)
		order_id = shop.order_ids(["processing"])[0]
		assert control("change", {"action": "change_total", "order_id": order_id}) == 200
		assert control("change", {"action": "explode"}) == 400
		assert control("deliveries", {"lost": 1.0}) == control("deliver") == 200
		assert control("deliveries", {"stolen": 1.0}) == 400
		state = requests.get(f"{url}/_control/state", timeout=5).json()
	assert (state["waiting"], state["delivered"], state["lost"], state["changed"]) == (0, 0, 1, [order_id])
