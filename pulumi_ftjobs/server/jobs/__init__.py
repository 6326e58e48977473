"""Jobs, their events, models and permissions: the state machine behind the routes."""
