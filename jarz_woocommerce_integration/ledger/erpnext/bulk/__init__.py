"""Orders booked as rows of our own making, each kind of them proven against ERPNext's own documents (docs/develop/bulk-booking.md). Needs a site."""
