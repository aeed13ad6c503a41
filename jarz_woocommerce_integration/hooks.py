app_name = "jarz_woocommerce_integration"
app_title = "Jarz WooCommerce Integration"
app_publisher = "Jarz"
app_description = "Every order of a WooCommerce shop in ERPNext, to the cent"
app_email = "developers@jarz.example"
app_license = "mit"

required_apps = ["erpnext"]
