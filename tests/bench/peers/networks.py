"""The published BigGAN generators in plain PyTorch: what a user of another engine would run.

Spectral norm is folded into the weights when checkpoints.py loads them, as everyone who deploys these networks does,
unless keep_spectral_norm() puts it back. Nothing else is rewritten: nearest x2 upsampling comes before the 3x3 convolution
and the 1x1 shortcut, conditional batch norm works out its gain and bias from the conditioning vector in
the graph, and BigGAN-deep computes all the channels of its last convolution before it keeps three.

Inputs are z (N, dim_z) and y (N, n_classes), class weights that are one-hot for a single class; the
output is (N, 3, R, R) in [-1, 1]. Sources: Brock, Donahue and Simonyan 2018, arXiv:1809.11096; names and
quirks follow ajbrock/BigGAN-PyTorch and huggingface/pytorch-pretrained-BigGAN, so their state dicts load.
"""

import dataclasses
import json

import torch
from torch import nn
from torch.nn import functional as F


def upsample(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


def conditional_norm(x, mean, var, eps, gain, bias):
    """x (N, C, H, W); mean, var (C); gain, bias (N, C)."""
    x = F.batch_norm(x, mean, var, eps=eps)
    return x * (1 + gain[:, :, None, None]) + bias[:, :, None, None]


def attend(x, theta, phi, g, o, gamma):
    """Queries at every position, keys and values at every second row and column; logits are not scaled."""
    queries = theta(x).flatten(2)  # (N, C/8, HW)
    keys = F.max_pool2d(phi(x), 2).flatten(2)  # (N, C/8, HW/4)
    values = F.max_pool2d(g(x), 2).flatten(2)  # (N, C/2, HW/4)
    weights = torch.softmax(queries.transpose(1, 2) @ keys, dim=-1)  # (N, HW, HW/4)
    n, _, height, width = x.shape
    mixed = (values @ weights.transpose(1, 2)).view(n, -1, height, width)
    return gamma * o(mixed) + x


class Norm(nn.Module):
    """Batch norm with stored statistics. Buffers and affine parameters bear the names of the checkpoint."""

    def __init__(self, channels, eps, statistics, affine=()):
        super().__init__()
        self.eps = eps
        self.statistics = statistics
        self.affine = affine
        for name in statistics:
            self.register_buffer(name, torch.empty(channels))
        for name in affine:
            self.register_parameter(name, nn.Parameter(torch.empty(channels)))

    def forward(self, x):
        mean, var = (getattr(self, name) for name in self.statistics)
        gain, bias = (getattr(self, name) for name in self.affine)
        return F.batch_norm(x, mean, var, gain, bias, eps=self.eps)


# ---- BigGAN (ajbrock) ----

# Output resolution -> channels in and out of each block, in multiples of `channels`.
BIGGAN_BLOCKS = {
    32: ((4, 4), (4, 4), (4, 4)),
    64: ((16, 16), (16, 8), (8, 4), (4, 2)),
    128: ((16, 16), (16, 8), (8, 4), (4, 2), (2, 1)),
    256: ((16, 16), (16, 8), (8, 8), (8, 4), (4, 2), (2, 1)),
    512: ((16, 16), (16, 8), (8, 8), (8, 4), (4, 2), (2, 1), (1, 1)),
}


@dataclasses.dataclass(frozen=True)
class BigGanConfig:
    resolution: int
    channels: int = 96
    n_classes: int = 1000
    dim_z: int = 120
    shared_dim: int = 128  # 0: every norm has its own class embeddings
    hierarchical: bool = True
    attention: tuple = (64,)  # resolutions
    bn_eps: float = 1e-5
    sn_eps: float = 1e-6

    truncation = None  # one set of statistics serves all

    def network(self):
        return BigGan(self)


class Embedding(nn.Module):
    """A table whose rows are blended by class weights, so that it can be an input of an ONNX graph."""

    def __init__(self, n_classes, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_classes, dim))

    def forward(self, y):
        return y @ self.weight


class ConditionalNorm(nn.Module):
    def __init__(self, config, channels, condition_dim):
        super().__init__()
        self.eps = config.bn_eps
        self.register_buffer("stored_mean", torch.empty(channels))
        self.register_buffer("stored_var", torch.empty(channels))
        if config.shared_dim:
            self.gain = nn.Linear(condition_dim, channels, bias=False)
            self.bias = nn.Linear(condition_dim, channels, bias=False)
        else:
            self.gain = Embedding(config.n_classes, channels)
            self.bias = Embedding(config.n_classes, channels)

    def forward(self, x, condition):
        gain, bias = self.gain(condition), self.bias(condition)
        return conditional_norm(x, self.stored_mean, self.stored_var, self.eps, gain, bias)


