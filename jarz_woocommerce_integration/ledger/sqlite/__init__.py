"""The ledger in one SQLite file, for rehearsals. Runs without a bench."""
