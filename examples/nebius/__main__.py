import pulumi

import pulumi_ftjobs as ft

data = ft.FineTuningFile("support", path="data/support.jsonl")

job = ft.FineTuningJob(
    "support",
    model="meta-llama/Meta-Llama-3.1-8B-Instruct",
    training_file=data,
    # Written as top-level hyperparameters there: n_epochs, lora_r and lora.
    method=ft.supervised(n_epochs=3, lora_rank=16),
    suffix="support",
)

# There a model has a name only once it is deployed; destroy ends the deployment.
model = ft.FineTunedModel("support", job=job, deploy=True)

pulumi.export("fine_tuned_model", model.name)
