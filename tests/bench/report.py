#!/usr/bin/env python3
"""Writes docs/benchmarks.md and its plots from stored yardsticks: `./ganymede bench --report [STORED.json...]`.

    report.py [STORED.json...] [--out FOLDER]      (without files: all of tests/bench/results)

The same files give the same bytes: nothing is taken from the clock, the machine or the order of a folder.
"""

import argparse
import json
import pathlib
import sys

import compare
from compare import is_missing, is_number

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS, OTHERS, INK, GRID = "#2a6f97", "#b8c4cc", "#333333", "#e4e4e4"
TITLES = {
    "graph": "Graph",
    "bridge": "Frame bridge",
    "pictures": "Picture nodes",
    "editor": "Editor",
    "plugin": "Plugin interface (gan.h)",
    "trainer": "Trainer",
}
AXES = {
    "batch": ("pictures a run", "pictures a second", "pictures_per_second"),
    "resolution": ("pixels a side", "milliseconds a picture", "min_ms"),
    "threads": ("threads", "pictures a second", "pictures_per_second"),
    "generators": ("generators in one graph", "milliseconds a tick", "median_ms"),
}


def points_of(line):
    """The points that were measured, their speed by the least time: what the machine can do, not its neighbours."""
    points = [point for point in line["points"] if not is_missing(point)]
    return [p if "min_ms" not in p else p | {"pictures_per_second": 1e3 * p["batch"] / p["min_ms"]} for p in points]


def by_the_best_peak(document):
    """The document with its shares of the most that the machine multiplied in that precision during the run: beside a
    neighbour, the product that a run is compared with can be slower than the network."""
    curves = {} if is_missing(document["scaling"]) else document["scaling"]
    lists = [line["points"] for line in curves.values() if not is_missing(line)]
    if not is_missing(document["networks"]):
        lists.append(document["networks"]["results"])
    peaks = {}
    for cell in (cell for cells in lists for cell in cells):
        if is_number(cell.get("peak_gmac_per_second")):
            key = (cell.get("precision", "f32"), cell["threads"])  # curves are in f32
            peaks[key] = max(peaks.get(key, 0), cell["peak_gmac_per_second"])

    def shared(cell):
        if not is_number(cell.get("peak_share")):
            return cell
        share = cell["gmac_per_second"] / peaks[cell.get("precision", "f32"), cell["threads"]]
        bandwidth = cell["bandwidth_share"]
        return cell | {"peak_share": share} | ({"roofline_share": max(share, bandwidth)} if is_number(bandwidth) else {})

    scaling = {
        axis: line if is_missing(line) else line | {"points": [shared(point) for point in line["points"]]}
        for axis, line in curves.items()
    }
    answer = document | ({"scaling": scaling} if curves else {})
    if not is_missing(document["networks"]):
        answer["networks"] = document["networks"] | {"results": [shared(cell) for cell in document["networks"]["results"]]}
    return answer


# ---- Text ----


def shown(value, digits=3):
    """A number as a reader wants it: `digits` significant ones, and no exponent."""
    if is_missing(value) or not is_number(value):
        return "–"
    if value == 0 or abs(value) >= 10 ** (digits - 1):
        return f"{value:.0f}"
    text = f"{value:.{digits}g}"
    return f"{float(text):.6f}".rstrip("0").rstrip(".") if "e" in text else text


def percent(value):
    return f"{100 * value:.0f} %" if is_number(value) else "–"


def cell_text(value):
    return str(value).replace("|", "\\|").replace("\n", " ")


def table(head, rows):
    """A Markdown table. A head that ends in ">" is a column of numbers."""
    names = [name.rstrip(">") for name in head]
    rules = ["--:" if name.endswith(">") else "---" for name in head]
    lines = ["| " + " | ".join(names) + " |", "|" + "|".join(rules) + "|"]
    return lines + ["| " + " | ".join(map(cell_text, row)) + " |" for row in rows] + [""]


def about(document):
    machine, versions = document["machine"], document["versions"]

    def said(value):
        return f"none: {value['missing']}" if is_missing(value) else str(value)

    cores = "core" if machine["cores"] == 1 else "cores"
    graphics = said(machine["graphics"]).splitlines()
    rows = [
        ("processor", f"{machine['processor']}, {machine['cores']} {cores}; {', '.join(machine['features']) or 'no vectors'}"),
        ("memory", f"{machine['memory_gigabytes']} GB"),
        ("system", machine["kernel"]),
        ("NVIDIA", said(machine["nvidia"])),
        ("pictures are worked on by", graphics[0] if graphics else "–"),
        ("compiler", f"{said(versions['compiler'])}, {said(versions['build_type'])}"),
        ("OpenVINO, LibTorch, Mesa", "; ".join(said(versions[name]) for name in ("openvino", "libtorch", "mesa"))),
        ("load before it began", machine["load_before"]),
        ("date", document["date"]),
        ("commit", said(document["commit"])),
        ("command", f"`{document['command']}`"),
    ]
    bound = document["bound"]
    for figure in bound.get("figures", []):
        rows.append((f"measured peak: {figure['name']}", f"{shown(figure['value'])} {figure['unit']}"))
    return table(["", ""], rows)


