"""From a run to the program that trains it."""

import ast

from tricks.export.derive.answers import shrink_answers
from tricks.export.derive.program import Program, read_program
from tricks.export.derive.repeat import Repeater
from tricks.export.derive.shrink import inline, shrink_parameters
from tricks.export.derive.statements import fold_program
from tricks.export.derive.unread import leave_out_unread
from tricks.export.derive.values import is_hidden
from tricks.recipe.run import Run

MODULE = "textbook"
ENTRIES = ("load_images", "train_run", "move")
MOST_ROUNDS = 30


def derive_program(run: Run) -> Program:
    """The run's training, with just what its recipe switches on."""
    program = read_program(MODULE, run)
    leave_out_unread(program, ENTRIES)
    before = ""
    for _ in range(MOST_ROUNDS):
        fold_program(program)
        shrink_parameters(program)
        fold_program(program)  # So that no body speaks of a parameter that it had.
        inline(program)
        shrink_answers(program)
        leave_out_unread(program, ENTRIES)
        now = "".join(map(ast.dump, program.definitions.values()))
        if now == before:
            break
        before = now
    for function in program.functions().values():
        Repeater().visit(function)
    left = [node.value for node in program.walk() if is_hidden(node)]
    if left:
        raise ValueError(f"the script would need {left[0]!r}, which source cannot spell")
    return program
