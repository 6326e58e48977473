import pulumi

import pulumi_ftjobs as ft

MODEL = "gpt-4.1-mini-2025-04-14"


data = ft.FineTuningFile("data", path="rows.jsonl")
done = ft.FineTuningJob(
    "done",
    model="gpt-4.1-mini",
    training_file=data,
    validation_file=data,
    method=ft.supervised(n_epochs=2),
    suffix="recorded",
    metadata={"team": "blue", "token": pulumi.Output.secret("private")},
    triggers={"day": 1},
)
model = ft.FineTunedModel("done", job=done)
plain = ft.FineTuningJob("plain", model=MODEL, training_file=data)
ft.CheckpointPermission("shared", checkpoint=model.name, project_id="proj_shared")
account = ft.Provider("account", project="proj_other")
other = pulumi.ResourceOptions(provider=account)
theirs = ft.FineTuningFile("theirs", path="rows.jsonl", opts=other)
ft.FineTuningJob("theirs", model=MODEL, training_file=theirs, seed=0, opts=other)
