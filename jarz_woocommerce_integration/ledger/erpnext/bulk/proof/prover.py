"""Which of some planned rows may be written: what isn't proven is compared with what ERPNext writes, and a sample of the rest."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from jarz_woocommerce_integration.ledger.erpnext.bulk import writer
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import CantBeBulkError
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import (
	Captured,
	Difference,
	compare,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import (
	UnfollowedWriteError,
	undone,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.shape import Part, Shape
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE


@dataclass(slots=True)
class Provable:
	"""Planned rows of one order, or of one customer.

	:ivar refused: by ERPNext, when it was asked
	:ivar depends: on what else is planned in the page, so that ERPNext can't be asked for it alone
	"""

	shape: Shape
	plan: Plan
	refused: bool = False
	depends: bool = False


def prove_all(
	planned: Sequence[Provable], proofs: Proofs, ask: Callable[[Provable], Captured]
) -> list[Provable]:
	"""Those that may be written. A sample that differs leaves the whole page to documents.

	:param ask: what ERPNext writes for one of them
	"""
	for each in planned:
		if not proofs.has_failed(each.shape, each.plan):
			needed = not proofs.is_proven(each.shape, each.plan)
			if each.depends:
				each.refused = needed
			elif needed or proofs.is_sample():
				_prove(each, proofs, ask, is_sample=not needed)
	willing = [each for each in planned if not each.refused]
	if proofs.was_wrong():
		proofs.note_documents("a sample that differed in its page", len(willing))
		return []
	chosen = [each for each in willing if not proofs.has_failed(each.shape, each.plan)]
	proofs.note_documents("a shape that differs", len(willing) - len(chosen))
	proofs.note_documents("ERPNext's own refusal, or nothing to compare with", len(planned) - len(willing))
	return chosen


def _prove(each: Provable, proofs: Proofs, ask: Callable[[Provable], Captured], is_sample: bool) -> None:
	try:
		theirs = ask(each)
	except OF_THE_WHOLE_PAGE:
		raise
	except UnfollowedWriteError as error:
		proofs.note_failed(each.shape, str(error), is_sample)
		return
	except Exception:
		# Documents will say the same of this one and list it by it; for its shape it is no proof either way.
		each.refused = True
		return
	try:
		_compare(each, theirs, proofs, is_sample)
	except OF_THE_WHOLE_PAGE:
		raise
	except CantBeBulkError as error:
		proofs.note_failed(each.shape, error.reason, is_sample)
	except Exception as error:
		# What the database, or a site's own column, has against our rows is nothing against the order.
		proofs.note_failed(each.shape, f"rows that can't be written ({type(error).__name__})", is_sample)


def _compare(each: Provable, theirs: Captured, proofs: Proofs, is_sample: bool) -> None:
	foretold = proofs.learn(each.plan, theirs)
	if not proofs.has_examples(each.plan):
		counted = {table: [{}] * len(rows) for table, rows in each.plan.rows.items()}
		proofs.note_failed(each.shape, str(compare(theirs, counted)), is_sample)
		return
	with undone():
		writer.write([each.plan], proofs.patterns)
		ours = writer.read_back(each.plan)
	if difference := compare(theirs, ours):
		proofs.note_failed(_parts_of(difference, each), str(difference), is_sample)
	else:
		proofs.note_equal(each.shape, each.plan, is_sample, foretold)


def _parts_of(difference: Difference, each: Provable) -> Iterable[Part]:
	"""What isn't booked in bulk any more: the kind of the row that differs, or the vouchers as a whole."""
	if difference.position < 0:
		return each.shape
	return (each.plan.rows[difference.table][difference.position].pattern,)
