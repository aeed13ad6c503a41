"""What products of a shop are compared by, approved and sent: rows and work. Needs a site."""
