"""What the forms of ERPNext's own documents show of a shop. Needs a site."""
