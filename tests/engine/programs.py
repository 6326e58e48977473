"""The programs that most stories begin with."""

JOB = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=SEED)
pulumi.export("status", job.status)
"""

JOB_AND_MODEL = (
    JOB
    + """
model = ft.FineTunedModel("a", job=job)
pulumi.export("model", model.name)
"""
)

MANY = """
data = ft.FineTuningFile("data", path="rows.jsonl")
for number in range(COUNT):
    ft.FineTuningJob(f"job{number}", model=MODEL, training_file=data, seed=number)
"""
