"""A tiny VGG-19 under the objective of Gatys et al. (2016), and runs of PyTorch's L-BFGS on it.

The network has VGG-19's shape up to conv5_1 with a handful of channels, zero
padding and torchvision's preprocessing. The losses are the paper's own sums,
and the mean-squared form that is common in PyTorch code. Style and content are
compared at the convolutions, before their ReLU, unless a name says `relu`.
"""

import numpy as np
import torch
import torch.nn.functional as F

BLOCKS = [[4, 4], [5, 5], [6, 6, 6, 6], [7, 7, 7, 7], [8]]
WIDTHS = {f"{b}_{i}": width for b, block in enumerate(BLOCKS, 1) for i, width in enumerate(block, 1)}
# A pool of 2 stands before each of these.
POOL_BEFORE = ("2_1", "3_1", "4_1", "5_1")
STYLE_TAPS = ("1_1", "2_1", "3_1", "4_1", "5_1")
CONTENT_TAP = "4_2"
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# The sizes drop a row or a column at some of the pools.
PICTURE_SIZE, STYLE_SIZE = (34, 42), (40, 36)
ALPHA, BETA = 1.0, 1000.0
MEAN_SQUARED_ALPHA, MEAN_SQUARED_BETA = 1.0, 1e-4
# The curves start from `content`, where the content loss is 0; with these the two losses weigh about the same in the end.
CURVE_ALPHA, CURVE_BETA, CURVE_SCALE = 1.0, 100.0, 1.0
EVALUATIONS = 30
KINK_MARGIN = 2e-5
# How far a curve may move, relative to its value, in float32 or when its weights and start are off by JITTER (relative,
# in float64). A curve that keeps to this is not chaotic, and another float32 implementation can follow it.
CURVE_TOLERANCE, JITTER, JITTERS = 1e-4, 5e-7, 3


def tensor(array):
    """A float64 tensor of values that float32 holds exactly."""
    return torch.from_numpy(np.asarray(array, dtype=np.float32)).double()


def random_weights(rng):
    weights, width = {}, 3
    for tap, out in WIDTHS.items():
        weights[f"conv{tap}.weight"] = tensor(rng.normal(0, np.sqrt(2.0 / (9 * width)), (out, width, 3, 3)))
        weights[f"conv{tap}.bias"] = tensor(rng.normal(0, 0.1, out))
        width = out
    return weights


def preprocess(picture):
    """RGB in 0…1 to torchvision's range: x·(1/std) − mean/std."""
    mean, std = (torch.tensor(v, dtype=torch.float64).reshape(1, 3, 1, 1) for v in (MEAN, STD))
    return picture * (1 / std).to(picture.dtype) - (mean / std).to(picture.dtype)


def features(weights, picture, pool="max", watch=None):
    """Every convolution's output before and after its ReLU: `conv1_1`, `relu1_1` … of a picture (1, 3, H, W).

    `watch`, where given, is called as in network.py.
    """
    x = preprocess(picture)
    taps = {}
    for tap in WIDTHS:
        if tap in POOL_BEFORE:
            if pool == "max":
                if watch:
                    watch("pool", x)
                x = F.max_pool2d(x, 2)
            else:
                x = F.avg_pool2d(x, 2)
        x = F.conv2d(x, weights[f"conv{tap}.weight"], weights[f"conv{tap}.bias"], padding=1)
        if watch:
            watch("relu", x)
        taps[f"conv{tap}"] = x
        x = F.relu(x)
        taps[f"relu{tap}"] = x
    return taps


def gram(feature_map):
    """G = F Fᵀ, the plain sum over the pixels of each channel pair."""
    flat = feature_map.reshape(feature_map.shape[1], -1)
    return flat @ flat.T


def paper_content(f, target):
    """½ Σ (F − P)²"""
    return 0.5 * (f - target).square().sum()


def paper_style(f, target):
    """E = Σ (G − A)² / (4 N² M²), with N channels and M pixels; both maps have one size."""
    assert f.shape == target.shape, (f.shape, target.shape)
    channels, pixels = f.shape[1], f.shape[2] * f.shape[3]
    return (gram(f) - gram(target)).square().sum() / (4 * channels**2 * pixels**2)


