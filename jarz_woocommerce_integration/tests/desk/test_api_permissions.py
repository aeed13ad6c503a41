"""Who may call what: every whitelisted method of the app's API, whatever is added to it later."""

import importlib
import inspect
import pkgutil
from unittest.mock import patch

import frappe
from frappe.core.doctype.user_permission.user_permission import clear_user_permissions
from frappe.handler import execute_cmd
from frappe.permissions import add_user_permission
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration import api
from jarz_woocommerce_integration.exceptions import StoreSetupError
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import allows_one_receivable
from jarz_woocommerce_integration.services.desk import setup as store_setup
from jarz_woocommerce_integration.services.page_jobs import control as run_control
from jarz_woocommerce_integration.services.proof import jobs as run_verification
from jarz_woocommerce_integration.services.rights.choices import MOST, OFFERED
from jarz_woocommerce_integration.tests.page_jobs.test_run_progress import make_run
from jarz_woocommerce_integration.tests.support.site import allow_one_receivable, make_store, plant

STORE = "Permission Shop"
OTHER_STORE = "Other Permission Shop"
NOBODY, LOOKS, MANAGES = (f"woo-{who}@jarz.test" for who in ("nobody", "looks", "manages"))
MAY_BE_LOOKED_AT = {
	"booked",
	"page",
	"progress",
	"rehearsal_status",
	"states",
	"store_url",
	"suspects",
	"trail",
}
STEERS = {"book_anew", "pause", "resume", "retry_failed", "stop", "undo", "verify"}
WEBHOOKS = {"show_webhooks", "register_webhooks", "remove_webhooks"}
CHANGES = {
	"accept_customer",
	"allow_one_receivable",
	"approve_lines",
	"approve_refunds",
	"back_up",
	"book_by_hand",
	"check_connection",
	"compare",
	"correct_lines",
	"create_accounts",
	"create_fiscal_years",
	"erase",
	"fill_mappings",
	"held",
	"link_items",
	"look",
	"map_statuses",
	"preflight",
	"rehearse",
	"resolve",
	"resolve_many",
	"send_again",
	"split_customer",
	"start",
	"start_import",
	"sync_again",
	"undo_import",
	"upload_lines",
	"withdraw",
	*STEERS,
	*WEBHOOKS,
	"approve",
	"approve_all",
	"approve_all_prices",
	"approve_prices",
	"compare_all",
	"compare_prices",
	"take_over",
}
ENDPOINTS = (
	"jarz_woocommerce_integration.api.webhook.order_webhook",
	"jarz_woocommerce_integration.api.orders.woo_order_webhook",
)
RUN_API = "jarz_woocommerce_integration.api.run"


def whitelisted():
	"""Our whitelisted methods that people call, by their full names. A guest's have checks of their own."""
	for module in pkgutil.walk_packages(api.__path__, f"{api.__name__}."):
		importlib.import_module(module.name)
	return {
		f"{method.__module__}.{method.__name__}": method
		for method in frappe.whitelisted
		if method.__module__.startswith(f"{api.__name__}.") and method not in frappe.guest_methods
	}


def arguments_of(method):
	return {
		name: STORE if name in ("store", "company") else "1" for name in inspect.signature(method).parameters
	}


# The one customer of a role of the shop is chosen by who may read customers.
NOT_OFFERED = frozenset(("Customer",))


class PermissionTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		make_store(STORE)
		make_store(OTHER_STORE)
		for email, roles in (
			(NOBODY, ()),
			(LOOKS, ("WooCommerce User",)),
			(MANAGES, ("WooCommerce Manager",)),
		):
			cls.user(email, roles)

	@classmethod
	def user(cls, email, roles):
		if not frappe.db.exists("User", email):
			user = {"doctype": "User", "email": email, "first_name": email, "send_welcome_email": 0}
			frappe.get_doc({**user, "roles": [{"role": role} for role in roles]}).insert()

	def setUp(self):
		super().setUp()
		# Frappe's own check of roles lets everybody pass in tests.
		self.addCleanup(frappe.set_user, "Administrator")
		self.addCleanup(frappe.flags.update, {"in_test": True})
		frappe.flags.in_test = False


