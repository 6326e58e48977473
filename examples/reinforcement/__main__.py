import pulumi

import pulumi_ftjobs as ft

questions = ft.FineTuningFile("modules", path="data/modules.jsonl")

# Every row has the right answer in its own key `module`: mostly points for exactly that, some for coming close.
grader = {
    "type": "multi",
    "calculate_output": "0.8 * exact + 0.2 * close",
    "graders": {
        "exact": {
            "type": "string_check",
            "name": "exact",
            "operation": "eq",
            "input": "{{sample.output_text}}",
            "reference": "{{item.module}}",
        },
        "close": {
            "type": "text_similarity",
            "name": "close",
            "evaluation_metric": "fuzzy_match",
            "input": "{{sample.output_text}}",
            "reference": "{{item.module}}",
        },
    },
}

job = ft.FineTuningJob(
    "modules",
    model="o4-mini-2025-04-16",
    training_file=questions,
    validation_file=ft.FineTuningFile("modules-check", path="data/modules-check.jsonl"),
    method=ft.reinforcement(grader, n_epochs=1, reasoning_effort="low"),
    suffix="modules",
)

model = ft.FineTunedModel("modules", job=job)

pulumi.export("fine_tuned_model", model.name)
