"""What other apps change in a draft before it is booked."""
