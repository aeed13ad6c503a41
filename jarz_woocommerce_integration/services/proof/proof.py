"""The proof that the books of a site equal the shop: every part of it joined, made in one go and kept on a run.

The store's list against the books order by order, with refunds and with taxes by rate; the books against themselves; a
random sample read from the store once more and compared field by field. Nothing is written but where it is kept.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone

import frappe

from jarz_woocommerce_integration.exceptions import PayloadError, StoreError
from jarz_woocommerce_integration.ledger.contract import BookedOrder
from jarz_woocommerce_integration.ledger.erpnext.values import sanitised
from jarz_woocommerce_integration.services.comparison.sample import (
	Documents,
	Rules,
	Sample,
	SampledOrder,
	compare_order,
)
from jarz_woocommerce_integration.services.comparison.taxes import TaxComparison, refunded_tax_of
from jarz_woocommerce_integration.services.comparison.territories import TerritoryCoverage
from jarz_woocommerce_integration.services.comparison.text import (
	NotBooked,
	ReceivedUnbooked,
	verification_text,
)
from jarz_woocommerce_integration.services.migration.engine import Scope
from jarz_woocommerce_integration.services.migration.spot_checks import Draw
from jarz_woocommerce_integration.services.migration.verification import Difference, Verification
from jarz_woocommerce_integration.services.migration.walk import verify
from jarz_woocommerce_integration.services.proof.books import BooksCheck, check_books
from jarz_woocommerce_integration.services.proof.documents import read_booked, read_documents
from jarz_woocommerce_integration.services.session import policy as site_policy, runs as site_runs
from jarz_woocommerce_integration.services.session.migration import SiteSession, open_session
from jarz_woocommerce_integration.store.orders import OrderPage, in_halves, read_orders_by_id
from jarz_woocommerce_integration.store.payloads import DetailedEntry, ManifestEntry, Order
from jarz_woocommerce_integration.store.related import Related, read_related
from jarz_woocommerce_integration.translation.drafts import OrderState

SAMPLE_SIZE = 50
LARGEST_SAMPLE = 1000
LARGEST_SEED = 10**9
ORDERS_AT_ONCE = 500


@dataclass
class Proof:
	"""What was compared, and what was found.

	:ivar against_store: with differences of taxes among the others; :ivar checked_at: UTC, when the comparison began
	:ivar requests: that the store answered for it
	"""

	store: str
	store_url: str
	scope: Scope
	checked_at: datetime
	checked_by: str
	against_store: Verification
	books: BooksCheck
	taxes: TaxComparison
	territories: TerritoryCoverage
	not_booked: NotBooked
	received: ReceivedUnbooked
	sample: Sample
	requests: int

	@property
	def proven(self) -> bool:
		"""Each order is booked exactly or listed with its reason, and nothing is wrong in the books or in the sample."""
		return self.against_store.proven and self.books.sound and not self.sample.different

	def wrong(self) -> Iterator[str]:
		"""A sentence for each thing that is wrong; of the books' own findings the first thousand of each kind."""
		for difference in self.against_store.unexplained:
			yield f"Order {difference.order_id}: {difference.message}"
		for finding in self.books.findings:
			yield finding.message
		for order in self.sample.different:
			fields = "; ".join(
				f"{f.field}: {f.store} in the store, {f.books} in the books"
				for f in order.fields
				if not (f.equal or f.why)
			)
			yield f"Order {order.order_id} of the sample: {fields}."

	@property
	def wrong_in_all(self) -> int:
		unexplained = len(self.against_store.unexplained)
		return unexplained + sum(self.books.counts.values()) + len(self.sample.different)

	def as_dict(self) -> dict:
		"""Plain data of the shape that `comparison.text` describes."""
		window = self.scope.window
		further = [*self.books.order_ids(), *(("sample", order.order_id) for order in self.sample.different)]
		return {
			**verification_text(self.against_store, self.store, self.checked_at, self.checked_by, further),
			"proven": self.proven,
			"whole": True,
			"store_url": self.store_url,
			"requests": self.requests,
			"window": {
				"after": window.after and window.after.isoformat(),
				"before": window.before and window.before.isoformat(),
				"statuses": list(window.statuses) if window.statuses else None,
			},
			"books_sound": self.books.sound,
			"taxes_equal": self.taxes.equal,
			"sample_equal": not self.sample.different,
			"findings": [asdict(finding) for finding in self.books.findings],
			"findings_by_kind": self.books.counts,
			"not_booked": self.not_booked.as_rows(),
			"received_unbooked": self.received.as_rows(),
			"taxes": self.taxes.as_rows(),
			"refund_taxes": self.taxes.refunds_as_rows(),
			"accounts": self.books.accounts_text(),
			"sums": self.books.sums,
			"payments": self.books.payments,
			"sample": self.sample.as_dict(),
			"territories": self.territories.as_dict(),
		}


