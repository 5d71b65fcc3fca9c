"""Times Ganymede beside the engines a user would otherwise run the same generator with.

Every contender gets the same random checkpoint: Ganymede as the reference's own file, the others as the
unmodified network of networks.py, ONNX Runtime and OpenVINO through its ONNX export. "As published" works
out spectral norm in every forward, as the reference's evaluation does; all others have it folded away. PyTorch's bf16 is
the whole module cast to bfloat16, which spares it the casts of autocast; f16, on CUDA, likewise. Each contender is first held to
the pictures of PyTorch in f32. Then they take turns, so that a machine that slows down slows all of them,
and each turn of a peer is divided by Ganymede's turn of the same round.

A peer lives in a process of its own, which keeps one engine's threads out of another's way.
"""

import argparse
import dataclasses
import importlib.metadata
import json
import multiprocessing
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
import traceback
import warnings

import numpy as np

f32_tolerance = 1e-3  # largest difference; rounding gives about 2e-5, a wrong network 0.1 and more
bf16_tolerance = 0.1  # mean difference; rounding gives about 0.01, a picture of something else 0.5
patience = 900  # seconds before a contender that says nothing has failed
pause = 0.3  # seconds between turns, in which thread pools stop spinning
least_runs = 2  # in a turn


class Failed(Exception):
    """Why a contender does not take part, in words."""


# ---- Peers, in their own processes ----
# Each returns prepare(z, y), which returns a function that runs the network once and one that gives the
# picture of the last run. Copies in and out are not timed where the engine allows it.


def pytorch(job):
    import torch

    import checkpoints
    import networks

    torch.set_num_threads(job.threads)
    torch.backends.cudnn.allow_tf32 = False  # f32 is f32
    torch.backends.cudnn.benchmark = True
    dtype = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}[job.precision]
    config = networks.CONFIGS[job.network]
    state = checkpoints.read_checkpoint(job.checkpoint)
    network = checkpoints.load(state, config).to(dtype)
    if job.spectral_norm:
        checkpoints.keep_spectral_norm(network, state, config)
    if job.channels_last:
        network = network.to(memory_format=torch.channels_last)
    network = network.to(job.device)
    if job.compiled:
        import torch._inductor.config

        torch._inductor.config.freezing = True
        network = torch.compile(network, dynamic=False, mode=job.compiled)
    image = None

    def prepare(z, y):
        z, y = torch.from_numpy(z).to(job.device, dtype), torch.from_numpy(y).to(job.device, dtype)

        def run():
            nonlocal image
            if job.compiled:
                torch.compiler.cudagraph_mark_step_begin()  # the last picture may be written over
            # inference_mode and freezing do not go together.
            with torch.no_grad() if job.compiled else torch.inference_mode():
                image = network(z, y)
            if job.device == "cuda":
                torch.cuda.synchronize()

        return run, lambda: image.float().cpu().numpy()

    return prepare


def onnxruntime(job):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = job.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    provider = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}[job.device]
    if provider not in ort.get_available_providers():
        raise Failed(f"this build of it has no {provider}")
    image = None

    def prepare(z, y):
        path = job.onnx.format(batch=len(z))
        session = ort.InferenceSession(path, options, providers=[provider])

        def run():
            nonlocal image
            (image,) = session.run(None, {"z": z, "y": y})

        return run, lambda: image

    return prepare


def openvino(job):
    import openvino as ov

    core = ov.Core()
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": job.threads,
        "INFERENCE_PRECISION_HINT": job.precision,
    }

    def prepare(z, y):
        compiled = core.compile_model(job.onnx.format(batch=len(z)), "CPU", settings)
        used = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
        if used != job.precision:
            raise Failed(f"runs {used} where {job.precision} is asked for")
        request = compiled.create_infer_request()
        request.set_tensor("z", ov.Tensor(z))
        request.set_tensor("y", ov.Tensor(y))
        return request.infer, lambda: request.get_output_tensor().data.copy()

    return prepare


@dataclasses.dataclass(frozen=True)
class Job:
    """What a worker needs to know."""

    network: str
    checkpoint: str
    onnx: str  # with {batch}
    threads: int
    precision: str
    device: str  # cpu, cuda
    channels_last: bool = False
    compiled: str = ""  # the mode of torch.compile
    spectral_norm: bool = False  # evaluated in every forward, as the reference does


def turn(run, seconds):
    """The milliseconds of each run, after a short warm-up."""
    warm = time.perf_counter() + 0.2
    run()
    while time.perf_counter() < warm:
        run()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < least_runs:
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return times


