import pulumi

import pulumi_ftjobs as ft

config = pulumi.Config()

behind = ft.Provider(
    "gateway",
    base_url=config.require("url"),
    profile="compatible",
    headers={"x-portkey-provider": "openai", "x-portkey-custom-host": config.require("upstream")},
)
account = pulumi.ResourceOptions(provider=behind)

data = ft.FineTuningFile("support", path="data/support.jsonl", opts=account)

job = ft.FineTuningJob(
    "support",
    model="gpt-4.1-mini-2025-04-14",
    training_file=data,
    method=ft.supervised(n_epochs=3),
    opts=account,
)

model = ft.FineTunedModel("support", job=job)

pulumi.export("fine_tuned_model", model.name)
