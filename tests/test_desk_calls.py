"""The forms call what the API has, in a way that it takes: a method for GET alone answers a POST with "Not permitted"."""

import ast
import re
from pathlib import Path

import pytest

import jarz_woocommerce_integration as app

ROOT = Path(app.__file__).parent
CALL = re.compile(r"jarz_woocommerce\s*\.(call|read)\(\s*\"(\w+)\.(\w+)\"")
SENDS = {"call": "POST", "read": "GET"}


def calls():
	for path in sorted([*ROOT.glob("public/js/*.js"), *ROOT.glob("woocommerce/**/*.js")]):
		for how, module, function in CALL.findall(path.read_text(encoding="utf-8")):
			yield pytest.param(how, module, function, id=f"{path.name}-{how}-{module}.{function}")


def methods_of(module: str, function: str) -> list[str]:
	"""The HTTP methods that a whitelisted function takes; all where it names none."""
	tree = ast.parse((ROOT / "api" / f"{module}.py").read_text(encoding="utf-8"))
	(found,) = (node for node in tree.body if getattr(node, "name", "") == function)
	(whitelist,) = (
		each for each in found.decorator_list if ast.unparse(each).startswith("frappe.whitelist(")
	)
	named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in whitelist.keywords}
	return named.get("methods", ["GET", "POST"])


@pytest.mark.parametrize(("how", "module", "function"), calls())
def test_a_form_calls_the_api_in_a_way_that_it_takes(how, module, function):
	assert SENDS[how] in methods_of(module, function)


def test_the_calls_of_the_forms_are_found():
	assert len(list(calls())) > 20
