"""What is well and what isn't with the live sync of one store: each point is a rule over what was read of it.

Red is what keeps orders out of the books, or from being noticed, until a person does something.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, convert_utc_to_system_timezone

from jarz_woocommerce_integration.findings import COLORS, ERROR, OK, UNKNOWN, WARNING, Finding
from jarz_woocommerce_integration.sentences import translated
from jarz_woocommerce_integration.services.migration.estimates import in_words
from jarz_woocommerce_integration.services.outbox.refund_limit import REFUND_MANAGER
from jarz_woocommerce_integration.services.reconciliation.differences import HARMLESS
from jarz_woocommerce_integration.services.webhooks.record import NEEDS_ATTENTION, WELL

STORE, INBOX, OUTBOX = "WooCommerce Store", "WooCommerce Inbox", "WooCommerce Outbox"
SETTINGS = "WooCommerce Settings"
DEFAULT_EVERY = 2  # minutes
SHORTEST_STANDSTILL = timedelta(minutes=10)
LOOKS_MISSED = 5
# A failing order is tried again after minutes first; what holds the cursor up for longer needs a person.
CURSOR_HELD_UP = timedelta(hours=1)
NOBODY_WORKS = timedelta(minutes=10)
NOT_SENT = timedelta(minutes=15)
# The whole shop is compared every night.
NOT_RECONCILED = timedelta(hours=26)
BUDGET_NEARLY_USED = 0.9
SENDING = ("send_status", "send_notes", "send_tracking", "send_refunds")


@dataclass(slots=True)
class Point:
	"""One thing that is looked at, and what was found.

	:ivar shown: the figure, short; :ivar value: the same as a number, None where there is none
	:ivar doctype: whose list shows more, with these filters; or the form of `document`
	"""

	key: str
	label: str
	shown: str
	finding: Finding
	value: float | None = None
	doctype: str = ""
	document: str = ""
	filters: dict = field(default_factory=dict)

	def shows(self, doctype: str, filters: dict) -> None:
		"""A list shows more."""
		self.doctype, self.document, self.filters = doctype, "", filters

	def as_dict(self) -> dict:
		"""For JSON: the finding's own fields stand beside the others, and its color."""
		values = asdict(self)
		found = values.pop("finding")
		return {**found, **values, "color": COLORS[self.finding.level]}


@dataclass(slots=True)
class Waiting:
	"""Rows of an inbox or outbox that aren't done. :ivar due_since: since when the oldest could have been worked on"""

	depth: int = 0
	again: int = 0
	due_since: datetime | None = None
	given_up: int = 0
	awaiting: int = 0


@dataclass(slots=True)
class StoreStatus:
	"""What was read of one store. Times are of the site's clock.

	:ivar row: the columns of the WooCommerce Store; :ivar lag: seconds, None where it isn't kept in step
	:ivar used, limit: requests of this minute, None where they can't be counted, and are without limit
	"""

	row: frappe._dict
	now: datetime
	lag: float | None
	inbox: Waiting
	outbox: Waiting
	held: int
	failed: int
	used: int | None
	limit: int | None

	@property
	def is_live(self) -> bool:
		return bool(self.row.enabled and self.row.live_sync)

	@property
	def was_live(self) -> bool:
		"""Whether it is kept in step, or was before it was switched off."""
		return self.is_live or bool(self.row.live_since or self.row.last_synced)

	@property
	def every(self) -> int:
		return cint(self.row.sync_every) or DEFAULT_EVERY

	@property
	def standstill(self) -> timedelta:
		"""After so long without a look, or without a step of the cursor, it stands still."""
		return max(SHORTEST_STANDSTILL, timedelta(minutes=LOOKS_MISSED * self.every))

	@property
	def not_looked_for(self) -> timedelta | None:
		"""How long ago the shop was looked at, or should have been for the first time."""
		since = self.row.last_synced or local(self.row.live_since)
		return self.now - since if since else None

	@property
	def cursor_age(self) -> timedelta | None:
		reached = local(self.row.synced_until)
		return self.now - reached if reached else None


def local(moment_utc: datetime | None) -> datetime | None:
	"""A column of UTC on the site's clock."""
	return moment_utc and convert_utc_to_system_timezone(moment_utc).replace(tzinfo=None)


def points_of(standing: StoreStatus) -> list[Point]:
	rules = (live_sync, lag, inbox, orders, webhooks, reconciliation, outbox, requests)
	return [point for rule in rules for point in rule(standing)]


# --- reading ---


def live_sync(standing: StoreStatus) -> Iterator[Point]:
	store = standing.row.name
	if standing.is_live:
		found = Finding(
			OK,
			_("The app looks for changes in the shop every {0}.").format(
				translated(in_words(standing.every * 60), _)
			),
		)
	elif standing.was_live:
		what = _("Live Sync") if standing.row.enabled else _("Enabled")
		text = _("{0} is switched off: changes in the shop don't reach the books.").format(what)
		found = Finding(ERROR, text, _("Switch it on in the store's form."))
	else:
		what_to_do = _("After its migration, switch Live Sync on in the store's form.")
		found = Finding(UNKNOWN, _("The live sync of this store was never on."), what_to_do)
	shown = _("On") if standing.is_live else _("Off")
	yield Point("live_sync", _("Live Sync"), shown, found, doctype=STORE, document=store)


