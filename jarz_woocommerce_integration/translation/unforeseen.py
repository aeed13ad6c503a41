"""What the app itself breaks on: described by the kind of the error and its place, without anything of the order."""

import logging
from pathlib import Path
from types import TracebackType

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import Failure

REASON = "unforeseen"
PACKAGE = Path(__file__).parent.parent

logger = logging.getLogger(__name__)


def failure_of(error: Exception, order_id: int) -> Failure:
	"""The failure of an order that raised `error`, which is logged with the order's id."""
	text = describe(error)
	logger.error("Order %s: %s", order_id, text)
	return Failure(
		Sentence(
			"A mistake of the app stopped this order: {0}. The other orders are booked. Report this message as a mistake of the app.",
			text,
		),
		REASON,
	)


def describe(error: BaseException) -> str:
	"""The error's class, and the last line of this app on its way. Its own text may have something of the order in it."""
	return f"{type(error).__name__} in {_place(error.__traceback__)}"


def _place(traceback: TracebackType | None) -> str:
	place = "an unknown place"
	while traceback:
		code = traceback.tb_frame.f_code
		if Path(code.co_filename).is_relative_to(PACKAGE):
			file = Path(code.co_filename).relative_to(PACKAGE).as_posix()
			place = f"{file}, line {traceback.tb_lineno} ({code.co_name})"
		traceback = traceback.tb_next
	return place
