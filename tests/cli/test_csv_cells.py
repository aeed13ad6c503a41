"""A spreadsheet runs no text that a buyer typed in the shop."""

import csv
import io

import pytest

from jarz_woocommerce_integration.cli import main as cli

FORMULAS = [
	"=HYPERLINK(A1)",
	"+1+cmd|' /C calc'!A0",
	"-2+3",
	"@SUM(A1)",
	"\t=1",
	"\r=1",
	"\n=1",
	"＝1",
	"-",
	"+201012345678",
	"-1.5e3",
]
NOT_FORMULAS = ["-15.00", "-3", "0", "12.50", "Anna", "a=b", " =1", "", None, True, -3]


def written(value, capsys):
	cli._write_rows([{"order_id": 1, "cell": value}], None)
	rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
	return rows[0]["cell"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text(text, capsys):
	assert written(text, capsys) == f"'{text}".replace("\r", "\n")


@pytest.mark.parametrize("value", NOT_FORMULAS)
def test_a_number_and_a_text_stay_what_they_are(value, capsys):
	assert written(value, capsys) == ("" if value is None else str(value))


def test_json_has_it_as_it_is(capsys):
	cli._write_rows([{"cell": "=1"}], "-")
	assert '"=1"' in capsys.readouterr().out
