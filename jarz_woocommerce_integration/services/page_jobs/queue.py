"""The background jobs of a run: one for each page, and one for what concerns the run as a whole."""

from frappe.utils import cint

from jarz_woocommerce_integration.services.session.jobs import Job
from jarz_woocommerce_integration.services.session.session import settings

QUEUE = "long"
DEFAULT_TIMEOUT = 600
PAGE_LOCK = "woo_page"
RUN_LOCK = "woo_run"
_JOBS = "jarz_woocommerce_integration.services.page_jobs.jobs"
# Planning and proving read the whole shop at its hundred requests a minute.
LONGEST = 24 * 3600


def page_job(name: str) -> Job:
	"""The job that books a page. :param name: of the WooCommerce Sync Page, "RUN-NUMBER": two shops may migrate at once"""
	timeout = cint(settings().job_timeout) or DEFAULT_TIMEOUT
	return Job(f"{_JOBS}.book_page", f"woo_migration_page_{name}", QUEUE, timeout, (PAGE_LOCK, name))


def run_job(run: int) -> Job:
	"""The job that plans and proves a run."""
	return Job(f"{_JOBS}.work_on_run", f"woo_migration_run_{run}", QUEUE, LONGEST, (RUN_LOCK, run))
