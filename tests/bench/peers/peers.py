"""Times Ganymede beside the engines a user would otherwise run the same generator with.

Every contender gets the same random checkpoint: Ganymede as the reference's own file, the others as the
unmodified network of networks.py, ONNX Runtime and OpenVINO through its ONNX export. "As published" works
out spectral norm in every forward, as the reference's evaluation does; all others have it folded away. PyTorch's bf16 is
the whole module cast to bfloat16, which spares it the casts of autocast; f16, on CUDA, likewise. Each contender is first held to
the pictures of PyTorch in f32. Then they take turns, so that a machine that slows down slows all of them,
and each turn of a peer is divided by Ganymede's turn of the same round.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import sys
import time
import warnings

import numpy as np

from engines import Failed, Ganymede, contenders

f32_tolerance = 1e-3  # largest difference; rounding gives about 2e-5, a wrong network 0.1 and more
bf16_tolerance = 0.1  # mean difference; rounding gives about 0.01, a picture of something else 0.5
pause = 0.3  # seconds between turns, in which thread pools stop spinning


# ---- The benchmark of one network ----


def prepare_files(name, options):
    """Writes the checkpoint and an ONNX file for each batch size; returns them, inputs and true pictures."""
    import torch

    import checkpoints
    import networks

    config = networks.CONFIGS[name]
    folder = pathlib.Path(options.workdir) / name
    state = checkpoints.random_checkpoint(config, seed=1)
    checkpoint = checkpoints.write_checkpoint(state, config, folder)
    onnx = str(folder / "batch-{batch}.onnx")
    files = {"folder": str(folder), "checkpoint": str(checkpoint), "onnx": onnx}
    network = checkpoints.load(state, config)
    inputs, pictures = {}, {}
    for batch in options.batch:
        z, labels = checkpoints.random_inputs(config, batch, seed=2)
        y = checkpoints.class_weights(labels, config.n_classes)
        with torch.inference_mode():
            pictures[batch] = network(z, y).numpy()
        # The older exporter needs the fewest packages, and says that it is the older one.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            (z, y),
            onnx.format(batch=batch),
            input_names=["z", "y"],
            output_names=["image"],
            opset_version=18,
            dynamo=False,
        )
        inputs[batch] = [tensor.numpy() for tensor in (z, labels, y)]
    return config, files, inputs, pictures


def check(contender, inputs, pictures):
    """Differences from PyTorch's f32 pictures for each batch size; ends the benchmark at a wrong picture."""
    differences = {}
    for batch, truth in pictures.items():
        image = contender.image(batch, *inputs[batch])
        if image.shape != truth.shape:
            raise Failed(f"gave pictures of shape {image.shape} instead of {truth.shape}")
        difference = np.abs(image.astype(np.float64) - truth)
        largest, mean = float(difference.max()), float(difference.mean())
        differences[batch] = {"max": largest, "mean": mean}
        print(
            f"- {contender.name} {contender.precision}, batch {batch}: differs from PyTorch f32 by at most"
            f" {largest:.1e}, by {mean:.1e} in the mean"
        )
        # Written so that a NaN is out of tolerance.
        if contender.precision == "f32" and not largest <= f32_tolerance:
            sys.exit(f"error: {contender.name} f32 computes another picture; nothing was timed")
        if not mean <= bf16_tolerance:
            raise Failed(f"it computes another picture at batch {batch}")
    return differences


def take_turns(entrants, options, give_up):
    """Round by round, adds each contender's turns to its `turns`: {batch: [result of each round]}."""
    for r in range(options.rounds):
        for batch in options.batch:
            # Another contender starts each round, so that none always follows the same one.
            start = r % max(len(entrants), 1)
            for entrant in entrants[start:] + entrants[:start]:
                time.sleep(pause)
                try:
                    result = entrant["contender"].turn(batch, options.seconds)
                    entrant["turns"].setdefault(batch, []).append(result)
                except Failed as failure:
                    entrants.remove(entrant)
                    give_up(entrant["contender"], failure)
        print(f"round {r + 1} of {options.rounds} done", file=sys.stderr)


