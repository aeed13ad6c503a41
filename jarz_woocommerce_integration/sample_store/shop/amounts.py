"""Money as whole piastres (hundredths), and WooCommerce's ways of writing it."""


def money(piastres: int) -> str:
	"""The form of most money fields: "-15.00"."""
	whole, hundredths = divmod(abs(piastres), 100)
	return f"{'-' if piastres < 0 else ''}{whole}.{hundredths:02d}"


def short(piastres: int) -> str:
	"""The form of coupon discounts and fee amounts, unpadded: "50", "19.34", "-15"."""
	text = money(piastres)
	return text.rstrip("0").rstrip(".")


def precise(numerator: int, denominator: int) -> str:
	"""Unrounded, as WooCommerce 8 writes the taxes of a line: six decimals at most, unpadded ("4.9975")."""
	millionths = rounded(numerator * 10_000, denominator)
	whole, rest = divmod(abs(millionths), 1_000_000)
	text = f"{'-' if millionths < 0 else ''}{whole}.{rest:06d}"
	return text.rstrip("0").rstrip(".")


def from_money(text: str) -> int:
	"""Piastres of a money string of any precision."""
	sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
	whole, _point, decimals = text.partition(".")
	piastres = int(whole or 0) * 100 + int((decimals + "00")[:2])
	return sign * (piastres + (decimals[2:3] >= "5"))


def rounded(numerator: int, denominator: int) -> int:
	"""numerator / denominator to the nearest whole, halves away from zero, as PHP rounds."""
	half = denominator // 2
	if numerator < 0:
		return -((-numerator + half) // denominator)
	return (numerator + half) // denominator


def number(value: float) -> int | float:
	"""A JSON number as PHP writes it: 90 where Python would write 90.0."""
	return int(value) if value == int(value) else value
