"""What runs beside the resource classes in a program: waiting, slots, deferred registration."""
