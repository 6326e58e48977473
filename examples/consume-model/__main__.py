import pulumi
from app_settings import AppSettings

import pulumi_ftjobs as ft

data = ft.FineTuningFile("support", path="data/support.jsonl")

job = ft.FineTuningJob(
    "support",
    model="gpt-4.1-mini-2025-04-14",
    training_file=data,
    method=ft.supervised(n_epochs=pulumi.Config().require_int("epochs")),
    suffix="support",
)

model = ft.FineTunedModel("support", job=job)

# Stands for whatever your application reads: a deployment, a parameter store, a feature flag.
AppSettings("app", path="app.json", settings={"model": model.id})

pulumi.export("fine_tuned_model", model.name)