def lag(standing: StoreStatus) -> Iterator[Point]:
	if standing.lag is None:
		yield Point("lag", _("Lag"), "–", Finding(UNKNOWN, _("The live sync is off.")))
		return
	found = Finding(OK, _("So far the books may be behind the shop."))
	point = Point("lag", _("Lag"), _short(standing.lag), found, round(standing.lag), STORE, standing.row.name)
	error = standing.row.sync_error or ""
	limit, unseen, cursor = standing.standstill, standing.not_looked_for, standing.cursor_age
	if error and standing.row.sync_stopped:
		point.finding = Finding(
			ERROR,
			error,
			_("The cursor doesn't move until the shop's lists are right again, so that nothing is lost."),
		)
	elif unseen and unseen > limit:
		point.finding = Finding(
			ERROR,
			_("The last look for changes in the shop was {0} ago. {1}").format(_words(unseen), error).strip(),
			_(
				"Check whether the shop opens in a browser, and whether its key still works (Check Connection)."
			)
			if error
			else _("Check that the scheduler and a worker for the queue short run."),
		)
	elif cursor and cursor > limit:
		point.finding = Finding(
			ERROR if cursor > CURSOR_HELD_UP else WARNING,
			_("The cursor doesn't move: a change that was made {0} ago has no state yet.").format(
				_words(cursor)
			),
			_("The inbox says what fails: solve it, then choose Sync Again. Other orders don't wait for it."),
		)
		point.shows(INBOX, {"store": standing.row.name, "state": "Waiting"})
	elif error:
		point.finding = Finding(WARNING, error, _("It is tried again by itself."))
	yield point


def inbox(standing: StoreStatus) -> Iterator[Point]:
	waiting = standing.inbox
	depth = f"{waiting.depth:,}"
	text = _("Waiting to be read from the shop: {0}.").format(depth) if waiting.depth else _("Nothing waits.")
	found = Finding(OK if standing.is_live else UNKNOWN, text)
	due = waiting.due_since and standing.now - waiting.due_since
	if standing.is_live and due and due > NOBODY_WORKS:
		found = Finding(
			ERROR,
			_("Waiting: {0}. Nobody has worked on them for {1}.").format(depth, _words(due)),
			_("Check that a worker for the queue short runs, and that the shop can be reached."),
		)
	elif standing.is_live and waiting.again:
		found = Finding(
			WARNING,
			_("Waiting: {0}. Failed before, and to be tried again: {1}.").format(depth, f"{waiting.again:,}"),
			_("The rows say why. After some attempts they are held for a person."),
		)
	point = Point("inbox", _("Inbox"), depth, found, waiting.depth)
	point.shows(INBOX, {"store": standing.row.name, "state": "Waiting"})
	yield point


def orders(standing: StoreStatus) -> Iterator[Point]:
	"""Held and failed ones, and what was tried in vain until it was given up."""
	held, failed, given_up = standing.held, standing.failed, standing.inbox.given_up
	found = Finding(OK, _("No order waits for a person."))
	if held or failed:
		text = _("Orders that are held: {0}, that have failed: {1}.").format(f"{held:,}", f"{failed:,}")
		found = Finding(WARNING, text, _("Each row says what to do."))
	point = Point("orders", _("Held and Failed"), f"{held + failed:,}", found, held + failed)
	point.shows("WooCommerce Order Map", {"store": standing.row.name, "state": ["in", ["Held", "Failed"]]})
	if given_up:
		text = _("Given up after several attempts: {0}.").format(f"{given_up:,}")
		point.finding = Finding(
			ERROR,
			f"{found.text} {text}" if held or failed else text,
			_("Remove the cause of the error, then choose Sync Again."),
		)
		point.shows(INBOX, {"store": standing.row.name, "state": "Given Up"})
	yield point


def webhooks(standing: StoreStatus) -> Iterator[Point]:
	status = standing.row.webhooks_status
	if status == WELL:
		found = Finding(OK, _("The shop reports changes as they happen."))
	elif status == NEEDS_ATTENTION:
		found = Finding(
			ERROR,
			_("The shop doesn't report its changes correctly; the scheduler finds them later."),
			_("The store's form says what is wrong."),
		)
	else:
		found = Finding(UNKNOWN, _("None are registered: the scheduler finds what changes."))
	if not standing.is_live:
		found = replace(found, level=UNKNOWN)
	shown = _(status) if status else _("None")
	yield Point("webhooks", _("Webhooks"), shown, found, doctype=STORE, document=standing.row.name)


