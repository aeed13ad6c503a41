"""How many orders the tests take whose number says nothing of their own: what is found in few of them is found again in many."""

import os

LONG = os.environ.get("JARZ_LONG_TESTS") == "1"


def sized(usual: int, long: int | None) -> int | None:
	""":param long: how many with `script/test-bench --long`, None for all there are"""
	return long if LONG else usual
