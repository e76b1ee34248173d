"""Putting known values in: names, comprehensions and calls."""

import ast
import copy
import math
from collections.abc import Mapping

from tricks.export.derive.libraries import repeat, simplify
from tricks.export.derive.operators import Operators, splice, splice_keywords
from tricks.export.derive.program import Program
from tricks.export.derive.values import (
    bind,
    count_reads,
    fold_constant,
    is_empty,
    is_given,
    is_hidden,
    is_path,
    is_spelled,
    truth,
)

COMPUTED = {"max": max, "min": min, "round": round, "len": len, "float": float, "int": int, "abs": abs}


class Folder(Operators):
    """Folds the expressions of one scope, in which some names stand for expressions."""

    def __init__(self, program: Program, names: Mapping[str, ast.expr]):
        self.program = program
        self.names = dict(names)

    def within(self, hidden: set[str], more: Mapping[str, ast.expr] | None = None) -> "Folder":
        """The folder of a scope inside, which has names of its own."""
        names = {name: value for name, value in self.names.items() if name not in hidden}
        return type(self)(self.program, names | dict(more or {}))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name that stands for something."""
        if not isinstance(node.ctx, ast.Load):
            return node
        if node.id in self.names:
            return copy.deepcopy(self.names[node.id])
        if node.id in self.program.known and node.id not in self.program.definitions:
            return ast.Constant(self.program.known[node.id])
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """A function without a name."""
        node.body = self.within({one.arg for one in node.args.args}).visit(node.body)
        return node

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        """A walk over what is known, item by item."""
        return self.unroll(node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """A list over what is known, item by item."""
        return self.unroll(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        """A dictionary over something else."""
        return self.walk(node)

    def unroll(self, node: ast.GeneratorExp | ast.ListComp) -> ast.expr:
        """The items as a list, where it is known over what they go."""
        first = node.generators[0]
        items = self.visit(copy.deepcopy(first.iter))
        if is_empty(items):
            return ast.List([], ast.Load())
        if not is_hidden(items):
            return self.walk(node)
        elements = [
            self.within(set(), match_target(first.target, item)).visit(copy.deepcopy(node.elt)) for item in items.value
        ]
        return ast.List(elements, ast.Load())

    def walk(self, node: ast.GeneratorExp | ast.ListComp | ast.DictComp) -> ast.expr:
        """The comprehension, with what is known put in but for its own names."""
        own = {one.id for part in node.generators for one in ast.walk(part.target) if isinstance(one, ast.Name)}
        node.generators[0].iter = self.visit(node.generators[0].iter)
        inside = self.within(own)
        for place, part in enumerate(node.generators):
            part.iter = inside.visit(part.iter) if place else part.iter
            part.ifs = [inside.visit(one) for one in part.ifs]
        for name in ("elt", "key", "value"):
            if hasattr(node, name):
                setattr(node, name, inside.visit(getattr(node, name)))
        return repeat(node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call whose answer is known, or that the function's own expression can take the place of."""
        self.generic_visit(node)
        node.args = splice(node.args)
        node.keywords = splice_keywords(node.keywords)
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        name = ast.unparse(node.func) if is_path(node.func) else ""
        if name in self.program.definitions:
            return self.call_function(node, name)
        if isinstance(node.func, ast.Lambda):
            return self.reduce_lambda(node)
        if is_hidden(node.func) and all(isinstance(one, ast.Constant) for one in values):
            return fold_constant(node)
        if name == "math.gcd" or name in COMPUTED and all(map(is_spelled, values)):
            return fold_constant(node, math=math, **COMPUTED)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and is_empty(node.func.value):
            return node.args[1] if len(node.args) > 1 else ast.Constant(None)
        return simplify(node, name)

    def call_function(self, node: ast.Call, name: str) -> ast.expr:
        """A call of the program's own function, without the run and its recipe, which it knows."""
        node.args = [one for one in node.args if not is_given(one)]
        node.keywords = [one for one in node.keywords if not is_given(one.value)]
        function = self.program.definitions[name]
        is_known = any(is_hidden(one) or isinstance(one, ast.Constant) and one.value == () for one in node.args)
        if isinstance(function, ast.FunctionDef) and is_known:
            return self.within(set(self.names), bind(function, node)).reduce(copy.deepcopy(function.body))
        return simplify(node, name)

    def reduce(self, body: list[ast.stmt]) -> ast.expr:
        """What a function returns, as one expression: all that it does on the way is known, or a name for something."""
        for statement in body:
            match statement:
                case ast.Return():
                    return self.visit(statement.value)
                case ast.Assign(targets=[target]):
                    self.names |= match_target(target, self.visit(statement.value))
                case ast.If() | ast.Match():
                    found = self.choose(statement)
                    if found:
                        return self.reduce(found)
        raise ValueError("the function does not return what could be written as one expression")

    def choose(self, node: ast.If | ast.Match) -> list[ast.stmt] | None:
        """The statements of the branch that is taken; None where that is not known yet."""
        if isinstance(node, ast.If):
            decided = truth(self.visit(copy.deepcopy(node.test)))
            return None if decided is None else node.body if decided else node.orelse
        subject = self.visit(copy.deepcopy(node.subject))
        if not isinstance(subject, ast.Constant):
            return None
        fitting = [case for case in node.cases if fits(case.pattern, subject.value)]
        for place, case in enumerate(fitting):
            decided = True if case.guard is None else truth(self.visit(copy.deepcopy(case.guard)))
            if decided:
                return case.body
            if decided is None:
                rest = ast.Match(subject, fitting[place + 1 :])
                return [ast.If(case.guard, case.body, [rest] if rest.cases else [])]
        return []

    def reduce_lambda(self, node: ast.Call) -> ast.expr:
        """The body of a function without a name, with its arguments, unless a longer one would stand there twice."""
        bound = bind(node.func, node)
        if bound is None or any(
            count_reads(node.func.body, name) > 1 and not is_path(value) and not is_spelled(value)
            for name, value in bound.items()
        ):
            return node
        return Folder(self.program, bound).visit(copy.deepcopy(node.func.body))


def fits(pattern: ast.pattern, value: object) -> bool:
    """Whether a case's pattern of literals fits the value."""
    match pattern:
        case ast.MatchValue(value=ast.Constant(value=wanted)):
            return wanted == value
        case ast.MatchOr(patterns=patterns):
            return any(fits(one, value) for one in patterns)
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def match_target(target: ast.expr, value: object) -> dict[str, ast.expr]:
    """The names of an assignment with their values."""
    if isinstance(target, ast.Name):
        return {target.id: value if isinstance(value, ast.expr) else ast.Constant(value)}
    if isinstance(value, ast.Constant):
        value = value.value
    parts = value.elts if isinstance(value, ast.Tuple) else value
    pairs = [match_target(one, part) for one, part in zip(target.elts, parts, strict=True)]
    return {name: one for pair in pairs for name, one in pair.items()}
