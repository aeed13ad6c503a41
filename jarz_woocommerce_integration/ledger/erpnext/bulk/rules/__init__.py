"""One module for each DocType: column -> rule. Needs a site."""
