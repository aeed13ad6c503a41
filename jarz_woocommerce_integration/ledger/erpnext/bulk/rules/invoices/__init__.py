"""Rules for the columns of invoices. Needs a site."""
