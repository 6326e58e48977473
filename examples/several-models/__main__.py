import pulumi

import pulumi_ftjobs as ft

# One row a model. A new row trains one model more, a deleted row gives one up; the others do not notice.
TABLE: dict[str, dict[str, int]] = {
    "argparse": {"n_epochs": 3, "seed": 1},
    "statistics": {"n_epochs": 3, "seed": 1},
    "str": {"n_epochs": 4, "seed": 1},
}

models: dict[str, ft.FineTunedModel] = {}
for topic, chosen in TABLE.items():
    data = ft.FineTuningFile(topic, path=f"data/{topic}.jsonl")
    job = ft.FineTuningJob(
        topic,
        model="gpt-4.1-mini-2025-04-14",
        training_file=data,
        method=ft.supervised(n_epochs=chosen["n_epochs"]),
        seed=chosen["seed"],
        suffix=topic,
        metadata={"topic": topic},
    )
    models[topic] = ft.FineTunedModel(topic, job=job)

pulumi.export("models", {topic: model.name for topic, model in models.items()})
