import pulumi

import pulumi_ftjobs as ft

questions = ft.FineTuningFile("modules", path="data/modules.jsonl")

job = ft.FineTuningJob(
    "modules",
    model="openai.gpt-oss-20b",
    training_file=questions,
    validation_file=ft.FineTuningFile("modules-check", path="data/modules-check.jsonl"),
    method=ft.reinforcement(
        {"type": "lambda", "lambda": {"function": pulumi.Config().require("graderFunction")}},
        n_epochs=1,
    ),
)

model = ft.FineTunedModel("modules", job=job)

pulumi.export("fine_tuned_model", model.name)
