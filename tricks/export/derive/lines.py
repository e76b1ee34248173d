"""An expression as lines that are not too long, broken where its own brackets are, or in brackets of their own."""

import ast
import re

QUOTED = re.compile(r"""(?P<single>'(?:[^'"\\\\]|\\\\.)*')|"[^"]*\"""")
INDENT = "    "
SHORT = 60  # Items of at most this length share lines.
OPERATORS = {ast.And: "and", ast.Or: "or"}


def write_expression(node: ast.expr, room: int, is_open: bool = False) -> list[str]:
    """The lines of an expression; `is_open` says that it stands in no bracket, so that a break needs one."""
    text = QUOTED.sub(swap_quotes, ast.unparse(node))
    if len(text) <= room:
        return [text]
    match node:
        case ast.Call():
            return write_call(node, room)
        case ast.Attribute():
            return end_with(write_expression(node.value, room - len(node.attr) - 1), f".{node.attr}")
        case ast.Subscript():
            return end_with(write_expression(node.value, room), f"[{write_flat(node.slice)}]")
        case ast.List() | ast.Tuple():
            opened, closed = "[]" if isinstance(node, ast.List) else "()"
            return [opened, *write_items(node.elts, room), closed]
        case ast.Starred():
            first, *rest = write_expression(node.value, room - 1)
            return [f"*{first}", *rest]
        case ast.ListComp() | ast.GeneratorExp():
            opened, closed = "[]" if isinstance(node, ast.ListComp) else "()"
            return [opened, *indent(write_walk(node, room)), closed]
        case ast.BinOp() | ast.IfExp() | ast.BoolOp():
            lines = write_parts(node, room)
            return ["(", *indent(lines), ")"] if is_open else lines
    return [text]


def write_call(node: ast.Call, room: int) -> list[str]:
    """A call: a short one at the end of what is called, or its arguments on lines of their own."""
    arguments = [*node.args, *node.keywords]
    flat = f"({', '.join(map(write_flat, arguments))})"
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call) and len(flat) < room // 3:
        return end_with(write_expression(node.func, room - len(flat)), flat)
    head = f"{write_flat(node.func)}("
    if len(arguments) == 1 and isinstance(arguments[0], ast.GeneratorExp):
        return [head, *indent(write_walk(arguments[0], room - len(INDENT))), ")"]
    return [head, *write_items(arguments, room), ")"]


def write_items(items: list[ast.AST], room: int) -> list[str]:
    """Items with commas, all on one line if they fit, else each on lines of its own, or packed."""
    flat = ", ".join(map(write_flat, items))
    if len(flat) + len(INDENT) <= room:
        return [INDENT + flat]
    if max(map(len, map(write_flat, items))) <= SHORT:
        return indent(pack_items(items, room - len(INDENT)))
    lines: list[str] = []
    for item in items:
        if isinstance(item, ast.keyword):
            name = f"{item.arg}=" if item.arg else "**"
            first, *rest = write_expression(item.value, room - len(INDENT) - len(name) - 1, is_open=True)
            written = [name + first, *rest]
        else:
            written = write_expression(item, room - len(INDENT) - 1)
        lines += end_with(written, ",")
    return indent(lines)


def pack_items(items: list[ast.AST], room: int) -> list[str]:
    """Short items with commas, as many on each line as fit."""
    lines = [""]
    for item in items:
        text = f"{write_flat(item)},"
        if lines[-1] and len(lines[-1]) + 1 + len(text) > room:
            lines.append("")
        lines[-1] += f" {text}" if lines[-1] else text
    return lines


def write_walk(node: ast.ListComp | ast.GeneratorExp, room: int) -> list[str]:
    """What stands in a comprehension's brackets."""
    lines = write_expression(node.elt, room - len(INDENT))
    for part in node.generators:
        targets = part.target.elts if isinstance(part.target, ast.Tuple) else [part.target]
        head = f"for {', '.join(map(write_flat, targets))} in "
        first, *rest = write_expression(part.iter, room - len(INDENT) - len(head), is_open=True)
        lines += [head + first, *rest, *(f"if {write_flat(one)}" for one in part.ifs)]
    return lines


def write_parts(node: ast.BinOp | ast.IfExp | ast.BoolOp, room: int) -> list[str]:
    """The parts of an operation, each line but the first begun by the operator before it."""
    match node:
        case ast.IfExp():
            parts = [("", node.body), ("if ", node.test), ("else ", node.orelse)]
        case ast.BoolOp():
            word = f"{OPERATORS[type(node.op)]} "
            parts = [(word if place else "", one) for place, one in enumerate(node.values)]
        case _:
            sign = ast.unparse(ast.BinOp(ast.Name("a"), node.op, ast.Name("b")))[2:-1]
            parts = [("", node.left), (sign, node.right)]
    lines: list[str] = []
    for word, part in parts:
        is_first = not word and isinstance(part, ast.BinOp) and isinstance(node, ast.BinOp)
        if is_first and type(part.op) is type(node.op):
            lines += write_parts(part, room) if len(write_flat(part)) > room // 2 else [write_flat(part)]
            continue
        is_simple = not isinstance(part, ast.BinOp | ast.IfExp | ast.BoolOp | ast.Compare | ast.Lambda | ast.UnaryOp)
        text = write_flat(part) if is_simple else f"({write_flat(part)})"
        first, *rest = [text] if len(text) <= room else write_expression(part, room - len(word), is_open=not is_simple)
        lines += [word + first, *rest]
    return lines


def write_flat(node: ast.AST) -> str:
    """Anything on one line."""
    return QUOTED.sub(swap_quotes, ast.unparse(node))


def end_with(lines: list[str], text: str) -> list[str]:
    """The lines with a text at their end."""
    return [*lines[:-1], lines[-1] + text]


def indent(lines: list[str]) -> list[str]:
    """The lines one step further in."""
    return [INDENT + line for line in lines]


def swap_quotes(found: re.Match) -> str:
    """A text in double quotes, if it has none inside."""
    return found[0] if found["single"] is None else f'"{found["single"][1:-1]}"'
