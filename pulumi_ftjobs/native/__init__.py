"""The plugin `pulumi-resource-ftjobs`: the same resources for every Pulumi language, over `operations`."""
