"""What trains: the interface, the simulated trainer, base models, hyperparameters and graders.

A second trainer needs three things, and no change to routes, jobs or storage:

1. a class with the members of `trainer_interface.Trainer`. `server_process.Options.make_trainer` is a function that
   receives the path of the store and returns it; `Options.base_models` says what can be trained (`base_models`);
2. `start` keeps what the run needs (the paths in `Task` belong to the client) and returns a small JSON object, the run.
   The server stores it with the job and passes it to each call: the trainer must not need any other memory;
3. `tend` is idempotent. `jobs.job_scheduler` calls it about four times a second for each running job: it settles jobs
   that have finished, admits queued ones while there are `slots`, then tends. `Progress.ends` is None for a trainer
   that cannot know when it will finish; the job finishes when `Progress.done` is True.

Only a `ScriptableTrainer` takes scenarios, seeds with jobs, a changed clock, and the operator's freeze, thaw, succeed
and failures at a step; with any other the server refuses them by name.
"""
