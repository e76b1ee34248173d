"""Parts of a network that are alike but for some numbers, written once."""

import ast
import copy

NAMES = ("inputs", "outputs", "squeezed", "last")  # Of the numbers, in the order in which they are met.
SMALL = 20  # Nodes of an expression that is no shorter for being written once.


class Repeater(ast.NodeTransformer):
    """Writes neighbouring arguments of a call that are alike as one, for each row of their numbers."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call, of which some arguments in a row may be alike."""
        self.generic_visit(node)
        arguments: list[ast.expr] = []
        rest = list(node.args)
        while rest:
            count = next((place for place, one in enumerate(rest) if shape_of(one) != shape_of(rest[0])), len(rest))
            written = write_once(rest[:count]) if count > 1 else None
            arguments += [written] if written else rest[:count]
            rest = rest[count:]
        node.args = arguments
        return node


def list_whole_numbers(node: ast.AST) -> list[ast.Constant]:
    """The whole numbers in an expression, in its order."""
    return [one for one in ast.walk(node) if isinstance(one, ast.Constant) and type(one.value) is int]


def shape_of(node: ast.expr) -> str:
    """The expression without its whole numbers."""
    node = copy.deepcopy(node)
    for one in list_whole_numbers(node):
        one.value = 0
    return ast.dump(node)


def write_once(parts: list[ast.expr]) -> ast.expr | None:
    """The parts as one over rows of numbers; None where that would be no shorter, or needs more than a few."""
    columns = list(zip(*([one.value for one in list_whole_numbers(part)] for part in parts), strict=True))
    varied = list(dict.fromkeys(column for column in columns if len(set(column)) > 1))
    if not 0 < len(varied) <= len(NAMES) or sum(1 for _ in ast.walk(parts[0])) <= SMALL:
        return None
    element = copy.deepcopy(parts[0])
    names = dict(zip(varied, NAMES, strict=False))
    places = {id(one): column for one, column in zip(list_whole_numbers(element), columns, strict=True)}

    class Namer(ast.NodeTransformer):
        def visit_Constant(self, one: ast.Constant) -> ast.expr:
            name = names.get(places.get(id(one)))
            return ast.Name(name, ast.Load()) if name else one

    targets = [ast.Name(names[column], ast.Store()) for column in varied]
    rows = [ast.Tuple([ast.Constant(value) for value in row], ast.Load()) for row in zip(*varied, strict=True)]
    target, rows = (
        (ast.Tuple(targets, ast.Store()), rows) if len(varied) > 1 else (targets[0], [one.elts[0] for one in rows])
    )
    walk = ast.comprehension(target, ast.Tuple(rows, ast.Load()), [], 0)
    return ast.Starred(ast.GeneratorExp(Namer().visit(element), [walk]), ast.Load())
