"""Webhooks of the sample store as WooCommerce keeps and sends them: who wants to hear of what, and what waits.

A change is queued when it happens and told when the shop's cron next runs, as the thing is by then. Nothing is sent
twice, whatever became of it.
"""

import base64
import hashlib
import hmac
import string
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from threading import Event, Lock, Thread

from jarz_woocommerce_integration.sample_store.hookshot import Hookshot

# A topic and WooCommerce's own hooks behind it
TOPICS = {
	"coupon.created": ("woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"),
	"coupon.updated": ("woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"),
	"coupon.deleted": ("wp_trash_post",),
	"coupon.restored": ("untrashed_post",),
	"customer.created": ("user_register", "woocommerce_created_customer", "woocommerce_new_customer"),
	"customer.updated": ("profile_update", "woocommerce_update_customer"),
	"customer.deleted": ("delete_user",),
	"order.created": ("woocommerce_new_order",),
	"order.updated": ("woocommerce_update_order", "woocommerce_order_refunded"),
	"order.deleted": ("wp_trash_post", "woocommerce_trash_order"),
	"order.restored": ("untrashed_post", "woocommerce_untrash_order"),
	"product.created": (
		"woocommerce_process_product_meta",
		"woocommerce_new_product",
		"woocommerce_new_product_variation",
	),
	"product.updated": (
		"woocommerce_process_product_meta",
		"woocommerce_update_product",
		"woocommerce_update_product_variation",
	),
	"product.deleted": ("wp_trash_post",),
	"product.restored": ("untrashed_post",),
}
STATUSES = ("active", "paused", "disabled")
_ACTION = "action."
_SECRET_LETTERS = string.ascii_letters + string.digits + "!@#$%^&*()-_ []{}<>~`+=,.;:/?|"
# One more failure in a row than these disables a webhook; the count stays.
_FAILURES_ALLOWED = 6
# WooCommerce's cron ends a run after so many seconds, and leaves the rest to the next one.
RUN_SECONDS = 30.0


@dataclass
class Webhook:
	"""A webhook of the shop. `created`, `modified`: moments; `failures`: in a row, never told to anybody."""

	id: int
	name: str
	topic: str
	delivery_url: str
	secret: str
	created: int
	status: str = "active"
	modified: int | None = None
	failures: int = 0

	@property
	def resource(self) -> str:
		return self.topic.partition(".")[0]

	@property
	def event(self) -> str:
		return self.topic.partition(".")[2]

	@property
	def hooks(self) -> tuple[str, ...]:
		return TOPICS.get(self.topic, (self.event,))

	def count(self, status: int | None) -> None:
		"""What an answer does to the webhook. `status`: None where there was no answer."""
		if status is not None and 200 <= status < 303:
			self.failures = 0
		elif self.failures < _FAILURES_ALLOWED:
			self.failures += 1
		else:
			self.status = "disabled"


def is_topic(topic: str) -> bool:
	return topic.lower() in TOPICS or (topic.startswith(_ACTION) and len(topic) > len(_ACTION))


@dataclass
class DeliveryFaults:
	"""What goes wrong on the way.

	:ivar lost: share, 0 to 1, that is never sent, of which the shop itself knows nothing
	:ivar repeated: share that is sent twice
	:ivar shuffled: each run sends in an order of its own
	:ivar down: the receiver's host doesn't answer
	"""

	lost: float = 0.0
	repeated: float = 0.0
	shuffled: bool = False
	down: bool = False


@dataclass(frozen=True)
class Delivery:
	"""What became of a delivery. `status`: the receiver's, None without an answer; `lost`: by a fault, never sent."""

	webhook_id: int
	topic: str
	resource_id: int
	status: int | None
	at: float
	seconds: float = 0.0
	lost: bool = False


