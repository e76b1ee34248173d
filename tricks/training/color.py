"""Colours that vary from image to image: brightness, contrast and saturation, each by a factor of its own."""

import torch

GREY = (0.2989, 0.587, 0.114)  # How bright red, green and blue look to an eye.


def draw_factors(strength: float, images: int, generator: torch.Generator) -> torch.Tensor:
    """Factors for brightness, contrast and saturation, [images, 3], each up to `strength` from 1."""
    return 1 + strength * (2 * torch.rand(images, 3, generator=generator) - 1)


def jitter(inputs: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """The images, [batch, 3, 32, 32] from 0 to 1, with their factors, [batch, 3], applied one after the other."""
    brightness, contrast, saturation = factors[:, :, None, None, None].unbind(1)  # [batch, 1, 1, 1] each
    inputs = (inputs * brightness).clamp_(0, 1)
    inputs = blend(inputs, to_grey(inputs).mean((2, 3), keepdim=True), contrast)
    return blend(inputs, to_grey(inputs), saturation)


def blend(inputs: torch.Tensor, others: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """The images as far from the others as the factor says: 0 gives the others, 1 the images themselves."""
    return (inputs * factor + others * (1 - factor)).clamp_(0, 1)


def to_grey(inputs: torch.Tensor) -> torch.Tensor:
    """How bright every pixel is, [batch, 1, 32, 32]."""
    red, green, blue = inputs.split(1, dim=1)
    return red * GREY[0] + green * GREY[1] + blue * GREY[2]
