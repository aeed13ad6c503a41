"""The first steps of a site with this app. Needs a site."""
