"""A program as text: blocks, comments where they stood, and lines that are not too long."""

import ast
import inspect
from collections.abc import Iterator

from tricks.export.derive.lines import write_expression
from tricks.export.derive.program import Program

WIDTH = 120
BREAK = "\n\n"  # After a docstring's first paragraph, which is all that is kept of it.


def write_sections(program: Program) -> list[tuple[str, str]]:
    """What each part of the program is about, in a sentence, and its text."""
    sections = []
    for section in program.sections:
        definitions = [program.definitions[name] for name in section.names if name in program.definitions]
        if definitions:
            blocks = ["\n".join(write_statement(ast.fix_missing_locations(one))) for one in definitions]
            sections.append((section.about.splitlines()[0], join_blocks(definitions, blocks)))
    return sections


def join_blocks(definitions: list[ast.stmt], blocks: list[str]) -> str:
    """The definitions with a blank line between, none between constants."""
    text = blocks[0]
    for before, after, block in zip(definitions, definitions[1:], blocks[1:], strict=False):
        is_close = isinstance(before, ast.Assign) and isinstance(after, ast.Assign)
        text += ("\n" if is_close else "\n\n") + block
    return text


def write_imports(program: Program) -> str:
    """The imports that the program needs: the standard library's first, then what belongs to PyTorch."""
    names = {node.id for node in program.walk() if isinstance(node, ast.Name)}
    wanted = {program.imports[name] for name in names if name in program.imports}
    plain = sorted(line for line in wanted if line.startswith("import "))
    sources: dict[str, list[str]] = {}
    for line in wanted - set(plain):
        source, _, name = line.removeprefix("from ").partition(" import ")
        sources.setdefault(source, []).append(name)
    lines = [*plain, *(f"from {source} import {', '.join(sorted(names))}" for source, names in sorted(sources.items()))]
    foreign = [line for line in lines if line.split()[1].split(".")[0] in ("torch", "torchvision", "numpy")]
    return "\n".join([*(line for line in lines if line not in foreign), "", *foreign])


def write_statement(node: ast.stmt, room: int = WIDTH) -> Iterator[str]:
    """The lines of a statement and of all that is in it."""
    yield from getattr(node, "lead", ())
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            yield from (f"@{ast.unparse(one)}" for one in node.decorator_list)
            yield from write_head(node, room)
            yield from write_block(node.body, room)
        case ast.If() | ast.For() | ast.With():
            yield from write_head(node, room)
            yield from write_block(node.body, room)
            if getattr(node, "orelse", []):
                yield "else:"
                yield from write_block(node.orelse, room)
        case ast.Try():
            yield "try:"
            yield from write_block(node.body, room)
            yield "finally:"
            yield from write_block(node.finalbody, room)
        case ast.Expr(value=ast.Constant(value=str() as text)):
            yield from f'"""{inspect.cleandoc(text).partition(BREAK)[0]}"""'.splitlines()
        case _:
            *lines, last = write_simple(node, room)
            yield from lines
            trail = f"  {node.trail}" if hasattr(node, "trail") else ""
            yield last + (trail if len(last + trail) <= room else "")


def write_block(body: list[ast.stmt], room: int) -> Iterator[str]:
    """The lines of a block, one step further in; with a blank line before each method."""
    for place, node in enumerate(body):
        is_method = isinstance(node, ast.FunctionDef) or isinstance(body[place - 1], ast.FunctionDef)
        if place and is_method:
            yield ""
        yield from (f"    {line}" if line else "" for line in write_statement(node, room - 4))


def write_head(node: ast.stmt, room: int) -> list[str]:
    """The first lines of a statement that has others in it."""
    match node:
        case ast.FunctionDef():
            return write_signature(node, room)
        case ast.ClassDef():
            bases = ", ".join(map(ast.unparse, node.bases))
            return [f"class {node.name}{f'({bases})' if bases else ''}:"]
        case ast.If():
            return around("if ", node.test, ":", room)
        case ast.For():
            return around(f"for {write_row(node.target)[0]} in ", node.iter, ":", room)
    return [f"with {', '.join(map(ast.unparse, node.items))}:"]


def write_signature(node: ast.FunctionDef, room: int) -> list[str]:
    """A function's name, parameters and answer."""
    arguments, returns = node.args, f" -> {ast.unparse(node.returns)}" if node.returns else ""
    missing = len(arguments.args) - len(arguments.defaults)
    written = [
        ast.unparse(one) + ("" if place < missing else f" = {ast.unparse(arguments.defaults[place - missing])}")
        for place, one in enumerate(arguments.args)
    ]
    line = f"def {node.name}({', '.join(written)}){returns}:"
    short = f"def {node.name}({', '.join(written)}):"
    if len(short) <= room:
        return [line if len(line) <= room else short]
    inner = ", ".join(written)
    lines = [f"    {inner}"] if len(inner) + 4 <= room else [f"    {one}," for one in written]
    return [f"def {node.name}(", *lines, f"){returns}:"]


def write_simple(node: ast.stmt, room: int) -> list[str]:
    """A statement without others in it; a row of values needs no brackets there."""
    match node:
        case ast.Assign():
            return around("".join(f"{write_row(one)[0]} = " for one in node.targets), node.value, "", room, is_row=True)
        case ast.Return() if node.value:
            return around("return ", node.value, "", room, is_row=True)
        case ast.Expr(value=ast.Yield(value=None)):
            return ["yield"]
        case ast.Expr():
            return around("", node.value, "", room)
    return [ast.unparse(node)]


def around(before: str, node: ast.expr, after: str, room: int, is_row: bool = False) -> list[str]:
    """An expression's lines with what stands before and after it; in brackets where it needs them to go on."""
    row = write_row(node)[0] if is_row else write_expression(node, 10**6)[0]
    if len(before + row + after) <= room:
        return [before + row + after]
    is_long = isinstance(node, ast.Constant | ast.JoinedStr) or len(row + after) <= room
    first, *rest = write_expression(node, room - len(before + after) if is_long else room - len(after), is_open=True)
    lines = [before + first, *rest]
    return [*lines[:-1], lines[-1] + after]


def write_row(node: ast.expr) -> list[str]:
    """An expression on one line, of a tuple its items alone."""
    is_plain = isinstance(node, ast.Tuple) and len(node.elts) > 1
    if is_plain and not any(isinstance(one, ast.Starred) for one in node.elts):
        return [", ".join(write_expression(one, 10**6)[0] for one in node.elts)]
    return write_expression(node, 10**6)
