"""What is different about each service that the server can imitate, as data: one frozen profile per service.

Sources and gaps are in docs/embedded-api.md. Where no document says what a service does, the profile takes the
harder case for a client: no metadata in answers, no filter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pulumi_ftjobs.server.training.base_models import OPENAI_MODELS, BaseModel, BaseModels

ServiceName = Literal["openai", "azure", "bedrock", "nebius", "crusoe"]
DEFAULT_ORGANIZATION = "org-ftjobs"
MEMBERS = frozenset(
    {
        "model",
        "training_file",
        "validation_file",
        "suffix",
        "seed",
        "metadata",
        "integrations",
        "hyperparameters",
        "method",
    }
)
"""The members of a create request in OpenAI's API."""


@dataclass(frozen=True)
class ServiceProfile:
    """One service: what it accepts, what it answers, and what happens after a job has succeeded."""

    name: ServiceName
    title: str
    """What the status page calls it."""
    bases: BaseModels = OPENAI_MODELS
    any_model: bool = False
    """Model ids are opaque: every one is accepted."""
    azure_vocabulary: bool = False
    """Answers use Azure's statuses, member names and error codes."""

    members: frozenset[str] = MEMBERS
    """Accepted members of a create request."""
    suffix: str = r".{1,64}"
    """Regular expression that a suffix must match."""
    suffix_rule: str = "'suffix' has 1 to 64 characters"
    hyperparameters: frozenset[str] = frozenset()
    """Names accepted beside OpenAI's."""
    refused_hyperparameters: frozenset[str] = frozenset()
    grader_types: frozenset[str] | None = None
    """Accepted types of graders; None: OpenAI's."""
    integrations: frozenset[str] = frozenset({"wandb"})

    keeps_metadata: bool = True
    """False: answers have no metadata."""
    filters_metadata: bool = True
    """False: the list ignores the metadata filter."""
    permanent_jobs: bool = True
    """False: jobs can be deleted."""
    pausable: bool = True
    """False: there is no pause and no resume."""
    ordered_events: bool = True
    """False: a page of events comes in no particular order."""
    counts_steps: bool = False
    """Jobs have `trained_steps` and `total_steps`."""
    checkpoint_files: bool = False
    """Checkpoints have `result_files`."""

    name_delay: float = 0.0
    """Seconds after success before `fine_tuned_model` has a value."""
    deploys: bool = False
    """A tuned model exists only after a call of `POST /v0/models`; jobs never have a `fine_tuned_model`."""
    estimates_price: bool = False
    """`POST /fine_tuning/jobs/estimate_price` exists."""
    lists_metrics: bool = False
    """`GET /fine_tuning/jobs/{id}/metrics` exists."""


def _models(methods: tuple[str, ...], *names: str) -> BaseModels:
    return BaseModels({name: BaseModel(methods) for name in names})


OPENAI = ServiceProfile("openai", "OpenAI")
AZURE = ServiceProfile(
    "azure",
    "Azure OpenAI",
    azure_vocabulary=True,
    members=MEMBERS | {"trainingType"},
    suffix=r"[A-Za-z0-9_-]{1,40}",
    suffix_rule="'suffix' has at most 40 letters, digits, - and _",
    permanent_jobs=False,
)
BEDROCK = ServiceProfile(
    "bedrock",
    "Amazon Bedrock",
    bases=_models(("supervised", "reinforcement"), "openai.gpt-oss-20b", "qwen.qwen3-32b"),
    members=MEMBERS - {"suffix"},
    grader_types=frozenset({"lambda"}),
    keeps_metadata=False,
    filters_metadata=False,
)
NEBIUS = ServiceProfile(
    "nebius",
    "Nebius Token Factory",
    bases=_models(
        ("supervised",),
        "meta-llama/Meta-Llama-3.1-8B-Instruct",
        "meta-llama/Llama-3.3-70B-Instruct",
        "openai/gpt-oss-20b",
        "Qwen/Qwen3-32B",
    ),
    members=MEMBERS - {"method"},
    hyperparameters=frozenset(
        {
            "learning_rate",
            "warmup_ratio",
            "weight_decay",
            "max_grad_norm",
            "context_length",
            "packing",
            "lora",
            "lora_r",
            "lora_alpha",
            "lora_dropout",
        }
    ),
    refused_hyperparameters=frozenset({"learning_rate_multiplier"}),
    integrations=frozenset({"wandb", "mlflow", "huggingface"}),
    keeps_metadata=False,
    filters_metadata=False,
    pausable=False,
    counts_steps=True,
    checkpoint_files=True,
    deploys=True,
)
CRUSOE = ServiceProfile(
    "crusoe",
    "Crusoe Intelligence",
    bases=_models(("supervised",), "mdl-7f3a9c2e51d04b6f", "mdl-c41e08b7d2f94a35"),
    any_model=True,
    members=MEMBERS - {"hyperparameters"},
    hyperparameters=frozenset({"learning_rate", "lora_rank", "overlong_row_behavior"}),
    refused_hyperparameters=frozenset({"learning_rate_multiplier"}),
    keeps_metadata=False,
    filters_metadata=False,
    ordered_events=False,
    name_delay=120.0,
    estimates_price=True,
    lists_metrics=True,
)

PROFILES: Mapping[str, ServiceProfile] = {p.name: p for p in (OPENAI, AZURE, BEDROCK, NEBIUS, CRUSOE)}


@dataclass(frozen=True)
class MountedProfiles:
    """The profiles of one server: the first answers under `/v1`, each under `/as/<name>`."""

    profiles: Mapping[str, ServiceProfile] = field(default_factory=lambda: {OPENAI.name: OPENAI})

    @classmethod
    def named(cls, names: tuple[str, ...], bases: BaseModels | None = None) -> MountedProfiles:
        """Choose profiles by name; `bases` replaces their base models. Raises `ValueError` with one sentence."""
        unknown = [name for name in names if name not in PROFILES]
        if unknown:
            raise ValueError(f"unknown service {unknown[0]!r}; known: {', '.join(PROFILES)}")
        chosen = [PROFILES[name] for name in names] or [OPENAI]
        return cls({p.name: replace(p, bases=bases or p.bases) for p in chosen})

    @property
    def first(self) -> ServiceProfile:
        """The profile that answers without a prefix."""
        return next(iter(self.profiles.values()))

    def of(self, name: str) -> ServiceProfile:
        """Return the profile of a stored job, also one that this server no longer mounts."""
        return self.profiles.get(name) or PROFILES[name]

    def organization(self, profile: ServiceProfile) -> str:
        """Return the organization of a key that stands for none: services do not see each other's jobs."""
        alone = profile.name == self.first.name or profile.name not in self.profiles
        return DEFAULT_ORGANIZATION if alone else f"org-{profile.name}"

    def route(self, path: str) -> tuple[ServiceProfile, str]:
        """Find the profile of a URL path, and the path without the profile's prefix."""
        for name, profile in self.profiles.items():
            prefix = f"/as/{name}"
            if path.startswith(f"{prefix}/"):
                return profile, path.removeprefix(prefix)
        if path.startswith("/openai/"):
            return self.profiles.get(AZURE.name) or replace(AZURE, bases=self.first.bases), path
        return self.first, path