def paper_style_any_size(f, target):
    """The same where the maps may differ in size: each Gram over its own count of pixels, Σ (G/M − A/M*)² / (4 N²)."""
    g, wanted = (gram(m) / (m.shape[2] * m.shape[3]) for m in (f, target))
    return (g - wanted).square().sum() / (4 * f.shape[1] ** 2)


def mean_squared_content(f, target):
    return (f - target).square().mean()


def mean_squared_style(f, target):
    return (gram(f) - gram(target)).square().mean()


def paper_losses(now, kept, wanted, stage):
    """The paper's losses between the maps of three pictures; `stage` is conv or relu."""
    parts = {"content_loss": paper_content(now[stage + CONTENT_TAP], kept[stage + CONTENT_TAP])}
    for tap in STYLE_TAPS:
        parts[f"style_loss_{tap}"] = paper_style(now[stage + tap], wanted[stage + tap])
    parts["style_loss"] = sum(parts[f"style_loss_{tap}"] for tap in STYLE_TAPS) / len(STYLE_TAPS)
    return parts


def mean_squared_losses(now, kept, wanted):
    return {
        "content_loss": mean_squared_content(now[f"conv{CONTENT_TAP}"], kept[f"conv{CONTENT_TAP}"]),
        "style_loss": sum(mean_squared_style(now[f"conv{tap}"], wanted[f"conv{tap}"]) for tap in STYLE_TAPS),
    }


def objective(weights, content, style):
    """The function that the curves minimise, in the precision of its arguments."""
    with torch.no_grad():
        kept, wanted = features(weights, content), features(weights, style)

    def total(picture):
        parts = paper_losses(features(weights, picture), kept, wanted, "conv")
        return CURVE_SCALE * (CURVE_ALPHA * parts["content_loss"] + CURVE_BETA * parts["style_loss"])

    return total


def curve(function, start, search):
    """The loss at each evaluation of one `step` of L-BFGS, in order: the first 30."""
    x = start.clone().requires_grad_(True)
    optimiser = torch.optim.LBFGS(
        [x], lr=1.0, max_iter=1000, max_eval=EVALUATIONS, history_size=10,
        tolerance_grad=0.0, tolerance_change=0.0, line_search_fn=search,
    )
    values = []

    def closure():
        optimiser.zero_grad()
        loss = function(x)
        loss.backward()
        values.append(loss.detach().double())
        return loss

    optimiser.step(closure)
    # A line search that has begun is brought to its end, so it may spend a few more.
    assert len(values) >= EVALUATIONS, len(values)
    return torch.stack(values[:EVALUATIONS])


def curves(weights, content, style):
    """Both curves, and the largest relative change that float32, or jitter, makes to either."""
    arrays, strayed = {}, {"float32": 0.0, "jitter": 0.0}

    def run(search, change):
        here = {key: change(value) for key, value in weights.items()}
        return curve(objective(here, change(content), change(style)), change(content), search)

    def jitter(seed):
        rng = np.random.default_rng(seed)
        return lambda value: value * (1 + JITTER * torch.from_numpy(rng.normal(size=value.shape)))

    for name, search in (("plain", None), ("wolfe", "strong_wolfe")):
        exact = run(search, lambda value: value)
        arrays[f"curve_{name}_loss"] = exact
        changes = [("float32", torch.Tensor.float), *(("jitter", jitter(seed)) for seed in range(JITTERS))]
        for kind, change in changes:
            moved = ((run(search, change) - exact).abs() / exact).max().item()
            strayed[kind] = max(strayed[kind], moved)
    return arrays, strayed


def gradient(value, picture):
    return torch.autograd.grad(value, picture, retain_graph=True)[0]


def drawn(rng):
    """The four pictures. The styles are darker and redder, so that their statistics really differ."""
    tint = np.array([0.9, 0.5, 0.3]).reshape(1, 3, 1, 1)
    return {
        "input": tensor(rng.uniform(0, 1, (1, 3, *PICTURE_SIZE))),
        "content": tensor(rng.uniform(0, 1, (1, 3, *PICTURE_SIZE))),
        "style": tensor(rng.uniform(0, 1, (1, 3, *STYLE_SIZE)) ** 2 * tint),
        "style_same": tensor(rng.uniform(0, 1, (1, 3, *PICTURE_SIZE)) ** 2 * tint),
    }


