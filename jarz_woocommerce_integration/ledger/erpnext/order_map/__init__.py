"""The Order Map in ERPNext: one row for each order that was ever seen, written and read with SQL. Needs a site."""
