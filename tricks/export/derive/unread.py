"""Leaving out what nobody reads: variables, fields, methods, definitions, and notes on types that are gone."""

import ast
import builtins

from tricks.export.derive.program import Program
from tricks.export.derive.statements import list_actions
from tricks.export.derive.values import count_reads, list_assigned


def leave_out_unread(program: Program, entries: tuple[str, ...]) -> None:
    """One round; what is left out may leave other things unread."""
    for function in [node for node in program.walk() if isinstance(node, ast.FunctionDef)]:
        leave_out_variables(program, function)
    leave_out_definitions(program, entries)
    read = {node.attr for node in program.walk() if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}
    for node in program.classes().values():
        leave_out_members(program, node, read)


def leave_out_variables(program: Program, function: ast.FunctionDef) -> None:
    """Statements that give a name to what is not read, or make a generator from which nothing is drawn."""
    for block in list_blocks(function):
        for statement in list(block):
            if isinstance(statement, ast.Assign) and is_pure(program, statement.value):
                names = [one.id for one in ast.walk(statement.targets[0]) if isinstance(one, ast.Name)]
                is_local = isinstance(statement.targets[0], ast.Name | ast.Tuple) and set(names) <= set(
                    list_assigned(function)
                )
                if is_local and not any(count_reads(function, name) for name in names):
                    block.remove(statement)
                elif is_local and ast.unparse(statement.value).startswith("torch.Generator("):
                    leave_out_generator(function, names[0], block, statement)


def leave_out_generator(function: ast.FunctionDef, name: str, block: list[ast.stmt], made: ast.stmt) -> None:
    """A generator that is only made and seeded."""
    seeded = [
        (one, statement)
        for one in list_blocks(function)
        for statement in one
        if isinstance(statement, ast.Expr) and ast.unparse(statement).startswith(f"{name}.manual_seed(")
    ]
    if count_reads(function, name) == len(seeded):
        block.remove(made)
        for one, statement in seeded:
            one.remove(statement)


def is_pure(program: Program, node: ast.expr, seen: frozenset[str] = frozenset()) -> bool:
    """Whether nothing happens but that a value is found: no function of ours that it calls changes anything."""
    for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
        name = ast.unparse(call.func)
        function = program.definitions.get(name)
        if name.endswith("_") or isinstance(function, ast.ClassDef) and function.bases:
            return False
        if isinstance(function, ast.FunctionDef) and name not in seen:
            if not all(is_quiet(program, one, seen | {name}) for one in list_actions(function)):
                return False
    return True


def is_quiet(program: Program, node: ast.stmt, seen: frozenset[str]) -> bool:
    """Whether a statement only finds values, and gives them names."""
    if isinstance(node, ast.Return):
        return is_pure(program, node.value, seen)
    is_naming = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Tuple)
    return is_naming and is_pure(program, node.value, seen)


def leave_out_definitions(program: Program, entries: tuple[str, ...]) -> None:
    """What is not reached from the entries; notes on types do not count, and go where their types do."""
    reached: set[str] = set()
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        if name in program.definitions and name not in reached:
            reached.add(name)
            waiting += list_read_names(program.definitions[name])
    program.definitions = {name: node for name, node in program.definitions.items() if name in reached}
    for node in program.walk():
        if isinstance(node, ast.FunctionDef):
            node.returns = keep_type(program, node.returns)
        elif isinstance(node, ast.arg):
            node.annotation = keep_type(program, node.annotation)


def list_read_names(node: ast.AST) -> list[str]:
    """The names that a definition reads, but for notes on types."""
    if isinstance(node, ast.FunctionDef):
        inner = [*node.body, *node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        return [name for one in inner for name in list_read_names(one)]
    if isinstance(node, ast.Name):
        return [node.id] if isinstance(node.ctx, ast.Load) else []
    return [name for one in ast.iter_child_nodes(node) for name in list_read_names(one)]


def keep_type(program: Program, node: ast.expr | None) -> ast.expr | None:
    """The note on a type, if all of its names are PyTorch's, Python's or the program's."""
    if node is None or isinstance(node, ast.Constant) and isinstance(node.value, str):
        return None
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    known = {"torch", "nn", *dir(builtins), *program.classes()}
    return node if names <= known else None


def leave_out_members(program: Program, node: ast.ClassDef, read: set[str]) -> None:
    """Fields of values that are never looked at, and methods and attributes of classes of our own."""
    fields = [one for one in node.body if isinstance(one, ast.AnnAssign) and one.target.id not in read]
    node.body = [one for one in node.body if one not in fields]
    unread = {one.target.id for one in fields}
    for call in (one for one in program.walk() if isinstance(one, ast.Call)) if unread else ():
        if isinstance(call.func, ast.Name) and call.func.id == node.name:
            call.keywords = [one for one in call.keywords if one.arg not in unread]
    if node.bases:
        return
    node.body = [
        one
        for one in node.body
        if not isinstance(one, ast.FunctionDef) or one.name in read or one.name.startswith("__")
    ]
    for block in list_blocks(node):
        for statement in list(block):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self" and target.attr not in read:
                block.remove(statement)


def list_blocks(node: ast.AST) -> list[list[ast.stmt]]:
    """All blocks of statements in a node."""
    blocks = [getattr(one, name, None) for one in ast.walk(node) for name in ("body", "orelse", "finalbody")]
    return [block for block in blocks if isinstance(block, list)]
