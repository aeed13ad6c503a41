"""The app lives in one environment with Frappe: installed on the site, and with versions that both accept."""

from importlib.metadata import requires, version

import frappe
from frappe.tests.utils import FrappeTestCase
from packaging.requirements import Requirement

APP = "jarz_woocommerce_integration"


class TestEnvironment(FrappeTestCase):
	def test_the_app_is_installed_after_erpnext(self):
		apps = frappe.get_installed_apps()
		self.assertIn(APP, apps)
		self.assertLess(apps.index("erpnext"), apps.index(APP))

	def test_our_requirements_and_those_of_frappe_are_met_at_once(self):
		for app in ("frappe", "erpnext", APP):
			for line in requires(app) or ():
				requirement = Requirement(line)
				if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
					installed = version(requirement.name)
					if requirement.specifier:
						self.assertTrue(
							requirement.specifier.contains(installed, prereleases=True),
							f"{app} wants {line}, installed is {installed}",
						)
