"""Drafts as ERPNext's documents. Needs a site."""
