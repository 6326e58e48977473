import pulumi

import pulumi_ftjobs as ft

data = ft.FineTuningFile("stdlib", path="data/stdlib.jsonl")

job = ft.FineTuningJob(
    "stdlib",
    model="gpt-4.1-mini-2025-04-14",
    training_file=data,
    suffix="stdlib",
)

model = ft.FineTunedModel("stdlib", job=job)  # exists when the job has succeeded: this is what waits

pulumi.export("status", model.status)
pulumi.export("fine_tuned_model", model.name)
