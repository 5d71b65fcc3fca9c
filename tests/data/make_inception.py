"""Writes inception.safetensors: what the packaged Inception networks give, in float64, with weights from a hash.

    python -m venv peers && peers/bin/pip install torch==2.11.0 numpy pillow scipy
    peers/bin/pip install --no-deps torchvision==0.26.0 pytorch-fid==0.3.0
    peers/bin/python tests/data/make_inception.py tests/data/inception.safetensors

The weights are not stored: tests/metrics_test.cpp fills its networks by the rule of `fill` below.
"""

import json
import struct
import sys

import numpy as np
import pytorch_fid.inception as fid
import torch
import torchvision


def noise(stream, count):
    """Hash of (stream, index) to [-0.5, 0.5); 32-bit unsigned arithmetic that wraps around."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(stream * 40503 + 12345)
    for _ in range(2):
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x45D9F3B)
    x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 2**32 - 0.5


def fill(shapes):
    """The stream is the place of the name in byte order, the index row-major."""
    filled = {}
    for stream, (name, shape) in enumerate(sorted(shapes.items())):
        u = noise(stream, int(np.prod(shape))).reshape(shape)
        if len(shape) > 1:
            value = u * np.sqrt(24 / np.prod(shape[1:]))  # He et al. 2015: ReLU keeps the spread
        elif name.endswith("bn.weight"):
            value = 1 + 0.2 * u
        elif name.endswith("running_var"):
            value = 1 + 0.5 * u
        else:
            value = 0.2 * u
        filled[name] = torch.from_numpy(value)
    return filled


def state_of(module):
    shapes = {n: tuple(t.shape) for n, t in module.state_dict().items() if not n.endswith("num_batches_tracked")}
    return fill(shapes)


def with_features(module, x):
    """Features after global pooling, and logits."""
    seen = []
    hook = module.avgpool.register_forward_hook(lambda _, __, out: seen.append(out.flatten(1)))
    logits = module(x)
    hook.remove()
    return seen[0], logits


def torchvision_outputs(x):
    """The protocol of ajbrock/BigGAN-PyTorch: ImageNet's mean and deviation, corners aligned."""
    net = torchvision.models.inception_v3(
        weights=None, transform_input=False, aux_logits=False, init_weights=False)
    net = net.double().eval()
    net.load_state_dict(state_of(net), strict=False)
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).view(1, 3, 1, 1)
    x = (x - mean) / std
    return with_features(net, torch.nn.functional.interpolate(x, (299, 299), mode="bilinear", align_corners=True))


def fid_outputs(x):
    """The whole of pytorch-fid's module, resize included, with our weights for the download."""
    make = fid._inception_v3
    shapes = make(num_classes=1008, aux_logits=False, weights=None)
    state = state_of(shapes)
    counts = {n: t for n, t in shapes.state_dict().items() if n.endswith("num_batches_tracked")}
    # Blocks are built in float32; the float64 weights are loaded into them afterwards.
    fid.load_state_dict_from_url = lambda *_, **__: state | counts
    whole = fid.fid_inception_v3().double().eval()
    whole.load_state_dict(state | counts)
    fid.fid_inception_v3 = lambda: whole
    features = fid.InceptionV3([3]).double().eval()(x)[0].flatten(1)
    return features, whole.fc(features)


def main(path):
    images = (noise(5000, 2 * 3 * 64 * 72).reshape(2, 3, 64, 72) + 0.5) * 256
    images = images.astype(np.uint8)
    x = torch.from_numpy(images).double() / 255
    tensors = {"images": images}
    with torch.no_grad():
        for name, outputs in (("torchvision", torchvision_outputs(x)), ("fid", fid_outputs(x))):
            for part, value in zip(("features", "logits"), outputs):
                tensors[f"{name}.{part}"] = value.numpy()
                print(name, part, tuple(value.shape), float(value.mean()), float(value.std()))
    header, data = {"__metadata__": {"torchvision": "0.26.0", "pytorch-fid": "0.3.0"}}, b""
    for name, value in sorted(tensors.items(), key=lambda item: -item[1].itemsize):
        raw = np.ascontiguousarray(value).tobytes()
        dtype = {"uint8": "U8", "float64": "F64"}[str(value.dtype)]
        header[name] = {"dtype": dtype, "shape": value.shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


main(sys.argv[1])
