"""Every error that a user can meet: what is wrong, where, and what to do about it.

`retryable` says whether the same call may succeed later without anybody changing anything.
"""


class WooCommerceIntegrationError(Exception):
	"""Base of all errors of this app.

	:param message: what is wrong and where, in one sentence, without secrets
	:param what_to_do: what the reader can do about it, in one sentence
	"""

	retryable = False

	def __init__(self, message: str, what_to_do: str = ""):
		super().__init__(message)
		self.message = message
		self.what_to_do = what_to_do

	def __str__(self) -> str:
		return f"{self.message} {self.what_to_do}".strip()


def without_frames(error: BaseException) -> BaseException:
	"""The error without its traceback, and without those that led to it: what their frames hold isn't for a log."""
	error.__cause__ = error.__context__ = None
	return error.with_traceback(None)


class UnforeseenError(WooCommerceIntegrationError):
	"""The app itself broke. Described by the class and the place of the error: its own text may have something of an order."""


# --- the store ---------------------------------------------------------------------------------


class StoreError(WooCommerceIntegrationError):
	"""The store, or the way to it, refused or failed.

	:param status: HTTP status of the answer, None where there was none
	:param code: WooCommerce's error code (`woocommerce_rest_cannot_view`), "" where there was none
	"""

	def __init__(self, message: str, what_to_do: str = "", status: int | None = None, code: str = ""):
		super().__init__(message, what_to_do)
		self.status = status
		self.code = code


class StoreUnreachableError(StoreError):
	"""No connection, a cut connection or no answer in time."""

	retryable = True


class StoreThrottledError(StoreError):
	"""429, or 503 with a Retry-After: the store asks for a pause of `retry_after` seconds."""

	retryable = True

	def __init__(self, message: str, what_to_do: str = "", retry_after: float = 0.0, **answer):
		super().__init__(message, what_to_do, **answer)
		self.retry_after = retry_after


class BudgetUnavailableError(StoreError):
	"""The shared count of requests can't be reached, so nothing may be sent."""

	retryable = True


class StoreUnwellError(StoreError):
	"""408, 425 or 5xx: the store could not answer this time."""

	retryable = True


class StoreAnswerNotJSONError(StoreError):
	"""The body isn't JSON, whatever the status says: a warning, a challenge or a maintenance page."""

	retryable = True


class StoreAuthenticationError(StoreError):
	"""401 or 403: the key, its permission, the signature or the clock."""


class StoreClosedError(StoreAuthenticationError):
	"""A plugin closes the REST API, or a firewall stands before it: the key was never looked at."""


class StoreWriteRefusedError(StoreAuthenticationError):
	"""The key may read, but not write."""


class PrivateAddressError(StoreError):
	"""The store's address leads into a private network, which isn't allowed."""


class AnswerTooLargeError(StoreError):
	"""An answer is larger than any that is read."""


class ImageRefusedError(StoreError):
	"""An image of a product isn't taken: it is no image, too large, or not of the shop's own host."""


class StoreNotFoundError(StoreError):
	"""404: no such order, or no such route."""


class StoreRequestRefusedError(StoreError):
	"""Any other 4xx: the request itself is at fault."""


class StoreListError(StoreError):
	"""A list isn't what was asked for, so that orders would be missed: what was read of it isn't to be relied on."""


class StoreDateFilterError(StoreListError):
	"""A list that was asked for by date leaves out an order that must be in it, or has those that mustn't."""


class StorePagingError(StoreListError):
	"""Each page of a list is answered with the same one."""


class StoreRedirectedError(StoreError):
	"""The address answers with a redirect, which would drop the key or the query.

	:param address: the store's address that the redirect points to, "" where it names none
	"""

	def __init__(self, message: str, what_to_do: str = "", address: str = "", **answer):
		super().__init__(message, what_to_do, **answer)
		self.address = address


class NotAWooCommerceStoreError(StoreError):
	"""Something answers at the address, but it isn't WooCommerce's REST API."""


class NotToBeSentError(WooCommerceIntegrationError):
	"""What was to be sent to the shop can't be, as the order is there now. A person has to look at both."""


class PayloadError(WooCommerceIntegrationError):
	"""A body that isn't what its route promises. The message names the field.

	:param identifier: the order's (or refund's) id where it could be read, else None
	"""

	def __init__(self, message: str, what_to_do: str = "", identifier: int | None = None):
		super().__init__(message, what_to_do)
		self.identifier = identifier


# --- the merchant's files ----------------------------------------------------------------------


class PolicyError(WooCommerceIntegrationError):
	"""The policy file can't be read, or a table in it has a mistake. The message names the place."""


class MasterDataError(WooCommerceIntegrationError):
	"""A CSV of items, customers or territories can't be read. The message names the file and line."""


class ProductImportError(WooCommerceIntegrationError):
	"""A line of a product import can't be applied, or an import isn't in a state for what is asked."""


class StatementError(WooCommerceIntegrationError):
	"""A gateway's statement can't be read, or its payout can't be booked as it is. The message names the line or the field."""


# --- the store's settings on a site -------------------------------------------------------------


class StoreSetupError(WooCommerceIntegrationError):
	"""No store is set up, or the form of one has a mistake. The message names the field."""


class AnotherShopError(StoreSetupError):
	"""The store's address leads to another shop than the one whose orders are booked."""


class ResolutionError(WooCommerceIntegrationError):
	"""A person's decision about a held order can't be taken as it was given."""


class CustomerLinkError(WooCommerceIntegrationError):
	"""Two customers can't be taken for one person, or split again."""


# --- the ledger --------------------------------------------------------------------------------


class LedgerError(WooCommerceIntegrationError):
	"""The ledger can't be used."""


class LedgerOfAnotherStoreError(LedgerError):
	"""The ledger holds the books of another shop."""


class LedgerVersionError(LedgerError):
	"""The ledger was written by a newer version of this app, or isn't a ledger at all."""


class LedgerInUseError(LedgerError):
	"""Another run is working on this ledger."""


class RunStateError(LedgerError):
	"""A run can't do in its state what is asked of it."""


class NotItsTurnError(LedgerError):
	"""A page must wait for one before it, which no worker has yet."""

	retryable = True


class LedgerStorageError(LedgerError):
	"""The disk is full or can't be written."""


class OrderNotStoredError(LedgerError):
	"""The ledger can't store one order at all, whatever a person does in the books. Its neighbours are booked.

	:param reason: code by which failed orders are grouped
	"""

	def __init__(self, message: str, what_to_do: str = "", reason: str = "not_stored"):
		super().__init__(message, what_to_do)
		self.reason = reason


class BookingRefusedError(LedgerError):
	"""The ledger refuses one order. Its neighbours are booked.

	:param reason: code by which held orders are grouped
	"""

	def __init__(self, message: str, what_to_do: str = "", reason: str = "ledger_refused"):
		super().__init__(message, what_to_do)
		self.reason = reason


class NeedsDocumentsError(Exception):
	"""The rows of one order, or of one customer, can't be written without ERPNext's documents. Documents take it.

	:ivar reason: a few words for the run's list, without names of persons
	"""

	def __init__(self, reason: str):
		super().__init__(reason)
		self.reason = reason
