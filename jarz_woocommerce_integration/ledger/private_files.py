"""Files with names, e-mails and phones of a shop's customers: for their owner alone, whatever the umask says."""

import hashlib
import os
from pathlib import Path

FILE, FOLDER = 0o600, 0o700
# A file's name may have 255 bytes, and what is appended takes some.
LONGEST_NAME = 150


def make_folder(folder: Path) -> None:
	"""Make a folder where there is none. One that is there is its owner's to open and close."""
	folder.parent.mkdir(parents=True, exist_ok=True)
	folder.mkdir(mode=FOLDER, exist_ok=True)


def opener(path: str, flags: int) -> int:
	"""For `open`: what is made is the owner's."""
	return os.open(path, flags, FILE)


def make_file(path: Path) -> None:
	"""Make an empty file where there is none. What SQLite writes beside it has its mode."""
	os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE))


def file_name(name: str) -> str:
	"""A file's name for something that may have any name; letters of all scripts stay readable. Two names never get one."""
	plain = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name).lstrip(".")
	cut = plain.encode()[:LONGEST_NAME].decode(errors="ignore")
	if cut == name:
		return name
	return f"{cut}-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"
