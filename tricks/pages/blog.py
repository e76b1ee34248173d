"""The blog replayed: its figures beside ours, its conclusions one by one, and its confounds taken apart."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from tricks.analysis.claims import (
    CONCLUSIONS,
    CONFOUNDS,
    CONTROLS,
    NOTEBOOK,
    OTHER_RUNS,
    POST,
    find_setting,
    list_settings,
    title_setting,
)
from tricks.analysis.compare import format_accuracy, measure_accuracy
from tricks.analysis.verdicts import Finding, check_both, format_reported
from tricks.charts.blog import REPLAY_COLORS, blog_replay_spec, reported_spec
from tricks.charts.drawing import draw_legend
from tricks.lab import open_lab
from tricks.pages.sessions.page_lock import refresh
from tricks.pages.shared.links import link_column, link_to
from tricks.pages.shared.missing_runs import offer_missing
from tricks.pages.shared.text import plain
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import BLOG_PRESETS
from tricks.stats.comparison import MEASURES
from tricks.stats.wording import MEASURE_WORDS
from tricks.store.results import Results

LIVE_SECONDS = 5.0
BADGES = {True: "green", False: "orange", None: "gray"}
ROWS = ["label", "place", "kind", "accuracy", "low", "high"]


def show() -> None:
    """The page, top to bottom."""
    st.title("The blog, replayed", anchor=False)
    st.caption(
        f"In [March 2021]({POST}) Sujit Pal tried eight settings of a small CNN on CIFAR-10, once each and without a"
        f" seed. Two earlier versions of his [notebook]({NOTEBOOK}) were committed with their outputs: the same"
        " settings, other figures. Here are all three, and what the same settings give over several seeds. (The post"
        " speaks of about 1,000 images; its code uses the whole of CIFAR-10, as we do.)"
    )
    refresh(show_blog_answers, LIVE_SECONDS)()


def show_blog_answers() -> None:
    """All answers, up to date with what others add."""
    results = open_lab().results()
    show_blog_figures(results)
    st.header("His conclusions, one by one", anchor=False)
    st.caption(
        "Each is judged by all seeds of both, with an interval that holds however often one looks: first by the settled"
        " accuracy, the mean of the last three epochs, then after the last epoch, as he did. That something helps is"
        " confirmed when the whole interval lies above zero, and refuted when it has no room for a gain of a point;"
        " that there is hardly a difference, when all of it lies within a point, or beyond one."
    )
    findings = [check_both(claim, results) for claim in CONCLUSIONS]
    for measure, judged in zip(MEASURES, zip(*findings, strict=True), strict=True):
        st.markdown(f"{MEASURE_WORDS[measure].capitalize()}: {format_counts(judged)}")
    st.caption("Each holds by itself: of twenty verdicts one may be wrong. Compare also corrects for their number.")
    for both in findings:
        show_finding(both, [one.verdict for one in both], f"his three runs: {format_reported(both[0].claim)} points")
    st.header("What he changed at once, taken apart", anchor=False)
    st.caption("“As good as” and “reach” allow less than a point.")
    for confound in CONFOUNDS:
        st.markdown(f"**{confound.title}.** {confound.why}")
        for both in (check_both(claim, results) for claim in confound.questions):
            show_finding(both, [one.answer for one in both])
    st.header("The controls", anchor=False)
    st.dataframe(
        pd.DataFrame(describe_control(name, results) for name in CONTROLS),
        hide_index=True,
        height="content",
        column_config=column_config(),
    )
    offer_missing(list_settings())


def format_counts(findings: Sequence[Finding]) -> str:
    """How many conclusions are confirmed, refuted and open."""
    counts = Counter(finding.verdict for finding in findings)
    verdicts = ("confirmed", "refuted", "not clear yet", "not measured yet")
    return " · ".join(f"{counts[verdict]} {verdict}" for verdict in verdicts if counts[verdict])


def show_blog_figures(results: Results) -> None:
    """His bar chart and table, with his other runs and our seeds beside them."""
    left, right = st.columns([2, 3])
    with left:
        st.markdown("**As the blog drew it**: one run each")
        reported = [
            {"label": shorten(preset.title), "place": place, "reported": preset.reported}
            for place, preset in enumerate(BLOG_PRESETS.values())
        ]
        st.vega_lite_chart(pd.DataFrame(reported), reported_spec(), key="reported", alt="The blog's bar chart")
    with right:
        st.markdown("**The same settings again**: his three runs, and ours, after the last epoch")
        st.html(draw_legend(REPLAY_COLORS))
        rows = [row for place, name in enumerate(BLOG_PRESETS) for row in chart_rows(name, place, results)]
        table = pd.DataFrame(rows, columns=ROWS).astype({name: float for name in ("accuracy", "low", "high")})
        st.vega_lite_chart(
            table, blog_replay_spec(), key="replay", alt="The blog's three runs and our seeds by setting"
        )
    st.dataframe(
        pd.DataFrame(describe_preset(name, results) for name in BLOG_PRESETS),
        hide_index=True,
        height="content",
        column_config=column_config(),
    )


def chart_rows(name: str, place: int, results: Results) -> list[dict]:
    """The rows of one setting in the chart."""
    recipe = find_setting(name)
    result, mean = results.get(recipe.key), measure_accuracy(recipe, results)
    seeds = len(result.runs) if result else 0
    shared = {"label": f"{shorten(BLOG_PRESETS[name].title)}|N = {seeds}", "place": place}
    rows = [{**shared, "kind": "the blog", "accuracy": BLOG_PRESETS[name].reported}]
    rows += [{**shared, "kind": "one of its other two runs", "accuracy": accuracy} for accuracy in OTHER_RUNS[name]]
    if result:
        rows += [{**shared, "kind": "our seed", "accuracy": accuracy} for accuracy in result.accuracies.values()]
    if mean and mean.low is not None:
        rows.append({**shared, "kind": "mean", "accuracy": mean.mean, "low": mean.low, "high": mean.high})
    return rows


def shorten(title: str) -> str:
    """A title without what comes along: the blog's residual always has BatchNorm."""
    return title.split(" + ")[0]


