"""Where ERPNext and Frappe may refuse a document that a booking of the history makes: found in their source, by no import of it.

From the events of the documents' controllers on, every function and method is followed that the code names, as far as a name says
what it is: functions of modules, methods of the controller as it would run (`self`), of classes that are named, and of `super()`.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

EVENTS = (
	"autoname",
	"before_naming",
	"before_insert",
	"before_validate",
	"validate",
	"before_save",
	"before_submit",
	"insert",
	"after_insert",
	"on_update",
	"on_submit",
	"on_change",
	"set_missing_values",
)
CONTROLLERS = (
	("erpnext.accounts.doctype.sales_invoice.sales_invoice", "SalesInvoice"),
	("erpnext.accounts.doctype.payment_entry.payment_entry", "PaymentEntry"),
	("erpnext.accounts.doctype.gl_entry.gl_entry", "GLEntry"),
	("erpnext.accounts.doctype.payment_ledger_entry.payment_ledger_entry", "PaymentLedgerEntry"),
	("erpnext.selling.doctype.customer.customer", "Customer"),
	("frappe.contacts.doctype.contact.contact", "Contact"),
	("erpnext.accounts.custom.address", "ERPNextAddress"),
)
# Named by their paths in hooks, or reached by the name of a DocType.
FUNCTIONS = (
	(
		"erpnext.setup.doctype.transaction_deletion_record.transaction_deletion_record",
		"check_for_running_deletion_job",
	),
	(
		"erpnext.accounts.doctype.accounting_period.accounting_period",
		"validate_accounting_period_on_doc_save",
	),
	("erpnext.support.doctype.service_level_agreement.service_level_agreement", "apply"),
)
METHODS = (
	(
		"erpnext.setup.doctype.authorization_control.authorization_control",
		"AuthorizationControl",
		"validate_approving_authority",
	),
)
# Of Frappe: what becomes of a document, and checks of values. Not its database, cache and permissions, which refuse nobody here.
OF_FRAPPE = (
	"frappe.contacts",
	"frappe.model",
	"frappe.utils",
	"frappe.utils.data",
	"frappe.model.base_document",
	"frappe.model.document",
	"frappe.model.naming",
	"frappe.model.workflow",
)

ClassName = tuple[str, str]


class Function(NamedTuple):
	"""A function, or a method of the class in which it stands."""

	module: str
	owner: str
	node: ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class Module:
	functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = field(default_factory=dict)
	classes: dict[str, ast.ClassDef] = field(default_factory=dict)
	imports: dict[str, tuple[str, str]] = field(default_factory=dict)


Found = str | ClassName | Function | None


class Source:
	"""The source of apps. :param root: the folder that has a folder of each app, as a bench's `apps`"""

	def __init__(self, root: Path):
		self.root = root
		self._modules: dict[str, Module | None] = {}
		self._names: dict[tuple[str, str], Found] = {}
		self._methods: dict[ClassName, dict[str, list[Function]]] = {}
		self._seen: set[tuple[str, str, int, ClassName | None]] = set()
		self._statements: dict[tuple[str, str], set[int]] = {}

	def refusals(self) -> dict[tuple[str, str], int]:
		""":return: (module, function) -> how many statements there refuse, of those that a booking may come to"""
		for controller in CONTROLLERS:
			for event in EVENTS:
				self._follow(self._method(controller, event), controller)
		for module, name in FUNCTIONS:
			self._follow(self._named(module, name), None)
		for module, owner, name in METHODS:
			self._follow(self._method((module, owner), name), (module, owner))
		return {key: len(lines) for key, lines in self._statements.items()}

	# --- what is followed ---

	def _follow(self, found: Found, controller: ClassName | None) -> None:
		""":param controller: whose method `self` is"""
		waiting = [(found, controller)]
		while waiting:
			found, controller = waiting.pop()
			if isinstance(found, tuple) and not isinstance(found, Function):
				found, controller = self._method(found, "__init__"), found
			if not isinstance(found, Function) or not _is_followed(found.module):
				continue
			key = found.module, found.owner, found.node.lineno, controller
			if key not in self._seen:
				self._seen.add(key)
				self._note(found)
				waiting += [(each, controller) for each in self._named_in(found, controller)]

	def _note(self, function: Function) -> None:
		lines = {node.lineno for node in ast.walk(function.node) if _refuses(node)}
		if lines:
			name = f"{function.owner}.{function.node.name}" if function.owner else function.node.name
			self._statements.setdefault((function.module, name), set()).update(lines)

	def _named_in(self, function: Function, controller: ClassName | None) -> Iterator[Found]:
		for node in ast.walk(function.node):
			if isinstance(node, ast.Attribute):
				value = node.value
				if isinstance(value, ast.Name) and value.id in ("self", "doc") and controller:
					yield self._method(controller, node.attr)
				elif _is_super(value) and function.owner:
					own = function.module, function.owner
					yield self._method(controller or own, node.attr, after=own)
				yield self._expression(function.module, node)
			elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
				yield self._named(function.module, node.id)

	# --- what a name means ---

	def _named(self, module: str, name: str) -> Found:
		if (module, name) not in self._names:
			self._names[module, name] = self._find(module, name, ())
		return self._names[module, name]

	def _find(self, module: str, name: str, seen: tuple) -> Found:
		read = self._module(module)
		if read is None or (module, name) in seen:
			return None
		if name in read.functions:
			return Function(module, "", read.functions[name])
		if name in read.classes:
			return module, name
		base, attribute = read.imports.get(name, (module, name))
		if not attribute:
			return base
		if name in read.imports and (found := self._find(base, attribute, (*seen, (module, name)))):
			return found
		return f"{base}.{attribute}" if self._path(f"{base}.{attribute}") else None

	def _expression(self, module: str, node: ast.expr) -> Found:
		if isinstance(node, ast.Name):
			return self._named(module, node.id)
		if isinstance(node, ast.Attribute):
			found = self._expression(module, node.value)
			if isinstance(found, str):
				return self._named(found, node.attr)
			if isinstance(found, tuple) and not isinstance(found, Function):
				return self._method(found, node.attr)
		return None

	def _method(self, owner: ClassName, name: str, after: ClassName | None = None) -> Function | None:
		"""The method that would run. :param after: the class whose `super()` is asked"""
		if owner not in self._methods:
			self._methods[owner] = self._methods_of(owner)
		found = self._methods[owner].get(name, [])
		if after is None or after == owner:
			return next((each for each in found if (each.module, each.owner) != after), None)
		order = self._order(owner)
		behind = order[order.index(after) + 1 :] if after in order else order
		return next((each for each in found if (each.module, each.owner) in behind), None)

	def _methods_of(self, owner: ClassName) -> dict[str, list[Function]]:
		methods: dict[str, list[Function]] = {}
		for module, each in self._order(owner):
			for node in self._class(module, each).body:
				if isinstance(node, ast.FunctionDef):
					methods.setdefault(node.name, []).append(Function(module, each, node))
		return methods

	def _order(self, owner: ClassName) -> list[ClassName]:
		"""The class and all that it inherits from: where two have the same parent, the parent comes after both."""
		order = [owner]
		for base in self._class(*owner).bases:
			found = self._expression(owner[0], base)
			if isinstance(found, tuple) and not isinstance(found, Function):
				for each in self._order(found):
					if each in order:
						order.remove(each)
					order.append(each)
		return order

	def _class(self, module: str, name: str) -> ast.ClassDef:
		read = self._module(module)
		assert read
		return read.classes[name]

	# --- files ---

	def _path(self, module: str) -> Path | None:
		path = self.root.joinpath(module.partition(".")[0], *module.split("."))
		return next((each for each in (path / "__init__.py", path.with_suffix(".py")) if each.exists()), None)

	def _module(self, name: str) -> Module | None:
		if name not in self._modules:
			path = self._path(name)
			self._modules[name] = _read(path, name) if path else None
		return self._modules[name]


