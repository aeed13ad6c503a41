"""Machines of one network, each with an address and a name of its own: network namespaces on one bridge. Needs root, and `ip`."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

FORWARD = Path(__file__).parent / "forward.py"


def why_not() -> str:
	"""Why there can be no such network here, empty where there can."""
	if os.geteuid() != 0:
		return "Skipped: only root can make network namespaces."
	if not shutil.which("ip"):
		return "Skipped: the command ip is missing (package iproute2)."
	return ""


class Network:
	"""This machine, as `address`, and others beside it. Use as a context manager: nothing of it is left afterwards.

	:param number: third part of its addresses, for where 10.213.7.x is taken
	"""

	def __init__(self, number: int = 7):
		self.part = f"10.213.{number}"
		self.address = f"{self.part}.1"
		self.bridge = f"woobr{number}"
		self.machines: list[Machine] = []
		self.passing_on: list[subprocess.Popen] = []

	def __enter__(self) -> "Network":
		self._remove()
		try:
			_ip(f"link add {self.bridge} type bridge")
			_ip(f"addr add {self.address}/24 dev {self.bridge}")
			_ip(f"link set {self.bridge} up")
		except BaseException:
			self._remove()
			raise
		return self

	def __exit__(self, *exception) -> None:
		for process in self.passing_on:
			process.kill()
			process.wait()
		for machine in self.machines:
			machine.remove()
		self._remove()

	def add(self, name: str) -> "Machine":
		machine = Machine(name, f"{self.part}.{len(self.machines) + 11}", self.bridge)
		self.machines.append(machine)
		machine.make()
		return machine

	def reach(self, host: str, port: int) -> int:
		"""A port of `address` under which the others reach a server that listens on this machine alone."""
		if _is_open(self.address, port):
			return port
		command = [sys.executable, str(FORWARD), self.address, str(port), host, str(port)]
		self.passing_on.append(subprocess.Popen(command))
		ends = time.monotonic() + 10
		while not _is_open(self.address, port):
			assert time.monotonic() < ends, f"{host}:{port} can't be reached"
			time.sleep(0.1)
		return port

	def _remove(self) -> None:
		_ip(f"link del {self.bridge}", must=False)


class Machine:
	"""One of them. Made by `Network.add`."""

	def __init__(self, name: str, address: str, bridge: str):
		self.name = name
		self.address = address
		self.bridge = bridge
		self.plug = f"{name[:12]}-p"

	@property
	def command(self) -> tuple[str, ...]:
		"""What a command is put behind in order to run there."""
		named = ("unshare", "--uts", "sh", "-c", f'hostname {self.name} && exec "$@"', "sh")
		return ("ip", "netns", "exec", self.name, *named)

	def make(self) -> None:
		self.remove()
		_ip(f"netns add {self.name}")
		_ip(f"link add {self.plug} type veth peer name eth0 netns {self.name}")
		_ip(f"-n {self.name} addr add {self.address}/24 dev eth0")
		for device in ("lo", "eth0"):
			_ip(f"-n {self.name} link set {device} up")
		_ip(f"link set {self.plug} up")
		self.plug_in()

	def plug_in(self) -> None:
		_ip(f"link set {self.plug} master {self.bridge}")

	def cut_off(self) -> None:
		"""Nothing comes or goes any more, and nobody is told: neither side's connections end by it."""
		_ip(f"link set {self.plug} nomaster")

	def remove(self) -> None:
		_ip(f"link del {self.plug}", must=False)
		_ip(f"netns del {self.name}", must=False)


def _ip(words: str, must: bool = True) -> None:
	subprocess.run(["ip", *words.split()], check=must, capture_output=not must)


def _is_open(host: str, port: int) -> bool:
	with socket.socket() as trying:
		trying.settimeout(2)
		return trying.connect_ex((host, port)) == 0
