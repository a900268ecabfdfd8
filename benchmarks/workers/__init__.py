"""The contenders: each module is a process that does one peer's share of the work."""
