import pulumi

import pulumi_ftjobs as ft

data = ft.FineTuningFile("support", path="data/support.jsonl")

job = ft.FineTuningJob(
    "support",
    model="gpt-4.1-mini-2025-04-14",
    training_file=data,
    suffix="support",
    adopt_job_id=pulumi.Config().require("jobId"),  # creates no job: adopts this one, or fails and says why
)

model = ft.FineTunedModel("support", job=job)

pulumi.export("fine_tuned_model", model.name)
