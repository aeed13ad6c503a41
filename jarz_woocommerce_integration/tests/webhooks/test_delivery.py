"""The endpoint of webhooks, through the site's own web application: what counts, what doesn't, and what nothing is left of."""

import base64
import hashlib
import hmac
import io
import json
from unittest.mock import patch
from urllib.parse import quote

import frappe
from frappe.tests.utils import FrappeTestCase
from hypothesis import HealthCheck, given, settings, strategies as some
from pymysql.err import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from rq.job import JobStatus
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.session import jobs
from jarz_woocommerce_integration.services.webhooks import delivery as webhook_delivery
from jarz_woocommerce_integration.services.webhooks.delivery import (
	METHOD,
	OLDER_METHOD,
	REFUSED,
	UNUSABLE,
	counted,
)
from jarz_woocommerce_integration.services.webhooks.registration import ensure_secret
from jarz_woocommerce_integration.tests.support.site import make_store
from jarz_woocommerce_integration.tests.support.web_client import WebClient

PATH, OLDER_PATH = f"/api/method/{METHOD}", f"/api/method/{OLDER_METHOD}"
STORE, OTHER, WITHOUT_SECRET = "Webhook Shop", "Other Webhook Shop", "Shop without Secret"
HOME = "webhook-shop.example.test"
# Frappe's own list of Error Logs that its scheduler is to insert.
LOGS = "insert_queue_for_Error Log"
UNSIGNED = "not signed by a shop of this site"
ROWS = "SELECT store, resource, woo_id, topic, source, state FROM `tabWooCommerce Inbox` ORDER BY name"


def signed(body: bytes, secret: str) -> str:
	return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class WebhookTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		for name, home in ((STORE, HOME), (OTHER, "other.example.test"), (WITHOUT_SECRET, "no.example.test")):
			make_store(name, webhook_secret="").db_set({"home": home, "enabled": 1, "live_sync": 1})
		cls.secret, cls.other_secret = (
			ensure_secret(frappe.get_doc("WooCommerce Store", name)) for name in (STORE, OTHER)
		)
		frappe.db.commit()
		cls.addClassCleanup(cls.leave_them)
		cls.client = cls.enterClassContext(WebClient())
		# Somebody will work on the inbox already, whose tests these aren't.
		cls.enterClassContext(patch.object(jobs, "get_job_status", return_value=JobStatus.QUEUED))

	@classmethod
	def leave_them(cls):
		frappe.db.set_value(
			"WooCommerce Store", {"name": ("in", (STORE, OTHER, WITHOUT_SECRET))}, "live_sync", 0
		)
		frappe.db.commit()

	def setUp(self):
		super().setUp()
		self.wipe()
		self.addCleanup(self.wipe)

	def wipe(self):
		frappe.db.rollback()
		frappe.db.delete("WooCommerce Inbox")
		frappe.db.commit()
		frappe.cache.delete_value(LOGS)
		self.logs_before = frappe.db.count("Error Log")
		for name in (STORE, OTHER, WITHOUT_SECRET, webhook_delivery.NOBODY):
			counted(REFUSED, name, forget=True)
			counted(UNUSABLE, name, forget=True)

	def send(self, body=b'{"id":7}', topic="order.updated", path=PATH, headers=(), **request):
		"""Deliver as the shop does. A header of None is left out."""
		body = body if isinstance(body, bytes) else json.dumps(body).encode()
		sent = {
			"X-WC-Webhook-Source": f"https://{HOME}/",
			"X-WC-Webhook-Topic": topic,
			"X-WC-Webhook-Signature": signed(body, self.secret),
			"X-WC-Webhook-Delivery-ID": "the same for a whole second",
			**dict(headers),
		}
		sent = {name: value for name, value in sent.items() if value is not None}
		request = {"content_type": "application/json", **request}
		return self.client.open(
			request.pop("method", "POST"),
			path,
			input_stream=io.BytesIO(body),
			content_length=len(body),
			headers=sent,
			**request,
		)

	def rows(self):
		frappe.db.rollback()
		return frappe.db.sql(ROWS)

	def left(self):
		"""What was left of requests: rows, logs, and logs that Frappe will insert later."""
		return len(self.rows()), frappe.db.count("Error Log") - self.logs_before, frappe.cache.llen(LOGS)


