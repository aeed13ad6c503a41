"""Whatever a shop gives back of an order, and in which order: each credit note is exact, and after the rest nothing is left."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import HealthCheck, given, settings, strategies as st

from jarz_woocommerce_integration.translation.drafts import OrderDraft
from tests.translation.building import make_order, make_refund, total_of, translate

RATE_IDS = ([1], [1, 2], [0, 0], ["us-state", "us-city"], [7, 7, 8])
RATES = (Decimal("20"), Decimal("5"), Decimal("7.25"))
# Each thing has an account of its own, so that nothing is hidden by another.
TABLES = {
	"taxes": {f"Tax {place}": f"VAT {place}" for place in range(3)},
	"fees": {f"Fee {number}": f"Fee Account {number}" for number in range(2)},
	"shipping": {"flat_rate": "Post", "courier": "Courier"},
}
KINDS = ("line_items", "shipping_lines", "fee_lines")


def money(cents):
	return str(Decimal(cents).scaleb(-2))


def taxes_of(cents, count, is_rounded):
	"""What a shop writes into the taxes of a line, rounded to cents or not."""
	exact = [Decimal(cents) / 100 * rate / 100 for rate in RATES[:count]]
	cent, fine = Decimal("0.01"), Decimal("0.000001")
	return [amount.quantize(cent if is_rounded else fine) for amount in exact]


@st.composite
def orders(draw):
	"""The body of a paid order, with items, shipping, fees (some give money off) and one to three tax rates."""
	ids = draw(st.sampled_from(RATE_IDS))
	is_rounded = draw(st.booleans())

	def line(line_id, cents, **fields):
		taxes = taxes_of(cents, len(ids), is_rounded) if draw(st.booleans()) else []
		whole = sum(tax.quantize(Decimal("0.01")) for tax in taxes)
		told = [{"id": rate, "total": str(tax)} for rate, tax in zip(ids, taxes, strict=False)]
		return {"id": line_id, "total": money(cents), "total_tax": str(whole), "taxes": told, **fields}

	items = []
	for number in range(draw(st.integers(1, 3))):
		cents = draw(st.integers(0, 20000))
		quantity = draw(st.integers(1, 5))
		before = money(cents + draw(st.sampled_from((0, 500))))
		fields = {
			"name": f"Item {number}",
			"product_id": 50 + number,
			"quantity": quantity,
			"subtotal": before,
		}
		items.append(line(11 + number, cents, **fields))
	shipping = [
		line(
			21 + number,
			draw(st.integers(1, 2000)),
			method_id=("flat_rate", "courier")[number],
			method_title="Way",
		)
		for number in range(draw(st.integers(0, 2)))
	]
	fees = [
		line(31 + number, draw(st.integers(-500, 2000).filter(bool)), name=f"Fee {number}")
		for number in range(draw(st.integers(0, 2)))
	]
	body = {"line_items": items, "shipping_lines": shipping, "fee_lines": fees}
	tax_lines = []
	for place, rate in enumerate(ids):
		on_items = sum(
			(_tax(line, place) for kind in ("line_items", "fee_lines") for line in body[kind]), Decimal(0)
		)
		on_shipping = sum((_tax(line, place) for line in shipping), Decimal(0))
		tax_lines.append(
			{
				"id": 90 + place,
				"rate_id": rate,
				"label": f"Tax {place}",
				"rate_percent": str(RATES[place]),
				"tax_total": str(on_items),
				"shipping_tax_total": str(on_shipping),
			}
		)
	parts = sum((Decimal(line["total"]) for kind in KINDS for line in body[kind]), Decimal(0))
	tax = sum((Decimal(t["tax_total"]) + Decimal(t["shipping_tax_total"]) for t in tax_lines), Decimal(0))
	body.update(tax_lines=tax_lines, total=str(parts + tax), total_tax=str(tax))
	return body


def _tax(line, place):
	return Decimal(line["taxes"][place]["total"]).quantize(Decimal("0.01")) if line["taxes"] else Decimal(0)


@st.composite
def refunds_of(draw, body):
	"""Refunds as a shop takes them: each itemises what its author typed, and all together take no more than the order."""
	left = int(Decimal(body["total"]) * 100)
	made = []
	for number in range(draw(st.integers(0, 4))):
		how = draw(st.sampled_from(("lines", "amount", "shipping", "fee", "tax", "amount over lines")))
		fields = _itemised(draw, body, how)
		told = sum(
			(
				-Decimal(line["total"]) - Decimal(line["total_tax"])
				for kind in KINDS
				for line in fields.get(kind, ())
			),
			Decimal(0),
		)
		cents = int(told * 100)
		if how in ("amount", "amount over lines"):
			cents += draw(st.integers(1, 5000))
		if not 0 < cents <= left:
			continue
		left -= cents
		made.append((41 + number, money(cents), fields))
	if draw(st.booleans()) and left:
		made.append(
			(60, money(left), _itemised(draw, body, draw(st.sampled_from(("amount", "lines", "shipping")))))
		)
		left = 0
	return made, left


def _itemised(draw, body, how):
	kinds = {"lines": KINDS, "amount over lines": ("line_items",), "shipping": ("shipping_lines",)}
	kinds |= {"fee": ("fee_lines",), "tax": KINDS, "amount": ()}
	fields = {}
	for kind in kinds[how]:
		lines = [_given_back(draw, line, kind, how) for line in body[kind] if draw(st.booleans())]
		if lines:
			fields[kind] = lines
	return fields


def _given_back(draw, line, kind, how):
	"""A part of a line in a refund: some pieces with their share, or only its tax."""
	part = Decimal(draw(st.sampled_from(("1", "0.5", "0.333333", "1.5"))))
	cent = Decimal("0.01")
	taxes = [
		{**tax, "total": str(-(Decimal(tax["total"]) * part).quantize(Decimal("0.000001")))}
		for tax in line["taxes"]
	]
	whole = sum((Decimal(tax["total"]).quantize(cent) for tax in taxes), Decimal(0))
	total = Decimal(0) if how == "tax" else -(Decimal(line["total"]) * part).quantize(cent)
	back = {
		"id": line["id"] + 500,
		"name": line.get("name", ""),
		"total": str(total),
		"total_tax": str(whole),
		"taxes": taxes,
		"meta_data": [{"key": "_refunded_item_id", "value": str(line["id"])}],
	}
	if kind == "line_items":
		quantity = 0 if how == "tax" else -int(line["quantity"] * part)
		back.update(quantity=quantity, subtotal=str(total), product_id=line["product_id"])
	return back


@st.composite
def histories(draw):
	body = draw(orders().filter(lambda body: Decimal(body["total"]) > 0))
	made, left = draw(refunds_of(body))
	return body, made, left


def booked(body, made, left):
	refunds = [make_refund(number, amount, **fields) for number, amount, fields in made]
	order = make_order(
		status="completed" if left else "refunded",
		date_paid_gmt="2026-03-01T11:00:00",
		refunds=[{"id": number, "total": f"-{amount}"} for number, amount, _fields in made],
		**body,
	)
	return translate(order, refunds, **TABLES)


@settings(
	max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(histories())
def test_each_credit_note_is_exact_and_after_the_rest_nothing_is_left(history):
	body, made, left = history
	draft = booked(body, made, left)
	assert isinstance(draft, OrderDraft), draft
	assert total_of(draft.invoice) == Decimal(body["total"])
	assert [note.total for note in draft.credit_notes] == [-Decimal(amount) for _n, amount, _f in made]
	for note in draft.credit_notes:
		assert total_of(note) == note.total
		assert note.rows
		for row in note.rows:
			assert row.rate >= 0
			assert row.quantity < 0
			assert (row.rate * row.quantity).quantize(Decimal("0.01")) == row.amount
		for charge in note.charges:
			assert all(0 <= position < len(note.rows) for position, _amount in charge.items)
	if not left:
		assert _left_on_accounts(draft) == {}


def _left_on_accounts(draft):
	left = defaultdict(Decimal)
	for document in (draft.invoice, *draft.credit_notes):
		for part in (*document.rows, *document.charges):
			left[part.account] += part.amount
	return {account: amount for account, amount in left.items() if amount}