def describe_preset(name: str, results: Results) -> dict:
    """A row of the blog's table."""
    percent = [100 * accuracy for accuracy in (BLOG_PRESETS[name].reported, *OTHER_RUNS[name])]
    runs = zip(("The blog", "Earlier 1", "Earlier 2"), percent, strict=True)
    return {"Setting": shorten(BLOG_PRESETS[name].title), **dict(runs), **describe_setting(name, results)}


def describe_control(name: str, results: Results) -> dict:
    """A row of the controls."""
    control = CONTROLS[name]
    return {"Control": control.title, "Question": control.question, **describe_setting(name, results)}


def describe_setting(name: str, results: Results) -> dict:
    """What is known here of a setting."""
    recipe = find_setting(name)
    return {
        "Train page": link_to(recipe),
        "Here": format_accuracy(recipe, results),
        "Parameters": count_parameters(describe_network(recipe)),
    }


def column_config() -> dict:
    """How the columns of both tables are shown."""
    return {
        **{name: st.column_config.NumberColumn(format="%.1f%%") for name in ("The blog", "Earlier 1", "Earlier 2")},
        "Here": st.column_config.TextColumn(width=250),
        "Parameters": st.column_config.NumberColumn(format="localized"),
        "Train page": link_column(),
    }


def show_finding(both: Sequence[Finding], verdicts: Sequence[str], note: str = "") -> None:
    """A claim, what becomes of it by each measure, and the figures that say so, with links to both recipes."""
    claim = both[0].claim
    links = " against ".join(
        f"[{title_setting(name)}]({link_to(find_setting(name))})" for name in (claim.recipe, claim.reference)
    )
    with st.container(border=True, gap="xxsmall"):
        remark = f" ({claim.remark})" if claim.remark else ""
        st.markdown(f"**{claim.text}**{remark} :{BADGES[both[0].holds]}-badge[{verdicts[0]}]")
        for finding, verdict in zip(both, verdicts, strict=True):
            words = f"{MEASURE_WORDS[finding.comparison.measure]}: {finding.words}: {verdict}"
            st.markdown(f":small[{plain(words)}]")
        st.markdown(f":small[{' · '.join(filter(None, (links, note)))}]")