class TestDeliveries(WebhookTestCase):
	def test_a_signed_delivery_is_one_row_and_200_and_no_session(self):
		sessions = frappe.db.count("Sessions")
		answer = self.send({"id": 4056, "status": "processing"}, "order.created")
		self.assertEqual((answer.status_code, answer.json), (200, {"message": "noted"}))
		self.assertEqual(self.rows(), ((STORE, "order", 4056, "order.created", "Webhook", "Waiting"),))
		self.assertEqual(frappe.db.count("Sessions"), sessions)

	def test_each_topic_is_noted_for_its_thing(self):
		topics = (
			"order.created",
			"order.updated",
			"order.deleted",
			"order.restored",
			"customer.created",
			"customer.updated",
			"product.created",
			"product.updated",
			"product.deleted",
		)
		for woo_id, topic in enumerate(topics, 1):
			self.assertEqual(self.send({"id": woo_id}, topic).status_code, 200)
		self.assertEqual(
			[(row[1], row[2], row[3]) for row in self.rows()],
			[(topic.partition(".")[0], woo_id, topic) for woo_id, topic in enumerate(topics, 1)],
		)

	def test_the_older_address_takes_the_same(self):
		self.assertEqual(self.send(path=OLDER_PATH).status_code, 200)
		self.assertEqual(len(self.rows()), 1)

	def test_deliveries_of_one_second_have_one_delivery_id_and_a_row_each(self):
		for _again in range(3):
			self.send({"id": 5})
		self.assertEqual([row[2] for row in self.rows()], [5, 5, 5])

	def test_topics_that_nobody_asked_for_are_acknowledged_and_ignored(self):
		for topic in ("coupon.created", "action.woocommerce_order_status_completed", "order.", "", "order"):
			answer = self.send(topic=topic)
			self.assertEqual((answer.status_code, answer.json), (200, {"message": "ignored"}))
		self.assertEqual(self.rows(), ())

	def test_what_a_shop_signed_without_a_usable_id_is_acknowledged_counted_and_no_row(self):
		bodies = (
			b"",
			b"{}",
			b'{"id":',
			b"[1]",
			b"7",
			b"null",
			b'{"id":"7"}',
			b'{"id":0}',
			b'{"id":-1}',
			b'{"id":true}',
		)
		bodies += (
			b'{"id":7.5}',
			b'{"id":null}',
			b'{"id":[7]}',
			b'{"id":9223372036854775808}',
			b"\xff\xfe",
			b"[" * 100_000,
		)
		for body in bodies:
			with self.subTest(body[:30]):
				self.assertEqual(self.send(body).status_code, 200)
		self.assertEqual(self.left(), (0, 0, 0))
		self.assertEqual(counted(UNUSABLE, STORE), len(bodies))

	def test_a_store_that_is_switched_off_or_not_kept_in_step_keeps_what_it_is_told(self):
		for values in ({"enabled": 0}, {"live_sync": 0}):
			self.set_store(STORE, **values)
			with patch.object(inbox.WorkQueue, "enqueue") as enqueued:
				self.assertEqual(self.send().status_code, 200)
			enqueued.assert_not_called()
			self.set_store(STORE, enabled=1, live_sync=1)
		self.assertEqual(len(self.rows()), 2)

	def test_the_work_is_woken_for_a_store_that_is_kept_in_step(self):
		with patch.object(inbox.WorkQueue, "enqueue") as enqueued:
			self.send()
		enqueued.assert_called_once_with(STORE)

	def test_of_an_order_that_is_gone_by_the_time_it_is_told_nothing_is_counted(self):
		body = {
			"code": "woocommerce_rest_shop_order_invalid_id",
			"message": "Invalid ID.",
			"data": {"status": 404},
		}
		answer = self.send(body)
		self.assertEqual((answer.status_code, answer.json), (200, {"message": "ignored"}))
		self.assertEqual((self.rows(), counted(UNUSABLE, STORE)), ((), 0))

	def test_the_ping_is_acknowledged_without_a_trace(self):
		answer = self.client.post(PATH, data={"webhook_id": "12"})
		self.assertEqual((answer.status_code, answer.json), (200, {"message": "ready"}))
		self.assertEqual((self.left(), counted(REFUSED, webhook_delivery.NOBODY)), ((0, 0, 0), 0))

	def set_store(self, name, **values):
		frappe.db.set_value("WooCommerce Store", name, values)
		frappe.db.commit()


