"""`jarz-woo` in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

JARZ_WOO = Path(sys.executable).with_name("jarz-woo")


class CommandLine:
	"""`jarz-woo` as its user starts it, in a folder of its own."""

	def __init__(self, folder):
		self.folder = folder
		self.environment = {
			**{name: value for name, value in os.environ.items() if not name.startswith("WOO_")},
			"WOO_CONSUMER_KEY": "ck_sample",
			"WOO_CONSUMER_SECRET": "cs_sample",
			"COLUMNS": "200",
		}

	def start(self, *arguments, **options):
		return subprocess.Popen(
			[JARZ_WOO, *map(str, arguments)],
			cwd=self.folder,
			env=self.environment,
			stdin=subprocess.DEVNULL,
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
			text=True,
			**options,
		)

	def __call__(self, *arguments):
		"""(exit code, standard output, standard error)"""
		process = self.start(*arguments)
		output, errors = process.communicate(timeout=120)
		assert "Traceback" not in errors, errors
		return process.returncode, output, errors
