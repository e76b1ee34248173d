"""Folding statements: those that are never reached, or do nothing any more, are left out."""

import ast

from tricks.export.derive.fold import Folder
from tricks.export.derive.program import Program
from tricks.export.derive.values import count_reads, is_empty, is_fixed, is_hidden, list_assigned


def fold_program(program: Program) -> None:
    """Folds every definition of the program."""
    for node in program.definitions.values():
        if isinstance(node, ast.FunctionDef):
            fold_function(Folder(program, {}), node)
        elif isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef):
                    fold_function(Folder(program, {}), one)
        else:
            node.value = Folder(program, {}).visit(node.value)


def fold_function(outer: Folder, function: ast.FunctionDef) -> None:
    """Folds a function's body; what its parameters always are has been noted at it."""
    arguments = function.args
    own = {one.arg for one in (*arguments.args, *arguments.kwonlyargs)} | set(list_assigned(function))
    folder = outer.within(own, getattr(function, "bound", {}))
    function.body = fold_block(folder, function.body, function) or [ast.Pass()]


def fold_block(folder: Folder, body: list[ast.stmt], function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements with known values in, and without what follows a return."""
    folded: list[ast.stmt] = []
    for statement in body:
        for one in fold_statement(folder, statement, function):
            folded.append(one)
            if isinstance(one, ast.Return):
                return folded
    return folded


def fold_statement(folder: Folder, node: ast.stmt, function: ast.FunctionDef) -> list[ast.stmt]:
    """What becomes of one statement."""
    match node:
        case ast.FunctionDef():
            fold_function(folder, node)
        case ast.Assign(targets=[target]):
            return fold_assignment(folder, node, target, function)
        case ast.If() | ast.Match():
            chosen = folder.choose(node)
            if chosen is not None:
                return fold_block(folder, chosen, function)
            return fold_branches(folder, node, function)
        case ast.For():
            node.iter = folder.visit(node.iter)
            node.body = fold_block(folder, node.body, function)
            return [] if is_empty(node.iter) or not node.body else [node]
        case ast.With():
            node.items = [folder.visit(item) for item in node.items]
            node.items = [item for item in node.items if not is_null_context(item.context_expr)]
            node.body = fold_block(folder, node.body, function)
            return [node] if node.items else node.body
        case ast.Try():
            node.body = fold_block(folder, node.body, function)
            node.finalbody = fold_block(folder, node.finalbody, function)
        case ast.Expr():
            node.value = folder.visit(node.value)
            is_docstring = isinstance(node.value, ast.Constant) and node is function.body[0]
            return (
                []
                if isinstance(node.value, ast.Constant) and not is_docstring or does_nothing(folder, node)
                else [node]
            )
        case _:
            return [folder.generic_visit(node)]
    return [node]


def fold_branches(folder: Folder, node: ast.If | ast.Match, function: ast.FunctionDef) -> list[ast.stmt]:
    """A branching that is not decided, without branches that do nothing."""
    before = dict(folder.names)
    if isinstance(node, ast.Match):
        for case in node.cases:
            case.body = fold_block(folder, case.body, function) or [ast.Pass()]
            folder.names = dict(before)
        return [node]
    node.test = folder.visit(node.test)
    node.body = fold_block(folder, node.body, function)
    folder.names = dict(before)
    node.orelse = fold_block(folder, node.orelse, function)
    folder.names = before
    if not node.body and not node.orelse:
        return []
    node.body = node.body or [ast.Pass()]
    return [node]


def fold_assignment(folder: Folder, node: ast.Assign, target: ast.expr, function: ast.FunctionDef) -> list[ast.stmt]:
    """An assignment; names that stand for something fixed are put in where they are read."""
    node.value = folder.visit(node.value)
    if isinstance(target, ast.Name):
        pairs = [(target, node.value)]
    elif (
        isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple) and len(target.elts) == len(node.value.elts)
    ):
        pairs = list(zip(target.elts, node.value.elts, strict=True))
    elif isinstance(target, ast.Tuple) and is_hidden(node.value):
        pairs = [(one, ast.Constant(value)) for one, value in zip(target.elts, node.value.value, strict=True)]
    else:
        node.targets = [folder.visit(target)]
        return [node]
    kept = [pair for pair in pairs if not put_in(folder, *pair, function)]
    kept = [(one, value) for one, value in kept if ast.unparse(one) != ast.unparse(value)]
    if len(kept) == 1:
        node.targets, node.value = [folder.visit(kept[0][0])], kept[0][1]
    elif len(kept) < len(pairs):
        node.targets = [ast.Tuple([one for one, _ in kept], ast.Store())]
        node.value = ast.Tuple([value for _, value in kept], ast.Load())
    return [node] if kept else []


def put_in(folder: Folder, target: ast.expr, value: ast.expr, function: ast.FunctionDef) -> bool:
    """Puts a value in wherever the name is read; whether that can be done."""
    is_alias = isinstance(value, ast.Name) and is_parameter(function, value.id)
    if not isinstance(target, ast.Name) or not (
        is_hidden(value) or is_fixed(value, folder.program.imports) or is_alias
    ):
        return False
    is_changed = list_assigned(function).count(target.id) > 1 or is_empty(value) and is_grown(function, target.id)
    if is_changed and is_hidden(value):
        raise ValueError(f"{target.id} is known, and may not be changed")
    is_long = isinstance(value, ast.Lambda) and any(
        count_reads(value.body, name) > 1 for name in (one.arg for one in value.args.args)
    )
    if is_changed or is_long or isinstance(value, ast.Lambda) and count_reads(function, target.id) > 1:
        return False
    folder.names[target.id] = value
    return True


def is_parameter(function: ast.FunctionDef, name: str) -> bool:
    """Whether the name is a parameter that stays what it is."""
    return name in [one.arg for one in function.args.args] and name not in list_assigned(function)


def is_grown(function: ast.FunctionDef, name: str) -> bool:
    """Whether something is done to what has this name, other than looking at it as a whole."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute | ast.Subscript) and ast.unparse(node.value) == name:
            return True
    return False


def is_null_context(node: ast.expr) -> bool:
    """Whether it is a context that does nothing."""
    return ast.unparse(node) in ("nullcontext()", "contextlib.nullcontext()")


def does_nothing(folder: Folder, node: ast.Expr) -> bool:
    """Whether the statement calls a function of the program that does nothing any more."""
    if not isinstance(node.value, ast.Call) or not isinstance(node.value.func, ast.Name):
        return False
    function = folder.program.definitions.get(node.value.func.id)
    return isinstance(function, ast.FunctionDef) and not list_actions(function)


def list_actions(function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements of a function without its docstring and what does nothing."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    empty = (ast.Pass, ast.Return)
    return [one for one in body if not isinstance(one, empty) or isinstance(one, ast.Return) and one.value is not None]
