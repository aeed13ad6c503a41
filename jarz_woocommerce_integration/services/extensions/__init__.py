"""Hooks that other apps have for orders: filters of drafts and listeners. Needs a site."""
