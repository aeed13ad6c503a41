"""`jarz-woo`: rehearse, check and prove from a command line. Runs without a bench."""
