"""The policy file: defaults stay where it says nothing, and a mistake is named with its place."""

import pytest

from jarz_woocommerce_integration.exceptions import PolicyError
from jarz_woocommerce_integration.translation.drafts import Action
from jarz_woocommerce_integration.translation.policy import Policy, UnknownItem, load_policy


def written(tmp_path, text):
	path = tmp_path / "policy.toml"
	path.write_text(text, encoding="utf-8")
	return path


def test_statuses_that_the_file_does_not_name_keep_their_defaults(tmp_path):
	policy = load_policy(written(tmp_path, '[statuses]\nshipped = "submit_and_pay"\n'))
	assert policy.statuses["shipped"] is Action.SUBMIT_AND_PAY
	assert policy.statuses["pending"] is Action.IGNORE


def test_the_documented_example_is_valid(tmp_path):
	from pathlib import Path

	page = (Path(__file__).parents[2] / "docs" / "use" / "policy.md").read_text(encoding="utf-8")
	example = page.split("```toml\n")[1].split("```")[0]
	assert load_policy(written(tmp_path, example)).gateways["cod"].account == "Cash"


@pytest.mark.parametrize(
	("text", "told"),
	[
		('[statuses]\ncompleted = "book"\n', "statuses.completed"),
		("[satuses]\n", "satuses: no such table"),
		('[gateways.cod]\nmode_of_payment = "Cash"\n', "gateways.cod.account"),
		('[items.aliases]\n"17" = "A"\n', "not product:ID"),
		("[money]\nrounding_tolerance = 5\n", "money.rounding_tolerance"),
		("statuses = 3\n", "statuses"),
		("[statuses\n", "isn't valid TOML"),
	],
)
def test_a_mistake_is_named_with_its_place(tmp_path, text, told):
	with pytest.raises(PolicyError, match=told.replace("[", r"\[").replace(".", r"\.")):
		load_policy(written(tmp_path, text))


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path):
	with pytest.raises(PolicyError, match="can't be read"):
		load_policy(tmp_path / "none.toml")
	path = tmp_path / "binary.toml"
	path.write_bytes(b"\xff\xfe\x00")
	with pytest.raises(PolicyError, match="isn't UTF-8"):
		load_policy(path)


def test_the_hash_follows_the_tables():
	assert Policy().hash == Policy().hash
	assert Policy().hash != Policy(invoice_prefix="X-").hash


def test_live_orders_with_unknown_items_are_held_by_default():
	assert Policy.live().items.unknown is UnknownItem.HOLD
	assert Policy().items.unknown is UnknownItem.PLACEHOLDER
