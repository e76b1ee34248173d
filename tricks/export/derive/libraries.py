"""Calls of libraries in fewer words that mean the same."""

import ast

# Arguments that say what a library does without them.
USUAL = {
    "F.cross_entropy": {"label_smoothing": "0.0"},
    "nn.Conv2d": {"stride": "1", "padding": "0", "groups": "1"},
    "Pointwise": {"padding": "0", "groups": "1"},
    "torch.optim.Adam": {"weight_decay": "0.0", "betas": "(0.9, 0.999)"},
    "torch.optim.AdamW": {"betas": "(0.9, 0.999)"},
    "torch.optim.NAdam": {"weight_decay": "0.0", "betas": "(0.9, 0.999)"},
    "torch.optim.RMSprop": {"weight_decay": "0.0"},
    "torch.optim.SGD": {"weight_decay": "0.0"},
}
ROW = "nn.Sequential"


def simplify(node: ast.Call, name: str) -> ast.expr:
    """A call without arguments that are usual; rows of layers without names, and without rows among their layers."""
    usual = USUAL.get(name, {})
    node.keywords = [one for one in node.keywords if one.arg not in usual or ast.unparse(one.value) != usual[one.arg]]
    if name != ROW:
        return node
    if node.args and ast.unparse(node.args[0]).startswith("OrderedDict("):
        pairs = node.args[0].args[0]
        node.args = [pair.elts[1] for pair in pairs.elts] if isinstance(pairs, ast.List) else node.args
    if len(node.args) == 1 and is_row(node.args[0]):
        return node.args[0]
    if not all(map(is_row, node.args)):
        node.args = [part for one in node.args for part in (one.args if is_row(one) else [one])]
    return node


def is_row(node: ast.expr) -> bool:
    """Whether it is a row of layers."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == ROW


def repeat(node: ast.expr) -> ast.expr:
    """A list that has the same constant for every number up to another is the constant so often."""
    match node:
        case ast.ListComp(
            elt=ast.Constant() | ast.BinOp(left=ast.List(), op=ast.Mult()),
            generators=[ast.comprehension(iter=ast.Call(func=ast.Name("range"), args=[count]), ifs=[])],
        ):
            return ast.BinOp(ast.List([node.elt], ast.Load()), ast.Mult(), count)
    return node
