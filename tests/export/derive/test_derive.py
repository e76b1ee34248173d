"""Deriving scripts, step by step: what is known is put in, what is not needed left out, and long lines are broken."""

import ast
import textwrap

import pytest

from tricks.export.derive.answers import shrink_answers
from tricks.export.derive.fold import Folder
from tricks.export.derive.layout import write_statement
from tricks.export.derive.lines import write_expression
from tricks.export.derive.program import Program, read_program
from tricks.export.derive.repeat import Repeater
from tricks.export.derive.shrink import inline, shrink_parameters
from tricks.export.derive.statements import fold_program
from tricks.export.derive.unread import leave_out_unread
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run


def build_program(text: str, **known: object) -> Program:
    """A program of these definitions."""
    nodes = ast.parse(textwrap.dedent(text)).body
    names = [one.targets[0].id if isinstance(one, ast.Assign) else one.name for one in nodes]
    return Program(definitions=dict(zip(names, nodes, strict=True)), known=known, imports={"torch": "import torch"})


def write(program: Program) -> str:
    """Its text, as Python itself writes it."""
    return "\n".join(ast.unparse(ast.fix_missing_locations(node)) for node in program.definitions.values())


@pytest.mark.parametrize(
    ("expression", "folded"),
    [
        ("recipe.batch_size * 2 + x", "128 + x"),
        ("a if recipe.flip else b", "b"),
        ("x or recipe.grad_clip or y", "x or y"),
        ("[*([a] if recipe.flip else []), b]", "[b]"),
        ("TABLE[recipe.optimizer](x, rate=1)", "Adam(x, rate=1, fused=True)"),
        ("recipe.precision in TABLE", "False"),
        ("[f(name) for name in ()]", "[]"),
        ("f'{recipe.dataset}.pt'", "'cifar10.pt'"),
        ("(lambda a, b: a + a + b)(x, 1)", "x + x + 1"),
        ("(lambda a: a + a)(f(x))", "(lambda a: a + a)(f(x))"),
        ("'epochs' in group", "False"),
        ("math.gcd(8, recipe.batch_size) + math.pi", "8 + math.pi"),
    ],
)
def test_known_values_are_put_in(expression, folded):
    """What is known becomes a constant, what is decided its branch, and the rest stays."""
    program = build_program("TABLE = {'adam': lambda x, **more: Adam(x, **more, fused=True)}", recipe=Recipe())

    found = Folder(program, {}).visit(ast.parse(expression, mode="eval").body)

    assert folded == ast.unparse(ast.fix_missing_locations(found))


def test_what_is_off_vanishes():
    """A function that does nothing any more is not called, and what nobody reads is neither made nor handed on."""
    program = build_program(
        """
        def mirror(images):
            if recipe.flip:
                return images.flip(2)
            return images

        def note(recipe):
            if recipe.cutout:
                print("cut")

        def train(images):
            unread = torch.rand(3)
            note(recipe)
            images = mirror(images)
            return images
        """,
        recipe=Recipe(),
    )

    for _ in range(4):
        fold_program(program)
        shrink_parameters(program)
        fold_program(program)
        inline(program)
        leave_out_unread(program, ("train",))

    assert "def train(images):\n    return images" == write(program)


def test_what_changes_something_stays():
    """A call that changes what it is given stays, although nobody reads its answer."""
    program = build_program("def train(x):\n    y = x.add_(1)\n    z = x + 1\n    return x")

    leave_out_unread(program, ("train",))

    assert "def train(x):\n    y = x.add_(1)\n    return x" == write(program)


def test_alike_parts_are_written_once():
    """Neighbours that differ by numbers only become one, for each row of these numbers."""
    long = "Block(Row(Conv({0}, {1}), Norm({1}), Bend()), Row(Conv({0}, {1}), Pool(2), Bend()))"
    text = f"Net({long.format(3, 32)}, {long.format(32, 64)}, Dense(5))"

    written = ast.unparse(ast.fix_missing_locations(Repeater().visit(ast.parse(text, mode="eval").body)))

    element = long.format("inputs", "outputs")
    assert f"Net(*({element} for inputs, outputs in ((3, 32), (32, 64))), Dense(5))" == written


