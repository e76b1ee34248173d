"""A run's training as one readable file, on PyTorch and torchvision alone."""

from dataclasses import dataclass

from tricks.catalogue.datasets import DATASETS
from tricks.export.derive.derive import derive_program
from tricks.export.derive.layout import write_imports, write_sections
from tricks.recipe.recipe import TRICKS
from tricks.recipe.run import Run
from tricks.store.index import Finished

SAME = "; on the same processor, not a GPU, with these threads and versions this one has its losses, step by step."
NEAR = "; the last digits of this one may differ, since it keeps its learning rate on the host."


@dataclass(frozen=True, kw_only=True)
class Script:
    """A training in parts: what it is, its imports, what each section is about with its text, and its last lines."""

    title: str
    about: str
    imports: str
    sections: list[tuple[str, str]]
    start: str


def describe_script(run: Run, finished: Finished | None) -> Script:
    """The parts of the run's script; where it is finished the script expects to meet its accuracy again."""
    program = derive_program(run)
    values = ", ".join(f"{name}={TRICKS[name].write(value)}" for name, value in run.recipe.values.items())
    about = f"The recipe is the blog's baseline{f' with {values}' if values else ''}. The seed is {run.seed}."
    if finished:
        accuracy, machine = finished.outcome.test_accuracy, finished.machine
        about += f" The lab's run reached a test accuracy of {accuracy:.2%} ({machine.title}, PyTorch {machine.torch})"
        about += SAME if machine.device == "cpu" else NEAR
    return Script(
        title=f"A small convolutional network, trained on {DATASETS[run.recipe.dataset].title}.",
        about=about,
        imports=write_imports(program),
        sections=write_sections(program),
        start=write_start(run, finished),
    )


def write_start(run: Run, finished: Finished | None) -> str:
    """The lines that train: threads and rounding as the lab's worker has them."""
    threads = f"torch.set_num_threads({finished.machine.threads})\n" if finished else ""
    device = '"cuda" if torch.cuda.is_available() else "cpu"'
    folder = "data" if run.recipe.dataset == "cifar10" else "."
    return f'torch.set_flush_denormal(True)\n{threads}train_run(move(load_images("{folder}"), {device}))'


def write_script(run: Run, finished: Finished | None) -> str:
    """The whole file."""
    script = describe_script(run, finished)
    sections = "\n\n".join(f"# {about}\n{text}" for about, text in script.sections)
    start = "\n    ".join(script.start.splitlines())
    head = f'"""{fill(script.title)}\n\n{fill(script.about)}\n"""'
    return f'{head}\n\n{script.imports}\n\n{sections}\n\nif __name__ == "__main__":\n    {start}\n'


def fill(text: str, width: int = 110) -> str:
    """The text in lines of this width."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines)
