"""One D and one G step of BigGAN in plain PyTorch, eager, as the reference implementation makes them, against ours.

    run --training [--rounds 5] [--configs 32x64,64x32]      (pixels x channels, batch 32)

Source: ajbrock/BigGAN-PyTorch: spectral norm by one power iteration in every forward pass, nearest upsampling before
3x3 convolutions, average pooling behind them, batch norm, gain and bias as separate operations, torch.optim.Adam.
The rounds are interleaved, each program in a process of its own; the table has medians of pictures a second, where a
picture has passed both steps.
"""

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

G_WIDTHS = {32: [4, 4, 4, 4], 64: [16, 16, 8, 4, 2], 128: [16, 16, 8, 4, 2, 1]}
D_WIDTHS = {32: [4, 4, 4, 4], 64: [1, 2, 4, 8, 16], 128: [1, 2, 4, 8, 16, 16]}
CLASSES, SHARED = 16, 64


class Spectral(nn.Module):
    def __init__(self, *shape, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(shape))
        nn.init.orthogonal_(self.weight)
        self.bias = nn.Parameter(torch.zeros(shape[0])) if bias else None
        self.register_buffer("u", torch.randn(1, shape[0]))

    def normalised(self):
        matrix = self.weight.flatten(1)
        with torch.no_grad():
            v = F.normalize(self.u @ matrix, eps=1e-6)
            u = F.normalize(v @ matrix.t(), eps=1e-6)
            if self.training:
                self.u[:] = u
        sigma = (v @ matrix.t() @ u.t()).squeeze()
        return self.weight / sigma


class Conv(Spectral):
    def forward(self, x):
        return F.conv2d(x, self.normalised(), self.bias, padding=self.weight.shape[2] // 2)


class Linear(Spectral):
    def forward(self, x):
        return F.linear(x, self.normalised(), self.bias)


class ConditionalNorm(nn.Module):
    def __init__(self, channels, inputs):
        super().__init__()
        self.gain, self.bias = Linear(channels, inputs, bias=False), Linear(channels, inputs, bias=False)
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))

    def forward(self, x, y):
        gain, bias = (1 + self.gain(y))[..., None, None], self.bias(y)[..., None, None]
        return F.batch_norm(x, self.mean, self.var, training=self.training, momentum=0.1, eps=1e-5) * gain + bias


class GeneratorBlock(nn.Module):
    def __init__(self, before, after, inputs):
        super().__init__()
        self.conv1, self.conv2 = Conv(after, before, 3, 3), Conv(after, after, 3, 3)
        self.shortcut = Conv(after, before, 1, 1)
        self.norm1, self.norm2 = ConditionalNorm(before, inputs), ConditionalNorm(after, inputs)

    def forward(self, x, y):
        h = F.interpolate(F.relu(self.norm1(x, y)), scale_factor=2)
        x = F.interpolate(x, scale_factor=2)
        h = self.conv2(F.relu(self.norm2(self.conv1(h), y)))
        return h + self.shortcut(x)


class Generator(nn.Module):
    def __init__(self, resolution, channels, dim_z):
        super().__init__()
        widths = [channels * n for n in G_WIDTHS[resolution]]
        self.chunk = dim_z // len(widths)
        self.dim_z = self.chunk * len(widths)
        self.shared = nn.Embedding(CLASSES, SHARED)
        self.linear = Linear(16 * widths[0], self.chunk)
        pairs = zip(widths, widths[1:])
        self.blocks = nn.ModuleList(GeneratorBlock(a, b, SHARED + self.chunk) for a, b in pairs)
        self.norm = nn.BatchNorm2d(widths[-1])
        self.output = Conv(3, widths[-1], 3, 3)

    def forward(self, z, labels):
        first, *rest = z.split(self.chunk, 1)
        embedded = self.shared(labels)
        x = self.linear(first).view(len(z), -1, 4, 4)
        for block, chunk in zip(self.blocks, rest):
            x = block(x, torch.cat([embedded, chunk], 1))
        return torch.tanh(self.output(F.relu(self.norm(x))))


class DiscriminatorBlock(nn.Module):
    def __init__(self, before, after, down, first):
        super().__init__()
        self.down, self.first = down, first
        self.conv1, self.conv2 = Conv(after, before, 3, 3), Conv(after, after, 3, 3)
        self.shortcut = Conv(after, before, 1, 1) if down or before != after else None

    def forward(self, x):
        h = self.conv2(F.relu(self.conv1(x if self.first else F.relu(x))))
        if self.first:
            x = self.shortcut(F.avg_pool2d(x, 2))
        else:
            x = self.shortcut(x) if self.shortcut else x
            x = F.avg_pool2d(x, 2) if self.down else x
        return (F.avg_pool2d(h, 2) if self.down else h) + x


