"""`calculate_output` of a multi grader: arithmetic on the names of its graders, and no code."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Collection, Mapping

_LONGEST = 1000
_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs}
_ARITHMETIC = (ValueError, TypeError, KeyError, ZeroDivisionError, RecursionError)


def parsed(formula: object, names: Collection[str]) -> ast.expr:
    """The formula as a tree; raises `ValueError` where it is none or uses a name that no grader has."""
    if not isinstance(formula, str) or len(formula) > _LONGEST:
        raise ValueError(f"a formula is a text of at most {_LONGEST} characters")
    try:
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError("this is no formula") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in {*names, *_FUNCTIONS}:
            raise ValueError(f"no grader has the name {node.id}")
        if isinstance(node, ast.Constant):
            _number(node.value)
    return tree


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is no number")  # noqa: TRY004  -- the formula is wrong, not its caller
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def computed(formula: str, values: Mapping[str, float]) -> float:
    """The value: numbers, names, + - * /, min, max, abs; raises `ValueError` where there is none."""
    try:
        return _number(_evaluated(parsed(formula, values), values))
    except _ARITHMETIC as error:
        raise ValueError(str(error)) from None


def _evaluated(node: ast.AST, values: Mapping[str, float]) -> float:
    if isinstance(node, ast.Constant):
        return _number(node.value)
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_evaluated(node.left, values), _evaluated(node.right, values))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_evaluated(node.operand, values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _FUNCTIONS[node.func.id](*[_evaluated(argument, values) for argument in node.args])
    raise ValueError("a formula has numbers, names, + - * /, min, max and abs")
