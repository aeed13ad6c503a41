"""What is added to a site and taken away again: custom fields, indexes, blocks. Needs a site."""
