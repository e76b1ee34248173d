"""Leaving out what a folded program does not need: parameters that are always the same, and all that nobody reads."""

import ast
import copy

from tricks.export.derive.fold import Folder
from tricks.export.derive.program import Program
from tricks.export.derive.statements import list_actions
from tricks.export.derive.values import bind, count_reads, is_fixed, is_path, is_spelled, list_assigned

FEW = 3  # Statements of a function that may take the place of its only call.
SMALL = 20  # Nodes of an expression that may take the place of a call.


def find_calls(program: Program) -> dict[str, list[ast.Call]]:
    """All calls of each function; of those that are also handed on without being called there are none."""
    calls: dict[str, list[ast.Call]] = {}
    reads: dict[str, int] = {}
    for node in program.walk():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            reads[node.id] = reads.get(node.id, 0) + 1
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            calls.setdefault(node.func.id, []).append(node)
    return {name: found for name, found in calls.items() if reads[name] == len(found)}


def shrink_parameters(program: Program) -> None:
    """Takes away parameters that are not read, and puts in what others always are."""
    all_calls = find_calls(program)
    for name, function in program.functions().items():
        calls = all_calls.get(name)
        bound = [bind(function, call) for call in calls or ()]
        if not calls or None in bound or function.args.kwarg:
            continue
        for parameter in [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]:
            values = [one[parameter] for one in bound]
            is_same = len({ast.dump(value) for value in values}) == 1 and is_fixed(values[0], program.imports)
            if is_same and parameter not in list_assigned(function):
                function.bound = getattr(function, "bound", {}) | {parameter: copy.deepcopy(values[0])}
            elif any(count_reads(one, parameter) for one in function.body):
                continue
            remove_parameter(function, calls, parameter)


def remove_parameter(function: ast.FunctionDef, calls: list[ast.Call], parameter: str) -> None:
    """Takes the parameter away from the function and from all calls of it."""
    arguments = function.args
    names = [one.arg for one in arguments.args]
    if parameter in names:
        place = names.index(parameter)
        for call in calls:
            if place < len(call.args):
                del call.args[place]
        default = place - len(names) + len(arguments.defaults)
        if default >= 0:
            del arguments.defaults[default]
        del arguments.args[place]
    else:
        place = [one.arg for one in arguments.kwonlyargs].index(parameter)
        del arguments.kwonlyargs[place], arguments.kw_defaults[place]
    for call in calls:
        call.keywords = [one for one in call.keywords if one.arg != parameter]


class Inliner(ast.NodeTransformer):
    """Puts the expressions of functions that are nothing else in the place of their calls."""

    def __init__(self, program: Program):
        self.program = program

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call, after those in its arguments."""
        self.generic_visit(node)
        function = self.program.definitions.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if not isinstance(function, ast.FunctionDef) or not is_changed(function):
            return node
        body, bound = list_actions(function), bind(function, node)
        if bound is None or len(body) != 1 or not isinstance(body[0], ast.Return | ast.Expr):
            return node
        expression = body[0].value
        is_small = sum(1 for _ in ast.walk(expression)) <= SMALL
        is_clear = all(
            count_reads(expression, name) <= 1 or is_path(value) or is_spelled(value) for name, value in bound.items()
        )
        return Folder(self.program, bound).visit(copy.deepcopy(expression)) if is_small and is_clear else node


def is_changed(function: ast.FunctionDef) -> bool:
    """Whether the function's body is another one than the code that trains has."""
    return getattr(function, "original", "") != ast.dump(ast.Module(function.body, []))


def inline(program: Program) -> None:
    """Joins what was divided for cases that are gone."""
    join_procedures(program)
    for node in program.definitions.values():
        Inliner(program).visit(node)
        for function in (one for one in ast.walk(node) if isinstance(one, ast.FunctionDef)):
            join_return(function)
            join_inner(function)


def join_return(function: ast.FunctionDef) -> None:
    """Returns an expression at once that was given a name only to be returned."""
    match function.body[-2:]:
        case [ast.Assign(targets=[named], value=value), ast.Return(value=ast.Name() | ast.Tuple() as returned)]:
            is_row = isinstance(named, ast.Name) or isinstance(value, ast.Tuple)
            if ast.unparse(named) == ast.unparse(returned) and is_row:
                function.body[-2:] = [ast.copy_location(ast.Return(value), function.body[-2])]


def join_procedures(program: Program) -> None:
    """Writes functions of few statements out where they are called, with their parameters' own names, in one place."""
    all_calls = find_calls(program)
    for name, function in program.functions().items():
        calls = all_calls.get(name, ())
        actions = list_actions(function)
        is_short = len(actions) <= FEW and all(map(is_deed, actions))
        if len(calls) == 1 and is_short and is_changed(function):
            names = [one.arg for one in function.args.args]
            if names == [ast.unparse(one) for one in calls[0].args] and not calls[0].keywords:
                for block in list_blocks_of_program(program):
                    for statement in block:
                        if isinstance(statement, ast.Expr) and statement.value is calls[0]:
                            place = block.index(statement)
                            block[place : place + 1] = copy.deepcopy(actions)


def is_deed(node: ast.stmt) -> bool:
    """Whether the statement gives no name to anything: it calls, or sets an attribute."""
    return isinstance(node, ast.Expr) or isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute)


def list_blocks_of_program(program: Program) -> list[list[ast.stmt]]:
    """All blocks of statements of the program."""
    blocks = [getattr(one, name, None) for one in program.walk() for name in ("body", "orelse", "finalbody")]
    return [block for block in blocks if isinstance(block, list)]


def join_inner(function: ast.FunctionDef) -> None:
    """Writes an inner function without parameters out where it is called, if that is one place."""
    for inner in [one for one in function.body if isinstance(one, ast.FunctionDef) and not one.args.args]:
        for place, one in enumerate(function.body):
            is_call = isinstance(one, ast.Assign) and ast.unparse(one.value) == f"{inner.name}()"
            if is_call and count_reads(function, inner.name) == 1 and isinstance(inner.body[-1], ast.Return):
                result = inner.body[-1].value
                is_same = ast.unparse(one.targets[0]) == ast.unparse(result)
                rest = [] if is_same else [ast.Assign(one.targets, result, lineno=0)]
                function.body[place : place + 1] = [*inner.body[:-1], *rest]
                function.body.remove(inner)
                return
