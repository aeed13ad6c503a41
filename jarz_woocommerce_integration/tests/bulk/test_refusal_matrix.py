"""docs/develop/refusals.md names every statement of the installed ERPNext and Frappe that may refuse what the history books."""

import re
from pathlib import Path
from unittest import TestCase

import erpnext
import frappe

import jarz_woocommerce_integration
from jarz_woocommerce_integration.tests.support.refusal_statements import Source

APP = Path(jarz_woocommerce_integration.__file__).parent
MATRIX = APP.parent / "docs" / "develop" / "refusals.md"
ROW = re.compile(r"^\| `(?P<module>[\w.]+)`: (?P<functions>.+?) \| .+ \| .+ \|$", re.MULTILINE)
FUNCTION = re.compile(r"`([\w.]+)` \((\d+)\)")


def listed() -> dict[tuple[str, str], int]:
	""":return: (module, function) -> how many statements that refuse the matrix knows there"""
	rows = ROW.finditer(MATRIX.read_text(encoding="utf-8"))
	return {
		(row["module"], name): int(number)
		for row in rows
		for name, number in FUNCTION.findall(row["functions"])
	}


class TestRefusalMatrix(TestCase):
	def test_it_names_every_statement_that_refuses(self):
		known = listed()
		apps = Path(frappe.__file__).parents[2]
		self.assertEqual(apps, Path(erpnext.__file__).parents[2])
		found = Source(apps).refusals()
		self.assertGreater(len(found), 200)
		unknown = {key: number for key, number in found.items() if number > known.get(key, 0)}
		self.assertEqual(unknown, {}, "how does bulk booking answer these?")

	def test_it_names_tests_that_there_are(self):
		files = (APP / "tests").rglob("test_*.py")
		there = set(re.findall(r"def (test_\w+)", "\n".join(file.read_text("utf-8") for file in files)))
		named = set(re.findall(r"`(test_\w+)`", MATRIX.read_text(encoding="utf-8")))
		self.assertGreater(len(named), 20)
		self.assertEqual(named - there, set())
