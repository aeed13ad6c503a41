"""What a site has said in its rehearsal, for the report."""

import sqlite3

from jarz_woocommerce_integration.ledger.sqlite import site_checks
from jarz_woocommerce_integration.services.report.data import SiteCheck


def site_check_of(connection: sqlite3.Connection) -> SiteCheck | None:
	report = site_checks.bulk_report(connection)
	if report is None:
		return None
	left = site_checks.left_to_documents(connection)
	return SiteCheck(
		passed=site_checks.passed_as_rows(connection),
		left=tuple(left.most_common()) if left else (),
		kinds=sum(bool(kind["compared"]) for kind in report["kinds"].values()),
		compared=report["proofs"],
		samples=report["samples"],
		differing=tuple(site_checks.differing_kinds(report)),
	)