def prove(
	session: SiteSession, scope: Scope, sample_size: int = SAMPLE_SIZE, seed: int | None = None
) -> Proof:
	"""Compare the store as it is now with the books, and the books with themselves.

	All that is read of the books is one view of them, that of the transaction at hand: commit or roll back before.

	:param scope: which of the store's orders; its page size says nothing here
	:param sample_size: how many booked orders are read once more, at most a thousand
	:param seed: draws the sample; None draws a seed by chance, which is recorded
	:raises StoreError: the store can't be read
	"""
	checked_at = datetime.now(timezone.utc)
	requests_before = session.client.requests
	seed = secrets.randbelow(LARGEST_SEED) if seed is None else seed
	watcher = _Watcher(session, Draw(min(sample_size, LARGEST_SAMPLE), seed))
	compared = verify(session.client, session.ledger, scope.window, session.translator.time_zone, watcher)
	watcher.finish()
	compared.differences += watcher.taxes.differences
	sample = _sample(session, scope, watcher)
	return Proof(
		store=session.store.name,
		store_url=session.store.url,
		scope=scope,
		checked_at=checked_at,
		checked_by=frappe.session.user,
		against_store=compared,
		books=check_books(session.store.name),
		taxes=watcher.taxes,
		territories=watcher.territories,
		not_booked=watcher.not_booked,
		received=watcher.received,
		sample=sample,
		requests=session.client.requests - requests_before,
	)


def keep(run: int, proof: Proof) -> None:
	"""Keep a proof on a WooCommerce Sync Run, in place of the one it had. Commits."""
	site_runs.note_proof(run, proof.proven, proof.as_dict(), proof.requests)


def keep_on_last_run(proof: Proof) -> int | None:
	"""Keep a proof of a whole store on its last completed migration. Commits. :return: the run, None where there is none"""
	run = site_runs.last_completed(proof.store)
	if run:
		keep(run, proof)
	return run


def prove_store(
	store: str | None = None,
	statuses: tuple[str, ...] | None = None,
	sample_size: int = SAMPLE_SIZE,
	seed: int | None = None,
) -> Proof:
	"""As `prove`, for a whole store. :param store: name of the WooCommerce Store, None for the default one"""
	with open_session(store, is_patient=True) as session:
		return prove(session, session.scope(statuses), sample_size, seed)


def prove_run(run: int, sample_size: int = SAMPLE_SIZE, seed: int | None = None) -> Proof:
	"""Prove what a run was asked for, and keep the proof on it. Commits.

	Orders that were made in the shop after the run had ended are none of its business.

	:raises StoreSetupError: there is no such run of a migration; :raises StoreError: the store can't be read
	"""
	asked = site_runs.what_was_asked(run)
	with open_session(asked.store, is_patient=True) as session:
		given = Scope.of(asked.parameters)
		scope = session.scope(given.statuses, given.after, given.before or asked.finished)
		proof = prove(session, scope, sample_size, seed)
	keep(run, proof)
	return proof