class TestWhoSentIt(WebhookTestCase):
	def test_the_key_in_the_url_says_which_store_it_is(self):
		path = f"{PATH}?store={quote(OTHER)}"
		self.assertEqual(self.send(path=path).status_code, 401)
		answer = self.send(
			path=path, headers={"X-WC-Webhook-Signature": signed(b'{"id":7}', self.other_secret)}
		)
		self.assertEqual(answer.status_code, 200)
		self.assertEqual(self.rows()[0][0], OTHER)

	def test_the_source_is_a_home_in_any_of_its_writings(self):
		for source in (f"http://{HOME}/", f"https://{HOME}", f"HTTPS://{HOME.upper()}/"):
			self.assertEqual(self.send(headers={"X-WC-Webhook-Source": source}).status_code, 200)

	def test_a_store_that_was_never_checked_is_known_by_its_address(self):
		frappe.db.set_value("WooCommerce Store", STORE, {"home": "", "url": f"https://{HOME}"})
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "WooCommerce Store", STORE, {"home": HOME})
		self.assertEqual(self.send().status_code, 200)

	def test_of_two_stores_of_one_shop_it_is_the_one_whose_secret_signed(self):
		frappe.db.set_value("WooCommerce Store", OTHER, "home", HOME)
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "WooCommerce Store", OTHER, "home", "other.example.test")
		self.send(headers={"X-WC-Webhook-Signature": signed(b'{"id":7}', self.other_secret)})
		self.send()
		self.assertEqual([row[0] for row in self.rows()], [OTHER, STORE])

	def test_all_who_are_refused_are_told_the_same(self):
		refused = (
			{"X-WC-Webhook-Signature": signed(b'{"id":8}', self.secret)},
			{"X-WC-Webhook-Signature": signed(b'{"id":7}', self.other_secret)},
			{"X-WC-Webhook-Signature": signed(b'{"id":7}', "")},
			{"X-WC-Webhook-Signature": None},
			{"X-WC-Webhook-Signature": "é"},
			{"X-WC-Webhook-Source": "https://nowhere.example/"},
			{"X-WC-Webhook-Source": None},
			{"X-WC-Webhook-Source": "https://no.example.test/"},
		)
		told = {
			(answer.status_code, answer.get_data()) for answer in (self.send(headers=one) for one in refused)
		}
		told |= {
			(answer.status_code, answer.get_data())
			for answer in (
				self.send(path=f"{PATH}?store={quote(name)}")
				for name in ("Nowhere", WITHOUT_SECRET, "' OR 1=1 -- ", "%")
			)
		}
		self.assertEqual(told, {(401, json.dumps({"message": UNSIGNED}).encode())})
		self.assertEqual(self.left(), (0, 0, 0))

	def test_a_store_without_a_secret_accepts_nothing_signed_with_none(self):
		for secret in ("", "None", webhook_delivery._NOBODYS_SECRET):
			answer = self.send(
				path=f"{PATH}?store={quote(WITHOUT_SECRET)}",
				headers={"X-WC-Webhook-Signature": signed(b'{"id":7}', secret)},
			)
			self.assertEqual(answer.status_code, 401)

	def test_what_is_refused_is_counted_for_the_store_that_it_claims(self):
		self.send(headers={"X-WC-Webhook-Signature": "wrong"})
		self.send(
			headers={"X-WC-Webhook-Signature": "wrong", "X-WC-Webhook-Source": "https://nowhere.example/"}
		)
		self.send(headers={"X-WC-Webhook-Signature": None})
		self.assertEqual((counted(REFUSED, STORE), counted(REFUSED, webhook_delivery.NOBODY)), (1, 2))

	def test_a_secret_that_the_site_cannot_read_any_more_is_none(self):
		with patch.object(webhook_delivery, "decrypt", side_effect=frappe.ValidationError):
			self.assertEqual(self.send().status_code, 401)


