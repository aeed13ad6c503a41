"""What a rehearsal finds out of bulk booking: which orders passed as rows of which kinds, and which ones documents checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jarz_woocommerce_integration.ledger.erpnext.bulk.report import Tally, digest

# So much of a digest tells the kinds of one rehearsal apart. Where it didn't, an order too many would be checked once more.
DIGITS = 8


@dataclass(frozen=True)
class Rehearsed:
	"""Of some orders that a rehearsal has booked and taken back.

	:ivar left: order id -> why it was left to ERPNext's documents
	:ivar kinds: order id -> kinds of the rows that stood for documents: its own, and those of the customers beside it
	:ivar failed: kinds that are left to documents by now; what passed with one of them before is to be checked once more
	:ivar report: what was counted, as a run keeps it
	"""

	left: dict[int, str]
	kinds: dict[int, set[str]]
	failed: set[str]
	report: dict


def rehearsed(left: Mapping[int, str], tally: Tally, failed: Iterable[str]) -> Rehearsed:
	""":param tally: of these orders and their customers; :param failed: digests of kinds"""
	of_orders = {kind for kinds in tally.kinds.values() for kind in kinds}
	of_customers = {digest(kind)[:DIGITS] for kind in tally.of_kind if kind not in of_orders}
	kinds = {order_id: {digest(kind)[:DIGITS] for kind in own} for order_id, own in tally.kinds.items()}
	beside = {order_id: kinds.get(order_id, set()) | of_customers for order_id in (*kinds, *left)}
	return Rehearsed(dict(left), beside, {kind[:DIGITS] for kind in failed}, tally.as_dict())
