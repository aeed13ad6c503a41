import json

import pytest

from jarz_woocommerce_integration.store.check import check
from jarz_woocommerce_integration.store.http.budget import RateBudget
from tests.store.fake_store import Reply, captured, error_reply, fixture, json_reply, make_order

MISC = fixture("misc")


@pytest.fixture
def whole_store(store):
	"""A store with everything that the captured one tells."""
	store.orders = [make_order(number) for number in range(1, 4)]
	store.routes |= {
		"system_status": json_reply(MISC["misc/system_status"]),
		"settings/general": json_reply(MISC["misc/settings_general"]),
		"settings/tax": json_reply(MISC["misc/settings_tax"]),
	}
	return store


def problems(report):
	return [finding for finding in report.findings if finding.level != "ok"]


def only_error(report):
	(error,) = (finding for finding in report.findings if finding.level == "error")
	assert not report.works
	return f"{error.text} {error.what_to_do}"


def test_a_store_that_is_well_is_described(whole_store, connect):
	report = check(connect(budget=RateBudget(whole_store.url, 100)))
	assert report.works and problems(report) == []
	assert report.home == whole_store.url and report.permalinks == "pretty"
	assert (report.wordpress, report.woocommerce, report.hpos) == ("6.9.7", "10.9.4", True)
	assert (report.currency, report.decimals, report.time_zone) == ("EGP", 2, "Africa/Cairo")
	assert "shipped" in report.statuses and report.orders == 3
	assert (report.taxes_enabled, report.prices_include_tax) == (True, False)
	assert report.tax_settings["tax_based_on"] == "billing"
	assert report.permissions == "read/write" and abs(report.clock_difference) < 5
	assert report.budget == "100 requests in 60 seconds, in this process"
	assert json.loads(json.dumps(report.as_dict()))["works"] is True
	told = " ".join(finding.text for finding in report.findings)
	for words in (
		"WooCommerce 10.9.4 on WordPress 6.9.7",
		"HPOS",
		"Africa/Cairo",
		"EGP",
		"may read and write",
	):
		assert words in told


def test_nothing_in_the_store_is_changed(whole_store, client):
	check(client)
	changing = [request for request in whole_store.requests if request.method not in ("GET", "OPTIONS")]
	assert [(request.method, request.route) for request in changing] == [("PUT", "/wc/v3/orders/0")]


def test_a_read_only_key_works_and_is_mentioned(whole_store, client):
	whole_store.permission = "read"
	report = check(client)
	assert report.works and report.permissions == "read"
	(finding,) = problems(report)
	assert "may only read" in finding.text and "Read/Write" in finding.what_to_do


def test_a_write_only_key_is_an_error(whole_store, client):
	whole_store.permission = "write"
	assert "does not have read permissions" in only_error(check(client))


def test_a_wrong_secret_is_an_error(whole_store, connect):
	said = only_error(check(connect(secret="cs_wrong")))
	assert "Consumer secret is invalid" in said and "copy both again" in said


def test_an_unknown_key_is_an_error(whole_store, client):
	whole_store.ways = set()
	assert "the key exists" in only_error(check(client))


def test_a_stripped_authorization_header_is_a_warning(whole_store, client):
	whole_store.ways = {"query"}
	report = check(client)
	assert report.works and report.authentication == "keys in the query string"
	(finding,) = problems(report)
	assert "Authorization header" in finding.text and "Ask the host" in finding.what_to_do


def test_a_wrong_url_is_an_error(whole_store, client):
	whole_store.permalinks = set()
	said = only_error(check(client))
	assert "no WooCommerce REST API" in said and "Check the address" in said


def test_an_address_where_nothing_answers_is_an_error(connect):
	assert "can't be reached" in only_error(check(connect("http://127.0.0.1:1")))


def test_wordpress_without_woocommerce_is_an_error(whole_store, client):
	whole_store.namespaces = ["wp/v2"]
	assert "plugin is active" in only_error(check(client))


def test_a_redirect_is_an_error_that_says_where_to(whole_store, client):
	whole_store.index_reply = Reply(301, b"", {"Location": "https://www.shop.example/wp-json/"})
	assert "Use https://www.shop.example" in only_error(check(client))


def test_maintenance_is_reported_at_once(whole_store, client, sleeps):
	whole_store.index_reply = captured("maintenance_mode")
	said = only_error(check(client))
	assert "down for maintenance" in said and "600 seconds" in said
	assert sleeps == [] and len(whole_store.requests) == 1


def test_a_store_without_its_database_is_reported_at_once(whole_store, client, sleeps):
	whole_store.index_reply = captured("db_down")
	assert "WordPress' page of a database error" in only_error(check(client))
	assert sleeps == []


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("name", ["bom_before_json", "php_warning_before_json"])
def test_something_before_the_json_is_an_error_that_says_what(whole_store, client, name, everywhere):
	whole_store.faults = [captured(name)] * 9
	if everywhere:
		whole_store.index_reply = captured(name)
	said = only_error(check(client))
	assert "before the JSON" in said and ("functions.php" in said or "WP_DEBUG_DISPLAY" in said)


def test_a_clock_that_is_off_is_a_warning_over_basic(whole_store, client):
	whole_store.clock_offset = 16 * 60
	report = check(client)
	assert report.works and 950 < report.clock_difference < 970
	(finding,) = problems(report)
	assert "16 minutes apart" in finding.text and "Correct the clock that is wrong" in finding.what_to_do


def test_a_clock_that_is_off_is_an_error_over_oauth(whole_store, client):
	whole_store.ways, whole_store.clock_offset = {"oauth"}, -16 * 60
	assert "16 minutes apart" in only_error(check(client))


def test_plain_permalinks_and_legacy_storage_are_told(whole_store, client):
	whole_store.permalinks, whole_store.modern = {"plain"}, False
	body = json.loads(json.dumps(MISC["misc/system_status"]))
	body["settings"]["HPOS_enabled"] = False
	body["environment"]["version"] = "8.9.3"
	whole_store.routes["system_status"] = json_reply(body)
	report = check(client)
	assert (report.permalinks, report.hpos, report.woocommerce) == ("plain", False, "8.9.3")
	assert "no HPOS" in " ".join(finding.text for finding in report.findings)


def test_what_the_key_may_not_see_is_left_out(whole_store, client):
	refusal = error_reply(403, "woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.")
	whole_store.routes |= {"system_status": refusal, "settings/general": refusal, "settings/tax": refusal}
	report = check(client)
	assert report.works and report.hpos is None and report.currency == ""
	assert len(problems(report)) == 3
	assert "administrator" in problems(report)[0].what_to_do


def test_a_store_older_than_tested_is_mentioned(whole_store, client):
	whole_store.routes["system_status"] = json_reply({"environment": {"version": "7.1.0"}, "settings": {}})
	assert "older than 8.9" in problems(check(client))[0].text


def test_a_store_that_does_not_tell_its_statuses_is_mentioned(whole_store, client):
	whole_store.modern = False
	client.connect()
	answer = {"GET": json_reply([]), "OPTIONS": error_reply(404, "rest_no_route", "No route")}
	whole_store.routes["orders"] = lambda request: answer[request.method]
	assert "--status" in problems(check(client))[0].what_to_do


def test_an_outage_in_the_middle_leaves_what_was_found(whole_store, client):
	whole_store.routes |= dict.fromkeys(
		("system_status", "settings/general", "settings/tax"), captured("db_down")
	)
	whole_store.routes["orders/statuses"] = captured("db_down")
	report = check(client)
	assert report.orders == 3 and report.works and len(problems(report)) == 4
