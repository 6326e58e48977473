import pulumi

import pulumi_ftjobs as ft

pairs = ft.FineTuningFile("short-answers", path="data/short-answers.jsonl")

job = ft.FineTuningJob(
    "short-answers",
    model="gpt-4.1-mini-2025-04-14",
    training_file=pairs,
    method=ft.dpo(beta=0.1, n_epochs=2),
    suffix="short",
)

model = ft.FineTunedModel("short-answers", job=job)

pulumi.export("fine_tuned_model", model.name)
pulumi.export("metrics", model.metrics)
