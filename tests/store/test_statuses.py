import pytest

from jarz_woocommerce_integration.exceptions import StoreUnwellError
from jarz_woocommerce_integration.store.statuses import CORE_STATUSES, discover_statuses, known_statuses
from tests.store.fake_store import captured, error_reply, fixture, json_reply

OBSERVED = (
	"pending",
	"processing",
	"on-hold",
	"completed",
	"cancelled",
	"refunded",
	"failed",
	"shipped",
	"checkout-draft",
)


def test_a_newer_store_lists_its_statuses(store, client):
	assert known_statuses(client) == OBSERVED


def test_trash_is_added_only_where_it_is_asked_for(store, client):
	assert known_statuses(client, with_trash=True) == (*OBSERVED, "trash")


def test_an_older_store_names_them_in_its_schema(store, client):
	store.modern = False
	client.connect()
	schema = json_reply(fixture("misc")["misc/options"])
	store.routes["orders"] = lambda request: schema if request.method == "OPTIONS" else json_reply([])
	assert discover_statuses(client) == (OBSERVED, True)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_store_without_schema_names_them_when_it_refuses_one(store, client, language):
	store.modern = False
	client.connect()
	refusal = captured("bad_status")
	if language == "ar":
		refusal.body = refusal.body.replace(b"is not one of", "ليس واحدا من".encode()).replace(
			b", and", " و".encode()
		)
		refusal.body = refusal.body.replace(b"Invalid parameter(s):", "معاملات غير صالحة:".encode())
	no_options = error_reply(404, "rest_no_route", "No route")
	store.routes["orders"] = lambda request: no_options if request.method == "OPTIONS" else refusal
	assert discover_statuses(client) == (OBSERVED, True)


def test_a_store_that_tells_nothing_is_taken_to_have_the_core_ones(store, client):
	store.modern = False
	client.connect()
	store.routes["orders"] = error_reply(404, "rest_no_route", "No route")
	assert discover_statuses(client) == (CORE_STATUSES, False)


def test_an_outage_is_not_a_store_that_tells_nothing(store, connect):
	client = connect(attempts=2)
	client.connect()
	store.routes["orders/statuses"] = captured("db_down")
	with pytest.raises(StoreUnwellError):
		known_statuses(client)