@pytest.mark.parametrize(
    "expression",
    [
        "function(first_argument, second=[one, two, three], third=another_function(four, five) + six)",
        "[transform(element) for element in collection.of.many.things if element.is_wanted and element.is_there]",
        "beginning(of_a_chain).continued(here).and_ended(there) * (some_factor + another) - the_rest_of_it",
        "one_long_name if another_long_name and a_third else (yet_another_long_name or the_last_one) - x",
        "{'a key': a_long_value_that_goes_on, **others}[first_index, second_index:third_index].method('text')",
    ],
)
@pytest.mark.parametrize("room", [20, 40, 60])
def test_lines_mean_the_same(expression, room):
    """However an expression is broken, it is the same one."""
    tree = ast.parse(f"x = {expression}").body[0]

    text = "\n".join(write_statement(tree, room))

    assert ast.dump(tree) == ast.dump(ast.parse(text).body[0])
    assert "\n".join(write_expression(tree.value, 500)) in (
        ast.unparse(tree.value),
        ast.unparse(tree.value).replace("'", '"'),
    )


def test_comments_come_along():
    """Comments at the end of a line, and those before a statement, stand in the program where they stood."""
    program = read_program("textbook", Run(recipe=Recipe(), seed=0))

    text = "\n".join(write_statement(program.definitions["evaluate"]))
    constant = "\n".join(write_statement(program.definitions["SMALLEST"]))

    assert "  # " in constant
    assert text.startswith("def evaluate(")


def test_what_no_caller_takes_is_not_answered():
    """Of a pair whose second part nobody takes the first is answered, and of a value of one field the field."""
    program = build_program(
        """
        class Judged:
            accuracy: float

        def judge(model) -> Judged:
            return Judged(accuracy=model.mean())

        def learn(model) -> tuple[float, float]:
            return model.loss, model.logits

        def train(model):
            loss, _ = learn(model)
            return loss, judge(model).accuracy
        """
    )

    shrink_answers(program)
    leave_out_unread(program, ("train",))

    assert [
        "def judge(model) -> float:\n    return model.mean()",
        "def learn(model) -> float:\n    return model.loss",
        "def train(model):\n    loss = learn(model)\n    return (loss, judge(model))",
    ] == [ast.unparse(node) for node in program.definitions.values()]


def test_what_a_caller_takes_is_answered():
    """One caller who takes the second part, or keeps the value, is enough."""
    text = "def learn(model):\n    return (model.loss, model.logits)\n\ndef train(model):\n    "
    text += "loss, _ = learn(model)\n    loss, logits = learn(model)\n    return loss"
    program = build_program(text)

    shrink_answers(program)

    assert text.replace("\n\n", "\n") == write(program)


@pytest.mark.parametrize(
    ("call", "simple"),
    [
        ("nn.Sequential(nn.Sequential(a, b))", "nn.Sequential(a, b)"),
        ("nn.Sequential(a, nn.Sequential(b, c), d)", "nn.Sequential(a, b, c, d)"),
        ("nn.Sequential(nn.Sequential(a), nn.Sequential(b))", "nn.Sequential(nn.Sequential(a), nn.Sequential(b))"),
        ("nn.Conv2d(3, 8, 3, stride=1, padding=1, groups=1)", "nn.Conv2d(3, 8, 3, padding=1)"),
        ("torch.optim.AdamW(x, betas=(0.9, 0.999), weight_decay=0.0)", "torch.optim.AdamW(x, weight_decay=0.0)"),
        ("[[0.1 for step in range(7)] for epoch in range(2)]", "[[0.1] * 7] * 2"),
        ("[step for step in range(7)]", "[step for step in range(7)]"),
    ],
)
def test_calls_of_libraries_are_simple(call, simple):
    """Rows of layers have no rows among their layers, usual arguments are left out, and constants are repeated."""
    found = Folder(build_program(""), {}).visit(ast.parse(call, mode="eval").body)

    assert simple == ast.unparse(ast.fix_missing_locations(found))