def reconciliation(standing: StoreStatus) -> Iterator[Point]:
	row = standing.row
	last: Any = max(filter(None, (row.last_reconciled, row.last_reconciled_whole)), default=None)
	shown = _("{0} ago").format(_short((standing.now - last).total_seconds())) if last else _("Not yet")
	agrees = Finding(OK, _("The shop's lists and the books agree."))
	point = Point("reconciliation", _("Reconciliation"), shown, agrees, doctype=STORE, document=row.name)
	if not standing.is_live:
		text = agrees.text if last else _("It begins with the live sync.")
		point.finding = Finding(UNKNOWN, text)
	elif late := _reconciled_late(standing):
		point.finding = Finding(
			ERROR,
			late,
			_("Check that the scheduler and a worker for the queue long run; the store's form says more."),
		)
	elif not last:
		point.finding = Finding(UNKNOWN, _("The first one comes within the hour."))
	else:
		_tell_differences(point, json.loads(row.reconciliation or "{}"))
	yield point


def _reconciled_late(standing: StoreStatus) -> str:
	whole = standing.row.last_reconciled_whole
	since = whole or local(standing.row.live_since) or standing.row.last_reconciled
	age = since and standing.now - since
	if not age or age <= NOT_RECONCILED:
		return ""
	return (
		_("The whole shop was last compared {0} ago.").format(_words(age))
		if whole
		else _("The whole shop wasn't compared in the last {0}.").format(_words(age))
	)


def _tell_differences(point: Point, kept: dict) -> None:
	"""What the last comparisons left to a person."""
	kinds = [
		kind
		for result in kept.values()
		for name, kind in result.get("kinds", {}).items()
		if name not in HARMLESS
	]
	left = sum(kind["count"] - kind["noted"] for kind in kinds)
	noted = sum(kind["noted"] for kind in kinds)
	failed = next((result["failed"] for result in kept.values() if result.get("failed")), None)
	point.value = left
	if left:
		text = _("Differences that wait for a person: {0}.").format(f"{left:,}")
		point.finding = Finding(WARNING, text, _("The store's form lists them."))
	elif failed:
		text = _("The last comparison failed: {0}").format(failed["message"])
		point.finding = Finding(WARNING, text, _("The next comparison tries it again."))
	elif noted:
		text = _("Differences that were found and are read again: {0}.").format(f"{noted:,}")
		point.finding = Finding(OK, text)


# --- writing, and the shop's budget ---


def outbox(standing: StoreStatus) -> Iterator[Point]:
	waiting, store = standing.outbox, standing.row.name
	sends = any(standing.row[name] for name in SENDING)
	text = _("Nothing waits to be sent.") if sends else _("Nothing is sent to the shop (see its form).")
	if waiting.depth:
		text = _("Waiting to be sent to the shop: {0}.").format(f"{waiting.depth:,}")
	found = Finding(OK if sends else UNKNOWN, text)
	due = waiting.due_since and standing.now - waiting.due_since
	if due and due > NOT_SENT:
		what_to_do = _("Check that a worker for the queue short runs, and that the shop can be reached.")
		found = Finding(WARNING, text, what_to_do)
	point = Point("outbox", _("Outbox"), f"{waiting.depth:,}", found, waiting.depth)
	point.shows(OUTBOX, {"store": store, "state": ["in", ["Waiting", "Sending"]]})
	if waiting.awaiting:
		point.shown = _("{0} to approve").format(f"{waiting.awaiting:,}")
		point.finding = Finding(
			WARNING,
			_("Refunds that wait for approval: {0}.").format(f"{waiting.awaiting:,}"),
			_("A user with the role {0} can approve them in the WooCommerce Outbox.").format(
				_(REFUND_MANAGER)
			),
		)
		point.shows(OUTBOX, {"store": store, "state": "Awaiting Approval"})
	if waiting.given_up:
		point.shown = _("{0} failed").format(f"{waiting.given_up:,}")
		point.finding = Finding(
			ERROR,
			_("Couldn't be sent to the shop: {0}.").format(f"{waiting.given_up:,}"),
			_("Their rows say why, and can be sent again."),
		)
		point.shows(OUTBOX, {"store": store, "state": "Given Up"})
	yield point


def requests(standing: StoreStatus) -> Iterator[Point]:
	used, limit = standing.used, standing.limit
	found = Finding(UNKNOWN, _("They aren't counted: there is no limit, or the count can't be reached."))
	point = Point("requests", _("Requests this Minute"), "–", found, None, SETTINGS, SETTINGS)
	if used is not None and limit:
		point.value, point.shown = used, f"{used:,} / {limit:,}"
		point.finding = (
			Finding(WARNING, _("The limit of requests in a minute is nearly reached: more requests wait."))
			if used >= limit * BUDGET_NEARLY_USED
			else Finding(OK, _("Requests that were sent, and the limit in a minute."))
		)
	yield point


# --- words ---


def _words(age: timedelta) -> str:
	return translated(in_words(age.total_seconds()), _)


def _short(seconds: float) -> str:
	for unit, size in ((_("d"), 86_400), (_("h"), 3_600), (_("min"), 60)):
		if seconds >= 2 * size:
			return f"{int(seconds // size):,} {unit}"
	return f"{int(seconds)} {_('s')}"
