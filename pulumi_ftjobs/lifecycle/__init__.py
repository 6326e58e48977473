"""What a declaration means. Pure: no Pulumi, no HTTP, no clock but a given one."""