def benchmark(name, options):
    print(f"\n## {name}\n", flush=True)
    config, files, inputs, pictures = prepare_files(name, options)
    failures = []

    def give_up(contender, failure):
        failures.append({"contender": contender.name, "precision": contender.precision, "why": str(failure)})
        print(f"- {contender.name} {contender.precision} is not counted: {failure}", flush=True)
        contender.close()

    everyone = list(contenders(options, name, files, config.truncation))
    entrants = []
    try:
        for contender in everyone:
            try:
                differences = check(contender, inputs, pictures)
                entrants.append({"contender": contender, "differences": differences, "turns": {}})
            except Failed as failure:
                give_up(contender, failure)
        take_turns(entrants, options, give_up)
    finally:
        for contender in everyone:
            contender.close()

    ours = {e["contender"].precision: e["turns"] for e in entrants if isinstance(e["contender"], Ganymede)}
    rows = []
    for entrant in entrants:
        contender = entrant["contender"]
        row = {"contender": contender.name, "precision": contender.precision, "batches": {}}
        for batch, turns in entrant["turns"].items():
            times = [result["median_ms"] for result in turns]
            ratios = []
            if contender.precision in ours:
                our_turns = ours[contender.precision][batch]
                ratios = [ms / our["median_ms"] for ms, our in zip(times, our_turns, strict=True)]
            row["batches"][batch] = {
                "median_ms": statistics.median(times),
                "ratio": statistics.median(ratios) if ratios else None,
                "ratios": ratios,
                "turns": turns,
                "difference": entrant["differences"][batch],
            }
        rows.append(row)
    print_table(rows, options.batch)
    return {"contenders": rows, "failures": failures}


def print_table(rows, batches):
    head = ["contender", "precision"]
    for batch in batches:
        head += [f"batch {batch}, ms", "ratio"]
    print("\n| " + " | ".join(head) + " |")
    print("|---|---|" + "--:|" * (len(head) - 2))
    for row in rows:
        cells = [row["contender"], row["precision"]]
        for batch in batches:
            result = row["batches"][batch]
            cells += [f"{result['median_ms']:.2f}", f"{result['ratio']:.2f}" if result["ratio"] else "-"]
        print("| " + " | ".join(cells) + " |")
    print("\nratio: time over Ganymede's in the same precision, median over rounds", flush=True)


# ---- The command ----


def machine(threads):
    cpu = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        cpu.setdefault(key.strip(), value.strip())
    flags = cpu.get("flags", "").split()
    versions = {}
    for package in ("torch", "onnxruntime", "openvino", "numpy"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "missing"
    return {
        "cpu": cpu.get("model name", platform.machine()),
        "cores": len(os.sched_getaffinity(0)),
        "bf16": [flag for flag in ("avx512_bf16", "amx_bf16") if flag in flags],
        "threads": threads,
        "versions": {"python": platform.python_version(), **versions},
        "load_before": os.getloadavg()[0],
    }


def comma_separated(kind):
    return lambda text: [kind(part) for part in text.split(",")]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ganymede", required=True, help="the binary")
    parser.add_argument(
        "--networks",
        type=comma_separated(str),
        default=["biggan-128", "hf-biggan-deep-128"],
        help="names in networks.py; -small has 8 channels, for a quick look",
    )
    parser.add_argument("--batch", type=comma_separated(int), default=[1, 8])
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="cuda: never tried yet")
    parser.add_argument("--precision", type=comma_separated(str), help="f32,bf16; on CUDA f32,f16")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of each turn")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--compile", action="store_true", help="torch.compile too; needs a C++ compiler")
    parser.add_argument("--json", help="where to write everything, each turn included")
    parser.add_argument(
        "--workdir",
        default=str(pathlib.Path(__file__).resolve().parents[3] / "build/peers"),
        help="where checkpoints and ONNX files go",
    )
    options = parser.parse_args()
    options.precision = options.precision or ["f32", "f16" if options.device == "cuda" else "bf16"]
    return options


def main():
    options = parse_arguments()
    # Read when PyTorch is loaded, here and in the workers.
    os.environ["OMP_NUM_THREADS"] = str(options.threads)

    about = machine(options.threads)
    versions = ", ".join(f"{package} {version}" for package, version in about["versions"].items())
    bf16 = " and ".join(about["bf16"]) or "no bf16 instructions"
    print(f"{about['cpu']}, {about['cores']} cores, {bf16}; {about['threads']} threads; {versions}")
    if options.device == "cpu" and "bf16" in options.precision and not about["bf16"]:
        print("bf16 is skipped: this CPU would only emulate it.")
        options.precision.remove("bf16")

    results = {name: benchmark(name, options) for name in options.networks}
    if options.json:
        report = {"machine": about, "options": vars(options), "networks": results}
        pathlib.Path(options.json).write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
