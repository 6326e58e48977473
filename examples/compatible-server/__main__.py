import pulumi

import pulumi_ftjobs as ft

rank = pulumi.Config().require_int("loraRank")

data = ft.FineTuningFile("support", path="data/support.jsonl")

job = ft.FineTuningJob(
    "support",
    model="llama-3-8b-instruct",
    training_file=data,
    method=ft.supervised(n_epochs=3),
    # Sent as it is: fields that only this server knows.
    extra_body={"lora": {"r": rank, "alpha": 2 * rank}} if rank else None,
    max_estimated_cost_usd=1,  # needs ftjobs:prices, for no price of such a server is built in
)

model = ft.FineTunedModel("support", job=job)

pulumi.export("fine_tuned_model", model.name)