class TestPermissions(PermissionTestCase):
	def test_without_a_role_every_method_is_refused(self):
		methods = whitelisted()
		self.assertGreater(len(methods), 8)
		frappe.set_user(NOBODY)
		for name, method in methods.items():
			with self.subTest(name), self.assertRaises(frappe.PermissionError):
				method(**arguments_of(method))

	def test_a_user_may_look_and_not_change(self):
		frappe.set_user(LOOKS)
		for name, method in whitelisted().items():
			short = name.rpartition(".")[2]
			if short not in MAY_BE_LOOKED_AT and name.split(".")[2] in (
				"store",
				"order_map",
				"run",
				"webhooks",
			):
				with self.subTest(name), self.assertRaises(frappe.PermissionError):
					method(**arguments_of(method))
		status = whitelisted()["jarz_woocommerce_integration.api.store.rehearsal_status"]
		self.assertEqual(status(store=STORE)["state"], "none")

	def test_what_changes_something_is_never_done_by_get(self):
		methods = whitelisted()
		changing = {name: method for name, method in methods.items() if name.rpartition(".")[2] in CHANGES}
		self.assertEqual(len(changing), len(CHANGES))
		frappe.set_user(MANAGES)
		request = frappe._dict(method="GET")
		for name in changing:
			with self.subTest(name), patch.object(frappe.local, "request", request, create=True):
				with self.assertRaises(frappe.PermissionError):
					execute_cmd(name)

	def test_errors_of_ours_are_told_with_what_to_do_and_escaped(self):
		frappe.set_user(MANAGES)
		check = whitelisted()["jarz_woocommerce_integration.api.store.check_connection"]
		error = StoreSetupError("<b>Wrong</b>.", "Correct it.")
		with patch.object(store_setup, "check_store", side_effect=error):
			with self.assertRaisesRegex(frappe.ValidationError, "&lt;b&gt;Wrong.*Correct it"):
				check(store=STORE)


class TestAllowingOneReceivable(PermissionTestCase):
	"""It changes ERPNext for the whole site, so it takes who may change Accounts Settings there."""

	def setUp(self):
		super().setUp()
		self.addCleanup(allow_one_receivable, self.allowed())
		allow_one_receivable(False)
		self.allow = whitelisted()["jarz_woocommerce_integration.api.store.allow_one_receivable"]

	def allowed(self) -> bool:
		return allows_one_receivable()

	def test_a_manager_of_the_shop_alone_may_not(self):
		frappe.set_user(MANAGES)
		with self.assertRaisesRegex(frappe.PermissionError, "Accounts Manager"):
			self.allow(store=STORE)
		self.assertFalse(self.allowed())

	def test_who_may_change_accounts_settings_switches_it_on_and_the_store_notes_it(self):
		self.allow(store=STORE)
		self.assertTrue(self.allowed())
		filters = {"reference_doctype": "WooCommerce Store", "reference_name": STORE, "comment_type": "Info"}
		self.assertIn("Accounts Settings", frappe.get_last_doc("Comment", filters).content)


class TestGuests(PermissionTestCase):
	def test_guests_may_call_the_endpoints_of_webhooks_and_nothing_else(self):
		whitelisted()
		open_to_all = {
			f"{method.__module__}.{method.__name__}": frappe.allowed_http_methods_for_whitelisted_func[method]
			for method in frappe.guest_methods
			if method.__module__.startswith(f"{api.__name__}.")
		}
		self.assertEqual(open_to_all, {name: ["POST"] for name in ENDPOINTS})


class TestRuns(PermissionTestCase):
	"""A run belongs to its store: who may not change the store may not steer it, who may not see it may not look."""

	def setUp(self):
		super().setUp()
		self.run_name = make_run(STORE)
		self.methods = whitelisted()

	def call(self, method, **arguments):
		return self.methods[f"{RUN_API}.{method}"](**arguments)

	def test_a_user_may_look_at_a_run(self):
		frappe.set_user(LOOKS)
		self.assertEqual(self.call("progress", run=str(self.run_name))["status"], "Running")

	def test_a_manager_steers_it(self):
		frappe.set_user(MANAGES)
		for action in ("pause", "resume", "stop", "retry_failed"):
			with patch.object(run_control, action) as called:
				self.call(action, run=str(self.run_name))
			called.assert_called_once_with(self.run_name)
		with patch.object(run_verification, "start") as called:
			self.call("verify", run=str(self.run_name))
		called.assert_called_once_with(self.run_name)

	def test_a_manager_starts_a_migration_with_as_many_pages_at_once_as_are_asked_for(self):
		frappe.set_user(MANAGES)
		for workers, told in (("4", 4), (None, None)):
			with patch.object(run_control, "start", return_value=7) as called:
				self.assertEqual(self.call("start", store=STORE, workers=workers), 7)
			called.assert_called_once_with(STORE, workers=told, orders=None, until=None, read_all=False)

	def test_who_may_not_see_the_store_can_neither_look_nor_steer(self):
		add_user_permission("WooCommerce Store", OTHER_STORE, MANAGES)
		self.addCleanup(clear_user_permissions, MANAGES, "WooCommerce Store")
		self.addCleanup(frappe.set_user, "Administrator")  # who may do that; the last is the first
		frappe.set_user(MANAGES)
		for action in ("progress", *STEERS):
			with self.subTest(action), self.assertRaises(frappe.PermissionError):
				self.call(action, run=str(self.run_name))
		with self.assertRaises(frappe.PermissionError):
			self.call("start", store=STORE)


