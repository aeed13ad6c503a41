"""Whether rows are those that ERPNext would write. Needs a site."""
