"""Reports of orders over the Order Map, grouped by the database. Needs a site."""
