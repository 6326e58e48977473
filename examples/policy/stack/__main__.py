import pulumi

import pulumi_ftjobs as ft

data = ft.FineTuningFile("support", path="data/support.jsonl")

job = ft.FineTuningJob(
    "support",
    model="gpt-4.1-mini-2025-04-14",
    training_file=data,
    method=ft.supervised(n_epochs=pulumi.Config().get_int("epochs") or 3),
    metadata={"team": "support", "cost-center": "4711"},
    triggers=pulumi.Config().get("retrain"),
)

model = ft.FineTunedModel("support", job=job)

pulumi.export("fine_tuned_model", model.name)
