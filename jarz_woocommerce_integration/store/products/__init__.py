"""A shop's whole catalogue: products and variations with all that an item of the books is made of, and their stock."""