def serve(pipe, engine, job):
    """Answers ("image", batch, z, y) with a picture and ("turn", batch, seconds) with milliseconds."""
    prepared = {}
    prepare = None
    while request := pipe.recv():
        try:
            prepare = prepare or engine(job)
            what, batch, *rest = request
            if what == "image":
                prepared[batch] = prepare(*rest)
                run, image = prepared[batch]
                run()
                pipe.send(image())
            else:
                pipe.send(turn(prepared[batch][0], *rest))
        except Failed as failure:
            pipe.send(failure)
        except Exception as error:
            traceback.print_exc()
            first_line = str(error).strip().partition("\n")[0]
            pipe.send(Failed(f"{type(error).__name__}: {first_line}"))


# ---- Contenders, as the benchmark sees them ----


class Peer:
    def __init__(self, name, engine, job):
        self.name = name
        self.precision = job.precision
        self.engine = engine
        self.job = job
        self.process = None

    def image(self, batch, z, labels, y):
        if not self.process:
            context = multiprocessing.get_context("spawn")
            self.pipe, theirs = context.Pipe()
            self.process = context.Process(target=serve, args=(theirs, self.engine, self.job), daemon=True)
            self.process.start()
            theirs.close()
        return self.ask("image", batch, z, y)

    def turn(self, batch, seconds):
        times = self.ask("turn", batch, seconds)
        return {"median_ms": statistics.median(times), "min_ms": min(times), "runs": len(times)}

    def ask(self, *request):
        try:
            self.pipe.send(request)
            if not self.pipe.poll(patience):
                raise Failed(f"gave no answer in {patience} s")
            answer = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(5)
            raise Failed(f"its process ended with exit code {self.process.exitcode}") from None
        if isinstance(answer, Failed):
            raise answer
        return answer

    def close(self):
        if self.process:
            self.process.kill()
            self.process.join()


class Ganymede:
    """One process a turn: what a user sees who runs it, and no idle threads beside the peers."""

    name = "Ganymede"

    def __init__(self, binary, model, folder, precision, threads, truncation, device):
        self.binary = binary
        self.engine = ["--engine", "cuda"] if device == "cuda" else []
        self.model = model
        self.folder = folder
        self.precision = precision
        self.threads = threads
        self.truncation = truncation

    def image(self, batch, z, labels, y):
        from safetensors.numpy import load_file, save_file

        inputs, output = (pathlib.Path(self.folder, f"{name}-{batch}.safetensors") for name in ("in", "out"))
        save_file({"input.z": z, "input.y": labels}, inputs)
        output.unlink(missing_ok=True)
        arguments = ["--tensors", inputs, "--out", output, "--precision", self.precision, *self.engine]
        if self.truncation:
            arguments += ["--truncation", self.truncation]
        self.call("generate", *arguments)
        try:
            return load_file(output)["output.image"]
        except (OSError, KeyError) as error:
            raise Failed(f"generate left no output.image: {error!r}") from None

    def turn(self, batch, seconds):
        shape = ["--batch", batch, "--precision", self.precision, *self.engine]
        text = self.call("bench", *shape, "--threads", self.threads, "--seconds", f"{seconds:g}", "--json")
        try:
            answer = json.loads(text)
            (result,) = answer.pop("results")
            if (result["batch"], result["precision"]) != (batch, self.precision):
                raise ValueError(f"results of batch {result['batch']}, {result['precision']}")
            return answer | result | {"median_ms": float(result["median_ms"])}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Failed(f"bench printed something else than asked for: {error!r}") from None

    def call(self, command, *arguments):
        try:
            done = subprocess.run(
                [self.binary, command, self.model, *map(str, arguments)],
                capture_output=True,
                text=True,
                timeout=patience,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failed(str(error)) from None
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise Failed(f"{command} ended with exit code {done.returncode}: {last[0]}")
        return done.stdout

    def close(self):
        pass


def contenders(options, name, files, truncation):
    threads, device = options.threads, options.device
    for precision in options.precision:
        model, folder = files["checkpoint"], files["folder"]
        yield Ganymede(options.ganymede, model, folder, precision, threads, truncation, device)
        job = Job(name, model, files["onnx"], threads, precision, device)
        last = dataclasses.replace(job, channels_last=True)
        if precision == "f32":  # half precision is too coarse for its power iteration
            yield Peer("PyTorch eager, as published", pytorch, dataclasses.replace(job, spectral_norm=True))
        yield Peer("PyTorch eager", pytorch, job)
        yield Peer("PyTorch eager, channels last", pytorch, last)
        if options.compile:
            # On the CPU Inductor chooses layouts itself; on CUDA it keeps what it is given.
            shape = last if device == "cuda" else job
            yield Peer("PyTorch compiled, frozen", pytorch, dataclasses.replace(shape, compiled="default"))
            # With CUDA graphs, on CUDA.
            yield Peer("PyTorch compiled, max-autotune", pytorch, dataclasses.replace(shape, compiled="max-autotune"))
        if precision == "f32":  # ONNX Runtime's CPU provider has no bf16 kernels for x86; the export is in f32
            yield Peer("ONNX Runtime", onnxruntime, job)
        if device == "cpu":
            yield Peer("OpenVINO", openvino, job)


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
