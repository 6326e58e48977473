"""The plugin, as `pulumi package add` starts it."""

from pulumi_ftjobs.native.plugin_process import main

main()
