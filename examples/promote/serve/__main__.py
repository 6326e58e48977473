import pulumi

import pulumi_ftjobs as ft

training = pulumi.StackReference(pulumi.Config().require("trainingStack"))
candidate = training.require_output("fine_tuned_model")

# Asks the service, so that a model that is gone, or soon will be, is noticed before it is used.
found = ft.get_model_output(candidate)

pulumi.export("serving", found.id)
pulumi.export("shutdown_date", found.shutdown_date)
pulumi.export("trained_on", training.require_output("training_data"))
