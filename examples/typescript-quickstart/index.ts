import * as ftjobs from "pulumi-ftjobs";

const rows = new ftjobs.FineTuningFile("rows", { path: "data/support.jsonl" });

const job = new ftjobs.FineTuningJob("support", {
    model: "gpt-4.1-mini-2025-04-14",
    trainingData: rows,
    suffix: "support",
});

const model = new ftjobs.FineTunedModel("model", { jobId: job.id }); // creating it waits for the job

export const status = model.status;
export const fineTunedModel = model.name;
