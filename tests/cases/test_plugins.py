"""Real answers of 21 real plugins and of WooCommerce's own options, as one shop: the books tell the truth of the money."""

import copy
from collections import defaultdict
from decimal import Decimal

import pytest

from tests.cases.case_books import Books, rehearse
from tests.cases.case_shop import CaseShop, serve_cases
from tests.cases.expectations import GATEWAY
from tests.cases.plugin_shop import ids_by_name, plugin_case
from tests.cases.plugin_truths import TRUTHS, TRUTHS_AT_TWO_DECIMALS, UNLISTED, Truth, Unbooked

POLICY = """
[statuses]
partially-paid = "submit_and_pay"
[tenders.gift_card]
account = "Gift Cards"
[tenders.wallet]
account = "Wallets"
"""
EXPLODED = POLICY + '[items]\nbundles = "explode"\n'
IDS = ids_by_name()


def books_of(case: dict, folder, policy: str = POLICY) -> Books:
	with serve_cases() as (cases, url):
		cases["plugins"] = CaseShop({**case, "policy": policy})
		return rehearse(f"{url}/plugins", cases["plugins"].case, folder)


@pytest.fixture(scope="module")
def books(tmp_path_factory):
	return books_of(plugin_case(), tmp_path_factory.mktemp("plugins"))


@pytest.fixture(scope="module")
def exploded(tmp_path_factory):
	"""The same shop with the bundles' prices shared out to their components."""
	return books_of(plugin_case(), tmp_path_factory.mktemp("exploded"), EXPLODED)


@pytest.fixture(scope="module")
def books_at_two_decimals(tmp_path_factory):
	return books_of(plugin_case(later=True), tmp_path_factory.mktemp("two-decimals"))


def _table(truths: dict) -> list:
	return [
		pytest.param(
			name,
			truth,
			id=name,
			marks=[pytest.mark.xfail(strict=True, reason=f"waits for {truth.waits_for}")]
			if truth.waits_for
			else [],
		)
		for name, truth in truths.items()
	]


def test_every_answer_has_a_truth():
	assert set(IDS) == set(TRUTHS) | UNLISTED
	assert set(ids_by_name(later=True)) == set(TRUTHS_AT_TWO_DECIMALS)


@pytest.mark.parametrize(("name", "truth"), _table(TRUTHS))
def test_an_order_is_booked_as_the_money_went_or_listed(books, name, truth):
	assert_true(books, IDS[name], truth)


@pytest.mark.parametrize(("name", "truth"), _table(TRUTHS_AT_TWO_DECIMALS))
def test_an_order_that_is_read_at_other_decimals_is_booked_as_it_was_paid_or_held(
	books_at_two_decimals, name, truth
):
	assert_true(books_at_two_decimals, ids_by_name(later=True)[name], truth)


def test_the_shop_is_proven_and_what_no_list_gives_is_no_sale_of_its_own(books):
	assert books.result["proven"], books.said
	assert not {IDS[name] for name in UNLISTED} & set(books.orders)


def assert_true(books: Books, order_id: int, truth: Truth | Unbooked) -> None:
	row = books.orders[order_id]
	assert truth.says in row.message
	if isinstance(truth, Unbooked):
		assert (row.state.value, row.reason, row.invoice) == (truth.state, truth.reason, "")
		return
	assert (row.state.value, row.invoice_total) == ("Synced", Decimal(truth.sold)), row.message
	tax = [Decimal(amount) for kind, amount in books.charges("invoice", order_id) if kind == "tax"]
	assert sum(tax) == Decimal(truth.tax)
	assert row.credited_total == sum(Decimal(amount) for amount, _account in truth.back)
	paid = defaultdict(Decimal)
	repaid = []
	for direction, account, amount in books.payments(order_id):
		if direction == "in":
			paid[account] += Decimal(amount)
		else:
			repaid.append((amount, account))
	expected = truth.paid if truth.paid is not None else {GATEWAY: truth.sold}
	assert paid == {account: Decimal(amount) for account, amount in expected.items()}
	assert sorted(repaid) == sorted((amount, account) for amount, account in truth.back if account)
	assert owed(books, order_id) == (truth.owed or {})


def owed(books: Books, order_id: int) -> dict[str, str]:
	"""What the invoice's rows sell as credit, by the account that owes it."""
	found = defaultdict(Decimal)
	for row in books.query("SELECT account, amount FROM invoice_row WHERE order_id = ?", order_id):
		if row["account"] != "Sales":
			found[row["account"]] += Decimal(row["amount"]).scaleb(-3)
	return {account: f"{amount:.2f}" for account, amount in found.items()}


