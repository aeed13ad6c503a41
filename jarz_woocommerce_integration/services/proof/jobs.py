"""The proof of a run, made again in the background for whoever asks for it in the run's form."""

from jarz_woocommerce_integration.exceptions import RunStateError, WooCommerceIntegrationError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.proof import proof
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.jobs import enqueue_once
from jarz_woocommerce_integration.services.session.work_states import state_of

# The shop's whole manifest is read, at its own pace.
LONGEST = 2 * 3600
WHILE = ("Running", "Undoing", "Undone")


def start(run: int) -> None:
	"""Queue the proof of a run in `long`; one that is waiting or under way is left alone.

	:raises RunStateError: the run isn't over, or is undone
	"""
	status = site_runs.read(run).status
	if status in WHILE:
		raise RunStateError(Sentence("Run {0} is {1}.", run, status.lower()), "It is proven at its end.")
	site_runs.note_starter(run)
	enqueue_once(f"{__name__}.{prove_run.__name__}", _job(run), "long", LONGEST, run=run)


def state(run: int) -> str | None:
	"""Whether a proof of this run waits or is being made; see `work_states.state_of`."""
	return state_of([_job(run)])


@without_traces
def prove_run(run: int) -> None:
	"""The job itself. An error of ours is shown in the run's form; a failed job would show it with a traceback."""
	try:
		proof.prove_run(run)
	except WooCommerceIntegrationError as error:
		site_runs.change(run, last_error=str(error)[: site_runs.LONGEST_ERROR])
	alerts.proof_made(run)  # committed with the job's end


def _job(run: int) -> str:
	return f"woo_proof_{run}"
