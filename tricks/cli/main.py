"""The lab without a browser: `python -m tricks COMMAND`."""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from tricks import __version__
from tricks.cli import answers, backup, commands, doctor, effects, export, host, imports, settle, train
from tricks.cli.arguments import add_cache, add_machine, add_recipe
from tricks.cli.output import Answer, close_stdout
from tricks.engines.engine import EngineError
from tricks.store.writer import StoreError
from tricks.system.files import format_os_error

PROGRAM = "python -m tricks"


Arguments = Callable[[argparse.ArgumentParser], None]

COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], Answer], str, tuple[Arguments, ...]]] = {
    "list": (commands.list_catalogue, "the catalogue of tricks", ()),
    "presets": (commands.list_presets, "the blog's settings by name", ()),
    "describe": (commands.describe, "a recipe's key, parameters and FLOPs", (add_recipe,)),
    "train": (
        train.train_seeds,
        "train what is missing in the cache",
        (add_recipe, train.add_seeds, add_cache, add_machine),
    ),
    "results": (
        answers.list_results,
        "all recipes in the cache, sorted",
        (answers.add_form, answers.add_imported, add_cache),
    ),
    "compare": (
        answers.compare_two,
        "one recipe against another, over all seeds of both",
        (answers.add_sides, answers.add_measure, answers.add_imported, add_cache),
    ),
    "settle": (
        settle.settle,
        "train seeds of whichever of two recipes needs them, until the verdict is clear or the budget ends",
        (answers.add_sides, answers.add_measure, settle.add_budget, add_cache, add_machine),
    ),
    "effects": (
        effects.list_effects,
        "what helps: every trick on top of a recipe, and the best so far",
        (effects.add_base, answers.add_measure, answers.add_imported, add_cache),
    ),
    "blog": (
        answers.replay_blog,
        "the blog's settings and conclusions beside what the cache says, as Markdown tables",
        (add_cache,),
    ),
    "export": (export.export, "results to take away: tables, weights and more", (export.add_export, add_cache)),
    "import": (
        host.as_owner(imports.import_files),
        "runs of another host, checked, and kept apart from the own ones",
        (imports.add_source, add_cache),
    ),
    "bench": (
        commands.bench,
        "speed: this code beside the blog's way, and peers where they are installed",
        (add_machine, commands.add_parts),
    ),
    "doctor": (
        doctor.examine,
        "whether all that the lab promises holds on this machine; some minutes",
        (add_machine, add_cache),
    ),
    "queue": (host.list_queue, "for the host: what visitors wait for", (add_cache,)),
    "stop": (
        host.as_owner(host.stop_runs),
        "for the host: take a run out of the queue, also while it is trained",
        (host.add_name, add_cache),
    ),
    "ban": (
        host.as_owner(host.ban),
        "for the host: refuse a visitor's requests for an hour",
        (host.add_visitor, add_cache),
    ),
    "backup": (backup.back_up, "for the host: copy what is new in the cache", (backup.add_folder, add_cache)),
    "restore": (backup.restore, "for the host: bring back what the cache has not", (backup.add_folder, add_cache)),
    "delete": (
        host.as_owner(host.delete_runs),
        "for the host: delete runs and all their files",
        (host.add_name, host.add_consent, host.add_force, add_cache),
    ),
    "trim": (
        host.as_owner(host.make_room),
        "for the host: delete stopped runs, and the oldest weights and predictions, to make room",
        (host.add_size, host.add_consent, add_cache),
    ),
}


class Parser(argparse.ArgumentParser):
    """Answers wrong arguments with one line."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong and ends with 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns 0 when it is done, 1 when the work failed, 2 when the arguments are wrong."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # Where letters are missing, the rest is still told.
    try:
        parser = build_parser()
        options = parser.parse_args(arguments)
        if not options.command:
            parser.print_help()
            return 0
        answer = options.command(options)
        print(answer.write(options.json), flush=True)
        return answer.code
    except BrokenPipeError:  # As by `| head`: who reads has enough.
        close_stdout()
        return 1
    except ValueError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    except (StoreError, EngineError) as error:
        reason = str(error)
    except OSError as error:
        reason = format_os_error(error)
    except KeyboardInterrupt:
        reason = "interrupted"
    print(f"{PROGRAM}: {reason}", file=sys.stderr)
    return 1


def build_parser() -> Parser:
    """All commands with their arguments."""
    parser = Parser(prog=PROGRAM, description="Which training tricks really help, by how much, and how sure?")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.set_defaults(command=None)
    subparsers = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)
    for name, (command, about, arguments) in COMMANDS.items():
        sub = subparsers.add_parser(name, help=about, description=about)
        sub.set_defaults(command=command)
        sub.add_argument("--json", action="store_true", help="print one JSON document, and nothing else, on stdout")
        for add in arguments:
            add(sub)
    return parser
