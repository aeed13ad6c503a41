"""A whole rehearsal as its user runs it: orders a minute, and whether memory stays flat.

	.venv/bin/python benchmarks/rehearsal.py [small] [large]

Rehearses `small` (default 5,000) and `large` (default 50,000) orders of the sample store, which runs in a process of its
own and answers at once, each in a fresh ledger. Prints both, and the ratio of their peak memory.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import machine_line

COMMAND = Path(sys.executable).with_name("jarz-woo")


def rehearse(orders: int, folder: Path) -> dict:
	summary = folder / f"{orders}.json"
	subprocess.run(
		[
			COMMAND,
			"rehearse",
			"--sample",
			str(orders),
			"--ledger",
			folder / f"{orders}.sqlite",
			"--json",
			summary,
		],
		check=True,
		stdout=subprocess.DEVNULL,
	)
	return json.loads(summary.read_text(encoding="utf-8"))


def main() -> None:
	small, large = (int(value) for value in (sys.argv[1:3] if len(sys.argv) > 2 else (5000, 50000)))
	print(machine_line())
	peaks = []
	with tempfile.TemporaryDirectory() as folder:
		for orders in (small, large):
			found = rehearse(orders, Path(folder))
			peaks.append(found["peak_rss_mb"])
			print(
				f"{orders:7,} orders: {found['orders_per_minute']:8,} a minute, {found['seconds']:7.1f} s,"
				f" {found['requests']:5,} requests, peak {found['peak_rss_mb']} MB, proven {found['proven']}"
			)
	print(f"peak memory, large / small: {peaks[1] / peaks[0]:.2f}")


if __name__ == "__main__":
	main()
