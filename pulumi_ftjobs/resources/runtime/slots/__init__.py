"""Slots: an account limits the number of unfinished jobs, so a job that the engine will submit needs a slot.

- `slot_request` decides which declarations need one: those for which the provider would submit a job.
- `slot_queue` counts the unfinished jobs of one account and hands out its slots in the order of declaration. The limit
  is `ftjobs:maxActiveJobs`, or the number of active jobs at the moment when the service refused one for too many.
- `job_slots` is what a job's constructor talks to. It holds the registration back until the job has a slot; and when
  the service refuses a job although it had one, the job joins the same queue again (an error hook of the engine).
  Where waiting is disabled, a job without a slot is not held back but left out (`deferred_registration`).

Waiting here is free: no engine worker, no request to the service but one listing per tick.
"""
