"""Which prices a shop is to have. Plain prices in, plain prices out."""
