"""Finds a real Pulumi CLI on this machine, or makes one.

`fit` decides whether a folder holds a usable CLI, `cache` keeps made ones, `release` and `gomodules` are the
two ways to make one, and `progress` tells a person what takes so long. Standard library only: this runs
before anything is installed.
"""
