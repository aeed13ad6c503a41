"""Takes back what a run booked. Needs a site."""
