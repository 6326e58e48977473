"""Everything the server is made of, in one place."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .clock import Clock
from .faults import Faults
from .files import Files
from .jobs import Jobs
from .journal import Journal
from .ledger import Ledger
from .models import Models
from .permissions import Permissions
from .settings import Settings
from .simulated import SimulatedTrainer
from .store import Store
from .trainer import Trainer


@dataclass
class World:
    """Store, clock, trainer and the nouns that live on them."""

    store: Store
    settings: Settings
    clock: Clock
    trainer: Trainer
    files: Files
    ledger: Ledger
    jobs: Jobs
    models: Models
    permissions: Permissions
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)


def make_world(
    path: Path,
    settings: Settings | None = None,
    trainer: Trainer | None = None,
    wall: Callable[[], float] = time.time,
) -> World:
    """A server's insides on the store at this path; a new store if there is none. `wall` is the time of day."""
    store = Store(path)
    settings = settings or Settings()
    trainer = trainer or SimulatedTrainer()
    clock = Clock(store.get_value("clock"), lambda state: store.set_value("clock", state), wall)
    if store.get_value("clock") is None:
        clock.set()
    files = Files(store, clock, settings)
    models = Models(store, settings)
    ledger = Ledger(store, clock, settings, trainer, files, models)
    jobs = Jobs(ledger, clock, settings, trainer, files, models)
    permissions = Permissions(store, clock, settings)
    return World(store, settings, clock, trainer, files, ledger, jobs, models, permissions)
