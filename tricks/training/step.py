"""One optimiser step: eagerly everywhere, and as a CUDA graph where that has been proved right and faster.

A step of this small net is bound by the launches of its kernels, not by their work. A graph launches them all at once,
but a wrong capture trains on quietly with wrong numbers: so it is used only after `prove`.
https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Proof
from tricks.training.device import synchronize
from tricks.training.optimizer import take_step

PROOF_STEPS = 20
TOLERANCE = 1e-2  # Of a loss, relative: kernels that add in another order drift apart by less in so few steps.
WARM_UP_STEPS = 3  # As PyTorch's notes advise before a capture.

Batch = tuple[torch.Tensor, torch.Tensor]
# Inputs [batch, 3, 32, 32] and labels [batch], to the loss and the number of right answers.
Step = Callable[[torch.Tensor, torch.Tensor], Batch]
Built = TypeVar("Built")


def make_step(recipe: Recipe, model: nn.Module, optimizer: torch.optim.Optimizer, autocast: torch.autocast) -> Step:
    """The plain step: forward, loss, backward, and the weights moved by the optimiser's learning rate."""

    def step(inputs: torch.Tensor, labels: torch.Tensor) -> Batch:
        with autocast:
            logits = model(inputs).float()  # [batch, 10]
        loss = F.cross_entropy(logits, labels, label_smoothing=recipe.label_smoothing)
        loss.backward()
        take_step(recipe, model, optimizer)
        return loss.detach(), (logits.detach().argmax(1) == labels).sum()

    return step


def make_graphed_step(step: Step, optimizer: torch.optim.Optimizer, inputs: torch.Tensor, labels: torch.Tensor) -> Step:
    """The step as a CUDA graph for batches of this shape; a smaller last batch goes the plain way.

    The warm-up and the capture change weights, moments and random state: the caller puts them back.
    """
    for group in optimizer.param_groups:
        group["lr"] = torch.tensor(float(group["lr"]), device=inputs.device)  # Read by the graph at every replay.
        if "capturable" in group:
            group["capturable"] = True
    own_inputs, own_labels = inputs.clone(memory_format=torch.preserve_format), labels.clone()
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP_STEPS):
            step(own_inputs, own_labels)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        outputs = step(own_inputs, own_labels)

    def replay(inputs: torch.Tensor, labels: torch.Tensor) -> Batch:
        if inputs.shape != own_inputs.shape:
            return step(inputs, labels)
        own_inputs.copy_(inputs)
        own_labels.copy_(labels)
        graph.replay()
        return outputs

    return replay


def choose_step(
    step: Step, model: nn.Module, optimizer: torch.optim.Optimizer, batches: Sequence[Batch]
) -> tuple[Step, Proof]:
    """The graphed step when its proof succeeds, else the plain one; model and optimiser are left as they were."""
    restore = remember_state(model, optimizer)
    device = batches[0][0].device
    graphed, proof = prove(
        lambda: step,
        lambda: make_graphed_step(step, optimizer, *batches[0]),
        lambda chosen: torch.stack([chosen(*batch)[0].clone() for batch in batches]).tolist(),
        restore,
        lambda: synchronize(device),
    )
    return graphed or step, proof


def prove(
    build_plain: Callable[[], Built],
    build_fast: Callable[[], Built],
    work: Callable[[Built], list[float]],
    restore: Callable[[], None],
    wait: Callable[[], None] = lambda: None,
) -> tuple[Built | None, Proof]:
    """The fast way, or None where it fails, gives other losses, or is not faster; the state is put back in the end.

    `work` does some steps with what was built and returns their losses; every round begins from the same state.
    """

    def measure(build: Callable[[], Built]) -> tuple[Built, list[float], float]:
        built = build()
        restore()
        losses = work(built)
        restore()
        wait()
        began = time.perf_counter()
        work(built)
        wait()
        return built, losses, time.perf_counter() - began

    try:
        _, expected, plain_seconds = measure(build_plain)
        fast, losses, fast_seconds = measure(build_fast)
    except Exception as error:  # Whatever goes wrong in a capture, the plain way is still there.
        reason = str(error).splitlines()[0] if str(error) else repr(error)
        return None, Proof(used=False, reason=f"it failed: {reason}")
    finally:
        restore()
    for number, (ours, theirs) in enumerate(zip(losses, expected, strict=True), start=1):
        if not math.isclose(ours, theirs, rel_tol=TOLERANCE):
            return None, Proof(used=False, reason=f"its loss differs at step {number}: {ours:.4f}, not {theirs:.4f}")
    ratio = plain_seconds / fast_seconds
    if ratio <= 1:
        return None, Proof(used=False, reason=f"it is not faster: {ratio:.2f} times the plain speed")
    return fast, Proof(used=True, reason=f"the same losses over {len(losses)} steps, {ratio:.1f} times as fast")


def remember_state(model: nn.Module, optimizer: torch.optim.Optimizer) -> Callable[[], None]:
    """A function that puts weights, moments and random state back in place, where a graph expects them."""
    tensors = list(model.state_dict().values())
    kept = [tensor.clone() for tensor in tensors]
    moments = {(p, name): value.clone() for p, state in optimizer.state.items() for name, value in state.items()}
    device = tensors[0].device
    random_state = torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state()

    @torch.no_grad()
    def restore() -> None:
        for tensor, before in zip(tensors, kept, strict=True):
            tensor.copy_(before)
        for parameter, state in optimizer.state.items():
            for name, value in state.items():
                if (parameter, name) in moments:
                    value.copy_(moments[parameter, name])
                elif value is not None:
                    value.zero_()  # Moments that the optimiser made since begin at zero.
        if device.type == "cuda":
            torch.cuda.set_rng_state(random_state, device)
        else:
            torch.set_rng_state(random_state)

    return restore