class Discriminator(nn.Module):
    def __init__(self, resolution, channels):
        super().__init__()
        widths = [3] + [channels * n for n in D_WIDTHS[resolution]]
        downs = 2 if resolution == 32 else len(widths) - 2
        self.blocks = nn.ModuleList(
            DiscriminatorBlock(a, b, i < downs, i == 0) for i, (a, b) in enumerate(zip(widths, widths[1:]))
        )
        self.linear = Linear(1, widths[-1])
        self.embed = Spectral(CLASSES, widths[-1], bias=False)

    def forward(self, x, labels):
        for block in self.blocks:
            x = block(x)
        h = F.relu(x).sum([2, 3])
        return self.linear(h) + (F.embedding(labels, self.embed.normalised()) * h).sum(1, keepdim=True)


def step_maker(resolution, channels, batch):
    torch.manual_seed(0)
    g, d = Generator(resolution, channels, 60 if resolution == 64 else 48), Discriminator(resolution, channels)
    g_adam, d_adam = (torch.optim.Adam(n.parameters(), 2e-4, (0.0, 0.999), 1e-6) for n in (g, d))
    average = {name: value.clone() for name, value in g.state_dict().items() if value.is_floating_point()}
    real, real_labels = torch.rand(batch, 3, resolution, resolution) * 2 - 1, torch.randint(CLASSES, (batch,))

    def step():
        def drawn():
            return torch.randn(batch, g.dim_z), torch.randint(CLASSES, (batch,))

        g.requires_grad_(False), d.requires_grad_(True)
        d_adam.zero_grad()
        z, labels = drawn()
        with torch.no_grad():
            fake = g(z, labels)
        scores = d(torch.cat([fake, real]), torch.cat([labels, real_labels]))
        (F.relu(1 - scores[batch:]).mean() + F.relu(1 + scores[:batch]).mean()).backward()
        d_adam.step()
        g.requires_grad_(True), d.requires_grad_(False)
        g_adam.zero_grad()
        z, labels = drawn()
        (-d(g(z, labels), labels).mean()).backward()
        g_adam.step()
        with torch.no_grad():
            state = g.state_dict()
            for name, value in average.items():
                value.mul_(0.999).add_(state[name], alpha=0.001)

    return step


def measure(resolution, channels, batch, seconds):
    """Seconds of a D and a G step: the median, after two steps to warm up."""
    step = step_maker(resolution, channels, batch)
    step(), step()
    times, began = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": statistics.median(times), "peak_bytes": peak}))


def main():
    parser = argparse.ArgumentParser(description="Training steps, ours and PyTorch's")
    parser.add_argument("--ours", help="the program step_bench")
    parser.add_argument("--configs", default="32x64,64x32")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", help="where to write the table, each round included")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        resolution, channels = map(int, options.measure.split("x"))
        measure(resolution, channels, options.batch, options.seconds)
        return
    print("| network | contender | pictures/s | ratio | peak memory |\n|---|---|--:|--:|--:|")
    rows = []
    for config in options.configs.split(","):
        resolution, channels = config.split("x")
        ours = [options.ours, resolution, channels, str(options.batch), str(options.seconds)]
        theirs = [sys.executable, __file__, "--measure", config, "--batch", str(options.batch),
                  "--seconds", str(options.seconds)]  # fmt: skip
        contenders = {"PyTorch eager": theirs, "Ganymede f32": [*ours, "f32"], "Ganymede bf16": [*ours, "bf16"]}
        results = {name: [] for name in contenders}
        for _ in range(options.rounds):
            for name, command in contenders.items():
                results[name].append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
        base = [r["seconds"] for r in results["PyTorch eager"]]
        for name, rounds in results.items():
            median = statistics.median(r["seconds"] for r in rounds)
            ratio = statistics.median(b / r["seconds"] for b, r in zip(base, rounds))
            peak = max(r["peak_bytes"] for r in rounds) / 1e9
            rows.append({
                "network": f"{resolution} px ch {channels}",
                "contender": name,
                "pictures_per_second": options.batch / median,
                "ratio": ratio,
                "peak_gigabytes": peak,
                "rounds": rounds,
            })  # fmt: skip
            print(f"| {resolution} px ch {channels} | {name} | {options.batch / median:.2f} | {ratio:.2f} | {peak:.2f} GB |")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