class _Watcher:
	"""Looks at each order of the comparison as it goes by, and at the books' side of it in batches."""

	def __init__(self, session: SiteSession, draw: Draw):
		self.store = session.store
		self.policies = _policies(session)
		self.taxes = TaxComparison(session.translator.policy, sanitised)
		self.territories = TerritoryCoverage(session.translator.territories)
		self.not_booked = NotBooked()
		self.received = ReceivedUnbooked()
		self.draw = draw
		self._waiting: list[tuple[DetailedEntry, bool]] = []

	def __call__(
		self, entry: ManifestEntry | None, row: BookedOrder | None, difference: Difference | None
	) -> None:
		booked = row is not None and row.state is OrderState.SYNCED and bool(row.invoice)
		if booked:
			self.draw.offer(row.order_id)  # type: ignore[union-attr]  # a booked order has a row
		if row:
			self.not_booked.add(row)
			self.received.add(row)
		if isinstance(entry, DetailedEntry):
			self._waiting.append((entry, booked and difference is None))
			if len(self._waiting) >= ORDERS_AT_ONCE:
				self.finish()

	def finish(self) -> None:
		"""Compare what is waiting."""
		ids = [entry.id for entry, like in self._waiting if like]
		booked = read_booked(self.store.name, ids, self.policies) if ids else {}
		for entry, _like in self._waiting:
			lines = entry.tax_lines or ()
			if found := booked.get(entry.id):
				self.taxes.compare(entry.id, entry.currency, lines, found.charges, refunded_tax_of(entry))
				self.territories.add(entry, found.territory)
			else:
				self.taxes.set_aside(entry.currency, lines)
		self._waiting.clear()


def _policies(session: SiteSession) -> frozenset[str]:
	"""Hashes of the policies that the store's form gives today: for the past, and for orders as they come in."""
	return frozenset(site_policy.policy_of(session.store, historical).hash for historical in (True, False))


# --- the sample ---


def _sample(session: SiteSession, scope: Scope, watcher: _Watcher) -> Sample:
	"""Read the drawn orders from the store once more, a hundred a request, and compare them with their documents."""
	ids = watcher.draw.drawn
	sample = Sample(watcher.draw.count, watcher.draw.seed, watcher.draw.offered)
	if not ids:
		return sample
	page = _read(session, ids, scope)
	orders = {order.id: order for order in page.orders}
	unreadable = {error.identifier: error for error in page.unreadable}
	documents = read_documents(session.store.name, ids, watcher.policies)
	rows = session.ledger.find_orders(ids)
	translator = session.translator
	rules = Rules(translator.policy, translator.territories, session.ledger.settings.zone, sanitised)
	related = read_related(session.client, page.orders, translator)
	for order_id in ids:
		order, row = orders.get(order_id), rows[order_id]
		if order is None:
			sample.orders.append(_not_read(row, unreadable.get(order_id)))
		else:
			refunds = page.refunds.get(order_id, ())
			sample.orders.append(_compared(order, refunds, row, documents[order_id], rules, related))
	return sample


def _read(session: SiteSession, ids: Sequence[int], scope: Scope) -> OrderPage:
	"""These orders as the store says them now."""

	def read(ids: Sequence[int]) -> OrderPage:
		return read_orders_by_id(session.client, ids, scope.statuses, session.translator.wants_refunds)

	result = OrderPage(0, [], {}, [])
	for part, found in in_halves(session.client, ids, read):
		if isinstance(found, StoreError):
			result.unreadable.append(PayloadError(found.message, found.what_to_do, identifier=part[0]))
		else:
			result.add(found)
	return result


def _not_read(row: BookedOrder, error: PayloadError | None) -> SampledOrder:
	verdict, note = (
		("unreadable", error.message) if error else ("gone", "The store's list doesn't have it now.")
	)
	return SampledOrder(row.order_id, row.number, row.invoice, verdict, note)


def _compared(
	order: Order,
	refunds: Sequence,
	row: BookedOrder,
	documents: Documents,
	rules: Rules,
	related: Related,
) -> SampledOrder:
	fields = compare_order(order, refunds, documents, rules, related)
	result = SampledOrder(row.order_id, row.number, row.invoice, "equal", fields=fields)
	if row.changed:
		return replace(result, verdict="changed", note=row.changed)
	if order.date_modified_gmt != row.modified_at:
		note = (
			f"Changed in the store at {order.date_modified_gmt:%Y-%m-%d %H:%M:%S} UTC, after it was booked."
		)
		return replace(result, verdict="changed", note=note)
	if any(not (found.equal or found.why) for found in fields):
		return replace(result, verdict="different")
	return result
