import pulumi

import pulumi_ftjobs as ft

config = pulumi.Config()

data = ft.FineTuningFile("support", path="data/support.jsonl")

job = ft.FineTuningJob(
    "support",
    model="gpt-4.1-mini-2025-04-14",
    training_file=data,
    method=ft.supervised(n_epochs=3),
    suffix="support",
    extra_body={"trainingType": config.require("trainingType")},  # a field of Azure's own
)

model = ft.FineTunedModel("support", job=job)

pulumi.export("fine_tuned_model", model.name)  # what a deployment of Azure OpenAI asks for
