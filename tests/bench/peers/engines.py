"""The engines that the benchmark has take turns, each behind the same two questions: a picture, and a turn's
milliseconds.

A peer lives in a process of its own, which keeps one engine's threads out of another's way.
"""

import dataclasses
import json
import multiprocessing
import pathlib
import statistics
import subprocess
import time
import traceback

patience = 900  # seconds before a contender that says nothing has failed
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
