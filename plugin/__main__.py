"""The plugin, as `pulumi package add` starts it."""

from pulumi_ftjobs.native.main import main

main()
