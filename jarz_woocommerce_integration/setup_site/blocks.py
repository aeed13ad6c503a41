"""The blocks of our workspace that Frappe doesn't read from files by itself: made and renewed when the site is migrated."""

import json
from collections.abc import Iterable
from pathlib import Path

import frappe

CUSTOM_HTML_BLOCK = "Custom HTML Block"
MODULE = Path(__file__).parent.parent / "woocommerce"
FOLDER, STEPS = MODULE / "custom_html_block", MODULE / "onboarding_step"
# Name -> folder and name of its files
BLOCKS = {
	"WooCommerce Live Sync": "woocommerce_live_sync",
	"WooCommerce Start": "woocommerce_start",
}
PARTS = {"html": "html", "script": "js", "style": "css"}


def add_blocks(roles: Iterable[str]) -> None:
	"""Make each block what its files say. :param roles: who sees them"""
	for name, folder in BLOCKS.items():
		values = {
			field: (FOLDER / folder / f"{folder}.{ending}").read_text(encoding="utf-8")
			for field, ending in PARTS.items()
		}
		if frappe.db.exists(CUSTOM_HTML_BLOCK, name):
			block = frappe.get_doc(CUSTOM_HTML_BLOCK, name)
		else:
			block = frappe.new_doc(CUSTOM_HTML_BLOCK, name=name)
		if {row.role for row in block.roles} != set(roles):
			block.set("roles", [{"role": role} for role in roles])
		elif all(block.get(field) == value for field, value in values.items()):
			continue
		block.update(values)
		block.save(ignore_permissions=True)


def remove_blocks() -> None:
	for name in BLOCKS:
		frappe.delete_doc(CUSTOM_HTML_BLOCK, name, force=True, ignore_missing=True)
	# They belong to no module, so that nothing else removes them.
	for file in STEPS.glob("*/*.json"):
		name = json.loads(file.read_text(encoding="utf-8"))["name"]
		frappe.delete_doc("Onboarding Step", name, force=True, ignore_missing=True)
