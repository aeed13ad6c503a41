"""What answers in a store's place is told by what it is."""

import json

import pytest
import requests

from jarz_woocommerce_integration.exceptions import (
	StoreAnswerNotJSONError,
	StoreAuthenticationError,
	StoreClosedError,
	StoreError,
	StoreThrottledError,
	StoreUnwellError,
)
from jarz_woocommerce_integration.store.http.answers import error_of, read_answer

NOTICE = b"<br />\n<b>Deprecated</b>:  Creation of [dynamic] property in <b>/srv/plugin.php</b> on line <b>9</b><br />\n"


def answer(status, body=b"", **headers):
	response = requests.Response()
	response.status_code = status
	response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
	response.url = "https://shop.example/wp-json/wc/v3/orders"
	response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
	return response


class TestClosed:
	@pytest.mark.parametrize(
		("status", "code"),
		[
			(401, "rest_not_logged_in"),
			(401, "rest_cannot_access"),
			(401, "rest_login_required"),
			(403, "rest_disabled"),
			(401, "jwt_auth_no_auth_header"),
			(401, "itsec_rest_api_access_restricted"),
			(403, "rest_forbidden"),
		],
	)
	def test_a_code_that_is_not_woocommerces_is_a_plugins(self, status, code):
		error = error_of(answer(status, {"code": code, "message": "No.", "data": {"status": status}}))
		assert isinstance(error, StoreClosedError)
		assert "A plugin closes the shop's REST API" in error.message
		assert "allow wc/v3 there" in error.what_to_do

	@pytest.mark.parametrize(
		"code", ["woocommerce_rest_cannot_view", "woocommerce_rest_authentication_error"]
	)
	def test_woocommerces_own_refusal_is_about_the_key(self, code):
		error = error_of(answer(401, {"code": code, "message": "Sorry.", "data": {"status": 401}}))
		assert type(error) is StoreAuthenticationError


class TestFirewalls:
	@pytest.mark.parametrize(
		("name", "status", "body", "headers"),
		[
			("Cloudflare", 403, b"<title>Just a moment...</title>", {}),
			("Cloudflare", 403, b"<html></html>", {"cf_mitigated": "challenge"}),
			("Cloudflare", 403, b"<title>Attention Required! | Cloudflare</title>", {"Server": "cloudflare"}),
			("Sucuri", 403, b"<title>Sucuri WebSite Firewall - Access Denied</title>", {}),
			("Wordfence", 403, b"Your access to this site has been limited by the site owner", {}),
			("Incapsula (Imperva)", 403, b"Request unsuccessful. Incapsula incident ID: 1-2", {}),
			("ModSecurity", 406, b"<title>Not Acceptable!</title>", {}),
			("AWS WAF", 403, b"", {"x_amzn_waf_action": "challenge"}),
		],
	)
	def test_a_challenge_names_the_firewall(self, name, status, body, headers):
		error = error_of(answer(status, body, **headers))
		assert isinstance(error, StoreClosedError)
		assert f"The firewall {name} answers instead of the store" in error.message
		assert "pass without a challenge" in error.what_to_do

	def test_one_that_asks_for_patience_is_tried_again(self):
		page = b"<title>Just a moment...</title>"
		assert isinstance(error_of(answer(503, page)), StoreUnwellError)
		assert isinstance(error_of(answer(429, page)), StoreThrottledError)

	def test_a_page_of_a_firewall_with_200_is_named(self):
		with pytest.raises(StoreAnswerNotJSONError, match="the firewall SiteGround's bot check"):
			read_answer(answer(200, b"<meta http-equiv=refresh content='0;/.well-known/sgcaptcha/'>"))

	def test_a_store_behind_cloudflare_may_have_errors_of_its_own(self):
		error = error_of(answer(500, b"<title>WordPress &rsaquo; Error</title>", Server="cloudflare"))
		assert "Cloudflare" not in str(error)


class TestPages:
	@pytest.mark.parametrize(
		("kind", "page"),
		[
			("a maintenance or coming-soon page", "<title>Planted: Coming soon</title>"),
			("a login page", "<title>Planted</title><input name=pwd type='password'>"),
			("a captcha, or a check for robots", "<title>Planted</title><div class='g-recaptcha'>"),
			("WordPress' own error page", "<title>WordPress &rsaquo; Error</title>Planted"),
			("an error page of a server", "<h1>502 Bad Gateway</h1><address>planted/1.2"),
			("the first page of a server without a site", "<title>Index of /planted</title>"),
			("a web page", "<title>Grafana of planted.internal</title>"),
		],
	)
	@pytest.mark.parametrize("status", (200, 404, 500, 503))
	def test_a_page_in_the_stores_place_is_told_by_its_kind_and_without_its_words(self, kind, page, status):
		with pytest.raises(StoreError, match=f" {kind} ") as refused:
			read_answer(answer(status, f"<html>{page}</html>".encode()))
		assert "planted" not in str(refused.value).lower()

	def test_a_page_is_most_likely_one_of_a_plugin_or_a_firewall(self):
		with pytest.raises(StoreAnswerNotJSONError) as refused:
			read_answer(answer(200, b"<html><title>Coming soon</title></html>"))
		assert "answers instead of the store" in refused.value.what_to_do

	def test_bytes_that_are_not_utf8_are_told_with_their_place_and_nothing_beside_them(self):
		with pytest.raises(StoreAnswerNotJSONError) as refused:
			read_answer(answer(200, '[{"name": "José García"}]'.encode("latin-1")))
		assert "bytes that aren't UTF-8 (0xe9 at byte 14)" in refused.value.message
		assert "Garc" not in str(refused.value)

	def test_json_that_is_nested_beyond_reason_is_an_error_as_any_other(self):
		with pytest.raises(StoreAnswerNotJSONError):
			read_answer(answer(200, b"[" * 200_000))


class TestNotices:
	def test_a_php_message_is_an_error_that_names_it(self):
		told = r"a PHP message before the JSON \(Deprecated in /srv/plugin.php on line 9\)"
		with pytest.raises(StoreAnswerNotJSONError, match=told):
			read_answer(answer(200, NOTICE + b'[{"id": 1}]'))

	def test_who_asks_patiently_gets_the_json_behind_it_and_the_message(self):
		read = read_answer(answer(200, NOTICE + b'[{"id": 1}]'), list, patient=True)
		assert read.body == [{"id": 1}]
		assert read.noise == "a PHP message: Deprecated in /srv/plugin.php on line 9"

	@pytest.mark.parametrize(
		"text", ("Warning: planted", "<b>Notice</b>: planted", "PHP Fatal error: planted in planted")
	)
	def test_nothing_else_of_a_php_message_is_told(self, text):
		with pytest.raises(StoreAnswerNotJSONError, match="a PHP message before the JSON") as refused:
			read_answer(answer(200, text.encode()))
		assert "planted" not in str(refused.value)

	def test_a_byte_order_mark_is_passed_over_as_well(self):
		read = read_answer(answer(200, b'\xef\xbb\xbf{"id": 1}'), dict, patient=True)
		assert (read.body, read.noise) == ({"id": 1}, "a byte order mark")

	@pytest.mark.parametrize("body", [b'[{"id": 1}', b"", b"[1] and more"])
	def test_json_that_is_not_whole_is_never_read(self, body):
		with pytest.raises(StoreAnswerNotJSONError):
			read_answer(answer(200, NOTICE + body), patient=True)

	def test_a_page_is_no_message_however_patient_one_is(self):
		with pytest.raises(StoreAnswerNotJSONError):
			read_answer(answer(200, b"<html><body>[1]</body></html>"), patient=True)
