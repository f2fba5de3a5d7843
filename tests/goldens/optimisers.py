"""Runs of PyTorch's own optimisers on two small functions, kept step by step."""

import functools

import numpy as np
import torch

DIMENSION, STEPS = 20, 30


def quadratic():
    """½ xᵀQx − bᵀx with eigenvalues spread over 1…100; its start and its parts."""
    rng = np.random.default_rng(2)
    basis, _ = np.linalg.qr(rng.normal(size=(DIMENSION, DIMENSION)))
    q = (basis * np.geomspace(1, 100, DIMENSION)) @ basis.T
    q = torch.from_numpy(((q + q.T) / 2).astype(np.float32)).double()
    b = torch.from_numpy(rng.normal(size=DIMENSION).astype(np.float32)).double()
    start = torch.from_numpy(rng.normal(size=DIMENSION).astype(np.float32)).double()
    parts = {"quadratic_q": q, "quadratic_b": b, "quadratic_start": start, "quadratic_minimum": torch.linalg.solve(q, b)}
    return (lambda x: 0.5 * x @ q @ x - b @ x), start, parts


def rosenbrock(x):
    """(1 − x₀)² + 100 (x₁ − x₀²)², lowest at (1, 1)."""
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def trace(function, start, make, steps):
    """Points and losses before each step and after the last, and evaluations spent so far."""
    x = start.clone().requires_grad_(True)
    optimiser = make([x])
    count = 0

    def closure():
        nonlocal count
        count += 1
        optimiser.zero_grad()
        loss = function(x)
        loss.backward()
        return loss

    points, values, counts = [x.detach().clone()], [function(x).detach()], [0]
    for _ in range(steps):
        optimiser.step(closure)
        points.append(x.detach().clone())
        values.append(function(x).detach())
        counts.append(count)
    return {"points": torch.stack(points), "loss": torch.stack(values), "evaluations": torch.tensor(counts)}


def named(prefix, arrays):
    return {f"{prefix}_{name}": value for name, value in arrays.items()}


def lbfgs():
    """`torch.optim.LBFGS`, one iteration a step, with and without its line search."""

    def make(search):
        return functools.partial(
            torch.optim.LBFGS, lr=1.0, max_iter=1, max_eval=25, history_size=10,
            tolerance_grad=0.0, tolerance_change=0.0, line_search_fn=search,
        )

    function, start, arrays = quadratic()
    valley = torch.tensor([-1.2, 1.0], dtype=torch.float32).double()
    arrays["rosenbrock_start"] = valley
    for name, search in (("wolfe", "strong_wolfe"), ("plain", None)):
        arrays |= named(f"quadratic_{name}", trace(function, start, make(search), STEPS))
        arrays |= named(f"rosenbrock_{name}", trace(rosenbrock, valley, make(search), STEPS))
    return arrays, {"history": "10", "lr": "1"}


def adam():
    """Twenty steps of `torch.optim.Adam` on the quadratic."""
    function, start, arrays = quadratic()
    make = functools.partial(torch.optim.Adam, lr=0.02, betas=(0.9, 0.99), eps=1e-8)
    arrays |= named("quadratic_adam", trace(function, start, make, 20))
    return arrays, {"lr": "0.02", "betas": "0.9 0.99", "epsilon": "1e-8"}
