# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

import json

from frappe.model.document import Document

from jarz_woocommerce_integration.services.live import pauses as live_pauses, state as live_state
from jarz_woocommerce_integration.services.desk import store_rules, stored_texts
from jarz_woocommerce_integration.services.prices import levels as price_levels
from jarz_woocommerce_integration.services.stock import levels as stock_levels


class WooCommerceStore(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_action.woocommerce_store_action import (
			WooCommerceStoreAction,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_currency.woocommerce_store_currency import (
			WooCommerceStoreCurrency,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_fee.woocommerce_store_fee import (
			WooCommerceStoreFee,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_field.woocommerce_store_field import (
			WooCommerceStoreField,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_gateway.woocommerce_store_gateway import (
			WooCommerceStoreGateway,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_role.woocommerce_store_role import (
			WooCommerceStoreRole,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_location.woocommerce_store_location import (
			WooCommerceStoreLocation,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_shipping_method.woocommerce_store_shipping_method import (
			WooCommerceStoreShippingMethod,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_status.woocommerce_store_status import (
			WooCommerceStoreStatus,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_tax.woocommerce_store_tax import (
			WooCommerceStoreTax,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_tax_class.woocommerce_store_tax_class import (
			WooCommerceStoreTaxClass,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_tender.woocommerce_store_tender import (
			WooCommerceStoreTender,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_territory.woocommerce_store_territory import (
			WooCommerceStoreTerritory,
		)
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store_warehouse.woocommerce_store_warehouse import (
			WooCommerceStoreWarehouse,
		)

		actions: DF.Table[WooCommerceStoreAction]
		bundles: DF.Literal["Keep Parent", "Explode"]
		cards_as_coupons: DF.Literal["Discount", "Payment"]
		check_level: DF.Data | None
		check_result: DF.SmallText | None
		company: DF.Link
		company_customer: DF.Literal["Company", "Person"]
		consumer_key: DF.Password | None
		consumer_secret: DF.Password | None
		cost_center: DF.Link | None
		country: DF.Data | None
		currencies: DF.Table[WooCommerceStoreCurrency]
		currencies_found: DF.Code | None
		currency: DF.Link | None
		customer_group: DF.Link | None
		customer_mode: DF.Literal["One per Person", "One for All Orders"]
		default_mode_of_payment: DF.Link
		default_paid: DF.Literal["When Paid", "At Once", "On Delivery"]
		default_payment_account: DF.Link
		default_repaid: DF.Literal["As Paid", "As Paid, Listed", "Listed Only"]
		delivery_date_keys: DF.SmallText | None
		delivery_notes: DF.Literal["None", "Draft", "Submitted"]
		delivery_slot_keys: DF.SmallText | None
		discounts_account: DF.Link
		enabled: DF.Check
		fees: DF.Table[WooCommerceStoreFee]
		fees_account: DF.Link
		gateways: DF.Table[WooCommerceStoreGateway]
		home: DF.Data | None
		incidents: DF.Code | None
		income_account: DF.Link
		invoice_naming: DF.Literal["Order Number", "Naming Series"]
		invoice_prefix: DF.Data | None
		item_group: DF.Link | None
		language_keys: DF.SmallText | None
		last_checked: DF.Datetime | None
		last_reconciled: DF.Datetime | None
		last_reconciled_whole: DF.Datetime | None
		last_run: DF.Data | None
		last_synced: DF.Datetime | None
		live_since: DF.Datetime | None
		live_sync: DF.Check
		mapped_fields: DF.Table[WooCommerceStoreField]
		mail_account: DF.Link | None
		mail_amended: DF.Check
		mail_invoices: DF.Check
		mail_language: DF.Link | None
		mail_letter_head: DF.Link | None
		mail_print_format: DF.Link | None
		mail_template: DF.Link | None
		migrated_until: DF.Datetime | None
		naming_series: DF.Literal[None]
		negative_total: DF.Literal["Credit Note", "Hold"]
		new_products: DF.Literal["Ask", "Create"]
		noted_until: DF.Datetime | None
		on_deleted: DF.Literal["Keep", "Cancel"]
		one_customer: DF.Data | None
		payments_as: DF.Literal["Payment Entry", "POS Payment"]
		phone_country: DF.Data | None
		placeholder_emails: DF.SmallText | None
		placeholder_item: DF.Data
		price_decimals: DF.Int
		price_list: DF.Link | None
		price_list_tax: DF.Literal["As in the Shop", "Without Tax", "With Tax"]
		prices_compared: DF.Datetime | None
		product_images: DF.Literal["Address", "Stored"]
		receivable_account: DF.Link
		received_unbooked: DF.Literal["List", "Advance"]
		reconciliation: DF.Code | None
		refund_item: DF.Data
		refund_limit: DF.Currency
		refunds_account: DF.Link
		regular_price_list: DF.Link | None
		repay_refunds: DF.Check
		restock_refunds: DF.Check
		role_prices_by: DF.Literal["", "Wholesale Prices"]
		roles: DF.Table[WooCommerceStoreRole]
		rounding_account: DF.Link
		rounding_tolerance: DF.Float
		sale_price_list: DF.Link | None
		send_notes: DF.Check
		send_prices: DF.Literal["Off", "List Differences", "Keep in Step"]
		send_refunds: DF.Check
		send_status: DF.Check
		send_stock: DF.Literal["Off", "List Differences", "Keep in Step"]
		send_tracking: DF.Check
		several_currencies: DF.Literal["Second Customer", "Hold"]
		shipping_account: DF.Link
		shipping_methods: DF.Table[WooCommerceStoreShippingMethod]
		statuses: DF.Table[WooCommerceStoreStatus]
		stock_basis: DF.Literal["Actual Quantity", "Actual less Reserved", "Projected Quantity"]
		stock_compared: DF.Datetime | None
		stock_decimals: DF.Check
		stock_disabled_to_zero: DF.Check
		stock_less_undelivered: DF.Check
		stock_location_plugin: DF.Literal[
			"", "Stock Locations for WooCommerce", "WooCommerce Multi Locations Inventory Management"
		]
		stock_locations: DF.Table[WooCommerceStoreLocation]
		stock_safety: DF.Float
		stock_shared: DF.Literal["Leave Alone", "Sum of Variations"]
		stock_warehouses: DF.TableMultiSelect[WooCommerceStoreWarehouse]
		store_credit_account: DF.Link | None
		store_name: DF.Data
		sub_orders: DF.Literal["Parent", "Sub-orders"]
		sync_error: DF.SmallText | None
		sync_every: DF.Int
		sync_stopped: DF.Check
		synced_until: DF.Datetime | None
		tax_account: DF.Link
		tax_classes: DF.Table[WooCommerceStoreTaxClass]
		tax_number_keys: DF.SmallText | None
		taxes: DF.Table[WooCommerceStoreTax]
		tenders: DF.Table[WooCommerceStoreTender]
		territories: DF.Table[WooCommerceStoreTerritory]
		territory: DF.Link | None
		time_zone: DF.Data | None
		unknown_items: DF.Literal["Hold", "Placeholder", "Create"]
		update_stock: DF.Check
		url: DF.Data
		warehouse: DF.Link | None
		webhook_secret: DF.Password | None
		webhooks_checked: DF.Datetime | None
		webhooks_found: DF.Code | None
		webhooks_status: DF.Literal["", "Not Registered", "Active", "Needs Attention"]
		when_changed: DF.Literal["Amend", "Hold"]
		woocommerce_version: DF.Data | None
	# end: auto-generated types

	def onload(self):
		"""The form offers the naming series that invoices of the site have, and shows a pause of the shop and what differs."""
		self.set_onload("naming_series_options", store_rules.naming_series_options())
		self.set_onload("paused_until", live_pauses.paused_until(self))
		self.set_onload("reconciliation", stored_texts.shown_in(json.loads(self.reconciliation or "{}")))

	def before_insert(self):
		store_rules.add_usual_statuses(self)

	def validate(self):
		store_rules.validate_store(self)

	def on_update(self):
		live_state.forget_pause(self.name)
		stock_levels.store_saved(self)
		price_levels.store_saved(self)
