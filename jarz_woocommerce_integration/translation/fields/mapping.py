"""One row of the mapping, as the policy has it: a path in what the shop says -> a field of a document."""

import re
from enum import Enum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

# Of names, with dots between them; a key of meta data may be any text.
_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\.meta_data\..+)?|meta_data\..+")
LINES = "line_items"
# What isn't in the order, and is read for it: its account, and the product of each line.
ACCOUNT, PRODUCT = "customer", "product"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]


def is_path(path: str) -> bool:
	return bool(_PATH.fullmatch(path))


class Target(str, Enum):
	"""The documents whose fields may be filled. The values are ERPNext's names of them, but for those in `DOCTYPES`."""

	INVOICE = "Sales Invoice"
	LINE = "Sales Invoice Item"
	CREDIT_NOTE = "Credit Note"
	SALES_ORDER = "Sales Order"
	CUSTOMER = "Customer"
	PAYMENT = "Payment Entry"


DOCTYPES = {Target.CREDIT_NOTE.value: Target.INVOICE.value}
# Later orders and changes don't fill their fields again.
MADE_ONCE = (Target.CUSTOMER, Target.CREDIT_NOTE)


class FieldKind(str, Enum):
	TEXT = "text"
	NUMBER = "number"
	DATE = "date"
	CHECK = "check"
	LINK = "link"


class MappedField(BaseModel):
	"""One value of an order, and where it goes.

	:ivar path: names from the order down ("billing.company", "meta_data._billing_po"); of a line it begins with "line_items"
	:ivar follows: a change of the value in the shop changes the document; else it stays as it was made
	:ivar length: of a text, 0 for any; :ivar options: the texts that the field takes, () for all
	:ivar decimals: of a number; 0 for a whole one
	:ivar with_time: of a date: the field holds a moment
	:ivar link_to: the DocType that a link names a document of
	"""

	model_config = ConfigDict(extra="forbid", frozen=True)

	path: Name
	target: Target
	field: Name
	kind: FieldKind = FieldKind.TEXT
	follows: bool = False
	length: int = Field(default=0, ge=0)
	options: tuple[str, ...] = ()
	decimals: int = Field(default=6, ge=0, le=9)
	with_time: bool = False
	link_to: str = ""

	@property
	def is_of_account(self) -> bool:
		return self.path.startswith(f"{ACCOUNT}.")

	@property
	def is_of_products(self) -> bool:
		return self.path.startswith(f"{LINES}.{PRODUCT}.")

	@field_validator("path")
	@classmethod
	def _is_a_path(cls, path: str) -> str:
		if not is_path(path):
			raise ValueError(
				"a path is names with dots between them, such as billing.company or meta_data._po"
			)
		return path

	@model_validator(mode="after")
	def _lines_have_paths_of_lines(self) -> "MappedField":
		if self.target is Target.LINE and not self.path.startswith(f"{LINES}."):
			raise ValueError("the path of a field of a line begins with line_items.")
		if self.follows and self.target in MADE_ONCE:
			raise ValueError(
				"a field of a customer or credit note is filled when it is made, and doesn't follow"
			)
		return self