def networks(document):
    section = document["networks"]
    if is_missing(section):
        return [f"Not measured: {section['missing']}.", ""]
    head = ["network", "engine", "precision", "batch>", "ms, median>", "ms, least>", "pictures/s>", "GMAC a picture>"]
    head += ["of the peak>", "of the bandwidth>", "of the roofline>", "load, s>", "memory, MB>"]
    rows = []
    for cell in section["results"]:
        if not is_missing(cell):
            rows.append([
                cell["network"], cell["engine"], cell["precision"], cell["batch"], shown(cell["median_ms"]),
                shown(cell["min_ms"]), shown(cell["pictures_per_second"]), shown(cell["gmac"]), percent(cell["peak_share"]),
                percent(cell["bandwidth_share"]), percent(cell["roofline_share"]), shown(cell["load_seconds"]),
                shown(cell["peak_megabytes"]),
            ])  # fmt: skip
    if not rows:
        return ["No network could be measured; the reasons are at the end.", ""]
    text = (
        "GMAC are those that the engine executes, which differ between engines and precisions. The peak is the most that the "
        "machine multiplied in that precision, measured beside each network; the bandwidth is that of reading the weights once a run; the "
        "roofline is the longer of both."
    )
    return [text, "", *table(head, rows)]


def bend(axis, line):
    """Where a curve bends, in a sentence made of its own figures."""
    points = points_of(line)
    if len(points) < 2:
        return ""
    first, last = points[0], points[-1]
    if axis == "batch":
        best = max(point["pictures_per_second"] for point in points)
        enough = next(point for point in points if point["pictures_per_second"] >= 0.9 * best)
        gain = f"{best / first['pictures_per_second']:.2f} times as many pictures a second as one at a time"
        if enough is first:
            sentence = f"Batches hardly pay: the best makes {gain}"
        else:
            sentence = f"Batches pay up to {enough['batch']} pictures, where a run makes nine tenths of the most there is ({gain})"
        weights, shares = first["bandwidth_share"], (first["peak_share"], enough["peak_share"])
        if is_number(weights) and all(map(is_number, shares)):
            sentence += f"; reading the weights takes {percent(weights)} of a run of one"
            if enough is not first:
                sentence += f", and the share of the peak goes from {percent(shares[0])} to {percent(shares[1])}"
        return sentence + "."
    if axis == "threads":
        best = max(points, key=lambda point: point["pictures_per_second"])
        speed_up = best["pictures_per_second"] / first["pictures_per_second"]
        if best is first:
            return "One thread is as fast as any number here."
        in_proportion = best["threads"] / first["threads"]
        lost = "; what is shared (memory, and what one thread does alone) takes the rest" if speed_up < 0.95 * in_proportion else ""
        return f"{best['threads']} threads are {speed_up:.2f} times as fast as {first['threads']}, {in_proportion:g} would be in proportion{lost}."
    if axis == "resolution":
        parts = ", ".join(f"{p['resolution']}: {shown(p['gmac'])} GMAC, {percent(p['peak_share'])} of the peak" for p in points)
        sentence = f"By pixels a side: {parts}."
        shares = [point["peak_share"] for point in points]
        if all(map(is_number, shares)) and shares[-1] < 0.9 * max(shares):
            best = points[shares.index(max(shares))]
            sentence += (
                f" It bends beyond {best['resolution']}: what a larger picture adds are layers with the most places and the fewest "
                f"channels, where a number that is read takes part in the fewest products, so that from there to {last['resolution']} the "
                f"products are {last['gmac'] / best['gmac']:.1f} times as many and the time is {last['median_ms'] / best['median_ms']:.1f} times as long."
            )
        return sentence
    grows = (last["median_ms"] - first["median_ms"]) / (last["generators"] - first["generators"])
    return (
        f"Each generator more takes {shown(grows)} ms of a tick, the first {shown(first['median_ms'])} ms with everything "
        "around it; the pictures are blended, which is part of it."
    )


