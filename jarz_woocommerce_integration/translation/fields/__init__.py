"""The merchant's own mapping: which value of an order goes into which field of the documents that are made of it."""
