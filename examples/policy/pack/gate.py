"""The rule that needs the old state: `pulumi preview --json | python gate.py`. Exit code 1 when it is broken."""

import json
import sys

import rules


def main() -> int:
    """Read a preview on stdin."""
    sentences = rules.asked_for(json.load(sys.stdin).get("steps") or ())
    for sentence in sentences:
        print(sentence)
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
