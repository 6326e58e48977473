"""Jobs that wait for one of the limited active slots of an account."""
