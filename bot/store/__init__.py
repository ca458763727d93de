"""The database: one transaction a call, domain values in and out."""
