import pulumi

import pulumi_ftjobs as ft

data = ft.FineTuningFile("support", path="data/support.jsonl")

# Four jobs. A new value in a list trains the new points alone.
sweep = ft.FineTuningSweep(
    "support",
    base={"model": "gpt-4.1-mini-2025-04-14", "training_file": data, "suffix": "support", "seed": 1},
    grid={"n_epochs": [2, 3], "learning_rate_multiplier": [0.5, 1]},
    metric="train_loss",
    goal="min",
    max_active=3,
)

pulumi.export("best_model", sweep.best_model)
pulumi.export("best", sweep.best)
pulumi.export("table", sweep.table)
