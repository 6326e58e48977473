"""The parts of a server and how they are connected."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pulumi_ftjobs.server.faults.fault_rules import FaultRules
from pulumi_ftjobs.server.jobs.deployment_store import DeploymentStore
from pulumi_ftjobs.server.jobs.job_scheduler import JobScheduler
from pulumi_ftjobs.server.jobs.job_service import JobService
from pulumi_ftjobs.server.jobs.job_store import JobStore
from pulumi_ftjobs.server.jobs.model_store import ModelStore
from pulumi_ftjobs.server.jobs.operator_actions import OperatorActions
from pulumi_ftjobs.server.jobs.permission_store import PermissionStore
from pulumi_ftjobs.server.request_log import RequestLog
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.service_profiles import MountedProfiles
from pulumi_ftjobs.server.storage.record_store import Store
from pulumi_ftjobs.server.training.simulated_trainer import SimulatedTrainer
from pulumi_ftjobs.server.training.trainer_interface import Trainer
from pulumi_ftjobs.server.uploads.file_store import FileStore


@dataclass
class Services:
    """Store, clock, trainer and the nouns that live on them."""

    store: Store
    settings: Settings
    profiles: MountedProfiles
    clock: Clock
    trainer: Trainer
    files: FileStore
    job_store: JobStore
    jobs: JobService
    models: ModelStore
    permissions: PermissionStore
    actions: OperatorActions
    scheduler: JobScheduler
    deployments: DeploymentStore
    inference_url: str | None = None
    """Where prompts are passed on to; None: they are refused."""
    request_log: RequestLog = field(default_factory=RequestLog)
    faults: FaultRules = field(default_factory=FaultRules)


def make_services(
    path: Path,
    settings: Settings | None = None,
    trainer: Trainer | None = None,
    profiles: MountedProfiles | None = None,
    wall: Callable[[], float] = time.time,
) -> Services:
    """Build a server's parts on the store at this path, made if there is none. `wall` is the time of day."""
    store = Store(path)
    settings = settings or Settings()
    trainer = trainer or SimulatedTrainer()
    clock = Clock(store.get_value("clock"), lambda state: store.set_value("clock", state), wall)
    if store.get_value("clock") is None:
        clock.set()
    profiles = profiles or MountedProfiles()
    files = FileStore(store, clock, settings)
    models = ModelStore(store, settings)
    job_store = JobStore(store, clock, settings, trainer, files, models, profiles)
    jobs = JobService(job_store, clock, settings, trainer, files, models)
    permissions = PermissionStore(store, clock, settings)
    actions = OperatorActions(job_store, clock, trainer)
    scheduler = JobScheduler(job_store, clock, trainer)
    trainer.retain(job_store.ids())
    return Services(
        store,
        settings,
        profiles,
        clock,
        trainer,
        files,
        job_store,
        jobs,
        models,
        permissions,
        actions,
        scheduler,
        DeploymentStore(store, clock, job_store),
    )
