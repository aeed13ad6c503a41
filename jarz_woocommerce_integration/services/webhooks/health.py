"""Whether the shops still report what changes in them: looked at by the scheduler, put right where that can be, and reported.

A webhook that a shop has disabled loses what happens meanwhile, and a shop whose cron stands still sends nothing, without
an error on either side. The scheduler finds the orders all the same; this is for the seconds, and so that somebody knows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, get_system_timezone, now_datetime

from jarz_woocommerce_integration.exceptions import StoreError, WooCommerceIntegrationError
from jarz_woocommerce_integration.findings import ERROR, Finding
from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.monitoring import alerts, incidents
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.session import STORE, get_store, known_client
from jarz_woocommerce_integration.services.webhooks import record as webhook_record, registration as webhooks
from jarz_woocommerce_integration.services.webhooks.delivery import REFUSED, UNUSABLE, counted
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Hidden
from jarz_woocommerce_integration.store.webhooks.states import WebhookState

# A shop that is out is left to the live sync, which knows how to wait for it.
PATIENCE = {"attempts": 2, "longest_wait": 20.0}
# Signs of what the webhooks themselves don't show
NO_SECRET, NEW_SECRET, WRONG_SECRET = "no secret", "new secret", "wrong secret"
UNREADABLE, SILENT, NOT_REPAIRED = "unreadable", "silent", "not repaired"
# A shop notes a delivery some time after it was accepted here.
NOTED_LATER = timedelta(minutes=5)
# A shop sends with its cron, which runs with its visitors: some minutes are usual.
USUAL_DELAY = timedelta(minutes=10)
# A webhook may have reported an order before the scheduler saw it.
AHEAD = timedelta(hours=1)
LOOK_BACK = timedelta(days=2)
UNHEARD_ORDERS = 3
SOURCE = "webhooks"  # of incidents
ALERTED_AGAIN_AFTER = timedelta(days=1)

# Orders that were changed since a moment, which only the scheduler reported, and when it reported the first.
_UNHEARD = """
SELECT count(DISTINCT inbox.woo_id), min(inbox.received) FROM `tabWooCommerce Inbox` inbox
WHERE inbox.store = %(store)s AND inbox.resource = 'order' AND inbox.source = 'Scheduler'
	AND inbox.stamp_gmt >= %(since_gmt)s AND inbox.received BETWEEN %(since)s AND %(until)s
	AND NOT EXISTS (
		SELECT 1 FROM `tabWooCommerce Inbox` heard
		WHERE heard.store = inbox.store AND heard.resource = 'order' AND heard.woo_id = inbox.woo_id
			AND heard.source = 'Webhook' AND heard.received >= inbox.received - INTERVAL %(ahead)s SECOND
	)
"""
_HEARD = "SELECT DISTINCT topic FROM `tabWooCommerce Inbox` WHERE store = %s AND source = 'Webhook' AND received >= %s"
_LAST_HEARD = "SELECT max(received) FROM `tabWooCommerce Inbox` WHERE store = %s AND source = 'Webhook'"


@without_traces
def check_all() -> None:
	"""Look at all stores that are kept in step; what is found of one is committed before the next is asked. One that
	can't be looked at keeps what was found before.
	"""
	for name in frappe.get_all(STORE, {"enabled": 1, "live_sync": 1}, pluck="name", order_by="name"):
		try:
			check_health(name)
		except WooCommerceIntegrationError as error:
			webhook_record.write(get_store(name), error=str(error))
		frappe.db.commit()


def check_health(name: str) -> dict:
	"""Look at a store's webhooks, put right what can be, and alert people of what is new.

	Nothing is made for a store whose webhooks nobody has registered.

	:returns: as `webhooks.record.keep`
	:raises StoreError: the shop can't be read; :raises StoreSetupError: a key is missing
	"""
	store = get_store(name)
	with known_client(store) as client:
		check = _Check(store, client.variant(**PATIENCE))
		return check.repair_and_alert() if check.registered else check.show()


def show(store: Document) -> dict:
	"""Look at a store's webhooks and change nothing in the shop. As `check_health`."""
	with known_client(store) as client:
		return _Check(store, client.variant(**PATIENCE)).show()


