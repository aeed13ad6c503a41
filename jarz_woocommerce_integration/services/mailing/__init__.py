"""Invoices that go to the customers by e-mail. Needs a site."""
