"""What runs in the engine's provider process: frozen, thin shells around lifecycle and api."""