def _read(path: Path, name: str) -> Module:
	read = Module()
	tree = ast.parse(path.read_text(encoding="utf-8"))
	package = name if path.name == "__init__.py" else name.rpartition(".")[0]
	for node in ast.walk(tree):
		if isinstance(node, ast.Import):
			for alias in node.names:
				whole = alias.name if alias.asname else alias.name.partition(".")[0]
				read.imports.setdefault(alias.asname or whole, (whole, ""))
		elif isinstance(node, ast.ImportFrom):
			above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
			base = ".".join([*above, *filter(None, [node.module])])
			for alias in node.names:
				read.imports.setdefault(alias.asname or alias.name, (base, alias.name))
	_collect(read, tree.body)
	return read


def _collect(read: Module, statements: list[ast.stmt]) -> None:
	for node in statements:
		if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
			read.functions[node.name] = node
		elif isinstance(node, ast.ClassDef):
			read.classes[node.name] = node
		elif isinstance(node, ast.If | ast.Try):
			_collect(read, [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)])


def _is_followed(module: str) -> bool:
	return module.startswith(("erpnext.", "frappe.contacts.")) or module in OF_FRAPPE


def _refuses(node: ast.AST) -> bool:
	if isinstance(node, ast.Raise):
		return node.exc is not None
	if not isinstance(node, ast.Call):
		return False
	called = node.func
	name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
	return name == "throw"


def _is_super(node: ast.expr) -> bool:
	return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
