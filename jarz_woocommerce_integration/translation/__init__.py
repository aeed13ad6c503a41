"""An order, the policy and the lookups become a draft. Pure: no input, no output. Runs without a bench."""