class TestWhatFails(WebhookTestCase):
	def test_when_the_row_cannot_be_written_the_shop_is_told_so(self):
		with patch.object(inbox, "note", side_effect=OperationalError(2006, "gone")):
			self.assertGreaterEqual(self.send().status_code, 500)
		self.assertEqual(frappe.cache.llen(LOGS), 1)

	def test_a_failure_of_frappe_with_a_delivery_that_could_be_noted_stays_one(self):
		"""Frappe reads `_lang` from any body, and fails with a list there. A shop's order never has it."""
		self.assertEqual(self.send({"id": 7, "_lang": ["x"]}).status_code, 500)
		self.assertEqual(frappe.cache.llen(LOGS), 1)

	def test_the_queue_or_the_counter_may_be_away(self):
		away = RedisConnectionError("gone")
		with patch.object(jobs, "get_job_status", side_effect=away):
			self.assertEqual(self.send().status_code, 200)
		self.assertEqual(len(self.rows()), 1)
		with patch("frappe.utils.redis_wrapper.RedisWrapper.pipeline", side_effect=away, create=True):
			self.assertEqual(self.send(headers={"X-WC-Webhook-Signature": "wrong"}).status_code, 401)

	def test_bodies_over_a_mebibyte_are_refused_with_or_without_a_length(self):
		body = b'{"id":7,"note":"' + b"x" * 2**20 + b'"}'
		self.assertEqual(self.send(body).status_code, 413)
		chunked = {"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": ""}
		answer = self.client.post(PATH, environ_overrides=chunked, content_type="application/json")
		self.assertEqual(answer.status_code, 413)
		self.assertEqual(self.left(), (0, 0, 0))

	def test_a_body_of_just_a_mebibyte_is_taken(self):
		start, end = b'{"id":7,"note":"', b'"}'
		body = start + b"x" * (2**20 - len(start) - len(end)) + end
		self.assertEqual((len(body), self.send(body).status_code), (2**20, 200))

	def test_other_methods_are_refused_without_a_trace(self):
		for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD"):
			with self.subTest(method):
				self.assertEqual(self.send(method=method).status_code, 403)
		self.assertEqual(self.left(), (0, 0, 0))

	def test_what_breaks_in_frappe_leaves_nothing_though_the_address_is_long(self):
		for query in ("x" * 5000, f"store={quote(STORE)}&x=%C3%A9"):
			path = f"{PATH}?{query}"
			self.assertEqual(self.send(b'{"id":', path=path).status_code, 200)
			unsigned = self.send(b'{"id":', path=path, headers={"X-WC-Webhook-Signature": "x"})
			self.assertEqual(unsigned.status_code, 401)
		self.assertEqual(self.left(), (0, 0, 0))

	def test_a_stranger_removes_nobodys_error_log(self):
		"""A failure with a shop's own delivery, then strangers who send the same to the same address."""
		path = f"{PATH}?store={quote(STORE)}"
		self.assertEqual(self.send({"id": 7, "_lang": ["x"]}, path=path).status_code, 500)
		logs = frappe.cache.lrange(LOGS, 0, -1)
		self.assertEqual(len(logs), 1)
		for body in ({"id": 7, "_lang": ["x"]}, b'{"id":', b'"x"', b"7"):
			forged = self.send(body, path=path, headers={"X-WC-Webhook-Signature": "x"})
			self.assertEqual(forged.status_code, 401)
		self.assertEqual(frappe.cache.lrange(LOGS, 0, -1), logs)

	def test_counts_end_a_day_after_their_first_however_many_come(self):
		key = webhook_delivery._counter(REFUSED, STORE)
		for _time in range(3):
			self.send(headers={"X-WC-Webhook-Signature": "wrong"})
			self.assertLessEqual(frappe.cache.ttl(key), webhook_delivery.COUNTED_FOR)
			frappe.cache.expire(key, 1000)
		self.assertEqual(counted(REFUSED, STORE), 3)
		self.send(headers={"X-WC-Webhook-Signature": "wrong"})
		self.assertLessEqual(frappe.cache.ttl(key), 1000)

	def test_what_is_forged_costs_one_query_no_write_and_no_job(self):
		written = []
		with patch.object(inbox, "note") as noted, patch.object(inbox.WorkQueue, "enqueue") as enqueued:
			for store in (STORE, "Nowhere", WITHOUT_SECRET):
				path = f"{PATH}?store={quote(store)}"
				request = Request(
					EnvironBuilder(
						path=path, method="POST", data=b'{"id":7}', headers={"X-WC-Webhook-Signature": "x"}
					).get_environ()
				)
				with self.assertQueryCount(1):
					written.append(webhook_delivery.receive(request).status_code)
		self.assertEqual((written, noted.called, enqueued.called), ([401] * 3, False, False))

	def test_other_addresses_of_the_site_keep_their_failures(self):
		answer = self.client.post("/api/method/frappe.ping", data=b'{"id":', content_type="application/json")
		# Frappe 16 answers that the body is wrong, and logs nothing.
		self.assertIn((answer.status_code, frappe.cache.llen(LOGS)), ((500, 1), (417, 0)))


