"""Wrong answers on demand: rules, what each kind does, and the TCP connections that it needs."""
