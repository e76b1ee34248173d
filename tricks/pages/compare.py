"""Any recipes of the cache side by side: curves, intervals, and a table."""

import pandas as pd
import streamlit as st

from tricks.charts import color_of, compare_bars_spec, compare_curves_spec
from tricks.comparison import Interval
from tricks.curves import accuracy_curve, mean_accuracy_curve
from tricks.drawing import draw_legend
from tricks.lab import open_lab
from tricks.pages.words import plain
from tricks.presets import PRESETS, name_preset
from tricks.recipe import Recipe
from tricks.results import RecipeResults, compare_results
from tricks.run import Run

LIVE_SECONDS = 2.0


def show() -> None:
    """The page, top to bottom."""
    st.markdown("### Compare")
    results = open_lab().results()
    if not results:
        st.info("Nothing has been trained yet: press Train on the first page.", icon=":material/explore:")
        return
    keys = choose_recipes(results)
    st.fragment(show_comparison, run_every=LIVE_SECONDS)(keys)


def choose_recipes(results: dict[str, RecipeResults]) -> list[str]:
    """The recipes to compare; the selection is in the link, and at first the blog's settings are chosen."""
    session = st.session_state
    session.pop("link", None)  # The first page writes its own link again when the visitor comes back.
    if "compared" not in session:
        session.compared = read_selection(results, st.query_params.get("recipes", ""))
    if "picked" not in session:
        session.picked = [key for key in session.compared if key in results]
    session.compared = st.multiselect(
        "Recipes", sort_keys(results, results), key="picked", format_func=lambda key: results[key].recipe.label
    )
    link = ".".join(key.rsplit("-", 1)[1] for key in session.compared)
    if st.query_params.get("recipes", "") != link:
        st.query_params["recipes"] = link
    return session.compared


def read_selection(results: dict[str, RecipeResults], link: str) -> list[str]:
    """The recipes that the link names, in its order; without any, the blog's settings."""
    by_hash = {key.rsplit("-", 1)[1]: key for key in results}
    named = link.split(".") if link else []
    if unknown := [name for name in named if name not in by_hash]:
        st.warning(plain(f"Not in this cache, and left out of the link: {', '.join(unknown)}."))
    chosen = [by_hash[name] for name in named if name in by_hash]
    return chosen or sort_keys(results, [key for key in results if is_preset(results[key].recipe)])


def is_preset(recipe: Recipe) -> bool:
    """Whether the recipe is one of the blog's settings on the real images."""
    return recipe.dataset == "cifar10" and name_preset(recipe) is not None


def sort_keys(results: dict[str, RecipeResults], keys) -> list[str]:
    """The blog's settings in the blog's order, then the others."""
    order = {Recipe(**preset.values).key: place for place, preset in enumerate(PRESETS.values())}
    return sorted(keys, key=lambda key: (order.get(key, len(order)), results[key].recipe.label))


def show_comparison(keys: list[str]) -> None:
    """Charts and table of the chosen recipes, up to date with what others add."""
    results = open_lab().results()
    chosen = {key: results[key] for key in keys if key in results}
    if not chosen:
        st.info("Choose the recipes that you want to compare.", icon=":material/checklist:")
        return
    colors = {name_with_count(result): color_of(result.recipe) for result in chosen.values()}
    st.markdown("**Test accuracy by epoch**: means strong, single seeds faint")
    st.html(draw_legend(colors))
    st.vega_lite_chart(
        read_curves(tuple((key, tuple(result.runs)) for key, result in chosen.items()), chosen),
        compare_curves_spec(colors),
        key="curves",
        alt="Test accuracy by epoch of the chosen recipes",
    )
    st.markdown(
        "**Test accuracy after the last epoch**: diamond the mean, bar its 95% interval (from four seeds on), dots the"
        " single seeds, grey tick the blog's single run"
    )
    st.vega_lite_chart(
        bar_table(chosen), compare_bars_spec(colors), key="bars", alt="Final test accuracy of the chosen recipes"
    )
    st.dataframe(
        result_table(results, chosen),
        hide_index=True,
        column_config={
            "recipe": st.column_config.TextColumn("Recipe", width="large"),
            "accuracy": st.column_config.NumberColumn("Accuracy", format="percent"),
            "interval": st.column_config.TextColumn("95% interval"),
            "seeds": st.column_config.NumberColumn("N"),
            "baseline": st.column_config.TextColumn("Against the baseline", width="large"),
            "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.0f"),
        },
    )


def name_with_count(result: RecipeResults) -> str:
    """A legend's entry: the recipe and how many seeds stand behind it."""
    return f"{result.recipe.label} (N = {len(result.runs)})"


@st.cache_resource(max_entries=50, show_spinner=False)
def read_curves(identity: tuple[tuple[str, tuple[int, ...]], ...], _chosen: dict[str, RecipeResults]) -> pd.DataFrame:
    """Rows epoch, accuracy, label, seed, kind; read again only when a seed is added."""
    tables = []
    for result in _chosen.values():
        label = name_with_count(result)
        records = [open_lab().store.read(Run(recipe=result.recipe, seed=seed)) for seed in result.runs]
        records = [record for record in records if record]
        tables += [accuracy_curve(record, label).assign(kind="seed") for record in records]
        tables.append(mean_accuracy_curve(records, label).rename(columns={"mean": "accuracy"}).assign(kind="mean"))
    table = pd.concat(tables, ignore_index=True).rename(columns={"series": "label"})
    return table[["epoch", "accuracy", "label", "seed", "kind"]]


def bar_table(chosen: dict[str, RecipeResults]) -> pd.DataFrame:
    """Rows label, mean, low, high, reported, accuracy, kind."""
    rows = []
    for result in chosen.values():
        label, accuracy = name_with_count(result), result.accuracy
        preset = name_preset(result.recipe) if is_preset(result.recipe) else None
        reported = PRESETS[preset].reported if preset else None
        interval = {"mean": accuracy.mean, "low": accuracy.low, "high": accuracy.high, "reported": reported}
        rows.append({"label": label, "kind": "mean", **interval})
        rows += [{"label": label, "kind": "seed", "accuracy": value} for value in result.accuracies.values()]
    return pd.DataFrame(rows, columns=["label", "kind", "mean", "low", "high", "reported", "accuracy"]).astype(
        {name: float for name in ("mean", "low", "high", "reported", "accuracy")}
    )


def result_table(results: dict[str, RecipeResults], chosen: dict[str, RecipeResults]) -> pd.DataFrame:
    """One row a recipe."""
    return pd.DataFrame(
        [
            {
                "recipe": result.recipe.label,
                "accuracy": result.accuracy.mean,
                "interval": say_interval(result.accuracy),
                "seeds": len(result.runs),
                "baseline": say_against_baseline(results, result.recipe),
                "parameters": result.parameters,
                "seconds": result.seconds,
            }
            for result in chosen.values()
        ]
    )


def say_interval(accuracy: Interval) -> str:
    """The interval in words; it needs four seeds."""
    return "needs four seeds" if accuracy.low is None else f"{accuracy.low:.1%} to {accuracy.high:.1%}"


def say_against_baseline(results: dict[str, RecipeResults], recipe: Recipe) -> str:
    """The difference to the baseline on the same images, in words."""
    baseline = Recipe(dataset=recipe.dataset)
    if recipe == baseline:
        return "the reference"
    where = "" if recipe.dataset == "cifar10" else f"against the {recipe.dataset} baseline: "
    return where + compare_results(results, recipe, baseline).words
