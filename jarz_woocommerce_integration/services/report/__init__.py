"""The report of a rehearsal, and of taxes. Runs without a bench."""
