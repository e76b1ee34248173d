"""Expressions whose values are known. A known value that no source can spell is kept as a constant all the same."""

import ast
import copy
from collections.abc import Mapping

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run

LITERALS = (bool, int, float, str, bytes, type(None), type(Ellipsis))


def is_literal(value: object) -> bool:
    """Whether source can spell the value."""
    return isinstance(value, LITERALS) or (isinstance(value, tuple) and all(map(is_literal, value)))


def is_spelled(node: ast.AST) -> bool:
    """Whether the expression is a literal."""
    return isinstance(node, ast.Constant) and is_literal(node.value)


def is_hidden(node: ast.AST) -> bool:
    """Whether the expression is a known value that source cannot spell, such as a recipe or a layer."""
    return isinstance(node, ast.Constant) and not is_literal(node.value)


def is_given(node: ast.AST) -> bool:
    """Whether the expression is the run itself or its recipe."""
    return isinstance(node, ast.Constant) and isinstance(node.value, Run | Recipe)


def is_empty(node: ast.AST) -> bool:
    """Whether the expression is an empty list, tuple or dictionary."""
    return isinstance(node, ast.List | ast.Tuple) and not node.elts or isinstance(node, ast.Dict) and not node.keys


def is_path(node: ast.AST) -> bool:
    """Whether the expression is a name, or an attribute of one, such as `torch.channels_last`."""
    return isinstance(node, ast.Name) or isinstance(node, ast.Attribute) and is_path(node.value)


def is_fixed(node: ast.AST, imports: Mapping[str, str]) -> bool:
    """Whether the expression has the same value wherever it stands: a literal, something empty, or a library's."""
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    of_library = isinstance(node, ast.Attribute) and isinstance(root, ast.Name) and root.id in imports
    return isinstance(node, ast.Constant | ast.Lambda) or is_empty(node) or of_library


def truth(node: ast.AST) -> bool | None:
    """Whether the expression is true, as far as that is known."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.List | ast.Tuple | ast.Dict):
        parts = node.keys if isinstance(node, ast.Dict) else node.elts
        if not any(part is None or isinstance(part, ast.Starred) for part in parts):
            return bool(parts)
    return None


def fold_constant(node: ast.expr, **names: object) -> ast.expr:
    """The constant that an expression over constants is; as it is where that fails."""
    constants = dict(names)

    class Namer(ast.NodeTransformer):
        def visit_Constant(self, one: ast.Constant) -> ast.Name:
            constants[f"_{len(constants)}"] = one.value
            return ast.Name(f"_{len(constants) - 1}", ast.Load())

    expression = ast.fix_missing_locations(ast.Expression(Namer().visit(copy.deepcopy(node))))
    try:
        return ast.Constant(eval(compile(expression, "<known>", "eval"), {"__builtins__": {}}, constants))
    except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError, NameError):
        return node


def bind(function: ast.FunctionDef | ast.Lambda, call: ast.Call) -> dict[str, ast.expr] | None:
    """The expression of each parameter, defaults included; `**options` has the other keywords. None where unclear."""
    arguments = function.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    if any(isinstance(one, ast.Starred) for one in call.args) or len(call.args) > len(names) or arguments.vararg:
        return None
    bound = dict(zip(names, call.args, strict=False))
    rest = {}
    for keyword in call.keywords:
        if keyword.arg in [*names, *(one.arg for one in arguments.kwonlyargs)]:
            bound[keyword.arg] = keyword.value
        elif keyword.arg and arguments.kwarg:
            rest[keyword.arg] = keyword.value
        else:
            return None
    defaults = dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True))
    defaults |= {
        one.arg: value for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value
    }
    bound = defaults | bound
    if arguments.kwarg:
        bound[arguments.kwarg.arg] = ast.Dict(list(map(ast.Constant, rest)), list(rest.values()))
    return bound if set(names) <= set(bound) else None


def list_assigned(node: ast.AST) -> list[str]:
    """The names that statements in the node assign, each as often as it is; nested functions have their own."""
    found = []
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.FunctionDef | ast.ClassDef):
            found.append(one.name)
        elif not isinstance(one, ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                found.append(one.id)
            waiting += ast.iter_child_nodes(one)
    return found


def count_reads(node: ast.AST, name: str) -> int:
    """How often the node reads the name."""
    reads = (one for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))
    return sum(one.id == name for one in reads)
