"""The parts of a proof that need no site: sums and comparisons of plain data, made where the books are read by `proof_documents`."""
