"""The line that says on what a figure was measured."""

import os
import platform


def machine_line() -> str:
	model = platform.processor() or platform.machine()
	try:
		with open("/proc/cpuinfo", encoding="utf-8") as cpus:
			model = next(line.partition(":")[2].strip() for line in cpus if line.startswith("model name"))
	except (OSError, StopIteration):
		pass
	memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
	return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, {platform.system()}"
