"""Leaving out of functions' answers what no caller takes."""

import ast

from tricks.export.derive.program import Program
from tricks.export.derive.shrink import find_calls


def shrink_answers(program: Program) -> None:
    """Makes the answers of functions what their callers take of them."""
    all_calls = find_calls(program)
    for name, function in program.functions().items():
        returns = [one for one in ast.walk(function) if isinstance(one, ast.Return) and is_of(function, one)]
        if all_calls.get(name) and len(returns) == 1:
            keep_taken(program, function, returns[0], all_calls[name])
            keep_field(program, function, returns[0], all_calls[name])


def is_of(function: ast.FunctionDef, statement: ast.Return) -> bool:
    """Whether the statement is the function's own, not one of a function inside."""
    inner = [one for one in ast.walk(function) if isinstance(one, ast.FunctionDef) and one is not function]
    return not any(statement in ast.walk(one) for one in inner)


def keep_taken(program: Program, function: ast.FunctionDef, given: ast.Return, calls: list[ast.Call]) -> None:
    """Of a pair, the first alone, where every caller calls the second `_`."""
    takers = [one for one in program.walk() if isinstance(one, ast.Assign) and one.value in calls]
    pairs = [one.targets[0].elts for one in takers if isinstance(one.targets[0], ast.Tuple)]
    if not len(calls) == len(pairs) or not all(len(one) == 2 and ast.unparse(one[1]) == "_" for one in pairs):
        return
    for taker, pair in zip(takers, pairs, strict=True):
        taker.targets = [pair[0]]
    given.value = given.value.elts[0]
    if isinstance(function.returns, ast.Subscript):
        function.returns = function.returns.slice.elts[0]


def keep_field(program: Program, function: ast.FunctionDef, given: ast.Return, calls: list[ast.Call]) -> None:
    """Of a value of one field, the field alone, where every caller looks at it at once."""
    made = program.classes().get(ast.unparse(given.value.func)) if isinstance(given.value, ast.Call) else None
    fields = [one for one in made.body if isinstance(one, ast.AnnAssign)] if made else []
    looks = [one for one in program.walk() if isinstance(one, ast.Attribute) and one.value in calls]
    if len(fields) != 1 or len(looks) != len(calls):
        return
    Replacer({id(look): look.value for look in looks}).replace_all(program)
    given.value, function.returns = given.value.keywords[0].value, fields[0].annotation


class Replacer(ast.NodeTransformer):
    """Puts expressions in the place of others, which are told apart by their identity."""

    def __init__(self, others: dict[int, ast.expr]):
        self.others = others

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """One that may have to go."""
        return self.others.get(id(node)) or self.generic_visit(node)

    def replace_all(self, program: Program) -> None:
        """In every definition."""
        for definition in program.definitions.values():
            self.visit(definition)
