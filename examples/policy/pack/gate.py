"""The rule that needs the old state: `pulumi preview --json | python gate.py`.

Exit code 0: kept. 1: broken, the sentences are on stdout. 2: stdin holds no preview.
"""

import json
import sys

import rules


def main() -> int:
    """Read a preview on stdin."""
    try:
        steps = json.load(sys.stdin).get("steps") or ()
    except (ValueError, AttributeError):
        print("gate.py: stdin is no output of `pulumi preview --json`", file=sys.stderr)
        return 2
    sentences = rules.asked_for(steps)
    for sentence in sentences:
        print(sentence)
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
