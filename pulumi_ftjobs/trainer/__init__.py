"""The process that trains one job. Started per job, in an environment with torch; imports nothing of this package.

`python pulumi_ftjobs/trainer JOB_FOLDER` reads `request.json` and writes everything else into the same folder
(`job_folder` documents the files). The folder is the only truth: a process that is killed at any moment is started
again on the same folder and continues at the last saved state. Modules without `torch` in their name of imports are
standard library only: the server shares them (`job_folder`, the graders).
"""