class _Check:
	"""One look at a store's webhooks. :raises StoreError: they can't be read"""

	def __init__(self, store: Document, client: StoreClient):
		self.store = store
		self.client = client
		self.found: Sequence[WebhookState] = webhooks.look(store, client)
		self.before = webhook_record.read(store)
		self.registered = bool(self.before.get("registered"))
		self.now = now_datetime()
		self.last_heard: datetime | None = frappe.db.sql(_LAST_HEARD, store.name)[0][0]
		self.refused = 0

	def show(self) -> dict:
		well = all(standing.is_well for standing in self.found)
		return webhook_record.keep(
			self.store, self.found, self._silence() if self.registered and well else ()
		)

	def repair_and_alert(self) -> dict:
		self.refused = counted(REFUSED, self.store.name, forget=True)
		secrets = list(self._wrong_secrets())
		wrong = [*webhook_record.problems_of(self.found), *secrets]
		# What doesn't send as it should is silent, too, and that will pass.
		staying, repaired = [*self._unreadable(), *(() if wrong else self._silence())], []
		try:
			if wrong:
				self._repair()
				repaired = wrong
				staying += self._wrong_again(wrong)
		except StoreError as error:
			if error.retryable:
				raise
			staying += [*secrets, Finding(ERROR, error.message, error.what_to_do, NOT_REPAIRED)]
		self._alert(repaired, [*webhook_record.problems_of(self.found), *staying])
		return webhook_record.keep(
			self.store,
			self.found,
			staying,
			looked=self.now,
			**self._what_is_trusted(bool(repaired)),
			repaired=[problem.key for problem in repaired],
			settled=self.now if repaired else self.before["settled"],
		)

	# --- what is wrong ---

	def _wrong_secrets(self) -> Iterator[Finding]:
		"""Anybody can send what isn't signed, so that alone is no reason for anything: the secret was changed here, or the
		shop says that a webhook has changed since it was known to be well.
		"""
		if not webhooks.secret_of(self.store):
			yield Finding(
				ERROR,
				_("The store has no Webhook Secret, so all that the shop sends is refused."),
				key=NO_SECRET,
			)
		elif self.before.get("secret_mark") not in (None, webhooks.secret_mark(self.store)):
			yield Finding(ERROR, _("The store's Webhook Secret was changed here."), key=NEW_SECRET)
		elif self.refused and (changed := self._changed_there()):
			yield Finding(
				ERROR,
				_(
					"The shop signs with another secret: {0} was changed there, and {1} deliveries were refused."
				).format(", ".join(changed), self.refused),
				key=WRONG_SECRET,
			)

	def _changed_there(self) -> list[str]:
		"""The topics whose webhooks have changed in the shop since they were trusted, and of which nothing was accepted."""
		heard, trusted = self._heard(), self.before.get("trusted")
		return [
			standing.topic
			for standing in self.found
			if trusted and standing.webhook and standing.topic not in heard
			if trusted.get(str(standing.webhook.id)) != standing.webhook.modified
		]

	def _heard(self) -> set[str]:
		"""The topics of which something was accepted since the last look."""
		since = get_datetime(self.before["looked"]) - NOTED_LATER
		return set(frappe.db.sql(_HEARD, (self.store.name, since), pluck=True))

	def _what_is_trusted(self, is_repaired: bool) -> dict:
		"""What the next look compares with: how the secret is here, and when each webhook was last changed or sent there."""
		if is_repaired or not self.before.get("trusted"):
			return webhooks.trusted(self.store, self.found)
		heard = self._heard()
		known = {**self.before["trusted"]}
		known |= webhook_record.stamps(standing for standing in self.found if standing.topic in heard)
		return {"trusted": known, "secret_mark": self.before.get("secret_mark")}

	def _unreadable(self) -> Iterator[Finding]:
		if unreadable := counted(UNUSABLE, self.store.name, forget=True):
			yield Finding(
				ERROR,
				_("{0} deliveries of the shop have no id.").format(unreadable),
				_('The API Version of its webhooks must be "WP REST API Integration v3".'),
				UNREADABLE,
			)

	def _silence(self) -> Iterator[Finding]:
		unheard, first = self._unheard()
		if unheard < UNHEARD_ORDERS or (self.last_heard and self.last_heard >= first):
			return
		text = _("{0} orders changed in the shop since {1}, and no webhook reported them.").format(
			unheard, frappe.format(first, "Datetime")
		)
		if self.refused:
			text += " " + _(
				"{0} deliveries with a wrong signature were refused. If they are the shop's, Repair sets the secret there again."
			).format(self.refused)
		yield Finding(
			ERROR,
			text,
			_(
				"The webhooks are active, so the shop doesn't send or doesn't reach {0}. In WooCommerce > Status >"
				" Scheduled Actions, look whether woocommerce_deliver_webhook_async is pending (the shop's cron stands still)"
				" or failed. Until then the scheduler keeps the books in step, some minutes later."
			).format(webhook_record.endpoint_of(self.store).base),
			SILENT,
		)

	def _unheard(self) -> tuple[int, datetime | Any]:
		"""What was missed before the webhooks were last put right says nothing about how they are now."""
		since = max(self.now - LOOK_BACK, get_datetime(self.before["settled"]))
		zone = ZoneInfo(get_system_timezone())
		values = {
			"store": self.store.name,
			"since": since,
			"since_gmt": to_utc_column(since.replace(tzinfo=zone)),
			"until": self.now - USUAL_DELAY,
			"ahead": AHEAD.total_seconds(),
		}
		return frappe.db.sql(_UNHEARD, values)[0]

	# --- what is done about it ---

	def _repair(self) -> None:
		webhooks.put_right(self.store, self.client, self.found, Hidden(webhooks.ensure_secret(self.store)))
		self.found = webhooks.look(self.store, self.client)

	def _wrong_again(self, wrong: Iterable[Finding]) -> list[Finding]:
		"""What was put right at the last look already: it won't stay right by itself."""
		before = self.before.get("repaired") or ()
		text = _("It was repaired before, and is wrong again. Check whether the shop can reach {0}.").format(
			webhook_record.endpoint_of(self.store).base
		)
		return [replace(problem, what_to_do=text) for problem in wrong if problem.key in before]

	def _alert(self, repaired: Sequence[Finding], staying: Sequence[Finding]) -> None:
		"""Alert people of what they weren't alerted of for a day, and when all is well again."""
		name, keys = self.store.name, {problem.key for problem in staying}
		gone = [problem for problem in repaired if problem.key not in keys]
		present = {problem.key: problem for problem in (*gone, *staying)}
		begun, over = incidents.update(
			name,
			SOURCE,
			{key: problem.text for key, problem in present.items()},
			self.now,
			solved=[problem.key for problem in gone],
			repeat_after=ALERTED_AGAIN_AFTER,
		)
		if begun:
			subject = (
				Sentence("{0}: the shop's webhooks need attention", name)
				if staying
				else Sentence("{0}: the shop's webhooks were repaired", name)
			)
			alerts.send(name, subject, _lines([present[key] for key in begun], gone))
		elif over and not staying:
			alerts.send(
				name,
				Sentence("{0}: the shop's webhooks work again", name),
				[Sentence("All of them are active, and nothing has to be done.")],
			)


def _lines(new: Iterable[Finding], gone: Sequence[Finding]) -> list[str]:
	lines = [line for problem in new for line in (problem.lines[:1] if problem in gone else problem.lines)]
	if gone:
		lines.append(
			Sentence(
				"What the app could repair in the shop is repaired. The scheduler finds the changes that the shop didn't send."
			)
		)
	return lines
