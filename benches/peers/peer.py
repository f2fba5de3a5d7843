"""PyTorch, with the same network, pictures and loss as src/workload.rs."""

import time

import torch
from torch.nn import functional

from networks import NETWORKS, STYLE_WEIGHT


class PyTorch:
    """One network on one device."""

    def __init__(self, name: str, weights: dict[str, torch.Tensor], device: str):
        network = NETWORKS[name]
        self.device = device
        self.blocks = network["blocks"]
        self.content = network["content"]
        self.weights = {key: value.to(device) for key, value in weights.items()}
        vector = lambda values: torch.tensor(values, device=device).reshape(1, 3, 1, 1)  # noqa: E731
        self.scale, self.shift = vector(network["input"]["scale"]), vector(network["input"]["shift"])
        self.style = [f"{block}_1" for block in range(1, len(self.blocks) + 1)]

    def features(self, picture: torch.Tensor, wanted: list[str]) -> dict[str, torch.Tensor]:
        """Features after their ReLU, `[1, c, h, w]`."""
        x, found = picture * self.scale + self.shift, {}
        for block, widths in enumerate(self.blocks, 1):
            if block > 1:
                x = functional.max_pool2d(x, 2)
            for layer in range(1, len(widths) + 1):
                place = f"{block}_{layer}"
                x = functional.conv2d(x, self.weights[f"conv{place}.weight"], self.weights[f"conv{place}.bias"], padding=1)
                x = functional.relu(x, inplace=True)
                if place in wanted:
                    found[place] = x
                if len(found) == len(wanted):
                    return found
        return found

    @torch.no_grad()
    def take(self, pictures: torch.Tensor) -> None:
        """The picture to look at, the content and the style, `[3, 3, side, side]`."""
        self.picture, content, style = (picture.unsqueeze(0).to(self.device) for picture in pictures)
        self.content_target = self.features(content, [self.content])[self.content]
        seen = self.features(style, self.style)
        self.style_targets = {tap: gram(seen[tap]) for tap in self.style}

    @torch.no_grad()
    def forward(self) -> torch.Tensor:
        deepest = self.style[-1]
        return self.features(self.picture, [deepest])[deepest].cpu()

    def step(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss and gradient: Gatys et al. (2016), eqs. 1 and 4."""
        picture = self.picture.clone().requires_grad_()
        seen = self.features(picture, [*self.style, self.content])
        loss = 0.5 * (seen[self.content] - self.content_target).square().sum()
        for tap in self.style:
            channels = seen[tap].shape[1]
            distance = (gram(seen[tap]) - self.style_targets[tap]).square().sum()
            loss = loss + distance * (STYLE_WEIGHT / len(self.style) / (2 * channels) ** 2)
        (gradient,) = torch.autograd.grad(loss, picture)
        return loss.detach(), gradient

    def time(self, work: str) -> float:
        """Seconds until the outcome could be read: of a step two numbers, as an optimiser whose vectors stay on the device reads."""
        began = time.perf_counter()
        if work == "forward":
            self.forward()
        else:
            loss, gradient = self.step()
            torch.stack([loss, gradient.sum()]).cpu()
        return time.perf_counter() - began

    def outcome(self, work: str) -> list[torch.Tensor]:
        """What `time` computes, in full: the features, or the loss and the gradient."""
        return [self.forward()] if work == "forward" else [part.cpu() for part in self.step()]


def gram(features: torch.Tensor) -> torch.Tensor:
    """`[1, c, h, w]` → `[c, c]`, averaged over pixels"""
    flat = features.flatten(2)[0]
    return flat @ flat.T / flat.shape[1]
