"""What the Desk's scripts must not do, in any theme and direction of writing."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "jarz_woocommerce_integration"
SCRIPTS = [
	*PACKAGE.glob("public/js/*.js"),
	*PACKAGE.glob("woocommerce/**/*.js"),
	*PACKAGE.glob("woocommerce/**/*.css"),
]
SIDES = re.compile(r"(margin|padding|border)-(left|right)\b|text-align: (left|right)|float: ")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_styles_know_begin_and_end_and_not_left_and_right(path):
	assert not SIDES.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_dots_are_our_own_which_are_seen_in_the_dark_theme(path):
	assert "class='indicator " not in path.read_text(encoding="utf-8")
