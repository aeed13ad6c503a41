"""The message of a hold names the line, and the line is read out of it again to offer an item."""

import pytest

from jarz_woocommerce_integration.translation.amounts.lines import UnknownLine, unknown_line


@pytest.mark.parametrize(
	"line",
	[
		UnknownLine("Towel", 12, 0, "T-1"),
		UnknownLine('A "large" towel (product 3, variation 4, SKU x)', 12, 34, "T (1)"),
		UnknownLine("زيت\nزيتون", 7, 0, ""),
	],
)
def test_a_line_comes_back_out_of_the_message(line):
	sku = line.sku or "none"
	message = f'No item is known for the line "{line.name}" (product {line.product_id}, variation {line.variation_id}, SKU {sku}).'
	assert unknown_line(message) == line


def test_another_message_names_no_line():
	assert unknown_line("The order has no date.") is None