def scaling(document, plots):
    section = document["scaling"]
    if is_missing(section):
        return [f"Not measured: {section['missing']}.", ""]
    lines = []
    for axis in compare.SCALING:
        line = section[axis]
        if is_missing(line):
            lines += [f"**{axis.capitalize()}**: not measured: {line['missing']}.", ""]
            continue
        name = line["network"] if axis != "resolution" else "biggan-R-" + line["network"].rpartition("-")[2]
        lines += [f"**{axis.capitalize()}** ({name}). {bend(axis, line)}", ""]
        x, _, _ = AXES[axis]
        there = points_of(line)
        rows = [[p[axis], shown(p.get("min_ms", p["median_ms"])), shown(p["pictures_per_second"]), percent(p.get("peak_share"))] for p in there]
        lines += table([f"{x}>", "ms>", "pictures/s>", "of the peak>"], rows)
    if plots.get("scaling"):
        lines += [f"![How it scales]({plots['scaling']})", ""]
    return lines


def program(section):
    if is_missing(section):
        return [f"Not measured: {section['missing']}.", ""]
    lines = []
    if section["about"]:
        lines += ["; ".join(f"{key}: {value}" for key, value in section["about"].items()), ""]
    rows = [
        [f["name"], shown(f["value"]), f["unit"], shown(f["bound"]) if is_number(f.get("bound")) else ""]
        for f in section["figures"]
    ]
    return lines + table(["", "value>", "unit", "bound>"], rows)


def peers(document, plots):
    section = document["peers"]
    if is_missing(section):
        return [f"Not measured: {section['missing']}.", ""]
    lines = []
    text = "Ratio: a peer's time over Ganymede's in the same precision, the median over rounds; above 1 Ganymede is faster."
    if not is_missing(section["networks"]):
        lines += [text + " Pictures were compared before times were.", ""]
        for name, result in section["networks"].items():
            rows = []
            for row in result["contenders"]:
                for batch, entry in row["batches"].items():
                    difference = f"{entry['difference']['max']:.1g}"
                    rows.append([name, row["contender"], row["precision"], batch, shown(entry["median_ms"]),
                                 f"{entry['ratio']:.2f}" if is_number(entry["ratio"]) else "–", difference])  # fmt: skip
            lines += table(["network", "contender", "precision", "batch>", "ms>", "ratio>", "largest difference>"], rows)
            lines += [f"- {f['contender']} {f['precision']} is not counted: {f['why']}" for f in result["failures"]]
            lines += [""] if result["failures"] else []
        packages = section["machine"]["versions"]
        lines += ["Versions: " + ", ".join(f"{name} {version}" for name, version in packages.items()) + ".", ""]
    if not is_missing(section["training"]):
        rows = [[row["network"], row["contender"], shown(row["pictures_per_second"]), f"{row['ratio']:.2f}",
                 shown(row["peak_gigabytes"])] for row in section["training"]]  # fmt: skip
        lines += table(["training", "contender", "pictures/s>", "as fast as PyTorch>", "memory, GB>"], rows)
    for name, title in (("peers", "Peers beside Ganymede"), ("training", "Training beside PyTorch")):
        if plots.get(name):
            lines += [f"![{title}]({plots[name]})", ""]
    return lines


def page(stored, plots):
    """The whole page, of {name: document} and {name: {plot: path}}."""
    lines = [
        "# Benchmarks",
        "",
        "Generated by `./ganymede bench --report` from `tests/bench/results`; do not edit. "
        "To measure your own machine: `./ganymede bench --json mine.json`, with `--peers` beside other engines.",
        "",
    ]
    if not stored:
        lines += ["Nothing has been measured and stored yet.", ""]
    for name, document in stored.items():
        lines += [f"## {name}", "", *about(document)]
        if document["quick"]:
            lines += ["A quick run: small networks, few repeats, one round; a look and no measurement to rely on.", ""]
        lines += ["### Networks", "", *networks(document)]
        lines += ["### Beside other engines", "", *peers(document, plots[name])]
        lines += ["### Scaling", "", *scaling(document, plots[name])]
        for section in compare.PROGRAMS:
            lines += [f"### {TITLES[section]}", "", *program(document[section])]
        absent = compare.unmeasured(document)
        lines += ["### What could not be measured", ""]
        lines += [f"- {what}: {why}" for what, why in absent] or ["Everything could."]
        lines += [""]
    return "\n".join(lines).rstrip("\n") + "\n"


# ---- Plots ----


def pyplot():
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({
        "svg.hashsalt": "ganymede",  # else ids are random
        "svg.fonttype": "path",  # looks the same without the font
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.edgecolor": "#999999", "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.color": GRID, "axes.axisbelow": True,
        "figure.facecolor": "white",  # pages may be dark
    })  # fmt: skip
    import matplotlib.pyplot

    return matplotlib.pyplot


def save(plt, figure, path):
    figure.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    # Matplotlib leaves blanks at ends of lines.
    path.write_text("\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n")


