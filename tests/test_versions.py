"""The version, the changelog and the folders of patches agree."""

import re
from pathlib import Path

import jarz_woocommerce_integration as app

ROOT = Path(__file__).parent.parent
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
VERSIONS = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", CHANGELOG, re.MULTILINE)


def test_the_newest_version_of_the_changelog_is_that_of_the_package():
	unreleased = re.findall(r"^## \[Unreleased\] \((\d+\.\d+\.\d+)\)$", CHANGELOG, re.MULTILINE)
	assert (unreleased or VERSIONS)[0] == app.__version__


def test_each_folder_of_patches_came_with_a_version():
	folders = {path.name for path in (Path(app.__file__).parent / "patches").glob("v*")}
	assert folders <= {f"v{'_'.join(version.split('.')[:2])}" for version in (app.__version__, *VERSIONS)}


def test_versions_are_newest_first():
	numbers = [tuple(map(int, version.split("."))) for version in VERSIONS]
	assert numbers == sorted(numbers, reverse=True)
