"""The checklist before a migration. Needs a site."""
