"""What a process loads of ERPNext and of ours, and when: a webhook and its order wait for it."""

import json
import subprocess
import sys

from frappe.tests.utils import FrappeTestCase
from frappe.utils import get_bench_path

from jarz_woocommerce_integration.services.session.preloading import MODULES

BOOKS = "erpnext.accounts.doctype.sales_invoice.sales_invoice"
_COMMAND = """
import json, sys
sys.argv = json.loads(sys.argv[1])
import frappe.utils.bench_helper
frappe.utils.bench_helper.get_app_groups()
print(json.dumps(list(sys.modules)))
"""
_WEBHOOK = """
import json, sys
import frappe.app
import jarz_woocommerce_integration.api.webhook, jarz_woocommerce_integration.services.webhooks.malformed
print(json.dumps(list(sys.modules)))
"""


class TestLoading(FrappeTestCase):
	def test_a_worker_has_loaded_before_its_first_job_what_its_jobs_book_with(self):
		for command in ("worker", "worker-pool"):
			self.assertLessEqual(
				{*MODULES}, _loaded_by(_COMMAND, ["bench", "frappe", command, "--queue", "short"])
			)

	def test_other_commands_of_bench_load_none_of_it(self):
		self.assertNotIn(BOOKS, _loaded_by(_COMMAND, ["bench", "frappe", "--site", "all", "list-apps"]))

	def test_a_webhook_is_answered_by_a_process_that_has_loaded_nothing_of_erpnext(self):
		loaded = _loaded_by(_WEBHOOK)
		self.assertIn("jarz_woocommerce_integration.services.inbox.queue", loaded)
		self.assertEqual([name for name in loaded if name.startswith("erpnext")], [])


def _loaded_by(program: str, *arguments: list[str]) -> set[str]:
	"""The modules that a program has loaded at its end, begun in the bench's folder of sites."""
	done = subprocess.run(
		[sys.executable, "-W", "ignore", "-c", program, *map(json.dumps, arguments)],
		cwd=f"{get_bench_path()}/sites",
		capture_output=True,
		text=True,
		check=True,
	)
	return set(json.loads(done.stdout.splitlines()[-1]))