JSON = some.recursive(
	some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
	lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
	max_leaves=12,
)
# Frappe takes these from any body for its own.
FRAPPES = some.sampled_from(
	("cmd", "sid", "_lang", "fn", "data", "doctype", "csrf_token", "_", "method", "flags", "store")
)
BODIES = some.one_of(
	some.binary(max_size=200),
	JSON.map(lambda value: json.dumps(value).encode()),
	some.dictionaries(FRAPPES, JSON, max_size=3).map(lambda value: json.dumps(value).encode()),
	JSON.map(lambda value: json.dumps(value).encode()[:-1]),
	some.text(max_size=50).map(lambda text: json.dumps(text).encode("utf-16")),
	some.integers(1, 60_000).map(lambda depth: b'{"id":' * depth),
	some.integers(1, 2**21).map(lambda size: b"x" * size),
)
CONTENT_TYPES = some.sampled_from(
	(
		"application/json",
		"application/x-www-form-urlencoded",
		"multipart/form-data; boundary=x",
		"text/xml",
		"é",
		"",
	)
)
HEADER_TEXT = some.text(some.characters(min_codepoint=32, max_codepoint=255), max_size=60)


class TestFuzz(WebhookTestCase):
	"""Whatever is sent without a shop's signature: never 500, never a row, nothing in the log."""

	@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
	@given(
		body=BODIES,
		content_type=CONTENT_TYPES,
		method=some.sampled_from(("POST", "POST", "POST", "PUT", "GET")),
		data=some.data(),
	)
	def test_nothing_is_left_of_what_nobody_signed(self, body, content_type, method, data):
		names = ("X-WC-Webhook-Signature", "X-WC-Webhook-Source", "X-WC-Webhook-Topic", "Accept", "Cookie")
		headers = {name: data.draw(some.none() | HEADER_TEXT) for name in names}
		path = PATH + data.draw(
			some.sampled_from(("", "?store=", f"?store={quote(STORE)}", "?store[]=x", "?cmd=x", "?%ff=%fe"))
		)
		answer = self.send(body, method=method, headers=headers, content_type=content_type, path=path)
		self.assertLess(answer.status_code, 500)
		self.assertEqual(self.left(), (0, 0, 0))

	@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
	@given(
		body=BODIES,
		content_type=CONTENT_TYPES,
		topic=some.sampled_from(("order.updated", "product.deleted", "é")),
	)
	def test_whatever_a_shop_signs_is_acknowledged(self, body, content_type, topic):
		answer = self.send(body, topic, content_type=content_type)
		self.assertIn(answer.status_code, (200, 413))
		self.assertEqual(self.left()[1:], (0, 0))

	def test_a_replayed_delivery_is_read_again_and_for_no_other_store(self):
		signature = signed(b'{"id":7}', self.secret)
		for path, status in ((PATH, 200), (PATH, 200), (f"{PATH}?store={quote(OTHER)}", 401)):
			answer = self.send(path=path, headers={"X-WC-Webhook-Signature": signature})
			self.assertEqual(answer.status_code, status)
		self.assertEqual({row[:3] for row in self.rows()}, {(STORE, "order", 7)})
