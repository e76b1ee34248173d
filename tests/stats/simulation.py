"""Endless peeking: two recipes beside a pool of others, looked at after every seed."""

import numpy as np
from scipy import stats

from tricks.stats.interval import ALPHA, VariancePrior, contrast, fit_prior, half_width, moderate

OTHERS = 12
FLOOR = VariancePrior().floor
LOOKS = range(2, 41)
SCATTERS, FALLS = (0.0, 0.3, 0.5), (0.0, 0.02, 0.05)
LEAST_FALL, MOST_FALL = 0.02, 0.12


def draw_runs(random: np.random.Generator, deviations: np.ndarray, seeds: int, falls: float) -> np.ndarray:
    """Accuracies around 0 of as many recipes as there are deviations; some runs fall by up to twelve points."""
    shape = (*deviations.shape, seeds)
    fallen = random.random(shape) < falls
    return deviations[..., None] * random.standard_normal(shape) - fallen * random.uniform(LEAST_FALL, MOST_FALL, shape)


def draw_deviations(random: np.random.Generator, shape: tuple[int, ...], deviation: float, scatter: float):
    """Deviations of recipes, which differ from each other by a factor."""
    return deviation * np.exp(random.normal(0, scatter, shape))


def draw_pool(random: np.random.Generator, sequences: int, deviation: float, scatter: float, falls: float):
    """Variances and degrees of freedom of twelve other recipes, with five to twelve seeds each."""
    runs = draw_runs(random, draw_deviations(random, (sequences, OTHERS), deviation, scatter), 12, falls)
    counts = random.integers(5, 13, (sequences, OTHERS))
    known = np.arange(12) < counts[..., None]
    return np.where(known, runs, np.nan), counts - 1


def peek(runs: np.ndarray, pool: tuple[np.ndarray, np.ndarray], alpha: float = ALPHA, looks=LOOKS) -> np.ndarray:
    """Whether each pair of recipes is called different at each look: one row a sequence, one column a look."""
    variances, degrees = np.nanvar(pool[0], axis=2, ddof=1), pool[1]
    return np.stack([look(runs[..., :count], variances, degrees, alpha) for count in looks], axis=1)


def look(runs: np.ndarray, variances: np.ndarray, degrees: np.ndarray, alpha: float) -> np.ndarray:
    """Whether each pair is called different now; the pair's own runs are part of the pool, as in a cache."""
    count, own = runs.shape[2], runs.var(axis=2, ddof=1)
    freedom = np.full(own.shape, count - 1)
    pooled = zip(np.hstack([variances, own]), np.hstack([degrees, freedom]), strict=True)
    priors = [fit_prior(*each, FLOOR) for each in pooled]
    prior = VariancePrior(
        degrees=np.array([each.degrees for each in priors]),
        variance=np.array([each.variance for each in priors]),
        floor=FLOOR,
    )
    of = contrast([moderate(count, runs[:, side].mean(axis=1), own[:, side], prior) for side in (0, 1)])
    return np.abs(of.mean) > half_width(of, alpha)


def call_identical(sequences: int, scatter: float, falls: float, looks=LOOKS) -> float:
    """How many sequences of two identical recipes are ever called different."""
    random = np.random.default_rng(14)
    pool = draw_pool(random, sequences, 0.009, scatter, falls)
    deviations = np.repeat(draw_deviations(random, (sequences, 1), 0.009, scatter), 2, axis=1)
    return peek(draw_runs(random, deviations, max(looks), falls), pool, looks=looks).any(axis=1).mean()


def find_difference(sequences: int, alpha: float = ALPHA) -> float:
    """After how many seeds a true difference of 1.5 points at a scatter of 0.7 is found, in the median."""
    random = np.random.default_rng(15)
    pool = draw_pool(random, sequences, 0.007, 0.3, 0.0)
    runs = draw_runs(random, np.full((sequences, 2), 0.007), 30, 0.0)
    runs[:, 0] += 0.015
    looks = range(2, 31)
    found = peek(runs, pool, alpha, looks)
    return float(np.median(np.where(found.any(axis=1), looks[0] + found.argmax(axis=1), np.inf)))


def peek_plainly(sequences: int) -> float:
    """How many sequences of two identical recipes a plain t-interval ever calls different, looked at as above."""
    runs = np.random.default_rng(16).standard_normal((sequences, 2, max(LOOKS)))
    found = np.zeros(sequences, dtype=bool)
    for count in LOOKS:
        found |= stats.ttest_ind(runs[:, 0, :count], runs[:, 1, :count], axis=1, equal_var=False).pvalue < ALPHA
    return found.mean()
