"""`bench woo products`: plan, export, import, apply, undo."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import frappe
from click.testing import CliRunner

from jarz_woocommerce_integration.commands import group
from jarz_woocommerce_integration.commands.group import woo
from jarz_woocommerce_integration.tests.products.import_case import (
	LINK,
	PREFIX,
	STORE,
	ImportTestCase,
	simple,
)


class TestCommands(ImportTestCase):
	def run_command(self, *words):
		"""On the site that is connected already."""
		with (
			patch.object(group, "get_site", return_value=frappe.local.site),
			patch.object(frappe, "init"),
			patch.object(frappe, "connect"),
			patch.object(frappe, "destroy"),
		):
			context = frappe._dict(sites=[frappe.local.site], profile=False)
			return CliRunner().invoke(woo, ["products", *words], obj=context)

	def test_a_whole_import_from_the_plan_to_its_undo(self):
		with TemporaryDirectory() as folder:
			result, lines = str(Path(folder) / "result.json"), str(Path(folder) / "lines.csv")
			with self.shop(simple(1), simple(2)):
				ended = self.run_command("plan", "--store", STORE, "--json", result)
			self.assertEqual(ended.exit_code, 0, ended.output)
			name = str(json.loads(Path(result).read_text())["import"])
			self.assertEqual(self.run_command("export", name, lines).exit_code, 0)
			text = (
				Path(lines).read_text(encoding="utf-8").replace(f"Create,,{PREFIX}-2", f"Leave,,{PREFIX}-2")
			)
			Path(lines).write_text(text, encoding="utf-8")
			self.assertIn("1 lines", self.run_command("import", name, lines).output)
			self.assertEqual(self.run_command("apply", name, "--yes").exit_code, 0)
			self.assertEqual(frappe.db.count(LINK, {"store": STORE}), 1)
			self.assertEqual(self.run_command("undo", name, "--yes").exit_code, 0)
			self.assertEqual(frappe.db.count(LINK, {"store": STORE}), 0)

	def test_what_cannot_be_done_says_why(self):
		ended = self.run_command("apply", "99999999", "--yes")
		self.assertEqual(ended.exit_code, 2)
		self.assertIn("There is no product import", ended.output + (ended.stderr_bytes or b"").decode())