class Block(nn.Module):
    def __init__(self, config, channels_in, channels_out, condition_dim):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.conv_sc = nn.Conv2d(channels_in, channels_out, 1)
        self.bn1 = ConditionalNorm(config, channels_in, condition_dim)
        self.bn2 = ConditionalNorm(config, channels_out, condition_dim)

    def forward(self, x, condition):
        h = self.conv1(upsample(F.relu(self.bn1(x, condition))))
        h = self.conv2(F.relu(self.bn2(h, condition)))
        return h + self.conv_sc(upsample(x))


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(()))
        self.theta = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.phi = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.g = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.o = nn.Conv2d(channels // 2, channels, 1, bias=False)

    def forward(self, x):
        return attend(x, self.theta, self.phi, self.g, self.o, self.gamma)


class BigGan(nn.Module):
    def __init__(self, config):
        super().__init__()
        multiples = BIGGAN_BLOCKS[config.resolution]
        first, last = config.channels * multiples[0][0], config.channels * multiples[-1][1]
        self.chunk = config.dim_z // (len(multiples) + 1) if config.hierarchical else 0
        condition_dim = config.shared_dim + self.chunk

        self.shared = Embedding(config.n_classes, config.shared_dim) if config.shared_dim else nn.Identity()
        self.linear = nn.Linear(self.chunk or config.dim_z, first * 4 * 4)
        self.blocks = nn.ModuleList()
        for i, (m_in, m_out) in enumerate(multiples):
            channels_out = config.channels * m_out
            layers = [Block(config, config.channels * m_in, channels_out, condition_dim)]
            if 8 << i in config.attention:
                layers.append(Attention(channels_out))
            self.blocks.append(nn.ModuleList(layers))
        # The reference forwards no epsilon to this norm.
        output_norm = Norm(last, 1e-5, ("stored_mean", "stored_var"), ("gain", "bias"))
        self.output_layer = nn.Sequential(output_norm, nn.ReLU(), nn.Conv2d(last, 3, 3, padding=1))

    def forward(self, z, y):
        y = self.shared(y)
        if self.chunk:
            z, *chunks = z.split(self.chunk, dim=1)
            conditions = [torch.cat([y, chunk], dim=1) for chunk in chunks]
        else:
            conditions = [y] * len(self.blocks)
        h = self.linear(z)
        h = h.view(h.shape[0], -1, 4, 4)
        for (block, *attention), condition in zip(self.blocks, conditions):
            h = block(h, condition)
            for layer in attention:
                h = layer(h)
        return torch.tanh(self.output_layer(h))


# ---- BigGAN-deep (TF-Hub's, as ported by Hugging Face) ----

# Output resolution -> (upsample, channels in, channels out) of each layer, in multiples of `channels`.
DEEP_START = ((False, 16, 16), (True, 16, 16), (False, 16, 16), (True, 16, 8), (False, 8, 8))
DEEP_END = ((True, 8, 4), (False, 4, 4), (True, 4, 2), (False, 2, 2), (True, 2, 1))
DEEP_LAYERS = {
    128: DEEP_START + DEEP_END,
    256: DEEP_START + ((True, 8, 8), (False, 8, 8)) + DEEP_END,
    512: DEEP_START + ((True, 8, 8), (False, 8, 8)) + DEEP_END + ((False, 1, 1), (True, 1, 1)),
}


@dataclasses.dataclass(frozen=True)
class DeepConfig:
    resolution: int
    channels: int = 128
    n_classes: int = 1000
    dim_z: int = 128
    embed_dim: int = 128
    attention_position: int = 8
    eps: float = 1e-4
    n_stats: int = 51

    truncation = 0.5  # falls on a row of the statistics exactly, which many truncations do not

    def network(self):
        return Deep(self)

    def json(self):
        """config.json as Hugging Face writes it."""
        return {
            "output_dim": self.resolution,
            "z_dim": self.dim_z,
            "class_embed_dim": self.embed_dim,
            "channel_width": self.channels,
            "num_classes": self.n_classes,
            "layers": DEEP_LAYERS[self.resolution],
            "attention_layer_position": self.attention_position,
            "eps": self.eps,
            "n_stats": self.n_stats,
        }

    @staticmethod
    def from_json(values):
        config = DeepConfig(
            resolution=values["output_dim"],
            channels=values["channel_width"],
            n_classes=values["num_classes"],
            dim_z=values["z_dim"],
            embed_dim=values["class_embed_dim"],
            attention_position=values["attention_layer_position"],
            eps=values["eps"],
            n_stats=values["n_stats"],
        )
        assert json.loads(json.dumps(config.json())) == values, "a layer list of its own"
        return config


class DeepNorm(nn.Module):
    def __init__(self, config, channels):
        super().__init__()
        self.eps = config.eps
        self.register_buffer("running_means", torch.empty(channels))
        self.register_buffer("running_vars", torch.empty(channels))
        condition_dim = config.dim_z + config.embed_dim
        self.scale = nn.Linear(condition_dim, channels, bias=False)
        self.offset = nn.Linear(condition_dim, channels, bias=False)

    def forward(self, x, condition):
        gain, bias = self.scale(condition), self.offset(condition)
        return conditional_norm(x, self.running_means, self.running_vars, self.eps, gain, bias)


class DeepBlock(nn.Module):
    def __init__(self, config, up, channels_in, channels_out):
        super().__init__()
        self.up = up
        self.narrows = channels_out != channels_in
        hidden = channels_in // 4
        self.bn_0 = DeepNorm(config, channels_in)
        self.conv_0 = nn.Conv2d(channels_in, hidden, 1)
        self.bn_1 = DeepNorm(config, hidden)
        self.conv_1 = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.bn_2 = DeepNorm(config, hidden)
        self.conv_2 = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.bn_3 = DeepNorm(config, hidden)
        self.conv_3 = nn.Conv2d(hidden, channels_out, 1)

    def forward(self, x, condition):
        h = self.conv_0(F.relu(self.bn_0(x, condition)))
        h = F.relu(self.bn_1(h, condition))
        if self.narrows:
            x = x[:, : x.shape[1] // 2]
        if self.up:
            h, x = upsample(h), upsample(x)
        h = self.conv_1(h)
        h = self.conv_2(F.relu(self.bn_2(h, condition)))
        h = self.conv_3(F.relu(self.bn_3(h, condition)))
        return h + x


class DeepAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.snconv1x1_theta = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.snconv1x1_phi = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.snconv1x1_g = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.snconv1x1_o_conv = nn.Conv2d(channels // 2, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.empty(1))

    def forward(self, x, _):
        theta, phi, g, o = (
            self.snconv1x1_theta,
            self.snconv1x1_phi,
            self.snconv1x1_g,
            self.snconv1x1_o_conv,
        )
        return attend(x, theta, phi, g, o, self.gamma)


class DeepGenerator(nn.Module):
    def __init__(self, config):
        super().__init__()
        ch = config.channels
        self.gen_z = nn.Linear(config.dim_z + config.embed_dim, 4 * 4 * 16 * ch)
        self.layers = nn.ModuleList()
        for i, (up, m_in, m_out) in enumerate(DEEP_LAYERS[config.resolution]):
            if i == config.attention_position:
                self.layers.append(DeepAttention(ch * m_in))
            self.layers.append(DeepBlock(config, up, ch * m_in, ch * m_out))
        self.bn = Norm(ch, config.eps, ("running_means", "running_vars"), ("weight", "bias"))
        self.conv_to_rgb = nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, condition):
        h = self.gen_z(condition)
        h = h.view(h.shape[0], 4, 4, -1).permute(0, 3, 1, 2).contiguous()
        for layer in self.layers:
            h = layer(h, condition)
        h = self.conv_to_rgb(F.relu(self.bn(h)))
        return torch.tanh(h[:, :3])


class Deep(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embeddings = nn.Linear(config.n_classes, config.embed_dim, bias=False)
        self.generator = DeepGenerator(config)

    def forward(self, z, y):
        return self.generator(torch.cat([z, self.embeddings(y)], dim=1))


# ---- The published ones ----

CONFIGS = {
    "biggan-64-ch32": BigGanConfig(64, channels=32, dim_z=100, attention=(32,)),
    "biggan-128": BigGanConfig(128),
    "biggan-256": BigGanConfig(256, dim_z=140, attention=(128,)),
    "biggan-512": BigGanConfig(512, dim_z=128),
    "hf-biggan-deep-128": DeepConfig(128),
    "hf-biggan-deep-256": DeepConfig(256),
    "hf-biggan-deep-512": DeepConfig(512),
}
CONFIGS |= {f"{name}-small": dataclasses.replace(config, channels=8) for name, config in CONFIGS.items()}
