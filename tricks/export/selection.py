"""What is taken away: the recipes and runs that some words name."""

from collections.abc import Sequence
from dataclasses import dataclass

from tricks.catalogue.trick import Value, short_repr
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import Recipe, fill_in, parse_values
from tricks.recipe.run import Run
from tricks.store.files import FINISHED
from tricks.store.index import Finished
from tricks.store.results import Results, gather
from tricks.store.store import Store
from tricks.store.writer import StoreError

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A recipe, and the seed of the one run of it that is meant (None: no particular one)."""

    recipe: Recipe
    seed: int | None = None


def read_words(words: Sequence[str], results: Results, seed: int | None = None) -> tuple[Chosen, ...]:
    """What the words choose (ValueError, one sentence): presets, keys, names of runs, or `all`.

    Words FIELD=VALUE change the recipe that is named before them, or the baseline.
    """
    if list(words) == [ALL]:
        return tuple(Chosen(recipe=one.recipe, seed=seed) for one in results.values())
    groups: list[tuple[Chosen, dict[str, str]]] = []
    for word in [part for one in words for part in split_word(one, results)]:
        named = find_named(word, results)
        name, equals, text = word.partition("=")
        if named is None and not equals:
            raise ValueError(
                f"{short_repr(word)} is neither a preset ({', '.join(PRESETS)}), nor a key or a run in the cache,"
                " nor FIELD=VALUE"
            )
        if named or not groups:
            groups.append((named or Chosen(recipe=Recipe()), {}))
        if named is None:
            groups[-1][1][name] = text
    return tuple(change(named, texts, seed) for named, texts in groups)


def split_word(word: str, results: Results) -> list[str]:
    """The parts of a word like `wider,flip=true`; a key or a run's name, which has commas too, is one."""
    return [word] if find_named(word, results) else word.split(",")


def find_named(word: str, results: Results) -> Chosen | None:
    """The preset, key or run of this name; None where there is none."""
    if word in PRESETS:
        return Chosen(recipe=Recipe(**PRESETS[word].values))
    key, _, seed = word.rpartition("-s")
    if word in results:
        return Chosen(recipe=results[word].recipe)
    if key in results and seed.isdecimal() and int(seed) in results[key].runs:
        return Chosen(recipe=results[key].recipe, seed=int(seed))
    return None


def change(named: Chosen, texts: dict[str, str], seed: int | None) -> Chosen:
    """The recipe with these fields changed, as `--set` would, and this seed, if one is asked for (ValueError)."""
    texts = dict(texts)
    known: dict[str, Value] = {"dataset": texts.pop("dataset", named.recipe.dataset), **named.recipe.values}
    recipe = Recipe(**{**known, **fill_in(parse_values(texts))})
    kept_seed = named.seed if recipe == named.recipe else None
    return Chosen(recipe=recipe, seed=kept_seed if seed is None else seed)


def list_finished(chosen: Sequence[Chosen], results: Results) -> list[Finished]:
    """All finished runs of what is chosen, each once, by recipe and seed (ValueError where there are none)."""
    found = {
        one.run.name: one
        for each in chosen
        if each.recipe.key in results
        for seed, one in results[each.recipe.key].runs.items()
        if each.seed in (None, seed)
    }
    if not found:
        raise ValueError("nothing of this is finished: train it first, or choose others")
    return list(found.values())


def pick_recipe(chosen: Sequence[Chosen]) -> Chosen:
    """The one recipe that is chosen (ValueError)."""
    if len(chosen) != 1:
        raise ValueError(f"this takes one recipe, not {len(chosen)}")
    return chosen[0]


def pick_run(chosen: Sequence[Chosen], store: Store, needs: str = "") -> Finished:
    """The finished run that is chosen, else the first of the recipe's that has the file that is needed (StoreError)."""
    one = pick_recipe(chosen)
    results = gather(store.finished())
    runs = results[one.recipe.key].runs if one.recipe.key in results else {}
    wanted = [found for seed, found in runs.items() if one.seed in (None, seed)]
    able = [found for found in wanted if store.path(found.run, needs or FINISHED).exists()]
    if able:
        return able[0]
    which = one.recipe.label if one.seed is None else f"seed {one.seed} of {one.recipe.label}"
    if wanted:
        raise StoreError(f"of {which} no weights are kept: delete a run and train it again, or choose another seed")
    raise StoreError(f"{which} is not finished: train it first")


def default_run(chosen: Sequence[Chosen], results: Results) -> Run:
    """The run that is chosen, finished or not: without a seed the first one finished, else seed 0."""
    one = pick_recipe(chosen)
    finished = results[one.recipe.key].runs if one.recipe.key in results else {}
    seed = next(iter(finished), 0) if one.seed is None else one.seed
    return Run(recipe=one.recipe, seed=seed)
