import pulumi

import pulumi_ftjobs as ft

data = ft.FineTuningFile("support", path="data/support.jsonl")

job = ft.FineTuningJob(
    "support",
    model="mdl-7f3a9c2e51d04b6f",
    training_file=data,
    method=ft.supervised(n_epochs=3, lora_rank=16),
    suffix="support",
    max_estimated_cost_usd=5,  # compared with the service's own estimate, right before the job is created
)

model = ft.FineTunedModel("support", job=job)

pulumi.export("fine_tuned_model", model.name)