def plot_bars(plt, entries, label, path):
    """Horizontal bars of ratios, Ganymede at 1."""
    names, ratios = list(entries), list(entries.values())
    figure, axes = plt.subplots(figsize=(7.5, 0.9 + 0.26 * len(names)))
    places = range(len(names))
    axes.barh(places, ratios, color=[OURS if ratio >= 1 else OTHERS for ratio in ratios], height=0.68)
    axes.axvline(1, color=INK, linewidth=1)
    for place, ratio in zip(places, ratios):
        axes.text(ratio, place, f" {ratio:.2f}", va="center", ha="left", fontsize=8)
    axes.set_yticks(places, names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 1.12 * max(1, *ratios))
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(label)
    save(plt, figure, path)


def plot_scaling(plt, section, path):
    """The curves side by side; False where there are none."""
    drawn = [axis for axis in compare.SCALING if not is_missing(section[axis])]
    curves = {axis: points_of(section[axis]) for axis in drawn}
    drawn = [axis for axis in drawn if len(curves[axis]) > 1]
    if not drawn:
        return False
    figure, grid = plt.subplots(2, 2, figsize=(8.4, 5.8))
    places = grid.flatten()
    for place, axis in zip(places, drawn):
        x_label, y_label, key = AXES[axis]
        x = [point[axis] for point in curves[axis]]
        y = [point[key] for point in curves[axis]]
        place.plot(x, y, marker="o", markersize=4, linewidth=1.6, color=OURS)
        if axis in ("batch", "resolution"):
            place.set_xscale("log", base=2)
        if axis == "resolution":
            place.set_yscale("log")
            labels = [m * 10**e for e in range(-2, 5) for m in (1, 2, 5) if min(y) / 1.5 <= m * 10**e <= 1.5 * max(y)]
            place.set_yticks(labels, list(map(shown, labels)))
        else:
            place.set_ylim(0, 1.12 * max(y))
        if axis == "threads":  # what twice the threads would make, were nothing shared
            place.plot(x, [y[0] * n / x[0] for n in x], color=OTHERS, linewidth=1, linestyle="--", label="in proportion")
            place.set_ylim(0, 1.12 * max(y[0] * x[-1] / x[0], *y))
            place.legend(frameon=False, fontsize=8)
        place.set_xticks(x, list(map(str, x)))
        place.minorticks_off()
        place.set_xlabel(x_label)
        place.set_ylabel(y_label)
    for place in places[len(drawn) :]:
        place.remove()
    figure.tight_layout(h_pad=2, w_pad=2.5)
    save(plt, figure, path)
    return True


def draw(name, document, folder):
    """Writes a document's plots; {plot: path from the page}."""
    plots, plt = {}, pyplot()
    entries = compare.peer_entries(document)
    training = {key: ratio for key, ratio in entries.items() if key.startswith("training, ")}
    others = {key: ratio for key, ratio in entries.items() if key not in training}
    for plot, bars, label in (
        ("peers", others, "time over Ganymede's in the same precision (above 1: Ganymede is faster)"),
        ("training", training, "time of a PyTorch step over Ganymede's (above 1: Ganymede is faster)"),
    ):
        if bars:
            plots[plot] = f"benchmarks/{name}-{plot}.svg"
            plot_bars(plt, bars, label, folder / f"{name}-{plot}.svg")
    if not is_missing(document["scaling"]) and plot_scaling(plt, document["scaling"], folder / f"{name}-scaling.svg"):
        plots["scaling"] = f"benchmarks/{name}-scaling.svg"
    return plots


# ---- The command ----


def fail(message):
    print(f"ganymede: bench: {message}", file=sys.stderr)
    sys.exit(2)


def read(paths):
    stored = {}
    for path in sorted(paths, key=lambda path: path.stem):
        try:
            document = json.loads(path.read_text())
        except OSError as error:
            fail(f"{path}: {error.strerror}")
        except ValueError:
            fail(f"{path}: is not JSON")
        if wrong := compare.problems(document):
            fail(f"{path}: {wrong[0]}")
        if path.stem in stored:
            fail(f"{path}: another file has the same name, which is its heading")
        stored[path.stem] = by_the_best_peak(document)
    return stored


def write(stored, out):
    folder = out / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    plots = {name: draw(name, document, folder) for name, document in stored.items()}
    (out / "benchmarks.md").write_text(page(stored, plots))
    wanted = {(out / path).name for paths in plots.values() for path in paths.values()}
    for path in folder.glob("*.svg"):  # of results that are no longer stored
        if path.name not in wanted:
            path.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.error = fail
    parser.add_argument("stored", nargs="*", type=pathlib.Path, metavar="STORED.json")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs", help="folder of the page")
    options = parser.parse_args()
    stored = read(options.stored or (ROOT / "tests/bench/results").glob("*.json"))
    try:
        write(stored, options.out)
    except ImportError as error:
        fail(f"the plots need matplotlib ({error}); ./ganymede bench --report installs it")
    print(options.out / "benchmarks.md")


if __name__ == "__main__":
    main()
