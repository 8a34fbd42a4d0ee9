# mypy: ignore-errors
"""Linear algebra, transforms, polynomials and random numbers of numpy."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import linalg

from outcomes import Cases, attempt, refusal

_STEPS = np.arange(25.0).reshape(5, 5)
MATRICES = {
    "general": np.sin(_STEPS) + np.eye(5),
    "symmetric": np.cos(_STEPS + _STEPS.T) + 6 * np.eye(5),
    "complex": np.exp(1j * _STEPS) + 3 * np.eye(5),
    "single": (np.sin(_STEPS) + 2 * np.eye(5)).astype("f4"),
    "singular": _STEPS,
    "wide": np.sin(np.arange(12.0)).reshape(3, 4),
    "stacked": np.stack([np.eye(3), np.diag([1.0, 2, 3])]),
    "not finite": np.full((2, 2), np.nan),
    "empty": np.empty((0, 0)),
    "text": np.array([["a"]]),
}
DECOMPOSITIONS: dict[str, Callable[[Any], object]] = {
    name: getattr(linalg, name)
    for name in ("cholesky", "cond", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "norm")
} | {
    "matrix_rank": linalg.matrix_rank,
    "pinv": linalg.pinv,
    "qr": linalg.qr,
    "slogdet": linalg.slogdet,
    "svd": linalg.svd,
    "third power": lambda a: linalg.matrix_power(a, 3),
    "solve": lambda a: linalg.solve(a, np.ones(a.shape[-1])),
    "lstsq": lambda a: linalg.lstsq(a, np.ones(a.shape[0])),
    "matmul": lambda a: a @ a.swapaxes(-1, -2),
    "norm 1": lambda a: linalg.norm(a, 1),
    "kron": lambda a: np.kron(a, np.eye(2)),
    "trace": np.trace,
}
SIGNALS = {
    "real": np.sin(np.arange(32.0)),
    "complex": np.exp(1j * np.arange(30.0) ** 2),
    "prime length": np.cos(np.arange(31.0)),
    "single": np.sin(np.arange(16.0)).astype("f4"),
    "plane": np.sin(np.arange(48.0)).reshape(6, 8),
    "whole numbers": np.arange(10),
    "empty": np.empty(0),
}
TRANSFORMS = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fftn", "rfftn", "fft2", "fftshift")
DISTRIBUTIONS: dict[str, tuple[object, ...]] = {
    "beta": (2, 3),
    "binomial": (10, 0.3),
    "chisquare": (3,),
    "dirichlet": ((1, 2, 3),),
    "exponential": (2,),
    "f": (3, 4),
    "gamma": (0.5, 2),
    "geometric": (0.2,),
    "gumbel": (0, 1),
    "hypergeometric": (10, 20, 5),
    "laplace": (0, 1),
    "logistic": (0, 1),
    "lognormal": (0, 1),
    "logseries": (0.6,),
    "multinomial": (20, (0.2, 0.3, 0.5)),
    "multivariate_normal": ((0, 1), ((2, 1), (1, 2))),
    "negative_binomial": (5, 0.4),
    "noncentral_chisquare": (3, 2),
    "normal": (1, 2),
    "pareto": (3,),
    "permutation": (20,),
    "poisson": (4.5,),
    "power": (3,),
    "rayleigh": (1,),
    "standard_cauchy": (),
    "standard_normal": (),
    "standard_t": (4,),
    "triangular": (0, 1, 3),
    "uniform": (-1, 3),
    "vonmises": (0, 2),
    "wald": (1, 2),
    "weibull": (2,),
    "zipf": (2.5,),
}
GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def cases() -> Cases:
    """Yield what algebra and seeded sources give."""
    for matrix, array in MATRICES.items():
        for name, function in DECOMPOSITIONS.items():
            yield (
                f"{name} of a {matrix} matrix",
                lambda f=function, a=array: attempt(lambda: f(a)),
            )
    for signal, array in SIGNALS.items():
        for name in TRANSFORMS:
            yield (
                f"{name} of a {signal} signal",
                lambda n=name, a=array: attempt(lambda: getattr(np.fft, n)(a)),
            )
    yield "frequencies", lambda: (np.fft.fftfreq(7, 0.1), np.fft.rfftfreq(8))
    yield (
        "there and back",
        lambda: np.allclose(np.fft.ifft(np.fft.fft(SIGNALS["complex"])), SIGNALS["complex"]),
    )
    for name in ("Polynomial", "Chebyshev", "Legendre", "Hermite", "Laguerre"):
        yield f"{name}", lambda name=name: _polynomial(getattr(np.polynomial, name))
    yield "roots", lambda: np.roots([1, -6, 11, -6])
    yield "fit", lambda: np.polyfit(np.arange(10.0), np.sin(np.arange(10.0)), 3, full=True)
    yield "fit, too few points", lambda: np.polyfit([1.0, 2.0], [1.0, 2.0], 4)
    yield "fit of nothing", lambda: refusal(lambda: np.polyfit([], [], 1))
    for window in ("bartlett", "blackman", "hamming", "hanning"):
        yield f"window {window}", lambda window=window: getattr(np, window)(9)
    yield (
        "Kaiser window, Bessel function",
        lambda: (np.kaiser(9, 5), np.i0([0.5, 20]), np.sinc(0.3)),
    )

    for name, parameters in DISTRIBUTIONS.items():
        yield (
            f"own generator, {name}",
            lambda n=name, p=parameters: getattr(np.random.default_rng(3), n)(
                *p, *_SIZE.get(n, (9,))
            ),
        )
        yield f"global source, {name}", lambda n=name, p=parameters: _globally(n, *p)
    for name in GENERATORS:
        yield f"bits of {name}", lambda name=name: _bits(name)
    yield "old source", lambda: np.random.RandomState(5).randint(0, 100, 10)
    yield "spawned", lambda: [g.random() for g in np.random.default_rng(1).spawn(3)]
    yield "seed sequence", lambda: np.random.SeedSequence([1, 2]).generate_state(4)
    yield "choice", lambda: np.random.default_rng(1).choice(50, (3, 2), replace=False)
    yield "shuffled", _shuffled
    yield "whole numbers", lambda: np.random.default_rng(1).integers(-5, 2**60, 8)
    yield "wrong seed", lambda: refusal(lambda: np.random.default_rng(-1))
    yield "wrong parameter", lambda: refusal(lambda: np.random.default_rng(1).normal(0, -1))


def drawn() -> dict[str, str]:
    """Return draws that nobody seeded, so that no two visits may agree in one of them."""
    return {
        "np.random.rand()": repr(np.random.rand()),
        "np.random.normal()": repr(np.random.normal()),
        "default_rng()": repr(np.random.default_rng().random()),
        "RandomState()": repr(np.random.RandomState().rand()),
        "SeedSequence()": repr(np.random.SeedSequence().entropy),
    }


# These take no size, since what they give has one.
_SIZE: dict[str, tuple[int, ...]] = {"permutation": ()}


def _globally(name: str, *parameters: object) -> object:
    np.random.seed(11)
    drawn = getattr(np.random, name)(*parameters, *_SIZE.get(name, (9,)))
    np.random.seed()
    return drawn


def _bits(name: str) -> object:
    source = getattr(np.random, name)(12)
    before = source.state
    first = source.random_raw(5)
    source.state = before
    return first, bool((source.random_raw(5) == first).all())


def _shuffled() -> object:
    array = np.arange(12).reshape(4, 3)
    np.random.default_rng(2).shuffle(array, axis=1)
    return array


def _polynomial(kind: Any) -> object:
    polynomial = kind([1, 2, 3])
    fitted = kind.fit(np.arange(8.0), np.arange(8.0) ** 2, 2)
    return (
        str(polynomial),
        polynomial.deriv().coef,
        polynomial.integ().coef,
        (polynomial * polynomial).coef,
        polynomial.roots(),
        polynomial(np.linspace(-1, 1, 5)),
        fitted.convert().coef,
        refusal(lambda: polynomial + "a"),
    )
