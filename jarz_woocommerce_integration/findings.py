"""What a check finds: how bad it is, a sentence, and what to do about it. All checks answer with it.

Each output has one rendering: `cli.terminal.finding_lines` for a terminal, `as_text` for plain text, `as_dict` for JSON and
for the Desk, which shows it with `jarz_woocommerce.finding_line`.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace

from jarz_woocommerce_integration.sentences import translated

OK, WARNING, ERROR, UNKNOWN = "ok", "warning", "error", "unknown"
# Worst first, with the Desk's colors.
COLORS = {ERROR: "red", WARNING: "orange", OK: "green", UNKNOWN: "gray"}
_MARKS = {ERROR: "Error: ", WARNING: "Warning: "}


@dataclass(frozen=True, slots=True)
class Finding:
	"""One thing that was found.

	:ivar level: `OK`, `WARNING`, `ERROR` or `UNKNOWN`; :ivar what_to_do: "" where nothing is to be done
	:ivar key: by which the same finding is known again, "" where nobody remembers it
	:ivar remedy: what the Desk offers to mend it on the spot, "" for nothing
	"""

	level: str
	text: str
	what_to_do: str = ""
	key: str = ""
	remedy: str = ""

	@property
	def lines(self) -> tuple[str, ...]:
		"""What was found, then what to do."""
		return tuple(filter(None, (self.text, self.what_to_do)))

	def translated(self, translate: Callable[[str], str]) -> "Finding":
		"""The same in another language. :param translate: Frappe's `_`"""
		return replace(
			self, text=translated(self.text, translate), what_to_do=translated(self.what_to_do, translate)
		)

	def as_dict(self) -> dict[str, str]:
		return asdict(self)


def worst(levels: Iterable[str]) -> str:
	""":returns: `UNKNOWN` where there is none"""
	return min(levels, key=list(COLORS).index, default=UNKNOWN)


def as_text(findings: Iterable[Finding]) -> str:
	"""One line for each."""
	return "\n".join(_MARKS.get(finding.level, "") + " ".join(finding.lines) for finding in findings)
