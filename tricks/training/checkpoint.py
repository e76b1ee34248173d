"""Weights and optimiser state as safetensors bytes: checkpoints, final weights, and their hash."""

import hashlib
from collections.abc import Mapping

import safetensors
import safetensors.torch
import torch
from torch import nn

from tricks.recipe.measurements import Checkpoint
from tricks.training.optimizer import list_weights


class CheckpointMismatch(Exception):
    """The checkpoint is not one of this run; the message is one sentence that says what to do."""


def save_state(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    epoch: int,
    step: int,
    seconds: float,
    layout: str = "channels_last",
    more: Mapping[str, torch.Tensor] | None = None,
) -> Checkpoint:
    """All that the rest of the training needs: random streams start afresh each epoch, so they are not in it.

    `more` are tensors that follow the weights, by name.
    """
    tensors = {f"model/{name}": tensor for name, tensor in model.state_dict().items()} | dict(more or {})
    for place, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{place}/{name}": tensor for name, tensor in state.items() if tensor is not None}
    progress = {"epoch": str(epoch), "step": str(step), "seconds": str(seconds), "layout": layout}
    state = safetensors.torch.save(on_cpu(tensors), metadata=progress)
    return Checkpoint(epoch=epoch, step=step, seconds=seconds, state=state, layout=layout)


def restore_state(
    checkpoint: Checkpoint,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    more: Mapping[str, torch.Tensor] | None = None,
) -> tuple[int, float]:
    """Puts the checkpoint's tensors back; returns epochs done and seconds taken (CheckpointMismatch)."""
    try:
        _put_back(safetensors.torch.load(checkpoint.state), model, optimizer, more or {})
    except (RuntimeError, ValueError, LookupError, safetensors.SafetensorError):
        raise CheckpointMismatch(
            "its checkpoint does not fit the network: delete the run with `python -m tricks delete`, and it begins anew"
        ) from None
    return checkpoint.epoch, checkpoint.seconds


def _put_back(
    tensors: dict[str, torch.Tensor],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    more: Mapping[str, torch.Tensor],
) -> None:
    model.load_state_dict({name.removeprefix("model/"): t for name, t in tensors.items() if name.startswith("model/")})
    for name, tensor in more.items():
        tensor.copy_(tensors[name])
    parameters = list_weights(optimizer)
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, place, moment = name.split("/")
            parameter = parameters[int(place)]
            # The fused optimisers walk weights and moments in memory order, so the moments take the weights' layout.
            like = torch.empty_like(parameter) if tensor.shape == parameter.shape else torch.empty_like(tensor)
            optimizer.state[parameter][moment] = like.to(parameter.device, tensor.dtype).copy_(tensor)


def on_cpu(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors as safetensors wants them."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def hash_weights(model: nn.Module) -> str:
    """The SHA-256 over the names and bytes of all tensors of the model."""
    digest = hashlib.sha256()
    for name, tensor in on_cpu(model.state_dict()).items():
        digest.update(name.encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
