"""A run's weights as a file of safetensors, with a model card inside."""

import json
from collections.abc import Mapping

import numpy as np
import safetensors
import safetensors.numpy

from tricks.analysis.compare import format_accuracy
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.store.files import WEIGHTS
from tricks.store.index import Finished
from tricks.store.results import Results
from tricks.store.store import Store
from tricks.store.tensors import MOST_BYTES
from tricks.store.writer import StoreError, explain_os_errors
from tricks.system.files import read_plain

STATISTICS = (".running_mean", ".running_var", ".num_batches_tracked")  # Of BatchNorms: kept, but not trained.
CARD = """# {label}, seed {seed}

A small convolutional network for CIFAR-10's kind of images, with {parameters:,} parameters.

- **Accuracy:** {accuracy:.2%} of the test images after the last epoch{diverged}. Over all seeds of this recipe that are
  finished, with the 95% interval: {interval}.
- **Trained:** {epochs} epochs over {images:,} images of {dataset} in batches of {batch_size}, by {optimizer} with
  learning rate {learning_rate:g}, in {seconds:.0f} s on {machine}, with PyTorch {torch}; finished {finished}.
- **Recipe:** `{values}` on top of the baseline; its key is `{key}`.
- **Weights:** {kept}; SHA-256 over names and bytes of the tensors {sha256}.

From the folder of the lab's code it is loaded in four lines; inputs are [images, 3, 32, 32] from 0 to 1{normalised},
outputs logits{judged}:

```python
{loading}
```
"""
LOADING = """from tricks.training.model import Recipe, build_model
import safetensors.torch
model = build_model(Recipe({arguments})).eval()
model.load_state_dict(safetensors.torch.load_file("{file}"))"""


def load_weights(run: Run, store: Store) -> dict[str, np.ndarray]:
    """The run's kept weights, by name (StoreError where they are damaged, or another network's)."""
    with explain_os_errors(store.folder):
        content = read_plain(store.path(run, WEIGHTS), MOST_BYTES[WEIGHTS])
    try:
        weights = safetensors.numpy.load(content)
    except (safetensors.SafetensorError, ValueError, KeyError):
        weights = {}
    size = sum(one.size for name, one in weights.items() if not name.endswith(STATISTICS))
    if size != count_parameters(describe_network(run.recipe)):
        advice = "delete the run and train it again, or choose another seed"
        raise StoreError(f"the weights of {run.name} are damaged: {advice}")
    return weights


def write_weights(one: Finished, weights: Mapping[str, np.ndarray], results: Results, file: str) -> bytes:
    """The weights under the name `file`, with the model card and the run's facts as the file's metadata."""
    recipe = one.run.recipe
    facts = {"values": json.dumps(recipe.values), "dataset": recipe.dataset, "seed": str(one.run.seed)}
    accuracy = {"test_accuracy": str(one.outcome.test_accuracy), "weights_sha256": one.outcome.weights_sha256}
    metadata = {"card": write_card(one, results, file), "key": recipe.key, **facts, **accuracy}
    return safetensors.numpy.save(dict(weights), metadata=metadata)


def write_card(one: Finished, results: Results, file: str) -> str:
    """What somebody who finds the weights wants to know of them, as Markdown."""
    recipe, outcome = one.run.recipe, one.outcome
    values = " ".join(f"{name}={TRICKS[name].write(value)}" for name, value in recipe.values.items())
    return CARD.format(
        label=recipe.label,
        seed=one.run.seed,
        parameters=count_parameters(describe_network(recipe)),
        accuracy=outcome.test_accuracy,
        diverged=", and the training diverged" if outcome.diverged else "",
        interval=format_accuracy(recipe, results),
        epochs=recipe.epochs,
        images=recipe.train_images,
        dataset=recipe.dataset,
        batch_size=recipe.batch_size,
        optimizer=recipe.optimizer,
        learning_rate=recipe.learning_rate,
        seconds=outcome.seconds,
        machine=one.machine.title,
        torch=one.machine.torch,
        finished=outcome.finished,
        values=values or "nothing",
        key=recipe.key,
        kept=name_kept(recipe),
        sha256=outcome.weights_sha256,
        normalised=", normalised by the training images' mean and deviation" if recipe.normalize else "",
        judged="; the accuracy is of their mean for an image and its mirror image" if recipe.test_flip else "",
        loading=LOADING.format(arguments=write_arguments(recipe), file=file),
    )


def name_kept(recipe: Recipe) -> str:
    """Which weights of a training are kept: those that were judged."""
    if recipe.weight_averaging:
        return "the moving average that was judged"
    return "Lookahead's slow ones, which were judged" if recipe.lookahead else "those after the last step"


def write_arguments(recipe: Recipe) -> str:
    """The arguments of Python that make this recipe."""
    dataset = {} if recipe.dataset == "cifar10" else {"dataset": recipe.dataset}
    return ", ".join(f"{name}={value!r}" for name, value in (dataset | recipe.values).items())
