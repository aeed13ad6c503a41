"""A proof as it is printed: which rows go on paper, numbers as the site writes them, sentences for what was compared.

The print format only lays it out. What is too long for paper is cut with a note of how much; the JSON has it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

MOST_ROWS = 200
MOST_IDS = 60
# Names of amounts in all rows; numbers of other names are counts.
AMOUNTS = frozenset(
	"store_total booked_total listed_total store books difference drafts credited left aside in_full untold documents"
	" ledger total".split()
)
SUMMED = ("orders", "store_total", "booked", "booked_total", "listed", "listed_total")


@dataclass(frozen=True)
class Writing:
	"""How the site writes numbers and times.

	:ivar moment_text: an aware time as a person of the site reads it
	"""

	moment_text: Callable[[datetime], str]
	point: str = "."
	comma: str = ","

	def number(self, value: str | int | None) -> str:
		"""An exact number with all of its decimals, an amount with at least two."""
		if value is None or value == "":
			return ""
		if isinstance(value, int):
			return f"{value:,}".replace(",", self.comma)
		amount = Decimal(value)
		decimals = max(2, -amount.normalize().as_tuple().exponent)  # type: ignore[operator]  # a finite number
		text = f"{amount:,.{decimals}f}"
		separators: dict[str, str | int | None] = {",": self.comma, ".": self.point}
		return text.translate(str.maketrans(separators))

	def moment(self, text: str | None) -> str:
		"""An ISO time, "" for none."""
		return self.moment_text(datetime.fromisoformat(text)) if text else ""


def printed(proof: dict, writing: Writing) -> dict:
	"""What the print format lays out.

	:param proof: a proof as `comparison.text` has it
	:returns: the same with texts for numbers, lists cut, and for each cut list `*_more`
	"""
	sample = proof["sample"]
	differences = proof["differences"]
	findings = proof["findings"] or ()
	return {
		**proof,
		"checked_at": writing.moment(proof["checked_at"]),
		"window": _window(proof["window"], writing),
		"store_orders": writing.number(proof["store_orders"]),
		"requests": writing.number(proof["requests"]),
		"orders": {name: _ids(group, writing) for name, group in proof["orders"].items()},
		"differences": differences[:MOST_ROWS],
		"differences_more": max(0, proof["differences_in_all"] - MOST_ROWS),
		"findings": findings[:MOST_ROWS],
		"findings_more": max(0, sum((proof["findings_by_kind"] or {}).values()) - MOST_ROWS),
		"by_status": _with_sums(proof["by_status"], "status", writing),
		"by_month": _with_sums(proof["by_month"], "month", writing),
		"taxes": [_numbers(row, writing, except_for=("percent",)) for row in proof["taxes"] or ()],
		# A proof that was kept before version 1.4 has none.
		"refund_taxes": [_numbers(row, writing) for row in proof.get("refund_taxes") or ()],
		"accounts": [_numbers(row, writing) for row in proof["accounts"] or ()],
		"payments": [_numbers(row, writing) for row in proof["payments"] or ()],
		"not_booked": [_reason(row, writing) for row in proof["not_booked"] or ()],
		"received_unbooked": [_reason(row, writing) for row in proof.get("received_unbooked") or ()],
		"unlisted_statuses": sorted((proof.get("unlisted_statuses") or {}).items()),
		"sample": sample and {**_numbers(sample, writing, except_for=("seed",)), "orders": _sampled(sample)},
		"territories": proof["territories"] and _territories(proof["territories"], writing),
	}


def _window(window: dict | None, writing: Writing) -> dict | None:
	return window and {**window, **{name: writing.moment(window[name]) for name in ("after", "before")}}


def _ids(group: dict, writing: Writing) -> dict:
	"""The first ids as one text, and how many more there are."""
	shown = group["ids"][:MOST_IDS]
	return {
		"count": group["count"],
		"shown": ", ".join(map(str, shown)),
		"more": writing.number(group["count"] - len(shown)) if group["count"] > len(shown) else "",
	}


def _with_sums(rows: Sequence[dict], name: str, writing: Writing) -> list[dict]:
	"""The rows, and after them a sum for each currency."""
	sums: dict[str, dict] = {}
	for row in rows:
		total = sums.setdefault(row["currency"], dict.fromkeys(SUMMED, Decimal(0)))
		for part in SUMMED:
			total[part] += Decimal(row[part])
	closing = [
		{
			name: "",
			"currency": currency,
			"is_sum": True,
			**{part: str(value) if part.endswith("total") else int(value) for part, value in total.items()},
		}
		for currency, total in sorted(sums.items())
	]
	return [
		{
			**_numbers(row, writing),
			"equal": Decimal(row["booked_total"]) + Decimal(row["listed_total"])
			== Decimal(row["store_total"]),
		}
		for row in (*rows, *closing)
	]


def _numbers(row: dict, writing: Writing, except_for: Iterable[str] = ()) -> dict:
	"""A row with its numbers as texts; texts of the shop stay what they are."""
	return {
		name: writing.number(value)
		if name not in except_for
		and (name in AMOUNTS or (isinstance(value, int) and not isinstance(value, bool)))
		else value
		for name, value in row.items()
	}


def _reason(row: dict, writing: Writing) -> dict:
	return {**_numbers(row, writing), "ids": _ids({"count": row["orders"], "ids": row["ids"]}, writing)}


def _sampled(sample: dict) -> list[dict]:
	"""A row for each order of the sample, with what differs."""
	return [
		{
			**{name: order[name] for name in ("order_id", "number", "invoice", "verdict", "note")},
			"compared": len(order["fields"]),
			"differs": [found for found in order["fields"] if not found["equal"]],
		}
		for order in sample["orders"][:MOST_ROWS]
	]


def _territories(coverage: dict, writing: Writing) -> dict:
	return {
		**_numbers(coverage, writing),
		"codes": [_numbers(zone, writing) for zone in coverage["codes"][:MOST_ROWS]],
		"codes_more": max(0, len(coverage["codes"]) - MOST_ROWS),
	}
