"""Payouts of payment gateways: read from a statement, matched with the payments, booked to the bank, and the clearing account explained. Needs a site."""
