"""The webhooks that a shop keeps for this site: making them, looking at them, putting them right, removing them."""

import hashlib
import hmac
from collections.abc import Iterable

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime
from frappe.utils.password import get_encryption_key, set_encrypted_password

from jarz_woocommerce_integration.exceptions import StoreSetupError, WooCommerceIntegrationError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.session.session import STORE, store_client
from jarz_woocommerce_integration.services.webhooks import record as webhook_record
from jarz_woocommerce_integration.services.webhooks.delivery import REFUSED, UNUSABLE, counted
from jarz_woocommerce_integration.store.http.address import normalise
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Hidden
from jarz_woocommerce_integration.store.webhooks.api import (
	create_webhook,
	delete_webhook,
	list_webhooks,
	update_webhook,
)
from jarz_woocommerce_integration.store.webhooks.states import (
	DUPLICATE,
	MISSING,
	NAME,
	WebhookState,
	correction,
	standings,
)

SECRET = "webhook_secret"
SECRET_LENGTH = 40
# A person waits for the answer.
PATIENCE = {"attempts": 3, "longest_wait": 30.0}


# --- what a person does; each returns what `webhooks.record.keep` does ---


def register(store: Document, address: str | None = None) -> dict:
	"""Have the shop report to this site what changes in it: make what is missing and put right what is there.

	All that might be wrong is set again, also the secret, which a shop never shows.

	:param address: of this site as the shop reaches it; without one the address of the last time, or the site's own
	:raises StoreSetupError: the address is none
	:raises StoreWriteRefusedError: the key may only read; :raises StoreError: the shop refuses
	"""
	webhook_record.write(store, address=_address(store, address), site=webhook_record.this_site())
	secret = Hidden(ensure_secret(store))
	for kind in (REFUSED, UNUSABLE):
		counted(kind, store.name, forget=True)
	# Nobody waits for this row while the shop is asked.
	frappe.db.commit()
	with store_client(store, **PATIENCE) as client:
		put_right(store, client, look(store, client), secret)
		now = now_datetime()
		afresh = {"registered": now, "settled": now, "looked": now, "repaired": []}
		found = look(store, client)
		return webhook_record.keep(store, found, **afresh, **trusted(store, found))


def remove(store: Document) -> dict:
	"""Remove our webhooks from the shop, and no others. The secret stays, for what is still on the way.

	:raises StoreWriteRefusedError: the key may only read; :raises StoreError: the shop refuses
	"""
	with store_client(store, **PATIENCE) as client:
		for standing in look(store, client):
			if standing.webhook:
				delete_webhook(client, standing.webhook.id)
		return webhook_record.keep(store, look(store, client), registered=None)


# --- the steps ---


def look(store: Document, client: StoreClient) -> list[WebhookState]:
	"""How our webhooks stand in the shop. :raises StoreError: they can't be read"""
	endpoint, known = webhook_record.endpoint_of(store), webhook_record.known_webhooks(store)
	return standings(list_webhooks(client), endpoint, known)


def put_right(store: Document, client: StoreClient, found: Iterable[WebhookState], secret: Hidden) -> None:
	"""Make, correct and remove what isn't as it should be, and set the secret of all.

	A webhook that is made active again keeps its count of failures: one more and the shop disables it at once, one
	success and it begins again at 0.

	:raises StoreWriteRefusedError: the key may only read; :raises StoreError: the shop refuses
	"""
	endpoint = webhook_record.endpoint_of(store)
	for standing in found:
		if standing.state == MISSING:
			create_webhook(client, NAME.format(topic=standing.topic), standing.topic, endpoint.url, secret)
		elif standing.state == DUPLICATE:
			delete_webhook(client, standing.webhook.id)  # type: ignore[union-attr]  # only MISSING has none
		else:
			update_webhook(client, standing.webhook.id, secret=secret, **correction(standing, endpoint))  # type: ignore[union-attr]  # only MISSING has none


def ensure_secret(store: Document) -> str:
	"""The store's secret. A new one is committed before a shop gets it: what a shop has been given is not taken back
	with our transaction, and it would go on to sign with what nobody here knows.
	"""
	secret = secret_of(store)
	if not secret:
		secret = frappe.generate_hash(length=SECRET_LENGTH)
		set_encrypted_password(STORE, store.name, secret, SECRET)
		store.db_set(SECRET, "*" * SECRET_LENGTH, update_modified=False)
		frappe.db.commit()
	return secret


def secret_of(store: Document) -> str:
	return store.get_password(SECRET, raise_exception=False) or ""


def secret_mark(store: Document) -> str:
	"""By which a change of the secret is known without the secret."""
	key = get_encryption_key().encode()
	return hmac.new(key, secret_of(store).encode(), hashlib.sha256).hexdigest()[:32]


def trusted(store: Document, found: Iterable[WebhookState]) -> dict:
	"""What is kept of webhooks that were put right just now; the next look compares with it."""
	return {"trusted": webhook_record.stamps(found), "secret_mark": secret_mark(store)}


def _address(store: Document, given: str | None) -> str:
	""":raises StoreSetupError: what is given is none"""
	if not given:
		return webhook_record.endpoint_of(store).base
	try:
		return normalise(given)
	except WooCommerceIntegrationError:
		raise StoreSetupError(
			Sentence('"{0}" is no web address.', given[:100]),
			"Write the address of this site as the shop's server reaches it, such as https://erp.example",
		) from None