def assert_balanced(books: Books) -> None:
	"""Every voucher's entries sum to zero, and every document's rows and charges to its total."""
	unbalanced = books.query(
		"SELECT voucher FROM gl_entry GROUP BY voucher_type, voucher, reversal HAVING sum(debit) <> sum(credit)"
	)
	assert unbalanced == []
	for document, key in (("invoice", "order_id"), ("credit_note", "refund_id")):
		for row in books.query(
			f"SELECT {key}, total, (SELECT coalesce(sum(amount), 0) FROM {document}_row r WHERE r.{key} = d.{key})"
			f" + (SELECT coalesce(sum(amount), 0) FROM {document}_charge c WHERE c.{key} = d.{key}) AS parts"
			f" FROM {document} d"
		):
			assert row["total"] == row["parts"], (document, row[key])


def test_every_voucher_is_balanced_under_both_bundle_policies(books, exploded, books_at_two_decimals):
	for found in (books, exploded, books_at_two_decimals):
		assert_balanced(found)


def test_both_bundle_policies_leave_the_same_sums(books, exploded):
	assert exploded.result["proven"]
	assert set(exploded.orders) == set(books.orders)
	for order_id in books.orders:
		assert exploded.orders[order_id].state is books.orders[order_id].state
		assert exploded.balances(order_id) == books.balances(order_id)
		assert exploded.payments(order_id) == books.payments(order_id)
		assert exploded.notes(order_id) == books.notes(order_id)


def test_the_bundle_policies_differ_in_their_rows_alone(books, exploded):
	order_id = IDS["woo-product-bundle/fixed-price-set"]
	assert books.invoice_rows(order_id) != exploded.invoice_rows(order_id)
	assert [name for name, *_rest in books.note_rows(order_id)] == ["Fixed price set", "Lamp", "Shade"]
	assert [name for name, *_rest in exploded.note_rows(order_id)] == ["Lamp", "Shade"]


# --- each of these orders, given back in full -----------------------------------------------------


def in_full(case: dict, itemised: bool) -> dict:
	"""The shop with every paid order refunded in full at once, instead of what was refunded of it."""
	case = copy.deepcopy(case)
	case["refunds"] = {}
	for order in case["orders"]:
		order["refunds"] = []
		if order["status"] not in ("processing", "completed") or not Decimal(order["total"]):
			continue
		refund = {
			"id": order["id"] + 100_000,
			"amount": order["total"],
			"refunded_payment": True,
			"date_created_gmt": "2026-11-29T10:00:00",
		}
		if itemised:
			for lines in ("line_items", "shipping_lines", "fee_lines"):
				refund[lines] = [given_back(line) for line in order[lines]]
		order["status"] = "refunded"
		order["refunds"] = [{"id": refund["id"], "reason": "", "total": f"-{order['total']}"}]
		case["refunds"][order["id"]] = [refund]
	return case


def given_back(line: dict) -> dict:
	"""A refund's line as WooCommerce writes it: the amounts negative, the order's line by its id."""
	back = {
		**line,
		"id": line["id"] + 100_000,
		"total": negated(line["total"]),
		"total_tax": negated(line["total_tax"]),
		"taxes": [{**tax, "total": negated(tax["total"])} for tax in line["taxes"] if tax["total"]],
		"meta_data": [{"id": 0, "key": "_refunded_item_id", "value": str(line["id"])}],
	}
	if "quantity" in line:
		back["quantity"] = -line["quantity"]
	if "subtotal" in line:
		back["subtotal"] = back["total"]
	return back


def negated(amount: str) -> str:
	return (
		amount
		if not Decimal(amount)
		else amount.removeprefix("-")
		if amount.startswith("-")
		else f"-{amount}"
	)


@pytest.mark.parametrize("itemised", [True, False], ids=["by its lines", "by amount"])
@pytest.mark.parametrize("policy", [POLICY, EXPLODED], ids=["bundles kept", "bundles exploded"])
def test_an_order_that_is_given_back_in_full_leaves_zero_on_every_account(tmp_path, policy, itemised):
	case = in_full(plugin_case(), itemised)
	found = books_of(case, tmp_path, policy)
	assert found.result["proven"], found.said
	assert_balanced(found)
	whole = [
		order_id
		for order_id in case["refunds"]
		if order_id in found.orders
		and found.orders[order_id].state.value == "Synced"
		and not found.orders[order_id].tendered_total
		and not found.orders[order_id].reason
	]
	assert len(whole) > 40
	for order_id in whole:
		assert found.balances(order_id) == {}, order_id
