"""The code that trains as one program: the definitions of all its modules side by side, without running any of it."""

import ast
import importlib
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tricks
from tricks.recipe.run import Run

ROOT = Path(tricks.__file__).parents[1]
TRAINING = "tricks.training."
KNOWN_PARAMETERS = ("recipe", "run")  # Everywhere in the code that trains these are the one run and its recipe.
SEED = "SEED"  # How the program names the run's seed.

Node = ast.FunctionDef | ast.ClassDef | ast.Assign


@dataclass(kw_only=True)
class Section:
    """A module: its name and docstring, and what it defines, in its order."""

    name: str
    about: str
    names: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Program:
    """All definitions by name, sections in an order in which each follows what it uses, and what is not ours.

    `imports` has the statement that gives a library's name; `known` has values of the product that need no PyTorch.
    """

    definitions: dict[str, Node] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    known: dict[str, object] = field(default_factory=dict)

    def functions(self) -> dict[str, ast.FunctionDef]:
        """The functions among the definitions."""
        return {name: node for name, node in self.definitions.items() if isinstance(node, ast.FunctionDef)}

    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes among the definitions."""
        return {name: node for name, node in self.definitions.items() if isinstance(node, ast.ClassDef)}

    def walk(self) -> Iterator[ast.AST]:
        """All nodes of all definitions."""
        for node in self.definitions.values():
            yield from ast.walk(node)


def read_program(module: str, run: Run) -> Program:
    """The program that begins in this module, with the run as what is known."""
    program = Program(known={"run": run, "recipe": run.recipe})
    read_derive_seed(program)
    read_module(program, f"{TRAINING}{module}", set())
    return program


def read_module(program: Program, module: str, seen: set[str]) -> None:
    """Adds the module's definitions after those of all modules that it imports from."""
    if module in seen:
        return
    seen.add(module)
    tree = parse(ROOT / f"{module.replace('.', '/')}.py")
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module.startswith(TRAINING):
            read_module(program, node.module, seen)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            add_import(program, node)
    defined = [node for node in map(forget_type, tree.body) if isinstance(node, Node)]
    name = module.removeprefix(TRAINING)
    renamed = {
        one: f"{name.upper()}_{one}" for one in map(name_of, defined) if one in program.definitions or one == SEED
    }
    section = Section(name=name, about=ast.get_docstring(tree) or "")
    for node in defined:
        rename(node, renamed)
        name_seeds(node)
        program.definitions[name_of(node)] = forget_known_parameters(node)
        section.names.append(name_of(node))
    program.sections.append(section)


def add_import(program: Program, node: ast.Import | ast.ImportFrom) -> None:
    """Notes how the names get their values: from the product itself at once, from libraries when the program runs."""
    for alias in node.names:
        name = alias.asname or alias.name
        if isinstance(node, ast.ImportFrom) and node.module.startswith("tricks."):
            program.known[name] = getattr(importlib.import_module(node.module), alias.name)
        else:
            single = ast.copy_location(type(node)(**{**vars(node), "names": [alias]}), node)
            program.imports[name] = ast.unparse(single)


def read_derive_seed(program: Program) -> None:
    """Adds the derivation of seeds, which is a method of the run, as a function of the program."""
    tree = parse(ROOT / "tricks" / "recipe" / "run.py")
    program.imports["hashlib"] = "import hashlib"
    function = next(one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == "derive_seed")
    del function.args.args[0]
    for node in ast.walk(function):
        if isinstance(node, ast.FormattedValue) and ast.unparse(node.value) == "self.seed":
            node.value = ast.Name(SEED, ast.Load())
    seed = program.known["run"].seed
    program.definitions[SEED] = ast.parse(f"{SEED} = {seed}").body[0]
    program.definitions[function.name] = function
    program.sections.append(Section(name="seeds", about="What chance decides.", names=[SEED, function.name]))


def parse(path: Path) -> ast.Module:
    """The module's tree, in which statements know their comments: `lead` before them, `trail` at their end."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    statements = sorted(
        (node for node in ast.walk(tree) if isinstance(node, ast.stmt)), key=lambda node: (node.lineno, node.col_offset)
    )
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        line = token.start[0]
        if token.line.lstrip().startswith("#"):
            after = next((node for node in statements if node.lineno > line), None)
            if after is not None:
                after.lead = [*getattr(after, "lead", ()), token.string]
        else:
            for node in statements:
                if line == node.end_lineno:
                    node.trail = token.string
    return tree


def forget_type(node: ast.stmt) -> ast.stmt:
    """An assignment without the note on its type; any other statement as it is."""
    if not isinstance(node, ast.AnnAssign) or node.value is None:
        return node
    return ast.copy_location(ast.Assign([node.target], node.value), node)


def name_seeds(node: Node) -> None:
    """Calls the derivation of seeds as the function that it is here."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "run.derive_seed":
            call.func = ast.Name("derive_seed", ast.Load())


def name_of(node: Node) -> str:
    """The name that a definition gives."""
    return node.targets[0].id if isinstance(node, ast.Assign) else node.name


def rename(node: Node, renamed: dict[str, str]) -> None:
    """Gives names of this module others, where another module has the same."""
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and one.id in renamed:
            one.id = renamed[one.id]


def forget_known_parameters(node: Node) -> Node:
    """The definition without the parameters that are known everywhere."""
    for function in ast.walk(node):
        if isinstance(function, ast.FunctionDef):
            arguments = function.args
            kept = [one for one in arguments.args if one.arg not in KNOWN_PARAMETERS]
            function.original = ast.dump(ast.Module(function.body, []))
            arguments.args = kept
    return node
