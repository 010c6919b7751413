from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from app.analysis.wearing_off.factors import FALL_SCALE, log_factor, log_sum, standardised


def integrated(information: float, score: float, sigma: float) -> float:
    """Integrate the likelihood ratio over a half-normal fall."""
    scale = FALL_SCALE * sigma

    def density(fall: float) -> float:
        prior = np.sqrt(2.0 / np.pi) / scale * np.exp(-0.5 * (fall / scale) ** 2)
        ratio = np.exp((fall * score - 0.5 * fall**2 * information) / sigma**2)
        return float(prior * ratio)

    found, _ = quad(density, 0.0, 12.0 * scale, epsabs=0.0, epsrel=1e-11, limit=400)
    return float(np.log(found))


@pytest.mark.parametrize("sigma", [0.06, 1.0, 2.5])
@pytest.mark.parametrize("information", [0.0, 0.3, 8.0, 60.0])
@pytest.mark.parametrize("deviate", [-3.0, 0.0, 1.0, 5.0])
def test_the_closed_form_is_the_integral(information: float, deviate: float, sigma: float) -> None:
    score = deviate * sigma * np.sqrt(information)
    q = np.array(information)
    found = log_factor(q, standardised(q, np.array(score)), np.array(sigma))
    assert float(found) == pytest.approx(integrated(information, score, sigma), abs=1e-8)


def test_readings_that_tell_nothing_change_nothing() -> None:
    none = np.array(0.0)
    found = log_factor(none, standardised(none, none), np.array(1.0))
    assert float(found) == pytest.approx(0.0, abs=1e-12)


def test_a_rise_is_evidence_against_a_fall() -> None:
    q = np.array(20.0)
    assert float(log_factor(q, np.array(-4.0), np.array(1.0))) < -3.0


def test_the_strongest_evidence_stays_finite() -> None:
    found = log_factor(np.array(1e4), np.array([-1e4, 1e4]), np.array(1.0))
    assert np.isfinite(found).all()


class TestLogSum:
    def test_it_is_the_log_of_the_sum(self) -> None:
        found = log_sum(np.log(np.array([[1.0, 2.0], [3.0, 4.0]])), axis=1)
        assert found == pytest.approx(np.log([3.0, 7.0]))

    def test_over_two_axes(self) -> None:
        found = log_sum(np.log(np.array([[1.0, 2.0], [3.0, 4.0]])), axis=(0, 1))
        assert float(found) == pytest.approx(np.log(10.0))

    def test_of_nothing_but_impossible_terms(self) -> None:
        found = log_sum(np.array([[-np.inf, -np.inf], [-np.inf, 0.0]]), axis=1)
        assert found.tolist() == [-np.inf, 0.0]

    def test_terms_beyond_any_float(self) -> None:
        assert float(log_sum(np.array([1e4, 1e4]), axis=0)) == pytest.approx(1e4 + np.log(2.0))
