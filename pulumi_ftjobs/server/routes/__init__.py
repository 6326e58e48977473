"""The routes, one module a noun. They read a request, call a noun of the world and answer; they decide nothing."""
