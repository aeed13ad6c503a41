"""What a payment gateway says it has paid out, line by line, and which payments of the books these lines are."""