class TestSecrets(FrappeTestCase):
	def test_keys_are_in_no_document_version_or_answer(self):
		store = make_store(STORE, consumer_key="ck_very_secret", consumer_secret="cs_very_secret")
		store.reload()
		store.invoice_prefix = "X-"
		store.consumer_secret = "cs_also_secret"
		store.save()
		versions = frappe.get_all(
			"Version", filters={"ref_doctype": "WooCommerce Store", "docname": STORE}, pluck="data"
		)
		seen = frappe.as_json(
			[store.as_dict(), frappe.get_doc("WooCommerce Store", STORE).as_dict(), versions]
		)
		for secret in ("ck_very_secret", "cs_very_secret", "cs_also_secret"):
			self.assertNotIn(secret, seen)
		self.assertEqual(store.get_password("consumer_secret"), "cs_also_secret")


class TestWhatAManagerMayChoose(PermissionTestCase):
	"""A manager of another company's store, and one with no other role."""

	def permit_again(self, doctype, user):
		self.addCleanup(clear_user_permissions, user, doctype)
		self.addCleanup(frappe.set_user, "Administrator")  # who may do that; the last is the first

	def test_suggestions_are_of_companies_that_the_user_may_see(self):
		company = frappe.db.get_value("WooCommerce Store", STORE, "company")
		suggest = whitelisted()["jarz_woocommerce_integration.api.store.suggest_accounts"]
		frappe.set_user(MANAGES)
		self.assertTrue(suggest(company=company)["income_account"])
		frappe.set_user("Administrator")
		of_another = {"user": MANAGES, "allow": "Company", "for_value": "Another Company"}
		permission = frappe.get_doc({"doctype": "User Permission", **of_another})
		permission.flags.ignore_links = True
		permission.insert()
		self.permit_again("Company", MANAGES)
		frappe.set_user(MANAGES)
		with self.assertRaises(frappe.PermissionError):
			suggest(company=company)

	def test_who_may_not_write_a_store_has_none_of_its_orders_booked(self):
		add_user_permission("WooCommerce Store", OTHER_STORE, MANAGES, ignore_permissions=True)
		self.permit_again("WooCommerce Store", MANAGES)
		row = plant({"doctype": "WooCommerce Order Map", "store": STORE, "woo_order_id": 1, "state": "Held"})
		self.addCleanup(frappe.db.delete, "WooCommerce Order Map", {"name": row.name})
		frappe.set_user(MANAGES)
		calls = {"sync_again": {"names": [row.name]}, "resolve": {"name": row.name, "kind": "", "reason": ""}}
		for short, arguments in {**calls, "erase": {"name": row.name}}.items():
			with self.subTest(short), self.assertRaises(frappe.PermissionError):
				whitelisted()[f"jarz_woocommerce_integration.api.order_map.{short}"](**arguments)

	def test_the_right_to_read_orders_is_none_to_book_them(self):
		row = plant({"doctype": "WooCommerce Order Map", "store": STORE, "woo_order_id": 1, "state": "Held"})
		self.addCleanup(frappe.db.delete, "WooCommerce Order Map", {"name": row.name})
		frappe.set_user(MANAGES)
		may_not = patch.object(
			type(frappe.get_doc("WooCommerce Store", STORE)),
			"check_permission",
			side_effect=frappe.PermissionError,
		)
		with may_not, self.assertRaises(frappe.PermissionError):
			whitelisted()["jarz_woocommerce_integration.api.order_map.sync_again"](names=[row.name])

	def test_health_and_charts_are_of_stores_that_the_user_may_see(self):
		add_user_permission("WooCommerce Store", OTHER_STORE, LOOKS, ignore_permissions=True)
		self.permit_again("WooCommerce Store", LOOKS)
		frappe.set_user(LOOKS)
		health = whitelisted()["jarz_woocommerce_integration.api.health.health"]()
		self.assertEqual([store["store"] for store in health["stores"]], [OTHER_STORE])

	def test_who_may_write_the_form_chooses_names_that_they_may_not_list(self):
		company = frappe.db.get_value("Company", {}, "name", order_by="creation asc")
		frappe.set_user(MANAGES)
		for right in ("read", "select", "write"):
			self.assertFalse(frappe.has_permission("Account", right), right)
		found = self.choices("Account", "Sales", {"company": company, "is_group": 0})
		self.assertTrue(found)
		self.assertTrue(all("Sales" in name for (name,) in found))
		(name,) = found[-1]
		self.assertEqual(self.choices("Account", name, {})[0], [name])
		self.assertTrue(self.choices("Item", "", {}) is not None)

	def test_what_no_form_asks_for_is_not_offered(self):
		frappe.set_user(MANAGES)
		for doctype in ("User", "Salary Slip", "WooCommerce Store"):
			with self.subTest(doctype=doctype), self.assertRaises(frappe.PermissionError):
				self.choices(doctype, "", {})

	def test_the_fields_of_our_forms_link_to_nothing_else_that_our_role_may_not_read(self):
		"""A field that is added says here whether its names are offered: those of people and documents aren't."""
		frappe.set_user(MANAGES)
		for form, offered in OFFERED.items():
			metas = [frappe.get_meta(form)]
			metas += [frappe.get_meta(field.options) for field in metas[0].get_table_fields()]
			linked = {
				field.options
				for meta in metas
				for field in meta.get_link_fields()
				if not (field.read_only or field.hidden)
			}
			refused = {doctype for doctype in linked if not frappe.has_permission(doctype, "read")}
			self.assertLessEqual(refused, offered | NOT_OFFERED, form)

	def test_where_a_system_manager_takes_it_away_nothing_is_offered_and_the_answer_says_whom_to_ask(self):
		frappe.db.set_single_value("WooCommerce Settings", "managers_prepare_books", 0)
		self.addCleanup(frappe.db.set_single_value, "WooCommerce Settings", "managers_prepare_books", 1)
		frappe.set_user(MANAGES)
		with self.assertRaisesRegex(frappe.PermissionError, "System Manager"):
			self.choices("Account", "", {})

	def test_a_manager_can_not_give_the_right_to_themselves(self):
		frappe.db.set_single_value("WooCommerce Settings", "managers_prepare_books", 0)
		self.addCleanup(frappe.db.set_single_value, "WooCommerce Settings", "managers_prepare_books", 1)
		frappe.set_user(MANAGES)
		settings = frappe.get_doc("WooCommerce Settings")
		settings.managers_prepare_books = 1
		settings.save()
		self.assertEqual(frappe.db.get_single_value("WooCommerce Settings", "managers_prepare_books"), 0)

	def test_no_answer_has_more_names_than_a_person_reads(self):
		frappe.set_user(MANAGES)
		self.assertLessEqual(len(self.choices("Account", "", {}, 100_000)), MOST)

	def test_who_only_looks_is_offered_nothing(self):
		frappe.set_user(LOOKS)
		with self.assertRaises(frappe.PermissionError):
			self.choices("Account", "", {})

	def test_nothing_can_be_found_out_by_filters(self):
		frappe.set_user(MANAGES)
		everything = self.choices("Account", "", {})
		self.assertEqual(self.choices("Account", "", {"account_number": "1"}), everything)
		for value in (
			["account_number", "=", "1"],
			["like", "1%"],
			["is", "set"],
			["=", ["x"]],
			["in", "x"],
			{"a": 1},
		):
			with self.subTest(value), self.assertRaises(frappe.ValidationError):
				self.choices("Account", "", {"company": value})

	def test_who_is_restricted_to_a_company_chooses_among_its_accounts(self):
		frappe.set_user("Administrator")
		other = "Nobody's Company"
		frappe.get_doc(
			doctype="Company", company_name=other, abbr="NOB", default_currency="EGP", country="Egypt"
		).insert()
		add_user_permission("Company", other, MANAGES, ignore_permissions=True)
		self.permit_again("Company", MANAGES)
		frappe.set_user(MANAGES)
		found = self.choices("Account", "", {}, 500)
		self.assertTrue(found)
		self.assertTrue(all(name.endswith("NOB") for (name,) in found))

	def choices(self, doctype, text, filters, length=20):
		rows = whitelisted()["jarz_woocommerce_integration.api.store.choices"](
			doctype, text, "name", 0, length, filters
		)
		return [list(row) for row in rows]
