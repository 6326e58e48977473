import pulumi

import pulumi_ftjobs as ft

config = pulumi.Config()

accounts = {
    name: ft.Provider(
        name,
        api_key=config.require_secret(f"{name}Key"),
        project=config.require(f"{name}Project"),
    )
    for name in ("research", "product")
}

for name, account in accounts.items():
    # Everything with this option belongs to this account. A file of one account is unknown to the other.
    here = pulumi.ResourceOptions(provider=account)
    data = ft.FineTuningFile(f"{name}-data", path="data/support.jsonl", opts=here)
    job = ft.FineTuningJob(
        name,
        model="gpt-4.1-mini-2025-04-14",
        training_file=data,
        suffix=name,
        opts=here,
    )
    model = ft.FineTunedModel(name, job=job, opts=here)
    pulumi.export(name, model.name)
