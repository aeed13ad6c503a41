"""Import Products: a shop's catalogue into items, by a plan that a person approves, with an undo. Needs a site."""
