"""What people may do in the books through this app, though no role of ERPNext's lets them. Needs a site."""
