"""Putting known values in: operators, branches and rows."""

import ast
import copy

from tricks.export.derive.program import Program
from tricks.export.derive.values import fold_constant, is_empty, is_hidden, is_spelled, truth


class Operators(ast.NodeTransformer):
    """Folds what is written with operators, as far as its parts are known."""

    program: Program

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """An attribute of what is known."""
        self.generic_visit(node)
        return fold_constant(node) if is_hidden(node.value) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """An item of what is known, or of a table of the program."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Constant) and isinstance(node.slice, ast.Constant):
            return fold_constant(node)
        table = self.find_table(node.value)
        if table and is_spelled(node.slice):
            found = [
                value for key, value in zip(table.keys, table.values, strict=True) if key.value == node.slice.value
            ]
            return self.visit(copy.deepcopy(found[0]))
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """A comparison of constants; a word that no dictionary of the program has as a key is in none."""
        self.generic_visit(node)
        [operator, *_], [right, *_] = node.ops, node.comparators
        if isinstance(node.left, ast.Constant) and all(isinstance(one, ast.Constant) for one in node.comparators):
            return fold_constant(node)
        if is_spelled(node.left) and isinstance(operator, ast.In | ast.NotIn):
            table = self.find_table(right)
            keys = [key.value for key in table.keys] if table else self.list_written_keys()
            if table or (isinstance(node.left.value, str) and node.left.value not in keys):
                return ast.Constant((node.left.value in keys) == isinstance(operator, ast.In))
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        """What is left of alternatives and conditions when some are decided."""
        self.generic_visit(node)
        ends = isinstance(node.op, ast.Or)
        values = []
        for value in node.values:
            if truth(value) is ends:
                values.append(value)
                break
            if truth(value) is None or value is node.values[-1]:
                values.append(value)
        return values[0] if len(values) == 1 else ast.BoolOp(node.op, values)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """The opposite of what is known."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and truth(node.operand) is not None:
            return ast.Constant(not truth(node.operand))
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Arithmetic of constants; factors of one, and unions with nothing, are left out."""
        self.generic_visit(node)
        if is_spelled(node.left) and is_spelled(node.right):
            return fold_constant(node)
        if isinstance(node.op, ast.Mult) and is_spelled(node.right) and repr(node.right.value) == "1.0":
            return node.left
        if isinstance(node.op, ast.BitOr) and isinstance(node.right, ast.Dict) and is_empty(node.right):
            return node.left
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """The branch that is taken."""
        test = self.visit(node.test)
        if truth(test) is None:
            return ast.IfExp(test, self.visit(node.body), self.visit(node.orelse))
        return self.visit(node.body if truth(test) else node.orelse)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """A text with values in it, of which all may be known."""
        self.generic_visit(node)
        parts = [one.value if isinstance(one, ast.FormattedValue) else one for one in node.values]
        is_plain = all(is_spelled(one) for one in parts) and not any(
            isinstance(one, ast.FormattedValue) and one.format_spec for one in node.values
        )
        return ast.Constant("".join(str(one.value) for one in parts)) if is_plain else node

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        """A row of known values is one."""
        self.generic_visit(node)
        node.elts = splice(node.elts)
        if all(isinstance(one, ast.Constant) for one in node.elts) and any(map(is_hidden, node.elts)):
            return ast.Constant(tuple(one.value for one in node.elts))
        return node

    def visit_List(self, node: ast.List) -> ast.expr:
        """A list of lists' items."""
        self.generic_visit(node)
        node.elts = splice(node.elts)
        return node

    def find_table(self, node: ast.expr) -> ast.Dict | None:
        """The dictionary that the program gives this name, if its keys are spelled out."""
        definition = self.program.definitions.get(node.id) if isinstance(node, ast.Name) else None
        if isinstance(definition, ast.Assign | ast.AnnAssign) and isinstance(definition.value, ast.Dict):
            if all(key is not None and is_spelled(key) for key in definition.value.keys):
                return definition.value
        return None

    def list_written_keys(self) -> set[object]:
        """All keys of dictionaries that the program spells out."""
        tables = (node for node in self.program.walk() if isinstance(node, ast.Dict))
        return {key.value for table in tables for key in table.keys if isinstance(key, ast.Constant)}


def splice(items: list[ast.expr]) -> list[ast.expr]:
    """The items, with those of lists in their place."""
    return [
        part
        for one in items
        for part in (
            one.value.elts if isinstance(one, ast.Starred) and isinstance(one.value, ast.List | ast.Tuple) else [one]
        )
    ]


def splice_keywords(keywords: list[ast.keyword]) -> list[ast.keyword]:
    """The keywords, with those of dictionaries in their place."""
    return [
        part
        for one in keywords
        for part in (
            [ast.keyword(key.value, value) for key, value in zip(one.value.keys, one.value.values, strict=True)]
            if one.arg is None and isinstance(one.value, ast.Dict)
            else [one]
        )
    ]
