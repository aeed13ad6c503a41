"""Which of some planned rows may be written: what isn't proven is compared with what ERPNext writes, and a sample of the rest."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk import writer
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured, Difference, compare
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.kinds import Kind
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import UnfollowedWriteError, undone
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE


@dataclass(slots=True)
class Provable:
	"""Planned rows of one order, or of one customer.

	:ivar refused: by ERPNext, when it was asked
	:ivar depends: on what else is planned in the page, so that ERPNext can't be asked for it alone
	"""

	plan: Plan
	refused: bool = field(default=False, init=False)
	depends: bool = field(default=False, init=False)


AnyProvable = TypeVar("AnyProvable", bound=Provable)


def prove_all(
	planned: Sequence[AnyProvable], proofs: Proofs, ask: Callable[[AnyProvable], Captured]
) -> list[AnyProvable]:
	"""Those that may be written. A sample that differs leaves the whole page to documents.

	:param ask: what ERPNext writes for one of them
	"""
	for each in planned:
		if not proofs.has_failed(each.plan):
			needed = not proofs.is_proven(each.plan)
			if each.depends:
				each.refused = needed
			elif needed or proofs.is_sample():
				_prove(each, proofs, ask, is_sample=not needed)
	willing = [each for each in planned if not each.refused]
	if proofs.was_wrong():
		proofs.note_documents("a sample that differed in its page", len(willing))
		return []
	chosen = [each for each in willing if not proofs.has_failed(each.plan)]
	proofs.note_documents("a kind that differs", len(willing) - len(chosen))
	proofs.note_documents("ERPNext's own refusal, or nothing to compare with", len(planned) - len(willing))
	return chosen


def _prove(
	each: AnyProvable, proofs: Proofs, ask: Callable[[AnyProvable], Captured], is_sample: bool
) -> None:
	try:
		theirs = ask(each)
	except OF_THE_WHOLE_PAGE:
		raise
	except UnfollowedWriteError as error:
		proofs.note_failed(each.plan.kinds, str(error), is_sample)
		return
	except Exception:
		# Documents will say the same of this one and list it by it; for its kinds it is no proof either way.
		each.refused = True
		return
	try:
		_compare(each, theirs, proofs, is_sample)
	except OF_THE_WHOLE_PAGE:
		raise
	except NeedsDocumentsError as error:
		proofs.note_failed(each.plan.kinds, error.reason, is_sample)
	except Exception as error:
		# What the database, or a site's own column, has against our rows is nothing against the order.
		proofs.note_failed(each.plan.kinds, f"rows that can't be written ({type(error).__name__})", is_sample)


def _compare(each: Provable, theirs: Captured, proofs: Proofs, is_sample: bool) -> None:
	predicted = proofs.learn(each.plan, theirs)
	if not proofs.has_examples(each.plan):
		counted: Captured = {table: [{}] * len(rows) for table, rows in each.plan.rows.items()}
		proofs.note_failed(each.plan.kinds, str(compare(theirs, counted)), is_sample)
		return
	with undone():
		writer.write([each.plan], proofs.templates)
		ours = writer.read_back(each.plan)
	if difference := compare(theirs, ours):
		proofs.note_failed(_kinds_of(difference, each), str(difference), is_sample)
	else:
		proofs.note_equal(each.plan, is_sample, predicted)


def _kinds_of(difference: Difference, each: Provable) -> Iterable[Kind]:
	"""What isn't booked in bulk any more: the kind of the row that differs, or the vouchers as a whole."""
	if difference.position < 0:
		return each.plan.kinds
	return (each.plan.rows[difference.table][difference.position].kind,)