@dataclass
class Webhooks:
	"""All webhooks of a shop.

	:param body_of: (resource, id) -> the body that its route answers, be it an error's
	:param home: the shop's home URL; :param version: of WooCommerce
	:ivar faults: what goes wrong on the way; :ivar done: the last deliveries
	"""

	body_of: Callable[[str, int], bytes]
	home: str
	version: str
	seed: int = 0
	clock: Callable[[], float] = time.time
	faults: DeliveryFaults = field(default_factory=DeliveryFaults)

	def __post_init__(self):
		self.hookshot = Hookshot(f"WooCommerce/{self.version} Hookshot (WordPress/6.9.7)")
		self.done: deque[Delivery] = deque(maxlen=100_000)
		self._all: dict[int, Webhook] = {}
		self._next_id = 1
		self._random = Random(self.seed)
		self._lock = Lock()
		self._running = Lock()
		# (webhook id, id of the thing) of what waits, the oldest first
		self._waiting: dict[tuple[int, int], None] = {}

	# --- which there are ---

	def all(self) -> list[Webhook]:
		"""Newest first."""
		with self._lock:
			return [self._all[webhook_id] for webhook_id in sorted(self._all, reverse=True)]

	def get(self, webhook_id: int) -> Webhook:
		""":raises KeyError: there is no such webhook"""
		with self._lock:
			return self._all[webhook_id]

	def add(self, topic: str, delivery_url: str, secret: str = "", name: str = "") -> Webhook:
		"""A new webhook, which is active. Without `secret` one is made up."""
		now = int(self.clock())
		with self._lock:
			webhook = Webhook(
				self._next_id,
				name or time.strftime("Webhook created on %b %d, %Y @ %I:%M %p", time.gmtime(now)),
				topic,
				delivery_url,
				secret or "".join(self._random.choices(_SECRET_LETTERS, k=50)),
				now,
			)
			self._next_id += 1
			self._all[webhook.id] = webhook
		return webhook

	def ping(self, webhook: Webhook) -> None:
		"""Tell the receiver its webhook's id, unsigned. What comes of it changes nothing but a date."""
		body = f"webhook_id={webhook.id}".encode()
		if not self.faults.down and self.hookshot.ping(webhook.delivery_url, body) == 200:
			webhook.modified = int(self.clock())

	def change(self, webhook: Webhook, **fields: str) -> None:
		"""Set fields. How often it has failed in a row stays as it is."""
		with self._lock:
			for name, value in fields.items():
				setattr(webhook, name, value)
			webhook.modified = int(self.clock())

	def remove(self, webhook_id: int) -> None:
		""":raises KeyError: there is no such webhook"""
		with self._lock:
			del self._all[webhook_id]

	# --- what waits ---

	def hear(self, resource_id: int, *topics: str) -> None:
		"""A thing of the shop has changed. Who is active and wants to hear of it will be told, each once.

		Of several topics of one change any may come first.
		"""
		with self._lock:
			for topic in self._random.sample(topics, len(topics)):
				for webhook in self._all.values():
					if webhook.status == "active" and webhook.topic == topic:
						self._waiting.setdefault((webhook.id, resource_id))

	def waiting(self) -> int:
		"""How many deliveries wait for the next run."""
		with self._lock:
			return len(self._waiting)

	# --- sending ---

	def deliver(self, seconds: float = RUN_SECONDS) -> int:
		"""One run of the shop's cron: tell what waits, one after another. Answers how many were told, or lost.

		What is queued while it runs is for this run too, as long as its time isn't over. A webhook that is disabled
		meanwhile still tells what was queued before.
		"""
		ends, count = time.monotonic() + seconds, 0
		with self._running:
			while time.monotonic() < ends and (taken := self._take()):
				webhook, resource_id = taken
				self._tell(webhook, resource_id)
				count += 1
		return count

	@contextmanager
	def cron(self, seconds: float) -> Iterator[None]:
		"""Delivers every so many seconds, in a thread, as long as the context lasts."""
		ended = Event()

		def run() -> None:
			while not ended.wait(seconds):
				self.deliver()

		thread = Thread(target=run, daemon=True)
		thread.start()
		try:
			yield
		finally:
			ended.set()
			thread.join()

	def _take(self) -> tuple[Webhook, int] | None:
		"""What is told next. It is no longer waiting: a change from now on is told again."""
		with self._lock:
			while self._waiting:
				keys = list(self._waiting)
				key = self._random.choice(keys) if self.faults.shuffled else keys[0]
				del self._waiting[key]
				if key[0] in self._all:
					return self._all[key[0]], key[1]
		return None

	def _tell(self, webhook: Webhook, resource_id: int) -> None:
		if self._random.random() < self.faults.lost:
			self.done.append(Delivery(webhook.id, webhook.topic, resource_id, None, self.clock(), lost=True))
			return
		self._send(webhook, resource_id)
		if self._random.random() < self.faults.repeated:
			self._send(webhook, resource_id)

	def _send(self, webhook: Webhook, resource_id: int) -> None:
		body = self._body(webhook, resource_id)
		started = time.monotonic()
		status = None
		if not self.faults.down:
			status = self.hookshot.send(webhook.delivery_url, self._headers(webhook, body), body)
		seconds = time.monotonic() - started
		self.done.append(Delivery(webhook.id, webhook.topic, resource_id, status, self.clock(), seconds))
		with self._lock:
			before = (webhook.failures, webhook.status)
			webhook.count(status)
			if (webhook.failures, webhook.status) != before:
				webhook.modified = int(self.clock())

	def _body(self, webhook: Webhook, resource_id: int) -> bytes:
		if webhook.event == "deleted":
			return b'{"id":%d}' % resource_id
		return self.body_of(webhook.resource, resource_id)

	def _headers(self, webhook: Webhook, body: bytes) -> dict[str, str]:
		signature = hmac.digest(webhook.secret.encode(), body, hashlib.sha256)
		# Not unique: of one webhook, all deliveries within a second have the same.
		delivery = f"{webhook.id}{int(self.clock())}".encode()
		return {
			"Content-Type": "application/json",
			"X-WC-Webhook-Source": f"{self.home}/",
			"X-WC-Webhook-Topic": webhook.topic,
			"X-WC-Webhook-Resource": webhook.resource,
			"X-WC-Webhook-Event": webhook.event,
			"X-WC-Webhook-Signature": base64.b64encode(signature).decode(),
			"X-WC-Webhook-ID": str(webhook.id),
			"X-WC-Webhook-Delivery-ID": hashlib.blake2b(delivery, digest_size=16).hexdigest(),
		}
