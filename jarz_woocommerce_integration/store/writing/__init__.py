"""What is written into the shop: orders, their notes and refunds, and where tracking numbers are shown."""
