"""What people can do, one transaction a method."""