def one_seed(seed, watch):
    """All arrays for one seed, or None where the input lies near a kink."""
    rng = np.random.default_rng(seed)
    weights = random_weights(rng)
    pictures = drawn(rng)
    arrays = weights | pictures
    picture = pictures["input"].clone().requires_grad_(True)
    now = {pool: features(weights, picture, pool, watch) for pool in ("max", "average")}
    if watch.margin < KINK_MARGIN:
        return None
    with torch.no_grad():
        kept = {pool: features(weights, pictures["content"], pool) for pool in now}
        wanted = {pool: features(weights, pictures["style_same"], pool) for pool in now}

    # conv1_1 is by far the largest map. No pool stands before it, so its average_ twin would be the same array,
    # and its ReLU says nothing that max(0, x) does not; neither is stored.
    for tap in STYLE_TAPS:
        arrays[f"conv{tap}"] = now["max"][f"conv{tap}"]
        if tap != "1_1":
            arrays[f"relu{tap}"] = now["max"][f"relu{tap}"]
    arrays[f"conv{CONTENT_TAP}"] = now["max"][f"conv{CONTENT_TAP}"]
    assert torch.equal(now["average"]["conv1_1"], now["max"]["conv1_1"])
    for tap in ("3_1", "4_2", "5_1"):
        arrays[f"average_conv{tap}"] = now["average"][f"conv{tap}"]

    sets = {
        "paper": paper_losses(now["max"], kept["max"], wanted["max"], "conv"),
        "paper_average_relu": paper_losses(now["average"], kept["average"], wanted["average"], "relu"),
        "mean_squared": mean_squared_losses(now["max"], kept["max"], wanted["max"]),
    }
    for prefix, parts in sets.items():
        arrays |= {f"{prefix}_{name}": value for name, value in parts.items()}
        for name in ("content", "style"):
            arrays[f"{prefix}_{name}_grad"] = gradient(parts[f"{name}_loss"], picture)
        alpha, beta = (MEAN_SQUARED_ALPHA, MEAN_SQUARED_BETA) if prefix == "mean_squared" else (ALPHA, BETA)
        arrays[f"{prefix}_total_loss"] = alpha * parts["content_loss"] + beta * parts["style_loss"]

    other = features(weights, pictures["style"])
    for tap in STYLE_TAPS:
        f = now["max"][f"conv{tap}"]
        same = paper_style_any_size(f, wanted["max"][f"conv{tap}"])
        assert torch.isclose(same, sets["paper"][f"style_loss_{tap}"], rtol=1e-12), tap
        arrays[f"paper_other_style_loss_{tap}"] = paper_style_any_size(f, other[f"conv{tap}"])
    arrays["paper_other_style_loss"] = sum(arrays[f"paper_other_style_loss_{tap}"] for tap in STYLE_TAPS) / len(STYLE_TAPS)
    return arrays


def paper(kink_watch):
    """The arrays of paper.safetensors; `kink_watch` makes a KinkWatch."""
    for seed in range(1000):
        watch = kink_watch()
        arrays = one_seed(seed, watch)
        if arrays is None:
            continue
        weights = {name: value for name, value in arrays.items() if name.endswith((".weight", ".bias"))}
        found, strayed = curves(weights, arrays["content"], arrays["style_same"])
        # A line search that never had to search would be no test of one.
        searched = not torch.allclose(found["curve_plain_loss"], found["curve_wolfe_loss"], rtol=0.01)
        if searched and max(strayed.values()) <= CURVE_TOLERANCE:
            break
    else:
        raise SystemExit("no seed keeps clear of every kink and gives steady curves")
    # Printed, not stored: the last digits of such figures depend on the machine.
    print(f"paper: the curves move by {strayed['float32']:.1e} in float32, {strayed['jitter']:.1e} with jitter")
    arrays |= found
    for name, value in (("alpha", CURVE_ALPHA), ("beta", CURVE_BETA), ("scale", CURVE_SCALE)):
        arrays[f"curve_{name}"] = torch.tensor(value, dtype=torch.float64)
    return arrays, {"seed": str(seed), "kink_margin": f"{watch.margin:.2e}"}
