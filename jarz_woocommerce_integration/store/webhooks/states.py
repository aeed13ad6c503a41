"""Which of a store's webhooks are ours, and how each of them stands. Decides; asks and changes nothing."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

from jarz_woocommerce_integration.store.webhooks.api import ACTIVE, DISABLED, PAUSED, Webhook
from jarz_woocommerce_integration.store.webhooks.deliveries import TOPICS

# States of a topic's webhook, beside those that a store names itself
MISSING, MISADDRESSED, WRONG_TOPIC, DUPLICATE = "missing", "misaddressed", "wrong topic", "duplicate"
NAME = "ERPNext: {topic}"
# A store delivers to no others, unless its filter `http_allowed_safe_ports` lets it (read in the source).
PORTS = (80, 443, 8080)


@dataclass(frozen=True, slots=True)
class Endpoint:
	"""Where a store is to deliver to.

	:ivar base: address of the site without trailing slash; :ivar paths: of the endpoint, those we give out first
	:ivar key: by which the site knows the store
	"""

	base: str
	paths: Sequence[str]
	key: str

	@property
	def url(self) -> str:
		return f"{self.base}{self.paths[0]}?store={quote(self.key, safe='')}"

	def is_meant_by(self, url: str) -> bool:
		"""Whether a delivery to this URL arrives, as one of this store's."""
		try:
			parts, base = urlsplit(url), urlsplit(self.base)
		except ValueError:
			return False
		same_site = (parts.scheme, parts.netloc.lower()) == (base.scheme, base.netloc.lower())
		known_path = any(parts.path == base.path + path for path in self.paths)
		return same_site and known_path and dict(parse_qsl(parts.query)).get("store") == self.key


@dataclass(frozen=True, slots=True)
class WebhookState:
	"""How the webhook of a topic stands. :ivar webhook: None where it is `MISSING`"""

	topic: str
	state: str
	webhook: Webhook | None = None

	@property
	def is_well(self) -> bool:
		return self.state == ACTIVE


def standings(
	webhooks: Iterable[Webhook], endpoint: Endpoint, known: Mapping[int, str]
) -> list[WebhookState]:
	"""How ours stand, each topic at least once. Those of others, also of another site of ours, are left out.

	:param known: topics of our webhooks, by id: such a one is ours wherever it is addressed to, as long as it has the
		name that we gave it; an id may be another one's after a shop was restored
	"""
	found: list[WebhookState] = []
	seen: set[str] = set()
	for webhook in webhooks:
		topic = known.get(webhook.id, "")
		if webhook.name != NAME.format(topic=topic):
			topic = webhook.topic if endpoint.is_meant_by(webhook.delivery_url) else ""
		if topic not in TOPICS:
			continue
		state = DUPLICATE if topic in seen else _state(webhook, topic, endpoint)
		seen.add(topic)
		found.append(WebhookState(topic, state, webhook))
	found += [WebhookState(topic, MISSING) for topic in TOPICS if topic not in seen]
	return sorted(found, key=lambda standing: TOPICS.index(standing.topic))


def _state(webhook: Webhook, topic: str, endpoint: Endpoint) -> str:
	if not endpoint.is_meant_by(webhook.delivery_url):
		return MISADDRESSED
	if webhook.topic != topic:
		return WRONG_TOPIC
	return webhook.status if webhook.status in (ACTIVE, PAUSED) else DISABLED


def correction(standing: WebhookState, endpoint: Endpoint) -> dict[str, str]:
	"""The fields of a webhook that is there by which it is as it should be."""
	webhook, fields = standing.webhook, dict[str, str]()
	if webhook is None:
		return fields
	if webhook.status != ACTIVE:
		fields["status"] = ACTIVE
	if webhook.topic != standing.topic:
		fields["topic"] = standing.topic
	if not endpoint.is_meant_by(webhook.delivery_url):
		fields["delivery_url"] = endpoint.url
	return fields


def doubts(base: str) -> Iterator[str]:
	"""Why a store on another machine may refuse to deliver to an address, in plain words."""
	parts = urlsplit(base)
	host = parts.hostname or ""
	if _is_private(host):
		yield f"{host} is a private address: WooCommerce delivers only to public ones, unless the shop's server allows others."
	if parts.port and parts.port not in PORTS:
		yield (
			f"Port {parts.port}: WooCommerce delivers only to the ports 80, 443 and 8080,"
			" unless the shop's server allows others."
		)


def _is_private(host: str) -> bool:
	try:
		return not ipaddress.ip_address(host).is_global
	except ValueError:
		return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan"))
