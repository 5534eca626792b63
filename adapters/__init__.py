"""What plugs the suite into a domain or a hospital."""
