"""Exact money: rates whose product with the quantity is the amount that was charged, and shares that sum to their whole."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache


@lru_cache(maxsize=16)
def unit_of(decimals: int) -> Decimal:
	"""The smallest amount with that many decimals: 0.01 for 2."""
	return Decimal(1).scaleb(-decimals)


def fits(amount: Decimal, decimals: int) -> bool:
	"""Whether the amount can be booked without losing anything: 10.500 fits 2 decimals, 10.505 doesn't."""
	return amount == amount.quantize(unit_of(decimals))


def split_amount(
	amount: Decimal, quantity: Decimal, decimals: int, quantity_decimals: int
) -> list[tuple[Decimal, Decimal, Decimal]]:
	"""(quantity, rate, amount) rows, at most two, for a line that cost `amount` for `quantity`.

	Each row's amount is its rate x quantity, rounded to `decimals`, and they sum to `amount`. No product lies on a half cent, because
	how those are rounded is a setting of the site. Where one row serves, it is one row: 3 for 10.00 is 2 x 3.33
	and 1 x 3.34.

	:param amount: fits `decimals`; may be zero or negative
	:param quantity: positive, fits `quantity_decimals`
	"""
	sign = -1 if amount < 0 else 1
	units = abs(int(amount.scaleb(decimals)))
	scale = 10**quantity_decimals
	# Less than the books can count of anything is one piece of it.
	parts = int(quantity.scaleb(quantity_decimals)) or scale
	split = _split_whole if parts % scale == 0 else _split_fractional
	return [
		(
			Decimal(part).scaleb(-quantity_decimals).normalize() + 0,
			Decimal(sign * rate).scaleb(-decimals),
			Decimal(sign * cost).scaleb(-decimals),
		)
		for part, rate, cost in split(units, parts, scale)
	]


# The two below work in whole numbers: the quantity is parts / scale, amounts and rates are in smallest units.


def _split_whole(units: int, parts: int, scale: int) -> list[tuple[int, int, int]]:
	pieces = parts // scale
	rate, dearer = divmod(units, pieces)
	if not dearer:
		return [(parts, rate, units)]
	cost = dearer * (rate + 1)
	return [(parts - dearer * scale, rate, units - cost), (dearer * scale, rate + 1, cost)]


def _split_fractional(units: int, parts: int, scale: int) -> list[tuple[int, int, int]]:
	nearest = _nearest_rate(units, parts, scale)
	if _rounded(nearest, parts, scale) == units:
		return [(parts, nearest, units)]
	lower = units * scale // parts
	for dearer in range(1, parts // scale + 1):
		rest = parts - dearer * scale
		cost = dearer * (lower + 1)
		if _rounded(lower, rest, scale) == units - cost:
			return [(rest, lower, units - cost), (dearer * scale, lower + 1, cost)]
	whole, fraction = divmod(parts, scale)
	# Less than one piece changes by less than a smallest unit from rate to rate, so the nearest rate always fits.
	remaining = units - whole * lower
	return [
		(whole * scale, lower, whole * lower),
		(fraction, _nearest_rate(remaining, fraction, scale), remaining),
	]


def _nearest_rate(units: int, parts: int, scale: int) -> int:
	return (2 * units * scale + parts) // (2 * parts)


def _rounded(rate: int, parts: int, scale: int) -> int | None:
	"""rate x parts / scale, rounded; None on a half."""
	doubled, remainder = divmod(2 * rate * parts, scale)
	if remainder == 0 and doubled % 2:
		return None
	return (doubled + 1) // 2


def share(amount: Decimal, weights: Sequence[Decimal], decimals: int) -> list[Decimal]:
	"""`amount` in shares that follow the weights and sum to it exactly; what is left goes to the largest remainders.

	Weights are not negative; where all are zero, the shares are equal. Ties go to the first.
	"""
	if not any(weights):
		weights = [Decimal(1)] * len(weights)
	sign = -1 if amount < 0 else 1
	units = int(abs(amount).scaleb(decimals))
	whole = sum(weights)
	exact = [units * weight / whole for weight in weights]
	shares = [int(value) for value in exact]
	largest_first = sorted(range(len(exact)), key=lambda place: shares[place] - exact[place])
	for place in largest_first[: units - sum(shares)]:
		shares[place] += 1
	return [Decimal(sign * value).scaleb(-decimals) for value in shares]
