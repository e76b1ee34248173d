"""The bench's speeds as a picture. Altair draws it to a file with `vl-convert-python`, which is not required."""

from pathlib import Path
from typing import Any

import altair as alt

from tricks.stats.wording import format_quantity

COLORS = {"blog": "#8b929c", "keras": "#0072b2", "lightning": "#7e57c2", "ours": "#e8590c"}


def plot(measured: dict[str, Any]) -> alt.FacetChart:
    """Images per second of every way, network by network."""
    rows = [
        {"network": score["network"], "way": score["name"], "whose": score["name"].split()[0]}
        | {"images per second": score["images_per_second"], "ratio": f"{score['ratio']:.2f}"}
        for score in measured["training"]
    ]
    order = list(dict.fromkeys(row["way"] for row in rows))
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("images per second:Q", title="images per second; beside the bars, times the blog's way"),
        y=alt.Y("way:N", sort=order, title=None, axis=alt.Axis(labelLimit=240)),
    )
    colors = alt.Scale(domain=list(COLORS), range=list(COLORS.values()))
    bars = base.mark_bar().encode(color=alt.Color("whose:N", scale=colors, legend=None))
    labels = base.mark_text(align="left", dx=4).encode(text="ratio:N")
    machine = measured["machine"]
    return (
        (bars + labels)
        .properties(width=480, height=alt.Step(20))
        .facet(
            row=alt.Row("network:N", title=None),
            title=f"{machine['name']}, {format_quantity(machine['threads'], 'thread')}",
        )
        .configure(background="white")
    )


def save_plot(measured: dict[str, Any], path: Path) -> None:
    """Draws the picture into an SVG or PNG file (ValueError, one sentence, where that is not possible)."""
    try:
        plot(measured).save(path)
    except ImportError:
        raise ValueError("--plot needs one more package: pip install vl-convert-python") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror})") from None
