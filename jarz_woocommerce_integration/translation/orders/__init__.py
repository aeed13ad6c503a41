"""One order on its way to a draft: what is worked out of it once, what it becomes, and its draft."""
